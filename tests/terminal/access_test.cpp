// BAC against ICAO Doc 9303-11 App. D, active authentication against ISO/IEC 9796-2 vectors, and what must be refused.
#include "smartcard/access/access.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/access/chip_key.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"
#include "tests/terminal/fixed_random.h"

namespace {

using base::Bytes;

struct Bac {
  nlohmann::json file = vectors::load("bac.json");
  nlohmann::json d3 = file["D3_mutual_auth"];
  std::string mrz = file["D1_D2_keys"]["mrz_information"];
  FixedRandom random{base::concat({vectors::hex(d3["RND_IFD"]), vectors::hex(d3["K_IFD"])})};

  std::string script(const std::string& last_answer) const {
    return "> " + d3["get_challenge_cmd"].get<std::string>() + "\n< " + d3["get_challenge_rsp"].get<std::string>() +
           "\n> " + d3["external_authenticate_cmd"].get<std::string>() + "\n< " + last_answer + "\n";
  }
};

TEST(BacTest, DerivesTheKeysOfTheWorkedExample) {
  const auto keys = vectors::load("bac.json")["D1_D2_keys"];
  const chip_access::BacKeys derived = chip_access::derive_bac_keys(keys["mrz_information"].get<std::string>());
  EXPECT_EQ(base::to_hex(derived.enc.reveal()), keys["KEnc"]);
  EXPECT_EQ(base::to_hex(derived.mac.reveal()), keys["KMac"]);
}

TEST(BacTest, RunsTheWorkedExampleAndSpeaksSecureMessagingAfterwards) {
  Bac bac;
  const auto step = bac.file["D4_secure_messaging"]["steps"][0];
  transport::ScriptChannel card(bac.script(bac.d3["external_authenticate_rsp"]) + "> " +
                                step["command"]["protected_command"].get<std::string>() + "\n< " +
                                step["response"]["protected_response"].get<std::string>() + "\n");
  const auto result = chip_access::basic_access_control(card, bac.mrz, bac.random);
  ASSERT_TRUE(result.secured);
  EXPECT_TRUE(result.findings.empty());
  const auto plain = apdu::decode_command(vectors::hex(step["plain_command"])).value();
  EXPECT_TRUE(result.secured->transmit(plain).sw.ok());
  card.finish();
}

TEST(BacTest, TakesARefusalForAnAnswer) {
  Bac bac;
  transport::ScriptChannel card(bac.script("6300"));
  const auto result = chip_access::basic_access_control(card, bac.mrz, bac.random);
  EXPECT_FALSE(result.secured);
  EXPECT_TRUE(result.findings.has("BAC_REFUSED"));
  card.finish();
}

TEST(BacTest, TakesARefusedOrShortChallengeForAnAnswer) {
  for (const char* answer : {"6D00", "9000", "4608F9199000", "4608F91988702212009000"}) {
    Bac bac;
    transport::ScriptChannel card("> 0084000008\n< " + std::string(answer) + "\n");
    const auto result = chip_access::basic_access_control(card, bac.mrz, bac.random);
    EXPECT_FALSE(result.secured);
    EXPECT_TRUE(result.findings.has("BAC_REFUSED")) << answer;
    card.finish();
  }
}

void expect_wrong_answer(const std::string& answer) {
  Bac bac;
  transport::ScriptChannel card(bac.script(answer));
  const auto result = chip_access::basic_access_control(card, bac.mrz, bac.random);
  EXPECT_FALSE(result.secured);
  EXPECT_TRUE(result.findings.has("BAC_CHIP_ANSWER"));
  card.finish();
}

TEST(BacTest, RefusesAnAnswerWithAWrongMac) {
  expect_wrong_answer(vectors::load("bac.json")["negative"][0]["resp_data"].get<std::string>() + "9000");
}

TEST(BacTest, RefusesAnAnswerThatIsEmptyOrHasAnotherLength) {
  const std::string good = vectors::load("bac.json")["D3_mutual_auth"]["resp_data"];
  expect_wrong_answer("9000");
  expect_wrong_answer(good.substr(0, good.size() - 2) + "9000");
  expect_wrong_answer(good + "009000");
}

TEST(BacTest, RefusesTheTerminalsOwnCryptogramSentBack) {
  // Well MACed, but R begins with RND.IFD: the chip's and the terminal's challenge are swapped.
  expect_wrong_answer(vectors::load("bac.json")["D3_mutual_auth"]["cmd_data"].get<std::string>() + "9000");
}

Bytes dg15_of(const nlohmann::json& value) {
  return vectors::hex(value.contains("EF_DG15") ? value["EF_DG15"] : value["EF_DG15_named"]);
}

TEST(ActiveAuthenticationTest, VerifiesEveryVectorAndItsSmallerForm) {
  const auto file = vectors::load("aa.json");
  for (const auto& value : file["cases"]) {
    SCOPED_TRACE(value["name"].get<std::string>());
    const Bytes challenge = vectors::hex(value["RND_IFD"]);
    const bool rsa = value.contains("signature");
    const Bytes signature = vectors::hex(value[rsa ? "signature" : "signature_plain"]);
    EXPECT_TRUE(chip_access::verify_active_authentication(dg15_of(value), challenge, signature));
    if (rsa) {
      EXPECT_TRUE(chip_access::verify_active_authentication(dg15_of(value), challenge,
                                                            vectors::hex(value["signature_alternate_n_minus_s"])));
    } else {
      EXPECT_TRUE(
          chip_access::verify_active_authentication(vectors::hex(value["EF_DG15_explicit"]), challenge, signature));
      EXPECT_FALSE(chip_access::verify_active_authentication(dg15_of(value), challenge,
                                                             vectors::hex(value["signature_der_nonconformant"])));
    }
    Bytes other = challenge;
    other.back() ^= 0x01;
    EXPECT_FALSE(chip_access::verify_active_authentication(dg15_of(value), other, signature));
  }
}

// The hash that EF.DG14 names is the one that counts; for RSA the signature itself names it.
TEST(ActiveAuthenticationTest, TakesTheHashOfTheActiveAuthenticationInfo) {
  const std::map<std::string, std::string> kNumbers{{"sha224", "2"}, {"sha256", "3"}, {"sha384", "4"}, {"sha512", "5"}};
  const auto named = [](const std::string& number) { return asn1::Oid("0.4.0.127.0.7.1.1.4.1." + number); };
  const auto file = vectors::load("aa.json");
  int tried = 0;
  for (const auto& value : file["cases"]) {
    const Bytes challenge = vectors::hex(value["RND_IFD"]);
    if (value.contains("signature")) {
      EXPECT_TRUE(chip_access::verify_active_authentication(dg15_of(value), challenge, vectors::hex(value["signature"]),
                                                            named("3")));
      continue;
    }
    ++tried;
    const std::string hash = value["hash"];
    for (const char* number : {"1", "2", "3", "4", "5"}) {
      EXPECT_EQ(chip_access::verify_active_authentication(dg15_of(value), challenge,
                                                          vectors::hex(value["signature_plain"]), named(number)),
                kNumbers.at(hash) == number)
          << value["name"] << " " << number;
    }
  }
  EXPECT_GT(tried, 4);
}

TEST(ActiveAuthenticationTest, RefusesEveryNegativeVector) {
  const auto file = vectors::load("aa.json");
  const Bytes dg15 = dg15_of(file["cases"][0]);
  const Bytes challenge = vectors::hex(file["cases"][0]["RND_IFD"]);
  int tried = 0;
  for (const auto& value : file["negative"]) {
    if (!value.contains("signature")) continue;
    ++tried;
    EXPECT_FALSE(chip_access::verify_active_authentication(dg15, challenge, vectors::hex(value["signature"])))
        << value["name"];
  }
  EXPECT_EQ(tried, 5);
}

TEST(ActiveAuthenticationTest, RefusesASignatureOfAnotherLength) {
  const auto first = vectors::load("aa.json")["cases"][0];
  const Bytes challenge = vectors::hex(first["RND_IFD"]);
  const Bytes good = vectors::hex(first["signature"]);
  for (const Bytes& signature : {Bytes{}, Bytes(good.begin() + 1, good.end()), Bytes(good.begin(), good.end() - 1),
                                 base::concat({base::hex("00"), good}), Bytes(1 << 16)}) {
    EXPECT_FALSE(chip_access::verify_active_authentication(dg15_of(first), challenge, signature)) << signature.size();
  }
}

TEST(ActiveAuthenticationTest, RefusesEcdsaNumbersOutsideTheirRange) {
  const auto value = vectors::load("aa.json")["cases"][8];
  const Bytes challenge = vectors::hex(value["RND_IFD"]);
  const Bytes r = vectors::hex(value["r"]);
  const Bytes s = vectors::hex(value["s"]);
  const Bytes zero(32);
  const Bytes large(32, 0xFF);
  for (const Bytes& signature : {base::concat({zero, s}), base::concat({r, zero}), base::concat({large, s}),
                                 base::concat({r, large}), base::concat({r, s, base::hex("00")})}) {
    EXPECT_FALSE(chip_access::verify_active_authentication(dg15_of(value), challenge, signature));
  }
}

// EF.DG15 with an RSA key of these numbers.
Bytes rsa_dg15(const Bytes& modulus, const Bytes& exponent) {
  asn1::TlvWriter numbers;
  numbers.unsigned_integer(modulus).unsigned_integer(exponent);
  asn1::TlvWriter algorithm;
  algorithm.oid(asn1::oid::kRsaEncryption).null();
  asn1::TlvWriter key;
  key.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(numbers).take());
  return asn1::TlvWriter{}.put(0x6F, asn1::TlvWriter{}.sequence(key)).take();
}

Bytes odd_number(std::size_t size) {
  Bytes out(size, 0xA5);
  out.front() = 0xC1;
  out.back() = 0x01;
  return out;
}

struct BadKey {
  const char* name;
  Bytes dg15;
  const char* because;
};

std::vector<BadKey> bad_keys() {
  const Bytes f4 = base::hex("010001");
  Bytes even = odd_number(256);
  even.back() = 0x02;
  const auto ec = vectors::load("aa.json")["cases"][8];
  Bytes off_curve = vectors::hex(ec["EF_DG15_named"]);
  off_curve.back() ^= 0x01;
  Bytes unknown_curve = vectors::hex(ec["EF_DG15_named"]);
  const Bytes curve_oid = base::hex("2A8648CE3D030107");
  *(std::search(unknown_curve.begin(), unknown_curve.end(), curve_oid.begin(), curve_oid.end()) + 7) = 0x7F;
  Bytes odd_generator = vectors::hex(ec["EF_DG15_explicit"]);
  const Bytes generator = base::hex("6B17D1F2E12C4247");
  *(std::search(odd_generator.begin(), odd_generator.end(), generator.begin(), generator.end()) + 7) ^= 0x01;
  return {{"zero modulus", rsa_dg15({0x00}, f4), "0 bits"},
          {"even modulus", rsa_dg15(even, f4), "even"},
          {"huge modulus", rsa_dg15(odd_number(2048), f4), "16384 bits"},
          {"small modulus", rsa_dg15(odd_number(64), f4), "512 bits"},
          {"exponent 1", rsa_dg15(odd_number(256), {0x01}), "exponent"},
          {"exponent 0", rsa_dg15(odd_number(256), {0x00}), "exponent"},
          {"even exponent", rsa_dg15(odd_number(256), {0x04}), "exponent"},
          {"huge exponent", rsa_dg15(odd_number(256), odd_number(200)), "exponent"},
          {"point off the curve", off_curve, "public key"},
          {"unknown curve", unknown_curve, "no public key that can be read"},
          {"explicit curve with another generator", odd_generator, "no public key that can be read"},
          {"empty file", {}, "malformed"},
          {"other tag", base::hex("6E03020101"), "malformed"},
          {"no key inside", base::hex("6F03020101"), "public key"}};
}

TEST(ActiveAuthenticationTest, RefusesKeysThatCannotBeUsedWithoutAskingTheChip) {
  for (const BadKey& bad : bad_keys()) {
    SCOPED_TRACE(bad.name);
    transport::ScriptChannel card("");
    FixedRandom random(Bytes(8));
    const auto findings = chip_access::active_authentication(card, bad.dg15, random);
    ASSERT_EQ(findings.failing_codes(), std::vector<std::string>{"ACTIVE_AUTHENTICATION_FAILED"});
    EXPECT_NE(findings.list().front().text.find(bad.because), std::string::npos) << findings.list().front().text;
    EXPECT_FALSE(chip_access::verify_active_authentication(bad.dg15, Bytes(8), Bytes(256)));
    card.finish();
  }
}

std::string apdu_exchange(const std::string& command, const std::string& answer) {
  return "> " + command + "\n< " + answer + "\n";
}

TEST(ActiveAuthenticationTest, AsksAsTheStandardShowsAndAcceptsTheAnswer) {
  const auto value = vectors::load("aa.json")["cases"][0];
  transport::ScriptChannel card(apdu_exchange(value["command"], value["response"]));
  FixedRandom random(vectors::hex(value["RND_IFD"]));
  EXPECT_TRUE(chip_access::active_authentication(card, dg15_of(value), random).empty());
  card.finish();
}

TEST(ActiveAuthenticationTest, TriesTheOtherLeOnAWrongLength) {
  const auto value = vectors::load("aa.json")["cases"][0];
  const std::string extended = "00880000000008F173589974BF40C60000";
  transport::ScriptChannel card(apdu_exchange(value["command"], "6700") + apdu_exchange(extended, value["response"]));
  FixedRandom random(vectors::hex(value["RND_IFD"]));
  EXPECT_TRUE(chip_access::active_authentication(card, dg15_of(value), random).empty());
  card.finish();

  const auto longer = vectors::load("aa.json")["cases"][2];
  transport::ScriptChannel other(apdu_exchange(extended, "6700") +
                                 apdu_exchange(longer["command"], longer["response"]));
  FixedRandom again(vectors::hex(longer["RND_IFD"]));
  EXPECT_TRUE(chip_access::active_authentication(other, dg15_of(longer), again).empty());
  other.finish();
}

TEST(ActiveAuthenticationTest, BlamesTheReaderWhenALongAnswerDoesNotFit) {
  const auto value = vectors::load("aa.json")["cases"][2];
  transport::ScriptChannel card(apdu_exchange(value["command"], "6700"), false);
  FixedRandom random(vectors::hex(value["RND_IFD"]));
  try {
    chip_access::active_authentication(card, dg15_of(value), random);
    ADD_FAILURE() << "the card was blamed";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
  }
  card.finish();
}

TEST(ActiveAuthenticationTest, ReportsAChipThatRefusesOrAnswersWrongly) {
  const auto value = vectors::load("aa.json")["cases"][0];
  const auto negative = vectors::load("aa.json")["negative"][2]["signature"].get<std::string>();
  for (const std::string& answer : {std::string("6982"), std::string("9000"), negative + "9000"}) {
    transport::ScriptChannel card(apdu_exchange(value["command"], answer));
    FixedRandom random(vectors::hex(value["RND_IFD"]));
    EXPECT_TRUE(chip_access::active_authentication(card, dg15_of(value), random).has("ACTIVE_AUTHENTICATION_FAILED"));
    card.finish();
  }
}

}  // namespace
