#include "issuance/production/spoil.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace production {

namespace {

base::Findings terminate_chip(Bench& bench, const std::string& case_id) {
  const auto row = bench.store.card(case_id);
  base::ensure(row.has_value(), "a case whose chip can be spoiled has one");
  const personalization::ChipIdentity chip = personalization::identify(bench.card, bench.profile);
  // Cut off between terminating and writing it down: what was wanted is there.
  if (chip.state == personalization::LifeCycle::Terminated && chip.serial == row->serial) return {};
  // The binding is what counts, not the order's time: the signer gives a bound chip's keys again without judging.
  auto bound = bind_chip(bench, case_id, bench.store.evidence(case_id));
  if (auto* findings = std::get_if<base::Findings>(&bound)) return std::move(*findings);
  return personalization::terminate(bench.card, bench.profile, transport_keys(bench, chip.state),
                                    key_set(std::get<BoundChip>(bound).assignment.keys), bench.random);
}

}  // namespace

base::Findings spoil(cases::CaseStore& store, const std::string& case_id, const cases::StationOfficer& officer,
                     const std::string& reason, Bench* bench) {
  const auto card = store.card(case_id);
  auto begun = store.journal().begin(case_id, "spoil", {.account = officer.account, .role = officer.role},
                                     {{"serial", card ? card->serial : ""}});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return std::move(*findings);
  auto& step = std::get<cases::Step>(begun);
  base::Findings findings = bench != nullptr ? terminate_chip(*bench, case_id) : base::Findings();
  if (findings.failed()) {
    step.stay(findings.failing_codes());
    return findings;
  }
  const std::string commitment = store.keep_reason(case_id, "spoil", reason);
  step.walk({"reason-given"},
            {{"serial", card ? card->serial : ""}, {"reason", commitment}, {"terminated", bench != nullptr}});
  return findings;
}

}  // namespace production
