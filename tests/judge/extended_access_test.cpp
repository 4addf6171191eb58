// What a chip refuses of a terminal that errs or cheats in chip and terminal authentication (rows A15, B8, E1 to E12 of
// the catalogue of bad inputs), each with its status word; and what an inspector tells of a chip that names no
// authority of its own (E14). The commands go through the terminal's own secure messaging, so every answer's protection
// is checked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/format/fields.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/simulator/group.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"
#include "tests/judge/terminal.h"

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;
using base::Bytes;
using full_chip::certificate;
using full_chip::chain;
using full_chip::der;
using full_chip::made;
using full_chip::Terminal;
using simulator::State;

// EF.DG4 beside EF.DG3, for rights that differ.
State with_both_biometrics() {
  State state = made();
  state.files[0x0104] = state.files.at(0x0103);
  state.files[0x0104][0] = 0x76;
  return state;
}

constexpr std::uint16_t kRefused = 0x6982;

// --- B8 ---

TEST(ExtendedAccess, BacAfterPaceIsASessionOfItsOwn) {
  Terminal terminal(made());
  ASSERT_TRUE(terminal.still_speaks());
  base::SeededRandom random(5);
  ASSERT_TRUE(terminal.card.transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.ok());
  auto bac = chip_access::basic_access_control(terminal.card, full_chip::mrz_information(), random);
  ASSERT_TRUE(bac.secured);
  EXPECT_TRUE(bac.secured->transmit({0x00, 0xB0, 0x9E, 0x00, {}, 256}).sw.ok());
  EXPECT_THROW(terminal.still_speaks(), base::Error) << "the keys of PACE are gone";
  EXPECT_EQ(terminal.card.last.sw.value, 0x6988);
  EXPECT_THROW(bac.secured->transmit({0x00, 0xB0, 0x9E, 0x00, {}, 256}), base::Error) << "and so is what mixes them";
}

TEST(ExtendedAccess, NoBacInsideASessionOfPace) {
  Terminal terminal(made());
  EXPECT_EQ(terminal.send(0x00, 0x84, 0x00, 0x00, {}, 8), 0x6985);
  EXPECT_EQ(terminal.send(0x00, 0x82, 0x00, 0x00, Bytes(40, 0x11), 40), 0x6985);
  EXPECT_TRUE(terminal.still_speaks());
}

// --- A15 ---

TEST(ExtendedAccess, AChainThatIsLeftForAnotherCommandIsDropped) {
  Terminal terminal(made());
  terminal.show_down_to("dv");
  const cvc::format::Certificate good = certificate("is");
  const Bytes data = base::concat({good.signed_part, TlvWriter{}.put(0x5F37, good.signature).view()});
  const auto middle = data.begin() + 100;
  const Bytes first(data.begin(), middle), second(middle, data.end());
  const auto link = [&](std::uint8_t cla, const Bytes& part) { return terminal.send(cla, 0x2A, 0x00, 0xBE, part); };
  ASSERT_EQ(terminal.name_issuer("UTDVDE00001"), 0x9000);
  ASSERT_EQ(link(0x10, first), 0x9000);
  EXPECT_TRUE(terminal.still_speaks());
  EXPECT_EQ(link(0x00, second), 0x6A80) << "what came before is forgotten";
  EXPECT_EQ(terminal.name_terminal(), 0x6A88);
  EXPECT_EQ(terminal.send(0x10, 0xB0, 0x9E, 0x00, {}, 4), 0x6884) << "reading is in no chain";
  ASSERT_EQ(terminal.name_issuer("UTDVDE00001"), 0x9000);
  ASSERT_EQ(link(0x10, first), 0x9000);
  EXPECT_EQ(link(0x00, second), 0x9000);
  EXPECT_EQ(terminal.name_terminal(), 0x9000);
}

// --- chip authentication: E1 to E4 ---

const std::string kProtocol = "800A04007F00070202030202";

TEST(ExtendedAccess, AKeyThatIsNoneLeavesTheSessionAsItWas) {
  const auto group = simulator::Group::standardized(13);
  const Bytes good = group->generator();
  Bytes off = good, zero(65), large(65, 0xFF);
  off.back() ^= 0x01;
  zero[0] = large[0] = 0x04;
  Bytes compressed(good.begin(), good.begin() + 33);
  compressed[0] = 0x02;
  Terminal terminal(made());
  for (const auto& [what, key] : {std::pair{"off the curve", off},
                                  {"(0, 0)", zero},
                                  {"above the prime", large},
                                  {"compressed", compressed},
                                  {"infinity", Bytes{0x00}},
                                  {"empty", Bytes{}},
                                  {"short", Bytes(good.begin(), good.end() - 1)},
                                  {"of another curve", simulator::Group::standardized(16)->generator()}}) {
    SCOPED_TRACE(what);
    ASSERT_EQ(terminal.choose(kProtocol), 0x9000);
    EXPECT_EQ(terminal.agree_with(key), 0x6A80);
    EXPECT_TRUE(terminal.still_speaks());
    EXPECT_EQ(terminal.agree_with(good), 0x6985) << "it begins again with MSE:Set AT";
  }
  terminal.authenticate_chip();
}

TEST(ExtendedAccess, ADiffieHellmanKeyOfASmallGroupIsNone) {
  State state = made();
  base::SeededRandom random(17);
  const auto group = simulator::Group::standardized(0);
  state.chip_keys.clear();
  state.chip_keys.push_back({1, 0, group->random_number(random)});
  state.files.erase(0x010E);  // without it every protocol is served
  const auto parameters = vectors::load("domain_params.json");
  Bytes minus_one = vectors::hex(parameters["dh"][0]["p"]);
  const Bytes prime = minus_one;
  --minus_one.back();  // the prime is odd
  Bytes one(prime.size());
  one.back() = 1;
  Terminal terminal(state);
  for (const auto& [what, key] :
       {std::pair{"0", Bytes(prime.size())}, {"1", one}, {"p - 1", minus_one}, {"p", prime}, {"short", Bytes{0x02}}}) {
    SCOPED_TRACE(what);
    ASSERT_EQ(terminal.choose("800A04007F00070202030102"), 0x9000);
    EXPECT_EQ(terminal.agree_with(key), 0x6A80);
    EXPECT_TRUE(terminal.still_speaks());
  }
  ASSERT_EQ(terminal.choose("800A04007F00070202030102"), 0x9000);
  EXPECT_EQ(terminal.agree_with(group->generator()), 0x9000);
}

TEST(ExtendedAccess, ChipAuthenticationNeedsAKnownKeyAndASession) {
  Terminal terminal(made());
  EXPECT_EQ(terminal.choose(kProtocol + "840163"), 0x6A88) << "an unknown key";
  EXPECT_EQ(terminal.choose("800A04007F00070202030209"), 0x6A80) << "an unknown cipher";
  EXPECT_EQ(terminal.choose("840101"), 0x6A80) << "no protocol";
  EXPECT_EQ(terminal.send(0x00, 0x22, 0x41, 0xA6, base::hex("840101")), 0x6A80) << "no DO 91";
  EXPECT_EQ(terminal.send(0x00, 0x22, 0x41, 0xA6, {}), 0x6A80) << "nothing";
  EXPECT_TRUE(terminal.still_speaks());
  full_chip::InProcessCard plain(made());
  ASSERT_TRUE(plain.transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.ok());
  for (const std::uint8_t p2 : base::hex("A4A6")) {
    EXPECT_EQ(plain.transmit({0x00, 0x22, 0x41, p2, base::hex(kProtocol), std::nullopt}).sw.value, kRefused)
        << "before BAC or PACE";
  }
}

TEST(ExtendedAccess, TheKeysBeforeChipAuthenticationAreGoneAfterwards) {
  Terminal terminal(made());
  ASSERT_EQ(terminal.choose(kProtocol), 0x9000);
  ASSERT_EQ(terminal.agree_with(simulator::Group::standardized(13)->generator()), 0x9000)
      << "the answer itself comes under the old keys";
  EXPECT_THROW(terminal.still_speaks(), base::Error);
  EXPECT_EQ(terminal.card.last.sw.value, 0x6988);
}

TEST(ExtendedAccess, ChipAuthenticationAgainTakesTheTerminalsRightsAway) {
  Terminal terminal(made());
  terminal.authenticate_chip();
  terminal.show_down_to("is");
  ASSERT_EQ(terminal.name_terminal(), 0x9000);
  ASSERT_EQ(terminal.authenticate_terminal(), 0x9000);
  ASSERT_EQ(terminal.read(0x03), 0x9000);
  terminal.authenticate_chip();
  EXPECT_EQ(terminal.read(0x03), kRefused);
  EXPECT_EQ(terminal.name_terminal(), 0x6A88) << "what was imported is forgotten";
}

// --- terminal authentication: E5 to E12 ---

TEST(ExtendedAccess, AnUnknownIssuerIsNotFound) {
  Terminal terminal(made());
  EXPECT_EQ(terminal.name_issuer("UTCVCA00009"), 0x6A88);
  EXPECT_EQ(terminal.name_issuer("UTCVCA00002"), 0x6A88) << "not before the link was shown";
  EXPECT_EQ(terminal.send(0x00, 0x22, 0x81, 0xB6, base::hex("8300")), 0x6A80);
  EXPECT_EQ(terminal.send(0x00, 0x22, 0x81, 0xB6, {}), 0x6A80);
  EXPECT_EQ(terminal.verify(certificate("dv").signed_part), 0x6985) << "and nobody was named";
  EXPECT_TRUE(terminal.still_speaks());
}

// A certificate of the chain with its body's elements changed; the signature stays.
Bytes changed(const char* name, const std::function<void(std::vector<std::pair<asn1::Tag, Bytes>>&)>& change) {
  const cvc::format::Certificate good = certificate(name);
  TlvReader outer(good.signed_part);
  std::vector<std::pair<asn1::Tag, Bytes>> elements;
  for (TlvReader body(outer.need(0x7F4E)); !body.at_end();) {
    const asn1::Tlv element = body.next();
    elements.emplace_back(element.tag, Bytes(element.value.begin(), element.value.end()));
  }
  change(elements);
  TlvWriter body;
  for (const auto& [tag, value] : elements) body.put(tag, value);
  return cvc::format::assemble(TlvWriter{}.put(0x7F4E, body).view(), good.signature);
}

std::function<void(std::vector<std::pair<asn1::Tag, Bytes>>&)> with(asn1::Tag tag, Bytes value) {
  return [=](auto& elements) { std::ranges::find(elements, tag, &std::pair<asn1::Tag, Bytes>::first)->second = value; };
}

TEST(ExtendedAccess, ACertificateThatItsIssuerDidNotSignIsRefused) {
  Terminal terminal(made());
  terminal.show_down_to("dv");
  EXPECT_EQ(terminal.show("is_bad_signature", "UTDVDE00001"), 0x6300);
  EXPECT_EQ(terminal.show(changed("is", with(0x5F20, base::bytes_of("UTISDE00009"))), "UTDVDE00001"), 0x6300)
      << "another holder in the same certificate";
  const cvc::format::Certificate good = certificate("is");
  const auto signature_of = [](base::ByteView value) { return TlvWriter{}.put(0x5F37, value).take(); };
  const base::ByteView half = base::ByteView(good.signature).first(32);
  for (const auto& [what, data, expected] :
       {std::tuple{"no signature", good.signed_part, 0x6A80},
        {"an empty one", base::concat({good.signed_part, signature_of({})}), 0x6A80},
        {"half of one", base::concat({good.signed_part, signature_of(half)}), 0x6300},
        {"the wrapper 7F21 around it", good.whole, 0x6A80},
        {"bytes behind it", base::concat({good.signed_part, signature_of(good.signature), Bytes{0x00}}), 0x6A80},
        {"nothing", Bytes{}, 0x6A80}}) {
    ASSERT_EQ(terminal.name_issuer("UTDVDE00001"), 0x9000);
    EXPECT_EQ(terminal.verify(data), expected) << what;
  }
  EXPECT_EQ(terminal.name_terminal(), 0x6A88) << "nothing was imported";
  EXPECT_EQ(terminal.show("is", "UTDVDE00001"), 0x9000);
}

Bytes signed_by(const char* issuer, cvc::format::Body body) {
  body.authority = certificate(issuer).body.holder;
  const Bytes encoded = encode(body);
  return cvc::format::assemble(encoded, full_chip::sign_digest(crypto::openssl::sha256(encoded), issuer));
}

cvc::format::Body dv_body(cvc::format::Role role, base::Date effective, base::Date expiration) {
  cvc::format::Body body = certificate("dv").body;
  body.chat = cvc::format::inspection_chat(role, {.fingerprints = true});
  body.effective = effective;
  body.expiration = expiration;
  return body;
}

TEST(ExtendedAccess, ADomesticCertificateMovesTheDateAndAForeignOneDoesNot) {
  Terminal terminal(made());
  ASSERT_EQ(base::to_hex(terminal.card.state().date), "020500010001");
  const base::Date later = base::make_date(2025, 9, 30), end = base::make_date(2028, 1, 1);
  using cvc::format::Role;
  EXPECT_EQ(terminal.show(signed_by("cvca1", dv_body(Role::ForeignDv, later, end)), "UTCVCA00001"), 0x9000);
  EXPECT_EQ(base::to_hex(terminal.card.state().date), "020500010001") << "a foreign one";
  EXPECT_EQ(terminal.show(signed_by("cvca1", dv_body(Role::DomesticDv, later, end)), "UTCVCA00001"), 0x9000);
  EXPECT_EQ(base::to_hex(terminal.card.state().date), "020500090300") << "a domestic one";
  const base::Date before = base::make_date(2025, 9, 29);
  EXPECT_EQ(
      terminal.show(signed_by("cvca1", dv_body(Role::DomesticDv, base::make_date(2025, 1, 1), before)), "UTCVCA00001"),
      0x6984)
      << "expired the day before";
  EXPECT_EQ(
      terminal.show(signed_by("cvca1", dv_body(Role::DomesticDv, base::make_date(2025, 1, 1), later)), "UTCVCA00001"),
      0x9000)
      << "valid on its last day";
}

TEST(ExtendedAccess, AnExpiredInspectionSystemIsRefused) {
  Terminal terminal(made());
  terminal.show_down_to("dv");
  EXPECT_EQ(terminal.show("is_expired", "UTDVDE00001"), 0x6984);
  EXPECT_EQ(terminal.name_terminal("UTISDE00003"), 0x6A88);
}

TEST(ExtendedAccess, NobodyCertifiesAboveHisOwnRole) {
  Terminal terminal(made());
  terminal.show_down_to("dv");
  EXPECT_EQ(terminal.show("dv_claims_cvca_role", "UTDVDE00001"), 0x6985);
  EXPECT_EQ(terminal.show("is_signed_by_cvca", "UTCVCA00002"), 0x6985);
  ASSERT_EQ(terminal.show("is", "UTDVDE00001"), 0x9000);
  EXPECT_EQ(terminal.show(signed_by("is", certificate("is_dg3_only").body), "UTISDE00001"), 0x6985)
      << "an inspection system certifies nobody";
  EXPECT_EQ(terminal.card.state().trust_points.size(), 2U);
  terminal.show_down_to("dv");
  EXPECT_EQ(terminal.name_terminal("UTDVDE00001"), 0x6985) << "and a DV is no terminal";
}

TEST(ExtendedAccess, ACertificateThatIsNotOfItsFormIsRefused) {
  Terminal terminal(made());
  terminal.show_down_to("dv");
  using Elements = std::vector<std::pair<asn1::Tag, Bytes>>;
  const Bytes extension =
      TlvWriter{}.put(0x73, TlvWriter{}.oid(asn1::Oid("0.4.0.127.0.7.3.1.3.9")).put(0x80, Bytes{0x01})).take();
  const std::pair<const char*, Bytes> cases[] = {
      {"an unknown extension", changed("is", [&](Elements& e) { e.emplace_back(0x65, extension); })},
      {"a duplicate tag", changed("is", [](Elements& e) { e.push_back(e.back()); })},
      {"the role of another kind of terminal", changed("is", with(0x7F4C, base::hex("060904007F0007030102025301"
                                                                                    "03")))},
      {"a holder reference of 17 characters", changed("is", with(0x5F20, Bytes(17, 'A')))},
      {"an empty holder reference", changed("is", with(0x5F20, {}))},
      {"the 31st of February", changed("is", with(0x5F24, base::hex("020600020301")))},
      {"a digit above nine", changed("is", with(0x5F24, base::hex("0206000A0001")))},
      {"a day of five digits", changed("is", with(0x5F25, base::hex("0206000100")))},
      {"another profile", changed("is", with(0x5F29, base::hex("01")))},
      {"an end before its beginning", changed("is", with(0x5F24, base::hex("020500010001")))},
  };
  for (const auto& [what, file] : cases) {
    EXPECT_EQ(terminal.show(file, "UTDVDE00001"), 0x6A80) << what;
    EXPECT_EQ(terminal.name_terminal(), 0x6A88) << what;
  }
  EXPECT_EQ(terminal.show("is", "UTDVDE00001"), 0x9000);
}

TEST(ExtendedAccess, ASignatureCountsOnceOverThisChallengeThisChipAndThisKey) {
  Terminal terminal(with_both_biometrics());
  terminal.show_down_to("is");
  ASSERT_EQ(terminal.name_terminal(), 0x9000);
  EXPECT_EQ(terminal.authenticate_terminal(), 0x6985) << "without chip authentication";
  terminal.authenticate_chip();
  EXPECT_EQ(terminal.send(0x00, 0x84, 0x00, 0x00, {}, 8), 0x6985) << "and without a terminal";
  const auto again = [&] {
    terminal.show_down_to("is");
    ASSERT_EQ(terminal.name_terminal(), 0x9000);
  };
  again();
  EXPECT_EQ(terminal.answer(base::concat({terminal.id_picc, Bytes(8), terminal.terminal_key})), 0x6985)
      << "without a challenge";
  const auto flipped = [](Bytes octets) {
    octets.front() ^= 0x01;
    return octets;
  };
  again();
  EXPECT_EQ(terminal.answer(base::concat({terminal.id_picc, flipped(terminal.challenge()), terminal.terminal_key})),
            0x6300)
      << "another challenge";
  again();
  EXPECT_EQ(terminal.answer(base::concat({terminal.id_picc, terminal.challenge(), flipped(terminal.terminal_key)})),
            0x6300)
      << "another key";
  again();
  EXPECT_EQ(terminal.answer(base::concat({flipped(terminal.id_picc), terminal.challenge(), terminal.terminal_key})),
            0x6300)
      << "another chip";
  EXPECT_EQ(terminal.read(0x03), kRefused);
  again();
  EXPECT_EQ(terminal.authenticate_terminal(), 0x9000);
  EXPECT_EQ(terminal.read(0x03), 0x9000);
  EXPECT_EQ(terminal.read(0x04), 0x9000);
}

TEST(ExtendedAccess, ARightToFingersIsNoneToEyes) {
  Terminal terminal(with_both_biometrics());
  terminal.authenticate_chip();
  terminal.show_down_to("dv");
  ASSERT_EQ(terminal.show("is_dg3_only", "UTDVDE00001"), 0x9000);
  ASSERT_EQ(terminal.name_terminal("UTISDE00002"), 0x9000);
  ASSERT_EQ(terminal.authenticate_terminal(), 0x9000);
  EXPECT_EQ(terminal.read(0x03), 0x9000);
  EXPECT_EQ(terminal.read(0x04), kRefused);
}

TEST(ExtendedAccess, BothAuthoritiesCountAfterALinkUntilTheOldOneExpires) {
  Terminal terminal(made());
  terminal.show_down_to("link_1_2");
  const Bytes old = signed_by(
      "cvca1", dv_body(cvc::format::Role::DomesticDv, base::make_date(2025, 1, 1), base::make_date(2028, 1, 1)));
  EXPECT_EQ(terminal.show(old, "UTCVCA00001"), 0x9000) << "the old DV";
  EXPECT_EQ(terminal.show("dv", "UTCVCA00002"), 0x9000) << "the new DV";
  State later = terminal.card.state();
  later.date = base::hex("020900010002");  // the day after the old CVCA's last
  Terminal then(later);
  EXPECT_EQ(then.name_issuer("UTCVCA00001"), 0x6984);
  EXPECT_EQ(then.name_issuer("UTCVCA00002"), 0x9000);
}

// A memory whose power fails at every write until it is mended.
class TearingStore final : public simulator::StateStore {
 public:
  TearingStore(const State& state, const bool& torn) : text_(encode_state(state)), torn_(torn) {}
  std::string load() override { return text_; }
  void save(std::string_view text) override {
    if (torn_) throw base::Error(base::Fault::AskOperator, "writing the chip's memory", "power was lost");
    text_ = text;
  }
  std::string name() const override { return "memory"; }

 private:
  std::string text_;
  const bool& torn_;
};

TEST(ExtendedAccess, PowerLostWhileTheTrustMovesLeavesTheOldOneWhole) {
  bool torn = true;
  Terminal terminal(made(), std::make_unique<TearingStore>(made(), torn));
  EXPECT_THROW(terminal.show("link_1_2", "UTCVCA00001"), base::Error);
  const State before = terminal.card.state();
  EXPECT_EQ(before.trust_points, std::vector<Bytes>{der("cvca1")});
  EXPECT_EQ(base::to_hex(before.date), "020500010001");
  torn = false;
  terminal.open(before);
  EXPECT_EQ(terminal.name_issuer("UTCVCA00002"), 0x6A88) << "the chip itself remembers no half";
  EXPECT_EQ(terminal.show("link_1_2", "UTCVCA00001"), 0x9000);
  const State after = terminal.card.state();
  EXPECT_EQ(after.trust_points, (std::vector<Bytes>{der("link_1_2"), der("cvca1")}));
  EXPECT_EQ(base::to_hex(after.date), "020600010001");
}

// --- E14, the inspector ---

inspection::Report inspect(const State& state) {
  full_chip::InProcessCard card(state);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const auto credentials = full_chip::inspection_system();
  const std::string mrz = sample::mrz();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.inspection_system = &credentials;
  return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
}

TEST(ExtendedAccess, AnAuthorityThatTheTerminalDoesNotKnowIsNamed) {
  State other = made(), none = made();
  other.trust_points = {vectors::hex(chain("rsa_2048").at("cvca").at("der"))};
  none.trust_points.clear();
  const std::string reference = cvc::format::parse_certificate(other.trust_points.front()).body.holder;
  for (const auto& [state, text] :
       {std::pair{&other, "No certificate at hand leads from " + reference + " to this inspection system."},
        {&none, std::string("The chip names no CVCA that it trusts.")}}) {
    const inspection::Report report = inspect(*state);
    const auto& findings = report.findings.list();
    const auto told = std::ranges::find(findings, "TERMINAL_AUTHENTICATION_NOT_POSSIBLE", &base::Finding::code);
    ASSERT_NE(told, findings.end()) << to_text(report);
    EXPECT_EQ(told->text, text);
    EXPECT_EQ(told->severity, base::Severity::Warn);
    EXPECT_EQ(report.verdict, inspection::Verdict::Genuine) << "a chip is no less genuine for that";
  }
  const auto empty = lds::parse_cvca_file({});
  EXPECT_TRUE(!empty || empty->empty());
}

}  // namespace
