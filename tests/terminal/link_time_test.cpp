// Personalization over a real link to a real card, as the model reckons it: how near the host comes to what nobody can
// be faster than.
#include <gtest/gtest.h>

#include <vector>

#include "pki/asn1/tlv.h"
#include "smartcard/access/access.h"
#include "smartcard/personalization/personalizer.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/link_model.h"

namespace {

using base::Bytes;
using base::Secret;
using globalplatform::KeySet;

constexpr std::string_view kMrz = "L898902C<369080619406236";  // ICAO Doc 9303-11 App. D
constexpr std::size_t kContent = 40'000;
constexpr double kNearEnough = 1.05;

struct Exchange {
  Bytes command, answer;
  simulator::Effort effort;
};

class RecordedCard final : public transport::Channel {
 public:
  RecordedCard(simulator::Chip& chip, std::vector<Exchange>& exchanges) : chip_(chip), exchanges_(exchanges) {}
  apdu::Response transmit(const apdu::Command& command) override {
    Bytes raw = apdu::encode(command);
    Bytes answer = chip_.transmit(raw);
    exchanges_.push_back({std::move(raw), answer, chip_.effort()});
    return apdu::decode_response(answer).value();
  }
  bool extended_length() const override { return true; }

 private:
  simulator::Chip& chip_;
  std::vector<Exchange>& exchanges_;
};

KeySet keys(std::uint8_t seed) {
  return {Secret(Bytes(16, seed)), Secret(Bytes(16, seed)), Secret(Bytes(16, seed))};
}

// Files of kContent octets in all, the rest of them the portrait.
lds::Files files(const personalization::PreparedChip& prepared) {
  lds::Files out{{lds::FileId::Dg1, Bytes(93, 0x61)},   {lds::FileId::Dg13, Bytes(300, 0x6D)},
                 {lds::FileId::Dg14, prepared.dg14},    {lds::FileId::Dg15, prepared.dg15},
                 {lds::FileId::Sod, Bytes(1700, 0x77)}, {lds::FileId::Com, Bytes(22, 0x60)}};
  std::size_t size = 0;
  for (const auto& [id, content] : out) size += content.size();
  out[lds::FileId::Dg2] = Bytes(kContent - size, 0x75);
  return out;
}

std::vector<Exchange> a_whole_personalization() {
  simulator::KeySet blank_keys;
  blank_keys.version = 0x30;
  for (Secret* const key : {&blank_keys.enc, &blank_keys.mac, &blank_keys.dek}) *key = Secret(Bytes(16, 0x40));
  simulator::MemoryStore store(simulator::blank_state("00112233445566AA", std::move(blank_keys)));
  base::SeededRandom chip_random(7), random(11);
  simulator::Chip chip(store, chip_random);
  std::vector<Exchange> exchanges;
  RecordedCard card(chip, exchanges);
  const auto& profile = personalization::virtual_lds_profile();
  const auto chip_found = personalization::identify(card, profile);
  const auto prepared = personalization::prepare(card, profile, chip_found, {0x30, keys(0x40)}, keys(0x5A), random);
  EXPECT_FALSE(prepared.findings.failed());
  const personalization::CardAccess access{.mrz_information = Secret::copy_of(base::view_of(kMrz)),
                                           .can = Secret::copy_of(base::view_of("123456")),
                                           .trust_point = {},
                                           .today = *base::parse_iso_date("2026-11-27")};
  personalization::BlockOfThisRun blocks({.proven = personalization::largest_block(profile, true)});
  EXPECT_FALSE(personalization::write_and_lock(card, profile, keys(0x5A), files(prepared), access, random, blocks)
                   .findings.failed());
  return exchanges;
}

}  // namespace

TEST(LinkTimeTest, FortyKilobytesAreWrittenWithinFivePercentOfTheFloor) {
  const std::vector<Exchange> exchanges = a_whole_personalization();
  simulator::Effort made;  // the keys that the card had to make
  std::size_t written = 0;
  for (const Exchange& one : exchanges) {
    made.agreements += one.effort.agreements;
    made.signing_keys += one.effort.signing_keys;
    written += one.effort.written;
  }
  EXPECT_EQ(made.signing_keys, 1U);
  EXPECT_GE(written, kContent);
  for (const simulator::LinkKind& link : simulator::link_kinds()) {
    simulator::LinkModel model(link);
    for (const Exchange& one : exchanges) model.count(one.command, one.answer, one.effort);
    const double floor = model.floor(kContent, made).total().count();
    const double taken = model.time().total().count();
    EXPECT_GT(taken, floor) << link.name;
    EXPECT_LE(taken, kNearEnough * floor) << link.name << ": " << taken / floor;
    RecordProperty(std::string(link.name), std::to_string(taken / floor));
  }
}
