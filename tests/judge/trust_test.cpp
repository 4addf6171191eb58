#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/trust/trust_state.h"
#include "tests/judge/forge.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Bytes pem_of(const Bytes& der) {
  const auto certificate = crypto::openssl::parse_certificate(der);
  const crypto::openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return base::bytes_of({text, static_cast<std::size_t>(size)});
}

std::string refusal_of(const Bytes& file) {
  trust::TrustStore trust;
  try {
    trust.add_anchor(file, "given.cer");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return {};
}

base::Findings judge_signer(const trust::TrustStore& trust, const std::string& sod, base::Moment as_of) {
  return sod::judge::passive_authentication(vectors::load_binary("synth/EF_SOD_" + sod + ".bin"), forge::data_groups(),
                                            trust, as_of)
      .findings;
}

TEST(TrustStoreTest, LoadsDerAndPemAndSeveralFromOneFile) {
  trust::TrustStore trust;
  trust.add_anchor(forge::certificate("csca1_p384"), "one");
  Bytes both = pem_of(forge::certificate("csca2_bp384_explicit"));
  base::append(both, pem_of(forge::certificate("csca_rsa4096_pss")));
  trust.add_anchor(both, "two in one");
  EXPECT_EQ(trust.size(), 3U);
  trust.add_anchor(forge::certificate("csca1_p384"), "again");
  EXPECT_EQ(trust.size(), 3U);
}

TEST(TrustStoreTest, RefusesABundleInWhichOneCertificateIsDamaged) {
  Bytes bundle = pem_of(forge::certificate("csca1_p384"));
  Bytes damaged = pem_of(forge::certificate("csca2_bp384_explicit"));
  damaged[60] = '!';
  base::append(bundle, damaged);
  base::append(bundle, pem_of(forge::certificate("csca_rsa4096_pss")));
  EXPECT_THAT(refusal_of(bundle), HasSubstr("no certificate"));
}

TEST(TrustStoreTest, LoadsTheCountrysRealCscaWithExplicitParameters) {
  trust::TrustStore trust;
  trust.add_anchor_file(vectors::path("csca-vietnam-epassport-2022.cer"));
  EXPECT_EQ(trust.size(), 1U);
}

TEST(TrustStoreTest, RefusesWhatIsNoAnchor) {
  EXPECT_THAT(refusal_of(base::bytes_of("hello")), HasSubstr("given.cer"));
  EXPECT_THAT(refusal_of({}), HasSubstr("no certificate"));
  EXPECT_THAT(refusal_of(forge::certificate("ds1_p256")), HasSubstr("not a CA certificate"));
  EXPECT_THAT(refusal_of(forge::certificate("csca_link_1_to_2")), HasSubstr("self-signature"));
  Bytes longer = forge::certificate("csca1_p384");
  longer.push_back(0);
  EXPECT_THAT(refusal_of(longer), HasSubstr("follow the certificate"));
}

TEST(TrustStoreTest, RefusesAnAnchorWithAChangedByte) {
  Bytes changed = forge::certificate("csca1_p384");
  changed[changed.size() - 1] ^= 0x01;
  EXPECT_THAT(refusal_of(changed), HasSubstr("self-signature"));
}

// An anchor on brainpoolP384r1 with 2·G as generator: OpenSSL reads such a key, and its signatures verify.
TEST(TrustStoreTest, RefusesAStandardCurveWithAnotherGenerator) {
  using GroupPtr = std::unique_ptr<EC_GROUP, crypto::openssl::FreeWith<EC_GROUP_free>>;
  using PointPtr = std::unique_ptr<EC_POINT, crypto::openssl::FreeWith<EC_POINT_free>>;
  const GroupPtr group(EC_GROUP_new_by_curve_name(NID_brainpoolP384r1));
  const PointPtr twice(EC_POINT_dup(EC_GROUP_get0_generator(group.get()), group.get()));
  ASSERT_EQ(EC_POINT_dbl(group.get(), twice.get(), twice.get(), nullptr), 1);
  const auto octets = [&](const EC_POINT* point) {
    Bytes out(97);
    EC_POINT_point2oct(group.get(), point, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(), nullptr);
    return out;
  };
  const Bytes generator = octets(EC_GROUP_get0_generator(group.get()));
  Bytes odd = forge::certificate("csca2_bp384_explicit");
  const auto at = std::search(odd.begin(), odd.end(), generator.begin(), generator.end());
  ASSERT_NE(at, odd.end());
  std::ranges::copy(octets(twice.get()), at);
  EXPECT_THAT(refusal_of(odd), HasSubstr("standardized curve"));
}

TEST(TrustStoreTest, ChoosesAmongAnchorsOfOneNameByKeyIdentifier) {
  trust::TrustStore trust;
  trust.add_anchor(forge::certificate("csca1_rogue_same_name"), "other key");
  trust.add_anchor(forge::certificate("csca1_p384"), "right key");
  EXPECT_THAT(judge_signer(trust, "ok_p256_sha256", forge::inspection_moment()).failing_codes(), IsEmpty());
  EXPECT_THAT(judge_signer(trust, "bad_ds_rogue_csca", forge::inspection_moment()).failing_codes(), IsEmpty());
}

TEST(TrustStoreTest, SaysThatNoAnchorIsAtHand) {
  EXPECT_THAT(judge_signer(trust::TrustStore{}, "ok_p256_sha256", forge::inspection_moment()).failing_codes(),
              ElementsAre("NO_TRUST_ANCHOR"));
}

TEST(TrustStoreTest, SaysThatTheCscaIsNotAmongTheAnchors) {
  trust::TrustStore trust;
  trust.add_anchor(forge::certificate("csca2_bp384_explicit"), "another country's key");
  EXPECT_THAT(judge_signer(trust, "ok_p256_sha256", forge::inspection_moment()).failing_codes(),
              ElementsAre("CSCA_NOT_TRUSTED"));
}

TEST(TrustStoreTest, AnExpiredAnchorIsToldAndStillTrusted) {
  const auto later = *base::parse_rfc3339("2039-06-01T00:00:00Z");
  const base::Findings findings = judge_signer(forge::trust(), "ok_p256_sha256", later);
  EXPECT_THAT(findings.failing_codes(), ElementsAre("DS_EXPIRED"));
  EXPECT_TRUE(findings.has("CSCA_EXPIRED"));
}

TEST(TrustStoreTest, ASignerThatIsNotYetValidIsRefused) {
  const auto earlier = *base::parse_rfc3339("2025-06-01T00:00:00Z");
  EXPECT_THAT(judge_signer(forge::trust(), "ok_p256_sha256", earlier).failing_codes(), ElementsAre("DS_NOT_YET_VALID"));
}

// --- revocation ---

TEST(RevocationTest, FindsTheRevokedSignerAndNobodyElse) {
  EXPECT_THAT(judge_signer(forge::trust(), "bad_ds_revoked", forge::inspection_moment()).failing_codes(),
              ElementsAre("DS_REVOKED"));
  EXPECT_FALSE(judge_signer(forge::trust(), "ok_p256_sha256", forge::inspection_moment()).has("REVOCATION_UNKNOWN"));
}

TEST(RevocationTest, AListOfAnotherCscaOfTheStateLeavesItUnknown) {
  const base::Findings findings = judge_signer(forge::trust(), "ok_rsa_pss", forge::inspection_moment());
  EXPECT_THAT(findings.failing_codes(), IsEmpty());
  ASSERT_TRUE(findings.has("REVOCATION_UNKNOWN"));
  EXPECT_EQ(findings.list().back().severity, base::Severity::Warn);
}

TEST(RevocationTest, ACountryIsTheSameInLowerCase) {
  const crypto::openssl::X509Ptr signer = crypto::openssl::parse_certificate(forge::certificate("ds1_p256"));
  const std::unique_ptr<X509_NAME, crypto::openssl::FreeWith<X509_NAME_free>> lower(X509_NAME_new());
  const std::string upper = trust::country_of(X509_get_issuer_name(signer.get()));
  std::string code = upper;
  for (char& c : code) c = static_cast<char>(c - 'A' + 'a');
  X509_NAME_add_entry_by_NID(lower.get(), NID_countryName, MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(code.data()), static_cast<int>(code.size()), -1, 0);
  EXPECT_EQ(upper.size(), 2U);
  EXPECT_EQ(trust::country_of(lower.get()), upper);
}

TEST(RevocationTest, WithoutAListItIsOnlyNoted) {
  const base::Findings findings = judge_signer(forge::trust(false), "bad_ds_revoked", forge::inspection_moment());
  EXPECT_THAT(findings.failing_codes(), IsEmpty());
  ASSERT_TRUE(findings.has("REVOCATION_UNKNOWN"));
  EXPECT_EQ(findings.list().back().severity, base::Severity::Note);
}

TEST(RevocationTest, AnOldListStillRevokesAndLeavesTheOthersUnknown) {
  const auto later = *base::parse_rfc3339("2027-01-01T00:00:00Z");
  EXPECT_TRUE(judge_signer(forge::trust(), "bad_ds_revoked", later).has("DS_REVOKED"));
  const base::Findings findings = judge_signer(forge::trust(), "ok_p256_sha256", later);
  EXPECT_THAT(findings.failing_codes(), IsEmpty());
  EXPECT_TRUE(findings.has("REVOCATION_UNKNOWN"));
}

TEST(RevocationTest, AListThatNoAnchorSignedIsNotBelieved) {
  trust::TrustStore trust = forge::trust(false);
  Bytes list = vectors::load_binary("synth/crl_csca1.crl");
  list.back() ^= 0x01;
  trust.add_crl(list, "changed.crl");
  EXPECT_EQ(trust.state().unverified_lists, 1U);
  const base::Findings findings = judge_signer(trust, "bad_ds_revoked", forge::inspection_moment());
  EXPECT_FALSE(findings.has("DS_REVOKED"));
  EXPECT_EQ(findings.list().back().severity, base::Severity::Warn);
}

TEST(RevocationTest, AFileThatIsNoListIsRefused) {
  trust::TrustStore trust = forge::trust(false);
  EXPECT_THROW(trust.add_crl(base::bytes_of("no list"), "x.crl"), base::Error);
  EXPECT_THROW(trust.add_crl_file("/nonexistent/x.crl"), base::Error);
}

}  // namespace
