#include "issuance/delivery/deliver.h"

#include <nlohmann/json.hpp>
#include <set>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace delivery {

namespace {

std::string sign_hand_over(const cases::AcceptedCard& card, const cases::StationOfficer& officer,
                           const keystore::SigningKey& key, base::Moment now) {
  return evidence::sign_statement("delivery",
                                  {{"case", card.content().case_id},
                                   {"serial", card.content().serial},
                                   {"acceptance_sha256", evidence::sha256_text(card.jws())},
                                   {"account", officer.account},
                                   {"at", base::to_rfc3339(now)}},
                                  key);
}

// Order, receipt and approvals of this card, and the officers whose keys signed them, for the registry to judge.
// Finding ORDER_NOT_TRUSTED: the kept order is not signed with the station's key.
std::variant<std::string, base::Findings> approvals_of(cases::CaseStore& store, const std::string& case_id,
                                                       const cases::Judges& judges) {
  const signing::OrderEvidence kept = store.evidence(case_id);
  const auto order = evidence::open_statement(kept.order, "order", judges.station_key);
  if (!order) {
    base::Findings findings;
    findings.fail("ORDER_NOT_TRUSTED", "order",
                  "Lệnh cấp thẻ không phải của trạm này / the kept order does not carry this station's signature");
    return findings;
  }
  const std::string receipt = store.receipt(case_id);
  std::set<std::string> signers{evidence::claimed_key_id(receipt).value_or("")};
  for (const std::string& approval : kept.approvals) signers.insert(evidence::claimed_key_id(approval).value_or(""));
  nlohmann::json officers = nlohmann::json::array();
  for (const cases::StationOfficer& officer : store.officers().list()) {
    if (!signers.contains(evidence::key_id(officer.public_key))) continue;
    officers.push_back(
        {{"person", officer.person}, {"account", officer.account}, {"key", base::to_base64url(officer.public_key)}});
  }
  return nlohmann::json{{"order", *order}, {"receipt", receipt}, {"approvals", kept.approvals}, {"officers", officers}}
      .dump();
}

// Who approved comes first: a registry that knows better than the station refuses before the card is the live one.
base::Findings tell_registry(cases::CaseStore& store, const cases::Judges& judges, cases::RegistryClient& registry,
                             const cases::AcceptedCard& card) {
  const cases::Acceptance& content = card.content();
  const std::string number = store.application(content.case_id).number;
  auto approvals = approvals_of(store, content.case_id, judges);
  if (auto* findings = std::get_if<base::Findings>(&approvals)) return std::move(*findings);
  base::Findings told = registry.record_approvals(number, content.case_id, std::get<std::string>(approvals));
  if (told.failed()) return told;
  if (content.reason == vetting::kLost && !content.replaces.empty()) {
    // Before the new card closes the old one as exchanged. One that was closed before stays as it was closed.
    base::Findings lost = registry.report_lost(number, content.replaces);
    if (lost.failed() && !lost.has("CARD_NOT_ACTIVE")) return lost;
  }
  base::Findings findings = registry.record_card(
      number, content.case_id, {.serial = content.serial, .replaces = content.replaces, .issued = content.issue});
  if (!findings.failed()) findings.add(registry.mark(number, content.case_id, false));
  return findings;
}

}  // namespace

std::variant<Delivery, base::Findings> deliver(cases::CaseStore& store, const std::string& case_id,
                                               const cases::Judges& judges, cases::RegistryClient& registry,
                                               const cases::StationOfficer& officer,
                                               const keystore::SigningKey& officer_key, const base::Clock& clock) {
  Delivery delivery;
  delivery.case_id_ = case_id;
  const bool done = store.journal().state(case_id) == "delivered";
  auto loaded = store.load_accepted(case_id, judges);
  if (auto* findings = std::get_if<base::Findings>(&loaded)) {
    // Of the two reasons, that the case is elsewhere in its life is the one an officer can act on.
    base::Findings state = cases::CaseTable::shipped().may(store.journal().state(case_id), "deliver", officer.role);
    return state.failed() ? state : std::move(*findings);
  }
  const auto& card = std::get<cases::AcceptedCard>(loaded);
  delivery.serial_ = card.content().serial;
  if (done) {
    delivery.jws_ = store.card(case_id)->delivery;
    delivery.was_done_before_ = true;
    return delivery;
  }
  auto begun = store.journal().begin(case_id, "deliver", {.account = officer.account, .role = officer.role},
                                     {{"serial", card.content().serial}});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return std::move(*findings);
  auto& step = std::get<cases::Step>(begun);
  base::Findings refused = tell_registry(store, judges, registry, card);
  if (refused.failed()) {
    step.stay(refused.failing_codes());
    return refused;
  }
  delivery.jws_ = sign_hand_over(card, officer, officer_key, clock.now());
  step.walk({"acceptance-signed", "registry-recorded"}, {{"statement_sha256", evidence::sha256_text(delivery.jws_)}},
            [&] {
              cases::CardRow row = *store.card(case_id);
              row.delivery = delivery.jws_;
              store.keep_card(case_id, row);
            });
  return delivery;
}

}  // namespace delivery
