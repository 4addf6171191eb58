#include "smartcard/access/exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace chip_access {

namespace {

constexpr asn1::Tag kDynamicData = 0x7C, kPublicKey = 0x7F49, kOid = 0x06, kPoint = 0x86, kModp = 0x84;
constexpr asn1::Tag kProtocol = 0x80, kKeyReference = 0x84, kTerminalKey = 0x80;  // of chip authentication
constexpr std::size_t kShortAnswer = 32;
constexpr std::uint8_t kChain = 0x10;
constexpr std::size_t kLink = 192;  // octets of data in a link: fits a short command under secure messaging
constexpr std::uint32_t kShortLe = 256, kExtendedLe = 65536;

}  // namespace

secure_messaging::Cipher session_cipher(lds::Cipher cipher) {
  switch (cipher) {
    case lds::Cipher::TripleDes:
      return secure_messaging::Cipher::TripleDes;
    case lds::Cipher::Aes192:
      return secure_messaging::Cipher::Aes192;
    case lds::Cipher::Aes256:
      return secure_messaging::Cipher::Aes256;
    case lds::Cipher::Aes128:
      break;
  }
  return secure_messaging::Cipher::Aes128;
}

apdu::Response general_authenticate(transport::Channel& channel, base::ByteView objects, bool more,
                                    std::size_t longest_answer) {
  apdu::Command command{more ? kChain : std::uint8_t{0}, 0x86, 0x00, 0x00, {}, kShortLe};
  command.data = asn1::TlvWriter{}.put(kDynamicData, objects).take();
  if (command.data.size() > 255 || longest_answer > kShortLe) command.le = kExtendedLe;
  if (command.le == kExtendedLe && !channel.extended_length()) {
    throw base::Error(base::Fault::AskOperator, "agreeing on keys with the chip",
                      "the chip's keys are longer than this reader carries: use a reader with extended length");
  }
  return channel.transmit(command);
}

base::ByteView dynamic_data(base::ByteView answer) {
  if (answer.empty()) return answer;
  asn1::TlvReader reader(answer, asn1::Lengths::Lenient);
  const base::ByteView content = reader.need(kDynamicData);
  reader.end();
  return content;
}

std::optional<base::Bytes> send_terminal_key(transport::Channel& secured, const asn1::Oid& protocol,
                                             std::optional<std::int64_t> key_id, base::ByteView terminal_key,
                                             std::string& why) {
  asn1::TlvWriter data;
  data.put(kProtocol, protocol.content());
  if (key_id) data.put(kKeyReference, shortest(*key_id));
  const apdu::Response named = secured.transmit({0x00, 0x22, 0x41, 0xA4, data.take(), std::nullopt});
  if (!named.sw.ok()) {
    why = fmt::format("The chip refuses the protocol: {}.", apdu::describe(named.sw));
    return std::nullopt;
  }
  const apdu::Response answer =
      general_authenticate(secured, asn1::TlvWriter{}.put(kTerminalKey, terminal_key).view(), false, kShortAnswer);
  if (!answer.sw.ok()) {
    why = fmt::format("The chip refuses the terminal's key: {}.", apdu::describe(answer.sw));
    return std::nullopt;
  }
  try {
    const base::ByteView content = dynamic_data(answer.data);
    return base::Bytes(content.begin(), content.end());
  } catch (const asn1::Malformed& error) {
    why = fmt::format("The chip's answer is malformed: {}.", error.what());
    return std::nullopt;
  }
}

base::Bytes authentication_token(secure_messaging::Cipher cipher, base::ByteView mac_key, const asn1::Oid& protocol,
                                 lds::Agreement agreement, base::ByteView public_key) {
  asn1::TlvWriter key;
  key.put(kOid, protocol.content()).put(agreement == lds::Agreement::Ecdh ? kPoint : kModp, public_key);
  return secure_messaging::mac(cipher, mac_key, asn1::TlvWriter{}.put(kPublicKey, key).view());
}

apdu::Response transmit_long(transport::Channel& channel, const apdu::Command& command) {
  if (command.data.size() <= kLink) return channel.transmit(command);
  if (channel.extended_length()) {
    apdu::Response answer = channel.transmit(command);
    if (answer.sw.value != 0x6700) return answer;
  }
  base::ByteView rest = command.data;
  while (rest.size() > kLink) {
    apdu::Command link = command;
    link.cla = static_cast<std::uint8_t>(link.cla | kChain);
    link.data.assign(rest.begin(), rest.begin() + kLink);
    link.le.reset();
    apdu::Response answer = channel.transmit(link);
    if (!answer.sw.ok()) return answer;
    rest = rest.subspan(kLink);
  }
  apdu::Command last = command;
  last.data.assign(rest.begin(), rest.end());
  return channel.transmit(last);
}

base::Bytes shortest(std::int64_t number) {
  base::ensure(number >= 0, "a reference is not negative");
  base::Bytes out;
  do {
    out.insert(out.begin(), static_cast<std::uint8_t>(number));
    number >>= 8;
  } while (number != 0);
  return out;
}

}  // namespace chip_access
