// The time that a real card would take: held to figures reckoned by hand from the frames of ISO/IEC 14443-4 and
// 7816-3, and the pauses before whoever guesses a password.
#include "smartcard/simulator/link_model.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

namespace {

using std::chrono::milliseconds;

const base::Bytes kSelectLds = base::hex("00A4040C07A0000002471001");
const base::Bytes kDone = base::hex("9000");
constexpr CardKind kCardOfTheTest{
    .command = Microseconds(1000),
    .cipher_octet = Microseconds(2),
    .page_octets = 64,
    .page = Microseconds(3000),
    .agreement = Microseconds(10'000),
    .verification = Microseconds(20'000),
    .signature = Microseconds(40'000),
    .signing_key = Microseconds(80'000),
};

LinkModel model(std::string_view link) {
  return LinkModel(link_named(link), kCardOfTheTest);
}

}  // namespace

// (12 + 3) octets there and (2 + 3) back, nine bits each at 13.56 MHz / 128, and two turnarounds of 0.35 ms.
TEST(LinkModelTest, AShortExchangeIsTwoFrames) {
  LinkModel contactless = model("contactless-106");
  contactless.count(kSelectLds, kDone, {});
  EXPECT_NEAR(contactless.time().wire.count(), 180e6 / 105937.5 + 700, 0.01);
  EXPECT_NEAR(contactless.time().processor.count(), 1000, 0.01);
  EXPECT_EQ(contactless.time().memory.count(), 0);
  // (12 + 4) and (2 + 4) octets of eleven etu, and twice 22 etu.
  LinkModel contact = model("contact-9600");
  contact.count(kSelectLds, kDone, {});
  EXPECT_NEAR(contact.time().wire.count(), (22 * 11 + 2 * 22) * 1e6 / 9600, 0.01);
}

// 600 octets are three frames of 253 at most, two of them acknowledged by an empty one.
TEST(LinkModelTest, ALongCommandIsChainedInFrames) {
  LinkModel contactless = model("contactless-106");
  contactless.count(base::Bytes(600), kDone, {});
  EXPECT_NEAR(contactless.time().wire.count(), ((600 + 9 + 6) * 9 + 45) * 1e6 / 105937.5 + 5 * 350 + 350, 0.01);
  LinkModel full = model("contactless-106"), more = model("contactless-106");
  full.count(base::Bytes(253), kDone, {});
  more.count(base::Bytes(254), kDone, {});
  EXPECT_NEAR((more.time().wire - full.time().wire).count(), 7 * 9 * 1e6 / 105937.5 + 2 * 350, 0.01);
}

TEST(LinkModelTest, TheCardsWorkIsAdded) {
  LinkModel contact = model("contact-115200");
  const Effort effort{.agreements = 2,
                      .verifications = 1,
                      .signatures = 1,
                      .signing_keys = 1,
                      .written = 65,
                      .changes = 1,
                      .pause = milliseconds(400)};
  contact.count(kSelectLds, kDone, effort);
  EXPECT_NEAR(contact.time().processor.count(), 1000 + 2 * 10'000 + 20'000 + 40'000 + 80'000, 0.01);
  EXPECT_NEAR(contact.time().memory.count(), 3 * 3000, 0.01) << "two pages, and the one that makes it whole";
  EXPECT_NEAR(contact.time().pause.count(), 400'000, 0.01);
  LinkModel secured = model("contact-115200");
  secured.count(base::hex("0CB09E00"), kDone, {});
  EXPECT_NEAR(secured.time().processor.count(), 1000 + 6 * 2, 0.01) << "what is protected is enciphered";
}

TEST(LinkModelTest, TellsItsLinks) {
  EXPECT_GE(link_kinds().size(), 6U);
  for (const LinkKind& link : link_kinds()) EXPECT_EQ(&link_named(link.name), &link);
  EXPECT_THROW(link_named("contactless-1"), base::Error);
}

TEST(LinkModelTest, AFasterLinkSavesWireAndNothingElse) {
  LinkModel slow = model("contactless-106"), fast = model("contactless-848");
  for (LinkModel* one : {&slow, &fast}) one->count(base::Bytes(1000, 0x0C), base::Bytes(2000), {.written = 1000});
  EXPECT_GT(slow.time().wire, 6 * fast.time().wire);
  EXPECT_EQ(slow.time().processor, fast.time().processor);
  EXPECT_EQ(slow.time().memory, fast.time().memory);
}

TEST(LinkModelTest, ReportsWhatItWasSpentOn) {
  LinkModel contact = model("contact-9600");
  contact.count(kSelectLds, kDone, {.written = 1, .pause = milliseconds(100)});
  const auto json = nlohmann::json::parse(contact.report());
  EXPECT_EQ(json["link"], "contact-9600");
  EXPECT_EQ(json["commands"], 1);
  EXPECT_EQ(json["octets_to_card"], 12);
  EXPECT_EQ(json["octets_from_card"], 2);
  EXPECT_EQ(json["microseconds"]["wire"], 29792);
  EXPECT_EQ(json["microseconds"]["memory"], 3000);
  EXPECT_EQ(json["microseconds"]["pause"], 100'000);
  EXPECT_EQ(json["microseconds"]["total"], 29792 + 1000 + 3000 + 100'000);
}

// --- who guesses waits ---

namespace {

// One try with wrong keys: how long the chip pauses before it.
milliseconds wrong_try(Chip& chip) {
  EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x9000);
  EXPECT_EQ(sw(chip, "0084000008"), 0x9000);
  const milliseconds pause = chip.effort().pause;
  EXPECT_EQ(sw(chip, "0082000028" + std::string(80, '0') + "28"), 0x6300);
  return pause;
}

}  // namespace

// Bad input B7: a thousand wrong runs. The pause grows and is bounded, and the right keys open the chip at the end.
TEST(GuessingTest, GrowsThePauseAndNeverBlocks) {
  MemoryStore store(personalized());
  base::SeededRandom random(5);
  Chip chip(store, random);
  milliseconds all{0}, last{0};
  for (int i = 0; i < 1000; ++i) {
    const milliseconds pause = wrong_try(chip);
    EXPECT_GE(pause, last);
    last = pause;
    all += pause;
  }
  EXPECT_EQ(last, milliseconds(6400));
  EXPECT_EQ(all, milliseconds(100 + 200 + 400 + 800 + 1600 + 3200 + 993 * 6400));
  EXPECT_EQ(store.saves(), kMostFailedAccesses) << "and the memory does not wear";
  Reader reader(chip);
  EXPECT_EQ(reader.open(), 0x9000);
  EXPECT_EQ(wrong_try(chip), milliseconds(0)) << "the right keys end it";
}

TEST(GuessingTest, PowerDoesNotShortenThePause) {
  MemoryStore store(personalized());
  base::SeededRandom random(5);
  for (const int expected : {0, 100, 200}) {
    Chip chip(store, random);
    EXPECT_EQ(wrong_try(chip), milliseconds(expected));
  }
}

TEST(GuessingTest, WhoKnowsTheKeysWritesNothing) {
  MemoryStore store(personalized());
  base::SeededRandom random(5);
  Chip chip(store, random);
  Reader reader(chip);
  EXPECT_EQ(reader.open(), 0x9000);
  EXPECT_EQ(store.saves(), 0U);
  EXPECT_EQ(chip.effort().changes, 0U);
}

}  // namespace simulator::testing
