// Every false card of `cccd-chip --fault`, inspected: refused for its reason and for no other.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/inspection/verdict.h"
#include "smartcard/simulator/faults.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace {

using inspection::Report;
using inspection::Verdict;
using simulator::State;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAreArray;

// The fault, the card that it is made from, the verdict, and every failing code; of a card that is genuine all the
// same, every warning.
struct Case {
  std::string fault, card, verdict, codes;
};

std::vector<Case> cases() {
  std::ifstream in(vectors::path("../judge/false_cards.csv"));
  std::vector<Case> out;
  std::string line;
  std::getline(in, line);  // the columns' names
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    Case& one = out.emplace_back();
    for (std::string* field : {&one.fault, &one.card, &one.verdict, &one.codes}) std::getline(fields, *field, ',');
  }
  return out;
}

// A card of before PACE: it knows BAC and active authentication, and has neither DG3 nor DG14.
State before_pace(State state) {
  for (const std::uint16_t file : std::initializer_list<std::uint16_t>{0x0103, 0x010E, 0x011D}) state.files.erase(file);
  state.master_files.clear();
  state.pace.clear();
  state.chip_keys.clear();
  state.trust_points.clear();
  lds::Files files;
  for (const auto& [id, content] : state.files) files[static_cast<lds::FileId>(id)] = content;
  files[lds::FileId::Com] = lds::encode_com({1, 2, 13, 15});
  for (const auto& [id, content] : sample::sign_again(std::move(files))) {
    state.files[static_cast<std::uint16_t>(id)] = content;
  }
  return state;
}

State card_named(std::string_view name) {
  static const std::string with_bac = encode_state(before_pace(full_chip::made()));
  return name == "bac" ? simulator::decode_state(with_bac, "test") : full_chip::made();
}

class InProcessCard final : public transport::Channel {
 public:
  explicit InProcessCard(simulator::Chip& chip) : chip_(chip) {}
  apdu::Response transmit(const apdu::Command& command) override {
    return apdu::decode_response(chip_.transmit(apdu::encode(command))).value();
  }
  bool extended_length() const override { return true; }

 private:
  simulator::Chip& chip_;
};

// By CAN where the chip speaks PACE, else by MRZ; with an inspection system that the chip trusts.
Report inspect(simulator::Chip& chip) {
  static const auto inspection_system = full_chip::inspection_system();
  InProcessCard card(chip);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const std::string mrz = sample::mrz();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.can = full_chip::kCan;
  how.inspection_system = &inspection_system;
  return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
}

std::string codes_of(const Report& report) {
  std::set<std::string> codes;
  for (const base::Finding& finding : report.findings.list()) {
    const bool told = report.verdict == Verdict::Genuine ? finding.severity == base::Severity::Warn
                                                         : finding.severity == base::Severity::Fail;
    if (told) codes.insert(finding.code);
  }
  return fmt::format("{}", fmt::join(codes, " "));
}

Report inspect_false(const std::string& name, std::string_view card) {
  base::SeededRandom random(11), chip_random(3);
  const simulator::Fault& fault = simulator::fault_named(name);
  simulator::MemoryStore store(with_fault(card_named(card), fault, random));
  simulator::FalseChip chip(store, chip_random, fault);
  return inspect(chip);
}

void expect_each_refused(std::string_view card) {
  for (const Case& one : cases()) {
    if (one.card != card) continue;
    const Report report = inspect_false(one.fault, card);
    EXPECT_EQ(verdict_name(report.verdict), one.verdict) << one.fault << "\n" << to_text(report);
    EXPECT_EQ(codes_of(report), one.codes) << one.fault;
  }
}

TEST(FalseCardTest, EachIsRefusedForItsReasonAndNoOther) {
  expect_each_refused("bac");
}

TEST(FalseCardTest, EachWithPaceIsRefusedForItsReasonAndNoOther) {
  expect_each_refused("pace");
}

TEST(FalseCardTest, EveryFaultHasItsCase) {
  std::vector<std::string> known;
  std::set<std::string> tried;
  for (const simulator::Fault& fault : simulator::faults()) known.push_back(fault.name);
  for (const Case& one : cases()) tried.insert(one.fault);
  EXPECT_THAT(tried, UnorderedElementsAreArray(known)) << "no fault without a case, no name twice";
  EXPECT_GE(known.size(), 60U);
}

TEST(FalseCardTest, ABlankChipCannotBeMadeFalse) {
  base::SeededRandom random(11);
  const auto blank = [] {
    State state;
    state.serial = base::Bytes(8);
    return state;
  };
  for (const char* name : {"dg2-bit", "clone", "clone-chip-key", "ca-old-keys", "ta-no-trust-point", "dg2-changes"}) {
    EXPECT_THROW(with_fault(blank(), simulator::fault_named(name), random), base::Error) << name;
  }
  EXPECT_THROW(simulator::fault_named("dg2"), base::Error);
}

// What is judged is what is shown: a chip that gives another file to the next reader does not get the verdict of the
// one before.
TEST(FalseCardTest, AFileThatChangesBetweenTwoReadingsIsJudgedAsItWasRead) {
  for (const auto& [name, code] :
       {std::pair{"dg2-changes", "DG2_HASH_MISMATCH"}, std::pair{"dg13-changes", "DG13_HASH_MISMATCH"}}) {
    base::SeededRandom random(11), chip_random(3);
    const simulator::Fault& fault = simulator::fault_named(name);
    simulator::MemoryStore store(with_fault(card_named("pace"), fault, random));
    simulator::FalseChip chip(store, chip_random, fault);
    EXPECT_EQ(inspect(chip).verdict, Verdict::Genuine) << name;
    chip.reset();
    EXPECT_THAT(inspect(chip).reasons(), ElementsAre(code)) << name;
  }
}

// Made like any other card, with good keys: what is wrong with it stands in the revocation list alone.
TEST(FalseCardTest, ACardOfARevokedSignerIsRefusedForThat) {
  State state = full_chip::made();
  lds::Files files;
  for (const auto& [id, content] : state.files) {
    if (id != 0x011D) files[static_cast<lds::FileId>(id)] = content;
  }
  forge::Sod sod;
  sod.certificates = {"ds_revoked"};
  sod.named_certificate = "ds_revoked";
  state.files[0x011D] = sample::sign_again(std::move(files), sod)[lds::FileId::Sod];
  simulator::MemoryStore store(state);
  base::SeededRandom chip_random(3);
  simulator::Chip chip(store, chip_random);
  const Report report = inspect(chip);
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), ElementsAre("DS_REVOKED")) << to_text(report);
}

}  // namespace
