#include "pki/trust/status_list.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"

namespace trust {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr std::string_view kMark = "cccd-status-list-2";
constexpr std::uint32_t kLastDay = 2932896;  // 9999-12-31
constexpr std::array<std::pair<CardStatus, std::string_view>, 3> kStatuses{
    {{CardStatus::Lost, "lost"}, {CardStatus::Revoked, "revoked"}, {CardStatus::Exchanged, "exchanged"}}};

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Each card has one status.
bool are_disjoint(const StatusList& list) {
  std::set<CardId> seen;
  for (const auto& [status, cards] : list.cards) {
    for (const auto& [card, since] : cards) {
      if (!seen.insert(card).second) return false;
    }
  }
  return true;
}

base::Moment read_moment(base::ByteView content) {
  const auto moment = base::parse_rfc3339(asn1::read_utf8_string(content));
  if (!moment || base::to_rfc3339(*moment) != asn1::read_utf8_string(content)) throw asn1::Malformed("a time is none");
  return *moment;
}

// A card takes 20 octets: its id, and the day as days since 1970-01-01, big-endian.
constexpr std::size_t kDaySize = 4, kCardSize = sizeof(CardId) + kDaySize;

void put_card(base::Bytes& out, const CardId& card, base::Date since) {
  const auto day = std::chrono::sys_days(since).time_since_epoch().count();
  base::ensure(since.ok() && day >= 0, "a card is no longer good from a day on");
  base::append(out, card);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(day >> shift));
}

Cards read_cards(base::ByteView content) {
  if (content.size() % kCardSize != 0) throw asn1::Malformed("a list of cards is cut off");
  Cards cards;
  for (; !content.empty(); content = content.subspan(kCardSize)) {
    CardId card{};
    std::ranges::copy(content.first(sizeof(CardId)), card.begin());
    std::uint32_t day = 0;
    for (const std::uint8_t octet : content.subspan(sizeof(CardId), kDaySize)) day = day << 8 | octet;
    if (day > kLastDay) throw asn1::Malformed("a card's day is none");
    if (!cards.empty() && cards.rbegin()->first >= card) throw asn1::Malformed("a list of cards does not ascend");
    cards.emplace_hint(cards.end(), card, std::chrono::sys_days(std::chrono::days(day)));
  }
  return cards;
}

}  // namespace

std::string_view card_status_name(CardStatus status) {
  return std::ranges::find(kStatuses, status, &decltype(kStatuses)::value_type::first)->second;
}

std::optional<CardStatus> card_status_of(std::string_view name) {
  const auto found = std::ranges::find(kStatuses, name, &decltype(kStatuses)::value_type::second);
  return found == kStatuses.end() ? std::nullopt : std::optional(found->first);
}

CardId card_id(base::ByteView security_object) {
  CardId card{};
  std::ranges::copy(base::ByteView(crypto::openssl::sha256(security_object)).first(card.size()), card.begin());
  return card;
}

std::string to_text(const CardId& card) {
  return base::to_hex(card);
}

std::optional<CardId> parse_card_id(std::string_view text) {
  const auto octets = base::parse_hex(text);
  if (!octets || octets->size() != sizeof(CardId)) return std::nullopt;
  CardId card{};
  std::ranges::copy(*octets, card.begin());
  return card;
}

std::optional<CardStatus> StatusList::find(const CardId& card, base::Moment as_of) const {
  for (const auto& [status, of_status] : cards) {
    const auto found = of_status.find(card);
    if (found != of_status.end() && base::date_in_viet_nam(as_of) >= found->second) return status;
  }
  return std::nullopt;
}

std::size_t StatusList::size() const {
  std::size_t count = 0;
  for (const auto& [status, of_status] : cards) count += of_status.size();
  return count;
}

base::Bytes encode_status_list(const StatusList& list) {
  base::ensure(is_country(list.country) && list.made_at < list.next_due, "a status list has a State and a time");
  base::ensure(are_disjoint(list), "a card stands once in a status list");
  TlvWriter inner;
  inner.utf8_string(kMark).utf8_string(list.country);
  inner.utf8_string(base::to_rfc3339(list.made_at)).utf8_string(base::to_rfc3339(list.next_due));
  for (const auto& [status, name] : kStatuses) {
    base::Bytes together;
    if (const auto of_status = list.cards.find(status); of_status != list.cards.end()) {
      for (const auto& [card, since] : of_status->second) put_card(together, card, since);
    }
    inner.octet_string(together);
  }
  return TlvWriter{}.sequence(inner).take();
}

StatusList parse_status_list(base::ByteView der) {
  TlvReader outer(der);
  TlvReader inner(outer.need(0x30));
  outer.end();
  if (asn1::read_utf8_string(inner.need(0x0C)) != kMark) throw asn1::Malformed("it is no status list of this version");
  StatusList list;
  list.country = asn1::read_utf8_string(inner.need(0x0C));
  list.made_at = read_moment(inner.need(0x0C));
  list.next_due = read_moment(inner.need(0x0C));
  for (const auto& [status, name] : kStatuses) {
    if (auto cards = read_cards(inner.need(0x04)); !cards.empty()) list.cards[status] = std::move(cards);
  }
  inner.end();
  if (!is_country(list.country)) throw asn1::Malformed("its State is none");
  if (list.made_at >= list.next_due) throw asn1::Malformed("the next list is due before this one is made");
  if (!are_disjoint(list)) throw asn1::Malformed("a card has two statuses");
  return list;
}

}  // namespace trust
