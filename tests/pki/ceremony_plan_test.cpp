// A ceremony's plan, its approvals and its rehearsal, in memory; the journey CeremonyRunbook runs it on a token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/admin/ceremony.h"
#include "pki/admin/ceremony_approval.h"
#include "pki/admin/ceremony_minutes.h"
#include "pki/admin/crl_ceremony.h"
#include "pki/admin/performance.h"
#include "pki/admin/spoken_hash.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "pki/x509/issue/profile.h"
#include "pki/x509/issue/signatory.h"
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
                           x509::issue::issue_officer_certificate(x509::issue::shipped_signatory_profile().custodian,
                                                                  *keys_.back(), name, clock_.now(), random_),
                           "test");
    }
    base::write_text_file(folder_ / "token.pin", "48151623\n", "test");
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

  // The shipped plan's ceremony and roles, and other steps.
  std::string with_steps(const std::string& steps) {
    const std::string text = shipped();
    return text.substr(0, text.find("[[step]]")) + steps;
  }
  std::vector<std::string> approvals_of(const admin::Plan& read, std::vector<std::size_t> who = {0, 1}) {
    std::vector<std::string> approvals;
    for (const std::size_t n : who) {
      approvals.push_back(
          admin::approve_plan(read, "custodian-" + std::to_string(n + 1), *keys_[n], clock_.now(), random_));
    }
    return approvals;
  }
  admin::CeremonyRun run(const admin::Plan& read, const std::vector<std::string>& approvals, const char* out) {
    return admin::run_ceremony(read, approvals, *keys_[0], folder_ / out, world_);
  }
  // A CSCA in files, as `name`.
  void make_authority(const char* name) {
    const admin::Plan read = plan(with_steps(kRoot));
    ASSERT_THAT(run(read, approvals_of(read), name).performed.findings.failing_codes(), testing::IsEmpty());
  }

  static constexpr const char* kRoot =
      "[[step]]\ndo = \"csca\"\nname = \"csca\"\nkey = \"csca.key\"\nalgorithm = \"P-384\"\n"
      "password_file = \"token.pin\"\ncertificate = \"csca.cer\"\nbook = \"ca.db\"\n";
  static constexpr const char* kList =
      "[[step]]\ndo = \"authority\"\nname = \"csca\"\nkey = \"one/csca.key\"\npassword_file = \"token.pin\"\n"
      "certificate = \"one/csca.cer\"\nbook = \"one/ca.db\"\n"
      "[[step]]\ndo = \"crl\"\nname = \"crl\"\nissuer = \"csca\"\nlist = \"csca.crl\"\ndays = 30\n";

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
                               clock_.now(), random_);
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
  EXPECT_THROW(admin::approve_plan(read, "custodian-1", *keys_[1], clock_.now(), random_), base::Error);
}

TEST_F(CeremonyPlanTest, ARehearsalMakesEverythingAndKeepsNothing) {
  const admin::Performed performed = admin::rehearse(plan(shipped()), world_);
  EXPECT_FALSE(performed.findings.failed());
  EXPECT_EQ(performed.files.size(), 7U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()),
            3)
      << "the plan, the custodians and the PIN";
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
  base::write_text_file(folder_ / "password", "one\n", "test");
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

TEST_F(SuccessionTest, ARehearsalLooksIntoTheAuthoritysBook) {
  std::filesystem::create_directories(out());
  succeed("");
  const auto rehearsed = [&](const std::string& certificate, const std::string& key) {
    const std::string steps =
        "[[step]]\ndo = \"authority\"\nname = \"csca\"\nkey = \"" + key +
        "\"\npassword_file = \"password\"\ncertificate = \"" + certificate +
        "\"\nbook = \"csca/ca.db\"\n[[step]]\ndo = \"ds\"\nname = \"late\"\nissuer = \"csca\"\nkey = \"late.key\"\n"
        "algorithm = \"P-384\"\npassword_file = \"password\"\ncertificate = \"late.cer\"\n";
    return admin::rehearse(plan(with_steps(steps)), world_).findings.failing_codes();
  };
  EXPECT_THAT(rehearsed("csca/csca.cer", "csca/csca.key"), ElementsAre("KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_THAT(rehearsed("out/csca-2.cer", "out/csca-2.key"), ElementsAre());
  admin::revoke_certificate(folder_ / "csca/ca.db", newest().body.serial, "the new key was seen", world_);
  EXPECT_THAT(rehearsed("out/csca-2.cer", "out/csca-2.key"),
              testing::UnorderedElementsAre("CSCA_REVOKED", "KEYS_NEWEST_KEY_SIGNS"));
  EXPECT_THAT(rehearsed("csca/csca.cer", "csca/csca.key"), ElementsAre());
}

TEST_F(CeremonyPlanTest, WhatIsApprovedIsEveryFileThatTheRunReads) {
  const auto copy = [&](const char* from, const char* to) {
    std::filesystem::copy_file(folder_ / from, folder_ / to, std::filesystem::copy_options::overwrite_existing);
  };
  base::write_text_file(folder_ / "profile.toml", x509::issue::shipped_profile_text(), "test");
  const std::string text = with(shipped(), "[ceremony]\n", "[ceremony]\nprofile = \"profile.toml\"\n");
  const auto judged = [&](const std::vector<std::string>& approvals) {
    return admin::judge_approvals(plan(text), approvals, clock_.now()).findings;
  };
  const auto before = approvals_of(plan(text));
  EXPECT_FALSE(judged(before).failed());

  base::write_text_file(folder_ / "profile.toml", std::string(x509::issue::shipped_profile_text()) + "\n", "test");
  EXPECT_THAT(judged(before).failing_codes(), ElementsAre("CEREMONY_APPROVAL_OTHER_FILES", "CEREMONY_QUORUM"));
  EXPECT_THAT(judged(before).list().front().text, HasSubstr("profile.toml (profile of profile)"));
  base::write_text_file(folder_ / "profile.toml", x509::issue::shipped_profile_text(), "test");
  EXPECT_FALSE(judged(before).failed());

  // Custodian 1 makes a key, calls it custodian 2's and approves with both.
  const auto own = keystore::generate(keystore::KeyKind::P256, random_);
  copy("custodians/custodian-2.cer", "custodian-2.cer");
  base::write_file(folder_ / "custodians/custodian-2.cer",
                   x509::issue::issue_officer_certificate(x509::issue::shipped_signatory_profile().custodian, *own,
                                                          "custodian-2", clock_.now(), random_),
                   "test");
  const std::string forged = admin::approve_plan(plan(text), "custodian-2", *own, clock_.now(), random_);
  EXPECT_THAT(judged({before[0], forged}).failing_codes(),
              ElementsAre("CEREMONY_APPROVAL_OTHER_FILES", "CEREMONY_QUORUM"));
  EXPECT_THAT(judged({before[0], forged}).list().front().text, HasSubstr("custodian-2.cer"));
  copy("custodian-2.cer", "custodians/custodian-2.cer");
  EXPECT_FALSE(judged(before).failed());
}

TEST_F(CeremonyPlanTest, ARehearsalRefusesEveryInputThatTheRunWouldStumbleOver) {
  const std::string good = shipped();
  EXPECT_THAT(refusal(with(good, "object=ds-1", "object=csca-1")),
              HasSubstr("step ds-1: pkcs11:token=ceremony;object=csca-1 is the key of step csca-1 too"));
  EXPECT_THAT(refusal(with(good, "object=ds-1", "object=csca%2d1")), HasSubstr("is the key of step csca-1 too"));
  EXPECT_THAT(refusal(with(good, ";object=ds-1", "")), HasSubstr("step ds-1: it names no key"));
  EXPECT_THAT(refusal(with(good, "pkcs11:token=ceremony;object=ds-1", "pkcs11:nonsense=1;;;")),
              HasSubstr("step ds-1: 'nonsense' is no attribute"));
  EXPECT_THAT(refusal(with(good, "object=ds-1", "object=ds 1")), HasSubstr("step ds-1: 'ds 1' is no label"));
  EXPECT_THAT(refusal(with(good, "\"ds-1.cer\"", "\"cvc/dv.cvcert/ds-1.cer\"")),
              HasSubstr("step dv: cvc/dv.cvcert/ds-1.cer and cvc/dv.cvcert cannot both be files"));
  EXPECT_THAT(refusal(with(good, "\"ds-1.cer\"", "\"journal.txt/x\"")),
              HasSubstr("step ds-1: journal.txt and journal.txt/x cannot both be files"));
  EXPECT_THAT(refusal(with(good, "custodians/custodian-2.cer", "custodians/nobody.cer")), HasSubstr("is not there"));
  EXPECT_THAT(refusal(with_steps(kList)), HasSubstr("plan.toml:32: step csca: "));

  const auto rehearsal = [&](const std::string& text) -> std::string {
    try {
      admin::rehearse(plan(text), world_);
    } catch (const base::Error& error) {
      return error.seen();
    }
    return {};
  };
  const std::string no_pin = with(good, "object=ds-2\"\nalgorithm = \"P-384\"\npassword_file = \"token.pin\"",
                                  "object=ds-2\"\nalgorithm = \"P-384\"\npassword_file = \"none.pin\"");
  EXPECT_THAT(rehearsal(no_pin), testing::MatchesRegex("step ds-2: the password file .*none.pin is not there"));
}

TEST_F(CeremonyPlanTest, AnAuthorityComesWithItsOwnBook) {
  make_authority("one");
  make_authority("two");
  EXPECT_EQ(refusal(with_steps(kList)), "");
  EXPECT_THAT(refusal(with_steps(with(kList, "one/ca.db", "two/ca.db"))),
              testing::ContainsRegex("plan.toml:[0-9]+: step csca: .*two/ca.db does not hold the authority"));
  EXPECT_THAT(refusal(with_steps(with(kList, "one/ca.db", "three/ca.db"))), HasSubstr("three/ca.db"));
  const auto missing = plan(with_steps(with(kList, "one/csca.key", "three.key")));
  EXPECT_THROW(admin::rehearse(missing, world_), base::Error);
}

TEST_F(CeremonyPlanTest, AnApprovalIsSpentOnce) {
  const admin::Plan root = plan(with_steps(kRoot));
  const auto approvals = approvals_of(root);
  EXPECT_THAT(run(root, approvals, "one").performed.findings.failing_codes(), testing::IsEmpty());
  EXPECT_THAT(run(root, approvals, "again").performed.findings.failing_codes(), ElementsAre("CEREMONY_APPROVAL_SPENT"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "again"));
  EXPECT_THAT(run(root, approvals_of(root), "anew").performed.findings.failing_codes(), testing::IsEmpty());

  // With an authority, its book remembers too, wherever the plan's folder was copied from.
  const admin::Plan list = plan(with_steps(kList));
  const auto for_the_list = approvals_of(list);
  base::write_text_file(folder_ / "token.pin", "wrong\n", "test");
  EXPECT_THROW(run(list, for_the_list, "list"), base::Error) << "no key was in hand: nothing is spent";
  std::filesystem::remove_all(folder_ / "list");
  base::write_text_file(folder_ / "token.pin", "48151623\n", "test");
  EXPECT_THAT(run(list, for_the_list, "list").performed.findings.failing_codes(), testing::IsEmpty());
  std::filesystem::remove_all(folder_ / "spent-approvals");
  EXPECT_THAT(run(list, for_the_list, "list-again").performed.findings.failing_codes(),
              ElementsAre("CEREMONY_APPROVAL_SPENT"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "list-again"));
}

TEST_F(CeremonyPlanTest, TheMinutesSayWhoApprovedWithWhichKeyAndWhatWasRead) {
  const admin::Plan root = plan(with_steps(kRoot));
  const auto approvals = approvals_of(root);
  const admin::CeremonyRun done = run(root, approvals, "one");
  const auto codes = [&] {
    return admin::verify_minutes(admin::read_plan(folder_ / "plan.toml"), folder_ / "one").failing_codes();
  };
  EXPECT_THAT(codes(), testing::IsEmpty());
  for (const std::size_t n : {0U, 1U}) {
    EXPECT_THAT(done.text, HasSubstr(evidence::key_id(keys_[n]->public_key_named())));
  }

  const auto file = folder_ / "one/minutes.jws";
  const std::string minutes = base::read_text_file(file, "test");
  const auto payload = evidence::open_statement(minutes, "ceremony-minutes", keys_[0]->public_key_named());
  ASSERT_TRUE(payload);
  const auto signed_by = [&](std::size_t n, const nlohmann::json& changed) {
    base::write_text_file(file, evidence::sign_statement("ceremony-minutes", changed, *keys_[n]), "test");
    return codes();
  };
  nlohmann::json alone = *payload;
  alone["approvals"].erase(1);
  EXPECT_THAT(signed_by(0, alone), ElementsAre("CEREMONY_MINUTES_CUSTODIANS", "CEREMONY_QUORUM"));
  nlohmann::json other_key = *payload;
  other_key["custodians"][1]["key_id"] = other_key["custodians"][0]["key_id"];
  EXPECT_THAT(signed_by(0, other_key), ElementsAre("CEREMONY_MINUTES_CUSTODIANS"));
  EXPECT_THAT(signed_by(2, *payload), ElementsAre("CEREMONY_MINUTES_CUSTODIANS"))
      << "who did not approve leads nothing";
  EXPECT_THAT(signed_by(0, *payload), testing::IsEmpty());

  base::write_file(folder_ / "custodians/custodian-3.cer",
                   x509::issue::issue_officer_certificate(x509::issue::shipped_signatory_profile().custodian, *keys_[2],
                                                          "custodian-3", clock_.now() + std::chrono::hours(1), random_),
                   "test");
  EXPECT_THAT(codes(), ElementsAre("CEREMONY_READ_CHANGED"));
}

TEST(SpokenHash, IsReadInGroupsAndWords) {
  EXPECT_EQ(admin::in_groups("3F2A91C0"), "3F2A 91C0");
  EXPECT_EQ(admin::spoken("3F2A91C0"), "three foxtrot two alfa, nine one charlie zero");
}

}  // namespace
