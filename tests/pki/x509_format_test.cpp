// The codecs of certificates against the State's published CSCA and the synthetic signers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/format/time.h"
#include "pki/x509/issue/issue.h"
#include "tests/support/vectors.h"

namespace {

using namespace x509::format;
using testing::ElementsAre;

Certificate vietnam() {
  return parse_certificate(vectors::load_binary("csca-vietnam-epassport-2022.cer"));
}

TEST(CertificateFormatTest, TheStatesCscaReadsAsPublished) {
  const Certificate csca = vietnam();
  EXPECT_EQ(csca.body.subject.text(),
            "C=VN, O=Vietnam Government Information Security Commission, CN=CSCA ePassport Vietnam");
  EXPECT_EQ(csca.body.issuer, csca.body.subject);
  EXPECT_EQ(base::to_hex(csca.body.serial), "506F1357A3A196C24DC32CF464140CAE");
  EXPECT_EQ(base::to_rfc3339(csca.body.not_before), "2022-06-29T01:37:07Z");
  EXPECT_EQ(base::to_rfc3339(csca.body.not_after), "2037-10-01T01:37:06Z");
  EXPECT_EQ(algorithm_of(csca.signature_algorithm), asn1::oid::kEcdsaWithSha512);
  const UsagePeriod use = parse_usage_period(csca.body.find(asn1::oid::kPrivateKeyUsagePeriod)->value);
  EXPECT_EQ(base::to_rfc3339(*use.not_before), "2022-06-29T01:37:07Z");
  EXPECT_EQ(base::to_rfc3339(*use.not_after), "2027-07-01T01:37:07Z");
  EXPECT_THAT(parse_key_usage(csca.body.find(asn1::oid::kKeyUsage)->value), ElementsAre(5U, 6U));
  EXPECT_EQ(parse_basic_constraints(csca.body.find(asn1::oid::kBasicConstraints)->value), (BasicConstraints{true, 0}));
  EXPECT_THAT(parse_crl_distribution_points(csca.body.find(asn1::oid::kCrlDistributionPoints)->value),
              ElementsAre("https://pkddownload1.icao.int/CRLs/VNM.crl", "https://pkddownload2.icao.int/CRLs/VNM.crl",
                          "http://ca.gov.vn/crl/VNM.crl"));
}

TEST(CertificateFormatTest, ItsKeyIdentifierIsTheOneWeCompute) {
  const Certificate csca = vietnam();
  const base::Bytes published = parse_subject_key_identifier(csca.body.find(asn1::oid::kSubjectKeyIdentifier)->value);
  EXPECT_EQ(x509::issue::key_identifier(csca.body.public_key), published);
  EXPECT_EQ(parse_authority_key_identifier(csca.body.find(asn1::oid::kAuthorityKeyIdentifier)->value), published);
}

TEST(CertificateFormatTest, ItsExtensionsReencodeToTheSameBytes) {
  const Certificate csca = vietnam();
  const auto value = [&](const asn1::Oid& id) { return csca.body.find(id)->value; };
  using namespace asn1::oid;
  EXPECT_EQ(encode_alternative_names(parse_alternative_names(value(kSubjectAltName))), value(kSubjectAltName));
  EXPECT_EQ(encode_usage_period(parse_usage_period(value(kPrivateKeyUsagePeriod))), value(kPrivateKeyUsagePeriod));
  EXPECT_EQ(encode_crl_distribution_points(parse_crl_distribution_points(value(kCrlDistributionPoints))),
            value(kCrlDistributionPoints));
  EXPECT_EQ(encode_key_usage({KeyUse::KeyCertSign, KeyUse::CrlSign}), value(kKeyUsage));
  EXPECT_EQ(encode_ca_constraints(0), value(kBasicConstraints));
  EXPECT_EQ(encode_subject_key_identifier(parse_subject_key_identifier(value(kSubjectKeyIdentifier))),
            value(kSubjectKeyIdentifier));
  EXPECT_EQ(encode_authority_key_identifier(*parse_authority_key_identifier(value(kAuthorityKeyIdentifier))),
            value(kAuthorityKeyIdentifier));
}

class ForeignCertificates : public testing::TestWithParam<const char*> {};

TEST_P(ForeignCertificates, ParseAndReencodeToTheSameBytes) {
  const base::Bytes der = vectors::load_binary(GetParam());
  const Certificate certificate = parse_certificate(der);
  EXPECT_EQ(encode(certificate.body), certificate.tbs);
  EXPECT_EQ(assemble(certificate.tbs, certificate.signature_algorithm, certificate.signature), der);
}

INSTANTIATE_TEST_SUITE_P(CertificateFormatTest, ForeignCertificates,
                         testing::Values("csca-vietnam-epassport-2022.cer", "synth/csca1_p384.cer",
                                         "synth/csca2_bp384_explicit.cer", "synth/csca_link_1_to_2.cer",
                                         "synth/csca_rsa4096_pss.cer", "synth/ds1_p256.cer",
                                         "synth/ds2_bp256_explicit.cer", "synth/ds_rsa2048_pss.cer", "synth/mls.cer"));

TEST(CertificateFormatTest, ReadsTheDocumentTypesOfASyntheticSigner) {
  const Certificate signer = parse_certificate(vectors::load_binary("synth/ds2_bp256_explicit.cer"));
  const base::Bytes& value = signer.body.find(asn1::oid::kDocumentTypeList)->value;
  const auto types = parse_document_types(value);
  EXPECT_THAT(types, testing::UnorderedElementsAre("I", "P", "ID"));
  EXPECT_EQ(encode_document_types(types), value);
  const PublicKeyInfo key = parse_public_key_info(signer.body.public_key);
  EXPECT_TRUE(key.explicit_parameters && key.cofactor);
}

TEST(CertificateFormatTest, EveryCutIsRefused) {
  const base::Bytes der = vectors::load_binary("synth/ds2_bp256_explicit.cer");
  for (std::size_t cut = 0; cut < der.size(); ++cut) {
    EXPECT_THROW(parse_certificate(base::ByteView(der).first(cut)), asn1::Malformed) << cut;
  }
  base::Bytes longer = der;
  longer.push_back(0);
  EXPECT_THROW(parse_certificate(longer), asn1::Malformed);
}

// The law of the codec: what is read back re-encodes to the bytes that were read.
TEST(CertificateFormatTest, AMutatedCertificateIsRefusedOrReencodesToItself) {
  const base::Bytes der = vectors::load_binary("synth/ds2_bp256_explicit.cer");
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (const int mask : {0x01, 0x20, 0x80, 0xFF}) {
      base::Bytes mutated = der;
      mutated[at] = static_cast<std::uint8_t>(mutated[at] ^ mask);
      try {
        const Certificate read = parse_certificate(mutated);
        EXPECT_EQ(assemble(encode(read.body), read.signature_algorithm, read.signature), mutated) << at;
      } catch (const asn1::Malformed&) {
        continue;
      }
    }
  }
}

TEST(CertificateFormatTest, TimesChangeTheirFormIn2050) {
  const auto text = [](const char* moment) {
    const base::Bytes der = encode_time(*base::parse_rfc3339(moment));
    asn1::TlvReader reader(der);
    const asn1::Tlv element = reader.next();
    EXPECT_EQ(base::to_rfc3339(parse_time(element)), moment);
    return std::pair(element.tag, base::text_of(element.value));
  };
  EXPECT_EQ(text("2049-12-31T23:59:59Z"), (std::pair<asn1::Tag, std::string>{0x17, "491231235959Z"}));
  EXPECT_EQ(text("2050-01-01T00:00:00Z"), (std::pair<asn1::Tag, std::string>{0x18, "20500101000000Z"}));
}

TEST(CertificateFormatTest, RefusesTimesInAnotherForm) {
  const auto parse = [](asn1::Tag tag, std::string_view text) {
    const base::Bytes der = asn1::TlvWriter{}.put(tag, text).take();
    asn1::TlvReader reader(der);
    return parse_time(reader.next());
  };
  for (const char* const text : {"", "4912312359Z", "491231235959", "491231235959+0700", "490231235959Z",
                                 "491231245959Z", "491231235960Z", "4912312359x9Z", "491231235959.5Z"}) {
    EXPECT_THROW(parse(0x17, text), asn1::Malformed) << text;
  }
  EXPECT_THROW(parse(0x18, "20491231235959Z"), asn1::Malformed) << "before 2050 UTCTime is written";
  EXPECT_THROW(parse(0x13, "491231235959Z"), asn1::Malformed);
}

TEST(CertificateFormatTest, NamesComeFromText) {
  const auto name = name_from_text("C=VN, O=TEST,CN=Test CSCA");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->text(), "C=VN, O=TEST, CN=Test CSCA");
  EXPECT_EQ(parse_name(encode(*name)), *name);
  EXPECT_EQ(name->attributes[0].string_type, kPrintableString);
  EXPECT_EQ(name->attributes[2].string_type, kUtf8String);
  for (const char* const bad : {"", "C", "C=", "X=1", "C=VN,", "C=V_N", "C=VN,,CN=x", "=VN", "CN=\xFF"}) {
    EXPECT_FALSE(name_from_text(bad)) << bad;
  }
}

TEST(CertificateFormatTest, PlainSignaturesKeepTheirLeadingZeros) {
  base::Bytes r_s(64, 0);
  r_s[31] = 0x7F;
  r_s[63] = 0x80;
  const base::Bytes der = ecdsa_signature(r_s);
  EXPECT_EQ(base::to_hex(der), "300702017F02020080");
  EXPECT_EQ(plain_signature(der, 32), r_s);
  EXPECT_EQ(plain_signature(base::hex("3006020101020101FF"), 32), std::nullopt);
  EXPECT_EQ(plain_signature(base::hex("3006020181020101"), 32), std::nullopt) << "negative";
  EXPECT_EQ(plain_signature(ecdsa_signature(base::Bytes(64, 0x11)), 16), std::nullopt) << "longer than the order";
}

TEST(CertificateFormatTest, BrokenExtensionValuesAreRefused) {
  for (const char* const bad : {"", "0300", "030100", "03020080", "03020880", "0302068000", "0303000080", "040100"}) {
    EXPECT_THROW(parse_key_usage(base::hex(bad)), asn1::Malformed) << bad;
  }
  for (const char* const bad : {"3006010100020100", "3003010101", "30030101FF00", "31030101FF"}) {
    EXPECT_THROW(parse_basic_constraints(base::hex(bad)), asn1::Malformed) << bad;
  }
  for (const char* const bad : {"3000", "300B8009323032363131323330", "3003800130"}) {
    EXPECT_THROW(parse_usage_period(base::hex(bad)), asn1::Malformed) << bad;
  }
  for (const char* const bad : {"3000", "3003870100", "300386010A", "3004A4023100"}) {
    EXPECT_THROW(parse_alternative_names(base::hex(bad)), asn1::Malformed) << bad;
  }
  // reasons [1] beside a good point; an empty list; a point without a name
  for (const char* const bad : {"300F300DA007A0058603613A62810200FF", "3000", "30023000"}) {
    EXPECT_THROW(parse_crl_distribution_points(base::hex(bad)), asn1::Malformed) << bad;
  }
  // version 1; not sorted; three letters; an empty one; UTF8String
  for (const char* const bad : {"3009020101310413024944", "300D02010031081302504F13024944", "300A02010031051303414243",
                                "300702010031021300", "300902010031040C024944"}) {
    EXPECT_THROW(parse_document_types(base::hex(bad)), asn1::Malformed) << bad;
  }
}

}  // namespace
