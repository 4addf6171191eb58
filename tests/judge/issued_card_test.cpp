// What the issuing side writes with Botan (CSCA on brainpoolP512r1, document signer on brainpoolP384r1, explicit
// parameters) is judged with OpenSSL, without a finding that fails or warns.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/crypto/openssl/hash.h"
#include "pki/sod/issue/document_signer.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/inspect.h"
#include "tests/judge/sample_card.h"
#include "tests/pki/support.h"

namespace {

using inspection::Report;
using inspection::Verdict;
using ::testing::ElementsAre;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");

lds::Files issued_by(test::TestPki& pki) {
  lds::Files files = sample::card();
  std::map<int, base::Bytes> hashes;
  for (const auto& [number, content] : inspection::data_groups_of(files)) {
    hashes[number] = crypto::openssl::sha256(content);
  }
  const sod::issue::DocumentSigner signer(std::move(pki.signer_key), pki.signer);
  auto permit = sod::issue::lint(std::move(hashes), signer, kNow, base::make_date(2030, 1, 1));
  files[lds::FileId::Sod] = sod::issue::sign(std::get<sod::issue::LintedHashes>(std::move(permit)), signer,
                                             test::openssl_witness(pki.csca, kNow));
  return files;
}

TEST(IssuedCard, IsAuthenticForTheOtherLibrary) {
  test::TestPki pki = test::make_pki(kNow);
  trust::TrustStore trust;
  trust.add_anchor(pki.csca, "csca.cer");
  const Report report = inspection::inspect_files(issued_by(pki), trust, kNow);
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  for (const base::Finding& finding : report.findings.list()) {
    EXPECT_EQ(finding.severity, base::Severity::Note) << finding.code << ": " << finding.text;
  }
}

TEST(IssuedCard, OfAnotherAuthorityOfTheSameNameIsRefused) {
  test::TestPki ours = test::make_pki(kNow, 1);
  test::TestPki rogue = test::make_pki(kNow, 2);
  trust::TrustStore trust;
  trust.add_anchor(ours.csca, "csca.cer");
  EXPECT_THAT(inspection::inspect_files(issued_by(rogue), trust, kNow).reasons(), ElementsAre("CSCA_NOT_TRUSTED"));
}

TEST(IssuedCard, HasNoByteInItsSodThatIsFreeToChange) {
  test::TestPki pki = test::make_pki(kNow);
  trust::TrustStore trust;
  trust.add_anchor(pki.csca, "csca.cer");
  const lds::Files good = issued_by(pki);
  for (std::size_t at = 0; at < good.at(lds::FileId::Sod).size(); ++at) {
    lds::Files bent = good;
    bent[lds::FileId::Sod][at] ^= 0x01;
    ASSERT_EQ(inspection::inspect_files(bent, trust, kNow).verdict, Verdict::NotGenuine) << "byte " << at;
  }
}

}  // namespace
