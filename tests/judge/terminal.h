#pragma once
// A terminal at the finished card of full_chip.h that errs or cheats as its test asks. Its commands go through the
// terminal's own secure messaging, so every answer's protection is checked.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/hash.h"
#include "smartcard/simulator/state.h"
#include "tests/judge/full_chip.h"

namespace full_chip {

inline base::Bytes der(const char* name) {
  return vectors::hex(chain().at(name).at("der"));
}

// A terminal that has opened the chip by PACE and then does what its test asks.
class Terminal {
 public:
  explicit Terminal(const simulator::State& state) : Terminal(state, std::make_unique<simulator::MemoryStore>(state)) {}
  Terminal(const simulator::State& state, std::unique_ptr<simulator::StateStore> store) : card(std::move(store)) {
    open(state);
  }
  void open(const simulator::State& state) {
    const auto access = lds::parse_card_access(state.master_files.at(0x011C)).infos.value();
    auto pace = chip_access::pace(card, chip_access::supported_pace(access).at(0),
                                  chip_access::password_of(chip_access::PasswordReference::Can, kCan), random_);
    secured = std::move(pace.secured);
    id_picc = std::move(pace.id_picc);
    EXPECT_EQ(send(0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001")), 0x9000);
  }

  std::uint16_t send(std::uint8_t cla, std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, base::Bytes data,
                     std::optional<std::uint32_t> le = {}) {
    return secured->transmit({cla, ins, p1, p2, std::move(data), le}).sw.value;
  }
  std::uint16_t read(std::uint8_t short_id) {
    return send(0x00, 0xB0, static_cast<std::uint8_t>(0x80 | short_id), 0x00, {}, 256);
  }
  bool still_speaks() { return read(0x1E) == 0x9000; }

  // Chip authentication: MSE:Set AT, then GENERAL AUTHENTICATE with a terminal's key.
  std::uint16_t choose(const std::string& data) { return send(0x00, 0x22, 0x41, 0xA4, base::hex(data)); }
  std::uint16_t agree_with(base::ByteView key) {
    const base::Bytes dynamic = asn1::TlvWriter{}.put(0x80, key).take();
    return send(0x00, 0x86, 0x00, 0x00, asn1::TlvWriter{}.put(0x7C, dynamic).take(), 256);
  }
  // As it should be; under new keys afterwards.
  void authenticate_chip() {
    auto result = chip_access::chip_authentication(
        card, std::move(secured), lds::parse_dg14(card.state().files.at(0x010E)).infos.value(), random_);
    secured = std::move(result.secured);
    terminal_key = std::move(result.terminal_key);
    ASSERT_TRUE(result.agreed());
    ASSERT_TRUE(still_speaks());
  }

  // Terminal authentication: MSE:Set DST, PSO:VERIFY CERTIFICATE, MSE:Set AT.
  static base::Bytes reference(const std::string& name) { return asn1::TlvWriter{}.put(0x83, name).take(); }
  std::uint16_t name_issuer(const std::string& name) { return send(0x00, 0x22, 0x81, 0xB6, reference(name)); }
  std::uint16_t verify(base::Bytes body_and_signature) {
    return send(0x00, 0x2A, 0x00, 0xBE, std::move(body_and_signature));
  }
  std::uint16_t show(base::ByteView file, const std::string& issuer) {
    if (const auto refused = name_issuer(issuer); refused != 0x9000) return refused;
    asn1::TlvReader in(file);
    const base::ByteView content = in.need(0x7F21);
    return verify({content.begin(), content.end()});
  }
  std::uint16_t show(const char* name, const std::string& issuer) { return show(der(name), issuer); }
  void show_down_to(const char* last) {
    for (const auto& [name, issuer] :
         {std::pair{"link_1_2", "UTCVCA00001"}, {"dv", "UTCVCA00002"}, {"is", "UTDVDE00001"}}) {
      ASSERT_EQ(show(name, issuer), 0x9000) << name;
      if (std::string_view(name) == last) return;
    }
  }
  std::uint16_t name_terminal(const std::string& name = "UTISDE00001") {
    return send(0x00, 0x22, 0x81, 0xA4, reference(name));
  }
  base::Bytes challenge() {
    const apdu::Response answer = secured->transmit({0x00, 0x84, 0x00, 0x00, {}, 8});
    EXPECT_EQ(answer.sw.value, 0x9000);
    return answer.data;
  }
  std::uint16_t answer(base::ByteView over) {
    return send(0x00, 0x82, 0x00, 0x00, sign_digest(crypto::openssl::sha256(over)));
  }
  std::uint16_t authenticate_terminal() { return answer(base::concat({id_picc, challenge(), terminal_key})); }

  InProcessCard card;
  std::unique_ptr<transport::SecureChannel> secured;
  base::Bytes id_picc, terminal_key;

 private:
  base::SeededRandom random_{4};
};

}  // namespace full_chip
