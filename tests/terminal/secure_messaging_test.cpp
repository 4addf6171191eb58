// Secure messaging with 3DES against ICAO Doc 9303-11 App. D.4, and everything a hostile chip may answer.
#include "smartcard/secure_messaging/session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"
#include "smartcard/secure_messaging/secured_channel.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using base::Fault;
using base::Secret;
using secure_messaging::Cipher;
using secure_messaging::Session;
namespace openssl = crypto::openssl;

struct Keys {
  Bytes enc, mac, counter;
};

Keys icao_keys() {
  const auto keys = vectors::load("bac.json")["D3_mutual_auth"];
  return {vectors::hex(keys["KSenc"]), vectors::hex(keys["KSmac"]), vectors::hex(keys["SSC"])};
}

Session session_with(const Keys& keys, Cipher cipher = Cipher::TripleDes) {
  return {cipher, {Secret::copy_of(keys.enc), Secret::copy_of(keys.mac)}, keys.counter};
}

apdu::Response response(const Bytes& raw) {
  return apdu::decode_response(raw).value();
}

TEST(SecureMessagingTest, WrapsAndUnwrapsTheWorkedExampleOfTheStandard) {
  const auto file = vectors::load("bac.json");
  Session session = session_with(icao_keys());
  for (const auto& step : file["D4_secure_messaging"]["steps"]) {
    SCOPED_TRACE(step["name"].get<std::string>());
    const auto plain = apdu::decode_command(vectors::hex(step["plain_command"])).value();
    EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain))), step["command"]["protected_command"]);
    const auto answer = session.unwrap(response(vectors::hex(step["response"]["protected_response"])));
    EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
    EXPECT_TRUE(answer.sw.ok());
  }
}

TEST(SecureMessagingTest, WrapsErrorsExtendedLengthAndOddInstructions) {
  const auto group = vectors::load("bac.json")["generated_extra_3des"];
  Session session =
      session_with({vectors::hex(group["KSenc"]), vectors::hex(group["KSmac"]), vectors::hex(group["SSC_initial"])});
  for (const auto& step : group["sequence"]) {
    SCOPED_TRACE(step["name"].get<std::string>());
    const Bytes header = vectors::hex(step["header"]);
    apdu::Command plain{header[0], header[1], header[2], header[3], vectors::hex(step["data"]), std::nullopt};
    if (!step["le"].is_null()) plain.le = step["le"].get<std::uint32_t>();
    EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain))), step["command"]["protected_command"]);
    const auto answer = session.unwrap(response(vectors::hex(step["response"]["protected_response"])));
    EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
    EXPECT_EQ(answer.sw.value, std::stoul(step["response_sw"].get<std::string>(), nullptr, 16));
  }
}

Cipher cipher_named(const std::string& name) {
  return name == "AES128" ? Cipher::Aes128 : name == "AES192" ? Cipher::Aes192 : Cipher::Aes256;
}

TEST(SecureMessagingTest, SpeaksAesAsEverySequenceOfTheVectorsShows) {
  const auto file = vectors::load("sm_aes.json");
  int steps = 0;
  for (const auto& sequence : file["sequences"]) {
    SCOPED_TRACE(sequence["name"].get<std::string>());
    Session session = session_with(
        {vectors::hex(sequence["KSenc"]), vectors::hex(sequence["KSmac"]), vectors::hex(sequence["SSC_initial"])},
        cipher_named(sequence["cipher"]));
    for (const auto& step : sequence["steps"]) {
      if (!step.contains("header")) break;  // the sourced sequence has its own test
      SCOPED_TRACE(step["name"].get<std::string>());
      const Bytes header = vectors::hex(step["header"]);
      apdu::Command plain{header[0], header[1], header[2], header[3], vectors::hex(step["data"]), std::nullopt};
      if (!step["le"].is_null()) plain.le = step["le"].get<std::uint32_t>();
      const auto length = step["extended"].get<bool>() ? apdu::Length::Extended : apdu::Length::Short;
      EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain), length)), step["command"]["protected_command"]);
      const auto answer = session.unwrap(response(vectors::hex(step["response"]["protected_response"])));
      EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
      EXPECT_EQ(answer.sw.value, std::stoul(step["response_sw"].get<std::string>(), nullptr, 16));
      ++steps;
    }
  }
  EXPECT_EQ(steps, 54);
}

TEST(SecureMessagingTest, ReadsEfComWithAesAsAnotherImplementationDoes) {
  const auto sequence = vectors::load("sm_aes.json")["sequences"][0];
  Session session = session_with(
      {vectors::hex(sequence["KSenc"]), vectors::hex(sequence["KSmac"]), vectors::hex(sequence["SSC_initial"])},
      Cipher::Aes256);
  const std::vector<apdu::Command> commands{{0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt},
                                            {0x00, 0xB0, 0x00, 0x00, {}, 4},
                                            {0x00, 0xB0, 0x00, 0x04, {}, 22}};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const auto& step = sequence["steps"][i];
    EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(commands[i]))), step["command"]["protected_command"]);
    const auto answer = session.unwrap(response(vectors::hex(step["protected_response"])));
    EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
  }
}

TEST(SecureMessagingTest, EncryptsAndAuthenticatesAsTheWorkedExampleOfTr03110) {
  const auto check = vectors::load("sm_aes.json")["primitive_checks"][0];
  Session session =
      session_with({vectors::hex(check["KSenc"]), vectors::hex(check["KSmac"]), Bytes(16)}, Cipher::Aes128);
  const apdu::Command wrapped = session.wrap({0x00, 0x22, 0x81, 0xB6, vectors::hex(check["plain"]), std::nullopt});
  EXPECT_NE(base::to_hex(wrapped.data).find("871101" + check["cipher"].get<std::string>()), std::string::npos);
  const std::string answer = check["mac_input"].get<std::string>() + "8E08" + check["mac"].get<std::string>();
  EXPECT_TRUE(session.unwrap({base::hex(answer), {0x9000}}).sw.ok());
}

TEST(SecureMessagingTest, RefusesEveryBadAesAnswerOfTheVectors) {
  const auto file = vectors::load("sm_aes.json");
  const auto& sequence = file["sequences"][1];
  int tried = 0;
  for (const auto& bad : file["negative"]) {
    if (!bad.contains("response")) continue;
    SCOPED_TRACE(bad["name"].get<std::string>());
    Session session = session_with(
        {vectors::hex(sequence["KSenc"]), vectors::hex(sequence["KSmac"]), vectors::hex(sequence["SSC_initial"])},
        Cipher::Aes128);
    for (int i = 0; i < 2; ++i) {  // steps 1 and 2
      const auto& step = sequence["steps"][static_cast<std::size_t>(i)];
      const Bytes header = vectors::hex(step["header"]);
      session.wrap({header[0], header[1], header[2], header[3], vectors::hex(step["data"]), std::nullopt});
      session.unwrap(response(vectors::hex(step["response"]["protected_response"])));
    }
    session.wrap({0x00, 0xB0, 0x00, 0x00, {}, 4});
    EXPECT_THROW(session.unwrap(response(vectors::hex(bad["response"]))), base::Error);
    EXPECT_FALSE(session.alive());
    ++tried;
  }
  EXPECT_EQ(tried, 9);
}

// Makes protected answers as a chip does, so that a test can break one rule and keep the MAC right.
class Chip {
 public:
  Chip() : keys_(icao_keys()) {
    for (int i = 0; i < 2; ++i) ++keys_.counter.back();  // the first answer's counter
  }
  Bytes cryptogram(const Bytes& padded) const { return openssl::tdes_cbc_encrypt(keys_.enc, Bytes(8), padded); }
  Bytes mac(const Bytes& objects) const {
    return openssl::retail_mac(keys_.mac, openssl::pad_80(base::concat({keys_.counter, objects}), 8));
  }
  Bytes sealed(const Bytes& objects) const {
    return base::concat({objects, asn1::TlvWriter{}.put(0x8E, mac(objects)).take()});
  }

 private:
  Keys keys_;
};

// One READ BINARY, answered with `data` and `sw`; expects that the session is closed as an attack that names `because`.
void expect_closed(const Bytes& data, const std::string& because, std::uint16_t sw = 0x9000, std::uint8_t ins = 0xB0) {
  Session session = session_with(icao_keys());
  session.wrap({0x00, ins, 0x00, 0x00, {}, 4});
  try {
    session.unwrap({data, {sw}});
    ADD_FAILURE() << "accepted; expected: " << because;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), Fault::TreatAsAttack);
    EXPECT_NE(error.seen().find(because), std::string::npos) << error.seen();
  }
  EXPECT_FALSE(session.alive());
  EXPECT_THROW(session.wrap({0x00, 0xB0, 0x00, 0x00, {}, 4}), base::Error);
}

const Bytes kDone = base::hex("99029000");

TEST(SecureMessagingTest, AcceptsWhatTheChipOfTheseTestsSeals) {
  const Chip chip;
  Session session = session_with(icao_keys());
  session.wrap({0x00, 0xB0, 0x00, 0x00, {}, 4});
  const Bytes object = base::concat({base::hex("870901"), chip.cryptogram(base::hex("0102038000000000"))});
  const auto answer = session.unwrap({chip.sealed(base::concat({object, kDone})), {0x9000}});
  EXPECT_EQ(answer.data, base::hex("010203"));
}

TEST(SecureMessagingTest, ClosesOnAMissingMac) {
  expect_closed(kDone, "malformed");
}

TEST(SecureMessagingTest, ClosesOnAWrongMac) {
  Bytes data = Chip().sealed(kDone);
  data.back() ^= 0x01;
  expect_closed(data, "MAC is wrong");
}

TEST(SecureMessagingTest, ClosesOnASevenByteMac) {
  const Bytes mac = Chip().mac(kDone);
  expect_closed(base::concat({kDone, base::hex("8E07"), base::ByteView(mac).first(7)}), "MAC has a wrong length");
}

TEST(SecureMessagingTest, ClosesOnAStatusThatDiffersFromThePlainOne) {
  expect_closed(Chip().sealed(base::hex("99026A82")), "status differs");
  expect_closed(Chip().sealed(kDone), "status differs", 0x6A82);
}

TEST(SecureMessagingTest, ClosesOnAMissingStatus) {
  const Chip chip;
  expect_closed(chip.sealed({}), "malformed");
  expect_closed(chip.sealed(base::hex("990190")), "status differs");
}

TEST(SecureMessagingTest, ClosesOnPlainDataBesideTheCryptogram) {
  expect_closed(Chip().sealed(base::concat({base::hex("8102AABB"), kDone})), "malformed");
}

TEST(SecureMessagingTest, ClosesOnBytesAfterTheMac) {
  expect_closed(base::concat({Chip().sealed(kDone), base::hex("00")}), "malformed");
}

TEST(SecureMessagingTest, ClosesOnAnIndefiniteLength) {
  expect_closed(base::concat({base::hex("8780"), kDone}), "malformed");
}

TEST(SecureMessagingTest, ClosesOnAWrongPaddingAnywhereInTheLastBlock) {
  const Chip chip;
  for (const char* padded : {"0102030000000000", "0102038000000001", "0000000000000000", "0102030405060708"}) {
    const Bytes object = base::concat({base::hex("870901"), chip.cryptogram(base::hex(padded))});
    expect_closed(chip.sealed(base::concat({object, kDone})), "padding is wrong");
  }
}

TEST(SecureMessagingTest, ClosesOnAWrongIndicatorOrABrokenCryptogram) {
  const Chip chip;
  const Bytes block = chip.cryptogram(base::hex("0102038000000000"));
  expect_closed(chip.sealed(base::concat({base::hex("870902"), block, kDone})), "indicator");
  expect_closed(chip.sealed(base::concat({base::hex("8700"), kDone})), "indicator");
  expect_closed(chip.sealed(base::concat({base::hex("870101"), kDone})), "whole blocks");
  expect_closed(chip.sealed(base::concat({base::hex("870801"), base::ByteView(block).first(7), kDone})),
                "whole blocks");
}

TEST(SecureMessagingTest, ClosesOnTheCryptogramObjectOfTheOtherKindOfInstruction) {
  const Chip chip;
  const Bytes block = chip.cryptogram(base::hex("0102038000000000"));
  expect_closed(chip.sealed(base::concat({base::hex("8508"), block, kDone})), "malformed");
  expect_closed(chip.sealed(base::concat({base::hex("870901"), block, kDone})), "malformed", 0x9000, 0xB1);
}

TEST(SecureMessagingTest, ClosesOnAnAnswerWithoutProtectionAndNamesItsStatusWord) {
  expect_closed({}, "6988 (secure messaging objects incorrect)", 0x6988);
  expect_closed({}, "9000 (done) without protection");
}

TEST(SecureMessagingTest, ClosesOnAReplayedAnswer) {
  const auto step = vectors::load("bac.json")["D4_secure_messaging"]["steps"][0];
  Session session = session_with(icao_keys());
  const auto command = apdu::decode_command(vectors::hex(step["plain_command"])).value();
  const auto answer = response(vectors::hex(step["response"]["protected_response"]));
  session.wrap(command);
  session.unwrap(answer);
  session.wrap(command);
  EXPECT_THROW(session.unwrap(answer), base::Error);
  EXPECT_FALSE(session.alive());
}

TEST(SecureMessagingTest, EndsBeforeTheCounterWouldWrapAround) {
  Keys keys = icao_keys();
  keys.counter = base::hex("FFFFFFFFFFFFFFFE");
  Session session = session_with(keys);
  session.wrap({0x00, 0xB0, 0x00, 0x00, {}, 4});  // uses FF…FF
  try {
    session.unwrap({kDone, {0x9000}});
    ADD_FAILURE() << "the counter wrapped around";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), Fault::PresentCardAgain);
  }
  EXPECT_FALSE(session.alive());
}

TEST(SecuredChannelTest, EndsTheSessionWhenTheCardLeavesTheField) {
  transport::ScriptChannel card(
      "> 0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800\n< 990290008E08FA855A5D4C50A8ED9000\n");
  transport::FaultChannel pulled(card, {transport::FaultChannel::Kind::CardGoneAfter, 1, {}});
  secure_messaging::SecuredChannel channel(pulled, session_with(icao_keys()));
  EXPECT_THROW(channel.transmit({0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt}), base::Error);
  EXPECT_FALSE(channel.alive());
}

}  // namespace
