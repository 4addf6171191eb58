#include "smartcard/globalplatform/scp02.h"

#include <fmt/format.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace globalplatform {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;

constexpr const char* kDoing = "secure channel (SCP02)";
constexpr std::size_t kBlock = 8;
constexpr std::size_t kMac = 8;
constexpr std::size_t kMostData = 255;     // of a short command
constexpr std::uint8_t kSecureBit = 0x04;  // CLA
constexpr std::array<std::uint8_t, kBlock> kZeros{};

// Security level bits, GPCS table E-11.
constexpr std::uint8_t kCDecryption = 0x02;
constexpr std::uint8_t kRMac = 0x10;

// Derivation constants, §E.4.1.
enum class Purpose : std::uint16_t { SMac = 0x0101, SRMac = 0x0102, SDek = 0x0181, SEnc = 0x0182 };

// §E.4.1: 3DES-CBC with a zero vector over constant(2) ‖ sequence counter(2) ‖ twelve zeros.
base::Secret session_key(const base::Secret& static_key, Purpose purpose, ByteView sequence_counter) {
  base::ensure(static_key.size() == kTripleDesKeySize && sequence_counter.size() == 2,
               "SCP02 has keys of 16 bytes and a counter of two");
  const auto constant = static_cast<std::uint16_t>(purpose);
  Bytes input{static_cast<std::uint8_t>(constant >> 8), static_cast<std::uint8_t>(constant)};
  base::append(input, sequence_counter);
  input.resize(kTripleDesKeySize);
  return base::Secret(openssl::tdes_cbc_encrypt(static_key.reveal(), kZeros, input));
}

// §E.4.2, §B.1.2.1: the last block of 3DES-CBC.
Bytes cryptogram(const base::Secret& s_enc, std::initializer_list<ByteView> parts) {
  const Bytes all = openssl::tdes_cbc_encrypt(s_enc.reveal(), kZeros, openssl::pad_80(base::concat(parts), kBlock));
  return {all.end() - static_cast<std::ptrdiff_t>(kBlock), all.end()};
}

}  // namespace

Scp02Session::Scp02Session(const KeySet& keys, SecurityLevel level, ByteView host_challenge, ByteView sequence_counter,
                           ByteView card_challenge)
    : level_(level),
      s_enc_(session_key(keys.enc, Purpose::SEnc, sequence_counter)),
      s_mac_(session_key(keys.mac, Purpose::SMac, sequence_counter)),
      s_rmac_(session_key(keys.mac, Purpose::SRMac, sequence_counter)),
      s_dek_(session_key(keys.dek, Purpose::SDek, sequence_counter)),
      card_cryptogram_(cryptogram(s_enc_, {host_challenge, sequence_counter, card_challenge})),
      host_cryptogram_(cryptogram(s_enc_, {sequence_counter, card_challenge, host_challenge})) {
  base::ensure(level != SecurityLevel::Full, "SCP02 does not encipher answers");
  base::ensure(host_challenge.size() == 8 && card_challenge.size() == 6, "SCP02 has challenges of 8 and of 6 bytes");
}

void Scp02Session::end() noexcept {
  for (base::Secret* const key : {&s_enc_, &s_mac_, &s_rmac_, &s_dek_, &sent_}) *key = base::Secret();
  alive_ = false;
}

void Scp02Session::refuse(std::string_view what) {
  end();
  throw base::Error(base::Fault::TreatAsAttack, kDoing,
                    fmt::format("{}; the session is closed and its keys are wiped", what));
}

void Scp02Session::check_alive() const {
  if (!alive_) throw base::Error(base::Fault::PresentCardAgain, kDoing, "the session was closed before");
}

bool Scp02Session::verify_card(ByteView card_cryptogram) {
  card_proved_ = alive_ && base::equal_in_constant_time(card_cryptogram, card_cryptogram_);
  if (!card_proved_) end();
  return card_proved_;
}

// 84 82 <level> 00 10 host cryptogram ‖ C-MAC, which is where the R-MACs begin too (§E.3.2).
apdu::Command Scp02Session::external_authenticate() {
  base::ensure(card_proved_, "EXTERNAL AUTHENTICATE follows a card cryptogram that was verified");
  apdu::Command command{0x84, 0x82, static_cast<std::uint8_t>(level_), 0x00, host_cryptogram_, std::nullopt};
  r_mac_ = next_c_mac(command);
  base::append(command.data, r_mac_);
  return command;
}

// §E.4.4, the C-MAC of the modified APDU: header with the secure bit ‖ Lc that counts the C-MAC ‖ data in the clear.
// Its initial vector is zero at first, then the C-MAC before under the first half of S-MAC (§E.3.4).
Bytes Scp02Session::next_c_mac(const apdu::Command& command) {
  const std::size_t lc = command.data.size() + kMac;
  base::ensure(lc <= kMostData, "a command of SCP02 is a short one");
  Bytes input{command.cla, command.ins, command.p1, command.p2, static_cast<std::uint8_t>(lc)};
  base::append(input, command.data);
  const base::Secret padded(openssl::pad_80(input, kBlock));
  base::wipe(input);
  const Bytes icv = c_mac_.empty() ? Bytes{} : openssl::des_encrypt_block(s_mac_.reveal().first(kBlock), c_mac_);
  c_mac_ = openssl::retail_mac(s_mac_.reveal(), padded.reveal(), icv);
  return c_mac_;
}

// §E.4.5: the command without protection ‖ length of the data, modulo 256 ‖ data ‖ status word; chained to the R-MAC
// before as it stands.
Bytes Scp02Session::next_r_mac(ByteView data, apdu::StatusWord sw) const {
  const base::Secret input(
      base::concat({sent_.reveal(), Bytes{static_cast<std::uint8_t>(data.size())}, data, Bytes{sw.sw1(), sw.sw2()}}));
  const base::Secret padded(openssl::pad_80(input.reveal(), kBlock));
  return openssl::retail_mac(s_rmac_.reveal(), padded.reveal(), r_mac_);
}

apdu::Command Scp02Session::wrap(const apdu::Command& command) {
  check_alive();
  Bytes sent{command.cla, command.ins, command.p1, command.p2, static_cast<std::uint8_t>(command.data.size())};
  base::append(sent, command.data);
  sent_ = base::Secret(std::move(sent));
  apdu::Command out = command;
  out.cla |= kSecureBit;
  const Bytes mac = next_c_mac(out);
  if (has(kCDecryption) && !out.data.empty()) {  // §E.4.6: a zero vector, and the C-MAC stays outside
    const base::Secret padded(openssl::pad_80(out.data, kBlock));
    base::wipe(out.data);
    out.data = openssl::tdes_cbc_encrypt(s_enc_.reveal(), kZeros, padded.reveal());
  }
  base::append(out.data, mac);
  base::ensure(out.data.size() <= kMostData, "a command of SCP02 is a short one");
  return out;
}

apdu::Response Scp02Session::unwrap(const apdu::Response& response) {
  check_alive();
  const bool warning = response.sw.sw1() == 0x62 || response.sw.sw1() == 0x63;
  const bool error = !response.sw.ok() && !warning;
  if (error && !response.data.empty() && (!has(kRMac) || response.data.size() != kMac)) {
    refuse("the card sent data with an error");
  }
  if (!has(kRMac)) return response;
  const bool bare = error && response.data.empty();
  if (!bare && response.data.size() < kMac) refuse("the card's answer lacks its R-MAC");
  apdu::Response out = response;
  out.data.resize(bare ? 0 : response.data.size() - kMac);
  r_mac_ = next_r_mac(out.data, response.sw);
  if (!bare && !base::equal_in_constant_time(r_mac_, ByteView(response.data).last(kMac))) {
    refuse("the R-MAC of the card's answer is wrong");
  }
  return out;
}

}  // namespace globalplatform
