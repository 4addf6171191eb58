#pragma once
// The drill "a document signer's key has leaked": which cards it signed and on which days, the revocation, the list
// that says so, what the register is told and what has to be made anew. Rehearsed with the same files before it is
// needed.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/admin/crl_ceremony.h"
#include "pki/trust/status_list.h"

namespace admin {

// One card as `cccd-signer cards` tells it: {"card","case","live","serial","signed"}, one JSON object a line; "card" is
// missing where EF.SOD could not be read.
struct SignedCard {
  std::string case_id;
  std::string serial;                                // of the chip, 16 hexadecimal digits
  base::Date day;                                    // signed on, in Viet Nam
  bool live = true;                                  // not written off
  std::optional<trust::CardId> card = std::nullopt;  // how a status list names it
  bool operator==(const SignedCard&) const = default;
};
// Error{FixConfiguration} with the line that is none, or that names a chip a second time.
std::vector<SignedCard> read_signed_cards(std::string_view lines, const std::string& origin);

struct SignerLeak {
  CrlCeremony crl;                // its `out` is where the new list is published
  base::Bytes signer;             // certificate of the document signer, DER
  std::vector<SignedCard> cards;  // all that it signed
  std::filesystem::path out;      // folder for the lists; made when missing, nothing in it is overwritten
};

struct LeakAnswer {
  base::Bytes serial;                        // of the signer's certificate
  std::map<base::Date, std::size_t> days;    // cards signed on each
  std::size_t live = 0;                      // of them, cards in the field
  std::vector<std::filesystem::path> files;  // what was written
  IssuedCrl crl;                             // not made in a rehearsal
};

// Writes cards.csv (case, serial, day, live), status.jsonl (for the register and the readers' status list: every live
// card as revoked) and reissue.jsonl (cases to make anew, the oldest card first); then revokes the signer, unless it is
// revoked already, and issues the list. rehearse: writes the three files, revokes and signs nothing.
// Error{FixConfiguration} when the certificate is no document signer of this book or a file is there.
LeakAnswer answer_signer_leak(const SignerLeak& leak, bool rehearse, const World& world);

}  // namespace admin
