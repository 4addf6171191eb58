#include "smartcard/apdu/apdu.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "pki/base/core/error.h"

namespace apdu {

namespace {

constexpr std::pair<std::uint16_t, std::string_view> kMeanings[] = {
    {0x9000, "done"},
    {0x6282, "end of file before Le bytes"},
    {0x6283, "selected file deactivated"},
    {0x6300, "authentication failed"},
    {0x6400, "execution error"},
    {0x6581, "memory failure"},
    {0x6700, "wrong length"},
    {0x6881, "logical channel not supported"},
    {0x6882, "secure messaging not supported"},
    {0x6883, "last command of the chain expected"},
    {0x6884, "command chaining not supported"},
    {0x6982, "security status not satisfied"},
    {0x6983, "authentication method blocked"},
    {0x6984, "reference data not usable"},
    {0x6985, "conditions of use not satisfied"},
    {0x6986, "no current file"},
    {0x6987, "expected secure messaging objects missing"},
    {0x6988, "secure messaging objects incorrect"},
    {0x6A80, "incorrect data field"},
    {0x6A82, "file or application not found"},
    {0x6A84, "not enough memory"},
    {0x6A86, "incorrect P1 P2"},
    {0x6A88, "referenced data not found"},
    {0x6B00, "offset outside the file"},
    {0x6D00, "instruction not supported"},
    {0x6E00, "class not supported"},
    {0x6F00, "no precise diagnosis"},
};

void put16(base::Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

std::string describe(StatusWord sw) {
  for (const auto& [value, meaning] : kMeanings) {
    if (value == sw.value) return fmt::format("{:04X} ({})", sw.value, meaning);
  }
  if ((sw.value & 0xFFF0) == 0x63C0) return fmt::format("{:04X} ({} tries left)", sw.value, sw.value & 0x0F);
  return fmt::format("{:04X}", sw.value);
}

// ISO 7816-4 §5.1, table 1: case 1 header; 2 header Le; 3 header Lc data; 4 header Lc data Le.
base::Bytes encode(const Command& command, Length at_least) {
  base::ensure(command.data.size() <= 65535, "a command carries at most 65,535 bytes");
  base::ensure(!command.le || (*command.le >= 1 && *command.le <= 65536), "Le lies between 1 and 65,536");
  const bool extended = command.data.size() > 255 || command.le.value_or(0) > 256 ||
                        (at_least == Length::Extended && (!command.data.empty() || command.le));
  base::Bytes out{command.cla, command.ins, command.p1, command.p2};
  if (extended) out.push_back(0);
  if (!command.data.empty()) {
    if (extended) {
      put16(out, command.data.size());
    } else {
      out.push_back(static_cast<std::uint8_t>(command.data.size()));
    }
    base::append(out, command.data);
  }
  if (command.le) {
    if (extended) {
      put16(out, *command.le & 0xFFFF);
    } else {
      out.push_back(static_cast<std::uint8_t>(*command.le));
    }
  }
  return out;
}

bool is_extended(base::ByteView raw) {
  return raw.size() > 5 && raw[4] == 0;
}

std::optional<Command> decode_command(base::ByteView raw) {
  if (raw.size() < 4) return std::nullopt;
  Command command{raw[0], raw[1], raw[2], raw[3], {}, std::nullopt};
  base::ByteView body = raw.subspan(4);
  if (body.empty()) return command;
  if (body.size() == 1) {
    command.le = body[0] == 0 ? 256U : body[0];
    return command;
  }
  std::size_t lc = body[0];
  std::size_t width = 1;
  if (lc == 0) {  // extended
    if (body.size() < 3) return std::nullopt;
    const std::size_t number = static_cast<std::size_t>(body[1]) << 8 | body[2];
    if (body.size() == 3) {
      command.le = number == 0 ? 65536U : static_cast<std::uint32_t>(number);
      return command;
    }
    if (number == 0) return std::nullopt;
    lc = number;
    width = 2;
    body = body.subspan(3);
  } else {
    body = body.subspan(1);
  }
  if (body.size() != lc && body.size() != lc + width) return std::nullopt;
  command.data.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(lc));
  if (body.size() == lc) return command;
  std::uint32_t le = 0;
  for (const std::uint8_t octet : body.subspan(lc)) le = le << 8 | octet;
  command.le = le != 0 ? le : width == 1 ? 256U : 65536U;
  return command;
}

base::Bytes encode(const Response& response) {
  base::Bytes out = response.data;
  put16(out, response.sw.value);
  return out;
}

std::optional<Response> decode_response(base::ByteView raw) {
  if (raw.size() < 2) return std::nullopt;
  const auto body = raw.first(raw.size() - 2);
  return Response{{body.begin(), body.end()},
                  {static_cast<std::uint16_t>(raw[raw.size() - 2] << 8 | raw[raw.size() - 1])}};
}

}  // namespace apdu
