// PACE, AES secure messaging, Chip and Terminal Authentication, the card's side, held to the worked examples of ICAO
// Doc 9303-11 (Appendices G, H, I) and TR-03110 (tests/vectors/pace.json, sm_aes.json, ca_ta.json).
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/pace_protocol.h"
#include "tests/simulator/card_side.h"
#include "tests/simulator/pace_example.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

namespace {

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
    EXPECT_EQ(chip.set_at(vectors::hex(c["transcript"][0]["data"]), {}).value, 0x9000);
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

// The worked examples of version 2, which EF.CardAccess lists and EF.DG14 does not.
TEST(ChipAuthenticationVectors, AnswersWithTheTokenOfVersion2) {
  const auto json = vectors::load("ca_ta.json");
  for (const std::size_t index : {0U, 1U}) {
    const auto& c = json["cases"][index]["chip_authentication"];
    const base::Bytes named = vectors::hex(json["cases"][index]["terminal_authentication"]["Comp_PK_PCD"]);
    SCOPED_TRACE(json["cases"][index]["name"].get<std::string>());
    State state = personalized();
    const base::Bytes protocol = asn1::Oid(c["oid"].get<std::string>()).content();
    asn1::TlvWriter info;
    info.put(0x06, protocol).integer(2).integer(1);
    state.master_files[0x011C] = asn1::TlvWriter{}.put(0x31, asn1::TlvWriter{}.sequence(info)).take();
    const std::uint8_t parameters = index == 0 ? 13 : 0;
    state.chip_keys.push_back({1, parameters, base::Secret(vectors::hex(c["chip_private"]))});
    MemoryStore store(state);
    Memory memory(store);
    ScriptedRandom random;
    ChipAuthentication chip(memory, random);
    asn1::TlvWriter at;
    at.put(0x80, protocol).put(0x84, base::Bytes{1});
    const auto authenticate = [&](const base::Bytes& key) {
      const auto data = asn1::TlvWriter{}.put(0x7C, asn1::TlvWriter{}.put(0x80, key)).take();
      return chip.general_authenticate({0, 0x86, 0, 0, data, 256});
    };
    base::Bytes other = named;
    other.back() ^= 1;
    ASSERT_EQ(chip.set_at(at.view(), other).value, 0x9000);
    EXPECT_EQ(authenticate(vectors::hex(c["terminal_public"])).sw.value, 0x6A80) << "the terminal signed another key";
    ASSERT_EQ(chip.set_at(at.view(), named).value, 0x9000);
    random.queue(vectors::hex(c["nonce_r"]));
    const apdu::Response answer = authenticate(vectors::hex(c["terminal_public"]));
    EXPECT_EQ(base::to_hex(answer.data),
              "7C148108" + c["nonce_r"].get<std::string>() + "8208" + c["T_IC"].get<std::string>());
    EXPECT_TRUE(chip.take_success()->version_2);
  }
}

TEST(TerminalAuthenticationVectors, TheSignatureOfVersion2IsTheTerminals) {
  const auto json = vectors::load("ca_ta.json");
  for (const std::size_t index : {0U, 1U}) {
    const auto& c = json["cases"][index];
    const auto body = [&](const char* name) {
      return cvc::format::parse_certificate(vectors::hex(c["certificates"][name]["der"])).body;
    };
    const auto key = body("terminal").key.has_parameters()
                         ? body("terminal").key
                         : cvc::format::with_parameters(body("terminal").key, body("cvca").key);
    const auto& ta = c["terminal_authentication"];
    EXPECT_TRUE(verify_signature(key, vectors::hex(ta["signed_data"]), vectors::hex(ta["signature"])));
    EXPECT_EQ(ta["signed_data"], ta["ID_PICC"].get<std::string>() + ta["r_PICC"].get<std::string>() +
                                     ta["Comp_PK_PCD"].get<std::string>());
  }
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

}  // namespace simulator::testing
