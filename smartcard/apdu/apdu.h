#pragma once
// Command and response APDUs as values, and their framing (ISO 7816-4 §5.1, short and extended). Shared by both ends of
// the wire: the terminal encodes and the chip decodes with the same code, which foreign vectors hold.

#include <cstdint>
#include <optional>
#include <string>

#include "pki/base/core/bytes.h"

namespace apdu {

struct Command {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  base::Bytes data;                 // empty: no Lc
  std::optional<std::uint32_t> le;  // bytes expected, 1…65536; nullopt: no Le. 256 is short 00, 65536 extended 0000
  bool operator==(const Command&) const = default;
};

struct StatusWord {
  std::uint16_t value = 0;
  std::uint8_t sw1() const { return static_cast<std::uint8_t>(value >> 8); }
  std::uint8_t sw2() const { return static_cast<std::uint8_t>(value); }
  bool ok() const { return value == 0x9000; }
  bool operator==(const StatusWord&) const = default;
};

// "6982 (security status not satisfied)"
std::string describe(StatusWord sw);

struct Response {
  base::Bytes data;
  StatusWord sw;
  bool operator==(const Response&) const = default;
};

enum class Length { Short, Extended };

// Extended as soon as data or Le need it, or when asked for.
base::Bytes encode(const Command& command, Length at_least = Length::Short);
// Case 1–4, short and extended; nullopt when Lc and the data disagree (the chip answers 6700).
std::optional<Command> decode_command(base::ByteView raw);
bool is_extended(base::ByteView raw_command);

base::Bytes encode(const Response& response);
std::optional<Response> decode_response(base::ByteView raw);  // nullopt: shorter than a status word

}  // namespace apdu
