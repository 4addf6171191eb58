#pragma once
// A chip without access control that lets itself be read in the ways seen in the field, good and bad. It speaks plain
// commands; protocols stand beside it (see inspect_card_test.cpp).

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "smartcard/lds/lds.h"
#include "smartcard/transport/channel.h"

namespace fake {

struct Habits {
  bool extended = false;
  bool short_identifiers = true;       // else READ BINARY with SFI answers 6A86
  std::size_t largest_answer = 65536;  // more is 6700, or cut when `cuts`
  bool cuts = false;                   // gives fewer bytes than asked for, with 9000
  bool minds_the_end = false;          // 6700 when Le is more than what is left
  bool exact_le = false;               // 6Cxx when Le is more than what is left
  bool warns_at_end = false;           // 6282 when Le is more than what is left
  bool empty_for_ever = false;         // 9000 without data
  bool warns_for_ever = false;         // 6282 without data
  bool too_much = false;               // one byte more than asked for
  bool ends_early = false;             // 6B00 past the middle of each file
  std::size_t padding = 0;             // zero bytes after each TLV
  std::set<lds::FileId> refused = {};  // 6982
  apdu::StatusWord select_application{0x9000};
};

class Chip final : public transport::Channel {
 public:
  Chip(lds::Files files, Habits habits);
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return habits_.extended; }
  std::size_t commands() const { return log_.size(); }
  const std::vector<apdu::Command>& log() const { return log_; }

 private:
  apdu::Response select(const apdu::Command& command);
  apdu::Response read_binary(const apdu::Command& command);
  apdu::Response read_odd(const apdu::Command& command);
  apdu::Response bytes_from(std::size_t offset, std::size_t le);
  apdu::StatusWord make_current(lds::FileId id);
  lds::Files files_;
  Habits habits_;
  std::optional<lds::FileId> current_;
  std::vector<apdu::Command> log_;
};

}  // namespace fake
