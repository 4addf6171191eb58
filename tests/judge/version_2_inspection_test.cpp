// Whole inspections of a chip that offers terminal and chip authentication of version 2, with its key in
// EF.CardSecurity.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/lds.h"
#include "tests/judge/sample_card.h"
#include "tests/judge/version_2_chip.h"

namespace {

using inspection::Demand;
using inspection::Report;
using inspection::StepResult;
using inspection::Verdict;
using lds::FileId;
using simulator::State;
using ::testing::ElementsAre;

using Chip = full_chip::Version2Chip;

constexpr std::uint16_t kCardSecurity = 0x011D;

struct Inspected {
  Report report;
  lds::Files files;
  StepResult step(std::string_view name) const {
    return std::ranges::find(report.steps, name, &inspection::Step::name)->result;
  }
};

Inspected inspect(const State& state, const inspection::Policy& policy = {.active_authentication = Demand::Never},
                  const char* inspection_system = "is", const inspection::Protocols& protocols = {}) {
  full_chip::InProcessCard card(state);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const std::string mrz = sample::mrz();
  std::optional<chip_access::InspectionCredentials> credentials;
  if (inspection_system != nullptr) credentials = full_chip::inspection_system(inspection_system);
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.can = full_chip::kCan;
  how.policy = policy;
  how.protocols = protocols;
  if (credentials) how.inspection_system = &*credentials;
  Inspected out;
  out.report = inspection::inspect_card(card, how, &out.files);
  return out;
}

TEST(Version2Inspection, ProvesTheChipAndOpensTheFingers) {
  const Inspected seen = inspect(Chip{}.state);
  EXPECT_EQ(seen.report.verdict, Verdict::Genuine) << to_text(seen.report);
  EXPECT_EQ(seen.step("terminal_authentication"), StepResult::Passed);
  EXPECT_EQ(seen.step("chip_authentication"), StepResult::Passed);
  EXPECT_TRUE(seen.files.contains(FileId::Dg3));
}

TEST(Version2Inspection, GivesNoMoreThanTheTerminalAskedForInPace) {
  inspection::Protocols protocols;
  protocols.pace = [](transport::Channel& card, chip_access::PaceChoice choice, const chip_access::Password& password,
                      base::Random& random) {
    choice.chat = cvc::format::inspection_chat(cvc::format::Role::Terminal, {.fingerprints = false, .iris = true});
    return chip_access::pace(card, choice, password, random);
  };
  const Inspected seen = inspect(Chip{}.state, {.active_authentication = Demand::Never}, "is", protocols);
  EXPECT_EQ(seen.step("terminal_authentication"), StepResult::Passed);
  EXPECT_FALSE(seen.files.contains(FileId::Dg3));
}

TEST(Version2Inspection, WithoutACertificateNothingOfItIsAsked) {
  const Inspected seen = inspect(Chip{}.state, {.active_authentication = Demand::Never}, nullptr);
  EXPECT_THAT(seen.report.reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_FALSE(seen.files.contains(FileId::Dg3));
}

TEST(Version2Inspection, ATerminalThatIsNotLetInProvesNothingEither) {
  const Inspected seen = inspect(Chip{}.state, {.active_authentication = Demand::Never}, "is_expired");
  EXPECT_EQ(seen.step("terminal_authentication"), StepResult::Failed);
  EXPECT_THAT(seen.report.reasons(), ElementsAre("CHIP_NOT_PROVEN")) << to_text(seen.report);
  EXPECT_TRUE(seen.report.findings.has("TERMINAL_AUTHENTICATION_REFUSED"));
  const Inspected demanded = inspect(
      Chip{}.state, {.active_authentication = Demand::Never, .chip_authentication = Demand::Always}, "is_expired");
  EXPECT_THAT(demanded.report.reasons(), ElementsAre("CHIP_AUTHENTICATION_DEMANDED")) << to_text(demanded.report);
}

// The key counts only as EF.CardSecurity has it, signed for this country; a clone has another.
TEST(Version2Inspection, WithoutAnAuthenticKeyTheChipIsFalse) {
  Chip absent, foreign, unsigned_octet, other_parameters;
  absent.state.master_files.erase(kCardSecurity);
  foreign.write({.certificates = {"ds_rogue_issuer"}, .named_certificate = "ds_rogue_issuer"});
  unsigned_octet.state.master_files.at(kCardSecurity).back() ^= 0x01;
  other_parameters.infos.chip_parameters.front().domain_parameter = base::hex("300C060704007F0007010202010C");
  other_parameters.write();
  base::SeededRandom random(6);
  const State clone = cloned_state(Chip().state, random);
  const std::pair<const char*, const State*> all[] = {{"absent", &absent.state},
                                                      {"signed by nobody trusted", &foreign.state},
                                                      {"one octet of the signature is another", &unsigned_octet.state},
                                                      {"parameters that are not the key's", &other_parameters.state},
                                                      {"the chip has another key", &clone}};
  for (const auto& [what, state] : all) {
    const Inspected seen = inspect(*state);
    EXPECT_EQ(seen.report.verdict, Verdict::NotGenuine) << what << to_text(seen.report);
    EXPECT_EQ(seen.step("chip_authentication"), StepResult::Failed) << what;
  }
}

// Version 1 stays what it was where a chip offers both and lets nobody in by version 2.
TEST(Version2Inspection, AChipOfBothVersionsIsProvenByVersion2AndNotTwice) {
  Chip chip;
  base::Bytes& dg14 = chip.state.files.at(static_cast<std::uint16_t>(FileId::Dg14));
  dg14 = full_chip::made().files.at(static_cast<std::uint16_t>(FileId::Dg14));
  full_chip::sign_again(chip.state);
  inspection::Protocols protocols;
  bool first_version = false;
  protocols.chip_authentication = [&](transport::Channel& card, std::unique_ptr<transport::SecureChannel> secured,
                                      const lds::SecurityInfos& infos, base::Random& random) {
    first_version = true;
    return chip_access::chip_authentication(card, std::move(secured), infos, random);
  };
  EXPECT_EQ(inspect(chip.state, {.active_authentication = Demand::Never}, "is", protocols).report.verdict,
            Verdict::Genuine);
  EXPECT_FALSE(first_version);
  EXPECT_EQ(inspect(chip.state, {.active_authentication = Demand::Never}, nullptr, protocols).report.verdict,
            Verdict::Genuine);
  EXPECT_TRUE(first_version);
}

}  // namespace
