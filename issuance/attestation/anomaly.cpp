#include "issuance/attestation/anomaly.h"

#include <fmt/format.h>

#include <algorithm>

namespace attestation {

namespace {

constexpr std::chrono::hours kVietNam{7};
constexpr int kNightFrom = 22, kNightTo = 5;

double odds(double rate) {
  return rate / std::max(1.0 - rate, 1e-9);
}

}  // namespace

// One unit that was tested, with what the report would say of it.
struct AnomalySearch::Candidate {
  Anomaly anomaly;
};

bool is_night(base::Moment at) {
  const auto local = at + kVietNam;
  const auto hour =
      std::chrono::duration_cast<std::chrono::hours>(local - std::chrono::floor<std::chrono::days>(local)).count();
  return hour >= kNightFrom || hour < kNightTo;
}

void AnomalySearch::count(std::string_view measure, const std::string& office, const std::string& officer,
                          const std::string& force, std::int64_t number, bool hit) {
  for (const auto& [unit, who] :
       {std::pair<const char*, const std::string*>{"office", &office}, {"officer", &officer}}) {
    Work& work = groups_[{std::string(measure), unit}][force][*who];
    ++work.trials;
    if (hit) work.hits.push_back(number);
  }
}

void AnomalySearch::add(const Confirmed& c) {
  ++confirmations_;
  if (c.kind == "birth") count("late-registrations", c.office, c.officer, c.force, c.number, c.late);
  if (c.kind == "citizenship") {
    count("citizenship-without-birth-record", c.office, c.officer, c.force, c.number, c.evidence != "birth-record");
  }
  count("night-confirmations", c.office, c.officer, c.force, c.number, is_night(c.at));
}

void AnomalySearch::add(const Corrected& c) {
  ++corrections_;
  count("corrections-before-application", c.office, c.officer, c.force, c.number, c.before_application);
}

void AnomalySearch::add(const ApprovedOrder& o) {
  ++orders_;
  Station& station = stations_[o.station];
  const auto see = [&](Work& work) {
    ++work.trials;
    if (o.risky) work.hits.push_back(o.number);
  };
  const auto pair_of = [](const std::string& a, const std::string& b) {
    return fmt::format("{} + {}", std::min(a, b), std::max(a, b));
  };
  see(station.all);
  see(station.parts[{"receiver", o.receiver}]);
  const std::string approves = o.station + " (approves)", receives = o.station + " (receives)";
  for (std::size_t i = 0; i < o.approvers.size(); ++i) {
    see(station.parts[{"approver", o.approvers[i]}]);
    see(station.parts[{"pair", pair_of(o.receiver, o.approvers[i])}]);
    meet("receiver and approver", o.number, o.receiver, receives, o.approvers[i], approves);
    for (std::size_t j = i + 1; j < o.approvers.size(); ++j) {
      see(station.parts[{"pair", pair_of(o.approvers[i], o.approvers[j])}]);
      meet("approvers", o.number, o.approvers[i], approves, o.approvers[j], approves);
    }
  }
}

void AnomalySearch::add_meeting(std::int64_t number, const std::string& officer, const std::string& office,
                                const std::string& other_officer, const std::string& other_office) {
  meet("officers", number, officer, office, other_officer, other_office);
}

void AnomalySearch::meet(std::string_view who, std::int64_t number, const std::string& officer,
                         const std::string& office, const std::string& other_officer, const std::string& other_office) {
  if (officer == other_officer) return;
  ++meetings_;
  const bool in_order = std::pair(office, officer) < std::pair(other_office, other_officer);
  const auto& [a, b] = in_order ? std::pair(officer, other_officer) : std::pair(other_officer, officer);
  const bool one_office = office == other_office;
  Pool& pool = pools_[std::string(who)][one_office ? office
                                                   : fmt::format("{} + {}", std::min(office, other_office),
                                                                 std::max(office, other_office))];
  pool.within_one_office = one_office;
  ++pool.meetings;
  ++pool.first[a];
  ++(one_office ? pool.first : pool.second)[b];
  pool.together[{a, b}].push_back(number);
}

// Of a pair, the one with fewer meetings is the unit: how often was the partner this other one? By chance as often as
// the other one is a partner where the first is not there; so two who only meet each other do not make each other
// usual.
std::size_t AnomalySearch::pairs(const std::map<std::string, Pool>& pools, Family& family) {
  auto& [units, candidates] = family;
  std::size_t tests = 0;
  for (const auto& [name, pool] : pools) {
    const auto& others = pool.within_one_office ? pool.first : pool.second;
    const auto has_work = [](const auto& entry) { return entry.second >= kFewestTrials; };
    const auto left = static_cast<std::size_t>(std::ranges::count_if(pool.first, has_work));
    const auto right = static_cast<std::size_t>(std::ranges::count_if(others, has_work));
    tests += pool.within_one_office ? left * (left - std::min<std::size_t>(left, 1)) / 2 : left * right;
    for (const auto& [pair, numbers] : pool.together) {
      const std::int64_t a = pool.first.at(pair.first), b = others.at(pair.second);
      const std::int64_t fewer = std::min(a, b), more = std::max(a, b);
      if (fewer < kFewestTrials) continue;
      const auto met = static_cast<std::int64_t>(numbers.size());
      const std::int64_t elsewhere = (pool.within_one_office ? 2 : 1) * (pool.meetings - fewer);
      const std::size_t possible =
          pool.within_one_office ? pool.first.size() - 1 : (fewer == a ? others : pool.first).size();
      if (elsewhere == 0 || possible < 2) continue;  // there is nobody else to meet
      const double seats = static_cast<double>(elsewhere) + static_cast<double>(possible) / 2;
      units.push_back({fewer, met, (static_cast<double>(more - met) + 0.5) / seats, 1.0 / seats});
      candidates.push_back({{.measure = "always-the-same-two",
                             .unit = "pair",
                             .who = fmt::format("{} + {}", pair.first, pair.second),
                             .peers = name,
                             .references = numbers}});
    }
  }
  return tests;
}

// A part of a station's orders against the station's others: by chance as many of them are risky.
void AnomalySearch::risky_orders(std::string_view unit, Family& family) const {
  auto& [units, candidates] = family;
  for (const auto& [name, station] : stations_) {
    for (const auto& [part, work] : station.parts) {
      const std::int64_t others = station.all.trials - work.trials;
      if (part.first != unit || work.trials < kFewestTrials || others < kFewestTrials) continue;
      const auto hits = static_cast<std::int64_t>(work.hits.size());
      const auto hits_of_others = static_cast<double>(station.all.hits.size() - work.hits.size());
      const double orders = static_cast<double>(others) + 1.0;
      units.push_back({work.trials, hits, (hits_of_others + 0.5) / orders, 1.0 / orders});
      candidates.push_back({{.measure = "risky-orders",
                             .unit = part.first,
                             .who = part.second,
                             .peers = name,
                             .references = work.hits}});
    }
  }
}

void AnomalySearch::add_groups(std::vector<Family>& families, AnomalyReport& report) const {
  for (const auto& [what, group] : groups_) {
    for (const auto& [force, members] : group) {
      auto& [units, candidates] = families.emplace_back();
      for (const auto& [who, work] : members) {
        if (work.trials < kFewestTrials) continue;
        units.push_back({work.trials, static_cast<std::int64_t>(work.hits.size()), std::nullopt, 0.0});
        candidates.push_back(
            {{.measure = what.first, .unit = what.second, .who = who, .peers = force, .references = work.hits}});
      }
      report.tests += units.size();
      if (units.size() <= kFewestPeers)
        report.unsaid.push_back(fmt::format("{} / {} / {}", what.first, what.second, force));
    }
  }
}

void AnomalySearch::add_orders(std::vector<Family>& families, AnomalyReport& report) const {
  if (orders_ == 0) return;
  for (const char* const unit : {"receiver", "approver", "pair"}) {
    Family& family = families.emplace_back();
    risky_orders(unit, family);
    report.tests += family.first.size();
    if (family.first.size() <= kFewestPeers)
      report.unsaid.push_back(fmt::format("risky-orders / {} / issuing stations", unit));
  }
}

AnomalyReport AnomalySearch::report(double level) const {
  AnomalyReport report{.level = level,
                       .tests = 0,
                       .confirmations = confirmations_,
                       .corrections = corrections_,
                       .orders = orders_,
                       .meetings = meetings_,
                       .anomalies = {},
                       .unsaid = {}};
  std::vector<Family> families;
  add_groups(families, report);
  for (const auto& [who, pools] : pools_) report.tests += pairs(pools, families.emplace_back());
  add_orders(families, report);

  std::vector<double> p_values;
  for (auto& [units, candidates] : families) {
    const auto answers = judge_all(units, level / static_cast<double>(std::max<std::size_t>(report.tests, 1)));
    for (std::size_t i = 0; i < units.size(); ++i) {
      Anomaly& a = candidates[i].anomaly;
      a.trials = units[i].trials;
      a.hits = units[i].hits;
      a.rate = static_cast<double>(a.hits) / static_cast<double>(a.trials);
      a.peers_rate = answers[i].peers_rate;
      a.p_value = answers[i].p_value;
      p_values.push_back(a.p_value);
      report.anomalies.push_back(std::move(a));
    }
  }
  const auto adjusted = holm(p_values, std::max(report.tests, p_values.size()));
  for (std::size_t i = 0; i < adjusted.size(); ++i) report.anomalies[i].adjusted = adjusted[i];
  std::erase_if(report.anomalies, [&](const Anomaly& a) {
    return a.adjusted > level || a.hits < kFewestHits || odds(a.rate) < kLeastRatio * odds(a.peers_rate);
  });
  std::ranges::stable_sort(report.anomalies, {}, &Anomaly::p_value);
  return report;
}

}  // namespace attestation
