#include "tests/judge/fake_chip.h"

#include <algorithm>

#include "pki/asn1/tlv.h"

namespace fake {

namespace {
apdu::Response only(std::uint16_t sw) {
  return {{}, {sw}};
}
}  // namespace

Chip::Chip(lds::Files files, Habits habits) : files_(std::move(files)), habits_(std::move(habits)) {
  for (auto& [id, content] : files_) content.insert(content.end(), habits_.padding, 0x00);
}

apdu::Response Chip::transmit(const apdu::Command& command) {
  log_.push_back(command);
  switch (command.ins) {
    case 0xA4:
      return select(command);
    case 0xB0:
      return read_binary(command);
    case 0xB1:
      return read_odd(command);
    default:
      return only(0x6D00);
  }
}

apdu::StatusWord Chip::make_current(lds::FileId id) {
  if (!files_.contains(id)) return {0x6A82};
  if (habits_.refused.contains(id)) return {0x6982};
  current_ = id;
  return {0x9000};
}

apdu::Response Chip::select(const apdu::Command& command) {
  if (command.p1 == 0x04) return {{}, habits_.select_application};
  if (command.data.size() != 2) return only(0x6A80);
  return {{}, make_current(static_cast<lds::FileId>(command.data[0] << 8 | command.data[1]))};
}

apdu::Response Chip::read_binary(const apdu::Command& command) {
  std::size_t offset = static_cast<std::size_t>(command.p1) << 8 | command.p2;
  if ((command.p1 & 0x80) != 0) {
    if (!habits_.short_identifiers) return only(0x6A86);
    const auto known = lds::all_files();
    const auto file = std::ranges::find(known, command.p1 & 0x1F, &lds::FileInfo::sfi);
    const apdu::StatusWord sw = file == known.end() ? apdu::StatusWord{0x6A82} : make_current(file->id);
    if (!sw.ok()) return {{}, sw};
    offset = command.p2;
  }
  return bytes_from(offset, command.le.value_or(0));
}

apdu::Response Chip::read_odd(const apdu::Command& command) {
  std::size_t offset = 0;
  for (const std::uint8_t octet : asn1::TlvReader{command.data}.need(0x54)) offset = offset << 8 | octet;
  const std::size_t le = command.le.value_or(0);
  const std::size_t header = le > 0x104 ? 4 : le > 0x82 ? 3 : 2;
  apdu::Response answer = bytes_from(offset, le - header);
  if (!answer.data.empty()) answer.data = asn1::TlvWriter{}.put(0x53, answer.data).take();
  return answer;
}

apdu::Response Chip::bytes_from(std::size_t offset, std::size_t le) {
  if (!current_) return only(0x6986);
  if (habits_.empty_for_ever) return only(0x9000);
  if (habits_.warns_for_ever) return only(0x6282);
  const base::Bytes& file = files_.at(*current_);
  const std::size_t end = habits_.ends_early ? file.size() / 2 : file.size();
  if (offset >= end) return only(0x6B00);
  if (le > habits_.largest_answer && !habits_.cuts) return only(0x6700);
  const std::size_t left = end - offset;
  if (habits_.minds_the_end && le > left) return only(0x6700);
  if (habits_.exact_le && le > left && left <= 256) return only(static_cast<std::uint16_t>(0x6C00 | (left & 0xFF)));
  std::size_t given = std::min({le, left, habits_.largest_answer});
  if (habits_.too_much) given = std::min(le + 1, left);
  const auto at = file.begin() + static_cast<std::ptrdiff_t>(offset);
  const bool warns = habits_.warns_at_end && le > left;
  return {{at, at + static_cast<std::ptrdiff_t>(given)}, {static_cast<std::uint16_t>(warns ? 0x6282 : 0x9000)}};
}

}  // namespace fake
