#include "pki/cvc/format/fields.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/cvc/format/algorithm.h"

namespace cvc::format {

namespace {

constexpr std::string_view kCounting = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kSequence = 5;

bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}

// ISO 8859-1 without 00-1F and 7F-9F (9303-12 §7.2.3.1.2).
bool is_text(std::uint8_t octet) {
  return octet >= 0x20 && (octet < 0x7F || octet > 0x9F);
}

}  // namespace

const Algorithm* algorithm_of(const asn1::Oid& oid) {
  const auto found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const auto& a) { return a.oid == oid; });
  return found == kAlgorithms.end() ? nullptr : &*found;
}

std::optional<Reference> split_reference(std::string_view text) {
  if (text.size() < 2 + 1 + kSequence || text.size() > kLongestReference) return std::nullopt;
  const auto tail = text.substr(text.size() - kSequence);
  const auto counts = [](char c) { return kCounting.find(c) != std::string_view::npos; };
  const auto reads = [](char c) { return is_text(static_cast<std::uint8_t>(c)); };
  if (!is_letter(text[0]) || !is_letter(text[1])) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), reads) || !std::all_of(tail.begin(), tail.end(), counts)) {
    return std::nullopt;
  }
  return Reference{std::string(text.substr(0, 2)), std::string(text.substr(2, text.size() - 2 - kSequence)),
                   std::string(tail)};
}

std::optional<Reference> successor(const Reference& reference) {
  Reference next = reference;
  base::ensure(next.sequence.size() == kSequence, "a sequence number has five characters");
  for (std::size_t at = kSequence; at-- > 2;) {
    const std::size_t value = kCounting.find(next.sequence[at]);
    base::ensure(value != std::string_view::npos, "a sequence number counts in 0-9 A-Z");
    if (value + 1 < kCounting.size()) {
      next.sequence[at] = kCounting[value + 1];
      return next;
    }
    next.sequence[at] = kCounting.front();
  }
  return std::nullopt;
}

std::string read_reference(base::ByteView content) {
  if (content.empty() || content.size() > kLongestReference) throw asn1::Malformed("a reference has 1 to 16 octets");
  if (!std::all_of(content.begin(), content.end(), is_text)) throw asn1::Malformed("a reference is ISO 8859-1 text");
  return base::text_of(content);
}

base::Date read_day(base::ByteView content) {
  const bool digits =
      content.size() == 6 && std::all_of(content.begin(), content.end(), [](std::uint8_t octet) { return octet <= 9; });
  if (!digits) throw asn1::Malformed("a date has six octets of one digit each");
  const auto pair = [&](std::size_t at) { return 10U * content[at] + content[at + 1]; };
  const base::Date day{std::chrono::year(2000 + static_cast<int>(pair(0))), std::chrono::month(pair(2)),
                       std::chrono::day(pair(4))};
  if (!day.ok()) throw asn1::Malformed("a date is no day of the calendar");
  return day;
}

base::Bytes write_day(base::Date day) {
  const int year = static_cast<int>(day.year()) - 2000;
  base::ensure(day.ok() && year >= 0 && year <= 99, "a day in a CV certificate is one of this century");
  base::Bytes out;
  for (const unsigned pair :
       {static_cast<unsigned>(year), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())}) {
    out.push_back(static_cast<std::uint8_t>(pair / 10));
    out.push_back(static_cast<std::uint8_t>(pair % 10));
  }
  return out;
}

}  // namespace cvc::format
