// The way out of a production that cannot go on, and the way to a new card after it.

#include "issuance/production/spoil.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuance/cases/order.h"
#include "issuance/delivery/deliver.h"
#include "issuance/production/work_folder.h"
#include "pki/base/core/error.h"
#include "smartcard/transport/test_channels.h"
#include "tests/issuance/production_world.h"

namespace {

using personalization::LifeCycle;
using production::Until;
using production_test::ChipInReader;
using production_test::World;
using transport::FaultChannel;

std::vector<std::string> reasons(const production::Produced& produced) {
  return produced.report.reasons();
}

base::Findings spoil(World& world, const std::string& id, transport::Channel& card) {
  production::Bench bench = world.bench(id, card);
  return production::spoil(world.store, id, world.store.officers().need("chi"), "Chip không ghi được", &bench);
}

// Twelve days pass; the registry is asked anew when somebody asks.
void let_the_order_end(World& world) {
  world.signer_side.clock.set(world.signer_side.clock.now() + cases::kOrderLife);
  world.registry.at = world.signer_side.clock.now();
}

TEST(SpoilTest, TerminatesTheChipAndLetsTheCaseBeVettedAnew) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  EXPECT_TRUE(spoil(world, id, chip).empty());
  EXPECT_EQ(world.state(id), "spoiled");
  EXPECT_EQ(personalization::identify(chip).state, personalization::LifeCycle::Terminated);
  world.vet(id);
  EXPECT_EQ(world.state(id), "checked");
  EXPECT_FALSE(world.store.card(id)) << "a new order has no chip";
  EXPECT_EQ(reasons(world.produce(id, chip)), std::vector<std::string>{"APPROVAL_MISSING"});
}

TEST(SpoilTest, GivesUpAChipThatIsLost) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  const auto officer = world.store.officers().need("binh");
  EXPECT_TRUE(production::spoil(world.store, id, officer, "Chip bị mất", nullptr).empty());
  EXPECT_EQ(world.state(id), "spoiled");
  EXPECT_TRUE(production::spoil(world.store, id, officer, "Chip bị mất", nullptr).has("CASE_STATE"));
}

TEST(SpoilTest, LeadsToANewChipAndADeliveredCard) {
  World world;
  ChipInReader chip(signing_test::kSerial), next(signing_test::kOtherSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  EXPECT_TRUE(spoil(world, id, chip).empty());
  world.write_off(signing_test::kSerial, id);
  world.vet(id);
  world.approve_twice(id);
  EXPECT_EQ(reasons(world.produce(id, chip)), std::vector<std::string>{"CHIP_UNUSABLE"});
  const auto produced = world.produce(id, next);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE") << testing::PrintToString(reasons(produced));
  EXPECT_EQ(world.state(id), "accepted");
  EXPECT_EQ(world.signatures(), 2);
  const auto delivered =
      delivery::deliver(world.store, id, world.bench(id, next).judges, world.registry,
                        world.store.officers().need("chi"), *world.signer_side.chi, world.signer_side.clock);
  ASSERT_TRUE(std::holds_alternative<delivery::Delivery>(delivered));
  EXPECT_EQ(std::get<delivery::Delivery>(delivered).serial(), signing_test::kOtherSerial);
  EXPECT_EQ(world.state(id), "delivered");
  EXPECT_TRUE(evidence::verify_log(world.folder / "log", world.log_key->public_key_named()).empty());
}

// What the first chip answered is no part of the second card, also when the second chip is torn out at its worst.
TEST(SpoilTest, ForgetsTheSpoiledChipsKey) {
  World world;
  ChipInReader chip(signing_test::kSerial), next(signing_test::kOtherSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  const production::WorkFolder folder(world.folder / ("work-" + id));
  const auto kept_key = [&folder] {
    const auto keys = folder.kept_keys();
    return keys ? keys->dg15 : base::Bytes{};
  };
  const base::Bytes first = kept_key();
  ASSERT_FALSE(first.empty());
  EXPECT_TRUE(spoil(world, id, chip).empty());
  world.write_off(signing_test::kSerial, id);
  world.vet(id);
  world.approve_twice(id);
  for (std::size_t at = 1; world.state(id) != "signed"; ++at) {
    FaultChannel torn(next, {.kind = FaultChannel::Kind::CardGoneAfter, .at = at});
    try {
      world.produce(id, torn, Until::Signed);
    } catch (const base::Error&) {
      EXPECT_NE(kept_key(), first) << "command " << at;
    }
    next.power_up();
    ASSERT_LT(at, 100U);
  }
  EXPECT_EQ(world.produce(id, next).state, "accepted");
}

// --- an order that ended ------------------------------------------------------------------------------------------

TEST(EndedOrderTest, EndsBeforeTheSignatureAndSaysWhatToDo) {
  World world(production_test::foreign_pki());  // its signature is not believed, so the case stays assigned
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip);
  ASSERT_EQ(world.state(id), "assigned");
  let_the_order_end(world);
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"ORDER_EXPIRED"});
  EXPECT_TRUE(produced.report.findings.has("SPOIL_FIRST"));
  EXPECT_TRUE(spoil(world, id, chip).empty());
  EXPECT_EQ(world.state(id), "spoiled");
  EXPECT_EQ(personalization::identify(chip).state, LifeCycle::Terminated);
}

TEST(EndedOrderTest, LetsASignedCardBeFinished) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  let_the_order_end(world);
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE") << testing::PrintToString(reasons(produced));
  EXPECT_EQ(world.state(id), "accepted");
  EXPECT_EQ(world.signatures(), 1);
}

TEST(EndedOrderTest, LetsASignedCardBeSpoiledAndTheCaseBeginAnew) {
  World world;
  ChipInReader chip(signing_test::kSerial), next(signing_test::kOtherSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  let_the_order_end(world);
  EXPECT_TRUE(spoil(world, id, chip).empty());
  world.write_off(signing_test::kSerial, id);
  world.vet(id);
  world.approve_twice(id);
  EXPECT_EQ(world.produce(id, next).state, "accepted");
}

TEST(EndedOrderTest, IsNotSignedByWritingThatItWas) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  let_the_order_end(world);
  world.database.execute("UPDATE arrows SET to_state = 'signed', event = 'sign' WHERE to_state = 'approved'");
  ASSERT_EQ(world.state(id), "signed");
  const auto produced = world.produce(id, chip);  // the signer judges by its own clock and ledger
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "NOT ISSUED");
  EXPECT_EQ(world.signatures(), 0);
  EXPECT_EQ(personalization::identify(chip).state, LifeCycle::Blank);
}

// --- power lost while spoiling, and keys lost before it -----------------------------------------------------------

class TornSpoiling : public testing::TestWithParam<FaultChannel::Kind> {};

TEST_P(TornSpoiling, IsFinishedByRunningItAgain) {
  for (std::size_t at = 1;; ++at) {
    World world;
    ChipInReader chip(signing_test::kSerial);
    const std::string id = world.approved_case();
    world.produce(id, chip, Until::Signed);
    FaultChannel torn(chip, {.kind = GetParam(), .at = at});
    try {
      EXPECT_TRUE(spoil(world, id, torn).empty());
      EXPECT_FALSE(torn.struck());
      EXPECT_GT(at, 5U);
      return;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain);
    }
    chip.power_up();
    EXPECT_TRUE(spoil(world, id, chip).empty()) << "command " << at;
    EXPECT_EQ(world.state(id), "spoiled") << "command " << at;
    EXPECT_EQ(personalization::identify(chip).state, LifeCycle::Terminated) << "command " << at;
    ASSERT_LT(at, 100U);
  }
}
INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TornSpoiling,
                         testing::Values(FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter),
                         [](const auto& param) {
                           return param.param == FaultChannel::Kind::CardGoneBefore ? "Before" : "After";
                         });

TEST(SpoilTest, SpoilsNoOtherChip) {
  World world;
  ChipInReader chip(signing_test::kSerial), other(signing_test::kOtherSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, Until::Signed);
  EXPECT_TRUE(spoil(world, id, other).has("CHIP_IS_ANOTHER"));
  EXPECT_EQ(personalization::identify(other).state, LifeCycle::Blank);
  EXPECT_EQ(world.state(id), "signed");
}

TEST(SpoilTest, NeedsTheMakersKeysForABlankChipOnly) {
  World world(production_test::foreign_pki());
  ChipInReader chip(signing_test::kSerial, 0x70);  // other transport keys: it stays blank
  const std::string id = world.approved_case();
  world.produce(id, chip);
  ASSERT_EQ(world.state(id), "assigned");
  production::Bench bench = world.bench(id, chip);
  bench.transport_keys = nullptr;
  const auto officer = world.store.officers().need("chi");
  try {
    production::spoil(world.store, id, officer, "Chip hỏng", &bench);
    FAIL() << "a blank chip terminated without its keys";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::UsedWrongly);
    EXPECT_THAT(error.seen(), testing::HasSubstr("blank"));
  }
  World prepared;
  ChipInReader written(signing_test::kSerial);
  const std::string second = prepared.approved_case();
  prepared.produce(second, written, Until::Signed);
  production::Bench without = prepared.bench(second, written);
  without.transport_keys = nullptr;
  EXPECT_TRUE(production::spoil(prepared.store, second, officer, "Chip hỏng", &without).empty());
}

// The chip has its card keys, and the file with its public key is gone: a new key, no talk of a blank chip.
TEST(LostChipKeyTest, IsMadeAnewWithoutTheMakersKeys) {
  World world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  production::Bench bench = world.bench(id, chip);
  auto bound = production::bind_chip(bench, id, world.store.evidence(id));
  const auto& known = std::get<production::BoundChip>(bound);
  const auto prepared = personalization::prepare(chip, bench.profile, known.identity, world.transport_keys,
                                                 production::key_set(known.assignment.keys), world.signer_side.random);
  ASSERT_FALSE(prepared.findings.failed());
  chip.power_up();
  bench.transport_keys = nullptr;
  const auto produced = production::produce(bench, id, Until::Accepted);
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE") << testing::PrintToString(reasons(produced));
}

TEST(LostChipKeyTest, IsRefusedByASignerThatKnowsTheFirstOne) {
  World world(production_test::foreign_pki());
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip);  // signed by the signer, not believed here
  std::filesystem::remove(world.folder / ("work-" + id) / "lds" / "EF_DG15.bin");
  const auto produced = world.produce(id, chip);
  EXPECT_EQ(reasons(produced), std::vector<std::string>{"ORDER_ALREADY_SIGNED"});
  EXPECT_TRUE(produced.report.findings.has("SPOIL_FIRST"));
}

}  // namespace
