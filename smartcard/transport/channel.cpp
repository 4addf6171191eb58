#include "smartcard/transport/channel.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"

namespace transport {

base::Bytes demand(Channel& channel, const apdu::Command& command, std::string_view doing) {
  apdu::Response response = channel.transmit(command);
  if (!response.sw.ok()) {
    throw base::Error(base::Fault::AskOperator, std::string(doing),
                      fmt::format("the card refuses: {}", apdu::describe(response.sw)));
  }
  return std::move(response.data);
}

}  // namespace transport
