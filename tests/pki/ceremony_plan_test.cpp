// A ceremony's plan, its approvals and its rehearsal, in memory; the journey CeremonyRunbook runs it on a token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/admin/ceremony.h"
#include "pki/admin/ceremony_approval.h"
#include "pki/admin/ceremony_minutes.h"
#include "pki/admin/crl_ceremony.h"
#include "pki/admin/performance.h"
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

constexpr const char* kSuccessor =
    "[[step]]\ndo = \"csca\"\nname = \"csca-2\"\nsuccessor_of = \"csca-1\"\nalgorithm = \"brainpoolP256r1\"\n"
    "key = \"csca-2.key\"\npassword_file = \"password\"\ncertificate = \"csca-2.cer\"\n"
    "link = \"csca-1-to-2.cer\"\n";

TEST_F(CeremonyPlanTest, AnOlderKeyOfACscaSignsNothingOnceItsSuccessorIsThere) {
  const std::string signer =
      "[[step]]\ndo = \"ds\"\nname = \"late\"\nissuer = \"csca-1\"\nkey = \"late.key\"\n"
      "algorithm = \"P-384\"\npassword_file = \"password\"\ncertificate = \"late.cer\"\n";
  EXPECT_THAT(admin::rehearse(plan(shipped() + kSuccessor + signer), world_).findings.failing_codes(),
              ElementsAre("KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_THAT(
      admin::rehearse(plan(shipped() + kSuccessor + with(signer, "csca-1", "csca-2")), world_).findings.failing_codes(),
      ElementsAre());
  std::string third = with(with(kSuccessor, "csca-2", "csca-3"), "csca-2.key", "csca-3.key");
  third = with(with(third, "csca-2.cer", "csca-3.cer"), "csca-1-to-2", "csca-1-to-3");
  const auto performed = admin::rehearse(plan(shipped() + kSuccessor + third), world_);
  EXPECT_THAT(performed.findings.failing_codes(), ElementsAre("KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_EQ(performed.files.size(), 9U) << "nothing of the third";
}

// A succession in earnest, from a CSCA that an administrator made by command.
class SuccessionTest : public CeremonyPlanTest {
 protected:
  SuccessionTest() {
    base::write_text_file(folder_ / "password", "one\n", "test");
    EXPECT_TRUE(admin::create_csca({folder_ / "csca", password(), profile_, {}}, world_).made());
  }
  static base::Secret password() { return base::Secret(base::bytes_of("one")); }
  // after: the last line of the journal that is written; empty: all are.
  void succeed(const std::string& after) {
    const std::string text = shipped();
    const admin::Plan read =
        plan(text.substr(0, text.find("[[step]]")) +
             "[[step]]\ndo = \"authority\"\nname = \"csca-1\"\nkey = \"csca/csca.key\"\npassword_file = \"password\"\n"
             "certificate = \"csca/csca.cer\"\nbook = \"csca/ca.db\"\n" +
             kSuccessor);
    const auto keys = admin::real_keys(out(), random_);
    const auto journal = [&](const std::string& line) {
      if (!after.empty() && line.starts_with(after))
        throw base::Error(base::Fault::AskOperator, "writing the journal", "the machine stopped here");
    };
    const auto performed = admin::Performance(read, *keys, out(), profile_, world_, journal).perform();
    EXPECT_THAT(performed.findings.failing_codes(), ElementsAre());
  }
  std::filesystem::path out() const { return folder_ / "out"; }
  admin::CaBook book() { return {folder_ / "csca/ca.db", false, clock_}; }
  x509::format::Certificate newest() { return admin::read_certificate(out() / "csca-2.cer", "reading back"); }
  // The codes that stand in the way of a list by this key.
  std::vector<std::string> list_by(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    admin::CaBook entries = book();
    return admin::make_crl(entries, admin::read_certificate(certificate, "reading back"),
                           *keystore::load_file(key, password()), std::chrono::days{30}, world_)
        .findings.failing_codes();
  }
  std::vector<std::string> signer_by(const char* folder, const std::filesystem::path& certificate = {},
                                     const std::string& key = {}) {
    return admin::issue_document_signer({folder_ / folder, password(), profile_, {}}, folder_ / "csca", password(),
                                        world_, key, certificate)
        .findings.failing_codes();
  }

  const x509::issue::Profile profile_ = x509::issue::shipped_profile();
};

TEST_F(SuccessionTest, WhereverItStopsSomebodyCanIssueTheLists) {
  namespace fs = std::filesystem;
  fs::copy(folder_ / "csca", folder_ / "as it was", fs::copy_options::recursive);
  struct Stop {
    const char *line, *in_the_way;  // where the journal ends, and a file that is there already
    bool old_key_signs, key_is_kept;
  };
  for (const Stop& stop : {Stop{"", "csca-1-to-2.cer", true, true}, Stop{"wrote csca-1-to-2.cer", "", true, true},
                           Stop{"", "csca-2.cer", true, true}, Stop{"wrote csca-2.cer", "", true, true},
                           Stop{"done csca-2", "", false, true}, Stop{"intent csca-2", "", true, false}}) {
    SCOPED_TRACE(std::string(stop.line) + stop.in_the_way);
    fs::remove_all(folder_ / "csca");
    fs::remove_all(out());
    fs::copy(folder_ / "as it was", folder_ / "csca", fs::copy_options::recursive);
    fs::create_directories(out());
    if (*stop.in_the_way != 0) base::write_text_file(out() / stop.in_the_way, "another's", "test");
    EXPECT_THROW(succeed(stop.line), base::Error);
    EXPECT_EQ(fs::exists(out() / "csca-2.key"), stop.key_is_kept);
    if (stop.old_key_signs) {
      EXPECT_THAT(list_by(folder_ / "csca/csca.cer", folder_ / "csca/csca.key"), ElementsAre());
    } else {
      EXPECT_THAT(list_by(out() / "csca-2.cer", out() / "csca-2.key"), ElementsAre());
    }
  }
}

TEST_F(SuccessionTest, TheNewestKeyThatIsNotRevokedSigns) {
  std::filesystem::create_directories(out());
  succeed("");
  const std::string new_key = out() / "csca-2.key";
  EXPECT_THAT(signer_by("by-the-old"), ElementsAre("KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_THAT(list_by(folder_ / "csca/csca.cer", folder_ / "csca/csca.key"), ElementsAre("CRL_NEWEST_KEY"));
  EXPECT_THAT(signer_by("by-the-new", out() / "csca-2.cer", new_key), ElementsAre());
  EXPECT_EQ(
      admin::revoke_certificate(folder_ / "csca/ca.db", newest().body.serial, "the new key was seen", world_).size(),
      2U);
  EXPECT_THAT(signer_by("by-the-revoked", out() / "csca-2.cer", new_key),
              testing::UnorderedElementsAre("CSCA_REVOKED", "KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_THAT(signer_by("by-the-old"), ElementsAre());
  EXPECT_THAT(list_by(folder_ / "csca/csca.cer", folder_ / "csca/csca.key"), ElementsAre());
  // Nobody is left to certify; the last list is the revoked one's own to sign.
  const auto old = admin::read_certificate(folder_ / "csca/csca.cer", "reading back");
  EXPECT_EQ(admin::revoke_certificate(folder_ / "csca/ca.db", old.body.serial, "stolen", world_).size(), 1U)
      << "the successor was revoked before, and with it the link that certifies the same key";
  EXPECT_THAT(signer_by("by-nobody"), ElementsAre("CSCA_REVOKED"));
}

TEST(SpokenHash, IsReadInGroupsAndWords) {
  EXPECT_EQ(admin::in_groups("3F2A91C0"), "3F2A 91C0");
  EXPECT_EQ(admin::spoken("3F2A91C0"), "three foxtrot two alfa, nine one charlie zero");
}

}  // namespace
