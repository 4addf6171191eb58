// EF.SOD as it is written: the LDSSecurityObject against foreign files, the CMS against OpenSSL, the permit's rules.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/sod/format/lds_security_object.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/format/certificate.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using asn1::TlvWriter;
using sod::format::LdsSecurityObject;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");

// --- LDSSecurityObject ---

class SyntheticSods : public testing::TestWithParam<const char*> {};

TEST_P(SyntheticSods, ReadAsPublishedAndReencodeToTheSameBytes) {
  const std::string name = GetParam();
  const auto published = vectors::load("sod.json")["sods"][name];
  const base::Bytes content = test::parts_of_sod(vectors::load_binary("synth/EF_SOD_" + name + ".bin")).content;
  const LdsSecurityObject object = sod::format::parse(content);
  EXPECT_EQ(sod::format::encode(object), content);
  EXPECT_EQ(object.version, published["lds_version"] == "v1" ? 1 : 0);
  ASSERT_EQ(object.hashes.size(), published["dg_hashes"].size());
  for (const auto& [number, hash] : published["dg_hashes"].items()) {
    EXPECT_EQ(object.hashes.at(std::stoi(number)), vectors::hex(hash)) << "DG" << number;
  }
  const std::string algorithm = published["hash_alg"];
  const asn1::Oid expected = algorithm == "sha1"     ? asn1::oid::kSha1
                             : algorithm == "sha512" ? asn1::oid::kSha512
                                                     : asn1::oid::kSha256;
  EXPECT_EQ(object.hash_algorithm, expected);
}

INSTANTIATE_TEST_SUITE_P(LdsSecurityObjectTest, SyntheticSods,
                         testing::Values("ok_p256_sha256", "ok_v1_ldsversion", "ok_brainpool_explicit", "ok_rsa_pss",
                                         "ok_rsa_v15", "ok_hash_sha512", "weak_sha1", "bad_dg1_hash",
                                         "bad_dg2_missing"));

TEST(LdsSecurityObjectTest, KeepsTheVersionsOfLds18) {
  const base::Bytes content = test::parts_of_sod(vectors::load_binary("synth/EF_SOD_ok_v1_ldsversion.bin")).content;
  const LdsSecurityObject object = sod::format::parse(content);
  EXPECT_EQ(object.lds_version, "0108");
  EXPECT_EQ(object.unicode_version, "040000");
}

TEST(LdsSecurityObjectTest, RefusesTheBrokenSyntheticOnes) {
  for (const char* const name : {"bad_dup_dg1", "bad_empty_hashes"}) {
    const base::Bytes file = vectors::load_binary(std::string("synth/EF_SOD_") + name + ".bin");
    EXPECT_THROW(sod::format::parse(test::parts_of_sod(file).content), asn1::Malformed) << name;
  }
  for (const char* const name : {"bad_truncated", "bad_tag78", "bad_indef"}) {
    const base::Bytes file = vectors::load_binary(std::string("synth/EF_SOD_") + name + ".bin");
    EXPECT_THROW(sod::format::unwrap(file), asn1::Malformed) << name;
  }
  EXPECT_NO_THROW(sod::format::unwrap(vectors::load_binary("synth/EF_SOD_bad_trailing.bin"))) << "padding is allowed";
}

base::Bytes object_with(const TlvWriter& version, const TlvWriter& algorithm, const TlvWriter& hashes,
                        const TlvWriter& rest = {}) {
  TlvWriter inner;
  inner.raw(version.view()).sequence(algorithm).sequence(hashes).raw(rest.view());
  return TlvWriter{}.sequence(inner).take();
}

TlvWriter integer(std::int64_t value) {
  return std::move(TlvWriter{}.integer(value));
}

TlvWriter hash_list(std::initializer_list<std::int64_t> numbers) {
  TlvWriter out;
  const base::Bytes hash(32, 0xAB);
  for (const std::int64_t number : numbers) out.sequence(TlvWriter{}.integer(number).octet_string(hash));
  return out;
}

TEST(LdsSecurityObjectTest, RefusesWhatTheSyntaxDoesNotAllow) {
  const TlvWriter sha256 = std::move(TlvWriter{}.oid(asn1::oid::kSha256));
  const TlvWriter good = hash_list({1, 2});
  EXPECT_NO_THROW(sod::format::parse(object_with(integer(0), sha256, good)));
  const std::vector<std::pair<const char*, base::Bytes>> broken{
      {"version 2", object_with(integer(2), sha256, good)},
      {"version -1", object_with(integer(-1), sha256, good)},
      {"version 0 with versions", object_with(integer(0), sha256, good, integer(1))},
      {"version 1 without versions", object_with(integer(1), sha256, good)},
      {"one hash", object_with(integer(0), sha256, hash_list({1}))},
      {"no hash", object_with(integer(0), sha256, hash_list({}))},
      {"DG0", object_with(integer(0), sha256, hash_list({0, 1, 2}))},
      {"DG17", object_with(integer(0), sha256, hash_list({1, 2, 17}))},
      {"DG1 twice", object_with(integer(0), sha256, hash_list({1, 2, 1}))},
      {"parameters", object_with(integer(0), std::move(TlvWriter{}.oid(asn1::oid::kSha256).integer(5)), good)},
      {"NULL with content",
       object_with(integer(0), std::move(TlvWriter{}.oid(asn1::oid::kSha256).put(0x05, "x")), good)},
      {"no algorithm", object_with(integer(0), TlvWriter{}, good)},
      {"octets behind", base::concat({object_with(integer(0), sha256, good), base::Bytes{0}})},
      {"nothing", {}},
  };
  for (const auto& [what, der] : broken) EXPECT_THROW(sod::format::parse(der), asn1::Malformed) << what;
  const base::Bytes whole = object_with(integer(0), sha256, good);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_THROW(sod::format::parse(base::ByteView(whole).first(cut)), asn1::Malformed) << cut;
  }
}

// --- signing ---

std::map<int, base::Bytes> some_hashes() {
  std::map<int, base::Bytes> hashes;
  for (const int number : {1, 2, 13, 15}) {
    hashes[number] = crypto::openssl::sha256(base::view_of("data group " + std::to_string(number)));
  }
  return hashes;
}

class DocumentSignerTest : public testing::Test {
 protected:
  // One PKI for all tests here: it never changes.
  static void SetUpTestSuite() { pki_ = std::make_unique<test::TestPki>(test::make_pki(kNow)); }
  static void TearDownTestSuite() { pki_.reset(); }
  static std::unique_ptr<sod::issue::DocumentSigner> make_signer(base::Moment now = kNow) {
    test::TestPki pki = test::make_pki(now);
    return std::make_unique<sod::issue::DocumentSigner>(std::move(pki.signer_key), pki.signer);
  }
  static std::vector<std::string> refusals(std::map<int, base::Bytes> hashes, base::Moment now,
                                           std::optional<base::Date> expiry) {
    const auto signer = make_signer();
    auto linted = sod::issue::lint(std::move(hashes), *signer, now, expiry);
    const auto* const findings = std::get_if<base::Findings>(&linted);
    return findings != nullptr ? findings->failing_codes() : std::vector<std::string>{};
  }
  static base::Bytes sign(const sod::issue::DocumentSigner& signer) {
    auto linted = sod::issue::lint(some_hashes(), signer, kNow, base::make_date(2048, 11, 23));
    return sod::issue::sign(std::get<sod::issue::LintedHashes>(std::move(linted)), signer, witness());
  }
  static sod::issue::SecondWitness witness() { return test::openssl_witness(pki_->csca, kNow); }
  static sod::issue::LintedHashes permit_for(const sod::issue::DocumentSigner& signer) {
    auto linted = sod::issue::lint(some_hashes(), signer, kNow, std::nullopt);
    return std::get<sod::issue::LintedHashes>(std::move(linted));
  }
  static void expect_kept_back(const sod::issue::DocumentSigner& signer, const sod::issue::SecondWitness& witness) {
    try {
      sod::issue::sign(permit_for(signer), signer, witness);
      FAIL() << "a file left without the witness's yes";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
    }
  }

  static inline std::unique_ptr<test::TestPki> pki_;
};

TEST_F(DocumentSignerTest, OpenSslAcceptsTheSignatureAndGivesTheHashesBack) {
  const auto signer = make_signer();
  const base::Bytes file = sign(*signer);
  const base::ByteView cms = sod::format::unwrap(file);
  const unsigned char* at = cms.data();
  const crypto::openssl::CmsPtr parsed(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms.size())));
  ASSERT_TRUE(parsed) << crypto::openssl::drain_errors();
  const crypto::openssl::BioPtr out(BIO_new(BIO_s_mem()));
  ASSERT_EQ(CMS_verify(parsed.get(), nullptr, nullptr, nullptr, out.get(), CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY), 1)
      << crypto::openssl::drain_errors();
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  const base::Bytes content(data, data + size);
  const LdsSecurityObject object = sod::format::parse(content);
  EXPECT_EQ(object.hashes, some_hashes());
  EXPECT_EQ(object.version, 0);
  EXPECT_FALSE(object.null_parameters);
}

// Doc 9303-10 Table 37, field by field.
TEST_F(DocumentSignerTest, EveryFieldIsTheOneOfTheProfile) {
  const auto signer = make_signer();
  const base::Bytes file = sign(*signer);
  asn1::TlvReader ef(file);
  asn1::TlvReader outer(ef.need(0x77));
  ef.end();
  asn1::TlvReader content_info(outer.need(0x30));
  outer.end();
  EXPECT_EQ(asn1::read_oid(content_info.need(0x06)), asn1::oid::kSignedData);
  asn1::TlvReader signed_data(asn1::TlvReader(content_info.need(0xA0)).need(0x30));
  content_info.end();
  EXPECT_EQ(asn1::read_integer(signed_data.need(0x02)), 3);
  const base::Bytes sha256 = x509::format::algorithm_identifier(asn1::oid::kSha256);
  EXPECT_EQ(base::to_hex(signed_data.need(0x31)), base::to_hex(sha256)) << "one digest algorithm, without NULL";
  asn1::TlvReader encapsulated(signed_data.need(0x30));
  EXPECT_EQ(asn1::read_oid(encapsulated.need(0x06)), asn1::oid::kLdsSecurityObject);
  EXPECT_EQ(base::to_hex(signed_data.need(0xA0)), base::to_hex(signer->certificate())) << "the signer's alone";
  asn1::TlvReader signer_infos(signed_data.need(0x31));
  signed_data.end();
  asn1::TlvReader info(signer_infos.need(0x30));
  signer_infos.end();
  EXPECT_EQ(asn1::read_integer(info.need(0x02)), 1);
  asn1::TlvReader sid(info.need(0x30));
  const auto certificate = x509::format::parse_certificate(signer->certificate());
  EXPECT_EQ(base::to_hex(sid.need_whole(0x30).whole), base::to_hex(certificate.issuer));
  EXPECT_EQ(base::to_hex(sid.need(0x02)), base::to_hex(certificate.body.serial));
  sid.end();
  EXPECT_EQ(base::to_hex(info.need_whole(0x30).whole), base::to_hex(sha256));
  asn1::TlvReader attributes(info.need(0xA0));
  std::vector<asn1::Oid> types;
  base::Bytes before;
  while (!attributes.at_end()) {
    const asn1::Tlv attribute = attributes.need_whole(0x30);
    const base::Bytes whole(attribute.whole.begin(), attribute.whole.end());
    EXPECT_LT(before, whole) << "a SET OF in DER is sorted";
    before = whole;
    types.push_back(asn1::read_oid(asn1::TlvReader(attribute.value).need(0x06)));
  }
  EXPECT_THAT(types, testing::UnorderedElementsAre(asn1::oid::kContentType, asn1::oid::kMessageDigest));
  EXPECT_EQ(base::to_hex(info.need_whole(0x30).whole),
            base::to_hex(x509::format::algorithm_identifier(asn1::oid::kEcdsaWithSha256)));
  info.need(0x04);
  info.end();
}

TEST_F(DocumentSignerTest, TheSameDataGiveTheSameFileFromEveryThread) {
  const auto signer = make_signer();
  const base::Bytes expected = sign(*signer);
  std::vector<base::Bytes> made(4);
  std::vector<std::thread> threads;
  for (base::Bytes& out : made) threads.emplace_back([&] { out = sign(*signer); });
  for (std::thread& thread : threads) thread.join();
  for (const base::Bytes& file : made) EXPECT_EQ(file, expected);
}

TEST_F(DocumentSignerTest, RefusesACertificateOfAnotherKey) {
  test::TestPki other = test::make_pki(kNow, 2);
  EXPECT_THROW(sod::issue::DocumentSigner(std::move(other.signer_key), pki_->signer), base::Error);
}

TEST_F(DocumentSignerTest, RefusesWhatIsNoCertificate) {
  for (const base::Bytes& bytes :
       {base::Bytes{}, base::bytes_of("text"), base::Bytes(pki_->signer.begin(), pki_->signer.end() - 1)}) {
    test::TestPki pki = test::make_pki(kNow);
    EXPECT_THROW(sod::issue::DocumentSigner(std::move(pki.signer_key), bytes), base::Error);
  }
}

TEST_F(DocumentSignerTest, RefusesACertificateThatIsNoDocumentSigners) {
  for (const asn1::Oid& missing :
       {asn1::oid::kPrivateKeyUsagePeriod, asn1::oid::kKeyUsage, asn1::oid::kDocumentTypeList}) {
    test::TestPki pki = test::make_pki(kNow);
    auto parsed = x509::format::parse_certificate(pki.signer);
    std::erase_if(parsed.body.extensions, [&](const auto& extension) { return extension.id == missing; });
    const base::Bytes without =
        x509::format::assemble(x509::format::encode(parsed.body), parsed.signature_algorithm, parsed.signature);
    EXPECT_THROW(sod::issue::DocumentSigner(std::move(pki.signer_key), without), base::Error) << missing.dotted();
  }
  test::TestPki pki = test::make_pki(kNow);
  EXPECT_THROW(sod::issue::DocumentSigner(std::move(pki.csca_key), pki.csca), base::Error) << "a CSCA signs no card";
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(DocumentSignerTest, GoodHashesGetAPermit) {
  EXPECT_THAT(refusals(some_hashes(), kNow, base::make_date(2048, 11, 23)), IsEmpty());
}

TEST_F(DocumentSignerTest, DataGroupsOneAndTwoMustBeThere) {
  for (const int missing : {1, 2}) {
    auto hashes = some_hashes();
    hashes.erase(missing);
    EXPECT_THAT(refusals(hashes, kNow, std::nullopt), ElementsAre("LDSO_DG1_DG2"));
  }
}

// Whoever says so has seen the birth date; the rest is asked of a child's card as of any other.
TEST_F(DocumentSignerTest, OnlyTheCardOfASmallChildMayBeWithoutDataGroupTwo) {
  using sod::issue::Holder;
  const auto signer = make_signer();
  auto hashes = some_hashes();
  hashes.erase(2);
  EXPECT_TRUE(std::holds_alternative<sod::issue::LintedHashes>(
      sod::issue::lint(hashes, *signer, kNow, std::nullopt, Holder::SmallChild)));
  hashes.erase(1);
  const auto refused = sod::issue::lint(hashes, *signer, kNow, std::nullopt, Holder::SmallChild);
  ASSERT_TRUE(std::holds_alternative<base::Findings>(refused));
  EXPECT_THAT(std::get<base::Findings>(refused).failing_codes(), ElementsAre("LDSO_DG1_DG2"));
}

TEST_F(DocumentSignerTest, HashesAreThoseOfSha256) {
  auto hashes = some_hashes();
  hashes[13].pop_back();
  EXPECT_THAT(refusals(hashes, kNow, std::nullopt), ElementsAre("LDSO_HASH_LENGTH"));
  hashes = some_hashes();
  hashes[2].clear();
  EXPECT_THAT(refusals(hashes, kNow, std::nullopt), ElementsAre("LDSO_HASH_LENGTH"));
}

TEST_F(DocumentSignerTest, DataGroupsAreOneToSixteen) {
  for (const int number : {0, 17, -1}) {
    auto hashes = some_hashes();
    hashes[number] = base::Bytes(32);
    EXPECT_THAT(refusals(hashes, kNow, std::nullopt), ElementsAre("LDSO_DG_NUMBER")) << number;
  }
}

TEST_F(DocumentSignerTest, TheKeySignsInItsUsagePeriodAlone) {
  const auto last = *base::parse_rfc3339("2027-02-23T08:00:00Z");
  EXPECT_THAT(refusals(some_hashes(), kNow - std::chrono::seconds(1), std::nullopt),
              ElementsAre("SIGNER_OUTSIDE_USAGE_PERIOD"));
  EXPECT_THAT(refusals(some_hashes(), last, std::nullopt), IsEmpty());
  EXPECT_THAT(refusals(some_hashes(), last + std::chrono::seconds(1), std::nullopt),
              ElementsAre("SIGNER_OUTSIDE_USAGE_PERIOD"));
}

// The certificate of this test ends 2049-02-25T08:00Z: the card whose last day ends before is signed, the next is not.
TEST_F(DocumentSignerTest, ACardThatEndsDoesNotOutliveItsSigner) {
  EXPECT_EQ(base::to_rfc3339(make_signer()->certificate_ends()), "2049-02-25T08:00:00Z");
  EXPECT_THAT(refusals(some_hashes(), kNow, base::make_date(2049, 2, 24)), IsEmpty());
  EXPECT_THAT(refusals(some_hashes(), kNow, base::make_date(2049, 2, 25)), ElementsAre("CARD_OUTLIVES_DS"));
}

TEST_F(DocumentSignerTest, ACardWithoutEndIsSignedByAnySignerInUse) {
  EXPECT_THAT(refusals(some_hashes(), kNow, std::nullopt), IsEmpty());
}

// --- the second witness ---

// A key that does not sign what it is asked to sign.
class LyingKey final : public keystore::SigningKey {
 public:
  enum class Lie { OtherDigest, BentSignature, NoSignature };
  LyingKey(std::unique_ptr<keystore::SigningKey> honest, Lie lie) : honest_(std::move(honest)), lie_(lie) {}
  keystore::KeyKind kind() const override { return honest_->kind(); }
  base::Bytes public_key_named() const override { return honest_->public_key_named(); }
  base::Bytes public_key_explicit() const override { return honest_->public_key_explicit(); }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    if (lie_ == Lie::OtherDigest) return honest_->sign_unverified(crypto::openssl::sha256(digest));
    base::Bytes signature = honest_->sign_unverified(digest);
    if (lie_ == Lie::NoSignature) return base::Bytes(signature.size(), 0x01);
    signature.back() ^= 0x01;
    return signature;
  }

 private:
  std::unique_ptr<keystore::SigningKey> honest_;
  Lie lie_;
};

TEST_F(DocumentSignerTest, ALyingKeysSignatureNeverLeaves) {
  using Lie = LyingKey::Lie;
  for (const Lie lie : {Lie::OtherDigest, Lie::BentSignature, Lie::NoSignature}) {
    test::TestPki pki = test::make_pki(kNow);
    const sod::issue::DocumentSigner signer(std::make_unique<LyingKey>(std::move(pki.signer_key), lie), pki.signer);
    expect_kept_back(signer, witness());
  }
}

TEST_F(DocumentSignerTest, ASignatureBrokenOnItsWayNeverLeaves) {
  expect_kept_back(*make_signer(), [](base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes) {
    base::Bytes broken(ef_sod.begin(), ef_sod.end());
    broken.back() ^= 0x01;
    return witness()(broken, hashes);
  });
}

TEST_F(DocumentSignerTest, AFileThatListsOtherHashesThanWerePermittedNeverLeaves) {
  expect_kept_back(*make_signer(), [](base::ByteView ef_sod, std::map<int, base::Bytes> permitted) {
    std::swap(permitted.at(1), permitted.at(2));
    return witness()(ef_sod, permitted);
  });
}

TEST_F(DocumentSignerTest, TheWitnessSeesTheFinishedFileOnceAndItsNoIsFinal) {
  const auto signer = make_signer();
  std::vector<base::Bytes> seen;
  const auto given = sod::issue::sign(permit_for(*signer), *signer, [&](base::ByteView ef_sod, const auto& hashes) {
    seen.emplace_back(ef_sod.begin(), ef_sod.end());
    EXPECT_EQ(hashes, some_hashes());
    return true;
  });
  EXPECT_THAT(seen, testing::ElementsAre(given));
  expect_kept_back(*signer, [](base::ByteView, const auto&) { return false; });
}

TEST_F(DocumentSignerTest, AWitnessThatFailsLetsNothingOut) {
  const auto signer = make_signer();
  EXPECT_THROW(sod::issue::sign(permit_for(*signer), *signer,
                                [](base::ByteView, const auto&) -> bool { throw asn1::Malformed("unreadable"); }),
               asn1::Malformed);
}

using DocumentSignerDeathTest = DocumentSignerTest;

TEST_F(DocumentSignerDeathTest, APermitIsSpentOnce) {
  const auto signer = make_signer();
  auto permit = permit_for(*signer);
  sod::issue::sign(std::move(permit), *signer, witness());
  EXPECT_DEATH(sod::issue::sign(std::move(permit), *signer, witness()), "spent once");
}

TEST_F(DocumentSignerDeathTest, NothingIsSignedWithoutAWitness) {
  const auto signer = make_signer();
  EXPECT_DEATH(sod::issue::sign(permit_for(*signer), *signer, {}), "without a second witness");
}

// SEQUENCE OF keeps an order that 9303-10 does not prescribe; the fuzzer found that reading forgot it.
TEST(LdsSecurityObjectTest, AListThatDoesNotAscendIsWrittenBackAsItStood) {
  const std::string hash(64, 'A');
  const base::Bytes der = base::hex("3060020100300B0609608648016503040201304E3025020105" + ("0420" + hash) +
                                    "3025020102" + ("0420" + hash));
  const LdsSecurityObject object = sod::format::parse(der);
  EXPECT_EQ(object.order, (std::vector<int>{5, 2}));
  EXPECT_EQ(sod::format::encode(object), der);
}

}  // namespace
