#pragma once
// Vietnamese text: the composed form that is signed and printed, the folded form that is searched, the MRZ's letters.
// ICU behind it.

#include <string>
#include <string_view>

namespace text {

bool is_valid_utf8(std::string_view utf8);
bool is_nfc(std::string_view utf8);
std::string to_nfc(std::string_view utf8);  // malformed UTF-8 throws base::Error{FixConfiguration}

// For search only: no case, no diacritics, đ as d, single spaces. "Đặng  Thị THỬ" -> "dang thi thu".
std::string fold(std::string_view utf8);

// Upper-case ASCII without diacritics: Đ -> D, Ư -> U. Characters that have no Latin base letter are kept as they are;
// the caller decides what to make of them.
std::string to_upper_ascii(std::string_view utf8);

// Upper case with diacritics kept, as names are printed: "Nguyễn" -> "NGUYỄN".
std::string to_upper(std::string_view utf8);

// Letters, marks, spaces and . , ' - / ( ) digits only: what a Vietnamese name or address may hold. No control, no
// bidi.
bool is_plain_line(std::string_view utf8);

// What a screen may show of text that somebody else wrote: octets that are no UTF-8, and characters that a reader does
// not see or that turn the line around (controls, bidi, separators of lines), become U+FFFD.
std::string to_display(std::string_view octets);

// Whether ISO 3166-1 has these three letters.
bool is_country_code(std::string_view alpha3);

}  // namespace text
