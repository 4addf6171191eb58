#pragma once
// Secure Channel Protocol 03, the card's side: GlobalPlatform Card Specification v2.3 Amendment D, i = 70 and 71
// (pseudo-random card challenge, R-MAC, R-ENCRYPTION; 71: S16 mode, §5.1).

#include "smartcard/simulator/secure_channel.h"

namespace simulator {

class Scp03 final : public SecureChannel {
 public:
  // Bytes of each challenge and cryptogram, and of a C-MAC or R-MAC on the wire: 8 or 16.
  static constexpr std::size_t size_of(bool s16) { return s16 ? 16 : 8; }
  static constexpr std::uint8_t i_parameter(bool s16) { return s16 ? 0x71 : 0x70; }

  // §6.2.2.1: the card challenge that comes from the sequence counter (24 bits) and the AID of the security domain.
  static base::Bytes pseudo_random_challenge(base::ByteView static_enc, std::uint32_t sequence_counter,
                                             base::ByteView aid, bool s16 = false);
  // Static keys of 16, 24 or 32 bytes; the sequence counter of this session. The card challenge's length, 8 or 16
  // bytes, is the mode.
  Scp03(base::ByteView static_enc, base::ByteView static_mac, std::uint32_t sequence_counter,
        base::ByteView host_challenge, base::ByteView card_challenge);

  // What follows KDD, key version, 03 and i in the answer to INITIALIZE UPDATE (§7.1.1):
  // card challenge ‖ card cryptogram ‖ sequence counter.
  base::Bytes initialize_update_answer() const;
  base::Bytes told_on_initialize_update() const override;  // 03 ‖ i ‖ the same

  // C-MAC (01) alone or with C-DECRYPTION (02), R-MAC (10), R-ENCRYPTION (20): §7.1.2, table 7-4.
  static bool is_security_level(std::uint8_t level);
  bool takes_level(std::uint8_t level) const override { return is_security_level(level); }
  std::size_t authentication_size() const override { return 2 * size(); }
  bool authenticate(const apdu::Command& command) override;
  bool authenticated() const override { return authenticated_; }

  std::optional<apdu::Command> unwrap(const apdu::Command& command) override;  // §6.2.4, §6.2.6
  // Error status words travel unprotected (§6.2.5); 9000 and warnings carry the R-MAC that the level asks for.
  apdu::Response wrap(apdu::Response response) override;
  // AES-CBC with a zero vector under the static DEK itself (§6.2.8).
  std::optional<base::Bytes> decrypt_data(base::ByteView blocks, const base::Secret& static_dek) const override;
  std::size_t data_block() const override { return 16; }

 private:
  std::size_t size() const { return card_challenge_.size(); }
  bool check_mac(const apdu::Command& command);
  base::Bytes icv(std::uint8_t first_byte) const;

  std::uint32_t sequence_counter_;
  base::Bytes card_challenge_;
  base::Bytes card_cryptogram_, host_cryptogram_;
  base::Secret enc_, mac_, rmac_;
  base::Bytes chaining_value_ = base::Bytes(16);
  std::uint64_t commands_ = 0;  // encryption counter of §6.2.6
  std::uint8_t level_ = 0;
  bool authenticated_ = false;
};

}  // namespace simulator
