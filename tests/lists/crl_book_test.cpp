// Revocation lists out of an authority's book, as an administrator issues them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "pki/admin/ca_book.h"
#include "pki/admin/crl_ceremony.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/format/crl.h"
#include "pki/x509/format/oids.h"
#include "tests/lists/signed_lists.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

// One folder for all: making and reading the key file costs more than the lists.
class CrlBookTest : public testing::Test {
 protected:
  void SetUp() override {
    const admin::Ceremony ceremony{folder_ / "csca", password(), x509::issue::shipped_profile(), {}};
    ASSERT_TRUE(admin::create_csca(ceremony, world_).made());
    clock_.set(clock_.now() + std::chrono::days{7});
  }
  static base::Secret password() { return base::Secret(base::bytes_of("one")); }
  admin::CrlCeremony order(const fs::path& out = {}) const {
    return {.book = folder_ / "csca/ca.db",
            .certificate = folder_ / "csca/csca.cer",
            .key = folder_ / "csca/csca.key",
            .password = password(),
            .out = out.empty() ? folder_ / "csca.crl" : out};
  }
  admin::IssuedCrl issue(const fs::path& out = {}) { return admin::issue_crl(order(out), world_); }
  // Why nothing was issued; empty: something was.
  std::string refusal(const fs::path& out = {}) {
    try {
      issue(out);
      return {};
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.what();
    }
  }
  Bytes reserve(const char* purpose) {
    return admin::CaBook(folder_ / "csca/ca.db", false, clock_).reserve_serial(purpose, random_);
  }
  std::vector<Bytes> revoke(const Bytes& serial) {
    return admin::revoke_certificate(folder_ / "csca/ca.db", serial, "a test", world_);
  }
  struct Serials {
    Bytes old_root, link, new_root;
  };
  // A second root and the link to it, recorded in the book.
  Serials succeed(admin::CaBook& book) {
    const Bytes old_root = base::read_file(folder_ / "csca/csca.cer", "reading the root");
    const auto old_key = keystore::load_file(folder_ / "csca/csca.key", password());
    const auto next_key = keystore::generate(keystore::Curve::BrainpoolP256r1, random_);
    const base::Moment now = clock_.now();
    const Bytes root = book.reserve_serial("csca", random_), link = book.reserve_serial("csca-link", random_);
    const Bytes next_root = test::make_root(*next_key, now, root, "C=VN,O=TEST,CN=Test CSCA");
    book.record(root, next_root);
    book.record(link, test::make_link(old_root, *old_key, next_root, now, link));
    return {x509::format::parse_certificate(old_root).body.serial, link, root};
  }
  static std::int64_t number_of(const Bytes& crl) {
    return x509::format::parse_crl_number(x509::format::parse_crl(crl).body.find(x509::format::oid::kCrlNumber)->value);
  }
  Bytes published() { return base::read_file(folder_ / "csca.crl", "reading it back"); }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{11};
  admin::World world_{clock_, random_};
};

TEST_F(CrlBookTest, ListsFollowEachOtherByNumberAndRevocation) {
  const Bytes first = issue().crl;
  EXPECT_EQ(published(), first);
  EXPECT_EQ(number_of(first), 1);

  clock_.set(clock_.now() + std::chrono::hours{1});
  const admin::IssuedCrl refused = issue();
  EXPECT_FALSE(refused.made());
  EXPECT_THAT(refused.findings.failing_codes(), ElementsAre("CRL_MIN_48_HOURS"));
  EXPECT_EQ(published(), first);

  const Bytes serial = reserve("ds");
  revoke(serial);
  EXPECT_THROW(revoke(serial), base::Error);
  EXPECT_THROW(revoke(Bytes{0x01}), base::Error);
  const Bytes second = issue().crl;
  EXPECT_EQ(number_of(second), 2);
  const auto body = x509::format::parse_crl(second).body;
  ASSERT_EQ(body.revoked.size(), 1U);
  EXPECT_EQ(body.revoked[0].serial, serial);
  EXPECT_EQ(body.revoked[0].revoked_at, clock_.now());
}

TEST_F(CrlBookTest, AListThatCouldNotBePublishedIsPublishedAgainAndCostsNoNumber) {
  const Bytes first = issue().crl;
  clock_.set(clock_.now() + std::chrono::days{30});
  EXPECT_THROW(issue(folder_ / "full/csca.crl"), base::Error);  // nowhere to write to
  EXPECT_EQ(published(), first);                                // the old one stays
  const admin::IssuedCrl again = issue();
  EXPECT_TRUE(again.published_again);
  EXPECT_EQ(number_of(again.crl), 2);
  EXPECT_EQ(published(), again.crl);
}

TEST_F(CrlBookTest, SeveralAtOnceSignOneList) {
  std::vector<admin::IssuedCrl> issued(4);
  std::vector<std::thread> administrators;
  for (admin::IssuedCrl& mine : issued) {
    administrators.emplace_back([this, &mine] {
      base::SeededRandom random(12);
      const admin::World world{clock_, random};
      mine = admin::issue_crl(order(), world);
    });
  }
  for (std::thread& administrator : administrators) administrator.join();
  EXPECT_EQ(std::ranges::count_if(issued, &admin::IssuedCrl::made), 1);
  for (const admin::IssuedCrl& one : issued) {
    if (one.made()) continue;
    EXPECT_THAT(one.findings.failing_codes(), testing::Contains("CRL_MIN_48_HOURS"));
  }
  EXPECT_EQ(number_of(published()), 1);
}

// --- what a list replaces ---

TEST_F(CrlBookTest, ABookOutOfABackupReplacesNoNewerList) {
  const auto backup = [&](const char* name) {
    fs::copy_file(folder_ / "csca/ca.db", folder_ / name, fs::copy_options::overwrite_existing);
  };
  const auto restore = [&](const char* name) {
    fs::copy_file(folder_ / name, folder_ / "csca/ca.db", fs::copy_options::overwrite_existing);
  };
  const Bytes serial = reserve("ds");
  ASSERT_TRUE(issue().made());
  backup("first.db");
  clock_.set(clock_.now() + std::chrono::hours{1});
  revoke(serial);
  const Bytes second = issue().crl;
  backup("second.db");
  restore("first.db");
  clock_.set(clock_.now() + std::chrono::days{30});
  EXPECT_THAT(refusal(),
              testing::HasSubstr("csca.crl: has number 2, and the last list in the book 1; the book is older"));
  EXPECT_EQ(published(), second);
  // Another list was signed elsewhere meanwhile, so that the number alone says nothing.
  ASSERT_TRUE(issue(folder_ / "elsewhere.crl").made());
  EXPECT_THAT(refusal(), testing::HasSubstr("csca.crl: revokes " + base::to_hex(serial) + ", and the book does not"));
  EXPECT_EQ(published(), second);
  restore("second.db");
  EXPECT_EQ(number_of(issue().crl), 3);
}

TEST_F(CrlBookTest, NothingElseIsOverwritten) {
  const Bytes key = base::read_file(folder_ / "csca/csca.key", "reading the key");
  base::write_file(folder_ / "strange.crl", vectors::load_binary("synth/crl_csca1.crl"), "writing a strange list");
  for (const char* file : {"csca/csca.key", "csca/csca.cer", "strange.crl", "csca"}) {
    EXPECT_THAT(refusal(folder_ / file), testing::HasSubstr("is there and is no revocation list of this authority"))
        << file;
  }
  EXPECT_EQ(base::read_file(folder_ / "csca/csca.key", "reading the key"), key);
  EXPECT_EQ(number_of(issue().crl), 1);  // and no number was spent
}

TEST_F(CrlBookTest, AClockSetBackIssuesNothing) {
  ASSERT_TRUE(issue().made());
  clock_.set(clock_.now() - std::chrono::hours{1});
  EXPECT_THAT(issue().findings.failing_codes(), testing::Contains("CRL_THIS_UPDATE_GROWS"));
  EXPECT_THROW(revoke(admin::CaBook(folder_ / "csca/ca.db", false, clock_).entries().front().serial), base::Error);
}

TEST_F(CrlBookTest, RevokingACscaRevokesTheOnesLinkedFromIt) {
  admin::CaBook book(folder_ / "csca/ca.db", false, clock_);
  const auto [old_serial, link_serial, root_serial] = succeed(book);
  EXPECT_THAT(revoke(old_serial), UnorderedElementsAre(old_serial, link_serial, root_serial));
  EXPECT_THROW(revoke(old_serial), base::Error);
}

// As a release before this one left it when it was stopped between two numbers.
TEST_F(CrlBookTest, RevokingACscaGoesOnWhereItWasLeft) {
  admin::CaBook book(folder_ / "csca/ca.db", false, clock_);
  const auto [old_serial, link_serial, root_serial] = succeed(book);
  book.revoke(old_serial, "a test");
  EXPECT_THAT(revoke(old_serial), UnorderedElementsAre(link_serial, root_serial));
  EXPECT_EQ(book.revocations().size(), 3U);
}

}  // namespace
