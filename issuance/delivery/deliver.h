#pragma once
// The hand-over: only a card that was accepted. The registry hears who received and approved it, makes the new card the
// live one and closes the one it replaces; the officer signs that the card was given. Doing it twice changes nothing.

#include <string>
#include <variant>

#include "issuance/cases/registry_client.h"
#include "issuance/cases/store.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace delivery {

class Delivery {
 public:
  const std::string& case_id() const { return case_id_; }
  const std::string& serial() const { return serial_; }
  const std::string& jws() const { return jws_; }  // type "delivery", signed by the officer
  bool was_done_before() const { return was_done_before_; }

 private:
  friend std::variant<Delivery, base::Findings> deliver(cases::CaseStore&, const std::string&, const cases::Judges&,
                                                        cases::RegistryClient&, const cases::StationOfficer&,
                                                        const keystore::SigningKey&, const base::Clock&);
  std::string case_id_, serial_, jws_;
  bool was_done_before_ = false;
};

// Findings: CASE_STATE, OFFICER_ROLE, ACCEPTANCE_NOT_TRUSTED, ORDER_NOT_TRUSTED, or the registry's own.
std::variant<Delivery, base::Findings> deliver(cases::CaseStore& store, const std::string& case_id,
                                               const cases::Judges& judges, cases::RegistryClient& registry,
                                               const cases::StationOfficer& officer,
                                               const keystore::SigningKey& officer_key, const base::Clock& clock);

}  // namespace delivery
