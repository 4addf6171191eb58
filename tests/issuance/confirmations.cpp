#include "tests/issuance/confirmations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace confirmations {

namespace {

using attestation::AnomalySearch;
using attestation::Confirmed;
using attestation::Corrected;

const base::Moment kYear = *base::parse_rfc3339("2026-01-01T00:00:00Z");

// Honest rates differ from office to office and from officer to officer: log-normal around the force's.
struct Rates {
  double late, no_record, night, before;
  Rates scattered(std::mt19937_64& engine, double sigma) const {
    std::normal_distribution<double> normal(0.0, sigma);
    const auto one = [&](double rate) { return std::min(0.6, rate * std::exp(normal(engine))); };
    return {one(late), one(no_record), one(night), one(before)};
  }
};

struct Officer {
  std::string person, office, force;
  std::size_t place;  // of the office in the country
  Rates rates;
};

struct Force {
  const char* name;
  const char* letters;
  Rates rates;
};
constexpr Force kCommune{"commune-police", "CX", {0.06, 0.05, 0.02, 0.05}};
constexpr Force kProvince{"provincial-police", "CT", {0.04, 0.04, 0.04, 0.06}};
constexpr Force kRegistry{"civil-status", "HT", {0.08, 0.02, 0.01, 0.04}};

class Country {
 public:
  Country(AnomalySearch& search, std::uint64_t seed, Scheme scheme, const Size& size)
      : search_(search), engine_(seed), scheme_(scheme), size_(size) {
    enter(kCommune, size.communes);
    enter(kProvince, size.provinces);
    enter(kRegistry, size.registries);
    plant();
  }

  void work() {
    for (std::size_t i = 0; i < officers_.size(); ++i) {
      const int count = poisson(size_.statements_per_officer);
      for (int n = 0; n < count; ++n) confirm(i);
      const int corrections = poisson(60);
      for (int n = 0; n < corrections; ++n) correct(officers_[i]);
    }
  }

 private:
  bool happens(double rate) { return std::bernoulli_distribution(rate)(engine_); }
  int poisson(double mean) { return std::poisson_distribution<int>(mean)(engine_); }
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_); }

  void enter(const Force& force, int offices) {
    for (int o = 0; o < offices; ++o) {
      const std::string office = fmt::format("{:03}-{}-0001", o + 1, force.letters);
      const Rates usual = force.rates.scattered(engine_, 0.35);
      // In an office of three nobody can tell a scheme of two from chance; the one with the scheme has six.
      const std::size_t officers = o + 1 == 19 ? 6 : 3 + below(4);
      offices_.emplace_back();
      for (std::size_t p = 0; p < officers; ++p) {
        offices_.back().push_back(officers_.size());
        officers_.push_back({fmt::format("{}-{:03}-{}", force.letters, o + 1, p + 1), office, force.name,
                             offices_.size() - 1, usual.scattered(engine_, 0.25)});
      }
    }
  }

  Officer& officer(const std::string& person) {
    return *std::ranges::find_if(officers_, [&](const Officer& o) { return o.person == person; });
  }

  void plant() {
    const auto office_registers_late = [&](const char* office) {
      for (Officer& o : officers_) {
        if (o.office == office) o.rates.late = 0.6;
      }
    };
    if (scheme_ == Scheme::LateRegistrations) office_registers_late("007-CX-0001");
    if (scheme_ == Scheme::ThreeOfficesTogether) {
      for (const char* const office : {"007-CX-0001", "021-CX-0001", "027-CX-0001"}) office_registers_late(office);
    }
    if (scheme_ == Scheme::WithoutBirthRecord) officer("CX-011-2").rates.no_record = 0.7;
    if (scheme_ == Scheme::Night) officer("CX-013-1").rates.night = 0.6;
    if (scheme_ == Scheme::BeforeApplication) officer("CX-017-1").rates.before = 0.7;
  }

  // A colleague who confirms the same: any of the office, or the one with whom the shift is shared, or the accomplice.
  const Officer& partner(std::size_t i) {
    const auto& office = offices_[officers_[i].place];
    if (scheme_ == Scheme::AlwaysTheSameTwo) {
      if (officers_[i].person == "CX-019-1" && happens(0.95)) return officer("CX-019-2");
      if (officers_[i].person == "CX-019-2" && happens(0.95)) return officer("CX-019-1");
    }
    const auto own = static_cast<std::size_t>(std::ranges::find(office, i) - office.begin());
    const std::size_t shift = (own + 1) % office.size();
    std::size_t other = happens(0.15) ? shift : below(office.size());
    while (other == own) other = below(office.size());
    return officers_[office[other]];
  }

  void confirm(std::size_t i) {
    const Officer& by = officers_[i];
    Confirmed c{.number = next_++,
                .kind = happens(0.5) ? "birth" : "citizenship",
                .late = false,
                .office = by.office,
                .force = by.force,
                .officer = by.person,
                .evidence = "birth-record",
                .at = kYear};
    // One draw a statement: in which order the terms of a sum are drawn is the compiler's choice.
    c.at += happens(by.rates.night) ? std::chrono::hours{16} : std::chrono::hours{1 + below(9)};
    c.at += std::chrono::days{below(365)};
    c.late = c.kind == "birth" && happens(by.rates.late);
    if (c.kind == "citizenship" && happens(by.rates.no_record)) c.evidence = "witnesses";
    search_.add(c);
    if (c.kind != "citizenship") return;
    const Officer& second = partner(i);
    search_.add_meeting(c.number, by.person, by.office, second.person, second.office);
  }

  void correct(const Officer& by) {
    search_.add(Corrected{next_++, by.office, by.force, by.person, happens(by.rates.before)});
  }

  AnomalySearch& search_;
  std::mt19937_64 engine_;
  Scheme scheme_;
  Size size_;
  std::vector<Officer> officers_;
  std::vector<std::vector<std::size_t>> offices_;
  std::int64_t next_ = 1;
};

}  // namespace

std::string name(Scheme scheme) {
  constexpr const char* kNames[] = {"None",
                                    "LateRegistrations",
                                    "WithoutBirthRecord",
                                    "Night",
                                    "BeforeApplication",
                                    "AlwaysTheSameTwo",
                                    "ThreeOfficesTogether"};
  return kNames[static_cast<std::size_t>(scheme)];
}

std::vector<std::string> planted(Scheme scheme) {
  switch (scheme) {
    case Scheme::None:
      return {};
    case Scheme::LateRegistrations:
      return {"late-registrations 007-CX-0001"};
    case Scheme::WithoutBirthRecord:
      return {"citizenship-without-birth-record CX-011-2"};
    case Scheme::Night:
      return {"night-confirmations CX-013-1"};
    case Scheme::BeforeApplication:
      return {"corrections-before-application CX-017-1"};
    case Scheme::AlwaysTheSameTwo:
      return {"always-the-same-two CX-019-1 + CX-019-2"};
    case Scheme::ThreeOfficesTogether:
      return {"late-registrations 007-CX-0001", "late-registrations 021-CX-0001", "late-registrations 027-CX-0001"};
  }
  return {};
}

void fill(AnomalySearch& search, std::uint64_t seed, Scheme scheme, const Size& size) {
  Country(search, seed, scheme, size).work();
}

}  // namespace confirmations
