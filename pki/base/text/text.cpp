#include "pki/base/text/text.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>
#include <unicode/ustring.h>

#include <set>
#include <string>

#include "pki/base/core/error.h"

namespace text {

namespace {

const icu::Normalizer2& nfc() {
  UErrorCode error = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFCInstance(error);
  base::ensure(U_SUCCESS(error), "ICU has its NFC tables");
  return *instance;
}

const icu::Normalizer2& nfd() {
  UErrorCode error = U_ZERO_ERROR;
  const auto* instance = icu::Normalizer2::getNFDInstance(error);
  base::ensure(U_SUCCESS(error), "ICU has its NFD tables");
  return *instance;
}

icu::UnicodeString decode(std::string_view utf8) {
  if (!is_valid_utf8(utf8)) {
    throw base::Error(base::Fault::FixConfiguration, "reading text", "it is not well-formed UTF-8");
  }
  return icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
}

std::string encode(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

// Base letters without marks; đ/Đ has no decomposition in Unicode and is replaced by hand.
icu::UnicodeString without_marks(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString decomposed = nfd().normalize(decode(utf8), error);
  base::ensure(U_SUCCESS(error), "valid text normalizes");
  icu::UnicodeString out;
  for (int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    out.append(c == 0x0111 ? UChar32{'d'} : c == 0x0110 ? UChar32{'D'} : c);
  }
  return out;
}

}  // namespace

bool is_valid_utf8(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = 0;
  u_strFromUTF8(nullptr, 0, &length, utf8.data(), static_cast<int32_t>(utf8.size()), &error);
  return error == U_BUFFER_OVERFLOW_ERROR || U_SUCCESS(error);
}

bool is_nfc(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  return is_valid_utf8(utf8) && nfc().isNormalized(decode(utf8), error) && U_SUCCESS(error);
}

std::string to_nfc(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString composed = nfc().normalize(decode(utf8), error);
  base::ensure(U_SUCCESS(error), "valid text normalizes");
  return encode(composed);
}

std::string fold(std::string_view utf8) {
  icu::UnicodeString letters = without_marks(utf8);
  letters.foldCase();
  icu::UnicodeString out;
  bool space_due = false;
  for (int32_t i = 0; i < letters.length(); i = letters.moveIndex32(i, 1)) {
    const UChar32 c = letters.char32At(i);
    if (u_isUWhiteSpace(c)) {
      space_due = !out.isEmpty();
      continue;
    }
    if (space_due) out.append(UChar32{' '});
    space_due = false;
    out.append(c);
  }
  return encode(out);
}

std::string to_upper_ascii(std::string_view utf8) {
  return encode(without_marks(utf8).toUpper(icu::Locale::getRoot()));
}

std::string to_upper(std::string_view utf8) {
  return encode(decode(utf8).toUpper(icu::Locale::getRoot()));
}

bool is_plain_line(std::string_view utf8) {
  if (!is_valid_utf8(utf8)) return false;
  const icu::UnicodeString line = decode(utf8);
  for (int32_t i = 0; i < line.length(); i = line.moveIndex32(i, 1)) {
    const UChar32 c = line.char32At(i);
    const bool allowed = u_isalpha(c) || u_isdigit(c) || u_charType(c) == U_NON_SPACING_MARK || c == ' ' || c == '.' ||
                         c == ',' || c == '\'' || c == '-' || c == '/' || c == '(' || c == ')' || c == ':' || c == ';';
    if (!allowed) return false;
  }
  return true;
}

std::string to_display(std::string_view octets) {
  constexpr UChar32 kReplacement = 0xFFFD;
  const auto given = icu::UnicodeString::fromUTF8(icu::StringPiece(octets.data(), static_cast<int32_t>(octets.size())));
  icu::UnicodeString out;
  for (int32_t i = 0; i < given.length(); i = given.moveIndex32(i, 1)) {
    const UChar32 c = given.char32At(i);
    const auto kind = u_charType(c);
    const bool hidden = kind == U_CONTROL_CHAR || kind == U_FORMAT_CHAR || kind == U_LINE_SEPARATOR ||
                        kind == U_PARAGRAPH_SEPARATOR || kind == U_SURROGATE || kind == U_UNASSIGNED;
    out.append(hidden ? kReplacement : c);
  }
  return encode(out);
}

bool is_country_code(std::string_view alpha3) {
  static const auto codes = [] {
    std::set<std::string, std::less<>> all;
    for (const char* const* alpha2 = uloc_getISOCountries(); *alpha2 != nullptr; ++alpha2) {
      all.insert(uloc_getISO3Country((std::string("und_") + *alpha2).c_str()));
    }
    return all;
  }();
  return codes.contains(alpha3);
}

}  // namespace text
