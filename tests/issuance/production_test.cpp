#include "issuance/production/produce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/approval/rules.h"
#include "issuance/cases/order.h"
#include "issuance/delivery/deliver.h"
#include "issuance/production/case_lock.h"
#include "issuance/production/work_folder.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "smartcard/document/qr_text.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/transport/test_channels.h"
#include "tests/issuance/production_world.h"
#include "tests/support/pictures.h"

namespace {

using production::Until;
using production_test::ChipInReader;
using production_test::World;
using transport::FaultChannel;

constexpr std::uint16_t kDg2 = 0x0102, kDg3 = 0x0103;

std::vector<std::string> reasons(const production::Produced& produced) {
  return produced.report.reasons();
}

void expect_genuine(World& world, const std::string& id, const production::Produced& produced) {
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE");
  EXPECT_EQ(produced.state, "accepted");
  EXPECT_EQ(world.signatures(), 1);
  EXPECT_TRUE(evidence::verify_log(world.folder / "log", world.log_key->public_key_named()).empty()) << id;
}

// The reader of a shop: 256 octets an answer.
class ShortReader final : public transport::Channel {
 public:
  explicit ShortReader(transport::Channel& card) : card_(card) {}
  apdu::Response transmit(const apdu::Command& command) override {
    base::ensure(command.data.size() <= 255 && command.le.value_or(0) <= 256, "no extended length here");
    return card_.transmit(command);
  }
  bool extended_length() const override { return false; }

 private:
  transport::Channel& card_;
};

// The station's own inspection meets the card as a gate does: by PACE, since the card offers it.
TEST(ProductionTest, ReadsItsCardBackByPace) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const auto produced = world.produce(world.approved_case(), chip);
  const auto result = [&](std::string_view name) {
    return std::ranges::find(produced.report.steps, name, &inspection::Step::name)->result;
  };
  EXPECT_EQ(result("pace"), inspection::StepResult::Passed);
  EXPECT_NE(result("bac"), inspection::StepResult::Passed);
  const auto can = world.application.number.substr(6);
  EXPECT_TRUE(base::equal(chip.state().pace.at(2).reveal(), base::view_of(can))) << "the last six digits open it too";
}

TEST(ProductionTest, MakesAGenuineCardOfAnApprovedOrder) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  const auto produced = world.produce(id, chip);
  expect_genuine(world, id, produced);
  const auto work = world.folder / ("work-" + id);
  const auto qr = document::parse_qr_text(base::read_text_file(work / "qr.txt", "reading"));
  ASSERT_TRUE(qr);
  EXPECT_EQ(qr->number, "001090000000");
  EXPECT_TRUE(lds::read_folder((work / "lds").string()).contains(lds::FileId::Sod));
  for (const char* paper : {"front.png", "back.png", "card.pdf", "mrz.txt", "report.json"}) {
    EXPECT_TRUE(std::filesystem::exists(work / paper)) << paper;
  }
  const std::string log = base::read_text_file(world.folder / "log" / "log.jsonl", "reading the log");
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("001090000000")));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("NGUYEN")));
}

// The chip makes a key of a curve, the signer takes it with the algorithm that EF.DG14 names, the inspection holds it
// to that. The answer is short: where a reader carries no more, an RSA card cannot be made at all.
TEST(ProductionTest, MakesAGenuineCardThatProvesItselfByEcdsa) {
  const std::string profiles = std::string(CCCD_SOURCE_DIR) + "/smartcard/personalization/profiles/";
  for (const bool extended : {true, false}) {
    World world;
    world.profile = personalization::read_profile(profiles + "virtual-lds-ecdsa.toml");
    ChipInReader chip(signing_test::kSerial);
    ShortReader short_reader(chip);
    const std::string id = world.approved_case();
    const auto produced = extended ? world.produce(id, chip) : world.produce(id, short_reader);
    expect_genuine(world, id, produced);
    const auto& steps = produced.report.steps;
    const auto proof = std::ranges::find(steps, "active_authentication", &inspection::Step::name);
    ASSERT_NE(proof, steps.end());
    EXPECT_EQ(proof->result, inspection::StepResult::Passed);
  }
  World world;
  ChipInReader chip(signing_test::kSerial);
  ShortReader short_reader(chip);
  EXPECT_THROW(world.produce(world.approved_case(), short_reader), base::Error);
}

// The key in EF.DG15 is of another kind than the chip answers with: no gate would take such a card.
TEST(ProductionTest, StopsWhereTheChipMakesNoKeyOfACurveForAProfileOfEcdsa) {
  World world;
  world.profile = personalization::read_profile(std::string(CCCD_SOURCE_DIR) +
                                                "/smartcard/personalization/profiles/virtual-lds-ecdsa.toml");
  world.profile.aa_key = personalization::virtual_lds_profile().aa_key;
  ChipInReader chip(signing_test::kSerial);
  const auto produced = world.produce(world.approved_case(), chip);
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"CHIP_STATE_UNEXPECTED"});
  EXPECT_EQ(world.signatures(), 0);
}

TEST(ProductionTest, NeedsTwoApprovals) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.open_case();
  EXPECT_EQ(reasons(world.produce(id, chip)), std::vector<std::string>{"CASE_NOT_CHECKED"});
  world.vet(id);
  world.approve(id, "an", *world.signer_side.an, false);
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "NOT ISSUED");
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"APPROVAL_MISSING"});
  EXPECT_EQ(world.signatures(), 0);
}

TEST(ProductionTest, PassesOnWhatTheSignerRefuses) {
  World world;
  ChipInReader foreign(signing_test::kForeignSerial);
  const std::string id = world.approved_case();
  EXPECT_EQ(reasons(world.produce(id, foreign)), std::vector<std::string>{"CHIP_NOT_IN_STOCK"});
  EXPECT_EQ(world.state(id), "approved");
  ChipInReader chip(signing_test::kSerial);
  expect_genuine(world, id, world.produce(id, chip));
}

TEST(ProductionTest, KeepsAFlippedBitForTheInspectionToFind) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  const auto stopped = world.produce(id, chip, Until::Signed);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.state, "signed");
  const auto file = world.folder / ("work-" + id) / "lds" / "EF_DG2.bin";
  base::Bytes dg2 = base::read_file(file, "reading");
  dg2[dg2.size() / 2] ^= 1;
  base::write_file(file, dg2, "writing");
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "NOT GENUINE");
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"DG2_HASH_MISMATCH"});
  EXPECT_EQ(produced.state, "printed");
  const auto judges = world.bench(id, chip).judges;
  EXPECT_TRUE(std::holds_alternative<base::Findings>(world.store.load_accepted(id, judges)));
}

TEST(ProductionTest, WritesTheApplicationsFingersUnderTheirSodAndEfComListsThem) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  expect_genuine(world, id, world.produce(id, chip));
  const auto files = chip.state().files;
  const base::Bytes& dg3 = files.at(kDg3);
  EXPECT_EQ(lds::parse_dg3(dg3).fingers.size(), 2U);
  EXPECT_EQ(dg3, cases::dg3_of(world.application));
  const auto tags = lds::parse_com(files.at(0x011E))->tags;
  EXPECT_TRUE(std::ranges::find(tags, lds::info(lds::FileId::Dg3).tag) != tags.end());
  const base::Bytes hash = crypto::openssl::sha256(dg3);
  const base::Bytes& sod = files.at(0x011D);
  EXPECT_NE(std::search(sod.begin(), sod.end(), hash.begin(), hash.end()), sod.end());
  const auto out = world.folder / "given out";
  production::WorkFolder(world.folder / ("work-" + id)).give_out(out);
  EXPECT_FALSE(lds::read_folder((out / "lds").string()).contains(lds::FileId::Dg3))
      << "fingers leave in the chip alone";
}

TEST(ProductionTest, MakesACardWithoutFingersForAReasonThatTwoOfficersApproved) {
  World world;
  world.application.fingers.clear();
  world.application.fingers_missing = "amputated";
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  expect_genuine(world, id, world.produce(id, chip));
  EXPECT_FALSE(chip.state().files.contains(kDg3));
}

// TT 16/2024: under six on the day of issue, neither portrait nor fingers. From the application to the verdict.
TEST(ProductionTest, MakesACardOfAChildUnderSixWithoutPortraitAndFingers) {
  World world;
  document::Person child = *sample::answer().person;
  child.number = *document::CitizenNumber::parse("001221000000");
  child.birth = base::make_date(2021, 5, 17);
  world.registry.person = child;
  world.application.number = child.number.text();
  world.application.birth = child.birth;
  world.application.reason = "NEW-U14";
  world.application.form = "child-2024";
  world.application.portrait.clear();
  world.application.fingers.clear();
  world.application.fingers_missing = "under-six";
  world.application.representative = {.number = "001190000001", .relation = "mother"};
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  EXPECT_TRUE(world.produce(id, chip, Until::Signed).stopped);
  const auto produced = world.produce(id, chip);
  expect_genuine(world, id, produced);
  EXPECT_TRUE(produced.report.findings.has("NO_PORTRAIT_CHILD"));
  const auto files = chip.state().files;
  EXPECT_FALSE(files.contains(kDg2));
  EXPECT_FALSE(files.contains(kDg3));
  const auto tags = lds::parse_com(files.at(0x011E))->tags;
  EXPECT_EQ(tags, (std::vector<asn1::Tag>{0x61, 0x6D, 0x6E, 0x6F}));
  EXPECT_TRUE(std::filesystem::exists(world.folder / ("work-" + id) / "front.png"));
}

// Who reads the finished card back has no right to its fingers, so they are looked at before they are written.
TEST(ProductionTest, WritesNoOtherFingersThanTheSignedOnes) {
  World world, other;
  other.application.fingers[0].image = pictures::gray_png(300, 400, 400, 0x11);
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  base::write_file(world.folder / ("work-" + id) / "lds" / "EF_DG3.bin", *cases::dg3_of(other.application),
                   "putting somebody else's fingers there");
  EXPECT_EQ(reasons(world.produce(id, chip)), std::vector<std::string>{"DG3_HASH_MISMATCH"});
  EXPECT_EQ(world.state(id), "signed");
  EXPECT_FALSE(chip.state().files.contains(kDg3));
}

TEST(ProductionTest, WritesNothingThatItsOwnAnchorsDoNotAccept) {
  World world(production_test::foreign_pki());
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "NOT GENUINE");
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"CSCA_NOT_TRUSTED"});
  EXPECT_EQ(world.state(id), "assigned");
  EXPECT_EQ(personalization::identify(chip).state, personalization::LifeCycle::Prepared);
}

TEST(ProductionTest, RefusesAnotherChipForACaseThatHasOne) {
  World world;
  ChipInReader chip(signing_test::kSerial), other(signing_test::kOtherSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  EXPECT_EQ(reasons(world.produce(id, other)), std::vector<std::string>{"CHIP_IS_ANOTHER"});
  expect_genuine(world, id, world.produce(id, chip));
}

TEST(ProductionTest, RefusesAChipThatIsACardAlready) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string first = world.approved_case();
  expect_genuine(world, first, world.produce(first, chip));
  const std::string second = world.approved_case();
  EXPECT_EQ(reasons(world.produce(second, chip)), std::vector<std::string>{"CHIP_NOT_BLANK"});
  EXPECT_EQ(world.state(second), "approved");
}

TEST(ProductionTest, RefusesAChipWithOtherTransportKeysWithoutSpendingATry) {
  World world;
  ChipInReader chip(signing_test::kSerial, 0x70);
  const std::string id = world.approved_case();
  EXPECT_EQ(reasons(world.produce(id, chip)), std::vector<std::string>{"CHIP_KEYS_WRONG"});
  EXPECT_EQ(world.state(id), "assigned");
  EXPECT_EQ(chip.state().keys.failed_authentications, 0U);
}

TEST(ProductionTest, ADeadSignerIsAFailureAndTheCaseStaysWhereItWas) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.stop_signer();
  try {
    world.produce(id, chip);
    FAIL() << "a card without a signer";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
  }
  EXPECT_EQ(world.state(id), "approved");
}

// The card is pulled before or after the n-th command took effect, for every n until the card is printed, and for some
// while it is read back: the same command finishes the same card, with one signature.
class TornProduction : public testing::TestWithParam<FaultChannel::Kind> {};

TEST_P(TornProduction, IsFinishedByRunningItAgain) {
  World clean;
  ChipInReader whole(signing_test::kSerial);
  FaultChannel counted(whole, {.kind = GetParam(), .at = 100'000});
  const std::string clean_id = clean.approved_case();
  expect_genuine(clean, clean_id, clean.produce(clean_id, counted));
  const std::size_t commands = counted.commands();
  ASSERT_GT(commands, 20U);
  std::size_t step = 1;
  for (std::size_t at = 1; at <= commands; at += step) {
    World world;
    ChipInReader chip(signing_test::kSerial);
    const std::string id = world.approved_case();
    FaultChannel torn(chip, {.kind = GetParam(), .at = at});
    EXPECT_THROW(world.produce(id, torn), base::Error) << "command " << at;
    if (world.state(id) == "printed") step = 6;
    chip.power_up();
    const auto produced = world.produce(id, chip);
    EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE")
        << "command " << at << ": " << testing::PrintToString(reasons(produced));
    EXPECT_EQ(world.signatures(), 1) << "command " << at;
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TornProduction,
                         testing::Values(FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter),
                         [](const auto& param) {
                           return param.param == FaultChannel::Kind::CardGoneBefore ? "Before" : "After";
                         });

TEST(CaseLockTest, LetsOneProcessAtATimeProduceACase) {
  test::Folder folder;
  const production::CaseLock held(folder / "case");
  EXPECT_THROW(production::CaseLock(folder / "case"), base::Error);
}

class DeliveryTest : public testing::Test {
 protected:
  std::variant<delivery::Delivery, base::Findings> deliver() {
    return delivery::deliver(world_.store, id_, world_.bench(id_, chip_).judges, world_.registry,
                             world_.store.officers().need("chi"), *world_.signer_side.chi, world_.signer_side.clock);
  }
  World world_;
  ChipInReader chip_{signing_test::kSerial};
  std::string id_ = world_.approved_case();
};

TEST_F(DeliveryTest, TellsTheRegistryOnceHoweverOftenItIsAsked) {
  world_.produce(id_, chip_);
  const auto first = deliver();
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(first));
  EXPECT_FALSE(std::get<delivery::Delivery>(first).was_done_before());
  EXPECT_EQ(world_.state(id_), "delivered");
  const auto second = deliver();
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(second));
  EXPECT_TRUE(std::get<delivery::Delivery>(second).was_done_before());
  EXPECT_EQ(world_.registry.told,
            (std::vector<std::string>{std::string("card ") + signing_test::kSerial, "closed " + id_}));
}

TEST_F(DeliveryTest, TellsTheRegistryWhoReceivedAndApprovedAndTheSignaturesBearItOut) {
  world_.produce(id_, chip_);
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(deliver()));
  const auto told = nlohmann::json::parse(world_.registry.approvals);
  const auto order = document::card_order_from_json(told.at("order"));
  EXPECT_EQ(order.case_id, id_);
  approval::TrustedOfficers officers;
  std::string receiver;
  for (const auto& officer : told.at("officers")) {
    officers.add(
        {officer.at("person"), officer.at("account"), *base::parse_base64url(officer.at("key").get<std::string>())});
    if (officer.at("account") == order.receiver_account) receiver = officer.at("person");
  }
  EXPECT_EQ(officers.size(), 3U) << "the three who acted and nobody else";
  const approval::SpentNonces none = [](const std::string&) { return std::nullopt; };
  EXPECT_FALSE(approval::check_approvals(order, receiver, told.at("approvals").get<std::vector<std::string>>(),
                                         officers, world_.signer_side.clock.now(), none)
                   .failed());
}

TEST_F(DeliveryTest, StaysWhenTheRegistryKnowsBetterWhoApproved) {
  world_.produce(id_, chip_);
  world_.registry.approvals_refusal.fail("APPROVERS_NOT_DISTINCT", "approval 2", "one person");
  const auto refused = deliver();
  ASSERT_TRUE(std::holds_alternative<base::Findings>(refused));
  EXPECT_TRUE(std::get<base::Findings>(refused).has("APPROVERS_NOT_DISTINCT"));
  EXPECT_TRUE(world_.registry.told.empty());
  EXPECT_EQ(world_.state(id_), "accepted");
}

TEST_F(DeliveryTest, ClosesALostCardAsLostBeforeTheNewOneReplacesIt) {
  world_.application.reason = "RE-LOST";
  world_.registry.cards = {{"AAAAAAAAAAAAAAAA", "active", "2021-03-01"}};
  id_ = world_.approved_case();
  world_.produce(id_, chip_);
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(deliver()));
  EXPECT_EQ(world_.registry.told,
            (std::vector<std::string>{"lost AAAAAAAAAAAAAAAA", std::string("card ") + signing_test::kSerial,
                                      "closed " + id_}));
}

TEST_F(DeliveryTest, LeavesALostCardAsItWasClosedBefore) {
  world_.application.reason = "RE-LOST";
  world_.registry.cards = {{"AAAAAAAAAAAAAAAA", "revoked", "2021-03-01"}};
  id_ = world_.approved_case();
  world_.produce(id_, chip_);
  world_.registry.refusal.fail("CARD_NOT_ACTIVE", "chip", "closed before");
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(deliver()));
  EXPECT_EQ(world_.registry.told,
            (std::vector<std::string>{std::string("card ") + signing_test::kSerial, "closed " + id_}));
}

TEST_F(DeliveryTest, StaysWhenTheRegistryDoesNotKnowTheLostCard) {
  world_.application.reason = "RE-LOST";
  world_.registry.cards = {{"AAAAAAAAAAAAAAAA", "active", "2021-03-01"}};
  id_ = world_.approved_case();
  world_.produce(id_, chip_);
  world_.registry.refusal.fail("CARD_NOT_FOUND", "chip", "not this person's");
  EXPECT_TRUE(std::holds_alternative<base::Findings>(deliver()));
  EXPECT_TRUE(world_.registry.told.empty());
  EXPECT_EQ(world_.state(id_), "accepted");
}

TEST_F(DeliveryTest, NeedsACardThatWasAccepted) {
  world_.produce(id_, chip_, Until::Signed);
  const auto refused = deliver();
  ASSERT_TRUE(std::holds_alternative<base::Findings>(refused));
  EXPECT_TRUE(std::get<base::Findings>(refused).has("CASE_STATE"));
  world_.database.execute("UPDATE arrows SET to_state = 'accepted' WHERE event = 'sign'");
  const auto forged = deliver();
  ASSERT_TRUE(std::holds_alternative<base::Findings>(forged));
  EXPECT_TRUE(std::get<base::Findings>(forged).has("ACCEPTANCE_NOT_TRUSTED"));
  EXPECT_TRUE(world_.registry.told.empty());
}

TEST_F(DeliveryTest, StaysWhenTheRegistryRefuses) {
  world_.produce(id_, chip_);
  world_.registry.refusal.fail("PERSON_DEAD", "number", "the person died");
  const auto refused = deliver();
  ASSERT_TRUE(std::holds_alternative<base::Findings>(refused));
  EXPECT_TRUE(std::get<base::Findings>(refused).has("PERSON_DEAD"));
  EXPECT_EQ(world_.state(id_), "accepted");
  EXPECT_TRUE(std::holds_alternative<delivery::Delivery>(deliver()));
}

}  // namespace
