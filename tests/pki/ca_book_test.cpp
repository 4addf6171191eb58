// The book of an authority: what is reserved stays reserved, and numbers never go back.

#include "pki/admin/ca_book.h"

#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/x509/format/certificate.h"
#include "tests/pki/support.h"

namespace {

using test::TemporaryFolder;

class CaBookTest : public testing::Test {
 protected:
  admin::CaBook open() { return {folder_ / "ca.db", false, clock_}; }

  TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{11};
  admin::CaBook book_{folder_ / "ca.db", true, clock_};
};

TEST_F(CaBookTest, AReservedNumberSurvivesACrashWithoutAnOutcome) {
  const base::Bytes serial = book_.reserve_serial("ds", random_);
  const auto entry = open().find(serial);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->purpose, "ds");
  EXPECT_TRUE(entry->certificate.empty());
  EXPECT_EQ(open().entries().size(), 1U);
}

TEST_F(CaBookTest, RecordsOnlyTheCertificateThatWasIntended) {
  const test::TestPki pki = test::make_pki(clock_.now());
  const base::Bytes serial = book_.reserve_serial("csca", random_);
  book_.intend(serial, x509::format::parse_certificate(pki.csca).tbs);
  try {
    book_.record(serial, pki.signer);
    FAIL() << "another certificate was recorded";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
  }
  book_.record(serial, pki.csca);
  EXPECT_EQ(open().find(serial)->certificate, pki.csca);
}

TEST_F(CaBookTest, RevokesWhatItKnowsAndOnce) {
  const base::Bytes serial = book_.reserve_serial("ds", random_);
  EXPECT_THROW(book_.revoke(base::Bytes(16, 0x55), "stolen"), base::Error);
  book_.revoke(serial, "the token was lost");
  EXPECT_THROW(book_.revoke(serial, "again"), base::Error);
  ASSERT_EQ(open().revocations().size(), 1U);
  EXPECT_EQ(open().revocations()[0].serial, serial);
  EXPECT_EQ(open().revocations()[0].revoked_at, clock_.now());
}

TEST_F(CaBookTest, RevokesSeveralTogetherOrNone) {
  const base::Bytes one = book_.reserve_serial("csca", random_), other = book_.reserve_serial("csca", random_);
  EXPECT_THROW(book_.revoke({{one, "stolen"}, {base::Bytes(16, 0x55), "not of this book"}}), base::Error);
  EXPECT_TRUE(open().revocations().empty());
  book_.revoke({{one, "stolen"}, {other, "linked"}});
  EXPECT_EQ(open().revocations().size(), 2U);
}

TEST_F(CaBookTest, CrlNumbersNeverGoBackNotEvenAfterAFailure) {
  EXPECT_EQ(book_.reserve_crl_number(), 1);
  EXPECT_EQ(open().reserve_crl_number(), 2);  // whatever became of the first
  EXPECT_EQ(book_.latest_crl(), std::nullopt);
  const admin::CaBook::Crl crl{2, clock_.now(), clock_.now() + std::chrono::days(90), base::bytes_of("crl")};
  book_.record_crl(crl);
  EXPECT_EQ(open().latest_crl(), crl);
  EXPECT_EQ(book_.reserve_crl_number(), 3);
}

TEST_F(CaBookTest, APairOfReferencesIsUsedOnce) {
  book_.reserve_reference("VNCVCA00001", "VNCVCA00001", "cvca", {});
  book_.reserve_reference("VNCVCA00001", "VNCVCA00002", "cvca-link", {});
  EXPECT_THROW(open().reserve_reference("VNCVCA00001", "VNCVCA00002", "cvca-link", {}), base::Error);
  book_.record_reference("VNCVCA00001", "VNCVCA00001", base::bytes_of("certificate"));
  const auto entries = open().references();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(base::text_of(entries[0].certificate), "certificate");
  EXPECT_TRUE(entries[1].certificate.empty());
}

TEST_F(CaBookTest, AClockSetBackWritesNothing) {
  const base::Bytes serial = book_.reserve_serial("ds", random_);
  clock_.set(clock_.now() - std::chrono::seconds(1));
  EXPECT_THROW(book_.reserve_serial("ds", random_), base::Error);
  EXPECT_THROW(book_.reserve_crl_number(), base::Error);
  EXPECT_THROW(book_.reserve_reference("A", "B", "dv", {}), base::Error);
  EXPECT_THROW(book_.revoke(serial, "lost"), base::Error);
  EXPECT_EQ(book_.entries().size(), 1U);
  EXPECT_TRUE(book_.revocations().empty());
}

}  // namespace
