#pragma once
// The registry as the station reaches it: cccd-registry serving over HTTPS with mutual TLS (docs/api/registry.yaml).
// What it answers is believed only as far as it is signed. A registry that does not answer is one Error{AskOperator}
// which names host and port; every change may be said again.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "issuance/cases/registry_client.h"
#include "issuance/station/home.h"
#include "pki/base/core/secret.h"
#include "pki/base/net/http.h"

namespace station {

class Station;

class RegistryHttps final : public cases::RegistryClient {
 public:
  // One question to the registry: method, target, body.
  using Ask = std::function<net::HttpResponse(std::string_view method, std::string_view target, std::string_view body)>;

  // password: the station's; it opens the key of the station's TLS certificate too. Error{FixConfiguration} when the
  // settings name no registry or its files cannot be read. The clock outlives it.
  RegistryHttps(const Settings& settings, const base::Secret& password, const base::Clock& clock);
  explicit RegistryHttps(const Station& station);  // one that acts: its settings, password and clock
  explicit RegistryHttps(Ask ask) : ask_(std::move(ask)) {}

  std::string answer(const std::string& number, const std::string& case_id) override;
  base::Findings mark(const std::string& number, const std::string& case_id, bool open) override;
  base::Findings record_card(const std::string& number, const std::string& case_id,
                             const cases::DeliveredCard& card) override;
  base::Findings record_approvals(const std::string& number, const std::string& case_id,
                                  const std::string& approvals) override;
  base::Findings report_lost(const std::string& number, const std::string& serial) override;
  base::Findings revoke_card(const std::string& number, const std::string& serial) override;
  cases::NumberStatus status(const std::string& number) override;
  base::Findings request_correction(const std::string& number, const std::string& case_id,
                                    const cases::WantedCorrection& wanted) override;

 private:
  base::Findings change(const std::string& target, const nlohmann::json& body) const;
  base::Findings close_card(const std::string& number, const std::string& serial, const char* status);
  Ask ask_;
};

}  // namespace station
