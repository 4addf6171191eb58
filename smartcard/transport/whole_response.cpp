#include "smartcard/transport/whole_response.h"

#include "pki/base/core/error.h"

namespace transport {

namespace {

constexpr std::size_t kLargestAnswer = 65536;
// A chip gives 256 octets a part, or what is left; one that gives a few at a time ends too.
constexpr std::size_t kFewestOctetsAPart = 32, kPartsToBeginWith = 8;
constexpr std::uint8_t kSecureMessagingBits = 0x0C;

std::uint32_t announced(apdu::StatusWord sw) {
  return sw.sw2() == 0 ? 256U : sw.sw2();
}

apdu::Command with_le(apdu::Command command, std::uint32_t le) {
  command.le = le;
  return command;
}

}  // namespace

apdu::Response whole_response(const SendOnce& send, const apdu::Command& command, Transmission transmission) {
  apdu::Response answer = send(command);
  const bool is_protected = (command.cla & kSecureMessagingBits) != 0;
  if (is_protected && transmission != Transmission::T0) return answer;
  if (answer.sw.sw1() == 0x6C && command.le) answer = send(with_le(command, announced(answer.sw)));
  const auto cla = static_cast<std::uint8_t>(command.cla & ~kSecureMessagingBits);
  for (std::size_t parts = 1; answer.sw.sw1() == 0x61; ++parts) {
    const apdu::Command get_response{cla, 0xC0, 0x00, 0x00, {}, announced(answer.sw)};
    apdu::Response part = send(get_response);
    if (part.sw.sw1() == 0x6C) part = send(with_le(get_response, announced(part.sw)));
    if (part.data.empty() && part.sw.sw1() == 0x61) {
      throw base::Error(base::Fault::PresentCardAgain, "fetching a long answer",
                        "the card announces more and sends nothing");
    }
    base::append(answer.data, part.data);
    answer.sw = part.sw;
    const bool trickles = parts > kPartsToBeginWith + answer.data.size() / kFewestOctetsAPart;
    if (trickles || answer.data.size() > kLargestAnswer) {
      throw base::Error(base::Fault::PresentCardAgain, "fetching a long answer", "the card's answer has no end");
    }
  }
  return answer;
}

}  // namespace transport
