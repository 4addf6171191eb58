#include "pki/sod/judge/passive_authentication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "tests/judge/forge.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using sod::judge::passive_authentication;
using sod::judge::PassiveAuthentication;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

std::vector<std::string> codes_of(const PassiveAuthentication& judged, base::Severity severity) {
  std::vector<std::string> out;
  for (const base::Finding& finding : judged.findings.list()) {
    if (finding.severity == severity) out.push_back(finding.code);
  }
  return out;
}

PassiveAuthentication judge(const Bytes& ef_sod) {
  return passive_authentication(ef_sod, forge::data_groups(), forge::trust(), forge::inspection_moment());
}

PassiveAuthentication judge(const forge::Sod& sod) {
  return judge(forge::make(sod));
}

forge::Sod good() {
  forge::Sod sod;
  sod.hashes = forge::hashes_of(forge::data_groups());
  return sod;
}

// --- tests/vectors/sod.json: every shared case, good and hostile (catalogue H) ---

class SodVectors : public testing::TestWithParam<std::string> {};

TEST_P(SodVectors, AreJudgedAsTheirOriginExpects) {
  const auto cases = vectors::load("sod.json").at("sods");
  const auto& expected = cases.at(GetParam());
  const PassiveAuthentication judged = judge(vectors::load_binary("synth/EF_SOD_" + GetParam() + ".bin"));
  EXPECT_EQ(judged.passed(), expected.at("verdict") == "DATA AUTHENTIC");
  EXPECT_THAT(judged.findings.failing_codes(), IsSupersetOf(expected.at("reasons").get<std::vector<std::string>>()));
  EXPECT_THAT(codes_of(judged, base::Severity::Warn),
              IsSupersetOf(expected.at("warnings").get<std::vector<std::string>>()));
  if (!judged.passed()) return;
  EXPECT_EQ(judged.findings.failing_codes(), std::vector<std::string>{});
  for (const auto& [number, hash] : judged.signed_hashes) {
    if (!expected.contains("dg_hashes")) continue;
    EXPECT_EQ(base::to_hex(hash), expected.at("dg_hashes").at(std::to_string(number)).get<std::string>());
  }
}

std::vector<std::string> vector_names() {
  std::vector<std::string> names;
  const auto cases = vectors::load("sod.json").at("sods");
  for (const auto& [name, value] : cases.items()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Synth, SodVectors, testing::ValuesIn(vector_names()),
                         [](const auto& one) { return one.param; });

// --- objects bent in one place ---

TEST(PassiveAuthenticationTest, AcceptsWhatTheForgeMakesHonestly) {
  const PassiveAuthentication judged = judge(good());
  EXPECT_THAT(judged.findings.failing_codes(), IsEmpty());
  EXPECT_EQ(judged.signed_hashes.size(), 7U);
  EXPECT_EQ(judged.signer_subject, "CN=DS-UTO 0001,O=Utopia Passport Agency,C=UT");
  EXPECT_THAT(judged.document_types, ElementsAre("I", "P", "ID"));
  EXPECT_THAT(judged.issuing_states, ElementsAre("UTO"));
  EXPECT_EQ(judged.signer_certificate, forge::certificate("ds1_p256"));
}

TEST(PassiveAuthenticationTest, AcceptsASignerNamedByItsKeyIdentifier) {
  forge::Sod sod = good();
  sod.by_key_identifier = true;
  sod.signer_version = 3;
  EXPECT_TRUE(judge(sod).passed());
}

TEST(PassiveAuthenticationTest, ChoosesTheSignerBySidAndDrawsNoTrustFromOtherCertificates) {
  forge::Sod sod = good();
  sod.certificates = {"csca1_rogue_same_name", "ds2_bp256_explicit", "ds1_p256"};
  EXPECT_TRUE(judge(sod).passed());
  sod.certificates = {"ds_rogue_issuer", "csca1_rogue_same_name"};
  sod.named_certificate = "ds_rogue_issuer";
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("CSCA_NOT_TRUSTED"));
}

TEST(PassiveAuthenticationTest, RefusesASignerWhoseCertificateIsNotThere) {
  forge::Sod sod = good();
  sod.certificates = {"ds2_bp256_explicit"};
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("DS_MISSING"));
}

TEST(PassiveAuthenticationTest, RefusesACertificateMadeForAnotherPurpose) {
  forge::Sod sod = good();
  sod.certificates = {"mls"};
  sod.named_certificate = "mls";
  sod.signer_key = "mls";
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("DS_EXTENDED_KEY_USAGE"));
}

TEST(PassiveAuthenticationTest, RefusesACertificationAuthorityAsSigner) {
  forge::Sod sod = good();
  sod.certificates = {"csca1_p384"};
  sod.named_certificate = "csca1_p384";
  sod.signer_key = "csca1";
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("DS_IS_CA", "DS_KEY_USAGE"));
}

TEST(PassiveAuthenticationTest, RefusesHashListsThatCannotBeMeant) {
  const auto all = good().hashes;
  forge::Sod sod = good();
  sod.hashes[1].second.pop_back();
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("DG2_HASH_MISMATCH", "SOD_HASH_LENGTH"));
  sod.hashes = all;
  sod.hashes.emplace_back(17, all[0].second);
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_DG_NUMBER"));
  sod.hashes = all;
  sod.hashes.emplace_back(1, all[1].second);
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_DUPLICATE_DG"));
  sod.hashes = {};
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_NO_HASHES"));
  sod.hashes = {all[0]};
  EXPECT_THAT(judge(sod).findings.failing_codes(), testing::Contains("SOD_TOO_FEW_HASHES"));
}

TEST(PassiveAuthenticationTest, RefusesHashAlgorithmsOutsideTheList) {
  forge::Sod sod = good();
  sod.hash = asn1::Oid{"1.2.840.113549.2.5"};  // MD5
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_HASH_ALGORITHM"));
  sod = good();
  sod.hash = asn1::oid::kSha1;
  EXPECT_THAT(judge(sod).findings.failing_codes(), testing::Contains("WEAK_DIGEST"));
}

TEST(PassiveAuthenticationTest, RefusesAFrameThatNoStandardComputes) {
  forge::Sod sod = good();
  sod.version = 1;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_VERSION"));
  sod = good();
  sod.signer_version = 3;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_VERSION"));
  sod = good();
  sod.announced_digests = {asn1::oid::kSha256, asn1::oid::kSha384, asn1::oid::kSha512};
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_DIGEST_ALGORITHMS"));
  sod = good();
  sod.object_version = 1;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_LDS_VERSION"));
  sod.object_version = 7;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_LDS_VERSION"));
}

TEST(PassiveAuthenticationTest, RefusesNoneOrSeveralSigners) {
  forge::Sod sod = good();
  sod.signers = 0;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_SIGNER_COUNT"));
  sod.signers = 2;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_SIGNER_COUNT"));
}

TEST(PassiveAuthenticationTest, RefusesMissingOrRepeatedSignedAttributes) {
  forge::Sod sod = good();
  sod.signed_attributes = false;
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_SIGNED_ATTRIBUTES"));
  sod = good();
  sod.content_type_copies = 0;
  EXPECT_THAT(judge(sod).findings.failing_codes(), testing::Contains("SOD_SIGNED_ATTRIBUTES"));
  sod.content_type_copies = 2;
  EXPECT_THAT(judge(sod).findings.failing_codes(), testing::Contains("SOD_SIGNED_ATTRIBUTES"));
}

TEST(PassiveAuthenticationTest, RefusesASignatureAlgorithmThatDoesNotFit) {
  for (const asn1::Oid& oid : {asn1::oid::kEcdsaWithSha384, asn1::oid::kRsaEncryption, asn1::Oid{"1.2.3"}}) {
    forge::Sod sod = good();
    sod.signature_algorithm = oid;
    EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("SOD_SIGNATURE_ALGORITHM"));
  }
}

TEST(PassiveAuthenticationTest, TellsASigningTimeOutsideTheKeysUseWithoutFailing) {
  forge::Sod sod = good();
  sod.signing_time = "20300101000000Z";
  const PassiveAuthentication judged = judge(sod);
  EXPECT_TRUE(judged.passed());
  EXPECT_TRUE(judged.findings.has("SOD_OUTSIDE_DS_USAGE"));
  sod.signing_time = "20260201000000Z";
  EXPECT_FALSE(judge(sod).findings.has("SOD_OUTSIDE_DS_USAGE"));
}

TEST(PassiveAuthenticationTest, ReturnsTheLdsVersionThatIsSigned) {
  forge::Sod sod = good();
  sod.object_version = 1;
  sod.lds_version = "0108";
  const PassiveAuthentication judged = judge(sod);
  EXPECT_TRUE(judged.passed());
  EXPECT_EQ(judged.lds_version, "0108");
}

TEST(PassiveAuthenticationTest, AcceptsNeedlessLengthOctetsAroundTheObjectWithAWarning) {
  const Bytes file = forge::make(good());
  Bytes longer{0x77, 0x83, 0x00};
  base::append(longer, base::ByteView(file).subspan(2));
  const PassiveAuthentication judged = judge(longer);
  EXPECT_TRUE(judged.passed());
  EXPECT_TRUE(judged.findings.has("SOD_LONG_LENGTH"));
}

TEST(PassiveAuthenticationTest, RefusesForeignBytesBehindTheObject) {
  Bytes file = forge::make(good());
  file.push_back(0x00);
  EXPECT_TRUE(judge(file).findings.has("SOD_TRAILING_BYTES"));
  EXPECT_TRUE(judge(file).passed());
  file.push_back(0x01);
  EXPECT_THAT(judge(file).findings.failing_codes(), ElementsAre("SOD_ENCODING"));
}

TEST(PassiveAuthenticationTest, AnswersAnythingAtAllWithAFinding) {
  for (const char* hex : {"", "77", "7700", "7780", "7784FFFFFFFF", "770230800000", "1F818181", "773030303030"}) {
    EXPECT_THAT(judge(base::hex(hex)).findings.failing_codes(), ElementsAre("SOD_ENCODING")) << hex;
    EXPECT_THAT(sod::judge::listed_data_groups(base::hex(hex)), IsEmpty());
  }
}

// --- data groups ---

TEST(PassiveAuthenticationTest, HashesTheTlvAndNotTheZeroesBehindIt) {
  auto groups = forge::data_groups();
  groups[1].insert(groups[1].end(), 7, 0x00);
  const auto padded = passive_authentication(forge::make(good()), groups, forge::trust(), forge::inspection_moment());
  EXPECT_TRUE(padded.passed());
  EXPECT_TRUE(padded.findings.has("DG1_TRAILING_BYTES"));
  groups[1].back() = 0x01;
  const auto foreign = passive_authentication(forge::make(good()), groups, forge::trust(), forge::inspection_moment());
  EXPECT_THAT(foreign.findings.failing_codes(), ElementsAre("DG1_TRAILING_BYTES"));
}

TEST(PassiveAuthenticationTest, RefusesAGroupThatIsNotListed) {
  forge::Sod sod = good();
  sod.hashes.pop_back();
  EXPECT_THAT(judge(sod).findings.failing_codes(), ElementsAre("DG15_NOT_IN_SOD"));
}

TEST(PassiveAuthenticationTest, ListsTheGroupsForTheReader) {
  EXPECT_THAT(sod::judge::listed_data_groups(forge::make(good())), ElementsAre(1, 2, 11, 12, 13, 14, 15));
}

TEST(PassiveAuthenticationTest, NoFlippedByteOfADataGroupPasses) {
  const Bytes ef_sod = forge::make(good());
  const auto trust = forge::trust();
  for (const auto& [number, file] : forge::data_groups()) {
    const std::size_t step = file.size() > 1000 ? 97 : 1;
    for (std::size_t at = 0; at < file.size(); at += step) {
      Bytes bent = file;
      bent[at] ^= 0x01;
      const auto judged = passive_authentication(ef_sod, {{number, bent}}, trust, forge::inspection_moment());
      ASSERT_FALSE(judged.passed()) << "DG" << number << " byte " << at;
    }
  }
}

// --- one law over the whole object: nothing in it is free to change ---

void expect_no_flip_passes(const Bytes& good_sod, std::uint8_t flip) {
  const auto trust = forge::trust();
  const auto groups = forge::data_groups();
  ASSERT_TRUE(passive_authentication(good_sod, groups, trust, forge::inspection_moment()).passed());
  for (std::size_t at = 0; at < good_sod.size(); ++at) {
    Bytes bent = good_sod;
    bent[at] ^= flip;
    ASSERT_FALSE(passive_authentication(bent, groups, trust, forge::inspection_moment()).passed()) << "byte " << at;
  }
}

TEST(SodFlipLaw, NoChangedLowBitPasses) {
  expect_no_flip_passes(vectors::load_binary("synth/EF_SOD_ok_p256_sha256.bin"), 0x01);
}

TEST(SodFlipLaw, NoChangedLetterCasePasses) {
  expect_no_flip_passes(vectors::load_binary("synth/EF_SOD_ok_p256_sha256.bin"), 0x20);
}

TEST(SodFlipLaw, NoChangedByteOfAnExplicitCurveObjectPasses) {
  expect_no_flip_passes(vectors::load_binary("synth/EF_SOD_ok_brainpool_explicit.bin"), 0x80);
}

}  // namespace
