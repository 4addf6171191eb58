#pragma once
// How the station asks the population registry. Behind it stands cccd-registry as a process of its own; what it answers
// is believed only as far as it is signed.

#include <cstdint>
#include <string>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"

namespace cases {

struct DeliveredCard {
  std::string serial;    // of its chip, 16 hex digits
  std::string replaces;  // serial of the card it replaces, empty: none
  base::Date issued;
};

// What an officer of the station asks the register to change.
struct WantedCorrection {
  std::string field;     // "full_name", "birth", "sex"
  std::string value;     // as the application claims it; birth as an ISO day, sex as "Nam" or "Nữ"
  std::string asked_by;  // the person behind the officer's account
};

// How a number stands at the register, without a person's data.
struct NumberStatus {
  std::string status;        // "found", "not-found", "cancelled"
  std::int64_t version = 0;  // grows with every change of what the register holds under this number
};

class RegistryClient {
 public:
  virtual ~RegistryClient() = default;
  // The answer about a number for one case, purpose "issuance": a JWS, not verified yet.
  virtual std::string answer(const std::string& number, const std::string& case_id) = 0;
  // Says that a case on this number is open, or no more; saying it twice changes nothing. Findings: the registry's own
  // (OPEN_CASE when another case is).
  virtual base::Findings mark(const std::string& number, const std::string& case_id, bool open) = 0;
  // The new card is active from now on and the one it replaces no more; saying it twice changes nothing.
  virtual base::Findings record_card(const std::string& number, const std::string& case_id,
                                     const DeliveredCard& card) = 0;
  // Who took the application in and who approved the order, with their signatures: the body of recordApprovals
  // (docs/api/registry.yaml) without purpose, number and case, as JSON. The register judges the signatures by its own
  // book of officers; findings: those of approval::check_approvals and RECEIPT_NOT_TRUSTED. Saying it twice changes
  // nothing.
  virtual base::Findings record_approvals(const std::string& number, const std::string& case_id,
                                          const std::string& approvals) = 0;
  // The card was lost (Luật 26/2023 Đ24.2a): it counts no more from now on. One that was closed in another way before
  // gives CARD_NOT_ACTIVE; saying it twice changes nothing.
  virtual base::Findings report_lost(const std::string& number, const std::string& serial) = 0;
  // The card counts no more from now on (Luật 26/2023 Đ29).
  virtual base::Findings revoke_card(const std::string& number, const std::string& serial) = 0;
  // For seeing whether a case that waits may go on: nothing is judged by it.
  virtual NumberStatus status(const std::string& number) = 0;
  // Somebody else decides on it at the register. Saying it twice for one case changes nothing.
  virtual base::Findings request_correction(const std::string& number, const std::string& case_id,
                                            const WantedCorrection& wanted) = 0;
};

}  // namespace cases
