#include "issuance/cases/store.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/cases/appeal.h"
#include "issuance/cases/order.h"
#include "issuance/cases/receipt.h"
#include "issuance/vetting/result_json.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace cases {

namespace {

// Times are RFC 3339. An empty text stands for "not yet" where a column is not NULL.
constexpr db::Migration kMigrations[] = {
    {"officers and cases",
     R"(
CREATE TABLE officers(
  account TEXT PRIMARY KEY, person TEXT NOT NULL, role TEXT NOT NULL, public_key BLOB NOT NULL UNIQUE,
  added_at TEXT NOT NULL) STRICT;
CREATE TABLE cases(
  id TEXT PRIMARY KEY, receiver TEXT NOT NULL REFERENCES officers(account), opened_at TEXT NOT NULL,
  application TEXT NOT NULL) STRICT;
CREATE TABLE arrows(
  id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), event TEXT NOT NULL, from_state TEXT NOT NULL,
  to_state TEXT NOT NULL DEFAULT '', by_account TEXT NOT NULL, begun_at TEXT NOT NULL,
  ended_at TEXT NOT NULL DEFAULT '', codes TEXT NOT NULL DEFAULT '', intent_entry INTEGER NOT NULL,
  outcome_entry INTEGER NOT NULL DEFAULT -1) STRICT;
CREATE INDEX arrows_by_case ON arrows(case_id, outcome_entry);
CREATE TABLE salts(
  case_id TEXT NOT NULL REFERENCES cases(id), name TEXT NOT NULL, salt TEXT NOT NULL, commitment TEXT NOT NULL) STRICT;
CREATE TABLE answers(
  case_id TEXT NOT NULL REFERENCES cases(id), jws TEXT NOT NULL, kept_at TEXT NOT NULL) STRICT;
CREATE INDEX answers_by_case ON answers(case_id);
CREATE TABLE orders(
  sha256 TEXT PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), jws TEXT NOT NULL, kept_at TEXT NOT NULL) STRICT;
CREATE INDEX orders_by_case ON orders(case_id);
CREATE TABLE approvals(
  nonce TEXT PRIMARY KEY, order_sha256 TEXT NOT NULL REFERENCES orders(sha256), account TEXT NOT NULL,
  jws TEXT NOT NULL) STRICT;
CREATE INDEX approvals_by_order ON approvals(order_sha256);
CREATE TABLE cards(
  order_sha256 TEXT PRIMARY KEY REFERENCES orders(sha256), case_id TEXT NOT NULL REFERENCES cases(id),
  serial TEXT NOT NULL, assignment TEXT NOT NULL, issue TEXT NOT NULL, acceptance TEXT NOT NULL,
  delivery TEXT NOT NULL) STRICT;
CREATE INDEX cards_by_case ON cards(case_id);
CREATE TABLE reasons(
  case_id TEXT NOT NULL REFERENCES cases(id), event TEXT NOT NULL, text TEXT NOT NULL, kept_at TEXT NOT NULL) STRICT;
CREATE TABLE posted(id INTEGER PRIMARY KEY, event TEXT NOT NULL, data TEXT NOT NULL) STRICT;
)"},
    {"receivers' receipts",
     R"(
CREATE TABLE receipts(case_id TEXT PRIMARY KEY REFERENCES cases(id), jws TEXT NOT NULL) STRICT;
)"},
    {"extracts, live answers, and what the registry is still to be told",
     R"(
CREATE TABLE extracts(
  id TEXT PRIMARY KEY, at TEXT NOT NULL, until TEXT NOT NULL, count INTEGER NOT NULL, root TEXT NOT NULL,
  loaded_at TEXT NOT NULL) STRICT;
CREATE TABLE live_answers(
  order_sha256 TEXT PRIMARY KEY REFERENCES orders(sha256), jws TEXT NOT NULL, kept_at TEXT NOT NULL) STRICT;
CREATE TABLE registry_queue(
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, number TEXT NOT NULL,
  case_id TEXT NOT NULL, serial TEXT NOT NULL, replaces TEXT NOT NULL, issued TEXT NOT NULL, queued_at TEXT NOT NULL,
  codes TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX registry_queue_waiting ON registry_queue(codes, id);
)"},
    {"results of vetting, grounds of refusals, appeals",
     R"(
CREATE TABLE vettings(
  id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), at TEXT NOT NULL, result TEXT NOT NULL) STRICT;
CREATE INDEX vettings_by_case ON vettings(case_id);
ALTER TABLE reasons ADD COLUMN legal TEXT NOT NULL DEFAULT '';
CREATE TABLE earlier_receivers(
  case_id TEXT NOT NULL REFERENCES cases(id), account TEXT NOT NULL, receipt TEXT NOT NULL, until TEXT NOT NULL) STRICT;
)"},
    {"who approved, for the registry",
     R"(
ALTER TABLE registry_queue ADD COLUMN content TEXT NOT NULL DEFAULT '';
)"},
};

constexpr int kNumberDigits = 6;

std::string next_case_id(db::Connection& store, base::Date today) {
  const std::string year = fmt::format("{:04}-", static_cast<int>(today.year()));
  auto row = store.prepare("SELECT id FROM cases WHERE substr(id, 1, 5) = ?1 ORDER BY id DESC LIMIT 1");
  const long last = row.with(year).step() ? std::stol(row.text(0).substr(year.size())) : 0;
  return fmt::format("{}{:0{}}", year, last + 1, kNumberDigits);
}

base::Findings not_checked() {
  base::Findings findings;
  findings.fail("CASE_NOT_CHECKED", "case", "Hồ sơ chưa được kiểm tra / the case was not vetted yet");
  return findings;
}

// One text of one row, or empty.
template <class... Values>
std::string one_text(db::Connection& store, std::string_view sql, const Values&... values) {
  auto row = store.prepare(sql);
  return row.with(values...).step() ? row.text(0) : std::string();
}

}  // namespace

CaseStore::CaseStore(db::Connection& store, evidence::Log* log, const base::Clock& clock, base::Random& random,
                     const CaseTable& table)
    : store_(store), clock_(clock), random_(random), journal_(store, log, clock, table), officers_(store) {}

void CaseStore::migrate(db::Connection& store, const base::Clock& clock) {
  store.migrate(kMigrations, clock);
}

std::variant<std::string, base::Findings> CaseStore::open(const vetting::Application& application,
                                                          const StationOfficer& receiver,
                                                          const keystore::SigningKey& receiver_key) {
  base::Findings findings = CaseTable::shipped().may("", "open", receiver.role);
  if (findings.failed()) return findings;
  const std::string kept = vetting::to_kept_json(application);
  std::string id, receipt;
  {
    db::Transaction change(store_);
    id = next_case_id(store_, clock_.today());
    receipt = sign_receipt(id, receiver.account, kept, clock_.now(), receiver_key);
    findings = check_receipt(receipt, id, receiver, kept);
    if (findings.failed()) return findings;
    store_.prepare("INSERT INTO cases(id, receiver, opened_at, application) VALUES(?1, ?2, ?3, ?4)")
        .run(id, receiver.account, base::to_rfc3339(clock_.now()), kept);
    store_.prepare("INSERT INTO receipts(case_id, jws) VALUES(?1, ?2)").run(id, receipt);
    change.commit();
  }
  const nlohmann::json said = {{"number", commit_to(id, "number", application.number)},
                               {"application", commit_to(id, "application", kept)}};
  auto begun = journal_.begin(id, "open", {.account = receiver.account, .role = receiver.role}, said);
  if (auto* refused = std::get_if<base::Findings>(&begun)) return std::move(*refused);
  std::get<Step>(begun).walk({"application-well-formed"}, {{"receipt_sha256", evidence::sha256_text(receipt)}});
  return id;
}

bool CaseStore::exists(const std::string& case_id) const {
  return !one_text(store_, "SELECT id FROM cases WHERE id = ?1", case_id).empty();
}

void CaseStore::need(const std::string& case_id) const {
  if (exists(case_id)) return;
  throw base::Error(base::Fault::UsedWrongly, "looking up a case",
                    "this station has no such case; cccd-station case list shows them");
}

std::vector<CaseLine> CaseStore::list() const {
  auto row = store_.prepare("SELECT id, receiver, opened_at FROM cases ORDER BY id");
  std::vector<CaseLine> lines;
  while (row.step()) {
    lines.push_back(
        {.id = row.text(0), .state = journal_.state(row.text(0)), .receiver = row.text(1), .opened_at = row.text(2)});
  }
  return lines;
}

vetting::Application CaseStore::application(const std::string& case_id) const {
  return vetting::parse_kept_json(one_text(store_, "SELECT application FROM cases WHERE id = ?1", case_id));
}

std::string CaseStore::receiver(const std::string& case_id) const {
  return one_text(store_, "SELECT receiver FROM cases WHERE id = ?1", case_id);
}

std::string CaseStore::receiver_person(const std::string& case_id) const {
  const auto officer = officers_.find(receiver(case_id));
  return officer ? officer->person : std::string();
}

std::string CaseStore::current_order(const std::string& case_id) const {
  return one_text(store_, "SELECT sha256 FROM orders WHERE case_id = ?1 ORDER BY rowid DESC LIMIT 1", case_id);
}

std::string CaseStore::current_order_jws(const std::string& case_id) const {
  return one_text(store_, "SELECT jws FROM orders WHERE case_id = ?1 ORDER BY rowid DESC LIMIT 1", case_id);
}

std::vector<std::string> CaseStore::approvals(const std::string& case_id) const {
  auto row = store_.prepare("SELECT jws FROM approvals WHERE order_sha256 = ?1 ORDER BY rowid");
  std::vector<std::string> all;
  for (row.with(current_order(case_id)); row.step();) all.push_back(row.text(0));
  return all;
}

std::optional<CardRow> CaseStore::card(const std::string& case_id) const {
  auto row = store_.prepare(
      "SELECT order_sha256, serial, assignment, issue, acceptance, delivery FROM cards WHERE order_sha256 = ?1");
  if (!row.with(current_order(case_id)).step()) return std::nullopt;
  return CardRow{.order_sha256 = row.text(0),
                 .serial = row.text(1),
                 .assignment = row.text(2),
                 .issue = row.text(3),
                 .acceptance = row.text(4),
                 .delivery = row.text(5)};
}

void CaseStore::keep_answer(const std::string& case_id, const std::string& jws) {
  store_.prepare("INSERT INTO answers(case_id, jws, kept_at) VALUES(?1, ?2, ?3)")
      .run(case_id, jws, base::to_rfc3339(clock_.now()));
}

void CaseStore::keep_order(const std::string& case_id, const std::string& order_sha256, const std::string& jws) {
  store_.prepare("INSERT INTO orders(sha256, case_id, jws, kept_at) VALUES(?1, ?2, ?3, ?4)")
      .run(order_sha256, case_id, jws, base::to_rfc3339(clock_.now()));
}

void CaseStore::keep_approval(const std::string& order_sha256, const approval::Approval& approval,
                              const std::string& jws) {
  store_.prepare("INSERT INTO approvals(nonce, order_sha256, account, jws) VALUES(?1, ?2, ?3, ?4)")
      .run(approval.nonce, order_sha256, approval.account, jws);
}

void CaseStore::keep_card(const std::string& case_id, const CardRow& card) {
  store_
      .prepare(
          "INSERT INTO cards(order_sha256, case_id, serial, assignment, issue, acceptance, delivery) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(order_sha256) DO UPDATE SET serial = ?3, assignment = ?4, "
          "issue = ?5, acceptance = ?6, delivery = ?7")
      .run(card.order_sha256, case_id, card.serial, card.assignment, card.issue, card.acceptance, card.delivery);
}

std::string CaseStore::keep_reason(const std::string& case_id, const std::string& event, const std::string& text,
                                   const std::string& legal) {
  store_.prepare("INSERT INTO reasons(case_id, event, text, kept_at, legal) VALUES(?1, ?2, ?3, ?4, ?5)")
      .run(case_id, event, text, base::to_rfc3339(clock_.now()), legal);
  return commit_to(case_id, event + ".reason", text);
}

std::vector<std::string> CaseStore::reasons(const std::string& case_id) const {
  auto row = store_.prepare("SELECT text FROM reasons WHERE case_id = ?1 ORDER BY rowid");
  std::vector<std::string> all;
  for (row.with(case_id); row.step();) all.push_back(row.text(0));
  return all;
}

std::optional<GivenReason> CaseStore::last_reason(const std::string& case_id, const std::string& event) const {
  auto row =
      store_.prepare("SELECT text, legal FROM reasons WHERE case_id = ?1 AND event = ?2 ORDER BY rowid DESC LIMIT 1");
  if (!row.with(case_id, event).step()) return std::nullopt;
  return GivenReason{.text = row.text(0), .legal = row.text(1)};
}

void CaseStore::keep_vetting(const std::string& case_id, const vetting::Result& result) {
  store_.prepare("INSERT INTO vettings(case_id, at, result) VALUES(?1, ?2, ?3)")
      .run(case_id, base::to_rfc3339(clock_.now()), evidence::canonical(vetting::to_json(result)));
}

std::optional<vetting::Result> CaseStore::last_vetting(const std::string& case_id) const {
  const std::string kept =
      one_text(store_, "SELECT result FROM vettings WHERE case_id = ?1 ORDER BY id DESC LIMIT 1", case_id);
  if (kept.empty()) return std::nullopt;
  const auto json = nlohmann::json::parse(kept, nullptr, false);
  return vetting::result_from_json(json);
}

base::Findings CaseStore::may_act(const std::string& case_id, const StationOfficer& officer) const {
  return check_other_officers(store_, case_id, officer.account, false);
}

base::Findings CaseStore::give_to(const std::string& case_id, const StationOfficer& receiver,
                                  const keystore::SigningKey& receiver_key, std::string& receipt) const {
  const std::string kept = one_text(store_, "SELECT application FROM cases WHERE id = ?1", case_id);
  receipt = sign_receipt(case_id, receiver.account, kept, clock_.now(), receiver_key);
  return check_receipt(receipt, case_id, receiver, kept);
}

void CaseStore::keep_receiver(const std::string& case_id, const std::string& account, const std::string& receipt) {
  store_
      .prepare(
          "INSERT INTO earlier_receivers(case_id, account, receipt, until) SELECT cases.id, receiver, jws, ?2 FROM "
          "cases JOIN receipts ON receipts.case_id = cases.id WHERE cases.id = ?1")
      .run(case_id, base::to_rfc3339(clock_.now()));
  store_.prepare("UPDATE cases SET receiver = ?2 WHERE id = ?1").run(case_id, account);
  store_.prepare("UPDATE receipts SET jws = ?2 WHERE case_id = ?1").run(case_id, receipt);
}

std::string CaseStore::commit_to(const std::string& case_id, const std::string& name, std::string_view value) {
  const evidence::Commitment commitment = evidence::commit(value, random_);
  store_.prepare("INSERT INTO salts(case_id, name, salt, commitment) VALUES(?1, ?2, ?3, ?4)")
      .run(case_id, name, commitment.salt, commitment.value);
  return commitment.value;
}

approval::SpentNonces CaseStore::spent_nonces() const {
  return [this](const std::string& nonce) -> std::optional<std::string> {
    std::string order = one_text(store_, "SELECT order_sha256 FROM approvals WHERE nonce = ?1", nonce);
    return order.empty() ? std::nullopt : std::optional(std::move(order));
  };
}

std::string CaseStore::answer_jws(const std::string& case_id) const {
  return one_text(store_, "SELECT jws FROM answers WHERE case_id = ?1 ORDER BY rowid DESC LIMIT 1", case_id);
}

std::string CaseStore::live_answer_jws(const std::string& case_id) const {
  return one_text(store_, "SELECT jws FROM live_answers WHERE order_sha256 = ?1", current_order(case_id));
}

void CaseStore::keep_live_answer(const std::string& order_sha256, const std::string& jws) {
  store_
      .prepare(
          "INSERT INTO live_answers(order_sha256, jws, kept_at) VALUES(?1, ?2, ?3) "
          "ON CONFLICT(order_sha256) DO UPDATE SET jws = ?2, kept_at = ?3")
      .run(order_sha256, jws, base::to_rfc3339(clock_.now()));
}

signing::OrderEvidence CaseStore::evidence(const std::string& case_id) const {
  return {.order = current_order_jws(case_id),
          .answer = answer_jws(case_id),
          .approvals = approvals(case_id),
          .live_answer = live_answer_jws(case_id)};
}

std::string CaseStore::receipt(const std::string& case_id) const {
  return one_text(store_, "SELECT jws FROM receipts WHERE case_id = ?1", case_id);
}

base::Findings CaseStore::receipt_findings(const std::string& case_id) const {
  const StationOfficer nobody{.account = receiver(case_id), .person = {}, .role = Role::Receiver, .public_key = {}};
  return check_receipt(receipt(case_id), case_id, officers_.find(nobody.account).value_or(nobody),
                       one_text(store_, "SELECT application FROM cases WHERE id = ?1", case_id));
}

std::variant<vetting::CheckedCase, base::Findings> CaseStore::checked_at(const std::string& case_id,
                                                                         const Judges& judges,
                                                                         base::Moment when) const {
  std::string jws = answer_jws(case_id);
  if (jws.empty()) return not_checked();
  base::Findings receipt = receipt_findings(case_id);
  if (receipt.failed()) return receipt;
  vetting::Application application = this->application(case_id);
  auto answer = vetting::open_kept_answer(std::move(jws), judges.registry_key, application.number, case_id);
  if (auto* findings = std::get_if<base::Findings>(&answer)) return std::move(*findings);
  auto vetted =
      vetting::vet(case_id, std::move(application), std::move(std::get<vetting::TrustedAnswer>(answer)), judges.rules,
                   base::date_in_viet_nam(when), {.receiver = receiver_person(case_id), .now = when});
  if (const auto* result = std::get_if<vetting::Result>(&vetted)) return vetting::to_findings(*result);
  return std::move(std::get<vetting::CheckedCase>(vetted));
}

std::variant<ApprovedOrder, base::Findings> CaseStore::approved_at(const std::string& case_id, const Judges& judges,
                                                                   base::Moment when) const {
  auto checked = checked_at(case_id, judges, when);
  if (auto* findings = std::get_if<base::Findings>(&checked)) return std::move(*findings);
  const std::string order = current_order_jws(case_id);
  if (order.empty()) return not_checked();
  const approval::TrustedOfficers trusted = officers_.trusted();
  const approval::SpentNonces spent = spent_nonces();
  const Approving approving{
      .station_key = judges.station_key, .officers = trusted, .spent = spent, .live_answer = live_answer_jws(case_id)};
  return approving.approve(std::move(std::get<vetting::CheckedCase>(checked)), order, approvals(case_id),
                           receiver(case_id), when);
}

std::variant<vetting::CheckedCase, base::Findings> CaseStore::load_checked(const std::string& case_id,
                                                                           const Judges& judges) const {
  return checked_at(case_id, judges, clock_.now());
}

std::optional<vetting::TrustedAnswer> CaseStore::kept_answer(const std::string& case_id, const Judges& judges) const {
  auto opened =
      vetting::open_kept_answer(answer_jws(case_id), judges.registry_key, application(case_id).number, case_id);
  auto* const trusted = std::get_if<vetting::TrustedAnswer>(&opened);
  return trusted != nullptr ? std::optional(std::move(*trusted)) : std::nullopt;
}

std::variant<ApprovedOrder, base::Findings> CaseStore::load_approved(const std::string& case_id,
                                                                     const Judges& judges) const {
  return approved_at(case_id, judges, clock_.now());
}

std::variant<ApprovedOrder, base::Findings> CaseStore::load_signed(const std::string& case_id,
                                                                   const Judges& judges) const {
  const std::string at = one_text(
      store_, "SELECT ended_at FROM arrows WHERE case_id = ?1 AND to_state = 'signed' ORDER BY outcome_entry DESC",
      case_id);
  return approved_at(case_id, judges, base::parse_rfc3339(at).value_or(clock_.now()));
}

std::variant<AcceptedCard, base::Findings> CaseStore::load_accepted(const std::string& case_id,
                                                                    const Judges& judges) const {
  const auto row = card(case_id);
  auto accepted = open_acceptance(row ? row->acceptance : std::string(), judges.station_key, case_id);
  if (const auto* found = std::get_if<AcceptedCard>(&accepted);
      found != nullptr && found->content().order_sha256 != current_order(case_id)) {
    return open_acceptance({}, judges.station_key, case_id);  // it is an earlier order's card
  }
  return accepted;
}

}  // namespace cases
