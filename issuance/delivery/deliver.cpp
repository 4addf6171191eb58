#include "issuance/delivery/deliver.h"

#include <nlohmann/json.hpp>

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

base::Findings tell_registry(cases::RegistryClient& registry, const std::string& number,
                             const cases::AcceptedCard& card) {
  const cases::Acceptance& content = card.content();
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
  base::Findings refused = tell_registry(registry, store.application(case_id).number, card);
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
