// The certificates of 9303-12 Tables 6 and 8 beside CSCA and document signer: what each says, which rule speaks when
// one thing is changed, and that OpenSSL accepts the signature of every curve.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/months.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/calendar.h"
#include "pki/x509/issue/issue.h"
#include "tests/pki/support.h"

namespace {

using namespace x509;
using issue::Kind;
using keystore::Curve;
using testing::ElementsAre;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");
const base::Moment kLater = *base::parse_rfc3339("2029-11-23T08:00:00Z");
constexpr int kYears = 22;
const base::Bytes kSerial(16, 0x55);

format::Certificate finished(const format::Body& body, const issue::LintContext& context,
                             const keystore::SigningKey& key) {
  auto linted = issue::lint(body, context);
  auto* const permit = std::get_if<issue::LintedCertificate>(&linted);
  if (permit == nullptr) {
    for (const auto& code : std::get<base::Findings>(linted).failing_codes()) ADD_FAILURE() << code;
    return {};
  }
  return format::parse_certificate(issue::sign(std::move(*permit), key));
}

// A CSCA on each curve, and what it certifies.
class KindsTest : public testing::Test {
 protected:
  format::Certificate root(const keystore::SigningKey& key, base::Moment now, const char* name = "C=VN,CN=Test CSCA") {
    issue::Profile profile = profile_;
    profile.csca_subject = *format::name_from_text(name);
    return finished(issue::csca_draft(profile, key.public_key_explicit(), kSerial, now, kYears),
                    {.csca = nullptr, .now = now, .profile = profile_}, key);
  }
  std::vector<std::string> failing(const format::Body& body, Kind kind, const format::Certificate& csca,
                                   base::Moment now = kNow) {
    auto linted = issue::lint(body, {.csca = &csca, .now = now, .profile = profile_, .kind = kind});
    const auto* const findings = std::get_if<base::Findings>(&linted);
    return findings == nullptr ? std::vector<std::string>{} : findings->failing_codes();
  }

  const issue::Profile profile_ = issue::shipped_profile();
  base::SeededRandom random_{5};
  const std::unique_ptr<keystore::SigningKey> key_ = keystore::generate(Curve::BrainpoolP256r1, random_);
  const std::unique_ptr<keystore::SigningKey> other_ = keystore::generate(Curve::BrainpoolP384r1, random_);
  const format::Certificate csca_ = root(*key_, kNow);
};

bool openssl_verifies(const format::Certificate& certificate, base::ByteView issuer_key) {
  const base::Bytes der = format::assemble(certificate.tbs, certificate.signature_algorithm, certificate.signature);
  const std::uint8_t* at = der.data();
  const crypto::openssl::X509Ptr read(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  const std::uint8_t* key_at = issuer_key.data();
  const crypto::openssl::PkeyPtr key(d2i_PUBKEY(nullptr, &key_at, static_cast<long>(issuer_key.size())));
  return read && key && X509_verify(read.get(), key.get()) == 1;
}

base::Bytes public_part(const crypto::openssl::PkeyPtr& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  base::ensure(size > 0, "OpenSSL encodes a public key");
  base::Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// Public keys as somebody else's machine makes them, by OpenSSL: a curve written out as 9303-12 wants it.
base::Bytes foreign_ec_key(const char* curve) {
  const crypto::openssl::PkeyPtr key(EVP_EC_gen(curve));
  base::ensure(key && EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING,
                                                     OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1,
               "OpenSSL makes a key on a curve");
  return public_part(key);
}

base::Bytes foreign_rsa_key(std::size_t bits, unsigned long exponent = 65537) {
  using namespace crypto::openssl;
  const PkeyCtxPtr maker(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  std::size_t size = bits;
  auto e = static_cast<unsigned int>(exponent);
  const OSSL_PARAM wanted[] = {OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &size),
                               OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e), OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  base::ensure(maker && EVP_PKEY_keygen_init(maker.get()) == 1 && EVP_PKEY_CTX_set_params(maker.get(), wanted) == 1 &&
                   EVP_PKEY_generate(maker.get(), &made) == 1,
               "OpenSSL makes an RSA key");
  return public_part(PkeyPtr(made));
}

TEST_F(KindsTest, AKeyThatIsTooShortOrOfAnotherKindIsCertifiedForNobody) {
  struct Try {
    const char* what;
    base::Bytes key;
    std::vector<std::string> codes;
  };
  const std::vector<std::string> weak{"CERT_KEY_KIND", "CERT_KEY_LENGTH_POLICY"}, strange{"CERT_KEY_KIND"};
  const Try tries[] = {{"RSA-512", foreign_rsa_key(512), weak},
                       {"RSA-1024", foreign_rsa_key(1024), weak},
                       {"RSA-2048", foreign_rsa_key(2048), weak},
                       {"RSA-3080", foreign_rsa_key(3080), strange},
                       {"RSA-3072, e = 3", foreign_rsa_key(3072, 3), strange},
                       {"P-192", foreign_ec_key("prime192v1"), weak},
                       {"P-224", foreign_ec_key("secp224r1"), weak},
                       {"brainpoolP160r1", foreign_ec_key("brainpoolP160r1"), weak},
                       {"secp256k1", foreign_ec_key("secp256k1"), strange},
                       {"brainpoolP256t1", foreign_ec_key("brainpoolP256t1"), strange},
                       {"brainpoolP384r1", foreign_ec_key("brainpoolP384r1"), {}},
                       {"P-521", foreign_ec_key("secp521r1"), {}},
                       {"RSA-3072", foreign_rsa_key(3072), {}}};
  for (const Try& one : tries) {
    const auto sorted = [](std::vector<std::string> codes) {
      std::ranges::sort(codes);
      return codes;
    };
    EXPECT_EQ(sorted(failing(issue::signer_draft(profile_, csca_, one.key, kSerial, kNow, kYears), Kind::DocumentSigner,
                             csca_)),
              one.codes)
        << one.what;
    EXPECT_EQ(sorted(failing(issue::master_list_signer_draft(profile_, csca_, one.key, kSerial, kNow),
                             Kind::MasterListSigner, csca_)),
              one.codes)
        << one.what;
    auto seal =
        sorted(failing(issue::seal_signer_draft(profile_, csca_, one.key, kSerial, kNow), Kind::SealSigner, csca_));
    std::erase(seal, "SIGNER_ECDSA_ONLY");
    EXPECT_EQ(seal, one.codes) << one.what;
  }
}

TEST_F(KindsTest, EveryCurveSignsWithTheHashThatFitsIt) {
  const std::vector<std::pair<Curve, asn1::Oid>> expected{{Curve::P256, asn1::oid::kEcdsaWithSha256},
                                                          {Curve::BrainpoolP256r1, asn1::oid::kEcdsaWithSha256},
                                                          {Curve::BrainpoolP384r1, asn1::oid::kEcdsaWithSha384},
                                                          {Curve::BrainpoolP512r1, asn1::oid::kEcdsaWithSha512},
                                                          {Curve::P384, asn1::oid::kEcdsaWithSha384},
                                                          {Curve::P521, asn1::oid::kEcdsaWithSha512},
                                                          {Curve::Rsa3072, asn1::Oid("1.2.840.113549.1.1.10")},
                                                          {Curve::Rsa4096, asn1::Oid("1.2.840.113549.1.1.10")}};
  for (const auto& [curve, algorithm] : expected) {
    const auto key = keystore::generate(curve, random_);
    const format::Certificate made = root(*key, kNow);
    EXPECT_EQ(format::algorithm_of(made.signature_algorithm), algorithm);
    EXPECT_TRUE(openssl_verifies(made, key->public_key_explicit()));
  }
}

TEST_F(KindsTest, ALinkCarriesTheNewKeyUnderTheOldOne) {
  const format::Certificate next = root(*other_, kLater);
  const auto link = finished(issue::link_draft(csca_, next, kSerial, kLater),
                             {.csca = &csca_, .now = kLater, .profile = profile_, .kind = Kind::CscaLink}, *key_);
  EXPECT_EQ(link.body.public_key, next.body.public_key);
  EXPECT_EQ(link.body.not_after, next.body.not_after);
  EXPECT_EQ(link.body.issuer, link.body.subject);
  EXPECT_EQ(link.body.find(format::oid::kNameChange), nullptr);
  EXPECT_EQ(link.body.find(asn1::oid::kSubjectKeyIdentifier)->value,
            next.body.find(asn1::oid::kSubjectKeyIdentifier)->value);
  EXPECT_TRUE(openssl_verifies(link, key_->public_key_explicit()));
  EXPECT_FALSE(openssl_verifies(link, other_->public_key_explicit()));
}

TEST_F(KindsTest, ALinkSaysWhenTheNameChanges) {
  const format::Certificate next = root(*other_, kLater, "C=VN,O=New,CN=New CSCA");
  format::Body body = issue::link_draft(csca_, next, kSerial, kLater);
  ASSERT_NE(body.find(format::oid::kNameChange), nullptr);
  EXPECT_EQ(body.issuer, csca_.body.subject);
  EXPECT_EQ(body.subject, next.body.subject);
  EXPECT_THAT(failing(body, Kind::CscaLink, csca_, kLater), ElementsAre());
  body.extensions.pop_back();
  EXPECT_THAT(failing(body, Kind::CscaLink, csca_, kLater), ElementsAre("LINK_NAMECHANGE_CONSISTENT"));
}

TEST_F(KindsTest, ALinkOfTheKeyThatSignsItIsNone) {
  const format::Certificate again = root(*key_, kLater);
  EXPECT_THAT(failing(issue::link_draft(csca_, again, kSerial, kLater), Kind::CscaLink, csca_, kLater),
              ElementsAre("LINK_OLD_KEY_SIGNS"));
}

TEST_F(KindsTest, AMasterListSignerHasOnePurpose) {
  format::Body body = issue::master_list_signer_draft(profile_, csca_, other_->public_key_explicit(), kSerial, kNow);
  const auto made =
      finished(body, {.csca = &csca_, .now = kNow, .profile = profile_, .kind = Kind::MasterListSigner}, *key_);
  EXPECT_EQ(made.body.not_after, base::add_months(kNow, 24));
  EXPECT_TRUE(openssl_verifies(made, key_->public_key_explicit()));
  auto& purpose = body.extensions.back();
  ASSERT_EQ(purpose.id, format::oid::kExtendedKeyUsage);
  purpose.critical = false;
  EXPECT_THAT(failing(body, Kind::MasterListSigner, csca_), ElementsAre("ML_SIGNER_EKU"));
  purpose.critical = true;
  purpose.value = format::encode_extended_key_usage({format::oid::kServerAuth});
  EXPECT_THAT(failing(body, Kind::MasterListSigner, csca_), ElementsAre("ML_SIGNER_EKU"));
  EXPECT_THAT(failing(issue::master_list_signer_draft(profile_, csca_, other_->public_key_explicit(), kSerial, kNow),
                      Kind::DocumentSigner, csca_),
              testing::IsSupersetOf({"CSCA_DS_NO_EKU", "DS_DOCTYPE_PRESENT"}));
}

TEST_F(KindsTest, AMasterListSignerEndsWithItsCsca) {
  const base::Moment late = csca_.body.not_after - std::chrono::days(30);
  const auto body = issue::master_list_signer_draft(profile_, csca_, other_->public_key_explicit(), kSerial, late);
  EXPECT_EQ(body.not_after, csca_.body.not_after);
}

TEST_F(KindsTest, ASealSignerIsACountryAndTwoLettersAndSaysNothingElse) {
  const format::Body body = issue::seal_signer_draft(profile_, csca_, other_->public_key_explicit(), kSerial, kNow);
  const auto made = finished(body, {.csca = &csca_, .now = kNow, .profile = profile_, .kind = Kind::SealSigner}, *key_);
  EXPECT_EQ(made.body.subject.text(), "C=VN, CN=TS");
  EXPECT_EQ(made.body.subject.attributes[1].string_type, format::kPrintableString);
  EXPECT_EQ(made.body.extensions.size(), 2U);
  EXPECT_TRUE(openssl_verifies(made, key_->public_key_explicit()));

  format::Body wrong = body;
  wrong.subject.attributes[1].value = "Ts";
  EXPECT_THAT(failing(wrong, Kind::SealSigner, csca_), ElementsAre("BCS_CN_TWO_UPPERCASE"));
  wrong = body;
  wrong.subject = *format::name_from_text("C=VN,O=TEST,CN=TS");
  EXPECT_THAT(failing(wrong, Kind::SealSigner, csca_), ElementsAre("BCS_SUBJECT_EXACT"));
  wrong = body;
  wrong.extensions.push_back(
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(base::Bytes(20, 0x11))});
  EXPECT_THAT(failing(wrong, Kind::SealSigner, csca_), ElementsAre("BCS_EXT_ALLOWLIST"));
  wrong = body;
  wrong.extensions.pop_back();
  EXPECT_THAT(failing(wrong, Kind::SealSigner, csca_), ElementsAre("BCS_EKU_EXACT"));
}

TEST_F(KindsTest, AProfileWithoutATableIssuesNoneOfTheKind) {
  issue::Profile bare = profile_;
  bare.seal_signer.reset();
  bare.master_list_signer.reset();
  const base::Bytes key = other_->public_key_explicit();
  EXPECT_THROW(issue::seal_signer_draft(bare, csca_, key, kSerial, kNow), base::Error);
  EXPECT_THROW(issue::master_list_signer_draft(bare, csca_, key, kSerial, kNow), base::Error);
}

}  // namespace
