// Chip and Terminal Authentication against whole transcripts, and what must be refused.
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "smartcard/access/chip_authentication.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/access/exchange.h"
#include "smartcard/access/terminal_authentication.h"
#include "smartcard/secure_messaging/secured_channel.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"
#include "tests/terminal/fixed_random.h"

namespace {

using base::Bytes;
using base::Secret;
using secure_messaging::Cipher;

// One case of ca_ta.json: a session of BAC or PACE, Chip Authentication, Terminal Authentication, EF.DG3.
struct Case {
  nlohmann::json file = vectors::load("ca_ta.json");
  nlohmann::json json;
  Cipher before;
  Bytes enc, mac, counter;

  explicit Case(std::size_t index) : json(file["cases"][index]) {
    before = Cipher::TripleDes;
    nlohmann::json keys;
    if (index == 11) {
      keys = vectors::load("bac.json")["D3_mutual_auth"];
      counter = vectors::hex(keys["SSC"]);
    } else {
      const auto pace = vectors::load("pace.json");
      keys = pace["examples"][index == 9 ? 0U : 7U];
      before = index == 9 ? Cipher::Aes128 : Cipher::Aes256;
      counter = Bytes(16);
    }
    enc = vectors::hex(keys["KSenc"]);
    mac = vectors::hex(keys["KSmac"]);
  }
  // The steps of the transcript from the first to before the last, as the wire has them.
  std::string script(std::size_t first, std::size_t last) const {
    std::string out;
    for (std::size_t i = first; i < last; ++i) {
      const auto& step = json["transcript"][i];
      out += "> " + step["command"]["protected_command"].get<std::string>() + "\n< " +
             step["response"]["protected_response"].get<std::string>() + "\n";
    }
    return out;
  }
  std::size_t steps() const { return json["transcript"].size(); }
  std::unique_ptr<transport::SecureChannel> session(transport::Channel& card) const {
    return std::make_unique<secure_messaging::SecuredChannel>(
        card, secure_messaging::Session(before, {Secret::copy_of(enc), Secret::copy_of(mac)}, counter));
  }
  lds::SecurityInfos infos() const { return lds::parse_dg14(vectors::hex(json["EF_DG14"])).infos.value(); }
  cvc::format::Certificate certificate(const char* name) const {
    return cvc::format::parse_certificate(vectors::hex(file["generated_chain"]["ecdsa_p256"][name]["der"]));
  }
  chip_access::InspectionCredentials credentials() const {
    return {certificate("is"),
            {certificate("dv"), certificate("cvca2"), certificate("link_1_2")},
            [this](base::ByteView) { return vectors::hex(json["ta_signature_plain"]); }};
  }
};

TEST(EacTest, PlaysEveryTranscriptToTheByte) {
  for (const std::size_t index : {9U, 10U, 11U}) {
    const Case example(index);
    SCOPED_TRACE(example.json["name"].get<std::string>());
    transport::ScriptChannel card(example.script(0, example.steps()));
    FixedRandom random(vectors::hex(example.json["terminal_private"]));
    auto chip = chip_access::chip_authentication(card, example.session(card), example.infos(), random);
    ASSERT_TRUE(chip.agreed());
    EXPECT_FALSE(chip.proven());
    EXPECT_EQ(base::to_hex(chip.terminal_key), example.json["Comp_PK_PCD"]);
    const auto findings =
        chip_access::terminal_authentication(*chip.secured, example.credentials(), {"UTCVCA00001"},
                                             vectors::hex(example.json["ID_PICC"]), chip.terminal_key);
    for (const auto& finding : findings.list()) ADD_FAILURE() << finding.code << " " << finding.text;
    EXPECT_TRUE(chip.proven());
    EXPECT_TRUE(chip.secured->transmit({0x00, 0xB0, 0x83, 0x00, {}, 8}).sw.ok());
    card.finish();
  }
}

// The two worked examples of version 2: key agreement over a curve and a MODP group, keys and token.
TEST(EacTest, AgreesOnTheKeysOfTheWorkedExamples) {
  const auto file = vectors::load("ca_ta.json");
  for (const std::size_t index : {0U, 1U}) {
    const auto& example = file["cases"][index]["chip_authentication"];
    SCOPED_TRACE(file["cases"][index]["name"].get<std::string>());
    const bool curve = index == 0;
    const auto group = chip_access::DomainParameters::standardized(curve ? 13 : 0);
    const Bytes chip = vectors::hex(example["chip_public"]);
    const Bytes terminal = vectors::hex(example["terminal_public"]);
    ASSERT_TRUE(group->is_element(chip));
    EXPECT_EQ(group->multiply_generator(vectors::hex(example["terminal_private"])), terminal);
    const Bytes shared = group->shared_secret(group->multiply(vectors::hex(example["terminal_private"]), chip));
    EXPECT_EQ(base::to_hex(shared), example["shared_secret_K"]);
    const Bytes seed = base::concat({shared, vectors::hex(example["nonce_r"])});
    const auto keys = secure_messaging::derive_session_keys(Cipher::Aes128, seed);
    EXPECT_EQ(base::to_hex(keys.enc.reveal()), example["KSenc"]);
    EXPECT_EQ(base::to_hex(keys.mac.reveal()), example["KSmac"]);
    const Bytes token = chip_access::authentication_token(
        Cipher::Aes128, keys.mac.reveal(), asn1::Oid(example["oid"].get<std::string>()), group->agreement(), terminal);
    EXPECT_EQ(base::to_hex(token), example["T_IC"]);
    EXPECT_EQ(base::to_hex(group->compress(terminal)), file["cases"][index]["terminal_authentication"]["Comp_PK_PCD"]);
  }
}

// A chip with somebody else's certificate comes through the agreement and cannot answer afterwards.
TEST(EacTest, AChipWithoutThePrivateKeyIsNotProven) {
  const Case example(9);
  std::string answer = example.json["transcript"][2]["response"]["protected_response"];
  answer[answer.size() - 6] = answer[answer.size() - 6] == '0' ? '1' : '0';
  transport::ScriptChannel card(example.script(0, 2) + "> " +
                                example.json["transcript"][2]["command"]["protected_command"].get<std::string>() +
                                "\n< " + answer + "\n");
  FixedRandom random(vectors::hex(example.json["terminal_private"]));
  auto chip = chip_access::chip_authentication(card, example.session(card), example.infos(), random);
  ASSERT_TRUE(chip.agreed());
  EXPECT_THROW(chip.secured->transmit(
                   {0x00, 0x22, 0x81, 0xB6, vectors::hex(example.json["transcript"][2]["data"]), std::nullopt}),
               base::Error);
  EXPECT_FALSE(chip.proven());
}

TEST(EacTest, SaysWhyChipAuthenticationIsNotPossible) {
  const lds::SecurityInfos good = Case(9).infos();
  EXPECT_EQ(chip_access::chip_authentication_fault(good), "");
  lds::SecurityInfos infos = good;
  infos.chip_keys.clear();
  EXPECT_NE(chip_access::chip_authentication_fault(infos), "");
  infos = good;
  infos.chip_keys.push_back(infos.chip_keys[0]);  // two keys without a number
  EXPECT_NE(chip_access::chip_authentication_fault(infos), "");
  infos = good;
  infos.chip_keys[0].public_key.back() ^= 1;  // off the curve
  EXPECT_NE(chip_access::chip_authentication_fault(infos), "");
  infos = good;
  infos.chip_authentication[0].version = 2;
  EXPECT_NE(chip_access::chip_authentication_fault(infos), "");
  const Case example(9);
  transport::ScriptChannel card("");
  base::SeededRandom random(1);
  const auto result = chip_access::chip_authentication(card, example.session(card), infos, random);
  EXPECT_TRUE(result.findings.has("CHIP_AUTHENTICATION_NOT_POSSIBLE"));
  EXPECT_TRUE(result.secured);
  EXPECT_FALSE(result.proven());
}

TEST(EacTest, BuildsTheChainFromWhatTheChipTrusts) {
  const Case example(9);
  const auto holders = [&](const std::vector<std::string>& trust_points) {
    std::vector<std::string> out;
    for (const auto& one : chip_access::chain_for(example.credentials(), trust_points)) out.push_back(one.body.holder);
    return out;
  };
  EXPECT_EQ(holders({"UTCVCA00001"}), (std::vector<std::string>{"UTCVCA00002", "UTDVDE00001", "UTISDE00001"}));
  EXPECT_EQ(holders({"UTCVCA00002", "UTCVCA00001"}), (std::vector<std::string>{"UTDVDE00001", "UTISDE00001"}));
  EXPECT_TRUE(holders({"DECVCA00001"}).empty());
  EXPECT_TRUE(holders({}).empty());
}

// A plain card, so that the commands can be read.
TEST(EacTest, ARefusalOfACertificateOrOfTheSignatureIsAFinding) {
  const Case example(9);
  const std::vector<std::string> unknown{"DECVCA00001"};
  transport::ScriptChannel silent("");
  EXPECT_TRUE(chip_access::terminal_authentication(silent, example.credentials(), unknown, {}, {})
                  .has("TERMINAL_AUTHENTICATION_NOT_POSSIBLE"));
  transport::ScriptChannel card("> 002281B60D830B5554435643413030303032\n< 6A88\n");
  const auto findings = chip_access::terminal_authentication(card, example.credentials(), {"UTCVCA00002"}, {}, {});
  EXPECT_EQ(findings.failing_codes(), std::vector<std::string>{"TERMINAL_AUTHENTICATION_REFUSED"});
  card.finish();
}

TEST(EacTest, TakesTheDocumentNumberOfTheMrzForTheChipsName) {
  EXPECT_EQ(base::to_hex(chip_access::id_picc_of_mrz("L898902C<369080619406236")), "4C383938393032433C33");
}

}  // namespace
