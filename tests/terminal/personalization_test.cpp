// The personalizer, BAC and active authentication against the virtual chip, whose protocols are written apart on Botan.
// Tears at every command, before and after it took effect, are repaired by running the step again.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "pki/base/core/error.h"
#include "smartcard/access/access.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/card_session.h"
#include "smartcard/personalization/personalizer.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/transport/observing_channels.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using base::Findings;
using base::Secret;
using globalplatform::KeySet;
using personalization::ChipIdentity;
using personalization::LifeCycle;
using transport::FaultChannel;

constexpr std::string_view kMrz = "L898902C<369080619406236";  // ICAO Doc 9303-11 App. D
constexpr std::string_view kCan = "123456";
constexpr std::string_view kSerial = "00112233445566AA";

KeySet test_keys(std::uint8_t seed) {
  return {Secret(Bytes(16, seed)), Secret(Bytes(16, static_cast<std::uint8_t>(seed + 1))),
          Secret(Bytes(16, static_cast<std::uint8_t>(seed + 2)))};
}

KeySet transport_key_set() {
  return test_keys(0x40);
}

simulator::KeySet simulator_keys() {
  KeySet keys = transport_key_set();
  simulator::KeySet out;
  out.version = 0x30;
  out.enc = std::move(keys.enc);
  out.mac = std::move(keys.mac);
  out.dek = std::move(keys.dek);
  return out;
}

// The chip on the reader. A tear ends its power.
class ChipChannel final : public transport::Channel {
 public:
  ChipChannel(simulator::Chip& chip, bool extended) : chip_(chip), extended_(extended) { chip_.reset(); }
  apdu::Response transmit(const apdu::Command& command) override {
    const Bytes raw = apdu::encode(command);
    EXPECT_TRUE(extended_ || !apdu::is_extended(raw)) << "an extended command through a short reader";
    return apdu::decode_response(chip_.transmit(raw)).value();
  }
  bool extended_length() const override { return extended_; }

 private:
  simulator::Chip& chip_;
  bool extended_;
};

// A chip with its memory, and a station that remembers what a real one writes into its log.
struct Desk {
  explicit Desk(std::string state = simulator::encode_state(simulator::blank_state(kSerial, simulator_keys())))
      : store(simulator::decode_state(state, "test")), chip(store, chip_random) {}

  simulator::State state() { return simulator::decode_state(store.load(), "test"); }
  const personalization::Profile& profile = personalization::virtual_lds_profile();
  base::SeededRandom chip_random{7};
  simulator::MemoryStore store;
  simulator::Chip chip;

  base::SeededRandom random{11};
  std::uint8_t card_key_seed = 0x5A;
  personalization::TransportKeys transport_keys{0x30, transport_key_set()};
  ChipIdentity assigned;
  Bytes dg14, dg15;  // recorded as soon as prepare() answers
  Bytes trust_point = vectors::hex(vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"]["cvca1"]["der"]);
  std::size_t dg2_size = 3000;

  bool well_known_keys = false;  // as the card keys: those of test cards

  KeySet card_keys() {
    if (!well_known_keys) return test_keys(card_key_seed);
    const auto key = [] { return Secret(base::hex("404142434445464748494A4B4C4D4E4F")); };
    return {key(), key(), key()};
  }

  lds::Files files() {
    Bytes portrait(dg2_size);
    for (std::size_t i = 0; i < portrait.size(); ++i) portrait[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    return {{lds::FileId::Dg1, Bytes(93, 0x61)},
            {lds::FileId::Dg2, std::move(portrait)},
            {lds::FileId::Dg13, Bytes(300, 0x6D)},
            {lds::FileId::Dg14, dg14},
            {lds::FileId::Dg15, dg15},
            {lds::FileId::Sod, Bytes(1700, 0x77)},
            {lds::FileId::Com, Bytes(22, 0x60)}};
  }

  personalization::CardAccess access() const {
    return {.mrz_information = Secret::copy_of(base::view_of(kMrz)),
            .can = Secret::copy_of(base::view_of(kCan)),
            .trust_point = trust_point,
            .today = *base::parse_iso_date("2026-11-27")};
  }

  void identify(transport::Channel& card) {
    if (assigned.kdd.empty()) assigned = personalization::identify(card, profile);
  }
  Findings prepare(transport::Channel& card) {
    identify(card);
    auto prepared = personalization::prepare(card, profile, assigned, transport_keys, card_keys(), random);
    if (!prepared.findings.failed()) {
      dg14 = std::move(prepared.dg14);
      dg15 = std::move(prepared.dg15);
    }
    return prepared.findings;
  }
  Findings write(transport::Channel& card) {
    return personalization::write(card, profile, card_keys(), files(), access(), random);
  }
  Findings lock(transport::Channel& card) { return personalization::lock(card, profile, card_keys(), random).findings; }

  // What a station does with a card on the reader, first and after every tear.
  Findings personalize(transport::Channel& card) {
    Findings findings;
    if (personalization::identify(card, profile).state != LifeCycle::Personalized) {
      if (dg15.empty()) findings.add(prepare(card));
      if (!findings.failed()) findings.add(write(card));
    }
    if (!findings.failed()) findings.add(lock(card));
    return findings;
  }
};

std::string text_of(const Findings& findings) {
  std::string out;
  for (const auto& finding : findings.list()) out += finding.code + ": " + finding.text + "\n";
  return out;
}

Bytes read_file(transport::Channel& chip, lds::FileId id) {
  const auto number = static_cast<std::uint16_t>(id);
  const Bytes fid{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  EXPECT_TRUE(chip.transmit({0x00, 0xA4, 0x02, 0x0C, fid, std::nullopt}).sw.ok());
  Bytes out;
  while (true) {
    const auto answer = chip.transmit(
        {0x00, 0xB0, static_cast<std::uint8_t>(out.size() >> 8), static_cast<std::uint8_t>(out.size()), {}, 223});
    base::append(out, answer.data);
    if (!answer.sw.ok() || answer.data.size() < 223) return out;
  }
}

// The card as a reader meets it: opened with its MRZ, every file as it was written, and the key it made its own.
void expect_finished(Desk& desk) {
  EXPECT_EQ(desk.state().application, simulator::ApplicationState::Personalized);
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(card.transmit({0x00, 0xA4, 0x04, 0x0C, desk.profile.instance, std::nullopt}).sw.ok());
  const auto opened = chip_access::basic_access_control(card, kMrz, desk.random);
  ASSERT_TRUE(opened.secured) << text_of(opened.findings);
  for (const auto& [id, content] : desk.files()) {
    EXPECT_EQ(read_file(*opened.secured, id), content) << lds::info(id).name;
  }
  const auto proof =
      chip_access::active_authentication(*opened.secured, desk.files().at(lds::FileId::Dg15), desk.random);
  EXPECT_TRUE(proof.empty()) << text_of(proof);
}

TEST(PersonalizerTest, MakesACardThatAReaderOpensAndProves) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  const auto blank = personalization::identify(card);
  EXPECT_EQ(blank.state, LifeCycle::Blank);
  EXPECT_EQ(blank.serial, kSerial);
  EXPECT_EQ(base::to_hex(blank.kdd), "564E" + std::string(kSerial));
  const Findings findings = desk.personalize(card);
  ASSERT_TRUE(findings.empty()) << text_of(findings);
  EXPECT_EQ(personalization::identify(card).state, LifeCycle::Personalized);
  expect_finished(desk);
}

// The two passwords, one chip: PACE by each, then Chip Authentication with the key that EF.DG14 tells.
TEST(PersonalizerTest, MakesACardThatOpensByPaceAndProvesItsKey) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  for (const auto& [reference, text] :
       {std::pair{chip_access::PasswordReference::Mrz, kMrz}, std::pair{chip_access::PasswordReference::Can, kCan}}) {
    ChipChannel powered(desk.chip, true);
    const auto open = lds::parse_card_access(read_file(powered, lds::FileId::CardAccess)).infos;
    ASSERT_TRUE(open);
    const auto choices = chip_access::supported_pace(*open);
    ASSERT_EQ(choices.size(), 1U);
    auto pace = chip_access::pace(powered, choices[0], chip_access::password_of(reference, text), desk.random);
    ASSERT_TRUE(pace.secured) << text_of(pace.findings);
    ASSERT_TRUE(pace.secured->transmit({0x00, 0xA4, 0x04, 0x0C, desk.profile.instance, std::nullopt}).sw.ok());
    const Bytes dg14 = read_file(*pace.secured, lds::FileId::Dg14);
    EXPECT_EQ(dg14, desk.dg14);
    const auto infos = lds::parse_dg14(dg14).infos;
    ASSERT_TRUE(infos);
    EXPECT_TRUE(lds::compare_pace_infos(*open, *infos, "EF.DG14").empty());
    auto proof = chip_access::chip_authentication(powered, std::move(pace.secured), *infos, desk.random);
    ASSERT_TRUE(proof.agreed()) << text_of(proof.findings);
    const apdu::Response references = proof.secured->transmit({0x00, 0xB0, 0x9C, 0x00, {}, 36});
    EXPECT_TRUE(proof.proven());
    EXPECT_EQ(lds::parse_cvca_file(references.data), (std::vector<std::string>{"UTCVCA00001"}));
  }
}

TEST(PersonalizerTest, LeavesOutTheTrustPointAndItsDateWhenTheStationNamesNone) {
  Desk desk;
  desk.trust_point.clear();
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  EXPECT_TRUE(desk.state().trust_points.empty());
  EXPECT_TRUE(desk.state().date.empty());
  expect_finished(desk);
}

TEST(PersonalizerTest, GivesTheChipItsTrustPointAndTheDay) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  EXPECT_EQ(desk.state().trust_points, (std::vector<Bytes>{desk.trust_point}));
  EXPECT_EQ(desk.state().date, base::hex("020601010207"));
}

// The chip is asked for another kind of key than its profile's EF.DG14 and EF.DG15 can tell.
TEST(PersonalizerTest, RefusesAChipThatTellsAUselessKey) {
  for (const bool for_chip_authentication : {false, true}) {
    Desk desk;
    ChipChannel card(desk.chip, true);
    desk.identify(card);
    auto profile = desk.profile;
    if (for_chip_authentication) {
      profile.chip_authentication->request.value = base::hex("0102");  // DH, where EF.DG14 will say ECDH
    } else {
      profile.aa_key = profile.chip_authentication->request;  // no 7F49
    }
    const auto prepared =
        personalization::prepare(card, profile, desk.assigned, desk.transport_keys, desk.card_keys(), desk.random);
    EXPECT_TRUE(prepared.findings.has("CHIP_STATE_UNEXPECTED"));
    EXPECT_TRUE(prepared.dg15.empty());
    EXPECT_TRUE(prepared.dg14.empty());
  }
}

TEST(PersonalizerTest, WritesThroughAReaderThatTakesShortCommandsOnly) {
  Desk desk;
  desk.dg2_size = 62000;  // more blocks than a block number has values
  ChipChannel card(desk.chip, false);
  const Findings findings = desk.personalize(card);
  ASSERT_TRUE(findings.empty()) << text_of(findings);
  EXPECT_EQ(desk.state().files.at(0x0102), desk.files().at(lds::FileId::Dg2));
  EXPECT_EQ(desk.state().application, simulator::ApplicationState::Personalized);
}

// Octets on the link, both directions, against those of the files; docs/performance.md has the figures.
TEST(PersonalizerTest, SpendsAtMostSixPercentOnTheLinkForTwentyKilobytesAndTenWithItsKeys) {
  Desk desk;
  desk.dg2_size = 18000;
  ChipChannel card(desk.chip, true);
  transport::CountingChannel link(card);
  ASSERT_TRUE(desk.prepare(link).empty());
  const std::int64_t prepared = link.bytes();
  const auto prepared_commands = link.commands();
  ASSERT_TRUE(desk.write(link).empty());
  const auto written = link.commands();
  ASSERT_TRUE(desk.lock(link).empty());
  auto payload =
      static_cast<std::int64_t>(desk.trust_point.size() + personalization::card_access_of(desk.profile).size());
  for (const auto& [id, content] : desk.files()) payload += static_cast<std::int64_t>(content.size());
  RecordProperty("payload", std::to_string(payload));
  const std::int64_t all = link.bytes();
  RecordProperty("link_bytes", std::to_string(all));
  RecordProperty("link_bytes_to_prepare", std::to_string(prepared));
  RecordProperty("commands", std::to_string(link.commands()));
  EXPECT_GE(payload, 20000);
  // SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, GET STATUS, INSTALL; the secrets in one block, the rest in three.
  EXPECT_EQ(written - prepared_commands, 5 + 1 + 3);
  // The proof of the lock is counted for itself.
  Findings findings;
  auto session = personalization::CardSession::open(link, desk.profile, desk.profile.card_key_version, desk.card_keys(),
                                                    desk.random, findings);
  ASSERT_TRUE(session);
  const std::int64_t before_proof = link.bytes();
  ASSERT_TRUE(
      personalization::prove_lock(link, desk.profile, *session, desk.card_keys(), desk.random).findings.empty());
  const std::int64_t proof = link.bytes() - before_proof;
  RecordProperty("link_bytes_of_the_proof", std::to_string(proof));
  EXPECT_LE(proof, 600);
  EXPECT_LE((all - proof - prepared) * 100, payload * 106) << all - proof - prepared << " bytes for " << payload;
  EXPECT_LE((all - proof) * 100, payload * 110) << all - proof << " bytes for " << payload;
}

TEST(PersonalizerTest, TellsHowFarTheWritingIs) {
  Desk desk;
  desk.dg2_size = 18000;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.prepare(card).empty());
  std::vector<std::string> names;
  std::size_t last = 0;
  std::size_t total = 0;
  const auto findings =
      personalization::write(card, desk.profile, desk.card_keys(), desk.files(), desk.access(), desk.random,
                             [&](std::string_view what, std::size_t done, std::size_t all) {
                               if (names.empty() || names.back() != what) names.emplace_back(what);
                               EXPECT_GT(done, last);
                               last = done;
                               total = all;
                             });
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(last, total);
  EXPECT_EQ(names, (std::vector<std::string>{"PACE passwords", "EF.DG2", "EF.COM"})) << "where each block ended";
}

// Runs `act` on the chip with a tear at command n, then `personalize` without one.
bool torn(Desk& desk, FaultChannel::Kind kind, std::size_t n) {
  ChipChannel card(desk.chip, true);
  FaultChannel tear(card, {kind, n, {}});
  bool struck = false;
  try {
    const Findings findings = desk.personalize(tear);
    EXPECT_TRUE(findings.empty()) << text_of(findings);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain) << error.what();
    struck = true;
  }
  desk.chip.reset();
  return struck;
}

void expect_repaired(Desk& desk, std::size_t n) {
  ChipChannel card(desk.chip, true);
  const Findings findings = desk.personalize(card);
  EXPECT_TRUE(findings.empty()) << "torn at command " << n << ": " << text_of(findings);
  const auto state = desk.state();
  EXPECT_EQ(state.application, simulator::ApplicationState::Personalized) << "torn at command " << n;
  EXPECT_EQ(state.keys.version, 0x31);
  const KeySet keys = desk.card_keys();
  EXPECT_TRUE(base::equal(state.keys.enc.reveal(), keys.enc.reveal()));
  EXPECT_EQ(state.files.at(0x010F), desk.files().at(lds::FileId::Dg15));
}

class TearTest : public testing::TestWithParam<FaultChannel::Kind> {};

TEST_P(TearTest, WhilePreparingIsRepairedByRunningAgain) {
  std::size_t n = 1;
  while (true) {
    Desk desk;
    ChipChannel probe(desk.chip, true);
    FaultChannel tear(probe, {GetParam(), n, {}});
    try {
      const Findings findings = desk.prepare(tear);
      EXPECT_TRUE(findings.empty()) << text_of(findings);
      break;  // the last command was passed
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain) << error.what();
    }
    desk.chip.reset();
    ChipChannel card(desk.chip, true);
    const Findings again = desk.prepare(card);
    EXPECT_TRUE(again.empty()) << "torn at command " << n << ": " << text_of(again);
    EXPECT_FALSE(desk.dg15.empty());
    EXPECT_EQ(desk.state().keys.version, 0x31);
    EXPECT_EQ(desk.state().application, simulator::ApplicationState::Selectable);
    EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
    ++n;
  }
  EXPECT_GE(n, 14U);
}

TEST_P(TearTest, WhileWritingAndLockingIsRepairedByRunningAgain) {
  Desk first;
  {
    ChipChannel card(first.chip, true);
    ASSERT_TRUE(first.prepare(card).empty());
  }
  const std::string prepared = first.store.load();
  std::size_t n = 1;
  for (bool struck = true; struck; ++n) {
    Desk desk(prepared);
    desk.assigned = first.assigned;
    desk.dg14 = first.dg14;
    desk.dg15 = first.dg15;
    struck = torn(desk, GetParam(), n);
    expect_repaired(desk, n);
    if (n == 12) expect_finished(desk);
  }
  EXPECT_GE(n, 20U);
}

INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TearTest,
                         testing::Values(FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter),
                         [](const auto& value) {
                           return std::string(value.param == FaultChannel::Kind::CardGoneBefore ? "Before" : "After");
                         });

TEST(PersonalizerTest, RefusesTransportKeysThatAreNotTheChipsWithoutCostingATry) {
  Desk desk;
  desk.transport_keys.keys = test_keys(0x70);
  ChipChannel card(desk.chip, true);
  const std::string before = desk.store.load();
  EXPECT_TRUE(desk.prepare(card).has("CHIP_KEYS_WRONG"));
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  EXPECT_EQ(desk.state().keys.version, 0x30);
  EXPECT_EQ(desk.state().application, simulator::ApplicationState::Absent);
}

TEST(PersonalizerTest, RefusesAPreparedChipThatHoldsOtherCardKeys) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.prepare(card).empty());
  desk.card_key_seed = 0x66;
  EXPECT_TRUE(desk.prepare(card).has("CHIP_KEYS_WRONG"));
  EXPECT_TRUE(desk.write(card).has("CHIP_KEYS_WRONG"));
  EXPECT_TRUE(desk.lock(card).has("CHIP_KEYS_WRONG"));
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
}

TEST(PersonalizerTest, RefusesAnotherChipThanTheOneAssigned) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  desk.identify(card);
  desk.assigned.serial = "0000000000000001";
  EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(desk.state().keys.version, 0x30);
}

TEST(PersonalizerTest, RefusesAPersonalizedChip) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  const std::string before = desk.store.load();
  EXPECT_TRUE(desk.prepare(card).has("CHIP_NOT_BLANK"));
  EXPECT_TRUE(desk.write(card).has("CHIP_NOT_BLANK"));
  EXPECT_TRUE(desk.lock(card).empty()) << "a chip that is locked with our keys is done";
}

TEST(PersonalizerTest, ProvesTheLockByWhatTheChipRefusesAndCostsItNoTry) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  const auto locked = personalization::lock(card, desk.profile, desk.card_keys(), desk.random);
  EXPECT_TRUE(locked.findings.empty()) << text_of(locked.findings);
  ASSERT_EQ(locked.proof.size(), 8U);
  for (const auto& answer : locked.proof) EXPECT_TRUE(answer.refused) << answer.probe;
  EXPECT_EQ(locked.proof[0].status, 0x6985);
  EXPECT_EQ(locked.proof[2].status, 0x6A88) << "the transport keys are gone";
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  expect_finished(desk);
}

TEST(PersonalizerTest, FindsAChipThatTakesAProbeAlthoughItIsLocked) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.personalize(card).empty());
  // Six exchanges before: SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, GET STATUS and two probes; the seventh is
  // INITIALIZE UPDATE under the transport keys' version.
  FaultChannel lies(card,
                    {FaultChannel::Kind::Change, 7, [](apdu::Response& response) { response.sw.value = 0x9000; }});
  const auto locked = personalization::lock(lies, desk.profile, desk.card_keys(), desk.random);
  EXPECT_TRUE(locked.findings.has("CHIP_NOT_LOCKED"));
  ASSERT_EQ(locked.proof.size(), 8U);
  EXPECT_FALSE(locked.proof[2].refused);
}

TEST(PersonalizerTest, FindsAChipThatStillHasTheWellKnownTestKeys) {
  Desk desk;
  desk.well_known_keys = true;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.prepare(card).empty());
  ASSERT_TRUE(desk.write(card).empty());
  const auto locked = personalization::lock(card, desk.profile, desk.card_keys(), desk.random);
  ASSERT_EQ(locked.findings.list().size(), 1U) << text_of(locked.findings);
  EXPECT_EQ(locked.findings.list()[0].code, "CHIP_NOT_LOCKED");
  EXPECT_FALSE(locked.proof[3].refused);
}

TEST(PersonalizerTest, RefusesToWriteABlankChipAndToLockAnUnfinishedOne) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  desk.identify(card);
  EXPECT_TRUE(desk.write(card).has("CHIP_STATE_UNEXPECTED"));
  ASSERT_TRUE(desk.prepare(card).empty());
  EXPECT_TRUE(desk.lock(card).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(desk.state().application, simulator::ApplicationState::Selectable);
}

TEST(PersonalizerTest, RefusesAFileForWhichTheProfileHasNoPlace) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.prepare(card).empty());
  auto files = desk.files();
  files[lds::FileId::Dg4] = Bytes(10);
  try {
    personalization::write(card, desk.profile, desk.card_keys(), files, desk.access(), desk.random);
    ADD_FAILURE() << "a file was dropped in silence";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_NE(error.seen().find("EF.DG4"), std::string::npos) << error.seen();
  }
}

TEST(PersonalizerTest, TerminatesABlankAndAPreparedChip) {
  for (const bool prepared : {false, true}) {
    Desk desk;
    ChipChannel card(desk.chip, true);
    if (prepared) {
      ASSERT_TRUE(desk.prepare(card).empty());
    } else {
      desk.identify(card);
    }
    for (int run = 0; run < 2; ++run) {  // the second time it is done already
      const auto findings =
          personalization::terminate(card, desk.profile, desk.transport_keys, desk.card_keys(), desk.random);
      EXPECT_TRUE(findings.empty()) << text_of(findings);
    }
    const auto identity = personalization::identify(card);
    EXPECT_EQ(identity.state, LifeCycle::Terminated);
    EXPECT_EQ(identity.serial, kSerial);
    EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
  }
}

TEST(PersonalizerTest, TakesAChipOfAnotherKindForForeign) {
  transport::ScriptChannel card(
      "> 00A4040008A00000015100000000\n< 6A82\n"
      "> 80CA004500\n< 6A88\n");
  EXPECT_EQ(personalization::identify(card).state, LifeCycle::Foreign);
  card.finish();
}

TEST(PersonalizerTest, TreatsAChangedAnswerUnderTheSecureChannelAsAnAttack) {
  Desk desk;
  ChipChannel card(desk.chip, true);
  desk.identify(card);
  const auto flip = [](apdu::Response& response) {
    if (!response.data.empty()) response.data.back() ^= 0x01;
  };
  // identify: SELECT, GET DATA, INITIALIZE UPDATE; then SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, PUT KEY.
  FaultChannel changed(card, {FaultChannel::Kind::Change, 7, flip});
  try {
    desk.prepare(changed);
    ADD_FAILURE() << "a wrong R-MAC was accepted";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
  }
  // The key was replaced all the same; running again finds that out.
  ChipChannel again(desk.chip, true);
  EXPECT_TRUE(desk.prepare(again).empty());
}

}  // namespace
