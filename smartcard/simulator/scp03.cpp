#include "smartcard/simulator/scp03.h"

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

// Derivation constants, Amendment D table 4-1.
enum class Derive : std::uint8_t {
  CardCryptogram = 0x00,
  HostCryptogram = 0x01,
  CardChallenge = 0x02,
  SEnc = 0x04,
  SMac = 0x06,
  SRmac = 0x07,
};

// §4.1.5: NIST SP 800-108 in counter mode, PRF = CMAC: label(12) ‖ 00 ‖ L(2) ‖ i(1) ‖ context.
base::Bytes kdf(base::ByteView key, Derive what, std::size_t bytes, base::ByteView context) {
  base::Bytes out;
  const std::size_t bits = 8 * bytes;
  for (std::uint8_t i = 1; out.size() < bytes; ++i) {
    base::Bytes input(11);
    base::append(input, base::Bytes{static_cast<std::uint8_t>(what), 0x00, static_cast<std::uint8_t>(bits >> 8),
                                    static_cast<std::uint8_t>(bits), i});
    base::append(input, context);
    base::append(out, aes_cmac(key, input));
  }
  out.resize(bytes);
  return out;
}

base::Bytes counter_bytes(std::uint32_t counter) {
  return {static_cast<std::uint8_t>(counter >> 16), static_cast<std::uint8_t>(counter >> 8),
          static_cast<std::uint8_t>(counter)};
}

}  // namespace

base::Bytes Scp03::pseudo_random_challenge(base::ByteView static_enc, std::uint32_t sequence_counter,
                                           base::ByteView aid, bool s16) {
  return kdf(static_enc, Derive::CardChallenge, size_of(s16), base::concat({counter_bytes(sequence_counter), aid}));
}

Scp03::Scp03(base::ByteView static_enc, base::ByteView static_mac, std::uint32_t sequence_counter,
             base::ByteView host_challenge, base::ByteView card_challenge)
    : sequence_counter_(sequence_counter), card_challenge_(card_challenge.begin(), card_challenge.end()) {
  base::ensure(size() == size_of(false) || size() == size_of(true), "a card challenge has 8 or 16 bytes");
  const base::Bytes context = base::concat({host_challenge, card_challenge_});
  enc_ = base::Secret(kdf(static_enc, Derive::SEnc, static_enc.size(), context));
  mac_ = base::Secret(kdf(static_mac, Derive::SMac, static_mac.size(), context));
  rmac_ = base::Secret(kdf(static_mac, Derive::SRmac, static_mac.size(), context));
  card_cryptogram_ = kdf(mac_.reveal(), Derive::CardCryptogram, size(), context);
  host_cryptogram_ = kdf(mac_.reveal(), Derive::HostCryptogram, size(), context);
}

base::Bytes Scp03::initialize_update_answer() const {
  return base::concat({card_challenge_, card_cryptogram_, counter_bytes(sequence_counter_)});
}

base::Bytes Scp03::told_on_initialize_update() const {
  return base::concat({base::Bytes{0x03, i_parameter(size() == size_of(true))}, initialize_update_answer()});
}

std::optional<base::Bytes> Scp03::decrypt_data(base::ByteView blocks, const base::Secret& static_dek) const {
  if (blocks.empty() || blocks.size() % kAesBlock != 0) return std::nullopt;
  return aes_cbc_decrypt(static_dek.reveal(), base::Bytes(kAesBlock), blocks);
}

bool Scp03::is_security_level(std::uint8_t level) {
  return level == 0x01 || level == 0x03 || level == 0x11 || level == 0x13 || level == 0x33;
}

bool Scp03::authenticate(const apdu::Command& command) {
  base::ensure(command.data.size() == 2 * size(), "EXTERNAL AUTHENTICATE carries a cryptogram and a C-MAC");
  const bool host_known = base::equal_in_constant_time(base::ByteView(command.data).first(size()), host_cryptogram_);
  const bool mac_right = check_mac(command);
  level_ = command.p1;
  authenticated_ = host_known && mac_right;
  return authenticated_;
}

// §6.2.4: C-MAC = CMAC(S-MAC, chaining value ‖ header ‖ Lc ‖ data). Lc counts the C-MAC too; it takes one byte up to
// 255 and three (00 hi lo) above, whatever the transport did. The whole CMAC is the next chaining value.
bool Scp03::check_mac(const apdu::Command& command) {
  if (command.data.size() < size()) return false;
  const base::ByteView all = command.data;
  base::Bytes input = chaining_value_;
  base::append(input, base::Bytes{command.cla, command.ins, command.p1, command.p2});
  if (all.size() > 255) {
    base::append(input, base::Bytes{0x00, static_cast<std::uint8_t>(all.size() >> 8)});
  }
  input.push_back(static_cast<std::uint8_t>(all.size()));
  base::append(input, all.first(all.size() - size()));
  chaining_value_ = aes_cmac(mac_.reveal(), input);
  return base::equal_in_constant_time(all.last(size()), base::ByteView(chaining_value_).first(size()));
}

// §6.2.6, §6.2.7: the counter of commands enciphered; its first byte tells commands (00) from responses (80).
base::Bytes Scp03::icv(std::uint8_t first_byte) const {
  base::Bytes counter(kAesBlock);
  counter[0] = first_byte;
  for (std::size_t i = 0; i < 8; ++i) counter[15 - i] = static_cast<std::uint8_t>(commands_ >> (8 * i));
  return aes_encrypt_block(enc_.reveal(), counter);
}

std::optional<apdu::Command> Scp03::unwrap(const apdu::Command& command) {
  base::ensure(authenticated_, "commands are unwrapped in an open session");
  if (!check_mac(command)) {
    authenticated_ = false;
    return std::nullopt;
  }
  ++commands_;  // also for a command without data
  apdu::Command inner = command;
  inner.cla = static_cast<std::uint8_t>(command.cla & ~0x04U);
  inner.data.resize(command.data.size() - size());
  if ((level_ & 0x02) == 0 || inner.data.empty()) return inner;
  std::optional<base::Bytes> plain;
  if (inner.data.size() % kAesBlock == 0) {
    plain = unpad(aes_cbc_decrypt(enc_.reveal(), icv(0x00), inner.data), kAesBlock);
  }
  if (!plain) {
    authenticated_ = false;
    return std::nullopt;
  }
  inner.data = std::move(*plain);
  return inner;
}

apdu::Response Scp03::wrap(apdu::Response response) {
  const bool warning = response.sw.sw1() == 0x62 || response.sw.sw1() == 0x63;
  if (!response.sw.ok() && !warning) {
    response.data.clear();
    return response;
  }
  if ((level_ & 0x20) != 0 && !response.data.empty()) {
    response.data = aes_cbc_encrypt(enc_.reveal(), icv(0x80), pad(response.data, kAesBlock));
  }
  if ((level_ & 0x10) != 0) {
    const base::Bytes mac =
        aes_cmac(rmac_.reveal(),
                 base::concat({chaining_value_, response.data, base::Bytes{response.sw.sw1(), response.sw.sw2()}}));
    base::append(response.data, base::ByteView(mac).first(size()));
  }
  return response;
}

}  // namespace simulator
