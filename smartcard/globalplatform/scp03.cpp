#include "smartcard/globalplatform/scp03.h"

#include <fmt/format.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace globalplatform {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;

constexpr const char* kDoing = "secure channel (SCP03)";
constexpr std::size_t kBlock = 16;
constexpr std::uint8_t kSecureBit = 0x04;  // CLA

// Security level bits, Amendment D table 7-4.
constexpr std::uint8_t kEnc = 0x02;
constexpr std::uint8_t kRMac = 0x10;
constexpr std::uint8_t kREnc = 0x20;

// Derivation constants, Amendment D table 4-1.
enum class Purpose : std::uint8_t {
  CardCryptogram = 0x00,
  HostCryptogram = 0x01,
  SEnc = 0x04,
  SMac = 0x06,
  SRMac = 0x07,
};

// Amendment D §4.1.5 (NIST SP 800-108 in counter mode, PRF CMAC): eleven octets 00 ‖ constant ‖ 00 ‖ length in bits (2)
// ‖ counter ‖ host challenge ‖ card challenge.
base::Secret kdf(ByteView key, Purpose purpose, std::size_t size, ByteView context) {
  const std::size_t bits = size * 8;
  Bytes out;
  out.reserve(2 * kBlock);  // it never moves, so no copy of a key stays behind
  for (std::uint8_t i = 1; out.size() < size; ++i) {
    Bytes input(11);
    base::append(input, Bytes{static_cast<std::uint8_t>(purpose), 0x00, static_cast<std::uint8_t>(bits >> 8),
                              static_cast<std::uint8_t>(bits), i});
    base::append(input, context);
    base::append(out, openssl::aes_cmac(key, input));
  }
  base::wipe(std::span(out).subspan(size));
  out.resize(size);
  return base::Secret(std::move(out));
}

Bytes cryptogram(ByteView key, Purpose purpose, std::size_t size, ByteView context) {
  const base::Secret value = kdf(key, purpose, size, context);
  return {value.reveal().begin(), value.reveal().end()};
}

}  // namespace

Scp03Session::Scp03Session(const KeySet& keys, SecurityLevel level, ByteView host_challenge, ByteView card_challenge)
    : level_(level), size_(card_challenge.size()) {
  base::ensure(size_ == octets_of(Mode::S8) || size_ == octets_of(Mode::S16), "a card challenge has 8 or 16 bytes");
  base::ensure(host_challenge.size() == size_, "both challenges of SCP03 are of one length");
  const Bytes context = base::concat({host_challenge, card_challenge});
  s_enc_ = kdf(keys.enc.reveal(), Purpose::SEnc, keys.enc.size(), context);
  s_mac_ = kdf(keys.mac.reveal(), Purpose::SMac, keys.mac.size(), context);
  s_rmac_ = kdf(keys.mac.reveal(), Purpose::SRMac, keys.mac.size(), context);
  card_cryptogram_ = cryptogram(s_mac_.reveal(), Purpose::CardCryptogram, size_, context);
  host_cryptogram_ = cryptogram(s_mac_.reveal(), Purpose::HostCryptogram, size_, context);
}

void Scp03Session::end() noexcept {
  s_enc_ = base::Secret();
  s_mac_ = base::Secret();
  s_rmac_ = base::Secret();
  alive_ = false;
}

void Scp03Session::refuse(std::string_view what) {
  end();
  throw base::Error(base::Fault::TreatAsAttack, kDoing,
                    fmt::format("{}; the session is closed and its keys are wiped", what));
}

bool Scp03Session::verify_card(ByteView card_cryptogram) {
  card_proved_ = alive_ && base::equal_in_constant_time(card_cryptogram, card_cryptogram_);
  if (!card_proved_) end();
  return card_proved_;
}

// 84 82 <level> 00 Lc host cryptogram ‖ C-MAC.
apdu::Command Scp03Session::external_authenticate() {
  base::ensure(card_proved_, "EXTERNAL AUTHENTICATE follows a card cryptogram that was verified");
  apdu::Command command{0x84, 0x82, static_cast<std::uint8_t>(level_), 0x00, host_cryptogram_, std::nullopt};
  append_c_mac(command);
  return command;
}

// Amendment D §6.2.4: CMAC(S-MAC, chaining value ‖ header ‖ Lc ‖ data); Lc counts the MAC, in one byte up to 255 and as
// 00 and two bytes above. The whole CMAC is the next chaining value; the C-MAC is its first half, in S16
// mode the whole.
void Scp03Session::append_c_mac(apdu::Command& command) {
  const std::size_t lc = command.data.size() + size_;
  Bytes input = chain_;
  base::append(input, Bytes{command.cla, command.ins, command.p1, command.p2});
  if (lc > 255) base::append(input, Bytes{0x00, static_cast<std::uint8_t>(lc >> 8)});
  input.push_back(static_cast<std::uint8_t>(lc));
  base::append(input, command.data);
  chain_ = openssl::aes_cmac(s_mac_.reveal(), input);
  base::append(command.data, ByteView(chain_).first(size_));
}

// Amendment D §6.2.6, §6.2.7: the initial vector is the counter under S-ENC; its first byte tells answers (80) from
// commands (00).
Bytes Scp03Session::icv(std::uint8_t first_byte) const {
  Bytes block(kBlock);
  block[0] = first_byte;
  for (std::size_t i = 0; i < sizeof counter_; ++i) {
    block[kBlock - 1 - i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
  }
  return openssl::aes_encrypt_block(s_enc_.reveal(), block);
}

apdu::Command Scp03Session::wrap(const apdu::Command& command) {
  if (!alive_) throw base::Error(base::Fault::PresentCardAgain, kDoing, "the session was closed before");
  apdu::Command out = command;
  out.cla |= kSecureBit;
  ++counter_;  // also for a command without data
  if (has(kEnc) && !out.data.empty()) {
    const base::Secret padded(openssl::pad_80(out.data, kBlock));
    out.data = openssl::aes_cbc_encrypt(s_enc_.reveal(), icv(0x00), padded.reveal());
  }
  append_c_mac(out);
  return out;
}

apdu::Response Scp03Session::unwrap(const apdu::Response& response) {
  if (!alive_) throw base::Error(base::Fault::PresentCardAgain, kDoing, "the session was closed before");
  const bool warning = response.sw.sw1() == 0x62 || response.sw.sw1() == 0x63;
  if (!response.sw.ok() && !warning) {
    if (!response.data.empty()) refuse("the card sent data with an error");
    return response;
  }
  if (!has(kRMac)) return response;
  if (response.data.size() < size_) refuse("the card's answer lacks its R-MAC");
  apdu::Response out = response;
  out.data.resize(response.data.size() - size_);
  // Amendment D §6.2.5: CMAC(S-RMAC, chaining value ‖ data ‖ status word).
  const Bytes mac = openssl::aes_cmac(s_rmac_.reveal(),
                                      base::concat({chain_, out.data, Bytes{response.sw.sw1(), response.sw.sw2()}}));
  if (!base::equal_in_constant_time(ByteView(mac).first(size_), ByteView(response.data).last(size_))) {
    refuse("the R-MAC of the card's answer is wrong");
  }
  if (!has(kREnc) || out.data.empty()) return out;
  if (out.data.size() % kBlock != 0) refuse("the card's encrypted answer is not whole blocks");
  const base::Secret padded(openssl::aes_cbc_decrypt(s_enc_.reveal(), icv(0x80), out.data));
  auto plain = openssl::unpad_80(padded.reveal(), kBlock);
  if (!plain) refuse("the padding of the card's answer is wrong");
  out.data = std::move(*plain);
  return out;
}

}  // namespace globalplatform
