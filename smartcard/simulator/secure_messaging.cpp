#include "smartcard/simulator/secure_messaging.h"

#include <algorithm>
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

constexpr std::size_t kChecksumSize = 8;

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
Objects parse_objects(base::ByteView data, bool odd, std::size_t block) {
  Objects objects;
  asn1::TlvReader in(data);
  if (const auto cryptogram = in.maybe(odd ? kCryptogramOdd : kCryptogram)) {
    base::ByteView ciphertext = *cryptogram;
    if (!odd) {
      if (ciphertext.empty() || ciphertext[0] != 0x01) throw asn1::Malformed("the padding indicator is not 01");
      ciphertext = ciphertext.subspan(1);
    }
    if (ciphertext.empty() || ciphertext.size() % block != 0) throw asn1::Malformed("the ciphertext is no blocks");
    objects.ciphertext = ciphertext;
  }
  objects.expected_length = in.maybe(kExpectedLength);
  if (objects.expected_length && (objects.expected_length->empty() || objects.expected_length->size() > 2)) {
    throw asn1::Malformed("Le has one or two bytes");
  }
  objects.authentic = data.first(data.size() - in.rest().size());
  objects.checksum = in.need(kChecksum);
  if (objects.checksum.size() != kChecksumSize) throw asn1::Malformed("the checksum has not eight bytes");
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

}  // namespace

SecureMessaging::SecureMessaging(Suite suite, base::Secret enc, base::Secret mac, base::ByteView ssc)
    : suite_(suite), enc_(std::move(enc)), mac_(std::move(mac)), ssc_(ssc.begin(), ssc.end()) {
  base::ensure(ssc_.size() == block_size(suite_), "the send sequence counter is as long as a block");
}

SecureMessaging SecureMessaging::derived(Suite suite, base::ByteView secret) {
  return {suite, derive_key(suite, secret, kDeriveEnc), derive_key(suite, secret, kDeriveMac),
          base::Bytes(block_size(suite))};
}

bool SecureMessaging::exhausted(std::uint8_t left) const {
  const bool high = std::all_of(ssc_.begin(), ssc_.end() - 1, [](std::uint8_t byte) { return byte == 0xFF; });
  return high && 0xFF - ssc_.back() < left;
}

void SecureMessaging::count() {
  for (auto byte = ssc_.rbegin(); byte != ssc_.rend() && ++*byte == 0; ++byte) {
  }
}

// §9.8.6.2: AES starts from the enciphered counter.
base::Bytes SecureMessaging::iv() const {
  return suite_ == Suite::TripleDes ? base::Bytes(kDesBlock) : encrypt_block(suite_, enc_.reveal(), ssc_);
}

std::variant<apdu::Command, apdu::StatusWord> SecureMessaging::unwrap(const apdu::Command& command) {
  // One for this command and one for its answer, so that the answer can always be protected.
  if (exhausted(2)) return kObjectsWrong;
  count();
  if (!has_checksum(command.data)) return kObjectsMissing;
  const bool odd = (command.ins & 0x01) != 0;
  Objects objects;
  try {
    objects = parse_objects(command.data, odd, block_size(suite_));
  } catch (const asn1::Malformed&) {
    return kObjectsWrong;
  }
  // §9.8.6.3: the checksum covers SSC ‖ padded header ‖ the objects; without objects the header is padded once.
  const base::Bytes header{command.cla, command.ins, command.p1, command.p2};
  base::Bytes authentic = ssc_;
  base::append(authentic, objects.authentic.empty() ? header : pad(header, block_size(suite_)));
  base::append(authentic, objects.authentic);
  if (!base::equal_in_constant_time(message_checksum(suite_, mac_.reveal(), authentic), objects.checksum)) {
    return kObjectsWrong;
  }

  apdu::Command inner{
      static_cast<std::uint8_t>(command.cla & 0x10), command.ins, command.p1, command.p2, {}, std::nullopt};
  if (objects.ciphertext) {
    auto plain = unpad(decrypt(suite_, enc_.reveal(), iv(), *objects.ciphertext), block_size(suite_));
    if (!plain) return kObjectsWrong;
    inner.data = std::move(*plain);
  }
  if (objects.expected_length) inner.le = le_of(*objects.expected_length);
  return inner;
}

apdu::Response SecureMessaging::wrap(const apdu::Response& response, bool odd_instruction) {
  base::ensure(!exhausted(1), "unwrap leaves a count for the answer");
  count();
  asn1::TlvWriter out;
  if (!response.data.empty()) {
    base::Bytes ciphertext = encrypt(suite_, enc_.reveal(), iv(), pad(response.data, block_size(suite_)));
    if (odd_instruction) {
      out.put(kCryptogramOdd, ciphertext);
    } else {
      out.put(kCryptogram, base::concat({base::Bytes{0x01}, ciphertext}));
    }
  }
  out.put(kStatus, base::Bytes{response.sw.sw1(), response.sw.sw2()});
  const base::Bytes checksum = message_checksum(suite_, mac_.reveal(), base::concat({ssc_, out.view()}));
  out.put(kChecksum, checksum);
  return {out.take(), response.sw};
}

std::size_t SecureMessaging::largest_data(std::size_t room) const {
  const std::size_t block = block_size(suite_);
  constexpr std::size_t kStatusAndChecksum = 4 + 10;
  constexpr std::size_t kIndicator = 1;
  const auto protected_size = [block](std::size_t blocks) {
    const std::size_t value = kIndicator + blocks * block;
    return 1 + asn1::encode_length(value).size() + value + kStatusAndChecksum;
  };
  std::size_t blocks = room / block;
  while (blocks > 0 && protected_size(blocks) > room) --blocks;
  return blocks == 0 ? 0 : blocks * block - 1;  // at least one byte of padding
}

}  // namespace simulator
