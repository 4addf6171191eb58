#include "smartcard/inspection/file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/asn1/tlv.h"

namespace inspection {

namespace {

// Sizes that chips take, largest first. 223 bytes and the secure-messaging objects around them fit a short answer.
constexpr std::array<std::size_t, 4> kPieces{8192, 2048, 223, 111};
// What a first command asks for in turn: a piece, then what a chip may mind less, at last a header alone.
constexpr std::array<std::size_t, 3> kFirsts{223, 111, 6};
constexpr std::size_t kLastShortOffset = 0x7FFF;
constexpr std::size_t kShortestHeader = 2, kLongestHeader = 4;  // 53 LL … 53 82 LL LL

// On average a chip has to give 64 bytes a command, so that one that gives a byte at a time ends too.
std::size_t commands_allowed(std::size_t announced) {
  return 64 + announced / 64;
}

using Status = FileReading::Status;

Status status_of(apdu::StatusWord sw) {
  switch (sw.value) {
    case 0x6A82:
      return Status::NotFound;
    case 0x6982:
    case 0x6985:
    case 0x6986:
      return Status::Refused;
    default:
      return Status::Failed;
  }
}

std::string too_many_commands() {
  return fmt::format("the card's files took {} commands already, and no more are spent on it",
                     FileReader::kMostCommands);
}

FileReading stopped(Status status, std::string why) {
  return {status, {}, std::move(why)};
}

// ISO 7816-4 §11.3.2, odd INS: 54 { offset }.
base::Bytes offset_object(std::size_t offset) {
  base::Bytes number{static_cast<std::uint8_t>(offset >> 8), static_cast<std::uint8_t>(offset)};
  if (offset > 0xFFFF) number.insert(number.begin(), static_cast<std::uint8_t>(offset >> 16));
  return asn1::TlvWriter{}.put(0x54, number).take();
}

}  // namespace

// One answer: some bytes, or the reason why there are none.
struct FileReader::Piece {
  base::Bytes data;
  apdu::StatusWord sw;
  bool too_much = false;   // more bytes than asked for
  bool malformed = false;  // the odd instruction's answer is no 53 { data }
  // Whether asking for fewer bytes may help: chips that do not take a size say so in several ways.
  bool about_size() const {
    if (too_much || malformed) return false;
    return sw.ok() || sw.value == 0x6282 || sw.value == 0x6700 || sw.value == 0x6B00 || sw.value == 0x6F00;
  }
  std::string why() const {
    if (too_much) return "the chip gave more bytes than asked for";
    if (malformed) return "the chip's answer is no data object";
    return fmt::format("the chip answered {} without data", apdu::describe(sw));
  }
};

FileReader::FileReader(transport::Channel& card)
    : card_(card), piece_(card.extended_length() ? kPieces[0] : kFirsts[0]), first_(piece_) {}

// The next smaller size; false when there is none.
bool FileReader::shrink(std::span<const std::size_t> sizes, std::size_t& size) {
  const auto smaller = std::ranges::find_if(sizes, [size](std::size_t one) { return one < size; });
  if (smaller == sizes.end()) return false;
  size = *smaller;
  return true;
}

FileReader::Piece FileReader::exchange(const apdu::Command& command, std::size_t wanted, bool wrapped) {
  apdu::Response answer = card_.transmit(command);
  ++commands_;
  if (answer.sw.sw1() == 0x6C) {  // wrong Le: the chip names the right one (ISO 7816-4 §5.6); believed once
    apdu::Command again = command;
    again.le = answer.sw.sw2() == 0 ? 256U : answer.sw.sw2();
    answer = card_.transmit(again);
  }
  Piece piece{{}, answer.sw};
  // 6282: the end of the file came before Le bytes; what came is good.
  if (!answer.sw.ok() && answer.sw.value != 0x6282) return piece;
  piece.data = std::move(answer.data);
  if (wrapped && !piece.data.empty()) {
    try {
      asn1::TlvReader reader{piece.data, asn1::Lengths::Lenient};
      const base::ByteView inner = reader.need(0x53);
      piece.data = base::Bytes(inner.begin(), inner.end());
    } catch (const asn1::Malformed&) {
      piece.malformed = true;
    }
  }
  piece.too_much = piece.data.size() > wanted;
  if (piece.too_much || piece.malformed) piece.data.clear();
  return piece;
}

// READ BINARY with a short file identifier: 00 B0 (80 | SFI) 00 Le. A chip that knows no such form is asked by SELECT.
FileReader::Piece FileReader::read_first(const lds::FileInfo& file, std::size_t wanted) {
  const auto le = static_cast<std::uint32_t>(wanted);
  Piece piece =
      exchange({0x00, 0xB0, static_cast<std::uint8_t>(0x80 | file.sfi), 0x00, {}, le}, wanted, /*wrapped=*/false);
  const bool unknown_form = piece.sw.value == 0x6A86 || piece.sw.value == 0x6A81 || piece.sw.value == 0x6D00;
  if (!unknown_form) return piece;
  const auto id = static_cast<std::uint16_t>(file.id);
  const apdu::Response selected = card_.transmit(
      {0x00, 0xA4, 0x02, 0x0C, {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)}, std::nullopt});
  if (!selected.sw.ok()) return {{}, selected.sw};
  return read_at(0, wanted);
}

FileReader::Piece FileReader::read_at(std::size_t offset, std::size_t wanted) {
  if (offset <= kLastShortOffset) {
    return exchange({0x00,
                     0xB0,
                     static_cast<std::uint8_t>(offset >> 8),
                     static_cast<std::uint8_t>(offset),
                     {},
                     static_cast<std::uint32_t>(wanted)},
                    wanted, /*wrapped=*/false);
  }
  // Le counts DO53 as a whole. Chips differ in how long a header they reckon with: the longest is allowed for, and the
  // bytes that a shorter one leaves room for are taken too.
  const std::size_t le = wanted + kLongestHeader;
  return exchange({0x00, 0xB1, 0x00, 0x00, offset_object(offset), static_cast<std::uint32_t>(le)}, le - kShortestHeader,
                  /*wrapped=*/true);
}

FileReading FileReader::read(const lds::FileInfo& file) {
  if (commands_ >= kMostCommands) return stopped(Status::Failed, too_many_commands());
  Piece first = read_first(file, first_);
  while (first.data.empty()) {
    if (!first.about_size()) return stopped(status_of(first.sw), first.why());
    if (!shrink(kFirsts, first_)) return stopped(Status::Failed, first.why());
    first = read_first(file, first_);
  }
  return read_rest(std::move(first.data));
}

FileReading FileReader::read_rest(base::Bytes content) {
  std::optional<std::size_t> announced;
  std::size_t commands = 0;
  for (;;) {
    try {
      announced = asn1::announced_size(content);
    } catch (const asn1::Malformed& why) {
      return stopped(Status::Failed, fmt::format("its header is malformed: {}", why.what()));
    }
    if (announced && *announced > lds::kLargestCardFile) {
      return stopped(Status::TooLarge, fmt::format("it announces {} bytes", *announced));
    }
    if (announced && content.size() >= *announced) break;
    if (++commands > commands_allowed(announced.value_or(0))) {
      return stopped(Status::Failed, "the chip gives too few bytes at a time");
    }
    if (commands_ >= kMostCommands) return stopped(Status::Failed, too_many_commands());
    const std::size_t missing = announced ? *announced - content.size() : 6;
    const Piece piece = read_at(content.size(), std::min(piece_, missing));
    if (piece.data.empty()) {
      if (!piece.about_size() || !shrink(kPieces, piece_)) return stopped(Status::Failed, piece.why());
      first_ = piece_;  // not the file's end but the size was minded
      continue;
    }
    base::append(content, piece.data);
  }
  content.resize(*announced);  // what follows the TLV in the file is padding
  return {Status::Read, std::move(content), {}};
}

}  // namespace inspection
