#pragma once
// Who took an application in and who approved its order, as the issuing stations tell when a card is handed over
// (docs/formats/registry-service.md), in a table keyed by number beside the person. The order itself is not kept: the
// hash that the approvers signed is. For the anomaly report, and so that the register is one more witness of the rule
// of two.

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "issuance/attestation/anomaly.h"
#include "issuance/attestation/officers.h"
#include "issuance/registry/store.h"
#include "pki/evidence/log.h"
#include "smartcard/document/card_order.h"

namespace registry {

// One officer's key as a station names it.
struct NamedOfficer {
  std::string person, account;
  base::Bytes public_key;  // SubjectPublicKeyInfo, P-256
};

struct ToldApprovals {
  std::string station;  // the client that tells
  document::CardOrder order;
  std::string receipt;                 // JWS, type "receipt", of the receiver
  std::vector<std::string> approvals;  // JWS, type "approval", one an officer
  std::vector<NamedOfficer> officers;  // whose keys those are
};

class ApprovalBook {
 public:
  // Both outlive the book.
  ApprovalBook(Store& store, const attestation::OfficerBook& officers, const base::Clock& clock)
      : store_(store), officers_(officers), clock_(clock) {}

  // Every signature is verified: with the key of the register's own book of officers where it stands there, and then
  // the person is the book's; else with the key that the station names, and the person is as it says. The same order
  // again changes nothing. Writes the accounts into the log (the number as a salted commitment). Findings: those of
  // approval::check_approvals as of the last approval, RECEIPT_NOT_TRUSTED, PERSON_NOT_FOUND, ORDER_CASE_CONFLICT
  // (another order of this case was told before).
  base::Findings add(const ToldApprovals& told, evidence::Log& log, base::Random& random);

  // Every order made from one moment until before another, in the order of numbers; streamed. As the table has them,
  // for figures: no signature is opened. Not yet judged to be risky. A key that the book of officers has by now is its
  // person's; any other is for all its orders the person it was first told to be, so that a station which changes names
  // hides nobody.
  struct Kept {
    attestation::ApprovedOrder order;
    base::Moment made_at;
  };
  void each(base::Moment from, base::Moment until, const std::function<void(const Kept&)>& tell);

 private:
  struct Act {
    std::string act, account, person, key_id, vouched, statement, public_key;
  };
  std::vector<Act> judge(const ToldApprovals& told, base::Findings& findings) const;
  void write(const ToldApprovals& told, const std::vector<Act>& acts, const std::string& salt);
  std::map<std::string, std::string> names();

  Store& store_;
  const attestation::OfficerBook& officers_;
  const base::Clock& clock_;
};

}  // namespace registry
