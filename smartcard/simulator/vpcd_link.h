#pragma once
// The chip's place in a reader: the TCP protocol of vpcd, the virtual reader driver of vsmartcard (its
// virtualsmartcard/doc/api.txt). The reader listens, the card connects; each message is a length of two bytes and a
// payload; a payload of one byte is a control code, anything longer an APDU.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "smartcard/simulator/chip.h"

namespace simulator {

// Where the power fails: before or after the Nth command APDU took effect, counted from 1.
struct Tear {
  enum class Moment { Before, After } moment = Moment::Before;
  std::uint64_t command = 1;
};
// "before:N" or "after:N"; throws base::Error{UsedWrongly}.
Tear parse_tear(std::string_view text);

struct VpcdOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 35963;
  bool once = false;  // end with the reader instead of waiting for the next one
  std::optional<Tear> tear = std::nullopt;
  std::function<void()> on_ready = {};  // called once, when the reader has seen the card (it asked for the ATR)
  // After each command: as it came, and the answer before it is sent.
  std::function<void(base::ByteView command, base::ByteView answer)> on_exchange = {};
  std::function<void()> on_power = {};  // after power on, power off and reset
};

enum class LinkEnd {
  Stopped,   // SIGTERM or SIGINT
  Lost,      // the reader went away (only with `once`)
  PowerCut,  // the tear happened; the command of Tear::Before was not executed, no answer was sent
};

// Serves until an end. SIGTERM and SIGINT are blocked in this thread while it runs, and taken from a descriptor.
// Throws base::Error when the host has no address or the chip cannot keep its state.
LinkEnd serve_vpcd(Chip& chip, const VpcdOptions& options);

}  // namespace simulator
