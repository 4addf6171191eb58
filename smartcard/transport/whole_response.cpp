#include "smartcard/transport/whole_response.h"

#include "pki/base/core/error.h"

namespace transport {

namespace {

constexpr std::size_t kLargestAnswer = 65536;
constexpr std::uint8_t kSecureMessagingBits = 0x0C;

std::uint32_t announced(apdu::StatusWord sw) {
  return sw.sw2() == 0 ? 256U : sw.sw2();
}

}  // namespace

apdu::Response whole_response(const SendOnce& send, const apdu::Command& command) {
  apdu::Response answer = send(command);
  if ((command.cla & kSecureMessagingBits) != 0) return answer;
  if (answer.sw.sw1() == 0x6C && command.le) {
    apdu::Command again = command;
    again.le = announced(answer.sw);
    answer = send(again);
  }
  while (answer.sw.sw1() == 0x61) {
    const apdu::Response part = send({command.cla, 0xC0, 0x00, 0x00, {}, announced(answer.sw)});
    if (part.data.empty() && part.sw.sw1() == 0x61) {
      throw base::Error(base::Fault::PresentCardAgain, "fetching a long answer",
                        "the card announces more and sends nothing");
    }
    base::append(answer.data, part.data);
    answer.sw = part.sw;
    if (answer.data.size() > kLargestAnswer) {
      throw base::Error(base::Fault::PresentCardAgain, "fetching a long answer", "the card's answer has no end");
    }
  }
  return answer;
}

}  // namespace transport
