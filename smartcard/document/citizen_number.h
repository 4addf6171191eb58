#pragma once
// The personal identification number (số định danh cá nhân): 12 digits PPP G YY NNNNNN. PPP is the province or country
// of birth registration, G the century and sex, YY the birth year; there is no check digit (NĐ 137/2015 Đ13).

#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"

namespace document {

enum class Sex { Male, Female };

std::string_view mrz_letter(Sex sex);  // "M", "F"
std::string_view vietnamese(Sex sex);  // "Nam", "Nữ"
std::optional<Sex> parse_vietnamese_sex(std::string_view text);

class CitizenNumber {
 public:
  // 12 ASCII digits, nothing else. Whether the province is known is a question for vetting, not for parsing: an unknown
  // prefix must not be refused (births abroad, units after 1 July 2025).
  static std::optional<CitizenNumber> parse(std::string_view text);

  const std::string& text() const { return digits_; }
  std::string_view province() const { return std::string_view(digits_).substr(0, 3); }
  Sex sex() const;
  int birth_year() const;  // four digits, from G and YY
  std::string_view document_number() const { return std::string_view(digits_).substr(3); }  // MRZ: the last nine digits
  std::string_view card_access_number() const { return std::string_view(digits_).substr(6); }  // CAN: the last six

  bool operator==(const CitizenNumber&) const = default;
  auto operator<=>(const CitizenNumber&) const = default;

 private:
  explicit CitizenNumber(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

// The province's name for the first three digits (63 codes as of 2016); nullopt for gaps and countries.
std::optional<std::string_view> province_name(std::string_view code);

}  // namespace document
