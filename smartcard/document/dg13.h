#pragma once
// DG13 as Viet Nam fills it: sixteen numbered fields in UTF-8 (docs/formats/dg13.md). Built to the byte as real cards
// show it (fields in index order, father and mother as two sibling SEQUENCEs); read with the variants seen in the
// field.

#include <optional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/card_order.h"

namespace document {

// "Không thời hạn": field 12 of a card without expiry.
extern const std::string_view kNoExpiryText;

struct Dg13 {
  std::string number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, residence, marks, issue,
      expiry, father, mother, spouse, old_id, chip_id;
  bool operator==(const Dg13&) const = default;
};

// The sixteen fields of an order made on `issue` for the chip `chip_id` (16 hex digits).
Dg13 dg13_of(const CardOrder& order, base::Date issue, std::string_view chip_id);

base::Bytes encode_dg13(const Dg13& fields);  // the whole file, tag 6D

struct Dg13Reading {
  std::optional<Dg13> fields;
  base::Findings findings;  // DG13_MALFORMED, DG13_VARIANT (note: field 13 nested)
};
// Accepts both nestings of field 13 and missing fields 14 and 15.
Dg13Reading parse_dg13(base::ByteView file);

}  // namespace document
