#pragma once
// The cases of one station in station.db. A status alone is worth nothing here: what later steps begin with
// (CheckedCase, ApprovedOrder, AcceptedCard) is made anew from the signed pieces by the same checks as the first time.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "issuance/cases/accepted.h"
#include "issuance/cases/flow.h"
#include "issuance/cases/journal.h"
#include "issuance/cases/officer_book.h"
#include "issuance/vetting/application.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"
#include "pki/evidence/log.h"
#include "pki/keystore/signing_key.h"

namespace cases {

struct CaseLine {
  std::string id, state, receiver, opened_at;
};

// What is known of the card that a case is becoming.
struct CardRow {
  std::string order_sha256, serial, assignment;
  std::string issue;       // ISO day on which its data were signed, empty before
  std::string acceptance;  // JWS, empty before
  std::string delivery;    // JWS, empty before
};

// Why an officer decided so.
struct GivenReason {
  std::string text, legal;
};

// By whose keys the stored pieces are judged.
struct Judges {
  base::Bytes registry_key, station_key;
  const vetting::RuleSet& rules = vetting::RuleSet::shipped();
};

class CaseStore {
 public:
  // log nullptr: for reading only.
  CaseStore(db::Connection& store, evidence::Log* log, const base::Clock& clock, base::Random& random,
            const CaseTable& table = CaseTable::shipped());

  static void migrate(db::Connection& store, const base::Clock& clock);
  Journal& journal() { return journal_; }
  OfficerBook& officers() { return officers_; }

  // A new case in state "received"; its id, "2026-000001". The receiver must be an officer who may open cases, and
  // signs the receipt that is kept with it (findings: OFFICER_ROLE; RECEIPT_NOT_TRUSTED for a key that is not the
  // receiver's).
  std::variant<std::string, base::Findings> open(const vetting::Application& application,
                                                 const StationOfficer& receiver,
                                                 const keystore::SigningKey& receiver_key);
  bool exists(const std::string& case_id) const;
  void need(const std::string& case_id) const;  // Error{UsedWrongly} when there is no such case
  std::vector<CaseLine> list() const;

  vetting::Application application(const std::string& case_id) const;
  std::string receiver(const std::string& case_id) const;         // the account
  std::string receipt(const std::string& case_id) const;          // JWS, of the receiver
  std::string receiver_person(const std::string& case_id) const;  // the person behind it; empty: not in the book
  // The hash of the order that approvals are given for now; empty before the case was checked.
  std::string current_order(const std::string& case_id) const;
  std::string current_order_jws(const std::string& case_id) const;
  std::vector<std::string> approvals(const std::string& case_id) const;  // JWS, of the current order, oldest first
  std::optional<CardRow> card(const std::string& case_id) const;         // of the current order

  // For the transaction of an arrow (Step::walk).
  void keep_answer(const std::string& case_id, const std::string& jws);
  // What the registry answered once an order from an extract was to be signed; the newest counts.
  void keep_live_answer(const std::string& order_sha256, const std::string& jws);
  void keep_order(const std::string& case_id, const std::string& order_sha256, const std::string& jws);
  void keep_approval(const std::string& order_sha256, const approval::Approval& approval, const std::string& jws);
  void keep_card(const std::string& case_id, const CardRow& card);
  // Why an officer refused or spoiled, in the officer's words; the log gets the commitment that is returned.
  // legal: the basis that the officer names, empty where none is asked for.
  std::string keep_reason(const std::string& case_id, const std::string& event, const std::string& text,
                          const std::string& legal = {});
  std::vector<std::string> reasons(const std::string& case_id) const;
  std::optional<GivenReason> last_reason(const std::string& case_id, const std::string& event) const;
  // What a vetting said, with the rule set, the evidence and the register's version behind it.
  void keep_vetting(const std::string& case_id, const vetting::Result& result);
  std::optional<vetting::Result> last_vetting(const std::string& case_id) const;
  // APPEAL_SAME_OFFICER when this person acted in the case before its last appeal.
  base::Findings may_act(const std::string& case_id, const StationOfficer& officer) const;
  // Another officer takes the case in, after an appeal: the receipt that this officer signs, to be kept in the arrow's
  // transaction. Finding RECEIPT_NOT_TRUSTED for a key that is not that officer's.
  base::Findings give_to(const std::string& case_id, const StationOfficer& receiver,
                         const keystore::SigningKey& receiver_key, std::string& receipt) const;
  void keep_receiver(const std::string& case_id, const std::string& account, const std::string& receipt);
  // Salt and value of a commitment stay with the case; the log has the commitment alone.
  std::string commit_to(const std::string& case_id, const std::string& name, std::string_view value);

  approval::SpentNonces spent_nonces() const;

  // The receiver's receipt (RECEIPT_NOT_TRUSTED) and the checks of vetting over the application and the stored answer
  // (REGISTRY_ANSWER_NOT_TRUSTED, vetting codes; CASE_NOT_CHECKED when there is none).
  std::variant<vetting::CheckedCase, base::Findings> load_checked(const std::string& case_id,
                                                                  const Judges& judges) const;
  // The answer that the current order was made from; nullopt: there is none that can be trusted.
  std::optional<vetting::TrustedAnswer> kept_answer(const std::string& case_id, const Judges& judges) const;
  // The above and those of Approving.
  std::variant<ApprovedOrder, base::Findings> load_approved(const std::string& case_id, const Judges& judges) const;
  // The same judged as of the moment at which the card's data were signed, for finishing a card whose order has ended
  // since: the signature was given in time (docs/formats/case-states.md). Judged now when nothing was signed.
  std::variant<ApprovedOrder, base::Findings> load_signed(const std::string& case_id, const Judges& judges) const;
  // What is kept of the current order, unjudged: for asking the signer again about a chip that is bound already.
  signing::OrderEvidence evidence(const std::string& case_id) const;
  std::variant<AcceptedCard, base::Findings> load_accepted(const std::string& case_id, const Judges& judges) const;

 private:
  std::string answer_jws(const std::string& case_id) const;
  std::string live_answer_jws(const std::string& case_id) const;
  base::Findings receipt_findings(const std::string& case_id) const;
  std::variant<vetting::CheckedCase, base::Findings> checked_at(const std::string& case_id, const Judges& judges,
                                                                base::Moment when) const;
  std::variant<ApprovedOrder, base::Findings> approved_at(const std::string& case_id, const Judges& judges,
                                                          base::Moment when) const;
  db::Connection& store_;
  const base::Clock& clock_;
  base::Random& random_;
  Journal journal_;
  OfficerBook officers_;
};

}  // namespace cases
