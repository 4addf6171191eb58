#pragma once
// The registry as the station reaches it until it is a server: cccd-registry, run as a process of its own.

#include "issuance/cases/registry_client.h"
#include "issuance/station/home.h"

namespace station {

class RegistryProcess final : public cases::RegistryClient {
 public:
  // Error{FixConfiguration} when the settings name no registry.
  explicit RegistryProcess(const Settings& settings);
  std::string answer(const std::string& number, const std::string& case_id) override;
  base::Findings mark(const std::string& number, const std::string& case_id, bool open) override;
  base::Findings record_card(const std::string& number, const std::string& case_id,
                             const cases::DeliveredCard& card) override;
  base::Findings revoke_card(const std::string& number, const std::string& serial) override;

 private:
  base::Findings change(std::vector<std::string> words, const std::string& doing);
  const Settings settings_;
};

}  // namespace station
