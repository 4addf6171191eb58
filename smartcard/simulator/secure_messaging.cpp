#include "smartcard/simulator/secure_messaging.h"

#include <optional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

// 9303-11 §9.8.4, table 5: the data objects of secure messaging.
constexpr asn1::Tag kCryptogram = 0x87;     // padding indicator 01 ‖ ciphertext, even INS
constexpr asn1::Tag kCryptogramOdd = 0x85;  // ciphertext alone, odd INS
constexpr asn1::Tag kExpectedLength = 0x97;
constexpr asn1::Tag kStatus = 0x99;
constexpr asn1::Tag kChecksum = 0x8E;

constexpr apdu::StatusWord kObjectsMissing{0x6987};
constexpr apdu::StatusWord kObjectsWrong{0x6988};

// What the data field of a protected command holds; views into it.
struct Objects {
  std::optional<base::ByteView> ciphertext;
  std::optional<base::ByteView> expected_length;
  base::ByteView checksum;
  base::ByteView authentic;  // the objects before DO8E, as they stand
};

// Each object once, in the order 87|85, 97, 8E. Throws asn1::Malformed.
Objects parse_objects(base::ByteView data, bool odd) {
  Objects objects;
  asn1::TlvReader in(data);
  if (const auto cryptogram = in.maybe(odd ? kCryptogramOdd : kCryptogram)) {
    base::ByteView ciphertext = *cryptogram;
    if (!odd) {
      if (ciphertext.empty() || ciphertext[0] != 0x01) throw asn1::Malformed("the padding indicator is not 01");
      ciphertext = ciphertext.subspan(1);
    }
    if (ciphertext.empty() || ciphertext.size() % kDesBlock != 0) throw asn1::Malformed("the ciphertext is no blocks");
    objects.ciphertext = ciphertext;
  }
  objects.expected_length = in.maybe(kExpectedLength);
  if (objects.expected_length && (objects.expected_length->empty() || objects.expected_length->size() > 2)) {
    throw asn1::Malformed("Le has one or two bytes");
  }
  objects.authentic = data.first(data.size() - in.rest().size());
  objects.checksum = in.need(kChecksum);
  if (objects.checksum.size() != kDesBlock) throw asn1::Malformed("the checksum has not eight bytes");
  in.end();
  return objects;
}

// Whether DO8E stands anywhere, to tell "missing" (6987) from "wrong" (6988).
bool has_checksum(base::ByteView data) {
  try {
    for (asn1::TlvReader in(data); !in.at_end();) {
      if (in.next().tag == kChecksum) return true;
    }
    return false;
  } catch (const asn1::Malformed&) {
    return true;  // broken encoding is an object that is wrong
  }
}

std::uint32_t le_of(base::ByteView value) {
  std::uint32_t le = 0;
  for (const std::uint8_t byte : value) le = le << 8 | byte;
  return le != 0 ? le : value.size() == 1 ? 256U : 65536U;
}

base::Bytes ssc_bytes(std::uint64_t ssc) {
  base::Bytes bytes(8);
  for (std::size_t i = 0; i < 8; ++i) bytes[7 - i] = static_cast<std::uint8_t>(ssc >> (8 * i));
  return bytes;
}

}  // namespace

SecureMessaging::SecureMessaging(base::Secret enc, base::Secret mac, base::ByteView ssc)
    : enc_(std::move(enc)), mac_(std::move(mac)) {
  base::ensure(ssc.size() == 8, "the send sequence counter of 3DES has eight bytes");
  for (const std::uint8_t byte : ssc) ssc_ = ssc_ << 8 | byte;
}

bool SecureMessaging::count() {
  if (ssc_ == ~std::uint64_t{0}) return false;
  ++ssc_;
  return true;
}

std::variant<apdu::Command, apdu::StatusWord> SecureMessaging::unwrap(const apdu::Command& command) {
  // One for this command and one for its answer, so that the answer can always be protected.
  if (ssc_ >= ~std::uint64_t{0} - 1 || !count()) return kObjectsWrong;
  if (!has_checksum(command.data)) return kObjectsMissing;
  const bool odd = (command.ins & 0x01) != 0;
  Objects objects;
  try {
    objects = parse_objects(command.data, odd);
  } catch (const asn1::Malformed&) {
    return kObjectsWrong;
  }
  // §9.8.6.3: the checksum covers SSC ‖ padded header ‖ the objects; without objects the header is padded once.
  const base::Bytes header{command.cla, command.ins, command.p1, command.p2};
  base::Bytes authentic = ssc_bytes(ssc_);
  base::append(authentic, objects.authentic.empty() ? header : pad(header, kDesBlock));
  base::append(authentic, objects.authentic);
  if (!base::equal_in_constant_time(retail_mac(mac_.reveal(), authentic), objects.checksum)) return kObjectsWrong;

  apdu::Command inner{0x00, command.ins, command.p1, command.p2, {}, std::nullopt};
  if (objects.ciphertext) {
    auto plain = unpad(des3_cbc_decrypt(enc_.reveal(), *objects.ciphertext), kDesBlock);
    if (!plain) return kObjectsWrong;
    inner.data = std::move(*plain);
  }
  if (objects.expected_length) inner.le = le_of(*objects.expected_length);
  return inner;
}

apdu::Response SecureMessaging::wrap(const apdu::Response& response, bool odd_instruction) {
  base::ensure(count(), "unwrap leaves a count for the answer");
  asn1::TlvWriter out;
  if (!response.data.empty()) {
    base::Bytes ciphertext = des3_cbc_encrypt(enc_.reveal(), pad(response.data, kDesBlock));
    if (odd_instruction) {
      out.put(kCryptogramOdd, ciphertext);
    } else {
      out.put(kCryptogram, base::concat({base::Bytes{0x01}, ciphertext}));
    }
  }
  out.put(kStatus, base::Bytes{response.sw.sw1(), response.sw.sw2()});
  const base::Bytes checksum = retail_mac(mac_.reveal(), base::concat({ssc_bytes(ssc_), out.view()}));
  out.put(kChecksum, checksum);
  return {out.take(), response.sw};
}

std::size_t SecureMessaging::largest_data(std::size_t room) {
  constexpr std::size_t kStatusAndChecksum = 4 + 10;
  constexpr std::size_t kIndicator = 1;
  const auto protected_size = [](std::size_t blocks) {
    const std::size_t value = kIndicator + blocks * kDesBlock;
    return 1 + asn1::encode_length(value).size() + value + kStatusAndChecksum;
  };
  std::size_t blocks = room / kDesBlock;
  while (blocks > 0 && protected_size(blocks) > room) --blocks;
  return blocks == 0 ? 0 : blocks * kDesBlock - 1;  // at least one byte of padding
}

}  // namespace simulator
