#include "issuance/registry/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "issuance/registry/rows.h"
#include "issuance/registry/sample_words.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace registry {

namespace {

using base::Date;
using document::Person;
using document::Sex;
using words::Words;

constexpr int kCacheKibibytes = 128 * 1024;
constexpr std::size_t kBatch = 50'000;  // persons a transaction
constexpr int kOldest = 95;
const Date kFirstChipCard = base::make_date(2021, 3, 1);
const Date kLastCmndBirth = base::make_date(2002, 1, 1);  // the nine-digit CMND ended in 2016, given from 14 on

enum class Role : std::uint8_t { Adult, NoExpiry, Child, Dead, Foreigner, Holder, Any };

// Draws from a repeatable source.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    std::array<std::uint8_t, 4> octets{};
    random_.fill(octets);
    std::uint32_t value = 0;
    for (const std::uint8_t octet : octets) value = value << 8 | octet;
    return static_cast<std::uint32_t>(std::uint64_t{value} * limit >> 32);
  }
  bool percent(std::uint32_t share) { return below(100) < share; }
  std::string_view of(Words list) { return list[below(static_cast<std::uint32_t>(list.size()))]; }
  // Favours the beginning of the list, as common names are common.
  std::string_view common_of(Words list) {
    const auto size = static_cast<std::uint32_t>(list.size());
    return list[std::min(below(size), below(size))];
  }
  std::string serial() { return fmt::format("{:08X}{:08X}", below(0xFFFFFFFF), below(0xFFFFFFFF)); }

 private:
  base::SeededRandom random_;
};

// What a number is made from; persons are drawn in order of their numbers, so that the table only ever grows at its
// end.
struct Seed {
  std::int64_t number = 0;
  Date birth;
  Sex sex = Sex::Male;
  Role role = Role::Any;
};

const std::vector<std::string>& province_codes() {
  static const auto codes = [] {
    std::vector<std::string> found;
    for (int code = 1; code < 100; ++code) {
      const std::string text = fmt::format("{:03}", code);
      if (document::province_name(text)) found.push_back(text);
    }
    return found;
  }();
  return codes;
}

Date day_in_year_before(Date day, Draw& draw) {
  return std::chrono::sys_days{day} - std::chrono::days{draw.below(365)};
}

// Completed years at the day of the sample. The shares follow the country's pyramid roughly.
int age_for(Role role, Draw& draw) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(draw.below(static_cast<std::uint32_t>(high - low + 1)));
  };
  switch (role) {
    case Role::Adult:
    case Role::Foreigner:
    case Role::Holder:
      return between(20, 55);
    case Role::NoExpiry:
      return between(61, 80);
    case Role::Child:
      return between(7, 12);
    case Role::Dead:
      return between(50, 90);
    case Role::Any:
      break;
  }
  const std::uint32_t share = draw.below(100);
  if (share < 23) return between(0, 14);
  if (share < 44) return between(15, 29);
  if (share < 68) return between(30, 44);
  if (share < 86) return between(45, 59);
  if (share < 96) return between(60, 74);
  return between(75, kOldest);
}

// NĐ 137/2015 Đ13: PPP G YY NNNNNN.
std::int64_t number_for(std::string_view province, Sex sex, Date birth, Draw& draw) {
  const int year = static_cast<int>(birth.year());
  const int century_and_sex = (year / 100 - 19) * 2 + (sex == Sex::Female ? 1 : 0);
  const auto digits = fmt::format("{}{}{:02}99{:04}", province, century_and_sex, year % 100, draw.below(10'000));
  return std::stoll(digits);
}

Seed seed_for(Role role, Date today, Draw& draw) {
  Seed seed;
  seed.role = role;
  if (role == Role::Any) {
    const std::uint32_t share = draw.below(1000);
    if (share < 25) seed.role = Role::Dead;
    if (share >= 25 && share < 32) seed.role = Role::Foreigner;
  }
  seed.birth = day_in_year_before(base::add_years(today, -age_for(seed.role, draw)), draw);
  if (role == Role::Any && seed.role == Role::Any && draw.percent(45)) seed.role = Role::Holder;
  seed.sex = draw.percent(50) ? Sex::Male : Sex::Female;
  const auto& codes = province_codes();
  seed.number = number_for(codes[draw.below(static_cast<std::uint32_t>(codes.size()))], seed.sex, seed.birth, draw);
  return seed;
}

std::vector<Seed> seeds_for(std::int64_t count, Date today, Draw& draw) {
  std::vector<Seed> seeds;
  seeds.reserve(static_cast<std::size_t>(count));
  std::unordered_set<std::int64_t> taken;
  taken.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const Role role = i < static_cast<std::int64_t>(Role::Any) ? static_cast<Role>(i) : Role::Any;
    Seed seed = seed_for(role, today, draw);
    while (!taken.insert(seed.number).second) seed = seed_for(role, today, draw);
    seeds.push_back(seed);
  }
  return seeds;
}

std::string family_name(Draw& draw) {
  return std::string(draw.percent(6) ? draw.of(words::rare_family_names()) : draw.common_of(words::family_names()));
}

std::string name_with(const std::string& family, Sex sex, Draw& draw) {
  const bool male = sex == Sex::Male;
  const auto given = draw.of(male ? words::given_names_male() : words::given_names_female());
  if (draw.percent(12)) return fmt::format("{} {}", family, given);
  return fmt::format("{} {} {}", family,
                     draw.common_of(male ? words::middle_names_male() : words::middle_names_female()), given);
}

std::string full_name(const std::string& family, Sex sex, Draw& draw) {
  if (draw.below(200) == 0)
    return std::string(draw.of(sex == Sex::Male ? words::rare_full_names_male() : words::rare_full_names_female()));
  return name_with(family, sex, draw);
}

std::string commune_in(std::string_view province, Draw& draw) {
  return fmt::format("{} {}, {}", draw.percent(40) ? "phường" : "xã", draw.of(words::communes()), province);
}

std::string residence_in(std::string_view province, Draw& draw) {
  if (draw.percent(50))
    return fmt::format("Số {}, đường {}, {}", 1 + draw.below(499), draw.of(words::streets()),
                       commune_in(province, draw));
  return fmt::format("{} {}, {}", draw.percent(50) ? "Thôn" : "Tổ dân phố", 1 + draw.below(30),
                     commune_in(province, draw));
}

std::string capitalized(std::string text) {
  if (text.starts_with("xã")) text.replace(0, 1, "X");
  if (text.starts_with("phường")) text.replace(0, 1, "P");
  return text;
}

Person person_for(const Seed& seed, Date today, Draw& draw) {
  const auto number = document::CitizenNumber::parse(fmt::format("{:012}", seed.number));
  base::ensure(number.has_value(), "a number made of twelve digits is one");
  const auto province = document::province_name(number->province());
  base::ensure(province.has_value(), "a sample's province has a name");
  const auto& codes = province_codes();
  const std::string_view home =
      draw.percent(75) ? *province
                       : *document::province_name(codes[draw.below(static_cast<std::uint32_t>(codes.size()))]);
  const std::string family = family_name(draw);
  const int age = base::age_at(seed.birth, today);
  Person p{.number = *number,
           .full_name = full_name(family, seed.sex, draw),
           .birth = seed.birth,
           .sex = seed.sex,
           .nationality = std::string(seed.role == Role::Foreigner ? draw.of(words::countries()) : kVietNam),
           .ethnicity = std::string(draw.of(words::ethnicities())),
           .religion = std::string(draw.of(words::religions())),
           .place_of_origin = capitalized(commune_in(*province, draw)),
           .place_of_birth = capitalized(commune_in(*province, draw)),
           .residence = residence_in(home, draw),
           .father = draw.percent(96) ? name_with(family, Sex::Male, draw) : std::string{},
           .mother = name_with(family_name(draw), Sex::Female, draw),
           .spouse = {},
           .old_id = {},
           .cancelled_number = {}};
  if (age >= 22 && draw.percent(60))
    p.spouse = name_with(family_name(draw), seed.sex == Sex::Male ? Sex::Female : Sex::Male, draw);
  if (seed.birth < kLastCmndBirth && draw.percent(40)) p.old_id = fmt::format("{:09}", draw.below(1'000'000'000));
  return p;
}

// A card of the chip generation, given on a day when its holder was 14 or older.
CardEntry card_for(const Seed& seed, std::size_t index, Date today, Draw& draw) {
  const auto first = std::chrono::sys_days{std::max(kFirstChipCard, base::add_years(seed.birth, 14))};
  const auto days = (std::chrono::sys_days{today} - first).count();
  const Date issued = first + std::chrono::days{draw.below(static_cast<std::uint32_t>(days) + 1)};
  return {.chip_serial = draw.serial(),
          .case_id = fmt::format("sample-{:08}", index + 1),
          .issued = issued,
          .status = "active",
          .replaces = {}};
}

struct Drawn {
  Person person;
  std::optional<CardEntry> card;
  std::optional<Event> event;
};

Drawn draw_person(const Seed& seed, std::size_t index, Date today, Draw& draw) {
  Drawn drawn{person_for(seed, today, draw), std::nullopt, std::nullopt};
  const bool may_hold = base::add_years(seed.birth, 14) <= today && kFirstChipCard <= today;
  if (seed.role == Role::Holder && may_hold) drawn.card = card_for(seed, index, today, draw);
  const Date within_a_year = std::max(seed.birth, day_in_year_before(today, draw));
  if (seed.role == Role::Dead) drawn.event = {EventKind::Death, within_a_year, {}, {}, {}, {}, {}};
  if (seed.role == Role::Foreigner) drawn.event = {EventKind::NationalityLost, within_a_year, {}, {}, {}, {}, {}};
  return drawn;
}

// One transaction for what belongs to one number of all, then one for each server.
void add_batch(Store& store, const std::vector<Drawn>& batch, std::int64_t source) {
  std::vector<std::pair<document::CitizenNumber, CardEntry>> cards;
  std::map<int, std::vector<const Drawn*>> by_server;
  for (const Drawn& drawn : batch) {
    if (drawn.card) cards.emplace_back(drawn.person.number, *drawn.card);
    by_server[store.server_of(drawn.person.number)].push_back(&drawn);
  }
  store.claim_cards(cards);
  for (const auto& [server, persons] : by_server) {
    db::Transaction change = store.begin();
    for (const Drawn* const drawn : persons) {
      base::Findings findings;
      const auto added = store.add(drawn->person, findings, source);
      base::ensure(added == Store::Added::New, "an empty register takes every synthetic person once");
      if (drawn->card) findings.add(store.put_card(drawn->person.number, *drawn->card));
      if (drawn->event) findings.add(store.put_event(drawn->person.number, *drawn->event));
      base::ensure(!findings.failed(), "a synthetic person breaks no rule of the register");
    }
    change.commit();
  }
}

// Two invented officers of different offices and forces confirm the synthetic birth records.
std::int64_t sample_source(Store& store, Date today) {
  Source source{.id = 0, .name = "sample", .attested = {}, .statement = "synthetic persons of cccd-registry sample"};
  for (const char* const kind : {"birth", "citizenship"}) {
    for (const auto& [office, force, officer] : {std::tuple{"000-TP-0001", "civil-status", "sample-registrar"},
                                                 std::tuple{"000-CA-0001", "provincial-police", "sample-police"}}) {
      source.attested.push_back({.kind = kind,
                                 .late = false,
                                 .office = office,
                                 .force = force,
                                 .officer = officer,
                                 .evidence = "birth-record",
                                 .on = base::to_iso(today),
                                 .statement_sha256 = evidence::sha256_text(source.statement)});
    }
  }
  return store.add_source(source);
}

SampleRoles roles_of(const std::vector<Seed>& seeds) {
  SampleRoles roles;
  const auto number = [&](Role role) -> std::optional<std::string> {
    const auto at = static_cast<std::size_t>(role);
    return at < seeds.size() ? std::optional(fmt::format("{:012}", seeds[at].number)) : std::nullopt;
  };
  roles.adult = number(Role::Adult);
  roles.no_expiry = number(Role::NoExpiry);
  roles.child = number(Role::Child);
  roles.dead = number(Role::Dead);
  roles.foreigner = number(Role::Foreigner);
  roles.holder = number(Role::Holder);
  return roles;
}

}  // namespace

SampleResult make_sample(Store& store, std::int64_t count, std::uint64_t seed, const base::Clock& clock) {
  base::ensure(count >= 0 && count <= kLargestSample, "the size of a sample was checked");
  if (!store.is_empty()) {
    throw base::Error(base::Fault::FixConfiguration, "making sample citizens",
                      "the register holds persons already; sample data go into a new one (cccd-registry init)");
  }
  const Date today = clock.today();
  Draw draw(seed);
  store.use_cache(kCacheKibibytes);
  std::vector<Seed> seeds = seeds_for(count, today, draw);
  const SampleRoles roles = roles_of(seeds);
  std::ranges::sort(seeds, {}, &Seed::number);
  const std::int64_t source = sample_source(store, today);
  std::vector<Drawn> batch;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    batch.push_back(draw_person(seeds[i], i, today, draw));
    if (batch.size() < kBatch && i + 1 < seeds.size()) continue;
    add_batch(store, batch, source);
    batch.clear();
  }
  return {count, roles};
}

}  // namespace registry
