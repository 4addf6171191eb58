// A ceremony's plan, its approvals and its rehearsal, in memory; the journey CeremonyRunbook runs it on a token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/admin/ceremony_approval.h"
#include "pki/admin/ceremony_minutes.h"
#include "pki/admin/spoken_hash.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/issue/officer_certificate.h"
#include "tests/pki/support.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CeremonyPlanTest : public testing::Test {
 protected:
  CeremonyPlanTest() {
    for (int n = 1; n <= 3; ++n) {
      keys_.push_back(keystore::generate(keystore::KeyKind::P256, random_));
      const std::string name = "custodian-" + std::to_string(n);
      std::filesystem::create_directories(folder_ / "custodians");
      base::write_new_file(folder_ / ("custodians/" + name + ".cer"),
                           x509::issue::issue_officer_certificate(*keys_.back(), name, clock_.now(), random_), "test");
    }
  }

  std::string shipped() {
    return base::read_text_file(std::string(CCCD_SOURCE_DIR) + "/docs/ceremonies/root.toml", "test");
  }
  static std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    base::ensure(at != std::string::npos, "the shipped plan has the text");
    return text.replace(at, from.size(), to);
  }
  admin::Plan plan(const std::string& text) {
    base::write_text_file(folder_ / "plan.toml", text, "test");
    return admin::read_plan(folder_ / "plan.toml");
  }
  std::string refusal(const std::string& text) {
    try {
      plan(text);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.seen();
    }
    return {};
  }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{21};
  admin::World world_{clock_, random_};
  std::vector<std::unique_ptr<keystore::SigningKey>> keys_;
};

TEST_F(CeremonyPlanTest, WhatIsWrongIsNamedWithItsLine) {
  const std::string good = shipped();
  EXPECT_EQ(refusal(good), "");
  EXPECT_THAT(refusal(good + "colour = 'red'\n"),
              testing::ContainsRegex("plan.toml:[0-9]+: step.7..colour is unknown"));
  EXPECT_THAT(refusal(with(good, "\"Test Card Authority\"", "\"Test Key Custody\"")),
              HasSubstr("another organisation"));
  EXPECT_THAT(refusal(with(good, "organisation = \"Test Key Custody\"", "organisation = \"Other\"")),
              HasSubstr("is not of the key keeper"));
  EXPECT_THAT(refusal(with(good, "quorum = 2", "quorum = 4")), HasSubstr("a quorum of 4"));
  EXPECT_THAT(refusal(with(good, "quorum = 2", "quorum = 1")), HasSubstr("quorum must be a whole number from 2"));
  EXPECT_THAT(refusal(with(good, "custodian-2.cer", "custodian-1.cer")), HasSubstr("stands twice"));
  EXPECT_THAT(refusal(with(good, "issuer = \"csca-1\"", "issuer = \"csca-9\"")), HasSubstr("no earlier step"));
  EXPECT_THAT(refusal(with(good, "issuer = \"cvca\"", "issuer = \"csca-1\"")), HasSubstr("cannot do this"));
  EXPECT_THAT(refusal(with(good, "\"ds-2.cer\"", "\"ds-1.cer\"")), HasSubstr("would be written twice"));
  EXPECT_THAT(refusal(with(good, "\"ds-1.cer\"", "\"../ds-1.cer\"")), HasSubstr("below the output folder"));
  EXPECT_THAT(refusal(with(good, "\"fingers+iris\"", "\"iris\"")), HasSubstr("cannot give more"));
  EXPECT_THAT(refusal(with(good, "\"brainpoolP512r1\"", "\"P-192\"")), HasSubstr("algorithm must be"));
  EXPECT_THAT(refusal(with(good, "do = \"csca\"", "do = \"magic\"")), HasSubstr("'magic' is no"));
}

TEST_F(CeremonyPlanTest, AQuorumIsDifferentCustodiansOfThisVeryPlan) {
  const admin::Plan read = plan(shipped());
  const auto approval = [&](int n) {
    return admin::approve_plan(read, "custodian-" + std::to_string(n + 1), *keys_[static_cast<std::size_t>(n)],
                               clock_.now());
  };
  const auto judged = [&](const std::vector<std::string>& approvals) {
    return admin::judge_approvals(read, approvals, clock_.now()).findings;
  };
  EXPECT_FALSE(judged({approval(0), approval(2)}).failed());
  EXPECT_THAT(judged({approval(0)}).failing_codes(), ElementsAre("CEREMONY_QUORUM"));
  EXPECT_THAT(judged({approval(0), approval(0)}).failing_codes(), ElementsAre("CEREMONY_QUORUM"));
  EXPECT_THAT(judged({approval(0), approval(1), "nonsense"}).failing_codes(), ElementsAre("CEREMONY_APPROVAL_UNKNOWN"));
  const std::string before = approval(1);
  const admin::Plan changed = plan(shipped() + "\n");
  EXPECT_THAT(admin::judge_approvals(changed, {before}, clock_.now()).findings.failing_codes(),
              ElementsAre("CEREMONY_APPROVAL_OTHER_PLAN", "CEREMONY_QUORUM"));
  EXPECT_THAT(admin::judge_approvals(read, {approval(0), approval(1)}, read.not_after + std::chrono::seconds(1))
                  .findings.failing_codes(),
              ElementsAre("CEREMONY_TIME"));
  EXPECT_THROW(admin::approve_plan(read, "custodian-1", *keys_[1], clock_.now()), base::Error);
}

TEST_F(CeremonyPlanTest, ARehearsalMakesEverythingAndKeepsNothing) {
  const admin::Performed performed = admin::rehearse(plan(shipped()), world_);
  EXPECT_FALSE(performed.findings.failed());
  EXPECT_EQ(performed.files.size(), 7U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()),
            2)
      << "the plan and the custodians";
}

TEST_F(CeremonyPlanTest, ACscaOnAnyKeyChangesItsNameInAPlan) {
  std::string text = with(shipped(), "algorithm = \"brainpoolP512r1\"", "algorithm = \"RSA-3072\"");
  text = with(text, "algorithm = \"brainpoolP384r1\"", "algorithm = \"P-521\"");
  text +=
      "[[step]]\ndo = \"csca\"\nname = \"csca-2\"\nsuccessor_of = \"csca-1\"\nalgorithm = \"P-521\"\n"
      "key = \"csca-2.key\"\npassword_file = \"token.pin\"\ncertificate = \"csca-2.cer\"\n"
      "link = \"csca-1-to-2.cer\"\nsubject = \"C=VN,O=NEW,CN=New CSCA\"\n"
      "[[step]]\ndo = \"crl\"\nname = \"crl\"\nissuer = \"csca-2\"\nlist = \"csca.crl\"\ndays = 30\n";
  const admin::Performed performed = admin::rehearse(plan(text), world_);
  EXPECT_THAT(performed.findings.failing_codes(), testing::IsEmpty());
  EXPECT_EQ(performed.files.size(), 10U);
  EXPECT_EQ(performed.books.size(), 2U);
}

TEST_F(CeremonyPlanTest, LintSpeaksInTheRehearsal) {
  const auto performed = admin::rehearse(
      plan(with(shipped(), "subject = \"C=VN,O=TEST,CN=Test DS 1\"", "subject = \"C=LA,O=TEST,CN=Test DS 1\"")),
      world_);
  EXPECT_TRUE(performed.findings.has("CERT_COUNTRY_MATCH"));
  EXPECT_EQ(performed.files.size(), 1U) << "the CSCA, before the step that was refused";
}

TEST(SpokenHash, IsReadInGroupsAndWords) {
  EXPECT_EQ(admin::in_groups("3F2A91C0"), "3F2A 91C0");
  EXPECT_EQ(admin::spoken("3F2A91C0"), "three foxtrot two alfa, nine one charlie zero");
}

}  // namespace
