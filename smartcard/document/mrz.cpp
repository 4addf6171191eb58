#include "smartcard/document/mrz.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/text/text.h"

namespace document {

namespace {

constexpr std::size_t kLine = 30;  // TD1, 9303-5 §4.2
constexpr std::string_view kNoExpiry = "991231";

std::optional<int> value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  if (c == '<') return 0;
  return std::nullopt;
}

std::string filled(std::string text, std::size_t length) {
  text.resize(std::max(text.size(), length), '<');
  return text;
}

std::string yymmdd(base::Date date) {
  return fmt::format("{:02}{:02}{:02}", static_cast<int>(date.year()) % 100, static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

char digit_of(std::string_view field) {
  const auto digit = check_digit(field);
  base::ensure(digit.has_value(), "a field of our own MRZ has MRZ characters only");
  return *digit;
}

std::string without_fillers(std::string_view field) {
  const auto last = field.find_last_not_of('<');
  return std::string(field.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

// One word of a name in MRZ letters (9303-3 §4.6: apostrophe dropped, hyphen becomes a filler).
std::string mrz_word(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) {
    if (c >= 'A' && c <= 'Z') {
      out += c;
    } else if (c == '-') {
      out += '<';
    } else if (c != '\'' && c != '.') {
      throw base::Error(base::Fault::FixConfiguration, "spelling a name for the MRZ",
                        "it has a character without a Latin letter; correct the register");
    }
  }
  return out;
}

// 9303-3 §4.6.4, truncation: words are shortened from the end, each to one letter at least, until the name fits.
void shorten(std::vector<std::string>& words, std::size_t room) {
  const auto length = [&words] {
    std::size_t total = words.size() - 1 + (words.size() > 1 ? 1 : 0);  // separators: '<' each, "<<" after the first
    for (const auto& word : words) total += word.size();
    return total;
  };
  for (std::size_t i = words.size(); i-- > 1 && length() > room;) {
    while (words[i].size() > 1 && length() > room) words[i].pop_back();
  }
  while (words.size() > 2 && length() > room) words.pop_back();
  while (words[0].size() > 1 && length() > room) words[0].pop_back();
}

struct CheckedField {
  std::string_view name, field;
  char digit;
};

std::string composite_of(std::string_view line1, std::string_view line2) {
  return fmt::format("{}{}{}{}", line1.substr(5, 25), line2.substr(0, 7), line2.substr(8, 7), line2.substr(18, 11));
}

// The document number and its check digit. A number longer than nine characters goes on in the optional data, where its
// check digit is the last character before the first filler; position 15 is then '<' (9303-5 §4.2.2, note j).
struct DocumentNumber {
  std::string number;
  char digit;
};

DocumentNumber document_number_of(std::string_view line1) {
  const std::string_view optional = line1.substr(15, 15);
  const std::size_t end = std::min(optional.find('<'), optional.size());
  if (line1[14] != '<' || end < 2) return {std::string(line1.substr(5, 9)), line1[14]};
  return {std::string(line1.substr(5, 9)) + std::string(optional.substr(0, end - 1)), optional[end - 1]};
}

void check_digits(std::string_view l1, std::string_view l2, base::Findings& findings) {
  const std::string composite = composite_of(l1, l2);
  const DocumentNumber number = document_number_of(l1);
  const CheckedField fields[] = {
      {"document number", number.number, number.digit},
      {"date of birth", l2.substr(0, 6), l2[6]},
      {"date of expiry", l2.substr(8, 6), l2[14]},
      {"composite", composite, l2[29]},
  };
  for (const CheckedField& f : fields) {
    if (check_digit(f.field) != f.digit) {
      findings.fail("MRZ_CHECK_DIGIT", fmt::format("MRZ {}", f.name),
                    fmt::format("the check digit of the {} does not fit", f.name));
    }
  }
}

// The twelve digits of the optional data, if their own check digit fits.
std::string citizen_number_of(std::string_view line1) {
  const std::string_view optional = line1.substr(15, 15);
  const bool ours = optional.substr(12, 2) == "<<" && CitizenNumber::parse(optional.substr(0, 12)) &&
                    check_digit(optional.substr(0, 12)) == optional[14];
  return ours ? std::string(optional.substr(0, 12)) : std::string{};
}

}  // namespace

std::optional<char> check_digit(std::string_view field) {
  constexpr int kWeights[] = {7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto value = value_of(field[i]);
    if (!value) return std::nullopt;
    sum += *value * kWeights[i % 3];
  }
  return static_cast<char>('0' + sum % 10);
}

std::string mrz_name(std::string_view full_name) {
  const std::string ascii = text::to_upper_ascii(full_name);
  std::vector<std::string> words;
  for (std::size_t at = 0; at < ascii.size();) {
    const std::size_t end = std::min(ascii.find(' ', at), ascii.size());
    if (end > at) words.push_back(mrz_word(std::string_view(ascii).substr(at, end - at)));
    at = end + 1;
  }
  std::erase(words, std::string{});
  if (words.empty())
    throw base::Error(base::Fault::FixConfiguration, "spelling a name for the MRZ", "it has no letter");
  shorten(words, kLine);
  std::string name = words[0];
  for (std::size_t i = 1; i < words.size(); ++i) name += (i == 1 ? "<<" : "<") + words[i];
  return filled(std::move(name), kLine).substr(0, kLine);
}

Mrz build_mrz(const CitizenNumber& number, std::string_view full_name, base::Date birth, Sex sex,
              std::optional<base::Date> expiry) {
  const std::string document{number.document_number()};
  const std::string end = expiry ? yymmdd(*expiry) : std::string(kNoExpiry);
  const std::string born = yymmdd(birth);
  Mrz mrz;
  mrz.lines[0] = fmt::format("IDVNM{}{}{}<<{}", document, digit_of(document), number.text(), digit_of(number.text()));
  mrz.lines[1] = fmt::format("{}{}{}{}{}VNM<<<<<<<<<<<", born, digit_of(born), mrz_letter(sex), end, digit_of(end));
  mrz.lines[1] += digit_of(composite_of(mrz.lines[0], mrz.lines[1]));
  mrz.lines[2] = mrz_name(full_name);
  return mrz;
}

MrzReading parse_mrz(std::string_view text) {
  MrzReading reading;
  std::string flat;
  for (const char c : text) {
    if (c != '\n' && c != '\r') flat += c;
  }
  if (flat.size() != 3 * kLine) {
    reading.findings.fail("MRZ_LENGTH", "MRZ", fmt::format("a TD1 MRZ has 90 characters, {} were given", flat.size()));
    return reading;
  }
  if (!std::ranges::all_of(flat, [](char c) { return value_of(c).has_value(); })) {
    reading.findings.fail("MRZ_CHARACTER", "MRZ", "only A to Z, 0 to 9 and < stand in an MRZ");
    return reading;
  }
  const std::string_view all = flat;
  const std::string_view l1 = all.substr(0, kLine), l2 = all.substr(kLine, kLine), l3 = all.substr(2 * kLine);
  check_digits(l1, l2, reading.findings);
  ParsedMrz mrz;
  mrz.document_code = without_fillers(l1.substr(0, 2));
  mrz.issuing_state = without_fillers(l1.substr(2, 3));
  const DocumentNumber number = document_number_of(l1);
  mrz.document_number = without_fillers(number.number);
  mrz.birth = l2.substr(0, 6);
  mrz.sex = l2.substr(7, 1);
  mrz.expiry = l2.substr(8, 6);
  mrz.nationality = without_fillers(l2.substr(15, 3));
  mrz.citizen_number = citizen_number_of(l1);
  mrz.name = without_fillers(l3);
  mrz.bac_information = fmt::format("{}{}{}{}", number.number, number.digit, l2.substr(0, 7), l2.substr(8, 7));
  reading.fields = std::move(mrz);
  return reading;
}

}  // namespace document
