#include "issuance/registry/person_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/text/text.h"

namespace registry {

namespace {

using document::CitizenNumber;

constexpr std::size_t kLongestName = 160;     // bytes of UTF-8
constexpr std::size_t kLongestAddress = 400;  // what fits a card's DG13 with room to spare
constexpr std::string_view kFirstCountryCode = "100";

enum class Need { Required, Optional };

bool is_digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

class Check {
 public:
  Check(const FieldSource& field, base::Findings& findings) : field_(field), findings_(findings) {}

  // A line of text in NFC: letters, digits, single blanks and . , ' - / ( ) : ; (the QR text parts fields by '|').
  std::string text(std::string_view name, std::size_t longest, Need need) {
    const std::string_view value = field_(name);
    if (value.empty()) {
      if (need == Need::Required) fail("FIELD_EMPTY", name, "It must not be empty.");
    } else if (!text::is_valid_utf8(value)) {
      fail("FIELD_NOT_UTF8", name, "It is not UTF-8.");
    } else if (!text::is_nfc(value)) {
      fail("FIELD_NOT_NFC", name, "It is not in composed form (NFC); convert the file, for example with uconv -x nfc.");
    } else if (!text::is_plain_line(value)) {
      fail("FIELD_CHARACTER", name, "It holds a character that is no letter, digit, blank or . , ' - / ( ) : ;");
    } else if (value.front() == ' ' || value.back() == ' ' || value.find("  ") != std::string_view::npos) {
      fail("FIELD_BLANKS", name, "It begins or ends with a blank or has two in a row.");
    } else if (value.size() > longest) {
      fail("FIELD_TOO_LONG", name, fmt::format("It is longer than {} bytes of UTF-8.", longest));
    }
    return std::string(value);
  }
  std::string name(std::string_view field, Need need) { return text(field, kLongestName, need); }
  std::string address(std::string_view field) { return text(field, kLongestAddress, Need::Optional); }

  std::optional<CitizenNumber> number() {
    const auto parsed = CitizenNumber::parse(field_("number"));
    if (!parsed) fail("NUMBER_MALFORMED", "number", "It is not twelve digits.");
    return parsed;
  }

  std::optional<base::Date> birth(base::Date today) {
    const auto parsed = base::parse_iso_date(field_("birth"));
    if (!parsed) {
      fail("BIRTH_MALFORMED", "birth", "It is no day of the form 1990-01-31 that exists.");
    } else if (*parsed > today) {
      fail("BIRTH_IN_FUTURE", "birth", "The day has not come yet.");
    }
    return parsed;
  }

  std::optional<document::Sex> sex() {
    const auto parsed = document::parse_vietnamese_sex(field_("sex"));
    if (!parsed) fail("SEX_MALFORMED", "sex", "It is neither Nam nor Nữ.");
    return parsed;
  }

  std::string digits_or_nothing(std::string_view name, std::size_t count, const char* code) {
    const std::string_view value = field_(name);
    if (!value.empty() && !is_digits(value, count)) fail(code, name, fmt::format("It is not {} digits.", count));
    return std::string(value);
  }

  void fail(const char* code, std::string_view name, std::string text) {
    findings_.fail(code, std::string(name), std::move(text));
  }

 private:
  const FieldSource& field_;
  base::Findings& findings_;
};

// NĐ 137/2015 Đ13. A number that contradicts the person was assigned wrongly or not yet re-established (Luật 26/2023
// Đ24.1e): the person exists all the same, so the register keeps the line and vetting decides.
void compare_with_number(const document::Person& p, base::Findings& findings) {
  if (p.number.sex() != p.sex)
    findings.warn("NUMBER_SEX_MISMATCH", "number", "Its fourth digit stands for the other sex.");
  if (p.number.birth_year() != static_cast<int>(p.birth.year()))
    findings.warn("NUMBER_BIRTH_MISMATCH", "number", "Its fourth to sixth digits stand for another year of birth.");
  if (p.number.province() < kFirstCountryCode && !document::province_name(p.number.province()))
    findings.warn("PROVINCE_UNKNOWN", "number", "Its first three digits are the code of no province.");
}

}  // namespace

std::optional<document::Person> check_person(const FieldSource& field, base::Date today, base::Findings& findings) {
  Check check(field, findings);
  const auto number = check.number();
  const auto birth = check.birth(today);
  const auto sex = check.sex();
  std::string full_name = check.name("full_name", Need::Required);
  std::string nationality = check.name("nationality", Need::Required);
  std::string ethnicity = check.name("ethnicity", Need::Optional);
  std::string religion = check.name("religion", Need::Optional);
  std::string origin = check.address("place_of_origin");
  std::string place_of_birth = check.address("place_of_birth");
  std::string residence = check.address("residence");
  std::string father = check.name("father", Need::Optional);
  std::string mother = check.name("mother", Need::Optional);
  std::string spouse = check.name("spouse", Need::Optional);
  std::string old_id = check.digits_or_nothing("old_id", 9, "OLD_ID_MALFORMED");
  std::string cancelled = check.digits_or_nothing("cancelled_number", 12, "CANCELLED_NUMBER_MALFORMED");
  if (number && cancelled == number->text()) {
    check.fail("CANCELLED_NUMBER_MALFORMED", "cancelled_number", "It is the person's own number.");
  }
  if (findings.failed()) return std::nullopt;
  document::Person person{.number = *number,
                          .full_name = std::move(full_name),
                          .birth = *birth,
                          .sex = *sex,
                          .nationality = std::move(nationality),
                          .ethnicity = std::move(ethnicity),
                          .religion = std::move(religion),
                          .place_of_origin = std::move(origin),
                          .place_of_birth = std::move(place_of_birth),
                          .residence = std::move(residence),
                          .father = std::move(father),
                          .mother = std::move(mother),
                          .spouse = std::move(spouse),
                          .old_id = std::move(old_id),
                          .cancelled_number = std::move(cancelled)};
  compare_with_number(person, findings);
  return person;
}

}  // namespace registry
