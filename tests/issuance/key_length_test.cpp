// Cards whose keys are AES-192 and AES-256, from an approved order to their acceptance: signer, station, personalizer
// and chip have one length, and the first that has another says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuance/production/spoil.h"
#include "issuance/signing/card_keys.h"
#include "pki/base/core/error.h"
#include "smartcard/personalization/personalizer.h"
#include "tests/issuance/production_world.h"

namespace {

using production_test::ChipInReader;
using production_test::World;
using testing::HasSubstr;

class KeyLength : public testing::TestWithParam<std::size_t> {};

void expect_derived_keys(const World& world, const ChipInReader& chip) {
  const auto derived = signing::derive_card_keys(world.signer_side.master, signing_test::kdd_of(signing_test::kSerial));
  const auto state = chip.state();
  EXPECT_EQ(state.keys.version, 0x31);
  EXPECT_TRUE(base::equal(state.keys.enc.reveal(), derived.enc.reveal()));
  EXPECT_TRUE(base::equal(state.keys.mac.reveal(), derived.mac.reveal()));
  EXPECT_TRUE(base::equal(state.keys.dek.reveal(), derived.dek.reveal()));
}

TEST_P(KeyLength, OfTheMasterKeyIsThatOfTheKeysOnTheChip) {
  World world(production_test::trusted_pki(), GetParam());
  ChipInReader chip(signing_test::kSerial, 0x40, GetParam());
  const auto produced = world.produce(world.approved_case(), chip);
  ASSERT_EQ(produced.state, "accepted") << testing::PrintToString(produced.report.reasons());
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE");
  EXPECT_EQ(chip.state().keys.enc.size(), GetParam());
  expect_derived_keys(world, chip);
}

TEST_P(KeyLength, DoesNotKeepAChipFromBeingTerminated) {
  World world(production_test::trusted_pki(), GetParam());
  ChipInReader chip(signing_test::kSerial, 0x40, GetParam());
  const std::string id = world.approved_case();
  world.produce(id, chip, production::Until::Signed);
  production::Bench bench = world.bench(id, chip);
  EXPECT_FALSE(
      production::spoil(world.store, id, world.store.officers().need("chi"), "Chip không ghi được", &bench).failed());
  EXPECT_EQ(personalization::identify(chip, world.profile).state, personalization::LifeCycle::Terminated);
}

INSTANTIATE_TEST_SUITE_P(Aes, KeyLength, testing::Values(std::size_t{24}, std::size_t{32}),
                         [](const auto& value) { return std::to_string(8 * value.param); });

// The chip keeps its transport keys, no try is spent, and with the right profile the same order goes on.
TEST(KeyLengthTest, OfAnotherProfileStopsBeforeTheChipIsTouched) {
  World world(production_test::trusted_pki(), 32);
  ChipInReader chip(signing_test::kSerial, 0x40, 32);
  const std::string id = world.approved_case();
  world.profile.key_size = 16;
  try {
    world.produce(id, chip);
    FAIL() << "keys of another length were put";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.seen(),
                HasSubstr("the card keys are AES-256, profile virtual-lds wants AES-128; a chip keeps the "
                          "length that its keys were delivered with"));
  }
  EXPECT_EQ(chip.state().keys.version, 0x30);
  EXPECT_EQ(chip.state().keys.failed_authentications, 0U);
  world.profile.key_size = 32;
  EXPECT_EQ(world.produce(id, chip).state, "accepted");
}

}  // namespace
