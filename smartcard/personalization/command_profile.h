#pragma once
// A chip product that is personalized by commands of its own, without GlobalPlatform: the open LDS applets and plain
// ISO 7816-9 file systems. The file says every octet that is sent (docs/formats/chip-profile.md), so another product is
// another file. None of them has a secure channel: whoever is at the wire sees the secrets, and the writing says so.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smartcard/lds/lds.h"
#include "smartcard/personalization/pattern.h"

namespace personalization {

struct CommandForm {
  std::string name;  // for messages: "create", "BAC secret"
  Pattern header;    // CLA INS P1 P2
  Pattern data;
  std::optional<std::uint32_t> le;
  std::vector<std::uint16_t> also;  // status words besides 9000 with which the step is done
};

// A file of the LDS, or a command that gives the chip something else.
struct CommandObject {
  std::string name;  // "EF.DG1", "BAC secret"
  std::optional<lds::FileId> file;
  CommandForm put;        // when it is no file
  bool optional = false;  // left out when the card is given no value for it
};

// What must fail once the chip is locked.
struct LockProbe {
  CommandForm command;
  std::vector<std::uint16_t> refusals;  // the status words that count as the refusal
};

struct CommandProfile {
  std::string name;
  base::Bytes aid;
  std::vector<CommandForm> begin;  // before the application can be selected
  CommandForm select;
  CommandForm create_file, select_file, write_file;
  std::size_t block_short = 0, block_extended = 0;  // octets of a file in one command
  std::vector<CommandObject> objects;               // in the order of writing
  std::vector<CommandForm> lock;                    // empty: this product cannot be locked
  std::vector<LockProbe> probes;
};

// The names that a profile may use for what a card is given (Values), besides aid and, of a file, fid size sfi offset
// data. Numbers of keys are big endian, the generator is 04 ‖ X ‖ Y, days are six octets (ASCII, today: 00 to 09).
inline constexpr std::string_view kCardValues[] = {
    "document_number",     "birth",       "expiry",    "mrz_secret", "can",      "aa_modulus",
    "aa_private_exponent", "ca_prime",    "ca_a",      "ca_b",       "ca_order", "ca_generator",
    "ca_private",          "ca_cofactor", "cvca_body", "today"};

}  // namespace personalization
