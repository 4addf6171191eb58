// The personalizer, PACE, BAC, chip and active authentication against the virtual chip, whose protocols are written
// apart on Botan.

#include "pki/base/core/error.h"
#include "smartcard/personalization/card_session.h"
#include "smartcard/transport/observing_channels.h"
#include "smartcard/transport/test_channels.h"
#include "tests/terminal/desk.h"

namespace {

using base::Bytes;
using base::Findings;
using desk::ChipChannel;
using desk::Desk;
using desk::expect_finished;
using desk::kCan;
using desk::kMrz;
using desk::kSerial;
using desk::read_file;
using desk::test_keys;
using desk::text_of;
using personalization::LifeCycle;
using transport::FaultChannel;

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

// 9303-11 §9.2.4: EF.DG14 says how the chip's ECDSA key signs, and a terminal holds the chip to it.
TEST(PersonalizerTest, MakesACardThatProvesItselfByEcdsa) {
  for (const char* const request : {"02", "03"}) {  // NIST P-256, brainpoolP256r1
    Desk desk;
    desk.profile.aa_key.value = base::hex(request);
    desk.profile.aa_signature = lds::kEcdsaPlainSha256;
    ChipChannel card(desk.chip, true);
    const Findings findings = desk.personalize(card);
    ASSERT_TRUE(findings.empty()) << text_of(findings);
    const auto infos = lds::parse_dg14(desk.dg14).infos;
    ASSERT_TRUE(infos);
    const auto algorithm = chip_access::active_authentication_algorithm(*infos);
    EXPECT_EQ(algorithm, lds::kEcdsaPlainSha256);
    expect_finished(desk);
    ChipChannel again(desk.chip, true);
    ASSERT_TRUE(again.transmit({0x00, 0xA4, 0x04, 0x0C, desk.profile.instance, std::nullopt}).sw.ok());
    const auto opened = chip_access::basic_access_control(again, kMrz, desk.random);
    ASSERT_TRUE(opened.secured);
    EXPECT_TRUE(chip_access::active_authentication(*opened.secured, desk.dg15, desk.random, algorithm).empty());
    EXPECT_FALSE(
        chip_access::active_authentication(*opened.secured, desk.dg15, desk.random, lds::kEcdsaPlainSha384).empty())
        << "the chip signs over SHA-256";
  }
}

TEST(PersonalizerTest, RefusesAKeyOfAnotherKindThanTheProfileSays) {
  for (const bool profile_says_ecdsa : {true, false}) {
    Desk desk;
    desk.profile.aa_key.value = base::hex(profile_says_ecdsa ? "01" : "02");
    if (profile_says_ecdsa) desk.profile.aa_signature = lds::kEcdsaPlainSha256;
    ChipChannel card(desk.chip, true);
    EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
    EXPECT_TRUE(desk.dg15.empty());
  }
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
  // SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, INSTALL; the secrets in one block, the rest in three.
  EXPECT_EQ(written - prepared_commands, 4 + 1 + 3);
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
                             desk.blocks, [&](std::string_view what, std::size_t done, std::size_t all) {
                               if (names.empty() || names.back() != what) names.emplace_back(what);
                               EXPECT_GT(done, last);
                               last = done;
                               total = all;
                             });
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(last, total);
  EXPECT_EQ(names, (std::vector<std::string>{"PACE passwords", "EF.DG2", "EF.COM"})) << "where each block ended";
}

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
  // Seven exchanges before: SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, SET STATUS, GET STATUS and two probes;
  // the eighth is INITIALIZE UPDATE under the transport keys' version.
  FaultChannel lies(card,
                    {FaultChannel::Kind::Change, 8, [](apdu::Response& response) { response.sw.value = 0x9000; }});
  const auto locked = personalization::lock(lies, desk.profile, desk.card_keys(), desk.random);
  EXPECT_TRUE(locked.findings.has("CHIP_NOT_LOCKED"));
  ASSERT_EQ(locked.proof.size(), 8U);
  EXPECT_FALSE(locked.proof[2].refused);
}

TEST(PersonalizerTest, FindsAChipThatStillHasTheWellKnownTestKeys) {
  for (const char* const key :
       {"404142434445464748494A4B4C4D4E4F", "404142434445464748494A4B4C4D4E4F404142434445464748494A4B4C4D4E4F",
        "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F"}) {
    Desk desk(globalplatform::Mode::S8, base::hex(key).size());
    desk.well_known_key = key;
    ChipChannel card(desk.chip, true);
    ASSERT_TRUE(desk.prepare(card).empty());
    ASSERT_TRUE(desk.write(card).empty());
    const auto locked = personalization::lock(card, desk.profile, desk.card_keys(), desk.random);
    ASSERT_EQ(locked.findings.list().size(), 1U) << text_of(locked.findings);
    EXPECT_EQ(locked.findings.list()[0].code, "CHIP_NOT_LOCKED");
    EXPECT_FALSE(locked.proof[3].refused) << key;
  }
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
    personalization::write(card, desk.profile, desk.card_keys(), files, desk.access(), desk.random, desk.blocks);
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
  // SELECT, GET DATA, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, PUT KEY.
  FaultChannel changed(card, {FaultChannel::Kind::Change, 5, flip});
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
