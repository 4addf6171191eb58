#include "issuance/registry/anomaly_report.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "issuance/registry/approval_book.h"
#include "issuance/registry/attestation_book.h"
#include "issuance/registry/rows.h"

namespace registry {

namespace {

using attestation::Confirmed;

// Two officers who confirmed the same person's nationality met.
void add_meetings(attestation::AnomalySearch& search, const std::vector<Confirmed>& of_one_number) {
  for (std::size_t i = 0; i < of_one_number.size(); ++i) {
    for (std::size_t j = i + 1; j < of_one_number.size(); ++j) {
      const Confirmed &a = of_one_number[i], &b = of_one_number[j];
      search.add_meeting(a.number, a.officer, a.office, b.officer, b.office);
    }
  }
}

bool application_followed(AccessBook& accesses, const CitizenNumber& number, base::Moment corrected) {
  const auto looks = accesses.accesses(number);
  return std::ranges::any_of(looks, [&](const KeptAccess& look) {
    return look.access.operation == "answer" && look.access.purpose == "issuance" && look.at > corrected &&
           look.at <= corrected + attestation::kShortly;
  });
}

struct Place {
  std::string office = "-", force = "operators";
};
Place place_of(const attestation::OfficerBook& officers, const std::string& person) {
  for (const attestation::Officer& officer : officers.all()) {
    if (officer.person == person || officer.account == person) return {officer.office, officer.force};
  }
  return {};
}

void add_corrections(attestation::AnomalySearch& search, Store& store, AccessBook& accesses,
                     const attestation::OfficerBook& officers, base::Moment from, base::Moment until) {
  auto rows = store.database().prepare(
      "SELECT number, asked_by, decided_by, decided_at FROM corrections WHERE state = 'accepted' AND decided_at >= ?1 "
      "AND decided_at < ?2 ORDER BY number");
  rows.with(base::to_rfc3339(from), base::to_rfc3339(until));
  while (rows.step()) {
    const std::int64_t key = rows.integer(0);
    const std::string asked_by = rows.text(1), decided_by = rows.text(2);
    const CitizenNumber number = number_from(key);
    const Place place = place_of(officers, decided_by), asked_at = place_of(officers, asked_by);
    search.add(attestation::Corrected{key, place.office, place.force, decided_by,
                                      application_followed(accesses, number, stored_moment(rows.text(3)))});
    search.add_meeting(key, asked_by, asked_at.office, decided_by, place.office);
  }
}

// What schemes need. In memory are those numbers alone, so that the orders are walked without a question for each.
class Risky {
 public:
  explicit Risky(db::Connection& database) {
    auto stated = database.prepare(
        "SELECT number FROM attestations WHERE late = 1 OR (kind = 'citizenship' AND evidence <> 'birth-record')");
    while (stated.step()) stated_.insert(stated.integer(0));
    auto corrected = database.prepare("SELECT number, decided_at FROM corrections WHERE state = 'accepted'");
    while (corrected.step()) corrected_.emplace(corrected.integer(0), stored_moment(corrected.text(1)));
  }
  bool operator()(const ApprovalBook::Kept& kept) const {
    if (stated_.contains(kept.order.number)) return true;
    const auto [first, last] = corrected_.equal_range(kept.order.number);
    return std::any_of(first, last, [&](const auto& correction) {
      return correction.second <= kept.made_at && kept.made_at <= correction.second + attestation::kShortly;
    });
  }

 private:
  std::unordered_set<std::int64_t> stated_;
  std::unordered_multimap<std::int64_t, base::Moment> corrected_;
};

}  // namespace

void each_approved_order(Store& store, const attestation::OfficerBook& officers, const base::Clock& clock,
                         base::Moment from, base::Moment until,
                         const std::function<void(const attestation::ApprovedOrder&)>& tell) {
  const Risky is_risky(store.database());
  ApprovalBook(store, officers, clock).each(from, until, [&](const ApprovalBook::Kept& kept) {
    attestation::ApprovedOrder order = kept.order;
    order.risky = is_risky(kept);
    tell(order);
  });
}

attestation::AnomalyReport anomaly_report(Store& store, AccessBook& accesses, const attestation::OfficerBook& officers,
                                          const base::Clock& clock, base::Moment from, base::Moment until) {
  attestation::AnomalySearch search;
  std::vector<Confirmed> of_one_number;  // citizenship
  AttestationBook(store, officers, clock).each(from, until, [&](const Confirmed& confirmed) {
    search.add(confirmed);
    if (!of_one_number.empty() && of_one_number.front().number != confirmed.number) {
      add_meetings(search, of_one_number);
      of_one_number.clear();
    }
    if (confirmed.kind == "citizenship") of_one_number.push_back(confirmed);
  });
  add_meetings(search, of_one_number);
  add_corrections(search, store, accesses, officers, from, until);
  each_approved_order(store, officers, clock, from, until,
                      [&](const attestation::ApprovedOrder& order) { search.add(order); });
  return search.report();
}

}  // namespace registry
