#include "smartcard/transport/observing_channels.h"

#include <fmt/format.h>

#include <algorithm>

#include "smartcard/transport/command_names.h"

namespace transport {

namespace {

std::string data_text(base::ByteView data, bool show) {
  if (data.empty()) return {};
  return show ? fmt::format(" {}", base::to_hex(data)) : fmt::format(" [{} bytes]", data.size());
}

}  // namespace

apdu::Response TracingChannel::transmit(const apdu::Command& command) {
  const std::string sent = is_protected(command) ? std::string("protected command")
                                                 : fmt::format("{} {:02X}{:02X}{:02X}{:02X}{}", command_name(command),
                                                               command.cla, command.ins, command.p1, command.p2,
                                                               data_text(command.data, may_show_data(command)));
  try {
    apdu::Response response = inner_.transmit(command);
    const std::string answer =
        is_protected(command) ? std::string{} : data_text(response.data, may_show_answer(command));
    sink_(fmt::format("{} ->{} {}", sent, answer, apdu::describe(response.sw)));
    return response;
  } catch (const std::exception& error) {
    sink_(fmt::format("{} -> no answer: {}", sent, error.what()));
    throw;
  }
}

apdu::Response CountingChannel::transmit(const apdu::Command& command) {
  ++commands_;
  sent_ += static_cast<std::int64_t>(apdu::encode(command).size());
  const auto begun = std::chrono::steady_clock::now();
  apdu::Response response = inner_.transmit(command);
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begun;
  waited_ += took;
  quickest_ = commands_ == 1 ? took : std::min(quickest_, took);
  received_ += static_cast<std::int64_t>(response.data.size() + 2);
  return response;
}

}  // namespace transport
