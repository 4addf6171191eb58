#include "smartcard/lds/details_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/clock.h"
#include "pki/base/core/error.h"
#include "pki/base/text/text.h"

namespace lds {

namespace {

constexpr asn1::Tag kTagList = 0x5C, kOthers = 0xA0, kCount = 0x02;

std::string file_of(const DetailsGroup& group) {
  return fmt::format("EF.DG{}", group.number);
}

// The tags in a tag list: one octet, or two when the first ends in five ones.
std::vector<asn1::Tag> read_tag_list(base::ByteView list) {
  std::vector<asn1::Tag> tags;
  for (std::size_t at = 0; at < list.size(); ++at) {
    asn1::Tag tag = list[at];
    if ((tag & 0x1F) == 0x1F) {
      if (++at == list.size()) throw asn1::Malformed("the tag list ends inside a tag");
      tag = tag << 8 | list[at];
    }
    tags.push_back(tag);
  }
  return tags;
}

base::Bytes octets_of(asn1::Tag tag) {
  if (tag <= 0xFF) return {static_cast<std::uint8_t>(tag)};
  return {static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)};
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_time(std::string_view hhmmss) {
  return hhmmss.substr(0, 2) < "24" && hhmmss.substr(2, 2) < "60" && hhmmss.substr(4, 2) < "60";
}

bool is_date_of(std::string_view digits, std::size_t size) {
  return digits.size() == size && all_digits(digits) && is_partial_day(digits.substr(0, 8)) &&
         (size == 8 || is_time(digits.substr(8)));
}

}  // namespace

// Table 71: an unknown month or day is 00, an unknown year 0000.
bool is_partial_day(std::string_view digits) {
  if (digits.size() != 8 || !all_digits(digits)) return false;
  const auto number = [&](std::size_t at, std::size_t size) { return std::stoi(std::string(digits.substr(at, size))); };
  const int year = number(0, 4), month = number(4, 2), day = number(6, 2);
  if (month == 0) return day == 0;
  if (day == 0) return month <= 12;
  constexpr int kLeapYear = 2000;  // of an unknown year every day is possible
  return base::Date{std::chrono::year{year == 0 ? kLeapYear : year}, std::chrono::month{static_cast<unsigned>(month)},
                    std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

void add_malformed(const DetailsGroup& group, const asn1::Malformed& why, base::Findings& findings) {
  findings.fail(fmt::format("DG{}_MALFORMED", group.number), file_of(group), why.what());
}

DetailsReader DetailsReader::of_file(base::ByteView file, const DetailsGroup& group, base::Findings& findings) {
  asn1::TlvReader whole{file, asn1::Lengths::Lenient};
  asn1::TlvReader content{whole.need(group.outer), asn1::Lengths::Lenient};
  std::vector<asn1::Tag> listed = read_tag_list(content.need(kTagList));
  std::ranges::replace(listed, group.other, kOthers);  // A0 is listed by itself or by what it holds: both are seen
  DetailsReader reader(content.rest(), group, findings);
  if (listed != reader.present_) {
    findings.warn(fmt::format("DG{}_TAG_LIST", group.number), file_of(group),
                  "The list of tags is not that of the data objects, in their order.");
  }
  return reader;
}

DetailsReader::DetailsReader(base::ByteView objects, const DetailsGroup& group, base::Findings& findings)
    : group_(group), findings_(findings) {
  for (asn1::TlvReader content{objects, asn1::Lengths::Lenient}; !content.at_end();) {
    const asn1::Tlv object = content.next();
    present_.push_back(object.tag);
    if (!objects_.emplace(object.tag, object.value).second) throw asn1::Malformed("a data object stands twice");
  }
  if (const auto found = objects_.find(kOthers); found != objects_.end()) read_others(found->second);
}

void DetailsReader::read_others(base::ByteView content) {
  asn1::TlvReader others{content, asn1::Lengths::Lenient};
  const auto count = asn1::read_integer(others.need(kCount));
  while (!others.at_end()) others_.push_back(others.need(group_.other));
  if (count < 0 || static_cast<std::size_t>(count) != others_.size()) {
    throw asn1::Malformed("the number of other names is wrong");
  }
}

std::string DetailsReader::shown(base::ByteView value) {
  const std::string given = base::text_of(value);
  std::string out = text::to_display(given);
  const std::string code = fmt::format("DG{}_TEXT", group_.number);
  if (out != given && !findings_.has(code)) {
    findings_.warn(code, file_of(group_), "A text holds what is no UTF-8 or cannot be shown; U+FFFD stands for it.");
  }
  return out;
}

std::string DetailsReader::text(asn1::Tag tag) {
  const auto found = objects_.find(tag);
  return found == objects_.end() ? std::string{} : shown(found->second);
}

std::vector<std::string> DetailsReader::list(asn1::Tag tag) {
  const auto found = objects_.find(tag);
  if (found == objects_.end()) return {};
  const std::string whole = shown(found->second);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= whole.size();) {
    const std::size_t end = std::min(whole.find('<', at), whole.size());
    if (end > at) parts.push_back(whole.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::vector<std::string> DetailsReader::others() {
  std::vector<std::string> names;
  for (const base::ByteView name : others_) names.push_back(shown(name));
  return names;
}

base::Bytes DetailsReader::octets(asn1::Tag tag) const {
  const auto found = objects_.find(tag);
  return found == objects_.end() ? base::Bytes{} : base::Bytes(found->second.begin(), found->second.end());
}

std::string DetailsReader::date(asn1::Tag tag, std::size_t digits) {
  const auto found = objects_.find(tag);
  if (found == objects_.end()) return {};
  const base::ByteView value = found->second;
  std::string text = value.size() * 2 == digits ? base::to_hex(value) : base::text_of(value);
  if (is_date_of(text, digits)) return text;
  findings_.warn(fmt::format("DG{}_DATE", group_.number), file_of(group_),
                 "A date does not exist or is not written as a date.");
  return {};
}

DetailsWriter& DetailsWriter::add(asn1::Tag tag, base::ByteView value) {
  if (value.empty()) return *this;
  base::append(tags_, octets_of(tag));
  objects_.put(tag, value);
  return *this;
}

DetailsWriter& DetailsWriter::text(asn1::Tag tag, std::string_view value, std::size_t most) {
  base::ensure(value.size() <= most && text::to_display(value) == value, "a detail is a text of its length");
  return add(tag, base::view_of(value));
}

DetailsWriter& DetailsWriter::list(asn1::Tag tag, const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    base::ensure(!part.empty() && part.find('<') == std::string::npos, "a part of a detail holds no '<'");
    joined += (joined.empty() ? "" : "<") + part;
  }
  return text(tag, joined);
}

DetailsWriter& DetailsWriter::others(const std::vector<std::string>& names) {
  if (names.empty()) return *this;
  asn1::TlvWriter inner;
  inner.integer(static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) {
    base::ensure(!name.empty() && name.size() <= 99 && text::to_display(name) == name, "another name is a text");
    inner.put(group_.other, name);
  }
  return add(kOthers, inner.view());
}

DetailsWriter& DetailsWriter::octets(asn1::Tag tag, base::ByteView value) {
  return add(tag, value);
}

DetailsWriter& DetailsWriter::date(asn1::Tag tag, std::string_view digits, std::size_t size) {
  base::ensure(digits.empty() || is_date_of(digits, size), "a date of a detail exists");
  return add(tag, base::view_of(digits));
}

base::Bytes DetailsWriter::take() {
  asn1::TlvWriter content;
  content.put(kTagList, tags_).raw(objects_.view());
  return asn1::TlvWriter{}.put(group_.outer, content).take();
}

}  // namespace lds
