#pragma once
// DG11, DG12 and DG16 (ICAO Doc 9303-10 §4.7.11, §4.7.12, §4.7.16): what an issuer may tell of the holder, of the
// document, and of whom to call. A CCCD carries none of them (its own details stand in DG13); other documents do, and
// an inspector shows them.

#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"

namespace lds {

// Texts are UTF-8. A name as in the MRZ, primary << secondary, with the letters of the country. A day is YYYYMMDD, 00
// and 0000 for what is not known. Empty: not there.
struct PersonalDetails {
  std::string full_name;                            // 5F0E
  std::vector<std::string> other_names;             // A0 { 5F0F }
  std::string personal_number;                      // 5F10
  std::string birth;                                // 5F2B
  std::vector<std::string> place_of_birth;          // 5F11
  std::vector<std::string> address;                 // 5F42
  std::string telephone;                            // 5F12
  std::string profession, title, summary;           // 5F13, 5F14, 5F15
  base::Bytes proof_of_citizenship;                 // 5F16, an image
  std::vector<std::string> other_travel_documents;  // 5F17
  std::string custody;                              // 5F18, at most 999 octets; the others 99
  bool operator==(const PersonalDetails&) const = default;
};

struct DocumentDetails {
  std::string authority;                   // 5F19
  std::string issue;                       // 5F26, a day
  std::vector<std::string> other_persons;  // A0 { 5F1A }
  std::string endorsements;                // 5F1B
  std::string exit_requirements;           // 5F1C
  base::Bytes front, rear;                 // 5F1D, 5F1E, images
  std::string personalized;                // 5F55, YYYYMMDDhhmmss
  std::string personalization_system;      // 5F56
  bool operator==(const DocumentDetails&) const = default;
};

struct PersonToNotify {
  std::string recorded;              // 5F50, a day
  std::string name;                  // 5F51
  std::string telephone;             // 5F52
  std::vector<std::string> address;  // 5F53
  bool operator==(const PersonToNotify&) const = default;
};

// Strictly as the tables have it: the list of tags is that of the objects, in the tables' order, days in ASCII. What
// does not fit is our mistake (ensure).
base::Bytes encode_dg11(const PersonalDetails& details);
base::Bytes encode_dg12(const DocumentDetails& details);
base::Bytes encode_dg16(const std::vector<PersonToNotify>& persons);  // at most 9

// Findings at EF.DGn: DGn_MALFORMED (fail, and nothing is given); DGn_TAG_LIST (warn, DG11 and DG12): the list is not
// that of the objects; DGn_TEXT (warn): what cannot be shown became U+FFFD; DGn_DATE (warn): no date, left out. Days
// are read in ASCII and in BCD, which Table 74 recommends.
struct Dg11Reading {
  std::optional<PersonalDetails> details;
  base::Findings findings;
};
struct Dg12Reading {
  std::optional<DocumentDetails> details;
  base::Findings findings;
};
struct Dg16Reading {
  std::vector<PersonToNotify> persons;
  base::Findings findings;
};
Dg11Reading parse_dg11(base::ByteView file);
Dg12Reading parse_dg12(base::ByteView file);
Dg16Reading parse_dg16(base::ByteView file);

}  // namespace lds
