// Chip and Terminal Authentication of version 2, the terminal's side, against the two worked examples of TR-03110 (one
// over a curve, one over a MODP group; tests/vectors/ca_ta.json), and what must be refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/hash.h"
#include "smartcard/access/chip_authentication_2.h"
#include "smartcard/access/terminal_authentication.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using testing::HasSubstr;

// A session whose protection is left out, so that the commands can be read.
class Plain final : public transport::SecureChannel {
 public:
  explicit Plain(transport::Channel& card) : card_(card) {}
  apdu::Response transmit(const apdu::Command& command) override { return card_.transmit(command); }
  bool extended_length() const override { return card_.extended_length(); }
  std::size_t good_answers() const override { return 0; }

 private:
  transport::Channel& card_;
};

class Version2 : public testing::TestWithParam<std::size_t> {
 protected:
  const nlohmann::json& example() const { return file_["cases"][GetParam()]; }
  const nlohmann::json& chip() const { return example()["chip_authentication"]; }
  const nlohmann::json& terminal() const { return example()["terminal_authentication"]; }
  // EF.CardSecurity of the example repeats its EF.CardAccess.
  lds::SecurityInfos infos() const {
    return lds::parse_card_security(vectors::hex(example()["EF_CardSecurity"])).infos.value();
  }
  chip_access::ChipAuthentication2Choice choice() const {
    return chip_access::supported_chip_authentication_2(infos()).value();
  }
  chip_access::EphemeralKey key() const {
    return {base::Secret(vectors::hex(chip()["terminal_private"])), vectors::hex(chip()["terminal_public"]),
            vectors::hex(terminal()["Comp_PK_PCD"])};
  }
  // MSE:Set AT and GENERAL AUTHENTICATE, answered with the nonce and this token.
  std::string script(const std::string& token) const {
    const Bytes oid = asn1::Oid(chip()["oid"].get<std::string>()).content();
    const auto command = [](const char* header, const Bytes& data, const char* le) {
      return "> " + (header + base::to_hex(Bytes{static_cast<std::uint8_t>(data.size())})) + base::to_hex(data) + le;
    };
    asn1::TlvWriter at;
    at.put(0x80, oid).put(0x84, Bytes{1});
    const Bytes dynamic =
        asn1::TlvWriter{}.put(0x7C, asn1::TlvWriter{}.put(0x80, vectors::hex(chip()["terminal_public"]))).take();
    asn1::TlvWriter objects;
    objects.put(0x81, vectors::hex(chip()["nonce_r"])).put(0x82, base::hex(token));
    return command("002241A4", at.take(), "") + "\n< 9000\n" + command("00860000", dynamic, "00") + "\n< " +
           base::to_hex(asn1::TlvWriter{}.put(0x7C, objects).view()) + "9000\n";
  }
  chip_access::ChipAuthenticationResult run(transport::Channel& card, const lds::SecurityInfos& card_security) const {
    return chip_access::chip_authentication_2(card, std::make_unique<Plain>(card), choice(), key(), card_security);
  }
  std::string token() const { return chip()["T_IC"]; }

 private:
  nlohmann::json file_ = vectors::load("ca_ta.json");
};

TEST_P(Version2, ProvesTheChipByItsToken) {
  EXPECT_EQ(lds::chip_authentication_protocol(choice().info), asn1::Oid(chip()["oid"].get<std::string>()));
  transport::ScriptChannel card(script(token()));
  const auto result = run(card, infos());
  EXPECT_TRUE(result.findings.empty());
  EXPECT_TRUE(result.proven());
  EXPECT_EQ(base::to_hex(result.terminal_key), terminal()["Comp_PK_PCD"]);
  card.finish();
}

TEST_P(Version2, ATokenOneBitOffProvesNothing) {
  std::string wrong = token();
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& other : {wrong, token().substr(2), std::string()}) {
    transport::ScriptChannel card(script(other));
    const auto result = run(card, infos());
    EXPECT_EQ(result.findings.failing_codes(), std::vector<std::string>{"CHIP_AUTHENTICATION_FAILED"}) << other;
    EXPECT_FALSE(result.proven());
  }
}

TEST_P(Version2, TheSignedFileSaysWhichKeyIsTheChips) {
  transport::ScriptChannel silent("");
  const auto refused = [&](const lds::SecurityInfos& file) {
    const auto result = run(silent, file);
    EXPECT_EQ(result.findings.failing_codes(), std::vector<std::string>{"CHIP_AUTHENTICATION_NOT_POSSIBLE"});
    return result.findings.list().front().text;
  };
  lds::SecurityInfos file = infos();
  file.chip_keys.clear();
  EXPECT_THAT(refused(file), HasSubstr("holds no key"));
  file = infos();
  file.chip_keys.push_back(file.chip_keys.front());
  EXPECT_THAT(refused(file), HasSubstr("does not tell them apart"));
  file = infos();
  file.chip_authentication.clear();
  EXPECT_THAT(refused(file), HasSubstr("does not name the protocol"));
  file = infos();
  file.chip_keys.front().public_key.back() ^= 1;
  EXPECT_THAT(refused(file), HasSubstr("malformed"));
}

TEST_P(Version2, IsOfferedOnlyWithTerminalAuthenticationBeforeItAndItsParameters) {
  lds::SecurityInfos file = infos();
  for (auto& info : file.terminal_authentication) info.version = 1;
  EXPECT_FALSE(chip_access::supported_chip_authentication_2(file));
  file = infos();
  file.chip_parameters.clear();
  EXPECT_FALSE(chip_access::supported_chip_authentication_2(file));
  file = infos();
  for (auto& info : file.chip_authentication) info.version = 1;
  EXPECT_FALSE(chip_access::supported_chip_authentication_2(file));
}

// The example's chain and challenge; the signature is the example's, since the chip judges it and not the terminal.
TEST_P(Version2, NamesItsKeyInTerminalAuthentication) {
  const auto& certificates = example()["certificates"];
  const auto certificate = [&](const char* name) {
    return cvc::format::parse_certificate(vectors::hex(certificates[name]["der"]));
  };
  const chip_access::InspectionCredentials credentials{
      certificate("terminal"), {certificate("dv")}, [this](base::ByteView digest) {
        const auto hash = GetParam() == 0 ? crypto::openssl::Hash::Sha512 : crypto::openssl::Hash::Sha1;
        EXPECT_TRUE(base::equal(digest, crypto::openssl::digest(hash, vectors::hex(terminal()["signed_data"]))));
        return vectors::hex(terminal()["signature"]);
      }};
  class Chip final : public transport::Channel {
   public:
    explicit Chip(Bytes challenge) : challenge_(std::move(challenge)) {}
    apdu::Response transmit(const apdu::Command& command) override {
      if (command.ins == 0x22 && command.p1 == 0x81 && command.p2 == 0xA4) set_at = command.data;
      if (command.ins == 0x82) signature = command.data;
      return {command.ins == 0x84 ? challenge_ : Bytes{}, {0x9000}};
    }
    bool extended_length() const override { return true; }
    Bytes set_at, signature;

   private:
    Bytes challenge_;
  } chip(vectors::hex(terminal()["r_PICC"]));
  const auto findings = chip_access::terminal_authentication_2(
      chip, credentials, {certificates["cvca"]["CHR"].get<std::string>()}, vectors::hex(terminal()["ID_PICC"]),
      vectors::hex(terminal()["Comp_PK_PCD"]));
  EXPECT_TRUE(findings.empty());
  asn1::TlvReader in(chip.set_at);
  EXPECT_EQ(asn1::read_oid(in.need(0x80)), asn1::Oid(terminal()["oid"].get<std::string>()));
  EXPECT_EQ(base::text_of(in.need(0x83)), certificates["terminal"]["CHR"]);
  EXPECT_EQ(base::to_hex(in.need(0x91)), terminal()["Comp_PK_PCD"]);
  in.end();
  EXPECT_EQ(base::to_hex(chip.signature), terminal()["signature"]);
}

INSTANTIATE_TEST_SUITE_P(WorkedExamples, Version2, testing::Values(0U, 1U));

}  // namespace
