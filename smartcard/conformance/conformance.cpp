#include "smartcard/conformance/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "smartcard/conformance/trial.h"

namespace conformance {

namespace {

RowResult run_row(const Row& row, Trial& trial) {
  RowResult out{row.id, row.what, Outcome::Passed, {}};
  trial.begin_row();
  try {
    trial.afresh();
    row.run(trial);
    out.seen = trial.account();
  } catch (const Wrong& wrong) {
    out.outcome = Outcome::Failed;
    out.seen = wrong.seen;
  } catch (const NotApplicable& reason) {
    out.outcome = Outcome::NotApplicable;
    out.seen = reason.why;
  }
  return out;
}

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Passed:
      return "pass";
    case Outcome::Failed:
      return "fail";
    case Outcome::NotApplicable:
      break;
  }
  return "not_applicable";
}

std::size_t count(const std::vector<RowResult>& rows, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(rows, outcome, &RowResult::outcome));
}

}  // namespace

std::vector<RowResult> run(const CardUnderTest& card, std::string_view chapters) {
  Trial trial(card);
  std::vector<RowResult> out;
  for (const auto& table :
       {selection_rows, basic_access_rows, pace_rows, secure_messaging_rows, extended_access_rows}) {
    for (const Row& row : table()) {
      if (chapters.find(row.id[0]) != std::string_view::npos) out.push_back(run_row(row, trial));
    }
  }
  trial.afresh();
  return out;
}

bool conforms(const std::vector<RowResult>& rows) {
  return count(rows, Outcome::Failed) == 0;
}

std::string to_text(const std::vector<RowResult>& rows) {
  std::string out;
  for (const RowResult& row : rows) {
    out +=
        fmt::format("{:4} {:15} {}{}{}\n", row.id, word(row.outcome), row.what, row.seen.empty() ? "" : ": ", row.seen);
  }
  out += fmt::format("{} passed, {} failed, {} not applicable\n", count(rows, Outcome::Passed),
                     count(rows, Outcome::Failed), count(rows, Outcome::NotApplicable));
  return out;
}

nlohmann::json to_json(const std::vector<RowResult>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const RowResult& row : rows) {
    list.push_back({{"id", row.id}, {"what", row.what}, {"result", word(row.outcome)}, {"seen", row.seen}});
  }
  return {{"rows", std::move(list)},
          {"passed", count(rows, Outcome::Passed)},
          {"failed", count(rows, Outcome::Failed)},
          {"not_applicable", count(rows, Outcome::NotApplicable)}};
}

}  // namespace conformance
