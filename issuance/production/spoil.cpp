#include "issuance/production/spoil.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace production {

namespace {

base::Findings terminate_chip(Bench& bench, const std::string& case_id) {
  auto approved = bench.store.load_approved(case_id, bench.judges);
  if (auto* findings = std::get_if<base::Findings>(&approved)) return std::move(*findings);
  auto bound = bind_chip(bench, case_id, std::get<cases::ApprovedOrder>(approved).evidence());
  if (auto* findings = std::get_if<base::Findings>(&bound)) return std::move(*findings);
  if (bench.transport_keys == nullptr) {
    throw base::Error(base::Fault::UsedWrongly, "terminating a chip",
                      "--transport-keys names the file with its maker's keys");
  }
  return personalization::terminate(bench.card, bench.profile, *bench.transport_keys,
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
