// What a chip refuses while PACE runs (rows C1 to C24 of the catalogue of bad inputs): every refusal with its status
// word, and after every one a clean run.
#include <gtest/gtest.h>

#include <functional>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/suite.h"
#include "tests/simulator/pace_example.h"

namespace simulator::testing {
namespace {

// A chip of the first worked example: generic mapping over brainpoolP256r1 with AES-128.
class PaceRulesTest : public ::testing::Test {
 protected:
  // The example's commands: which of them.
  enum Step : std::size_t { SetAt = 1, Nonce, Map, Agree, Confirm, Done };

  PaceRulesTest() : store(pace_state(example())), chip(store, random) {}
  static const nlohmann::json& example() { return paces()[0]; }
  static base::Bytes octets(const char* name) { return vectors::hex(example()[name]); }
  static std::string command(std::size_t step) { return example()["apdus"][step]["c"]; }
  void draw_for(std::size_t step) {
    if (step == Nonce) random.queue(octets("nonce"));
    if (step == Map) random.queue(padded(octets("chip_map_private"), 32));
    if (step == Agree) random.queue(octets("chip_eph_private"));
  }
  // Sends the steps before this one.
  void run_up_to(std::size_t step) {
    for (std::size_t i = SetAt; i < step; ++i) {
      draw_for(i);
      ASSERT_EQ(sw(chip, command(i)), 0x9000) << i;
    }
  }
  void expect_nothing_begun() { EXPECT_EQ(sw(chip, "10860000027C0000"), 0x6985) << "nothing was begun"; }
  void expect_a_clean_run() { run_up_to(Done); }
  std::uint16_t send(std::uint8_t cla, std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, base::Bytes data) {
    return transmit(chip, apdu::encode({cla, ins, p1, p2, std::move(data), 256})).sw.value;
  }
  std::uint16_t set_at(const std::string& data) { return send(0x00, 0x22, 0xC1, 0xA4, base::hex(data)); }
  // GENERAL AUTHENTICATE 7C { tag value … }
  static base::Bytes dynamic(std::initializer_list<std::pair<asn1::Tag, base::Bytes>> objects) {
    asn1::TlvWriter inner;
    for (const auto& [tag, value] : objects) inner.put(tag, value);
    return asn1::TlvWriter{}.put(0x7C, inner).take();
  }
  std::uint16_t authenticate(base::Bytes data, std::uint8_t cla = 0x10) {
    return send(cla, 0x86, 0x00, 0x00, std::move(data));
  }

  MemoryStore store;
  ScriptedRandom random;
  Chip chip;
};

struct SetAtCase {
  const char* row;
  const char* data;
  std::uint16_t expected;
};

// C1 to C8. The good one: 800A04007F00070202040202 830101 84010D.
constexpr SetAtCase kSetAtCases[] = {
    {"C1 the protocol under tag 81", "810A04007F0007020204020283010184010D", 0x6A80},
    {"C2 a protocol that is not offered", "800A04007F0007020204020383010184010D", 0x6A80},
    {"C3 the protocol with its inner tag and length", "800C060A04007F0007020204020283010184010D", 0x6A80},
    {"C4 an unknown password", "800A04007F000702020402028301FF84010D", 0x6A88},
    {"C5 an unknown parameter set", "800A04007F000702020402028301018401FF", 0x6A88},
    {"C6 no protocol", "83010184010D", 0x6A80},
    {"C6 an empty protocol", "800083010184010D", 0x6A80},
    {"C6 one arc too many", "800B04007F000702020402020183010184010D", 0x6A80},
    {"C6 the last arc cut off", "800904007F00070202040283010184010D", 0x6A80},
    {"C7 no password", "800A04007F0007020204020284010D", 0x6A80},
    {"C7 an empty password", "800A04007F00070202040202830084010D", 0x6A80},
    {"C7 a password that is longer than its length", "800A04007F0007020204020283010101", 0x6A80},
    {"C7 a length that is longer than its password", "800A04007F00070202040202830201", 0x6A80},
    {"C7 two octets", "800A04007F00070202040202830201FF84010D", 0x6A80},
    {"C8 an empty parameter set", "800A04007F000702020402028301018400", 0x6A80},
    {"C8 the protocol under tag 06", "060A04007F0007020204020283010184010D", 0x6A80},
};

TEST_F(PaceRulesTest, RefusesAMisbuiltSetAt) {
  for (const auto& [row, data, expected] : kSetAtCases) {
    SCOPED_TRACE(row);
    EXPECT_EQ(set_at(data), expected);
    expect_nothing_begun();
    expect_a_clean_run();
  }
}

// C9 to C14 and C20: the template, the tag, the number of objects, the chaining bit.
TEST_F(PaceRulesTest, RefusesAMisbuiltStepAndEndsTheRun) {
  struct Case {
    const char* row;
    std::size_t step;
    base::Bytes data;
    std::uint8_t cla;
    std::uint16_t expected = 0x6A80;
  };
  const base::Bytes mapping = octets("terminal_map_public"), key = octets("terminal_eph_public");
  const base::Bytes token = octets("T_IFD");
  base::Bytes wrong = token;
  wrong[7] ^= 0x01;
  const auto under_7d = [](base::Bytes data) {
    data[0] = 0x7D;
    return data;
  };
  const std::vector<Case> cases{
      {"C9 another template", Nonce, base::hex("7D00"), 0x10},
      {"C10 no data", Nonce, {}, 0x10},
      {"C11 an object too many", Nonce, base::hex("7C0481008100"), 0x10},
      {"C11 the card's own bytes", Nonce, base::hex("7C0400008100"), 0x10},
      {"C12 no chaining bit", Nonce, base::hex("7C00"), 0x00},
      {"C13 another template", Map, under_7d(dynamic({{0x81, mapping}})), 0x10},
      {"C13 one octet", Map, base::hex("7D03810104"), 0x10},
      {"C13 empty", Map, base::hex("7C00"), 0x10},
      {"C13 tag 80", Map, dynamic({{0x80, mapping}}), 0x10},
      {"C13 no chaining bit", Map, dynamic({{0x81, mapping}}), 0x00},
      {"C14 another template", Agree, under_7d(dynamic({{0x83, key}})), 0x10},
      {"C14 empty", Agree, base::hex("7C00"), 0x10},
      {"C14 tag 81", Agree, dynamic({{0x81, key}}), 0x10},
      {"C14 a second object", Agree, dynamic({{0x83, key}, {0x85, token}}), 0x10},
      {"C14 no chaining bit", Agree, dynamic({{0x83, key}}), 0x00},
      {"C20 another template", Confirm, under_7d(dynamic({{0x85, token}})), 0x00},
      {"C20 no template", Confirm, asn1::TlvWriter{}.put(0x85, token).take(), 0x00},
      {"C20 tag 84", Confirm, dynamic({{0x84, token}}), 0x00},
      {"C20 two objects", Confirm, dynamic({{0x85, token}, {0x85, token}}), 0x00},
      {"C20 a wrong value", Confirm, dynamic({{0x85, wrong}}), 0x00, 0x6300},
      {"C20 one octet", Confirm, dynamic({{0x85, {token[0]}}}), 0x00, 0x6300},
      {"C20 a chaining bit", Confirm, dynamic({{0x85, token}}), 0x10},
  };
  for (const auto& [row, step, data, cla, expected] : cases) {
    SCOPED_TRACE(row);
    run_up_to(step);
    EXPECT_EQ(authenticate(data, cla), expected);
    EXPECT_EQ(sw(chip, command(step)), 0x6985) << "it begins again with MSE:Set AT";
    EXPECT_EQ(sw(chip, "0CB09E000D9701008E080000000000000000"), 0x6988) << "no session was opened";
    expect_a_clean_run();
  }
}

// C15, C16 and C18, for the mapping and for the key.
TEST_F(PaceRulesTest, RefusesPointsThatAreNone) {
  const base::Bytes good = octets("terminal_eph_public");
  base::Bytes off = good, zero(65), large(65, 0xFF), hybrid = good, longer = good;
  off.back() ^= 1;
  zero[0] = large[0] = 4;
  hybrid[0] = 0x06;
  longer.push_back(0);
  base::Bytes even(good.begin(), good.begin() + 33), odd = even;
  even[0] = 0x02;
  odd[0] = 0x03;
  const std::pair<const char*, base::Bytes> points[] = {
      {"C15 a key of another curve's size", vectors::hex(paces()[9]["terminal_eph_public"])},
      {"C16 (0, 0)", zero},
      {"C18 not on the curve", off},
      {"C18 coordinates above the prime", large},
      {"C18 infinity", {0x00}},
      {"C18 compressed, even", even},
      {"C18 compressed, odd", odd},
      {"C18 hybrid", hybrid},
      {"C18 an octet short", base::Bytes(good.begin(), good.end() - 1)},
      {"C18 an octet long", longer},
      {"C18 empty", {}},
  };
  for (const auto& [row, point] : points) {
    SCOPED_TRACE(row);
    run_up_to(Map);
    EXPECT_EQ(authenticate(dynamic({{0x81, point}})), 0x6A80);
    EXPECT_EQ(sw(chip, command(Map)), 0x6985) << "it begins again with MSE:Set AT";
    run_up_to(Agree);
    EXPECT_EQ(authenticate(dynamic({{0x83, point}})), 0x6A80);
    EXPECT_EQ(sw(chip, command(Agree)), 0x6985) << "it begins again with MSE:Set AT";
    expect_a_clean_run();
  }
}

// C19, ICAO Doc 9303-11 §4.4.1 d: whoever sends the chip's own key back has none.
TEST_F(PaceRulesTest, RefusesItsOwnKeySentBack) {
  run_up_to(Map);
  draw_for(Map);
  EXPECT_EQ(authenticate(dynamic({{0x81, octets("chip_map_public")}})), 0x6A80);
  expect_nothing_begun();
  run_up_to(Agree);
  draw_for(Agree);
  EXPECT_EQ(authenticate(dynamic({{0x83, octets("chip_eph_public")}})), 0x6A80);
  expect_nothing_begun();
  expect_a_clean_run();
}

// C17: a coordinate whose first octet is 00, or that of the prime, is as long as every other.
TEST_F(PaceRulesTest, TakesKeysWithVerySmallAndVeryLargeCoordinates) {
  const auto group = Group::standardized(parameters_of(example()));
  base::SeededRandom blinding(1);
  const base::Bytes mapped = octets("mapped_generator"), chip_key = octets("chip_eph_public");
  constexpr std::size_t kX = 1, kY = 33;
  constexpr std::uint8_t kFirstOfPrime = 0xA9;
  for (const auto& [at, first] :
       {std::pair{kX, std::uint8_t{0}}, {kY, std::uint8_t{0}}, {kX, kFirstOfPrime}, {kY, kFirstOfPrime}}) {
    SCOPED_TRACE(::testing::Message() << "coordinate at " << at << " begins with " << int{first});
    std::uint32_t number = 1;
    base::Bytes key = mapped;
    for (; key[at] != first; ++number) key = group->combine(key, mapped);
    base::Bytes secret(28);
    for (int shift = 24; shift >= 0; shift -= 8) secret.push_back(static_cast<std::uint8_t>(number >> shift));
    ASSERT_EQ(group->multiply(mapped, secret, blinding), key);
    run_up_to(Agree);
    draw_for(Agree);
    ASSERT_EQ(authenticate(dynamic({{0x83, key}})), 0x9000);
    const base::Bytes shared = group->secret_of(group->multiply(chip_key, secret, blinding));
    asn1::TlvWriter content;
    content.put(0x06, octets("oid_raw")).put(0x86, chip_key);
    const base::Bytes token =
        authentication_token(Suite::Aes128, derive_key(Suite::Aes128, shared, kDeriveMac).reveal(),
                             asn1::TlvWriter{}.put(0x7F49, content).view());
    EXPECT_EQ(authenticate(dynamic({{0x85, token}}), 0x00), 0x9000);
  }
}

// C21: each step's command at each other step.
TEST_F(PaceRulesTest, RefusesStepsOutOfOrder) {
  for (std::size_t due = Nonce; due < Done; ++due) {
    for (std::size_t sent = Nonce; sent < Done; ++sent) {
      if (sent == due) continue;
      SCOPED_TRACE(::testing::Message() << "step " << sent << " where " << due << " is due");
      run_up_to(due);
      EXPECT_EQ(sw(chip, command(sent)), 0x6A80);
      EXPECT_EQ(sw(chip, command(due)), 0x6985) << "the run is over";
    }
  }
  EXPECT_EQ(sw(chip, command(Confirm)), 0x6985) << "nothing at all was begun";
  expect_a_clean_run();
}

// A15: the chain of PACE, left for another command.
TEST_F(PaceRulesTest, AnotherCommandInItsChainEndsTheRun) {
  for (const char* const other : {"00B09C0000", "00A4020C022F00", "00A4040C07A0000002471001"}) {
    run_up_to(Map);
    EXPECT_EQ(sw(chip, other), 0x9000) << "it is answered as ever";
    EXPECT_EQ(sw(chip, command(Map)), 0x6985);
    chip.reset();
  }
  expect_a_clean_run();
}

// C21: a run ends what another one opened.
TEST_F(PaceRulesTest, ANewRunEndsTheSessionOfTheOldOne) {
  run_up_to(Done);
  EXPECT_EQ(sw(chip, command(SetAt)), 0x9000);
  const auto json = vectors::load("sm_aes.json");
  EXPECT_EQ(sw(chip, json["sequences"][1]["steps"][0]["command"]["protected_command"]), 0x6988);
}

// C23: neither the CAN nor the MRZ is ever blocked.
TEST_F(PaceRulesTest, TellsAWrongPasswordAndGoesOnForEver) {
  for (const char* const reference : {"01", "02"}) {
    const std::string good = std::string("800A04007F000702020402028301") + reference + "84010D";
    for (int i = 0; i < 6; ++i) {
      ASSERT_EQ(set_at(good), 0x9000);
      for (std::size_t step = Nonce; step < Confirm; ++step) {
        draw_for(step);
        ASSERT_EQ(sw(chip, command(step)), 0x9000) << step;
      }
      EXPECT_EQ(sw(chip, i < 5 ? "008600000C7C0A8508000000000000000000" : command(Confirm)), i < 5 ? 0x6300 : 0x9000);
    }
  }
}

// C24, and what PACE opens.
TEST_F(PaceRulesTest, ProtectsSelectionAndRefusalsAfterwards) {
  EXPECT_EQ(sw(chip, "00B09C0000"), 0x9000) << "EF.CardAccess";
  EXPECT_EQ(sw(chip, "00A4020C022F00"), 0x9000);
  EXPECT_EQ(sw(chip, "00A4020C02011D"), 0x6A82) << "EF.CardSecurity is absent";
  const auto json = vectors::load("sm_aes.json");
  const auto& steps = json["sequences"][1]["steps"];
  const auto select_application = [&] {
    EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(steps[0]["command"]["protected_command"]))),
              steps[0]["response"]["protected_response"].get<std::string>())
        << "SELECT the application under secure messaging";
  };
  for (const auto& [plain, expected] : {std::pair{"00B0000004", 0x6982},
                                        {"00B0810004", 0x6982},
                                        {"00A4020C020101", 0x6982},
                                        {"00A4040C07A0000002471001", 0x9000}}) {
    SCOPED_TRACE(plain);
    run_up_to(Done);
    select_application();
    const apdu::Response answer = transmit(chip, std::string(plain));
    EXPECT_EQ(answer.sw.value, expected);
    EXPECT_TRUE(answer.data.empty());
    EXPECT_EQ(sw(chip, steps[1]["command"]["protected_command"]), 0x6988) << "the session is gone";
    EXPECT_EQ(sw(chip, "00B0810004"), 0x6982) << "and nothing opens without it";
    chip.reset();
  }
}

}  // namespace
}  // namespace simulator::testing
