#include "smartcard/simulator/scp02.h"

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

constexpr std::size_t kMac = 8;
constexpr std::uint8_t kSecure = 0x04;  // CLA
constexpr std::uint8_t kLevelEnc = 0x02, kLevelRmac = 0x10;

// Derivation constants, §E.4.1.
constexpr std::uint16_t kDeriveMac = 0x0101, kDeriveRmac = 0x0102, kDeriveDek = 0x0181, kDeriveEnc = 0x0182;

base::Bytes two(std::uint16_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

// 3DES-CBC, vector zero, over constant ‖ counter ‖ 00 × 12.
base::Secret derive(base::ByteView static_key, std::uint16_t constant, base::ByteView counter) {
  base::Bytes block = base::concat({two(constant), counter});
  block.resize(2 * kDesBlock);
  return base::Secret(des3_cbc_encrypt(static_key, block));
}

// §E.4.2: the MAC of whole 3DES-CBC.
base::Bytes full_mac(base::ByteView key, base::ByteView data) {
  const base::Bytes blocks = des3_cbc_encrypt(key, pad(data, kDesBlock));
  return {blocks.end() - static_cast<std::ptrdiff_t>(kDesBlock), blocks.end()};
}

}  // namespace

base::Bytes Scp02::well_known_challenge(base::ByteView static_mac, std::uint16_t sequence_counter, base::ByteView aid) {
  base::Bytes mac = retail_mac(derive(static_mac, kDeriveMac, two(sequence_counter)).reveal(), aid);
  mac.resize(kChallenge);
  return mac;
}

Scp02::Scp02(const StaticKeys& keys, std::uint8_t option, std::uint16_t sequence_counter, base::ByteView host_challenge,
             base::ByteView card_challenge)
    : option_(option),
      sequence_counter_(two(sequence_counter)),
      card_challenge_(card_challenge.begin(), card_challenge.end()),
      enc_(derive(keys.enc, kDeriveEnc, sequence_counter_)),
      mac_(derive(keys.mac, kDeriveMac, sequence_counter_)),
      rmac_(derive(keys.mac, kDeriveRmac, sequence_counter_)),
      dek_(derive(keys.dek, kDeriveDek, sequence_counter_)) {
  base::ensure(is_option(option) && card_challenge.size() == kChallenge, "an option and a challenge of SCP02");
  card_cryptogram_ = full_mac(enc_.reveal(), base::concat({host_challenge, sequence_counter_, card_challenge_}));
  host_cryptogram_ = full_mac(enc_.reveal(), base::concat({sequence_counter_, card_challenge_, host_challenge}));
}

base::Bytes Scp02::told_on_initialize_update() const {
  return base::concat({base::Bytes{0x02}, sequence_counter_, card_challenge_, card_cryptogram_});
}

bool Scp02::takes_level(std::uint8_t level) const {
  const bool has_rmac = (option_ & 0x20) != 0;
  return level == 0x01 || level == 0x03 || (has_rmac && (level == 0x11 || level == 0x13));
}

bool Scp02::authenticate(const apdu::Command& command) {
  base::ensure(command.data.size() == authentication_size(), "EXTERNAL AUTHENTICATE carries a cryptogram and a C-MAC");
  const base::ByteView all = command.data;
  const bool host_known = base::equal_in_constant_time(all.first(kMac), host_cryptogram_);
  const bool mac_right = check_mac(command, all.first(kMac), all.last(kMac));
  level_ = command.p1;
  last_r_mac_ = last_c_mac_;
  authenticated_ = host_known && mac_right;
  return authenticated_;
}

// §E.4.4: retail MAC over header ‖ Lc with the MAC counted ‖ data before they were enciphered; chained to the C-MAC
// before, which DES under the left half of the key has enciphered (§E.3.4).
bool Scp02::check_mac(const apdu::Command& command, base::ByteView plain, base::ByteView mac) {
  base::Bytes input{command.cla, command.ins, command.p1, command.p2, static_cast<std::uint8_t>(plain.size() + kMac)};
  base::append(input, plain);
  const base::Bytes icv =
      last_c_mac_.empty() ? base::Bytes(kDesBlock) : des_encrypt_block(mac_.reveal().first(kDesBlock), last_c_mac_);
  last_c_mac_ = retail_mac(mac_.reveal(), input, icv);
  return base::equal_in_constant_time(last_c_mac_, mac);
}

std::optional<apdu::Command> Scp02::unwrap(const apdu::Command& command) {
  base::ensure(authenticated_, "commands are unwrapped in an open session");
  authenticated_ = false;  // until the command has proved right
  if (command.data.size() < kMac || command.data.size() > 255) return std::nullopt;
  const base::ByteView all = command.data;
  const base::ByteView body = all.first(all.size() - kMac);
  std::optional<base::Bytes> plain(std::in_place, body.begin(), body.end());
  if ((level_ & kLevelEnc) != 0 && !body.empty()) {
    plain = body.size() % kDesBlock == 0 ? unpad(des3_cbc_decrypt(enc_.reveal(), body), kDesBlock) : std::nullopt;
  }
  // Wrong padding answers as a wrong C-MAC does, and after the same work: who asks often learns nothing of the text.
  const bool mac_right = check_mac(command, plain ? base::ByteView(*plain) : body, all.last(kMac));
  if (!plain || !mac_right) return std::nullopt;
  apdu::Command inner = command;
  inner.cla = static_cast<std::uint8_t>(command.cla & ~kSecure);
  inner.data = std::move(*plain);
  base::Bytes received{inner.cla, inner.ins, inner.p1, inner.p2, static_cast<std::uint8_t>(inner.data.size())};
  base::append(received, inner.data);
  received_ = base::Secret(std::move(received));
  authenticated_ = true;
  return inner;
}

// §E.4.5: command ‖ length of the data modulo 256 ‖ data ‖ status word, chained to the R-MAC before.
apdu::Response Scp02::wrap(apdu::Response response) {
  const bool warning = response.sw.sw1() == 0x62 || response.sw.sw1() == 0x63;
  const bool error = !response.sw.ok() && !warning;
  if (error) response.data.clear();
  if ((level_ & kLevelRmac) == 0) return response;
  last_r_mac_ =
      retail_mac(rmac_.reveal(),
                 base::concat({received_.reveal(), base::Bytes{static_cast<std::uint8_t>(response.data.size())},
                               response.data, base::Bytes{response.sw.sw1(), response.sw.sw2()}}),
                 last_r_mac_);
  if (!error) base::append(response.data, last_r_mac_);
  return response;
}

std::optional<base::Bytes> Scp02::decrypt_data(base::ByteView blocks, const base::Secret& /*static_dek*/) const {
  if (blocks.empty() || blocks.size() % kDesBlock != 0) return std::nullopt;
  return des3_ecb_decrypt(dek_.reveal(), blocks);
}

}  // namespace simulator
