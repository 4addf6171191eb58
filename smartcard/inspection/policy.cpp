#include "smartcard/inspection/policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"

namespace inspection {

namespace {

constexpr const char* kDoing = "reading the inspection policy";
constexpr std::int64_t kLongestDays = 3660;

constexpr auto kDemands = std::to_array<std::pair<std::string_view, Demand>>(
    {{"always", Demand::Always}, {"when-offered", Demand::WhenOffered}, {"never", Demand::Never}});
constexpr auto kBacUses =
    std::to_array<std::pair<std::string_view, BacUse>>({{"never", BacUse::Never},
                                                        {"when-pace-is-not-offered", BacUse::WhenPaceIsNotOffered},
                                                        {"when-pace-fails", BacUse::WhenPaceFails}});

void read_demand(const strict_toml::Table& from, std::string_view key, Demand& to) {
  if (from.maybe_text(key)) to = from.word<Demand>(key, kDemands);
}

void read_days(const strict_toml::Table& from, std::string_view key, std::optional<std::chrono::hours>& to) {
  if (const auto days = from.maybe_number(key, 0, kLongestDays)) to = std::chrono::hours{24 * *days};
}

void read_access(const strict_toml::Table& file, Policy& policy) {
  const auto access = file.maybe_table("access");
  if (!access) return;
  read_demand(*access, "pace", policy.pace);
  if (access->maybe_text("bac")) policy.bac = access->word<BacUse>("bac", kBacUses);
  if (policy.pace == Demand::Never && policy.bac == BacUse::Never) {
    access->refuse("neither PACE nor basic access control is allowed: no card could be read");
  }
  if (policy.pace == Demand::Always && policy.bac != BacUse::Never) {
    access->refuse("PACE is always demanded, so bac has to be \"never\"");
  }
}

void read_checks(const strict_toml::Table& file, Policy& policy) {
  const auto checks = file.maybe_table("checks");
  if (!checks) return;
  read_demand(*checks, "active_authentication", policy.active_authentication);
  read_demand(*checks, "chip_authentication", policy.chip_authentication);
  read_demand(*checks, "terminal_authentication", policy.terminal_authentication);
  Demand passive = Demand::Always;
  read_demand(*checks, "passive_authentication", passive);
  if (passive != Demand::Always) {
    checks->refuse("passive_authentication", "passive authentication is always demanded");
  }
  if (policy.terminal_authentication == Demand::Always && policy.chip_authentication == Demand::Never) {
    checks->refuse("terminal authentication needs chip authentication before it");
  }
}

void read_reading(const strict_toml::Table& file, Policy& policy) {
  const auto reading = file.maybe_table("reading");
  if (!reading) return;
  constexpr std::string_view kKey = "may_be_refused";
  for (const std::int64_t number : reading->numbers(kKey, 5, 16)) {
    if (number == 14 || number == 15) {
      reading->refuse(kKey, "may_be_refused: DG14 and DG15 hold the keys that prove the chip");
    }
    policy.may_be_refused.insert(static_cast<int>(number));
  }
}

}  // namespace

Policy parse_policy(std::string_view toml, std::string_view origin) {
  return strict_toml::read(toml, origin, kDoing, [](const strict_toml::Table& file) {
    Policy policy;
    file.number("version", 1, 1);
    read_access(file, policy);
    read_checks(file, policy);
    read_reading(file, policy);
    if (const auto freshness = file.maybe_table("freshness")) {
      read_days(*freshness, "revocation_list_days", policy.revocation_list_grace);
    }
    return policy;
  });
}

void limit_freshness(trust::TrustStore& trust, const Policy& policy) {
  if (!policy.revocation_list_grace) return;
  trust::Policy limited = trust.policy();
  limited.crl_grace =
      std::min(limited.crl_grace.value_or(*policy.revocation_list_grace), *policy.revocation_list_grace);
  trust.set_policy(limited);
}

Policy read_policy(const std::filesystem::path& file) {
  return parse_policy(base::read_text_file(file, kDoing), file.string());
}

}  // namespace inspection
