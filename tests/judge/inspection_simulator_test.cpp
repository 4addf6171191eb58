// Whole inspections of the virtual chip, counted: what proves the chip under PACE with chip authentication mapping, how
// many commands a card takes, and whether the report's account of them is whole.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/lds.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

using inspection::Cost;
using inspection::Demand;
using inspection::Report;
using inspection::Step;
using inspection::StepResult;
using inspection::Verdict;
using lds::Cipher;
using lds::FileId;
using lds::Mapping;
using simulator::State;
using ::testing::ElementsAre;

constexpr std::uint16_t kCardAccess = 0x011C, kCardSecurity = 0x011D;

Report inspect(const State& state, const inspection::Policy& policy = {}, bool extended = true,
               const char* inspection_system = nullptr) {
  full_chip::InProcessCard card(state, extended);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const std::string mrz = sample::mrz();
  const auto credentials = full_chip::inspection_system();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.can = full_chip::kCan;
  how.policy = policy;
  if (inspection_system != nullptr) how.inspection_system = &credentials;
  return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
}

const Step& step(const Report& report, std::string_view name) {
  return *std::ranges::find(report.steps, name, &Step::name);
}

// --- chip authentication mapping ---

// The full chip, offering PACE with chip authentication mapping, and what its EF.CardSecurity says.
struct MappingChip {
  State state = full_chip::made();
  lds::SecurityInfos infos;

  MappingChip() {
    const lds::PaceInfo pace =
        full_chip::pace_info(full_chip::kBrainpoolP256r1, Mapping::ChipAuthentication, Cipher::Aes128);
    base::Bytes& dg14 = state.files.at(static_cast<std::uint16_t>(FileId::Dg14));
    infos = lds::parse_dg14(dg14).infos.value();
    infos.pace = {pace};
    dg14 = lds::encode_dg14(infos);
    state.master_files[kCardAccess] = full_chip::card_access(pace);
    full_chip::sign_again(state);
    write_card_security();
  }
  void write_card_security(forge::Sod how = {}) {
    how.content_type = asn1::Oid{"0.4.0.127.0.7.3.2.1"};
    state.master_files[kCardSecurity] = forge::make_signed_data(how, lds::encode_security_infos(infos));
  }
};

inspection::Policy without_active_authentication() {
  return {.active_authentication = Demand::Never};
}

TEST(MappingTest, ProvesTheChipWithoutAnotherAgreement) {
  const Report report = inspect(MappingChip{}.state, without_active_authentication());
  EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
  EXPECT_EQ(step(report, "chip_authentication").result, StepResult::Passed);
  EXPECT_EQ(step(report, "chip_authentication").cost.commands, 1) << "EF.CardSecurity and nothing else";
}

TEST(MappingTest, IsFollowedByChipAuthenticationWhereTerminalAuthenticationNeedsIt) {
  const Report report = inspect(MappingChip{}.state, {}, true, "is");
  EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
  EXPECT_EQ(step(report, "chip_authentication").result, StepResult::Passed);
  EXPECT_EQ(step(report, "terminal_authentication").result, StepResult::Passed);
}

// PACE passes with each of them, since the password is right; the chip is not proven, and that is a failure.
TEST(MappingTest, WithoutAnAuthenticKeyIsAFailureOfChipAuthenticationAlone) {
  MappingChip absent, unsigned_octet, foreign, none;
  absent.state.master_files.erase(kCardSecurity);
  unsigned_octet.state.master_files.at(kCardSecurity).back() ^= 0x01;
  foreign.write_card_security({.certificates = {"ds_rogue_issuer"}, .named_certificate = "ds_rogue_issuer"});
  base::SeededRandom random(6);
  const State clone = cloned_state(MappingChip().state, random);
  none.infos.chip_keys.clear();
  none.write_card_security();
  const std::pair<const char*, const State*> all[] = {{"absent", &absent.state},
                                                      {"one octet of the signature is another", &unsigned_octet.state},
                                                      {"signed by nobody trusted", &foreign.state},
                                                      {"the chip has other keys", &clone},
                                                      {"names no key", &none.state}};
  for (const auto& [what, state] : all) {
    const Report report = inspect(*state, without_active_authentication());
    EXPECT_EQ(report.verdict, Verdict::NotGenuine) << what;
    EXPECT_THAT(report.reasons(), ElementsAre("CHIP_AUTHENTICATION_FAILED")) << what << to_text(report);
    EXPECT_EQ(step(report, "pace").result, StepResult::Passed) << what;
    EXPECT_EQ(step(report, "chip_authentication").result, StepResult::Failed) << what;
  }
}

TEST(MappingTest, ASecurityObjectOfTheDataGroupsIsNoCardSecurity) {
  MappingChip chip;
  chip.state.master_files[kCardSecurity] = forge::make_signed_data({}, lds::encode_security_infos(chip.infos));
  const Report report = inspect(chip.state, without_active_authentication());
  EXPECT_TRUE(report.findings.has("CHIP_AUTHENTICATION_FAILED")) << to_text(report);
  EXPECT_EQ(step(report, "chip_authentication").result, StepResult::Failed);
}

TEST(MappingTest, IsNotJudgedWhereThePolicyLeavesItOut) {
  inspection::Policy policy = without_active_authentication();
  policy.chip_authentication = Demand::Never;
  const Report report = inspect(MappingChip{}.state, policy);
  EXPECT_THAT(report.reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_EQ(step(report, "chip_authentication").cost.commands, 0);
}

// --- how many commands a card takes ---

std::size_t pieces(const State& state, std::size_t piece) {
  std::size_t count = 0;
  for (const auto& [id, content] : state.files) {
    if (id != static_cast<std::uint16_t>(FileId::Dg3)) count += (content.size() + piece - 1) / piece;
  }
  return count;
}

// EF.CardAccess, PACE, SELECT, each piece of each file, MSE and GENERAL AUTHENTICATE of chip authentication; and one
// answer more, which proves the new keys.
TEST(CommandCountTest, IsAtMostOneAboveTheLeastThatTheBlockSizeAllows) {
  constexpr std::size_t kLong = 8192, kShort = 223;
  constexpr std::size_t kProtocols = 1 + 5 + 1 + 2;
  const State state = full_chip::with_a_large_portrait();
  EXPECT_GT(state.files.at(static_cast<std::uint16_t>(FileId::Dg2)).size(), 14'000U);
  for (const bool extended : {true, false}) {
    const Report report = inspect(state, without_active_authentication(), extended);
    EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
    const std::size_t least = kProtocols + pieces(state, extended ? kLong : kShort);
    EXPECT_GE(report.total.commands, static_cast<std::int64_t>(least));
    EXPECT_LE(report.total.commands, static_cast<std::int64_t>(least + 1));
  }
}

TEST(CommandCountTest, TheStepsAddUpToTheTotal) {
  const Report report = inspect(full_chip::made(), {}, true, "is");
  Cost sum;
  for (const Step& one : report.steps) sum += one.cost;
  EXPECT_EQ(sum.commands, report.total.commands);
  EXPECT_EQ(sum.bytes, report.total.bytes);
  EXPECT_EQ(sum.waiting, report.total.waiting);
  EXPECT_LE(sum.ms(), report.total.ms());
  EXPECT_GT(sum.ms(), 0.99 * report.total.ms());
}

}  // namespace
