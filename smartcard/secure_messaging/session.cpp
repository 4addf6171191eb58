#include "smartcard/secure_messaging/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace secure_messaging {

namespace {

namespace openssl = crypto::openssl;

constexpr std::size_t kMacSize = 8;
constexpr std::uint8_t kProtected = 0x0C;      // CLA b4 b3: secure messaging, header authenticated
constexpr std::uint8_t kContentIndicator = 1;  // DO87: padding with 80 00*
constexpr const char* kDoing = "secure messaging";

// ISO 7816-4 §10.4: protected data objects, in the order in which a chip answers them.
constexpr asn1::Tag kCryptogram = 0x87;     // even instructions
constexpr asn1::Tag kCryptogramOdd = 0x85;  // odd instructions, without the indicator octet
constexpr asn1::Tag kLe = 0x97;
constexpr asn1::Tag kStatus = 0x99;
constexpr asn1::Tag kMac = 0x8E;

base::Bytes encode_le(std::uint32_t le) {
  if (le <= 256) return {static_cast<std::uint8_t>(le)};
  return {static_cast<std::uint8_t>(le >> 8), static_cast<std::uint8_t>(le)};
}

struct ProtectedAnswer {
  std::optional<base::ByteView> cryptogram;
  base::ByteView status;
  base::ByteView mac;
  base::ByteView authenticated;  // everything before the MAC object, as it stood
};

// [87 | 85] 99 8E and nothing else. A needlessly long length is let through: the MAC covers it as it stands.
ProtectedAnswer parse(base::ByteView data, bool odd_instruction) {
  asn1::TlvReader reader(data, asn1::Lengths::Lenient);
  ProtectedAnswer out;
  out.cryptogram = reader.maybe(odd_instruction ? kCryptogramOdd : kCryptogram);
  out.status = reader.need(kStatus);
  out.authenticated = data.first(data.size() - reader.rest().size());
  out.mac = reader.need(kMac);
  reader.end();
  return out;
}

}  // namespace

Session::Session(Cipher cipher, SessionKeys keys, base::Bytes counter)
    : cipher_(cipher), keys_(std::move(keys)), counter_(std::move(counter)) {
  base::ensure(keys_.enc.size() == key_size(cipher) && keys_.mac.size() == key_size(cipher),
               "the keys are as long as the cipher wants them");
  base::ensure(counter_.size() == block_size(cipher), "the counter is one block long");
}

Session::Session(Cipher cipher, SessionKeys keys)
    : Session(cipher, std::move(keys), base::Bytes(block_size(cipher), 0)) {}

void Session::end() noexcept {
  keys_ = {};
  alive_ = false;
}

void Session::refuse(std::string_view what) {
  end();
  throw base::Error(base::Fault::TreatAsAttack, kDoing,
                    fmt::format("{}; the session is closed and its keys are wiped", what));
}

void Session::step_counter() {
  if (std::all_of(counter_.begin(), counter_.end(), [](std::uint8_t octet) { return octet == 0xFF; })) {
    end();
    throw base::Error(base::Fault::PresentCardAgain, kDoing,
                      "the send sequence counter is used up; the session is closed");
  }
  for (std::size_t i = counter_.size(); i-- > 0;) {
    if (++counter_[i] != 0) break;
  }
}

// §9.8.6.1: with 3DES a zero IV, with AES the counter encrypted.
base::Bytes Session::iv() const {
  return cipher_ == Cipher::TripleDes ? base::Bytes(block_size(cipher_), 0)
                                      : openssl::aes_encrypt_block(keys_.enc.reveal(), counter_);
}

base::Bytes Session::mac_over(base::ByteView data) const {
  const base::Bytes padded = openssl::pad_80(base::concat({counter_, data}), block_size(cipher_));
  if (cipher_ == Cipher::TripleDes) return openssl::retail_mac(keys_.mac.reveal(), padded);
  base::Bytes out = openssl::aes_cmac(keys_.mac.reveal(), padded);
  out.resize(kMacSize);
  return out;
}

base::Bytes Session::encrypt(base::ByteView plain) const {
  const base::Secret padded(openssl::pad_80(plain, block_size(cipher_)));
  return cipher_ == Cipher::TripleDes ? openssl::tdes_cbc_encrypt(keys_.enc.reveal(), iv(), padded.reveal())
                                      : openssl::aes_cbc_encrypt(keys_.enc.reveal(), iv(), padded.reveal());
}

// 9303-11 §9.8.4: header padded to a block, then DO87 or DO85, DO97; the MAC over counter ‖ header ‖ objects.
apdu::Command Session::wrap(const apdu::Command& command) {
  if (!alive_) throw base::Error(base::Fault::TreatAsAttack, kDoing, "the session was closed before");
  base::ensure(!awaiting_answer_, "each command of a session waits for its answer");
  step_counter();
  odd_instruction_ = (command.ins & 1) != 0;
  apdu::Command out{static_cast<std::uint8_t>(command.cla | kProtected), command.ins, command.p1, command.p2, {}, 256};
  asn1::TlvWriter objects;
  if (!command.data.empty()) {
    base::Bytes cryptogram = encrypt(command.data);
    if (!odd_instruction_) cryptogram.insert(cryptogram.begin(), kContentIndicator);
    objects.put(odd_instruction_ ? kCryptogramOdd : kCryptogram, cryptogram);
  }
  if (command.le) objects.put(kLe, encode_le(*command.le));
  const base::Bytes header{out.cla, out.ins, out.p1, out.p2};
  base::Bytes authenticated = openssl::pad_80(header, block_size(cipher_));
  base::append(authenticated, objects.view());
  // Without objects the padded header stands alone: it is padded once.
  const base::Bytes mac = mac_over(objects.view().empty() ? base::ByteView(header) : base::ByteView(authenticated));
  objects.put(kMac, mac);
  out.data = objects.take();
  if (command.le.value_or(0) > 256 || out.data.size() > 255) out.le = 65536;
  awaiting_answer_ = true;
  return out;
}

base::Bytes Session::decrypt(base::ByteView object, bool odd_instruction) {
  if (!odd_instruction) {
    if (object.empty() || object[0] != kContentIndicator) refuse("the chip's DO87 has a wrong indicator octet");
    object = object.subspan(1);
  }
  if (object.empty() || object.size() % block_size(cipher_) != 0) refuse("the chip's cryptogram is not whole blocks");
  const base::Secret padded(cipher_ == Cipher::TripleDes ? openssl::tdes_cbc_decrypt(keys_.enc.reveal(), iv(), object)
                                                         : openssl::aes_cbc_decrypt(keys_.enc.reveal(), iv(), object));
  auto plain = openssl::unpad_80(padded.reveal(), block_size(cipher_));
  if (!plain) refuse("the chip's padding is wrong");
  return std::move(*plain);
}

// 9303-11 §9.8.5: [DO87 | DO85] DO99 DO8E; the MAC over counter ‖ objects before it.
apdu::Response Session::unwrap(const apdu::Response& response) {
  if (!alive_) throw base::Error(base::Fault::TreatAsAttack, kDoing, "the session was closed before");
  base::ensure(awaiting_answer_, "an answer follows a command");
  awaiting_answer_ = false;
  step_counter();
  if (response.data.empty()) {
    refuse(fmt::format("the chip answered {} without protection", apdu::describe(response.sw)));
  }
  ProtectedAnswer answer;
  try {
    answer = parse(response.data, odd_instruction_);
  } catch (const asn1::Malformed& error) {
    refuse(fmt::format("the chip's protected answer is malformed ({})", error.what()));
  }
  if (answer.mac.size() != kMacSize) refuse("the chip's MAC has a wrong length");
  if (!base::equal_in_constant_time(mac_over(answer.authenticated), answer.mac)) refuse("the chip's MAC is wrong");
  const base::Bytes outer{response.sw.sw1(), response.sw.sw2()};
  if (!base::equal(answer.status, outer)) refuse("the chip's protected status differs from the plain one");
  apdu::Response out{{}, response.sw};
  if (answer.cryptogram) out.data = decrypt(*answer.cryptogram, odd_instruction_);
  return out;
}

}  // namespace secure_messaging
