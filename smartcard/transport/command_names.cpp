#include "smartcard/transport/command_names.h"

namespace transport {

namespace {

struct Known {
  std::uint8_t ins;
  std::string_view name;
  bool show_data;
  bool show_answer;
};

// ISO 7816-4 §11 and GPCS v2.3.1 §11.
constexpr Known kKnown[] = {
    {0x20, "VERIFY", false, true},
    {0x22, "MANAGE SECURITY ENVIRONMENT", true, true},
    {0x24, "CHANGE REFERENCE DATA", false, true},
    {0x2A, "PERFORM SECURITY OPERATION", false, false},
    {0x2C, "RESET RETRY COUNTER", false, true},
    {0x50, "INITIALIZE UPDATE", true, true},
    {0x82, "EXTERNAL AUTHENTICATE", false, false},
    {0x84, "GET CHALLENGE", true, true},
    {0x86, "GENERAL AUTHENTICATE", false, false},
    {0x88, "INTERNAL AUTHENTICATE", true, true},
    {0xA4, "SELECT", true, true},
    {0xB0, "READ BINARY", true, false},
    {0xB1, "READ BINARY", true, false},
    {0xC0, "GET RESPONSE", true, false},
    {0xCA, "GET DATA", true, true},
    {0xD6, "UPDATE BINARY", false, true},
    {0xD7, "UPDATE BINARY", false, true},
    {0xD8, "PUT KEY", false, true},
    {0xDA, "PUT DATA", false, true},
    {0xDB, "PUT DATA", false, true},
    {0xE0, "CREATE FILE", true, true},
    {0xE2, "STORE DATA", false, false},
    {0xE4, "DELETE", true, true},
    {0xE6, "INSTALL", true, true},
    {0xF0, "SET STATUS", true, true},
    {0xF2, "GET STATUS", true, true},
};

const Known* known(const apdu::Command& command) {
  for (const Known& entry : kKnown) {
    if (entry.ins == command.ins) return &entry;
  }
  return nullptr;
}

}  // namespace

std::string_view command_name(const apdu::Command& command) {
  const Known* const entry = known(command);
  return entry != nullptr ? entry->name : "command";
}

bool is_protected(const apdu::Command& command) {
  return (command.cla & 0x0C) != 0;
}

bool may_show_data(const apdu::Command& command) {
  const Known* const entry = known(command);
  return entry != nullptr && entry->show_data && !is_protected(command);
}

bool may_show_answer(const apdu::Command& command) {
  const Known* const entry = known(command);
  return entry != nullptr && entry->show_answer && !is_protected(command);
}

}  // namespace transport
