#include "issuance/registry/approval_book.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/approval/rules.h"
#include "issuance/registry/rows.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace registry {

namespace {

constexpr const char* kReceived = "received";
constexpr const char* kApproved = "approved";

// The receiver signed for this case under this account; what the application was, the station alone knows.
bool is_receipt(const ToldApprovals& told, base::ByteView key) {
  const auto content = evidence::open_statement(told.receipt, "receipt", key);
  return content && content->value("case", "") == told.order.case_id &&
         content->value("account", "") == told.order.receiver_account;
}

// When the last of the approvals was given: they are judged as of then, for the order has often ended when its card is
// handed over. Whatever cannot be opened is judged by the rules.
base::Moment last_approval(const ToldApprovals& told, const approval::TrustedOfficers& officers) {
  base::Moment last = told.order.made_at;
  for (const std::string& jws : told.approvals) {
    const auto* const officer = officers.by_key(evidence::claimed_key_id(jws).value_or(""));
    const auto content = officer != nullptr ? evidence::open_statement(jws, "approval", officer->public_key)
                                            : std::optional<nlohmann::json>();
    const auto approval = content ? approval::approval_from_json(*content) : std::nullopt;
    if (approval) last = std::max(last, approval->at);
  }
  return last;
}

}  // namespace

std::vector<ApprovalBook::Act> ApprovalBook::judge(const ToldApprovals& told, base::Findings& findings) const {
  approval::TrustedOfficers known;
  std::map<std::string, Act> by_key;  // without act and statement
  for (const NamedOfficer& named : told.officers) {
    const std::string id = evidence::key_id(named.public_key);
    const attestation::Officer* const ours = officers_.by_key(id);
    const std::string person = ours != nullptr ? ours->person : named.person;
    by_key[id] = {.account = named.account,
                  .person = person,
                  .key_id = id,
                  .vouched = ours != nullptr ? "register" : "station",
                  .public_key = base::to_base64url(named.public_key)};
    known.add({.person = person, .account = named.account, .public_key = named.public_key});
  }
  std::vector<Act> acts;
  const auto take = [&](const std::string& jws, const char* act) {
    const auto signer = by_key.find(evidence::claimed_key_id(jws).value_or(""));
    if (signer == by_key.end()) return;  // the rules say so
    acts.push_back(signer->second);
    acts.back().act = act;
    acts.back().statement = jws;
  };
  take(told.receipt, kReceived);
  const approval::Officer* const receiver = known.by_key(evidence::claimed_key_id(told.receipt).value_or(""));
  const bool received = receiver != nullptr && is_receipt(told, receiver->public_key);
  if (!received)
    findings.fail("RECEIPT_NOT_TRUSTED", "receipt", "No officer who was named signed for this application.");
  for (const std::string& jws : told.approvals) take(jws, kApproved);
  const approval::SpentNonces none = [](const std::string&) { return std::nullopt; };
  findings.add(approval::check_approvals(told.order, received ? std::optional(receiver->person) : std::nullopt,
                                         told.approvals, known, last_approval(told, known), none));
  return acts;
}

base::Findings ApprovalBook::add(const ToldApprovals& told, evidence::Log& log, base::Random& random) {
  base::Findings findings;
  const std::vector<Act> acts = judge(told, findings);
  const CitizenNumber& number = told.order.person.number;
  const std::string order_sha256 = approval::order_sha256(told.order);

  db::Connection& database = store_.database();
  db::Transaction change(database);
  database.lock(key_of(number));
  auto known = database.prepare("SELECT order_sha256 FROM approvals WHERE number = ?1 AND case_id = ?2");
  if (known.with(key_of(number), told.order.case_id).step()) {
    if (known.text(0) == order_sha256) return {};
    findings.fail("ORDER_CASE_CONFLICT", "case", "Another order of this case was told before.");
  }
  known.reset();
  if (!store_.person(number) && !store_.is_cancelled(number))
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
  if (findings.failed()) return findings;

  const auto commitment = evidence::commit(number.text(), random);
  write(told, acts, commitment.salt);
  nlohmann::json approvers = nlohmann::json::array();
  for (const Act& act : acts) {
    if (act.act == kApproved) approvers.push_back(act.account);
  }
  log.append("order.told", {{"approvers", std::move(approvers)},
                            {"case", told.order.case_id},
                            {"number_commitment", commitment.value},
                            {"order_sha256", order_sha256},
                            {"receiver", told.order.receiver_account},
                            {"station", told.station}});
  change.commit();
  log.checkpoint();
  return findings;
}

void ApprovalBook::write(const ToldApprovals& told, const std::vector<Act>& acts, const std::string& salt) {
  for (const Act& act : acts) {
    store_.database()
        .prepare(
            "INSERT INTO approvals(number, case_id, key_id, order_sha256, made_at, station, act, account, person, "
            "vouched, public_key, statement, salt, recorded_at) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")
        .run(key_of(told.order.person.number), told.order.case_id, act.key_id, approval::order_sha256(told.order),
             base::to_rfc3339(told.order.made_at), told.station, act.act, act.account, act.person, act.vouched,
             act.public_key, act.statement, salt, base::to_rfc3339(clock_.now()));
  }
}

std::map<std::string, std::string> ApprovalBook::names() {
  std::map<std::string, std::string> names;
  // A time as RFC 3339 has no space and sorts as it passes.
  auto rows = store_.database().prepare(
      "SELECT key_id, min(recorded_at || ' ' || person) FROM approvals GROUP BY key_id ORDER BY key_id");
  while (rows.step()) {
    const std::string key = rows.text(0), told = rows.text(1);
    const attestation::Officer* const ours = officers_.by_key(key);
    names[key] = ours != nullptr ? ours->person : told.substr(told.find(' ') + 1);
  }
  return names;
}

void ApprovalBook::each(base::Moment from, base::Moment until, const std::function<void(const Kept&)>& tell) {
  const auto names = this->names();
  auto rows = store_.database().prepare(
      "SELECT number, case_id, made_at, station, act, key_id FROM approvals WHERE made_at >= ?1 AND made_at < ?2 "
      "ORDER BY number, case_id, key_id");
  rows.with(base::to_rfc3339(from), base::to_rfc3339(until));
  std::optional<Kept> kept;
  std::string case_id;
  const auto end_order = [&] {
    if (kept) tell(*kept);
    kept.reset();
  };
  while (rows.step()) {
    if (kept && (kept->order.number != rows.integer(0) || case_id != rows.text(1))) end_order();
    case_id = rows.text(1);
    if (!kept) {
      kept = Kept{{.number = rows.integer(0), .station = rows.text(3), .receiver = {}, .approvers = {}},
                  stored_moment(rows.text(2))};
    }
    const std::string& person = names.at(rows.text(5));
    if (rows.text(4) == kReceived) {
      kept->order.receiver = person;
    } else if (std::ranges::find(kept->order.approvers, person) == kept->order.approvers.end()) {
      kept->order.approvers.push_back(person);
    }
  }
  end_order();
}

}  // namespace registry
