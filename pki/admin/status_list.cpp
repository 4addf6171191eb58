#include "pki/admin/status_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "pki/base/core/error.h"

namespace admin {

namespace {

using trust::CardStatus;

constexpr std::array<CardStatus, 3> kGravestFirst{CardStatus::Revoked, CardStatus::Lost, CardStatus::Exchanged};
constexpr std::array<std::string_view, 5> kFields{"case", "reason", "serial", "since", "status"};

bool is_graver(CardStatus a, CardStatus b) {
  return std::ranges::find(kGravestFirst, a) < std::ranges::find(kGravestFirst, b);
}

// The graver status and the earlier day of two.
void join(Closed& closed, const Closed& other) {
  if (is_graver(other.status, closed.status)) closed.status = other.status;
  closed.since = std::min(closed.since, other.since);
}

std::optional<std::pair<std::string, Closed>> closed_of(std::string_view line) {
  const auto fields = nlohmann::json::parse(line, nullptr, false);
  if (!fields.is_object()) return std::nullopt;
  for (const auto& [name, value] : fields.items()) {
    if (!value.is_string() || std::ranges::find(kFields, name) == kFields.end()) return std::nullopt;
  }
  if (!fields.contains("serial") || !fields.contains("status") || !fields.contains("since")) return std::nullopt;
  const auto chip = base::parse_hex(fields["serial"].get<std::string>());
  const auto status = trust::card_status_of(fields["status"].get<std::string>());
  const auto since = base::parse_iso_date(fields["since"].get<std::string>());
  if (!chip || chip->size() != 8 || !status || !since) return std::nullopt;
  return std::pair(base::to_hex(*chip), Closed{*status, *since});
}

}  // namespace

void read_closed_chips(std::string_view lines, const std::string& origin, ClosedChips& chips) {
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto closed = closed_of(lines.substr(0, end));
    if (!closed) {
      throw base::Error(base::Fault::FixConfiguration, "reading the closed cards",
                        fmt::format("{}:{}: is no closed card as cccd-registry card closed tells it", origin, number));
    }
    const auto [there, is_new] = chips.insert(*closed);
    if (!is_new) join(there->second, closed->second);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

MadeStatusList make_status_list(const std::vector<SignedCard>& cards, const ClosedChips& closed, std::string country,
                                base::Moment made_at, base::Moment next_due) {
  MadeStatusList made{{std::move(country), made_at, next_due, {}}, {}};
  std::set<std::string_view> seen;
  std::map<trust::CardId, Closed> named;
  for (const SignedCard& card : cards) {
    const auto chip = closed.find(card.serial);
    if (chip != closed.end()) seen.insert(card.serial);
    if ((chip == closed.end() && card.live) || !card.card) continue;
    const Closed status = card.live ? chip->second : Closed{CardStatus::Revoked, card.day};
    const auto [there, is_new] = named.emplace(*card.card, status);
    if (!is_new) join(there->second, status);
  }
  for (const auto& [card, status] : named) made.list.cards[status.status].emplace(card, status.since);
  for (const auto& [serial, status] : closed) {
    if (!seen.contains(serial)) made.unsigned_chips.push_back(serial);
  }
  return made;
}

}  // namespace admin
