// PACE, AES secure messaging, Chip and Terminal Authentication, the card's side, held to the worked examples of ICAO
// Doc 9303-11 (Appendices G, H, I) and TR-03110 (tests/vectors/pace.json, sm_aes.json, ca_ta.json).
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/pace_protocol.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

namespace {

base::Bytes padded(base::Bytes number, std::size_t size) {
  while (number.size() > size) number.erase(number.begin());
  number.insert(number.begin(), size - number.size(), 0);
  return number;
}

base::Bytes card_access_of(const nlohmann::json& e) {
  asn1::TlvWriter info;
  info.put(0x06, vectors::hex(e["oid_raw"]))
      .integer(2)
      .integer(std::stoi(e["param_id"].is_string() ? e["param_id"].get<std::string>()
                                                   : std::to_string(e["param_id"].get<int>())));
  return asn1::TlvWriter{}.put(0x31, asn1::TlvWriter{}.sequence(info)).take();
}

const nlohmann::json& paces() {
  static const nlohmann::json json = vectors::load("pace.json");
  return json["examples"];
}

std::uint8_t parameters_of(const nlohmann::json& e) {
  return static_cast<std::uint8_t>(e["param_id"].is_string() ? std::stoi(e["param_id"].get<std::string>())
                                                             : e["param_id"].get<int>());
}

// A chip that knows the example's password under every reference.
State pace_state(const nlohmann::json& e) {
  State state = personalized();
  state.master_files[0x011C] = card_access_of(e);
  for (std::uint8_t reference = 1; reference <= 4; ++reference) {
    state.pace.emplace(reference, base::Secret(vectors::hex(e["f_pi"])));
  }
  if (e.contains("CAM")) {
    state.chip_keys.push_back({1, parameters_of(e), base::Secret(vectors::hex(e["CAM"]["chip_static_private"]))});
  }
  return state;
}

class PaceVectors : public ::testing::TestWithParam<std::size_t> {};

}  // namespace

TEST_P(PaceVectors, AreAnsweredToTheByte) {
  const auto& e = paces()[GetParam()];
  SCOPED_TRACE(e["name"].get<std::string>());
  MemoryStore store(pace_state(e));
  ScriptedRandom random;
  Chip chip(store, random);
  const std::size_t order = Group::standardized(parameters_of(e))->quotient(base::hex("01"), base::hex("01")).size();
  const auto& steps = e["apdus"];
  EXPECT_EQ(sw(chip, steps[1]["c"]), 0x9000);
  random.queue(vectors::hex(e["nonce"]));
  EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(steps[2]["c"]))), steps[2]["r"].get<std::string>());
  if (e.contains("chip_map_private")) random.queue(padded(vectors::hex(e["chip_map_private"]), order));
  const bool published = !e.contains("chip_map_private") || vectors::hex(e["chip_map_private"]).size() <= order;
  if (!published) return;  // the example's number is not reduced by the order, as the chip's are
  const std::string mapped = base::to_hex(chip.transmit(vectors::hex(steps[3]["c"])));
  EXPECT_EQ(mapped, e["mapping"] == "IM" ? "7C0282009000" : steps[3]["r"].get<std::string>());
  if (e["chip_eph_private"].is_null() || parameters_of(e) < 8) return;  // not published; or not reduced by the order
  random.queue(padded(vectors::hex(e["chip_eph_private"]), order));
  EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(steps[4]["c"]))), steps[4]["r"].get<std::string>());
  EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(steps[5]["c"]))), steps[5]["r"].get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(All, PaceVectors, ::testing::Range(std::size_t{0}, std::size_t{14}));

TEST(SecureMessagingAesVectors, UnwrapAndWrapEachExchange) {
  const auto json = vectors::load("sm_aes.json");
  for (const auto& sequence : json["sequences"]) {
    if (!sequence["steps"][0].contains("header")) continue;
    SCOPED_TRACE(sequence["name"].get<std::string>());
    const std::string cipher = sequence["cipher"];
    const Suite suite = cipher == "AES128" ? Suite::Aes128 : cipher == "AES192" ? Suite::Aes192 : Suite::Aes256;
    SecureMessaging session(suite, base::Secret(vectors::hex(sequence["KSenc"])),
                            base::Secret(vectors::hex(sequence["KSmac"])), vectors::hex(sequence["SSC_initial"]));
    for (const auto& step : sequence["steps"]) {
      SCOPED_TRACE(step["name"].get<std::string>());
      const auto raw = *apdu::decode_command(vectors::hex(step["command"]["protected_command"]));
      const auto unwrapped = session.unwrap(raw);
      ASSERT_TRUE(std::holds_alternative<apdu::Command>(unwrapped));
      const auto& inner = std::get<apdu::Command>(unwrapped);
      EXPECT_EQ(base::to_hex(inner.data), step["data"].is_null() ? "" : step["data"].get<std::string>());
      const auto status = vectors::hex(step["response_sw"]);
      const apdu::Response plain{vectors::hex(step["response_plain"]),
                                 {static_cast<std::uint16_t>(status[0] << 8 | status[1])}};
      EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain, (inner.ins & 1) != 0))),
                step["response"]["protected_response"].get<std::string>());
    }
  }
}

TEST(ChipAuthenticationVectors, RekeysAsTheVectorsShow) {
  const auto json = vectors::load("ca_ta.json");
  int seen = 0;
  for (const auto& c : json["cases"]) {
    if (!c.contains("new_KSenc") || c["cipher"] == "3DES") continue;
    ++seen;
    SCOPED_TRACE(c["name"].get<std::string>());
    const std::uint8_t parameters = c["curve"] == "brainpoolP256r1" ? 13 : 12;
    State state = personalized();
    state.files[0x010E] = vectors::hex(c["EF_DG14"]);
    state.chip_keys.push_back({0, parameters, base::Secret(vectors::hex(c["chip_static_private"]))});
    MemoryStore store(state);
    Memory memory(store);
    ScriptedRandom random;
    ChipAuthentication chip(memory, random);
    EXPECT_EQ(chip.set_at(vectors::hex(c["transcript"][0]["data"])).value, 0x9000);
    const auto answer = chip.general_authenticate({0, 0x86, 0, 0, vectors::hex(c["transcript"][1]["data"]), 256});
    EXPECT_EQ(base::to_hex(answer.data), "7C00");
    auto success = chip.take_success();
    ASSERT_TRUE(success.has_value());
    EXPECT_EQ(base::to_hex(success->terminal_key), c["Comp_PK_PCD"].get<std::string>());
    for (std::size_t i = 2; i < 4; ++i) {
      const auto& step = c["transcript"][i];
      const auto inner =
          success->session.unwrap(*apdu::decode_command(vectors::hex(step["command"]["protected_command"])));
      ASSERT_TRUE(std::holds_alternative<apdu::Command>(inner)) << i;
      EXPECT_EQ(base::to_hex(std::get<apdu::Command>(inner).data), step["data"].get<std::string>());
      success->session.wrap({{}, {0x9000}}, false);
    }
  }
  EXPECT_EQ(seen, 2);
}

namespace {

class TerminalAuthenticationTest : public ::testing::Test {
 protected:
  TerminalAuthenticationTest() : store(state()), memory(store), terminal(memory) {}
  static const nlohmann::json& chain() {
    static const nlohmann::json json = vectors::load("ca_ta.json");
    return json["generated_chain"]["ecdsa_p256"];
  }
  static State state() {
    State card = personalized();
    card.trust_points = {vectors::hex(chain()["cvca1"]["der"])};
    card.date = base::hex("020500010001");
    return card;
  }
  static base::Bytes reference(const std::string& name) { return asn1::TlvWriter{}.put(0x83, name).take(); }
  // MSE:Set DST and PSO:VERIFY CERTIFICATE.
  std::uint16_t show(const char* name, const char* issuer) {
    if (const auto word = terminal.set_dst(reference(issuer)); !word.ok()) return word.value;
    const base::Bytes file = vectors::hex(chain()[name]["der"]);
    asn1::TlvReader in(file);
    return terminal.verify_certificate(in.need(0x7F21)).value;
  }
  void show_down_to_dv() {
    ASSERT_EQ(show("link_1_2", "UTCVCA00001"), 0x9000);
    ASSERT_EQ(show("dv", "UTCVCA00002"), 0x9000);
  }

  MemoryStore store;
  Memory memory;
  TerminalAuthentication terminal;
};

}  // namespace

TEST_F(TerminalAuthenticationTest, FollowsALinkAndLetsTheInspectionSystemIn) {
  show_down_to_dv();
  ASSERT_EQ(show("is", "UTDVDE00001"), 0x9000);
  ASSERT_EQ(terminal.set_at(reference("UTISDE00001")).value, 0x9000);
  const auto json = vectors::load("ca_ta.json");
  const auto& c = json["cases"][9];
  EXPECT_FALSE(terminal.passed());
  EXPECT_EQ(terminal.authenticate(vectors::hex(c["ta_signed_data"]), vectors::hex(c["ta_signature_plain"])).value,
            0x9000);
  EXPECT_TRUE(terminal.rights().fingerprints);
  EXPECT_TRUE(terminal.rights().iris);
}

TEST_F(TerminalAuthenticationTest, KeepsBothTrustPointsAndMovesTheDateInOneWrite) {
  ASSERT_EQ(show("link_1_2", "UTCVCA00001"), 0x9000);
  memory.commit();
  EXPECT_EQ(store.saves(), 1U);
  EXPECT_EQ(memory->trust_points.size(), 2U);
  EXPECT_EQ(memory->trust_points.front(), vectors::hex(chain()["link_1_2"]["der"]));
  EXPECT_EQ(base::to_hex(memory->date), "020600010001");
}

TEST_F(TerminalAuthenticationTest, RefusesWhatItsIssuerDidNotSignOrMayNotCertify) {
  show_down_to_dv();
  EXPECT_EQ(show("is_bad_signature", "UTDVDE00001"), 0x6300);
  EXPECT_EQ(show("is_expired", "UTDVDE00001"), 0x6984);
  EXPECT_EQ(show("dv_claims_cvca_role", "UTDVDE00001"), 0x6985);
  EXPECT_EQ(show("is_signed_by_cvca", "UTCVCA00002"), 0x6985);
  EXPECT_EQ(show("is", "UTXXXX00001"), 0x6A88) << "an unknown reference";
  EXPECT_EQ(terminal.set_at(reference("UTISDE00001")).value, 0x6A88) << "nothing was imported";
}

TEST_F(TerminalAuthenticationTest, RefusesASignatureOverOtherDataAndAsksForTheKeyAgain) {
  show_down_to_dv();
  ASSERT_EQ(show("is", "UTDVDE00001"), 0x9000);
  ASSERT_EQ(terminal.set_at(reference("UTISDE00001")).value, 0x9000);
  const auto json = vectors::load("ca_ta.json");
  auto data = vectors::hex(json["cases"][9]["ta_signed_data"]);
  const auto signature = vectors::hex(json["cases"][9]["ta_signature_plain"]);
  data[40] ^= 1;
  EXPECT_EQ(terminal.authenticate(data, signature).value, 0x6300);
  data[40] ^= 1;
  EXPECT_EQ(terminal.authenticate(data, signature).value, 0x6985);
  EXPECT_FALSE(terminal.passed());
}

namespace {

// A chip with PACE, offering brainpoolP256r1 with AES-128.
class PaceRulesTest : public ::testing::Test {
 protected:
  PaceRulesTest() : store(pace_state(paces()[0])), chip(store, random) {}
  std::string command(std::size_t step) { return paces()[0]["apdus"][step]["c"]; }
  // Sends the steps before this one.
  void run_up_to(std::size_t step) {
    ASSERT_EQ(sw(chip, command(1)), 0x9000);
    random.queue(vectors::hex(paces()[0]["nonce"]));
    for (std::size_t i = 2; i < step; ++i) {
      if (i == 3) random.queue(padded(vectors::hex(paces()[0]["chip_map_private"]), 32));
      if (i == 4) random.queue(vectors::hex(paces()[0]["chip_eph_private"]));
      ASSERT_EQ(sw(chip, command(i)), 0x9000) << i;
    }
  }
  MemoryStore store;
  ScriptedRandom random;
  Chip chip;
};

}  // namespace

TEST_F(PaceRulesTest, RefusesAMisbuiltSetAt) {
  const std::pair<const char*, std::uint16_t> cases[] = {
      {"0022C1A412810A04007F0007020204020283010184010D", 0x6A80},
      {"0022C1A412800A04007F0007020204020383010184010D", 0x6A80},
      {"0022C1A414800C060A04007F0007020204020283010184010D", 0x6A80},
      {"0022C1A412800A04007F000702020402028301FF84010D", 0x6A88},
      {"0022C1A412800A04007F000702020402028301018401FF", 0x6A88},
      {"0022C1A40683010184010D", 0x6A80},
      {"0022C1A40F800A04007F0007020204020284010D", 0x6A80},
      {"0022C1A411800A04007F00070202040202830084010D", 0x6A80},
      {"0022C1A411800A04007F000702020402028301018400", 0x6A80},
  };
  for (const auto& [raw, expected] : cases) {
    const std::string body = std::string(raw).substr(10);
    const apdu::Command set_at{0x00, 0x22, 0xC1, 0xA4, base::hex(body), std::nullopt};
    EXPECT_EQ(transmit(chip, apdu::encode(set_at)).sw.value, expected) << raw;
    EXPECT_EQ(sw(chip, "10860000027C0000"), 0x6985) << "nothing was begun";
  }
  run_up_to(6);
}

TEST_F(PaceRulesTest, RefusesWrongTemplatesAndEndsTheRun) {
  const std::pair<std::size_t, const char*> cases[] = {{2, "10860000027D0000"},
                                                       {2, "108600000000"},
                                                       {2, "10860000067C040000810000"},
                                                       {2, "00860000027C0000"},
                                                       {3, "10860000057D0381010400"},
                                                       {3, "10860000027C0000"},
                                                       {3, "10860000057C0380010400"},
                                                       {4, "10860000057C0381010400"},
                                                       {4, "10860000027C0000"},
                                                       {5, "008600000C7D0A8508C2B0BD78D94BA86600"},
                                                       {5, "008600000C7C0A8408C2B0BD78D94BA86600"},
                                                       {5, "108600000C7C0A8508C2B0BD78D94BA86600"}};
  for (const auto& [step, raw] : cases) {
    run_up_to(step);
    EXPECT_NE(sw(chip, raw), 0x9000) << raw;
    EXPECT_EQ(sw(chip, command(step)), 0x6985) << "the run is over after " << raw;
  }
  run_up_to(6);
}

TEST_F(PaceRulesTest, RefusesPointsThatAreNone) {
  const auto with = [](const char* tag, base::Bytes point) {
    const base::Bytes inner = asn1::TlvWriter{}.put(tag[1] == '1' ? 0x81 : 0x83, point).take();
    return apdu::encode({0x10, 0x86, 0, 0, asn1::TlvWriter{}.put(0x7C, inner).take(), 256});
  };
  base::Bytes good = vectors::hex(paces()[0]["terminal_eph_public"]);
  base::Bytes off = good;
  off.back() ^= 1;
  base::Bytes zero(65);
  zero[0] = 4;
  base::Bytes compressed(good.begin(), good.begin() + 33);
  compressed[0] = 0x02;
  base::Bytes large(65, 0xFF);
  large[0] = 4;
  for (const base::Bytes& point :
       {off, zero, compressed, large, base::Bytes{0x00}, base::Bytes(good.begin(), good.end() - 1),
        vectors::hex(paces()[9]["terminal_eph_public"])}) {
    run_up_to(3);
    EXPECT_EQ(transmit(chip, with("81", point)).sw.value, 0x6A80);
    run_up_to(4);
    EXPECT_EQ(transmit(chip, with("83", point)).sw.value, 0x6A80);
  }
}

TEST_F(PaceRulesTest, TellsAWrongPasswordAndGoesOnForEver) {
  for (int i = 0; i < 5; ++i) {
    run_up_to(5);
    EXPECT_EQ(sw(chip, "008600000C7C0A8508000000000000000000"), 0x6300);
  }
  run_up_to(6);
}

TEST_F(PaceRulesTest, ProtectsSelectionAndRefusalsAfterwards) {
  EXPECT_EQ(sw(chip, "00B09C0000"), 0x9000) << "EF.CardAccess";
  EXPECT_EQ(sw(chip, "00A4020C022F00"), 0x9000);
  EXPECT_EQ(sw(chip, "00A4020C02011D"), 0x6A82) << "EF.CardSecurity is absent";
  run_up_to(6);
  const auto json = vectors::load("sm_aes.json");
  const auto& steps = json["sequences"][1]["steps"];
  EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(steps[0]["command"]["protected_command"]))),
            steps[0]["response"]["protected_response"].get<std::string>())
      << "SELECT the application under secure messaging";
  EXPECT_EQ(sw(chip, "00B0000004"), 0x6982);
  EXPECT_EQ(sw(chip, steps[1]["command"]["protected_command"]), 0x6988) << "the session is gone";
}

}  // namespace simulator::testing
