// The ceremonies as an administrator runs them: what they leave in a folder, what they refuse.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/admin/ca_book.h"
#include "pki/admin/ceremony.h"
#include "pki/admin/show.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/db/connection.h"
#include "pki/keystore/signing_key.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/format/certificate.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

class CeremonyTest : public testing::Test {
 protected:
  static base::Secret password(const char* text) { return base::Secret(base::bytes_of(text)); }
  admin::Ceremony ceremony(const char* folder, const char* word) {
    return {folder_ / folder, password(word), x509::issue::shipped_profile(), {}};
  }
  admin::Issued make_csca() { return admin::create_csca(ceremony("csca", "one"), world_); }
  admin::Issued make_signer(const char* folder = "ds") {
    return admin::issue_document_signer(ceremony(folder, "two"), folder_ / "csca", password("one"), world_);
  }
  std::int64_t rows(const char* condition) {
    auto store = db::Connection::open(folder_ / "csca/ca.db", db::Mode::ReadOnly);
    auto count = store.prepare(std::string("SELECT COUNT(*) FROM serial WHERE ") + condition);
    count.step();
    return count.integer(0);
  }

  TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{11};
  admin::World world_{clock_, random_};
};

TEST_F(CeremonyTest, ACscaAndItsSignerStandInTheirFoldersAndSign) {
  const admin::Issued csca = make_csca();
  ASSERT_TRUE(csca.made());
  EXPECT_TRUE(csca.findings.empty());
  const admin::Issued signer = make_signer();
  ASSERT_TRUE(signer.made());
  EXPECT_EQ(base::read_file(folder_ / "csca/csca.cer", "reading back"), csca.certificate);
  EXPECT_EQ(base::read_file(folder_ / "ds/ds.cer", "reading back"), signer.certificate);
  const auto parsed = x509::format::parse_certificate(signer.certificate);
  EXPECT_EQ(parsed.body.issuer, x509::format::parse_certificate(csca.certificate).body.subject);
  // The pair fits: a signer opens with it.
  const sod::issue::DocumentSigner opened(keystore::load_file(folder_ / "ds/ds.key", password("two")),
                                          signer.certificate);
  EXPECT_EQ(opened.certificate_ends(), parsed.body.not_after);
  EXPECT_EQ(fs::status(folder_ / "ds/ds.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder_ / "csca").permissions(), fs::perms::owner_all);
}

TEST_F(CeremonyTest, EveryCertificateStandsInTheBook) {
  make_csca();
  make_signer("ds1");
  make_signer("ds2");
  EXPECT_EQ(rows("certificate IS NOT NULL AND sha256 IS NOT NULL"), 3);
  EXPECT_EQ(rows("purpose = 'ds'"), 2);
  EXPECT_EQ(rows("reserved_at = '2026-11-23T08:00:00Z'"), 3);
}

TEST_F(CeremonyTest, NothingIsOverwritten) {
  make_csca();
  const base::Bytes key = base::read_file(folder_ / "csca/csca.key", "reading back");
  EXPECT_THROW(make_csca(), base::Error);
  for (const char* const left : {"csca.cer", "csca.key", "ca.db"}) {
    const fs::path other = folder_ / (std::string("only-") + left);
    fs::create_directory(other);
    base::write_new_file(other / left, {}, "writing");
    EXPECT_THROW(admin::create_csca({other, password("x"), x509::issue::shipped_profile(), {}}, world_), base::Error);
    EXPECT_EQ(std::distance(fs::directory_iterator(other), fs::directory_iterator()), 1);
  }
  EXPECT_EQ(base::read_file(folder_ / "csca/csca.key", "reading back"), key);
  make_signer();
  EXPECT_THROW(make_signer(), base::Error);
}

TEST_F(CeremonyTest, AWrongCscaPasswordMakesNothing) {
  make_csca();
  EXPECT_THROW(admin::issue_document_signer(ceremony("ds", "two"), folder_ / "csca", password("wrong"), world_),
               base::Error);
  EXPECT_FALSE(fs::exists(folder_ / "ds"));
  EXPECT_EQ(rows("purpose = 'ds'"), 0);
}

TEST_F(CeremonyTest, WhatLintRefusesIsNotSignedAndLeavesNoKeyAndNoNumber) {
  make_csca();
  admin::Ceremony shorter = ceremony("ds", "two");
  shorter.card_validity_years = 10;
  const admin::Issued refused = admin::issue_document_signer(shorter, folder_ / "csca", password("one"), world_);
  EXPECT_FALSE(refused.made());
  EXPECT_THAT(refused.findings.failing_codes(), testing::ElementsAre("DS_VALIDITY_COVERS_DOCUMENTS"));
  EXPECT_TRUE(fs::is_empty(folder_ / "ds"));
  EXPECT_EQ(rows("purpose = 'ds'"), 0);

  admin::Ceremony foreign = ceremony("other", "two");
  foreign.profile.csca_subject = *x509::format::name_from_text("C=vn,CN=Test");
  EXPECT_THAT(admin::create_csca(foreign, world_).findings.failing_codes(),
              testing::ElementsAre("CERT_COUNTRY_UPPERCASE"));
  EXPECT_TRUE(fs::is_empty(folder_ / "other"));
}

TEST_F(CeremonyTest, ACscaWhoseKeyUseIsOverCertifiesNothing) {
  make_csca();
  clock_.set(*base::parse_rfc3339("2031-11-23T08:00:01Z"));
  EXPECT_THAT(make_signer().findings.failing_codes(), testing::ElementsAre("CERT_ISSUED_IN_PKUP"));
}

TEST_F(CeremonyTest, ACscaWithoutItsBookCertifiesNothing) {
  make_csca();
  fs::remove(folder_ / "csca/ca.db");
  EXPECT_THROW(make_signer(), base::Error);
  EXPECT_TRUE(fs::is_empty(folder_ / "ds"));
}

// A random source that has run dry: the same number twice.
class StuckRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, 0x42); }
};

TEST_F(CeremonyTest, ASerialNumberIsNeverUsedTwice) {
  StuckRandom stuck;
  admin::CaBook book(folder_ / "ca.db", true, clock_);
  const base::Bytes serial = book.reserve_serial("ds", stuck);
  EXPECT_THROW(book.reserve_serial("ds", stuck), base::Error);
  book.record(serial, base::bytes_of("certificate"));
  EXPECT_THROW(book.reserve_serial("ds", stuck), base::Error);
}

TEST(ShowTest, TellsWhatTheStatesCscaSays) {
  const auto shown = admin::describe(vectors::load_binary("csca-vietnam-epassport-2022.cer"));
  EXPECT_EQ(shown["subject"], "C=VN, O=Vietnam Government Information Security Commission, CN=CSCA ePassport Vietnam");
  EXPECT_EQ(shown["not_after"], "2037-10-01T01:37:06Z");
  EXPECT_EQ(shown["public_key"], "EC, 512 bits, explicit parameters of a standardized curve");
  EXPECT_EQ(shown["signature_algorithm"], "ecdsa-with-SHA512");
  nlohmann::json use;
  for (const auto& extension : shown["extensions"]) {
    if (extension["name"] == "PrivateKeyUsagePeriod") use = extension["value"];
    if (extension["name"] == "SubjectAltName") {
      EXPECT_EQ(extension["value"][1], "L=VNM");
    }
    EXPECT_FALSE(extension.contains("broken"));
  }
  EXPECT_EQ(use["not_after"], "2027-07-01T01:37:07Z");
  const std::string text = admin::describe_text(vectors::load_binary("csca-vietnam-epassport-2022.cer"));
  EXPECT_THAT(text, testing::HasSubstr("KeyUsage (critical): [\"keyCertSign\",\"cRLSign\"]\n"));
}

TEST(ShowTest, ShowsAnRsaCertificateAndNamedCurvesToo) {
  EXPECT_EQ(admin::describe(vectors::load_binary("synth/csca_rsa4096_pss.cer"))["public_key"], "RSA, 4096 bits");
  EXPECT_EQ(admin::describe(vectors::load_binary("synth/ds1_p256.cer"))["public_key"],
            "EC, named curve 1.2.840.10045.3.1.7");
}

TEST(ShowTest, WhatIsNoCertificateIsOneClearLine) {
  for (const base::Bytes& file : {base::Bytes{}, base::bytes_of("text"), vectors::load_binary("synth/EF_DG1.bin")}) {
    EXPECT_THROW(admin::certificate_of(file, "x"), base::Error);
  }
}

}  // namespace
