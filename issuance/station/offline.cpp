// What a station does without network, and how it catches up (docs/formats/extract.md).

#include <fmt/format.h>

#include <istream>
#include <nlohmann/json.hpp>

#include "issuance/production/bench.h"
#include "issuance/station/station.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace station {

namespace {

base::Findings no_answer(const char* code, std::string text) {
  base::Findings findings;
  findings.fail(code, "extract", std::move(text));
  return findings;
}

}  // namespace

QueuedRegistry Station::queued(cases::RegistryClient& live, Undelivered undelivered) {
  return {live, queue(), home_.registry_lock(), undelivered};
}

std::variant<extract::Header, base::Findings> Station::load_extract(std::istream& in) {
  auto loaded = extracts().load(in, judges().registry_key, clock_);
  if (const auto* header = std::get_if<extract::Header>(&loaded)) {
    store_->journal().post("extract.loaded",
                           {{"extract", header->id}, {"count", header->count}, {"root", header->root}});
    store_->journal().log_posted();
  }
  return loaded;
}

std::variant<vetting::TrustedAnswer, base::Findings> Station::answer_about(const std::string& number,
                                                                           const std::string& case_id,
                                                                           cases::RegistryClient& registry,
                                                                           Network network) {
  ExtractBook book = extracts();
  const auto extract = book.current();
  if (network == Network::Asked) {
    try {
      return vetting::open_answer(registry.answer(number, case_id), judges().registry_key, number, case_id,
                                  clock_.now());
    } catch (const base::Error& away) {
      if (!extract || away.fault() != base::Fault::AskOperator) throw;
    }
  }
  if (!extract) {
    return no_answer("EXTRACT_NOT_LOADED",
                     "Trạm chưa có bản trích / this station has no extract of the register: cccd-station extract load");
  }
  if (clock_.now() >= extract->until) {
    return no_answer("EXTRACT_EXPIRED", fmt::format("Bản trích hết hạn / the extract counted until {}; load a new one",
                                                    base::to_rfc3339(extract->until)));
  }
  auto entry = book.entry(number);
  if (!entry) {
    return no_answer(
        "EXTRACT_NO_ENTRY",
        "Bản trích không có số này / the extract does not hold this number; vet the case when the registry "
        "can be asked");
  }
  auto answer = vetting::open_extract_entry(std::move(*entry), judges().registry_key, number);
  if (const auto* trusted = std::get_if<vetting::TrustedAnswer>(&answer);
      trusted != nullptr && trusted->content().extract != extract->id) {
    return no_answer("REGISTRY_ANSWER_NOT_TRUSTED", "Mục này không thuộc bản trích / the entry is another extract's");
  }
  return answer;
}

bool Station::hold(const std::string& case_id, const std::vector<std::string>& codes) {
  if (!store_->exists(case_id)) return false;
  if (cases::CaseTable::shipped().may(store_->journal().state(case_id), "vet", cases::Role::Station).failed()) {
    return false;
  }
  auto begun = store_->journal().begin(case_id, "vet", cases::kStation, {});
  if (std::holds_alternative<base::Findings>(begun)) return false;
  std::get<cases::Step>(begun).walk({"vetting-held"},
                                    {{"codes", codes}, {"rule_set", vetting::RuleSet::shipped().version()}});
  return true;
}

SyncReport Station::sync(cases::RegistryClient& live) {
  SyncReport report;
  RegistryQueue queue = this->queue();
  const RegistryTurn turn(home_.registry_lock());
  while (const auto change = queue.first()) {
    base::Findings findings = tell(live, *change);
    // A number on which another case is open is free of ours.
    const bool closed_already = change->kind == "mark-closed" && findings.has("OPEN_CASE");
    if (!findings.failed() || closed_already) {
      queue.delivered(*change);
      ++report.delivered;
      continue;
    }
    // The case stops first: whoever dies here is told the same again.
    if (hold(change->case_id, findings.failing_codes())) report.held.push_back(change->case_id);
    queue.refused(*change, findings.failing_codes());
    report.findings.add(findings);
  }
  store_->journal().log_posted();
  return report;
}

bool Station::rests_on_extract(const std::string& case_id) {
  const std::string state = store_->journal().state(case_id);
  if (state != "approved" && state != "assigned") return false;
  const auto kept = store_->kept_answer(case_id, judges());
  return kept && !kept->content().extract.empty();
}

base::Findings Station::ask_before_signing(const std::string& case_id, cases::RegistryClient& live) {
  const auto state = [&] { return store_->journal().state(case_id); };
  const std::string before = state();
  const auto kept = store_->kept_answer(case_id, judges());
  base::ensure(kept.has_value(), "an order that rests on an extract has its entry");
  SyncReport synced = sync(live);
  if (state() != before) return std::move(synced.findings);

  const std::string number = store_->application(case_id).number;
  auto answer =
      vetting::open_answer(live.answer(number, case_id), judges().registry_key, number, case_id, clock_.now());
  if (auto* findings = std::get_if<base::Findings>(&answer)) return std::move(*findings);
  const auto& trusted = std::get<vetting::TrustedAnswer>(answer);
  base::Findings findings;
  for (const std::string& member : document::differing_members(kept->content(), trusted.content())) {
    findings.fail("LIVE_ANSWER_DIFFERS", member,
                  "Cơ sở dữ liệu đã khác bản trích / the register says something else now than the extract did");
  }
  if (!findings.failed()) {
    store_->keep_live_answer(store_->current_order(case_id), trusted.jws());
  } else if (hold(case_id, findings.failing_codes())) {
    findings.add(vet(case_id, live).findings);
  } else {
    production::say_spoil_first(findings);
  }
  return findings;
}

}  // namespace station
