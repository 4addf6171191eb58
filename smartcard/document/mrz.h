#pragma once
// The machine-readable zone, TD1 (ICAO Doc 9303-5 §4.2), as Viet Nam fills it: document number = the last nine digits
// of the citizen number, optional data = the whole number, "<<" and a check digit over it.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/citizen_number.h"

namespace document {

// 9303-3 §4.9: weights 7, 3, 1; A = 10 … Z = 35; '<' = 0. nullopt on a foreign character.
std::optional<char> check_digit(std::string_view field);

struct Mrz {
  std::array<std::string, 3> lines;                                    // 30 characters each
  std::string text() const { return lines[0] + lines[1] + lines[2]; }  // 90 characters, as in DG1
  std::string file_text() const { return lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n"; }  // mrz.txt
  bool operator==(const Mrz&) const = default;
};

// The name as the MRZ spells it: diacritics dropped, Đ as D, apostrophe dropped, hyphen as '<'; primary identifier =
// the first word, then "<<", then the rest; cut to 30 by 9303-3 §4.6 (truncation keeps the primary identifier).
std::string mrz_name(std::string_view full_name);

// expiry nullopt: the sentinel 991231 of cards without expiry.
Mrz build_mrz(const CitizenNumber& number, std::string_view full_name, base::Date birth, Sex sex,
              std::optional<base::Date> expiry);

struct ParsedMrz {
  std::string document_code;    // "ID"
  std::string issuing_state;    // "VNM"
  std::string document_number;  // nine characters, fillers dropped at the end
  std::string birth;            // yymmdd as it stands
  std::string sex;
  std::string expiry;  // yymmdd as it stands
  std::string nationality;
  std::string citizen_number;  // optional data 1–12; empty when it is no Vietnamese card
  std::string name;            // primary and secondary identifier with '<' as they stand
  // What BAC is keyed with: document number, birth, expiry, each with its check digit (9303-11 §9.7.2 / App. D.1).
  std::string bac_information;
};

// Parses three lines of 30 (a text of 90, or lines parted by line ends). Malformed text gives findings of severity fail
// (MRZ_LENGTH, MRZ_CHARACTER); a wrong check digit gives MRZ_CHECK_DIGIT with the field's name in `where`, and the
// fields are returned all the same, so that a reader can show them.
struct MrzReading {
  std::optional<ParsedMrz> fields;
  base::Findings findings;
};
MrzReading parse_mrz(std::string_view text);

}  // namespace document
