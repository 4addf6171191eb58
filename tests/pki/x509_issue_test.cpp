// Certificates as they are issued: the profile, the calendar, every rule of lint(), and OpenSSL's view of the result.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/calendar.h"
#include "pki/x509/issue/issue.h"
#include "smartcard/document/validity.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using namespace x509;
using base::Moment;
using keystore::Curve;
using testing::ElementsAre;
using testing::HasSubstr;

const Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");
constexpr int kYears = 22;

Moment at(const char* text) {
  return *base::parse_rfc3339(text);
}

// --- the profile ---

TEST(CertificateProfileTest, TheCardValidityTableIsTheOneOfTheCards) {
  const issue::CardValidity& table = issue::shipped_profile().card_validity;
  const auto milestones = document::validity_milestones();
  EXPECT_EQ(table.milestones, std::vector<int>(milestones.begin(), milestones.end()));
  EXPECT_EQ(table.longest_years(), document::longest_card_validity_years());
}

TEST(CertificateProfileTest, TheLongestRunIsComputed) {
  EXPECT_EQ((issue::CardValidity{{14, 25, 40, 60}, 2}.longest_years()), 22);
  EXPECT_EQ((issue::CardValidity{{14, 25, 40, 60}, 0}.longest_years()), 20);
  EXPECT_EQ((issue::CardValidity{{30}, 2}.longest_years()), 30);
  EXPECT_EQ((issue::CardValidity{{40, 45}, 2}.longest_years()), 40) << "from birth to the first milestone";
}

std::string shipped_text() {
  const base::Bytes content = base::read_file(std::string(CCCD_SOURCE_DIR) + "/pki/x509/issue/profiles/cccd.toml", "");
  return base::text_of(content);
}

TEST(CertificateProfileTest, MistakesAreNamedWithTheirLine) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text = shipped_text();
    const auto where = text.find(from);
    base::ensure(where != std::string::npos, "the shipped profile has the text");
    return text.replace(where, from.size(), to);
  };
  const std::vector<std::pair<std::string, const char*>> mistakes{
      {with("[csca]", "[cscb]"), "csca is missing"},
      {with("[contact]\n", "[contact]\nphone = \"1\"\n"), "contact.phone is unknown here"},
      {with("key_use_years = 5", "key_use_years = 50"), "csca.key_use_years must be a whole number from 1 to 10"},
      {with("key_use_years = 5", "key_use_years = 4.5"), "csca.key_use_years must be a whole number"},
      {with("key_use_years = 5", ""), "csca.key_use_years is missing"},
      {with("[14, 25", "[25, 14"), "ascending"},
      {with("[14, 25, 40, 60]", "[]"), "must be a list"},
      {with("\"C=VN,O=TEST,CN=Test CSCA\"", "\"Test CSCA\""), "subject must be a name"},
      {with("\"VNM\"", "\"\""), "contact.locality must be a text"},
      {with("[\"ID\"]", "[5]"), "document_signer.document_types must be a list of texts"},
      {with("[csca]", "[csca"), "p.toml:"},
  };
  for (const auto& [text, part] : mistakes) {
    try {
      issue::parse_profile(text, "p.toml");
      ADD_FAILURE() << "read: " << part;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_THAT(error.seen(), HasSubstr(part));
      EXPECT_THAT(error.seen(), testing::ContainsRegex("^p\\.toml:[0-9]+: "));
    }
  }
}

// --- the calendar ---

TEST(CertificateCalendarTest, ACscaSignsFiveYearsAndOutlivesItsLastSigner) {
  const issue::Profile& profile = issue::shipped_profile();
  const issue::Lifetimes csca = issue::csca_lifetimes(kNow, profile, kYears);
  EXPECT_EQ(csca.key_use_ends, at("2031-11-23T08:00:00Z"));
  // Every hour of the last 40 days of its use, through the ends of months.
  for (Moment issued = csca.key_use_ends - std::chrono::days(40); issued <= csca.key_use_ends;
       issued += std::chrono::hours(1)) {
    EXPECT_LE(issue::document_signer_lifetimes(issued, profile, kYears).not_after, csca.not_after);
  }
}

// The law behind the validity: no card that ends, signed at any moment of the key's use, outlives the certificate.
TEST(CertificateCalendarTest, NoCardThatEndsOutlivesItsSigner) {
  const issue::Profile& profile = issue::shipped_profile();
  for (const char* const from : {"2026-11-23T08:00:00Z", "2027-11-30T16:59:59Z", "2027-11-28T17:00:00Z"}) {
    const issue::Lifetimes signer = issue::document_signer_lifetimes(at(from), profile, kYears);
    for (const Moment signed_at : {signer.not_before, signer.key_use_ends}) {
      const base::Date issued = base::date_in_viet_nam(signed_at);
      const auto day = std::chrono::sys_days(issued);
      for (int age_days = 0; age_days < 70 * 366; ++age_days) {
        const auto expiry = document::card_expiry(base::Date(day - std::chrono::days(age_days)), issued);
        if (!expiry) continue;
        const Moment ends = std::chrono::sys_days(*expiry) + std::chrono::hours(24 - 7) - std::chrono::seconds(1);
        ASSERT_LE(ends, signer.not_after) << base::to_iso(*expiry) << " from " << from;
      }
    }
  }
}

// --- what is issued ---

std::set<std::string> extension_set(const format::Body& body) {
  std::set<std::string> out;
  for (const auto& extension : body.extensions) {
    out.insert(extension.id.dotted() + (extension.critical ? " critical" : ""));
  }
  return out;
}

TEST(IssuedCertificateTest, OurCscaHasTheExtensionsOfTheStates) {
  const auto ours = format::parse_certificate(test::make_pki(kNow).csca);
  const auto states = format::parse_certificate(vectors::load_binary("csca-vietnam-epassport-2022.cer"));
  EXPECT_EQ(extension_set(ours.body), extension_set(states.body));
  EXPECT_EQ(ours.signature_algorithm, states.signature_algorithm);
  // The same domain parameters, octet by octet: everything of the key but the point itself.
  const auto parameters = [](const base::Bytes& spki) {
    asn1::TlvReader outer(spki);
    asn1::TlvReader inner(outer.need(0x30));
    return base::to_hex(inner.need_whole(0x30).whole);
  };
  EXPECT_EQ(parameters(ours.body.public_key), parameters(states.body.public_key));
  for (const asn1::Oid& same : {asn1::oid::kBasicConstraints, asn1::oid::kKeyUsage}) {
    EXPECT_EQ(ours.body.find(same)->value, states.body.find(same)->value);
  }
}

TEST(IssuedCertificateTest, ASignerHasExactlyWhatTheTableAsks) {
  const auto signer = format::parse_certificate(test::make_pki(kNow).signer);
  EXPECT_THAT(extension_set(signer.body), ElementsAre("2.23.136.1.1.6.2", "2.5.29.14", "2.5.29.15 critical",
                                                      "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.31", "2.5.29.35"));
  EXPECT_EQ(base::to_hex(signer.body.find(asn1::oid::kDocumentTypeList)->value), "3009020100310413024944");
  EXPECT_EQ(base::to_hex(signer.body.find(asn1::oid::kKeyUsage)->value), "03020780");
  EXPECT_EQ(base::to_rfc3339(signer.body.not_after), "2049-02-25T08:00:00Z");
}

TEST(IssuedCertificateTest, OpenSslVerifiesBothSignatures) {
  const test::TestPki pki = test::make_pki(kNow);
  const auto read = [](const base::Bytes& der) {
    const unsigned char* from = der.data();
    return crypto::openssl::X509Ptr(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
  };
  const auto csca = read(pki.csca), signer = read(pki.signer);
  ASSERT_TRUE(csca && signer);
  EXPECT_EQ(X509_verify(csca.get(), X509_get0_pubkey(csca.get())), 1);
  EXPECT_EQ(X509_verify(signer.get(), X509_get0_pubkey(csca.get())), 1);
  EXPECT_EQ(X509_check_issued(csca.get(), signer.get()), X509_V_OK);
  EXPECT_EQ(X509_check_ca(csca.get()), 1);
  EXPECT_EQ(X509_check_ca(signer.get()), 0);
}

TEST(IssuedCertificateTest, SerialsArePositiveAndSixteenOctetsLong) {
  base::SeededRandom random(9);
  std::set<base::Bytes> seen;
  for (int i = 0; i < 1000; ++i) {
    const base::Bytes serial = issue::random_serial(random);
    EXPECT_EQ(serial.size(), 16U);
    EXPECT_TRUE(serial[0] >= 0x40 && serial[0] < 0x80);
    EXPECT_TRUE(seen.insert(serial).second);
  }
}

// --- lint ---

class LintTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    pki_ = std::make_unique<test::TestPki>(test::make_pki(kNow));
    csca_ = std::make_unique<format::Certificate>(format::parse_certificate(pki_->csca));
  }
  static void TearDownTestSuite() {
    pki_.reset();
    csca_.reset();
  }

  static format::Body root() { return csca_->body; }
  static format::Body signer() { return format::parse_certificate(pki_->signer).body; }
  static format::Extension& extension(format::Body& body, const asn1::Oid& id) {
    return *std::ranges::find_if(body.extensions, [&](const auto& each) { return each.id == id; });
  }
  static void drop(format::Body& body, const asn1::Oid& id) {
    std::erase_if(body.extensions, [&](const auto& each) { return each.id == id; });
  }

  static base::Findings judge(const format::Body& body, bool is_root, Moment now = kNow) {
    auto linted =
        issue::lint(body, {.csca = is_root ? nullptr : csca_.get(), .now = now, .profile = issue::shipped_profile()});
    if (auto* const findings = std::get_if<base::Findings>(&linted)) return *findings;
    return std::get<issue::LintedCertificate>(linted).remarks();
  }
  using Change = std::function<void(format::Body&)>;
  static void root_fails(const char* code, const Change& change) { fails(code, root(), true, change); }
  static void signer_fails(const char* code, const Change& change) { fails(code, signer(), false, change); }
  static void both_fail(const char* code, const Change& change) {
    root_fails(code, change);
    signer_fails(code, change);
  }

  static inline std::unique_ptr<test::TestPki> pki_;
  static inline std::unique_ptr<format::Certificate> csca_;

 private:
  static void fails(const char* code, format::Body body, bool is_root, const Change& change) {
    change(body);
    const base::Findings findings = judge(body, is_root);
    EXPECT_TRUE(findings.failed() && findings.has(code)) << code << (is_root ? " (root)" : " (signer)");
  }
};

TEST_F(LintTest, WhatTheProfileGivesHasNoFinding) {
  EXPECT_TRUE(judge(root(), true).empty());
  EXPECT_TRUE(judge(signer(), false).empty());
}

TEST_F(LintTest, SerialNumberAndAlgorithm) {
  both_fail("CERT_SERIAL_POSITIVE", [](auto& body) { body.serial = {0x80, 0x01}; });
  both_fail("CERT_SERIAL_POSITIVE", [](auto& body) { body.serial = {0x00}; });
  both_fail("CERT_SERIAL_MAX_20", [](auto& body) { body.serial = base::Bytes(21, 0x11); });
  both_fail("CERT_DER", [](auto& body) { body.serial = {0x00, 0x01}; });
  both_fail("CERT_DER", [](auto& body) { body.serial = {}; });
  for (const auto& weaker : {asn1::oid::kEcdsaWithSha256, asn1::Oid("1.2.840.10045.4.1")}) {
    both_fail("CERT_HASH_ALLOWED",
              [&](auto& body) { body.signature_algorithm = format::algorithm_identifier(weaker); });
  }
}

TEST_F(LintTest, Names) {
  const auto country = [](format::Name& name) -> format::Attribute& { return name.attributes[0]; };
  both_fail("CERT_ISSUER_COUNTRY", [](auto& body) { body.issuer.attributes.erase(body.issuer.attributes.begin()); });
  both_fail("CERT_SUBJECT_COUNTRY", [](auto& body) { body.subject.attributes.push_back(body.subject.attributes[0]); });
  both_fail("CERT_COUNTRY_UPPERCASE", [&](auto& body) { country(body.subject).value = "vn"; });
  both_fail("CERT_COUNTRY_UPPERCASE", [&](auto& body) { country(body.issuer).value = "VNM"; });
  both_fail("CERT_COUNTRY_PRINTABLE", [&](auto& body) { country(body.issuer).string_type = format::kUtf8String; });
  both_fail("CERT_COUNTRY_MATCH", [&](auto& body) { country(body.subject).value = "LA"; });
  both_fail("CERT_COMMON_NAME", [](auto& body) { body.subject.attributes.pop_back(); });
  both_fail("CERT_DIRECTORY_STRING", [](auto& body) { body.subject.attributes[1].string_type = 0x14; });
  root_fails("ROOT_SELF_SIGNED", [](auto& body) { body.subject.attributes[1].value = "OTHER"; });
  signer_fails("CERT_ISSUER_NAME_CHAINS", [](auto& body) { body.issuer.attributes[1].value = "OTHER"; });
}

TEST_F(LintTest, AnRsaRootIsSignedWithPss) {
  const auto foreign = format::parse_certificate(vectors::load_binary("synth/csca_rsa4096_pss.cer"));
  root_fails("CERT_HASH_ALLOWED", [&](auto& body) { body.public_key = foreign.body.public_key; });
  EXPECT_EQ(issue::signature_algorithm_of(foreign.body.public_key).identifier, foreign.signature_algorithm);
}

TEST_F(LintTest, PublicKey) {
  base::SeededRandom random(10);
  const auto key = keystore::generate(Curve::BrainpoolP384r1, random);
  both_fail("CERT_EC_EXPLICIT", [&](auto& body) { body.public_key = key->public_key_named(); });
  // The same parameters without their last element, and with a base point that no standard knows (2·G has another x).
  const auto rebuilt = [&](bool cofactor, std::size_t flip_generator_at, bool compressed) {
    const base::Bytes spki = key->public_key_explicit();
    asn1::TlvReader outer(spki);
    asn1::TlvReader info(outer.need(0x30));
    asn1::TlvReader algorithm(info.need(0x30));
    const base::ByteView oid = algorithm.need_whole(0x06).whole;
    asn1::TlvReader parameters(algorithm.need(0x30));
    asn1::TlvWriter changed;
    for (const asn1::Tag tag : {0x02U, 0x30U, 0x30U}) changed.raw(parameters.need_whole(tag).whole);
    const base::ByteView generator = parameters.need(0x04);
    base::Bytes point(generator.begin(), generator.end());
    if (flip_generator_at != 0) point[flip_generator_at] ^= 1;
    if (compressed) {
      point[0] = static_cast<std::uint8_t>(0x02 | (point.back() & 1));
      point.resize(1 + (point.size() - 1) / 2);
    }
    changed.octet_string(point).raw(parameters.need_whole(0x02).whole);
    if (cofactor) changed.raw(parameters.need_whole(0x02).whole);
    asn1::TlvWriter both;
    both.raw(oid).sequence(changed);
    return asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.sequence(both).raw(info.rest())).take();
  };
  both_fail("CERT_EC_COFACTOR", [&](auto& body) { body.public_key = rebuilt(false, 0, false); });
  both_fail("CERT_EC_UNCOMPRESSED", [&](auto& body) { body.public_key = rebuilt(true, 0, true); });
  both_fail("CERT_EC_KNOWN_CURVE", [&](auto& body) { body.public_key = rebuilt(true, 20, false); });
}

TEST_F(LintTest, ExtensionsThatMustBeThere) {
  using namespace asn1::oid;
  for (const auto& [id, code] :
       std::vector<std::pair<asn1::Oid, const char*>>{{kKeyUsage, "CERT_KEY_USAGE_CRITICAL"},
                                                      {kPrivateKeyUsagePeriod, "CERT_PKUP_PRESENT"},
                                                      {kSubjectAltName, "CERT_SAN_PRESENT"},
                                                      {kIssuerAltName, "CERT_IAN_PRESENT"},
                                                      {kCrlDistributionPoints, "CERT_CRLDP_PRESENT"}}) {
    both_fail(code, [&id = id](auto& body) { drop(body, id); });
    both_fail(code, [&id = id](auto& body) { extension(body, id).critical = !extension(body, id).critical; });
  }
  for (const auto& id : {kSubjectAltName, kIssuerAltName}) {
    both_fail("ALTNAME_DIRECTORY_NAME", [&](auto& body) { extension(body, id).value = {0x30, 0x00}; });
  }
  root_fails("CSCA_SKI_PRESENT", [](auto& body) { drop(body, kSubjectKeyIdentifier); });
  root_fails("CSCA_BASIC_CONSTRAINTS", [](auto& body) { drop(body, kBasicConstraints); });
  root_fails("CSCA_BASIC_CONSTRAINTS", [](auto& body) { extension(body, kBasicConstraints).critical = false; });
  signer_fails("CERT_AKI_PRESENT", [](auto& body) { drop(body, kAuthorityKeyIdentifier); });
  signer_fails("DS_DOCTYPE_PRESENT", [](auto& body) { drop(body, kDocumentTypeList); });
  signer_fails("DS_DOCTYPE_PRESENT", [](auto& body) { extension(body, kDocumentTypeList).critical = true; });
}

TEST_F(LintTest, ExtensionsThatMustNotBeThere) {
  const auto add = [](const asn1::Oid& id, base::Bytes value, bool critical = false) {
    return [=](format::Body& body) { body.extensions.push_back({id, critical, value}); };
  };
  both_fail("CSCA_DS_NO_EKU", add(format::oid::kExtendedKeyUsage, {0x30, 0x00}));
  both_fail("CERT_EXTENSION_FORBIDDEN", add(format::oid::kNameConstraints, {0x30, 0x00}));
  both_fail("CERT_EXTENSION_FORBIDDEN", add(format::oid::kNetscapeCertType, {0x03, 0x02, 0x00, 0x01}));
  both_fail("CERT_UNKNOWN_CRITICAL", add(asn1::Oid("1.2.3.4"), {0x05, 0x00}, true));
  both_fail("CERT_PRIVATE_EXT_NONCRITICAL", add(format::oid::kCertificatePolicies, {0x30, 0x00}, true));
  both_fail("CERT_EXTENSION_TWICE", [](auto& body) { body.extensions.push_back(body.extensions[0]); });
  root_fails("DOCTYPE_ONLY_SIGNERS", add(asn1::oid::kDocumentTypeList, format::encode_document_types({"ID"})));
  root_fails("NAMECHANGE_NULL", add(format::oid::kNameChange, {0x05, 0x00}, true));
  signer_fails("EE_NO_NAMECHANGE", add(format::oid::kNameChange, {0x05, 0x00}));
  signer_fails("EE_NO_BASIC_CONSTRAINTS", add(asn1::oid::kBasicConstraints, {0x30, 0x00}, true));
}

TEST_F(LintTest, KeyUseAndConstraints) {
  using format::KeyUse;
  using namespace asn1::oid;
  const auto use = [](std::vector<KeyUse> uses) {
    return [=](format::Body& body) { extension(body, kKeyUsage).value = format::encode_key_usage(uses); };
  };
  root_fails("CSCA_KEY_USAGE_EXACT", use({KeyUse::KeyCertSign}));
  root_fails("CSCA_KEY_USAGE_EXACT", use({KeyUse::DigitalSignature, KeyUse::KeyCertSign, KeyUse::CrlSign}));
  root_fails("CSCA_KEY_USAGE_EXACT", [](auto& body) { extension(body, kKeyUsage).value = {0x03, 0x01, 0x00}; });
  signer_fails("DS_KEY_USAGE_EXACT", use({KeyUse::DigitalSignature, KeyUse::KeyCertSign}));
  signer_fails("DS_KEY_USAGE_EXACT", use({KeyUse::CrlSign}));
  root_fails("CSCA_PATHLEN_ZERO",
             [](auto& body) { extension(body, kBasicConstraints).value = format::encode_ca_constraints(1); });
  root_fails("CSCA_BASIC_CONSTRAINTS", [](auto& body) { extension(body, kBasicConstraints).value = {0x30, 0x00}; });
  const base::Bytes foreign = format::encode_authority_key_identifier(base::Bytes(20, 0x77));
  root_fails("ROOT_AKI_SELF", [&](auto& body) { extension(body, kAuthorityKeyIdentifier).value = foreign; });
  signer_fails("CERT_AKI_MATCHES_ISSUER",
               [&](auto& body) { extension(body, kAuthorityKeyIdentifier).value = foreign; });
  root_fails("ROOT_AKI_SELF", [](auto& body) { extension(body, kAuthorityKeyIdentifier).value = {0x30, 0x00}; });
  signer_fails("CERT_AKI_PRESENT", [](auto& body) { extension(body, kAuthorityKeyIdentifier).value = {0x30, 0x00}; });
}

TEST_F(LintTest, AlternativeNames) {
  using Kind = format::AlternativeName::Kind;
  using namespace asn1::oid;
  const auto names = [](std::vector<format::AlternativeName> list) {
    const base::Bytes value = format::encode_alternative_names(list);
    return [=](format::Body& body) { extension(body, kSubjectAltName).value = value; };
  };
  const format::AlternativeName mail{Kind::Email, "a@b.test", {}};
  both_fail("ALTNAME_DIRECTORY_NAME", names({mail}));
  both_fail("ALTNAME_DIRECTORY_NAME", names({mail, {Kind::Directory, {}, *format::name_from_text("O=TEST")}}));
  both_fail("ALTNAME_LOCALITY_CODE", names({mail, {Kind::Directory, {}, format::locality_name("VN")}}));
  both_fail("ALTNAME_LOCALITY_CODE", names({mail, {Kind::Directory, {}, format::locality_name("vnm")}}));
  both_fail("ALTNAME_NO_OTHER_ATTRIBUTE", names({mail, {Kind::Directory, {}, *format::name_from_text("L=VNM,O=X")}}));
  root_fails("ROOT_SAN_EQUALS_IAN", names({mail, {Kind::Directory, {}, format::locality_name("VNM")}}));

  format::Body quiet = signer();
  names({{Kind::Directory, {}, format::locality_name("VNM")}})(quiet);
  EXPECT_FALSE(judge(quiet, false).failed());
  EXPECT_TRUE(judge(quiet, false).has("ALTNAME_CONTACT"));
}

TEST_F(LintTest, DistributionPointsAndDocumentTypes) {
  using namespace asn1::oid;
  both_fail("CRLDP_SCHEME", [](auto& body) {
    extension(body, kCrlDistributionPoints).value = format::encode_crl_distribution_points({"ftp://x.test/a.crl"});
  });
  both_fail("CRLDP_NO_REASONS_ISSUER", [](auto& body) {
    extension(body, kCrlDistributionPoints).value = base::hex("300F300DA007A0058603613A62810200FF");
  });
  signer_fails("DOCTYPE_SYNTAX",
               [](auto& body) { extension(body, kDocumentTypeList).value = base::hex("3009020101310413024944"); });
  signer_fails("DOCTYPE_NOT_EMPTY",
               [](auto& body) { extension(body, kDocumentTypeList).value = format::encode_document_types({}); });
}

TEST_F(LintTest, Lifetimes) {
  using namespace asn1::oid;
  const auto use = [](format::UsagePeriod period) {
    return [=](format::Body& body) {
      extension(body, kPrivateKeyUsagePeriod).value = format::encode_usage_period(period);
    };
  };
  both_fail("CERT_TIME_ORDER", [](auto& body) { body.not_after = body.not_before; });
  both_fail("CERT_PKUP_FORM", [](auto& body) { extension(body, kPrivateKeyUsagePeriod).value = {0x30, 0x00}; });
  both_fail("CERT_PKUP_WITHIN_VALIDITY", use({kNow - std::chrono::seconds(1), kNow + std::chrono::days(90)}));
  both_fail("CERT_PKUP_WITHIN_VALIDITY", use({kNow + std::chrono::days(90), kNow + std::chrono::days(90)}));
  root_fails("CSCA_VALIDITY_COVERS_ISSUED", [](auto& body) { body.not_after -= std::chrono::days(2); });
  signer_fails("DS_VALIDITY_COVERS_DOCUMENTS", [](auto& body) { body.not_after -= std::chrono::seconds(1); });
  signer_fails("DS_OUTLIVES_CSCA",
               [](auto& body) { body.not_after = csca_->body.not_after + std::chrono::seconds(1); });

  format::Body longer = signer();
  longer.not_after += std::chrono::days(2);
  use({kNow, longer.not_before + std::chrono::days(93)})(longer);
  EXPECT_TRUE(judge(longer, false).has("DS_PKUP_3_MONTHS"));
  EXPECT_FALSE(judge(longer, false).failed());
  format::Body shorter = root();
  use({kNow, kNow + std::chrono::days(365)})(shorter);
  EXPECT_TRUE(judge(shorter, true).has("CSCA_PKUP_3_TO_5_YEARS"));
  EXPECT_FALSE(judge(shorter, true).failed());
}

TEST_F(LintTest, ACscaCertifiesInItsUsagePeriodAlone) {
  EXPECT_THAT(judge(signer(), false, kNow - std::chrono::seconds(1)).failing_codes(),
              ElementsAre("CERT_ISSUED_IN_PKUP"));
  EXPECT_TRUE(judge(signer(), false, at("2031-11-23T08:00:00Z")).empty());
  EXPECT_THAT(judge(signer(), false, at("2031-11-23T08:00:01Z")).failing_codes(), ElementsAre("CERT_ISSUED_IN_PKUP"));
}

TEST_F(LintTest, TheStatesCscaIsJudgedByTheSameRules) {
  const auto states = format::parse_certificate(vectors::load_binary("csca-vietnam-epassport-2022.cer"));
  // It serves passports of ten years: its validity is the one thing that does not fit this card's table.
  EXPECT_THAT(judge(states.body, true).failing_codes(), ElementsAre("CSCA_VALIDITY_COVERS_ISSUED"));
}

TEST_F(LintTest, AKeyThatIsNotTheIssuersDoesNotSign) {
  auto linted = issue::lint(signer(), {.csca = csca_.get(), .now = kNow, .profile = issue::shipped_profile()});
  EXPECT_THROW(issue::sign(std::get<issue::LintedCertificate>(std::move(linted)), *pki_->signer_key), base::Error);
}

using LintDeathTest = LintTest;

TEST_F(LintDeathTest, APermitIsSpentOnce) {
  auto linted = issue::lint(signer(), {.csca = csca_.get(), .now = kNow, .profile = issue::shipped_profile()});
  auto permit = std::get<issue::LintedCertificate>(std::move(linted));
  issue::sign(std::move(permit), *pki_->csca_key);
  EXPECT_DEATH(issue::sign(std::move(permit), *pki_->csca_key), "spent once");
}

}  // namespace
