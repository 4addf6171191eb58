// PACE against the worked examples of ICAO Doc 9303-11 App. G to I and TR-03110, and what a chip may not answer.
#include "smartcard/access/pace.h"

#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/handles.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/access/pace_mapping.h"
#include "smartcard/secure_messaging/keys.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"
#include "tests/terminal/fixed_random.h"

namespace {

using base::Bytes;
using chip_access::PaceChoice;
using chip_access::PaceResult;
using crypto::openssl::BignumPtr;
using secure_messaging::Cipher;

// The order of a standardized set, as published.
Bytes order_of(std::int64_t id) {
  const auto file = vectors::load("domain_params.json");
  for (const auto& row : file[id < 8 ? "dh" : "ec"]) {
    if (row["id"] == id) return vectors::hex(row[id < 8 ? "q" : "n"]);
  }
  return {};
}

// A private key as long as the order; some examples give a MODP key above it, which means the same modulo the order.
Bytes fitted(const nlohmann::json& key, std::int64_t id) {
  const Bytes order = order_of(id);
  const Bytes value = vectors::hex(key);
  const BignumPtr n(BN_bin2bn(order.data(), static_cast<int>(order.size()), nullptr));
  const BignumPtr k(BN_bin2bn(value.data(), static_cast<int>(value.size()), nullptr));
  BN_CTX* const context = BN_CTX_new();
  BN_nnmod(k.get(), k.get(), n.get(), context);
  BN_CTX_free(context);
  Bytes out(order.size());
  BN_bn2binpad(k.get(), out.data(), static_cast<int>(out.size()));
  return out;
}

struct Example {
  explicit Example(nlohmann::json value) : json(std::move(value)) {
    choice.info = lds::pace_of(asn1::Oid(json["oid"].get<std::string>())).value();
    choice.domain_parameters = json["param_id"];
    choice.info.parameter_id = choice.domain_parameters;
    const std::string first = json["apdus"][0]["c"];
    const std::size_t at = first.find("8301");
    password.reference = static_cast<chip_access::PasswordReference>(vectors::hex(first.substr(at + 4, 2))[0]);
    password.secret = base::Secret(vectors::hex(json["f_pi"]));
  }
  Bytes randomness() const {
    const bool integrated = choice.info.mapping == lds::Mapping::Integrated;
    return base::concat(
        {integrated ? vectors::hex(json["nonce_t"]) : fitted(json["terminal_map_private"], choice.domain_parameters),
         fitted(json["terminal_eph_private"], choice.domain_parameters)});
  }
  // The exchange with one form of MSE:Set AT; the answer of step `changed` is another one.
  std::string script(std::string_view changed = {}, const std::string& answer = {}) const {
    std::string out;
    bool ended = false;
    for (const auto& apdu : json["apdus"]) {
      const std::string step = apdu["step"];
      const bool with_parameters = step.find("DO84") != std::string::npos;
      if (ended || (step.starts_with("MSE") && with_parameters != choice.named)) continue;
      ended = !changed.empty() && step.starts_with(changed);
      out += "> " + apdu["c"].get<std::string>() + "\n< " + (ended ? answer : apdu["r"].get<std::string>()) + "\n";
    }
    return out;
  }
  PaceResult run(std::string_view changed = {}, const std::string& answer = {}) const {
    transport::ScriptChannel card(script(changed, answer));
    FixedRandom random(randomness());
    PaceResult result = chip_access::pace(card, choice, password, random);
    card.finish();
    return result;
  }

  nlohmann::json json;
  PaceChoice choice;
  chip_access::Password password;
};

std::vector<Example> examples() {
  std::vector<Example> out;
  const auto file = vectors::load("pace.json");
  for (const auto& value : file["examples"]) out.emplace_back(value);
  return out;
}

Example example_at(std::size_t index) {
  return Example(vectors::load("pace.json")["examples"][index]);
}

TEST(PaceTest, RunsEveryWorkedExampleToTheByte) {
  int runs = 0;
  for (Example& example : examples()) {
    SCOPED_TRACE(example.json["name"].get<std::string>());
    for (const bool named : {false, true}) {
      example.choice.named = named;
      const PaceResult result = example.run();
      for (const auto& finding : result.findings.list()) ADD_FAILURE() << finding.code << " " << finding.text;
      EXPECT_TRUE(result.secured);
      ++runs;
    }
  }
  EXPECT_EQ(runs, 28);
}

TEST(PaceTest, SpeaksUnderTheKeysOfTheWorkedExampleAfterwards) {
  Example example = example_at(0);  // G.1, which the AES-128 sequence continues
  const auto file = vectors::load("sm_aes.json");
  const auto& step = file["sequences"][1]["steps"][0];
  transport::ScriptChannel card(example.script() + "> " + step["command"]["protected_command"].get<std::string>() +
                                "\n< " + step["response"]["protected_response"].get<std::string>() + "\n");
  FixedRandom random(example.randomness());
  const PaceResult result = chip_access::pace(card, example.choice, example.password, random);
  ASSERT_TRUE(result.secured);
  EXPECT_EQ(base::to_hex(result.id_picc), example.json["chip_eph_public"].get<std::string>().substr(2, 64));
  EXPECT_TRUE(result.secured->transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.ok());
  EXPECT_EQ(result.secured->good_answers(), 1U);
  card.finish();
}

TEST(PaceTest, DerivesThePasswordKeysOfTheVectors) {
  const auto file = vectors::load("pace.json");
  for (const auto& value : file["password_kdf"]["vectors"]) {
    const Bytes secret = vectors::hex(value["f_pi"]);
    const auto key = [&](Cipher cipher) {
      return base::to_hex(secure_messaging::derive_key(cipher, secret, 3).reveal());
    };
    EXPECT_EQ(key(Cipher::TripleDes), value["K_pi_3DES"]);
    EXPECT_EQ(key(Cipher::Aes128), value["K_pi_AES128"]);
    EXPECT_EQ(key(Cipher::Aes192), value["K_pi_AES192"]);
    EXPECT_EQ(key(Cipher::Aes256), value["K_pi_AES256"]);
  }
  EXPECT_EQ(
      base::to_hex(
          chip_access::password_of(chip_access::PasswordReference::Mrz, "T22000129364081251010318").secret.reveal()),
      file["examples"][0]["f_pi"]);
}

// As EF.CardSecurity names the key: I.1 prints it; of the other example it is put together.
std::vector<lds::ChipAuthenticationPublicKeyInfo> static_keys(const Example& example) {
  const auto& cam = example.json["CAM"];
  asn1::TlvWriter set;
  if (cam.contains("ChipAuthenticationPublicKeyInfo")) {
    set.put(0x31, vectors::hex(cam["ChipAuthenticationPublicKeyInfo"]));
    return lds::parse_security_infos(set.view(), "EF.CardSecurity").infos.value().chip_keys;
  }
  asn1::TlvWriter algorithm, key;
  algorithm.oid(asn1::Oid("0.4.0.127.0.7.1.2")).integer(example.choice.domain_parameters);
  key.sequence(algorithm).bit_string(vectors::hex(cam["chip_static_public"]));
  return {{lds::Agreement::Ecdh, asn1::TlvWriter{}.sequence(key).take(), std::nullopt}};
}

TEST(PaceTest, JudgesChipAuthenticationMapping) {
  for (const Example& example : examples()) {
    if (example.choice.info.mapping != lds::Mapping::ChipAuthentication) continue;
    SCOPED_TRACE(example.json["name"].get<std::string>());
    PaceResult result = example.run();
    ASSERT_TRUE(result.mapping);
    EXPECT_EQ(base::to_hex(result.mapping->ca_ic), example.json["CAM"]["CA_IC"]);
    const auto chip_keys = static_keys(example);
    EXPECT_TRUE(chip_access::judge_chip_authentication_mapping(*result.mapping, chip_keys).empty());
    EXPECT_TRUE(chip_access::judge_chip_authentication_mapping(*result.mapping, {}).has("CHIP_AUTHENTICATION_FAILED"));
    result.mapping->ca_ic.back() ^= 1;
    EXPECT_TRUE(
        chip_access::judge_chip_authentication_mapping(*result.mapping, chip_keys).has("CHIP_AUTHENTICATION_FAILED"));
  }
}

TEST(PaceTest, AMappingWithoutReadableProofLeavesPaceStandingAndFailsTheProof) {
  const Example example = example_at(4);  // I.1
  const std::string token = "8608" + example.json["T_IC"].get<std::string>();
  for (const std::string& answer : {"7C0A" + token + "9000", "7C0F" + token + "8A0301020390" + "00",
                                    "7C1C" + token + "8A10" + std::string(32, '0') + "9000"}) {
    const PaceResult result = example.run("GA 4", answer);
    EXPECT_TRUE(result.secured) << answer;
    ASSERT_TRUE(result.mapping) << answer;
    EXPECT_TRUE(chip_access::judge_chip_authentication_mapping(*result.mapping, {}).has("CHIP_AUTHENTICATION_FAILED"));
  }
}

void expect_stop(std::string_view step, const std::string& answer, const std::string& code) {
  const PaceResult result = example_at(0).run(step, answer);
  EXPECT_FALSE(result.secured) << step << " " << answer;
  EXPECT_EQ(result.findings.failing_codes(), std::vector<std::string>{code}) << step << " " << answer;
}

TEST(PaceTest, TakesARefusalForAnAnswer) {
  expect_stop("MSE", "6A80", "PACE_REFUSED");
  expect_stop("GA 1", "6985", "PACE_REFUSED");
  expect_stop("GA 2", "6300", "PACE_REFUSED");
  expect_stop("GA 3", "6F00", "PACE_REFUSED");
  expect_stop("GA 4", "6300", "PACE_PASSWORD");
}

TEST(PaceTest, RefusesANonceOfAnotherLength) {
  expect_stop("GA 1", "7C11800F" + std::string(30, '5') + "9000", "PACE_CHIP_ANSWER");
  expect_stop("GA 1", "7C138011" + std::string(34, '5') + "9000", "PACE_CHIP_ANSWER");
  expect_stop("GA 1", "7C0280009000", "PACE_CHIP_ANSWER");
  expect_stop("GA 1", "9000", "PACE_CHIP_ANSWER");
}

TEST(PaceTest, RefusesWhatIsNoPointOfTheCurve) {
  const auto json = example_at(0).json;
  const std::string good = json["chip_eph_public"];
  const std::string off_curve = "04" + std::string(63, '0') + "1" + std::string(63, '0') + "1";
  for (const std::string& point : {off_curve, std::string("00"), "02" + good.substr(2, 64),
                                   "04" + std::string(128, 'F'), "04" + std::string(128, '0'), good.substr(0, 128)}) {
    const auto answer = [&](std::uint8_t tag) {
      asn1::TlvWriter object;
      object.put(tag, base::hex(point));
      return base::to_hex(asn1::TlvWriter{}.put(0x7C, object).view()) + "9000";
    };
    expect_stop("GA 2", answer(0x82), "PACE_CHIP_ANSWER");
    expect_stop("GA 3", answer(0x84), "PACE_CHIP_ANSWER");
  }
}

TEST(PaceTest, RefusesItsOwnKeySentBack) {
  const auto json = example_at(0).json;
  expect_stop("GA 2", "7C438241" + json["terminal_map_public"].get<std::string>() + "9000", "PACE_CHIP_ANSWER");
  expect_stop("GA 3", "7C438441" + json["terminal_eph_public"].get<std::string>() + "9000", "PACE_CHIP_ANSWER");
}

TEST(PaceTest, RefusesAWrongTokenAndObjectsThatDoNotBelong) {
  const auto json = example_at(0).json;
  const std::string token = json["T_IC"];
  expect_stop("GA 4", "7C0A8608" + json["T_IFD"].get<std::string>() + "9000", "PACE_CHIP_ANSWER");
  expect_stop("GA 4", "7C098607" + token.substr(0, 14) + "9000", "PACE_CHIP_ANSWER");
  expect_stop("GA 4", "7C0C8608" + token + "89009000", "PACE_CHIP_ANSWER");
  expect_stop("GA 4", "7D0A8608" + token + "9000", "PACE_CHIP_ANSWER");
  const PaceResult result =
      example_at(0).run("GA 4", "7C178608" + token + "870B" + base::to_hex(base::bytes_of("UTCVCA00002")) + "9000");
  EXPECT_TRUE(result.secured);
  EXPECT_EQ(result.trust_points, std::vector<std::string>{"UTCVCA00002"});
}

TEST(PaceTest, ChoosesWhatItCanRunBestFirst) {
  using lds::Agreement;
  using lds::Mapping;
  lds::SecurityInfos infos;
  infos.pace = {{Agreement::Dh, Mapping::Generic, lds::Cipher::Aes256, 2, 2},
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes128, 2, 13},
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes128, 2, 12},
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes256, 1, 13},   // version 1
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes256, 2, 5},    // reserved
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes256, 2, 200},  // not described
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes256, 2, 2},    // a MODP group
                {Agreement::Ecdh, Mapping::Integrated, lds::Cipher::Aes256, 2, 10},
                {Agreement::Ecdh, Mapping::Generic, lds::Cipher::Aes256, 2, std::nullopt}};
  const auto choices = chip_access::supported_pace(infos);
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_EQ(choices[0].domain_parameters, 13);
  EXPECT_TRUE(choices[0].named);
  EXPECT_EQ(choices[1].domain_parameters, 12);
  EXPECT_EQ(choices[2].info.agreement, Agreement::Dh);
}

TEST(PaceMappingTest, ComputesTheGeneratorsOfTheWorkedExamples) {
  for (const Example& example : examples()) {
    if (example.choice.info.mapping != lds::Mapping::Integrated) continue;
    const auto group = chip_access::DomainParameters::standardized(example.choice.domain_parameters);
    EXPECT_EQ(base::to_hex(chip_access::map_integrated(*group, Cipher::Aes128, vectors::hex(example.json["nonce"]),
                                                       vectors::hex(example.json["nonce_t"]))
                               .value()),
              example.json["mapped_generator"]);
  }
}

}  // namespace
