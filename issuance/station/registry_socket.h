#pragma once
// The registry as the station reaches it: cccd-registry serving at a Unix socket (docs/formats/registry-protocol.md). A
// registry that does not answer is one Error{AskOperator} which names the socket.

#include <nlohmann/json_fwd.hpp>

#include "issuance/cases/registry_client.h"
#include "issuance/station/home.h"

namespace station {

class RegistrySocket final : public cases::RegistryClient {
 public:
  // Error{FixConfiguration} when the settings name no registry.
  explicit RegistrySocket(const Settings& settings);
  std::string answer(const std::string& number, const std::string& case_id) override;
  base::Findings mark(const std::string& number, const std::string& case_id, bool open) override;
  base::Findings record_card(const std::string& number, const std::string& case_id,
                             const cases::DeliveredCard& card) override;
  base::Findings report_lost(const std::string& number, const std::string& serial) override;
  base::Findings revoke_card(const std::string& number, const std::string& serial) override;
  // The protocol of the socket has neither of the two: Error{FixConfiguration}.
  cases::NumberStatus status(const std::string& number) override;
  base::Findings request_correction(const std::string& number, const std::string& case_id,
                                    const cases::WantedCorrection& wanted) override;

 private:
  std::string ask(const nlohmann::json& request) const;
  base::Findings change(const nlohmann::json& request) const;
  base::Findings close_card(const std::string& number, const std::string& serial, const char* status);
  std::string socket_;
};

}  // namespace station
