#pragma once
// The status list of a trust pack: which cards of one State are no longer good although everything they carry is
// signed (docs/formats/status-list.md). A card is named by a hash over what its document signer signed. That is unlike
// a number that could be tried out: nobody learns from the list who lost a card, and whoever changes what is hashed
// breaks the signature.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace trust {

enum class CardStatus { Lost, Revoked, Exchanged };
std::string_view card_status_name(CardStatus status);             // "lost", as the register writes it
std::optional<CardStatus> card_status_of(std::string_view name);  // nullopt: none of these

// The first 16 octets of SHA-256 over the LDSSecurityObject (the eContent of EF.SOD, 9303-10 §4.6.2.3).
using CardId = std::array<std::uint8_t, 16>;
CardId card_id(base::ByteView security_object);
std::string to_text(const CardId& card);                     // 32 hexadecimal digits, upper case
std::optional<CardId> parse_card_id(std::string_view text);  // of either case; nullopt: it is none

// Each with the first day, in Viet Nam, on which it is no longer good.
using Cards = std::map<CardId, base::Date>;

struct StatusList {
  std::string country;  // of the State whose cards these are, two upper-case letters as in its certificates
  base::Moment made_at;
  base::Moment next_due;              // when the next list is there; after made_at
  std::map<CardStatus, Cards> cards;  // a card once in all
  // nullopt: the list says nothing against the card as of this moment.
  std::optional<CardStatus> find(const CardId& card, base::Moment as_of) const;
  std::size_t size() const;
  bool operator==(const StatusList&) const = default;
};

// ensure: country and moments are as told above, no card stands twice, and each day is one from 1970 on.
base::Bytes encode_status_list(const StatusList& list);
StatusList parse_status_list(base::ByteView der);  // throws asn1::Malformed

}  // namespace trust
