#pragma once
// What DG11 and DG12 have in common (ICAO Doc 9303-10 §4.7.11, §4.7.12): a list of the tags that follow, then the data
// objects, one of which (A0) counts names of its own kind. And how their texts and days are read: chips of many issuers
// carry them, so what is odd is told and shown harmlessly, and only what cannot be taken apart is refused.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pki/asn1/tlv.h"
#include "pki/base/core/finding.h"

namespace lds {

struct DetailsGroup {
  int number;       // of the data group: its findings are DGn_TAG_LIST, DGn_TEXT, DGn_DATE
  asn1::Tag outer;  // 6B, 6C
  asn1::Tag other;  // inside A0: 5F0F, 5F1A
};
void add_malformed(const DetailsGroup& group, const asn1::Malformed& why, base::Findings& findings);  // DGn_MALFORMED

class DetailsReader {
 public:
  // Of a whole file, outer { 5C list, objects }; `file` must outlive it. Throws asn1::Malformed. Adds
  // DGn_TAG_LIST (warn) when the list is not that of the objects.
  static DetailsReader of_file(base::ByteView file, const DetailsGroup& group, base::Findings& findings);
  // Of the objects alone, which nobody lists.
  DetailsReader(base::ByteView objects, const DetailsGroup& group, base::Findings& findings);
  // Empty when the object is not there. Texts are fit for a screen; of one that was not, DGn_TEXT (warn).
  std::string text(asn1::Tag tag);
  std::vector<std::string> list(asn1::Tag tag);  // its parts between '<'
  std::vector<std::string> others();
  base::Bytes octets(asn1::Tag tag) const;
  // A day as YYYYMMDD with 00 and 0000 for what is not known, or YYYYMMDDhhmmss (digits: 8 or 14); written in ASCII or
  // BCD. Of what is no such day DGn_DATE (warn), and nothing is given.
  std::string date(asn1::Tag tag, std::size_t digits = 8);

 private:
  std::string shown(base::ByteView value);
  void read_others(base::ByteView content);

  const DetailsGroup& group_;
  base::Findings& findings_;
  std::vector<asn1::Tag> present_;
  std::map<asn1::Tag, base::ByteView> objects_;
  std::vector<base::ByteView> others_;
};

// Strict: in the order of the tables, the list of tags before them, days in ASCII. Empty values are left out.
class DetailsWriter {
 public:
  explicit DetailsWriter(const DetailsGroup& group) : group_(group) {}
  // At most `most` octets of UTF-8 without control characters (ensure).
  DetailsWriter& text(asn1::Tag tag, std::string_view value, std::size_t most = 99);
  DetailsWriter& list(asn1::Tag tag, const std::vector<std::string>& parts);  // no part may hold '<' (ensure)
  DetailsWriter& others(const std::vector<std::string>& names);
  DetailsWriter& octets(asn1::Tag tag, base::ByteView value);
  DetailsWriter& date(asn1::Tag tag, std::string_view digits, std::size_t size = 8);  // ensure
  base::ByteView objects() const { return objects_.view(); }                          // without the list
  base::Bytes take();

 private:
  DetailsWriter& add(asn1::Tag tag, base::ByteView value);

  const DetailsGroup& group_;
  base::Bytes tags_;
  asn1::TlvWriter objects_;
};

// YYYYMMDD as in DG11 and DG12: digits, and a day that exists as far as it is known.
bool is_partial_day(std::string_view digits);

}  // namespace lds
