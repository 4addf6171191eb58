#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "smartcard/inspection/policy.h"

namespace {

using inspection::BacUse;
using inspection::Demand;
using inspection::parse_policy;
using inspection::Policy;

std::string refusal(const std::string& toml) {
  try {
    parse_policy(toml, "policy.toml");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return "taken";
}

TEST(InspectionPolicy, AFileThatSaysNothingIsTheDefault) {
  EXPECT_EQ(parse_policy("version = 1\n", "policy.toml"), Policy{});
}

TEST(InspectionPolicy, SaysWhatIsDemandedAndHowOldTrustMayBe) {
  const Policy policy = parse_policy(R"(version = 1
[access]
pace = "always"
bac = "never"
[checks]
passive_authentication = "always"
active_authentication = "never"
chip_authentication = "always"
terminal_authentication = "when-offered"
[reading]
may_be_refused = [13, 16]
[freshness]
revocation_list_days = 3
)",
                                     "policy.toml");
  const Policy meant{.pace = Demand::Always,
                     .bac = BacUse::Never,
                     .active_authentication = Demand::Never,
                     .chip_authentication = Demand::Always,
                     .may_be_refused = {13, 16},
                     .revocation_list_grace = std::chrono::hours{72}};
  EXPECT_EQ(policy, meant);
}

TEST(InspectionPolicy, ShortensThePatienceOfATrustPackAndNeverLengthensIt) {
  using std::chrono::hours;
  trust::TrustStore store;
  const base::Moment floor{hours{24}};
  store.set_policy({.crl_grace = hours{48}, .clock_floor = floor});
  inspection::limit_freshness(store, {.revocation_list_grace = hours{72}});
  EXPECT_EQ(store.policy().crl_grace, hours{48});
  inspection::limit_freshness(store, {.revocation_list_grace = hours{24}});
  EXPECT_EQ(store.policy().crl_grace, hours{24});
  EXPECT_EQ(store.policy().clock_floor, floor);
}

TEST(InspectionPolicy, RefusesWhatItDoesNotKnowAndNamesTheLine) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal("version = 2\n"), HasSubstr("policy.toml:1"));
  EXPECT_THAT(refusal("version = 1\n[access]\npaec = \"always\"\n"), HasSubstr("policy.toml:3"));
  EXPECT_THAT(refusal("version = 1\n[access]\nbac = \"sometimes\"\n"), HasSubstr("policy.toml:3"));
  EXPECT_THAT(refusal("version = 1\n[freshness]\nrevocation_list_days = -1\n"), HasSubstr("policy.toml:3"));
  EXPECT_THAT(refusal(""), HasSubstr("policy.toml"));
}

TEST(InspectionPolicy, RefusesWhatContradictsItself) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal("version = 1\n[checks]\npassive_authentication = \"never\"\n"), HasSubstr("always demanded"));
  EXPECT_THAT(refusal("version = 1\n[access]\npace = \"never\"\nbac = \"never\"\n"), HasSubstr("no card"));
  EXPECT_THAT(refusal("version = 1\n[access]\npace = \"always\"\n"), HasSubstr("bac has to be"));
  EXPECT_THAT(refusal("version = 1\n[checks]\nchip_authentication = \"never\"\nterminal_authentication = \"always\"\n"),
              HasSubstr("before it"));
  EXPECT_THAT(refusal("version = 1\n[reading]\nmay_be_refused = [13, 15]\n"), HasSubstr("prove the chip"));
  EXPECT_THAT(refusal("version = 1\n[reading]\nmay_be_refused = [2]\n"), HasSubstr("policy.toml:3"));
}

}  // namespace
