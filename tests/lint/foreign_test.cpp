// Other people's files: the certificate of a real CSCA, and what an independent implementation made. Bad encodings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/lint/rule.h"
#include "tests/lint/objects.h"
#include "tests/support/vectors.h"

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> codes(const base::Findings& findings) {
  std::vector<std::string> all;
  for (const base::Finding& finding : findings.list()) all.push_back(finding.code);
  return all;
}

std::vector<std::string> codes_of(const std::string& file, const lint::Context& context = {}) {
  return codes(lint::lint(vectors::load_binary(file), context));
}

TEST(LintForeignTest, VietNamsCscaOf2022KeepsEveryRuleButTheAdviceOnItsKeysUse) {
  EXPECT_THAT(codes_of("csca-vietnam-epassport-2022.cer"), ElementsAre("CSCA_PKUP_3_TO_5_YEARS"));
}

// The State of Utopia has a code in no list.
TEST(LintForeignTest, AnotherImplementationsCertificatesAreJudgedByTheirFaults) {
  EXPECT_THAT(codes_of("synth/csca1_p384.cer"), UnorderedElementsAre("CERT_EC_EXPLICIT", "CERT_COUNTRY_KNOWN"));
  EXPECT_THAT(codes_of("synth/csca_rsa4096_pss.cer"), ElementsAre("CERT_COUNTRY_KNOWN"));
  EXPECT_THAT(codes_of("synth/ds2_bp256_explicit.cer"), ElementsAre("CERT_COUNTRY_KNOWN"));
  EXPECT_THAT(codes_of("synth/ds_bad_keyusage.cer"), Contains("DS_KEY_USAGE_EXACT"));
  EXPECT_THAT(codes_of("synth/crl_csca1.crl"), IsEmpty());
}

// The Dutch list of July 2025: its CSCA is not inside, and faults of the States on it do not reject it.
TEST(LintForeignTest, ARealMasterListIsAcceptedWithTheFaultsOfItsEntriesCounted) {
  const auto found = lint::lint(vectors::load_binary("masterlists/NL_ML_2025-07-29.ml"), {});
  EXPECT_THAT(codes(found), UnorderedElementsAre("ML_SIGNER_CSCA_PRESENT", "ML_ENTRY_PROFILE"));
  EXPECT_FALSE(found.failed());
}

TEST(LintForeignTest, TheIssuerBesideItTellsARogueFromAGoodSigner) {
  const base::Bytes csca = vectors::load_binary("synth/csca1_p384.cer");
  EXPECT_THAT(codes_of("synth/ds1_p256.cer", {.issuer = csca}), testing::Not(Contains("CERT_SIGNATURE_VALID")));
  EXPECT_THAT(codes_of("synth/ds_rogue_issuer.cer", {.issuer = csca}), Contains("CERT_SIGNATURE_VALID"));
}

TEST(LintForeignTest, EfSodsSayWhatIsWrongWithThem) {
  EXPECT_THAT(codes_of("synth/EF_SOD_ok_v1_ldsversion.bin"), ElementsAre("SOD_DIGEST_NO_NULL"));
  EXPECT_THAT(codes_of("synth/EF_SOD_ok_rsa_pss.bin"), UnorderedElementsAre("SOD_DIGEST_NO_NULL", "LDSO_VERSION_1"));
  const std::vector<std::pair<const char*, const char*>> faults{
      {"EF_SOD_bad_contenttype_attr.bin", "SOD_SIGNED_ATTRS_CONTENT_TYPE"},
      {"EF_SOD_bad_dg2_missing.bin", "LDSO_DG1_DG2"},
      {"EF_SOD_bad_dup_dg1.bin", "LDSO_DG_NUMBER"},
      {"EF_SOD_bad_econtenttype_data.bin", "SOD_ECONTENT_TYPE"},
      {"EF_SOD_bad_indef.bin", "SOD_DER"},
      {"EF_SOD_bad_messagedigest.bin", "SOD_SIGNED_ATTRS_DIGEST"},
      {"EF_SOD_bad_no_certificate.bin", "SOD_DS_CERT_PRESENT"},
      {"EF_SOD_bad_signature.bin", "SOD_SIGNATURE_VALID"},
      {"EF_SOD_weak_sha1.bin", "SOD_HASH_ALLOWED"},
      {"EF_SOD_bad_truncated.bin", "LINT_UNKNOWN_OBJECT"},
      {"EF_SOD_bad_trailing.bin", "LINT_ZERO_PADDING"},
  };
  for (const auto& [file, code] : faults) {
    EXPECT_THAT(codes_of(std::string("synth/") + file), Contains(code)) << file;
  }
}

TEST(LintForeignTest, ZeroPaddingBehindACardFileIsAWarningAndOtherOctetsAreNot) {
  base::Bytes sod = test::World(lint::Kind::Sod).build();
  sod.insert(sod.end(), 16, 0);
  const base::Findings padded = lint::lint(sod, {});
  EXPECT_THAT(codes(padded), ElementsAre("LINT_ZERO_PADDING"));
  EXPECT_FALSE(padded.failed());
  sod.back() = 1;
  EXPECT_TRUE(lint::lint(sod, {}).failed());
}

// Every shortening and every changed octet of an EF.SOD is judged without an end of the program.
TEST(LintForeignTest, NoOctetOfAFileStopsTheJudge) {
  const base::Bytes whole = test::World(lint::Kind::Crl).build();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_TRUE(lint::lint(base::ByteView(whole).first(length), {}).failed()) << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    base::Bytes changed = whole;
    changed[at] = 0x80;
    lint::lint(changed, {});
  }
}

TEST(LintForeignTest, AskedAsOfAMomentItSaysWhatWasNotInForce) {
  const test::World world(lint::Kind::DocumentSigner);
  const auto then = [&](const char* moment) { return codes(lint::lint(world.build(), {.as_of = test::at(moment)})); };
  EXPECT_THAT(then("2026-06-01T00:00:00Z"), IsEmpty());
  EXPECT_THAT(then("2025-12-31T23:59:59Z"), ElementsAre("LINT_NOT_IN_FORCE"));
}

// The sixth edition did not know usage periods; before signing its certificates are judged as any other.
TEST(LintForeignTest, CertificatesOfTheSixthEditionAreExcusedOnReading) {
  test::Certificate old = test::certificate_of(lint::Kind::CscaRoot);
  old.not_before = test::time("2010-01-01T00:00:00Z");
  test::drop(old.extensions, asn1::oid::kPrivateKeyUsagePeriod);
  EXPECT_THAT(codes(lint::lint(old.build(), {})), IsEmpty());
  EXPECT_THAT(codes(lint::lint(old.build(), {.purpose = lint::Purpose::Write})), ElementsAre("CERT_PKUP_PRESENT"));
}

TEST(LintForeignTest, WhatIsToBeSignedIsJudgedWithoutItsSignature) {
  const base::Bytes whole = test::World(lint::Kind::CscaRoot).build();
  asn1::TlvReader outer(whole);
  asn1::TlvReader inner(outer.need(0x30));
  EXPECT_THAT(codes(lint::lint_to_be_signed(inner.next().whole, {})), IsEmpty());
}

}  // namespace
