#pragma once
// Secure Channel Protocol 02, the card's side: GlobalPlatform Card Specification v2.3 Annex E with i = 15, 35, 55 and
// 75 (explicit initiation, three keys, C-MAC of the modified APDU with an enciphered initial vector; 35 and 75: R-MAC;
// 55 and 75: the card challenge follows from the sequence counter).

#include "smartcard/simulator/secure_channel.h"

namespace simulator {

class Scp02 final : public SecureChannel {
 public:
  static constexpr std::size_t kChallenge = 6;  // bytes
  static bool is_option(std::uint8_t i) { return i == 0x15 || i == 0x35 || i == 0x55 || i == 0x75; }
  static bool has_well_known_challenge(std::uint8_t i) { return (i & 0x40) != 0; }

  // §E.4.2.3: the first six bytes of the MAC of the security domain's AID under the session's C-MAC key.
  static base::Bytes well_known_challenge(base::ByteView static_mac, std::uint16_t sequence_counter,
                                          base::ByteView aid);

  struct StaticKeys {
    base::ByteView enc, mac, dek;  // two-key 3DES, 16 bytes each
  };
  // The sequence counter of this session; challenges of 8 and 6 bytes.
  Scp02(const StaticKeys& keys, std::uint8_t option, std::uint16_t sequence_counter, base::ByteView host_challenge,
        base::ByteView card_challenge);

  // 02 ‖ sequence counter(2) ‖ card challenge ‖ card cryptogram (table E-8).
  base::Bytes told_on_initialize_update() const override;
  // C-MAC (01), with C-DECRYPTION (03); with R-MAC (11, 13) where the option has it: table E-11.
  bool takes_level(std::uint8_t level) const override;
  std::size_t authentication_size() const override { return 16; }
  bool authenticate(const apdu::Command& command) override;
  bool authenticated() const override { return authenticated_; }
  std::optional<apdu::Command> unwrap(const apdu::Command& command) override;
  // With an R-MAC each answer moves it on; 9000 and warnings carry it, error status words travel bare, because an
  // answer with an error has no data (ISO 7816-4 §5.1.3).
  apdu::Response wrap(apdu::Response response) override;
  // 3DES in ECB mode under the session's DEK (§E.4.7).
  std::optional<base::Bytes> decrypt_data(base::ByteView blocks, const base::Secret& static_dek) const override;
  std::size_t data_block() const override { return 8; }

 private:
  bool check_mac(const apdu::Command& command, base::ByteView plain, base::ByteView mac);

  std::uint8_t option_;
  base::Bytes sequence_counter_, card_challenge_;
  base::Secret enc_, mac_, rmac_, dek_;
  base::Bytes card_cryptogram_, host_cryptogram_;
  base::Bytes last_c_mac_;  // empty: no command yet
  base::Bytes last_r_mac_;
  base::Secret received_;  // the command that the next R-MAC covers
  std::uint8_t level_ = 0;
  bool authenticated_ = false;
};

}  // namespace simulator
