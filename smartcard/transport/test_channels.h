#pragma once
// Channels that play a card which is not there, or hurt the answers of one that is: for tests of everything that speaks
// through a Channel.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "smartcard/transport/channel.h"

namespace transport {

// Plays a text: a line `> hex` is the command expected next, the line `< hex` after it is the answer (data and status
// word). Blank lines and `#` comments are skipped, blanks inside hexadecimal too. Any other command, a command after
// the end and a line that was not played are Error{FixConfiguration} that names the line.
class ScriptChannel final : public Channel {
 public:
  explicit ScriptChannel(std::string_view script, bool extended = true);
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return extended_; }
  // Throws when an exchange is left over, or again when one went wrong before.
  void finish() const;

 private:
  struct Exchange {
    std::size_t line;
    base::Bytes command;
    base::Bytes answer;
  };
  [[noreturn]] void fail(std::string seen);
  std::vector<Exchange> exchanges_;
  std::size_t next_ = 0;
  bool extended_;
  std::string failure_;
};

// Hurts one exchange, counted from 1 over the channel's life.
class FaultChannel final : public Channel {
 public:
  enum class Kind {
    CardGoneBefore,  // the card leaves the field before the command reaches it, and stays away
    CardGoneAfter,   // the command takes effect, its answer is lost, and the card stays away
    Change,          // `change` edits the answer
  };
  struct Plan {
    Kind kind = Kind::CardGoneBefore;
    std::size_t at = 1;
    std::function<void(apdu::Response&)> change = {};
  };
  FaultChannel(Channel& inner, Plan plan) : inner_(inner), plan_(std::move(plan)) {}
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return inner_.extended_length(); }
  std::size_t commands() const { return count_; }
  bool struck() const { return count_ >= plan_.at; }

 private:
  Channel& inner_;
  Plan plan_;
  std::size_t count_ = 0;
  bool gone_ = false;
};

}  // namespace transport
