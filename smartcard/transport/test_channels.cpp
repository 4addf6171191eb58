#include "smartcard/transport/test_channels.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace transport {

namespace {

[[noreturn]] void bad_script(std::size_t line, std::string_view what) {
  throw base::Error(base::Fault::FixConfiguration, "reading an APDU script", fmt::format("line {}: {}", line, what));
}

base::Bytes script_bytes(std::string text, std::size_t line) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
  auto bytes = base::parse_hex(text);
  if (!bytes || bytes->empty()) bad_script(line, "hexadecimal digits are expected");
  return std::move(*bytes);
}

}  // namespace

ScriptChannel::ScriptChannel(std::string_view script, bool extended) : extended_(extended) {
  std::size_t number = 0;
  bool answer_due = false;
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    std::string line(script.substr(0, end));
    script.remove_prefix(std::min(end + 1, script.size()));
    ++number;
    line = line.substr(0, line.find('#'));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    const char mark = line[first];
    if (mark != (answer_due ? '<' : '>')) bad_script(number, answer_due ? "'<' is expected" : "'>' is expected");
    base::Bytes bytes = script_bytes(line.substr(first + 1), number);
    if (answer_due) {
      exchanges_.back().answer = std::move(bytes);
    } else {
      exchanges_.push_back({number, std::move(bytes), {}});
    }
    answer_due = !answer_due;
  }
  if (answer_due) bad_script(number, "the last command has no answer");
}

void ScriptChannel::fail(std::string seen) {
  failure_ = std::move(seen);
  throw base::Error(base::Fault::FixConfiguration, "playing an APDU script", failure_);
}

apdu::Response ScriptChannel::transmit(const apdu::Command& command) {
  const base::Bytes sent = apdu::encode(command);
  if (next_ == exchanges_.size()) fail(fmt::format("{} comes after the last line", base::to_hex(sent)));
  const Exchange& exchange = exchanges_[next_];
  if (sent != exchange.command) {
    fail(
        fmt::format("line {}: expected {}, got {}", exchange.line, base::to_hex(exchange.command), base::to_hex(sent)));
  }
  ++next_;
  auto response = apdu::decode_response(exchange.answer);
  if (!response) fail(fmt::format("line {}: the answer is shorter than a status word", exchange.line + 1));
  return std::move(*response);
}

void ScriptChannel::finish() const {
  if (!failure_.empty()) throw base::Error(base::Fault::FixConfiguration, "playing an APDU script", failure_);
  if (next_ != exchanges_.size()) {
    throw base::Error(base::Fault::FixConfiguration, "playing an APDU script",
                      fmt::format("line {} was never reached", exchanges_[next_].line));
  }
}

apdu::Response FaultChannel::transmit(const apdu::Command& command) {
  ++count_;
  const bool strike = count_ == plan_.at;
  if (gone_ || (strike && plan_.kind == Kind::CardGoneBefore)) {
    gone_ = true;
    throw base::Error(base::Fault::PresentCardAgain, "sending a command", "the card was removed");
  }
  apdu::Response response = inner_.transmit(command);
  if (!strike) return response;
  if (plan_.kind == Kind::CardGoneAfter) {
    gone_ = true;
    throw base::Error(base::Fault::PresentCardAgain, "waiting for the answer", "the card was removed");
  }
  if (plan_.change) plan_.change(response);
  return response;
}

}  // namespace transport
