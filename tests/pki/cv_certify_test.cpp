// A CV certificate under its authority's book: a crash between signing and recording leaves an intent, and what is
// signed afterwards is the same octets or nothing.
#include "pki/admin/cv_certify.h"

#include <gtest/gtest.h>

#include "pki/admin/cvc_ceremony.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/issue/draft.h"
#include "tests/pki/support.h"

namespace {

using namespace cvc;

class CvCertifyTest : public testing::Test {
 protected:
  static std::unique_ptr<keystore::SigningKey> key_of(std::uint64_t seed) {
    base::SeededRandom random(seed);
    return keystore::generate(keystore::Curve::P256, random);
  }
  // A CVCA over this key, dated `days` later.
  format::Body draft(const keystore::SigningKey& key, int days = 0) const {
    const base::Date first(std::chrono::sys_days(clock_.today()) + std::chrono::days(days));
    return issue::cvca_draft(issue::public_key_of(key), "VNCVCAVN001", {true, true}, issue::term_from(first, 1000));
  }
  admin::Issued certify(const keystore::SigningKey& key, int days = 0) {
    const auto own = issue::public_key_of(key);
    return admin::certify_card_verifiable(draft(key, days), {nullptr, own, own, clock_.today()}, key, book_, "cvca");
  }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  admin::CaBook book_{folder_ / "ca.db", true, clock_};
  std::unique_ptr<keystore::SigningKey> key_ = key_of(1), other_ = key_of(2);
};

TEST_F(CvCertifyTest, TheBookHasIntentAndOutcome) {
  const admin::Issued issued = certify(*key_);
  ASSERT_TRUE(issued.made());
  const auto entries = book_.references();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].certificate, issued.certificate);
  EXPECT_EQ(entries[0].body, format::parse_certificate(issued.certificate).signed_part);
}

TEST_F(CvCertifyTest, AfterACrashTheVeryOctetsThatWereIntendedAreSigned) {
  const base::Bytes intended = format::encode(draft(*key_));
  book_.reserve_reference("VNCVCAVN001", "VNCVCAVN001", "cvca", intended);  // and the power fails
  const admin::Issued issued = certify(*key_, 1);
  ASSERT_TRUE(issued.made());
  EXPECT_EQ(format::parse_certificate(issued.certificate).signed_part, intended);
  EXPECT_EQ(book_.references().size(), 1U);
}

// At one o'clock in the morning in Viet Nam a program that lives by UTC has yesterday.
TEST_F(CvCertifyTest, ACertificateIsOfTheDayInGreenwich) {
  clock_.set(*base::parse_rfc3339("2026-11-27T18:00:00Z"));
  base::SeededRandom random(3);
  const admin::NewCvKey made{folder_ / "cvca", {}, base::Secret(base::bytes_of("one")), "VNCVCAVN001"};
  const admin::Issued issued =
      admin::create_cvca(made, keystore::Curve::P256, {true, true}, issue::kCvcaDays, {clock_, random});
  ASSERT_TRUE(issued.made());
  const auto body = format::parse_certificate(issued.certificate).body;
  EXPECT_EQ(body.effective, base::make_date(2026, 11, 27));
  EXPECT_EQ(body.expiration, base::make_date(2029, 11, 26)) << "days are counted in Viet Nam";
}

TEST_F(CvCertifyTest, AnotherKeyNeverTakesOverAnIntent) {
  book_.reserve_reference("VNCVCAVN001", "VNCVCAVN001", "cvca", format::encode(draft(*key_)));
  EXPECT_THROW(certify(*other_), base::Error);
  EXPECT_TRUE(book_.references()[0].certificate.empty());
}

TEST_F(CvCertifyTest, WhatIsRecordedIsWhatWasIntended) {
  const base::Bytes made = certify(*key_).certificate;
  admin::CaBook second(folder_ / "second.db", true, clock_);
  second.reserve_reference("VNCVCAVN001", "VNCVCAVN001", "cvca", format::encode(draft(*key_, 1)));
  EXPECT_THROW(second.record_reference("VNCVCAVN001", "VNCVCAVN001", made), base::Error);
}

TEST_F(CvCertifyTest, WhatLintRefusesIsNotWrittenDown) {
  const auto own = issue::public_key_of(*key_);
  format::Body wrong = draft(*key_);
  wrong.holder = wrong.authority = "VN1";
  const auto issued = admin::certify_card_verifiable(wrong, {nullptr, own, own, clock_.today()}, *key_, book_, "cvca");
  EXPECT_FALSE(issued.made());
  EXPECT_TRUE(book_.references().empty());
}

}  // namespace
