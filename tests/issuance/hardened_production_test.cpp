// The hardened card (docs/decisions/cccd-hardened.md) from an approved order to its acceptance: a number of its own on
// chip and face and nowhere else, EF.DG13 kept back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "issuance/production/drawn_can.h"
#include "issuance/production/lds_content.h"
#include "issuance/production/produce.h"
#include "issuance/production/work_folder.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/document/qr_text.h"
#include "smartcard/document/validity.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/transport/test_channels.h"
#include "tests/issuance/production_world.h"
#include "tests/support/vectors.h"

namespace {

using personalization::StoredObject;
using production_test::ChipInReader;
using production_test::World;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using transport::FaultChannel;

const std::string kSource = CCCD_SOURCE_DIR;

struct HardenedWorld : World {
  HardenedWorld() {
    profile = personalization::read_profile(kSource + "/smartcard/personalization/profiles/cccd-hardened.toml");
    trust_point = vectors::hex(vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"]["cvca1"]["der"]);
  }
  std::filesystem::path work(const std::string& id) const { return folder / ("work-" + id); }
};

std::string can_of(const ChipInReader& chip) {
  const auto state = chip.state();
  return base::text_of(state.pace.at(2).reveal());
}

// The card's faces, painted here with the number that the chip holds.
void expect_printed(const HardenedWorld& world, const std::string& id, const std::string& can) {
  const document::Person person = *sample::answer().person;
  const auto issue = world.signer_side.clock.today();
  const artwork::Painted faces =
      artwork::paint({.person = person,
                      .portrait_jpeg = world.application.portrait,
                      .mrz = document::build_mrz(person.number, person.full_name, person.birth, person.sex,
                                                 document::card_expiry(person.birth, issue)),
                      .qr_text = document::build_qr_text(person, issue),
                      .issue = issue,
                      .expiry = document::card_expiry(person.birth, issue),
                      .can = can},
                     artwork::Layout::embedded("adult-2024"));
  EXPECT_EQ(base::read_file(world.work(id) / "front.png", "reading"), faces.front_png);
}

TEST(HardenedProduction, MakesAGenuineCardThatOpensByTheNumberPrintedOnItAlone) {
  HardenedWorld world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  const auto produced = world.produce(id, chip);
  ASSERT_EQ(produced.state, "accepted") << testing::PrintToString(produced.report.reasons());
  EXPECT_EQ(inspection::verdict_name(produced.report.verdict), "GENUINE");
  EXPECT_TRUE(produced.report.findings.has("DG13_NOT_READ")) << "a station has no right to it";
  const std::string can = can_of(chip);
  EXPECT_NE(can, world.application.number.substr(6));
  EXPECT_FALSE(chip.state().bac) << "no keys for basic access control";
  EXPECT_TRUE(chip.state().access.dg13_behind_authentication);
  expect_printed(world, id, can);
  EXPECT_THAT(base::read_text_file(world.work(id) / "lock.json", "reading"), HasSubstr("basic access control"));
}

// Once it stands on chip and card nobody needs it any more.
TEST(HardenedProduction, KeepsTheNumberInTheWorkFolderUntilTheCardIsMadeAndInNoLog) {
  HardenedWorld world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip);
  EXPECT_FALSE(std::filesystem::exists(world.work(id) / "can"));
  const std::string can = can_of(chip);
  for (const auto& file : std::filesystem::recursive_directory_iterator(world.folder.path())) {
    if (!file.is_regular_file() || file.path().extension() == ".png" || file.path().extension() == ".pdf") continue;
    if (file.path().extension() == ".bin") continue;  // hashes and pictures: six digits occur in them by chance
    EXPECT_THAT(base::read_text_file(file.path(), "reading"), Not(HasSubstr(can))) << file.path();
  }
}

TEST(HardenedProduction, ACardThatWasPulledIsFinishedWithTheNumberThatItHas) {
  HardenedWorld clean;
  ChipInReader whole(signing_test::kSerial);
  FaultChannel counted(whole, {.kind = FaultChannel::Kind::CardGoneAfter, .at = 100'000});
  const std::string clean_id = clean.approved_case();
  clean.produce(clean_id, counted);
  std::set<std::string> states;
  for (std::size_t tenth = 3; tenth < 10; ++tenth) {
    HardenedWorld world;
    ChipInReader chip(signing_test::kSerial);
    const std::string id = world.approved_case();
    FaultChannel torn(chip, {.kind = FaultChannel::Kind::CardGoneAfter, .at = counted.commands() * tenth / 10});
    EXPECT_THROW(world.produce(id, torn), base::Error) << tenth;
    states.insert(world.state(id));
    const auto drawn = production::WorkFolder(world.work(id)).kept_can();
    chip.power_up();
    EXPECT_EQ(world.produce(id, chip).state, "accepted") << tenth;
    if (drawn) EXPECT_EQ(can_of(chip), base::text_of(drawn->reveal())) << tenth;
    expect_printed(world, id, can_of(chip));
  }
  EXPECT_THAT(states, testing::IsSupersetOf({"signed", "printed"}));
}

TEST(HardenedProduction, ANumberThatIsLostAfterItWasWrittenIsToldAndNotGuessed) {
  HardenedWorld world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  std::ranges::find(world.profile.objects, "access rules", &StoredObject::name)->octets = {0x00};  // stops at "printed"
  world.produce(id, chip);
  ASSERT_EQ(world.state(id), "printed");
  std::filesystem::remove(world.work(id) / "can");
  try {
    world.produce(id, chip);
    FAIL() << "printed without a number";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("spoil"));
  }
}

// No gate would see it.
TEST(HardenedProduction, RefusesAChipThatGivesDg13ToAnybody) {
  HardenedWorld world;
  ChipInReader chip(signing_test::kSerial);
  const auto rules = std::ranges::find(world.profile.objects, "access rules", &StoredObject::name);
  ASSERT_NE(rules, world.profile.objects.end());
  rules->octets = {0x00};
  const std::string id = world.approved_case();
  const auto produced = world.produce(id, chip);
  EXPECT_THAT(produced.report.reasons(), testing::ElementsAre("CHIP_GROUP_NOT_CLOSED"));
  EXPECT_EQ(produced.state, "printed");
}

// Who reads the finished card back has no right to it, so it is looked at before it is written.
TEST(HardenedProduction, WritesNoOtherDg13ThanTheSignedOne) {
  HardenedWorld world;
  ChipInReader chip(signing_test::kSerial);
  const std::string id = world.approved_case();
  world.produce(id, chip, production::Until::Signed);
  const auto file = world.work(id) / "lds" / "EF_DG13.bin";
  base::Bytes dg13 = base::read_file(file, "reading");
  dg13.back() ^= 1;
  base::write_file(file, dg13, "writing");
  EXPECT_THAT(world.produce(id, chip).report.reasons(), Contains("DG13_HASH_MISMATCH"));
  EXPECT_EQ(world.state(id), "signed");
}

TEST(HardenedProduction, BeginsNoCardThatNobodyCouldReadOrPrint) {
  const auto fault = [](HardenedWorld& world, const auto& change) {
    ChipInReader chip(signing_test::kSerial);
    const std::string id = world.approved_case();
    production::Bench bench = world.bench(id, chip);
    change(bench);
    try {
      production::produce(bench, id, production::Until::Accepted);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_EQ(world.state(id), "approved") << "no chip is bound";
      return error.seen();
    }
    return std::string("made");
  };
  HardenedWorld without_cvca, without_place;
  without_cvca.trust_point.clear();
  EXPECT_THAT(fault(without_cvca, [](production::Bench&) {}), HasSubstr("cvca"));
  std::string layout = base::read_text_file(kSource + "/printer/artwork/layouts/adult-2024.toml", "reading");
  const std::string field = "field = \"can\"";
  layout.replace(layout.find(field), field.size(), "field = \"number\"");
  base::write_text_file(without_place.folder / "mine.toml", layout, "writing");
  EXPECT_THAT(fault(without_place,
                    [&](production::Bench& bench) {
                      bench.layout = [&](const std::string&) {
                        return artwork::Layout::load(without_place.folder / "mine.toml");
                      };
                    }),
              HasSubstr("no place for the card access number"));
}

// --- the drawing ---

// Octets as a test wants them, three a draw.
class Script final : public base::Random {
 public:
  explicit Script(std::deque<std::uint8_t> octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& octet : out) {
      octet = octets_.front();
      octets_.pop_front();
    }
  }

 private:
  std::deque<std::uint8_t> octets_;
};

TEST(DrawnCan, IsEachOfAMillionNumbersButTheLastDigitsOfTheHolders) {
  const auto holder = *document::CitizenNumber::parse("001090000042");
  // 1,000,000 is over; 000042 is the holder's; 999,999 with set bits above the twenty counts as it is.
  Script random({0x0F, 0x42, 0x40, 0x00, 0x00, 0x2A, 0xFF, 0x42, 0x3F});
  EXPECT_EQ(base::text_of(production::draw_can(holder, random).reveal()), "999999");
  Script zero({0x00, 0x00, 0x07});
  EXPECT_EQ(base::text_of(production::draw_can(holder, zero).reveal()), "000007");
}

}  // namespace
