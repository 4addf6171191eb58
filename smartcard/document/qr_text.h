#pragma once
// The text behind the card's QR code, form of 2024: eleven fields parted by '|', UTF-8 (NFC), no header, no signature.

#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"
#include "smartcard/document/person.h"

namespace document {

// number | CMND9 | name | ddMMyyyy | Nam/Nữ | residence | issue ddMMyyyy | cancelled number | father | mother |
// reserved. Parents only for holders under 14 (TT 16/2024); the order of the last four is our reading
// (docs/formats/qr.md).
std::string build_qr_text(const Person& person, base::Date issue);

struct QrFields {
  std::string number, old_id, full_name, birth, sex, residence, issue, cancelled_number, father, mother;
};
// The forms of 2021 (7 fields) and 2024 (11 fields); nullopt for anything else.
std::optional<QrFields> parse_qr_text(std::string_view text);

}  // namespace document
