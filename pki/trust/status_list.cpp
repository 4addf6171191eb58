#include "pki/trust/status_list.h"

#include <algorithm>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"

namespace trust {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr std::string_view kMark = "cccd-status-list-1";
constexpr std::array<std::pair<CardStatus, std::string_view>, 3> kStatuses{
    {{CardStatus::Lost, "lost"}, {CardStatus::Revoked, "revoked"}, {CardStatus::Exchanged, "exchanged"}}};

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool ascends(const std::vector<CardId>& cards) {
  return std::ranges::adjacent_find(cards, [](const CardId& a, const CardId& b) { return a >= b; }) == cards.end();
}

// Each card has one status.
bool are_disjoint(const StatusList& list) {
  return std::ranges::all_of(list.cards, [&](const auto& one) {
    return std::ranges::all_of(one.second, [&](const CardId& card) { return list.find(card) == one.first; });
  });
}

base::Moment read_moment(base::ByteView content) {
  const auto moment = base::parse_rfc3339(asn1::read_utf8_string(content));
  if (!moment || base::to_rfc3339(*moment) != asn1::read_utf8_string(content)) throw asn1::Malformed("a time is none");
  return *moment;
}

std::vector<CardId> read_cards(base::ByteView content) {
  if (content.size() % sizeof(CardId) != 0) throw asn1::Malformed("a list of cards is cut off");
  std::vector<CardId> cards(content.size() / sizeof(CardId));
  for (std::size_t i = 0; i < cards.size(); ++i) {
    std::ranges::copy(content.subspan(i * sizeof(CardId), sizeof(CardId)), cards[i].begin());
  }
  if (!ascends(cards)) throw asn1::Malformed("a list of cards does not ascend");
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

std::optional<CardStatus> StatusList::find(const CardId& card) const {
  for (const auto& [status, of_status] : cards) {
    if (std::ranges::binary_search(of_status, card)) return status;
  }
  return std::nullopt;
}

std::size_t StatusList::size() const {
  std::size_t count = 0;
  for (const auto& [status, of_status] : cards) count += of_status.size();
  return count;
}

base::Bytes encode_status_list(StatusList list) {
  for (auto& [status, cards] : list.cards) std::ranges::sort(cards);
  base::ensure(is_country(list.country) && list.made_at < list.next_due, "a status list has a State and a time");
  base::ensure(
      std::ranges::all_of(list.cards, [](const auto& one) { return ascends(one.second); }) && are_disjoint(list),
      "a card stands once in a status list");
  TlvWriter inner;
  inner.utf8_string(kMark).utf8_string(list.country);
  inner.utf8_string(base::to_rfc3339(list.made_at)).utf8_string(base::to_rfc3339(list.next_due));
  for (const auto& [status, name] : kStatuses) {
    base::Bytes together;
    for (const CardId& card : list.cards[status]) together.insert(together.end(), card.begin(), card.end());
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
