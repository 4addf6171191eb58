#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/lint_rules.h"

namespace x509::issue {

namespace rules {

namespace {

constexpr std::size_t kLongestSerial = 20;  // octets, 9303-12 Table 5

void check_country(const Subject& subject, const format::Name& name, const char* missing_code, const char* whose) {
  const auto countries = name.all_of(format::oid::kCountryName);
  if (countries.size() != 1) {
    subject.fail(missing_code, fmt::format("The {} has {} country names and must have one.", whose, countries.size()));
  }
  for (const auto* const country : countries) {
    const std::string& value = country->value;
    const bool letters = value.size() == 2 && value[0] >= 'A' && value[0] <= 'Z' && value[1] >= 'A' && value[1] <= 'Z';
    if (!letters) {
      subject.fail("CERT_COUNTRY_UPPERCASE",
                   fmt::format("The country of the {} is not two upper-case letters.", whose));
    }
  }
}

void check_strings(const Subject& subject, const format::Name& name, const char* whose) {
  for (const format::Attribute& attribute : name.attributes) {
    const bool printable_only =
        attribute.type == format::oid::kCountryName || attribute.type == format::oid::kSerialNumber;
    if (printable_only && attribute.string_type != format::kPrintableString) {
      subject.fail("CERT_COUNTRY_PRINTABLE",
                   fmt::format("A country or serial number of the {} is no PrintableString.", whose));
    } else if (attribute.string_type != format::kPrintableString && attribute.string_type != format::kUtf8String) {
      subject.fail("CERT_DIRECTORY_STRING",
                   fmt::format("The {} has a text that is neither PrintableString nor UTF8String.", whose));
    }
  }
  if (name.all_of(format::oid::kCommonName).empty()) {
    subject.fail("CERT_COMMON_NAME", fmt::format("The {} has no common name.", whose));
  }
}

// 9303-12 §7.1.3: what the seal repeats of its signer.
void check_seal_subject(const Subject& subject) {
  const auto names = subject.body.subject.all_of(format::oid::kCommonName);
  if (subject.body.subject.attributes.size() != 2 || names.size() != 1) {
    subject.fail("BCS_SUBJECT_EXACT", "The subject of a seal signer is not a country and a common name alone.");
    return;
  }
  const format::Attribute& name = *names.front();
  const bool letters = name.value.size() == 2 && name.value[0] >= 'A' && name.value[0] <= 'Z' && name.value[1] >= 'A' &&
                       name.value[1] <= 'Z';
  if (!letters || name.string_type != format::kPrintableString) {
    subject.fail("BCS_CN_TWO_UPPERCASE", "The common name of a seal signer is not two printable capital letters.");
  }
}

std::string country_of(const format::Name& name) {
  const auto countries = name.all_of(format::oid::kCountryName);
  return countries.empty() ? std::string{} : countries.front()->value;
}

}  // namespace

void check_serial_and_algorithm(const Subject& subject) {
  const base::Bytes& serial = subject.body.serial;
  if ((serial[0] & 0x80) != 0 || (serial.size() == 1 && serial[0] == 0)) {
    subject.fail("CERT_SERIAL_POSITIVE", "The serial number is not positive.");
  }
  if (serial.size() > kLongestSerial) {
    subject.fail("CERT_SERIAL_MAX_20", fmt::format("The serial number has {} octets; 20 are allowed.", serial.size()));
  }
  // 9303-12 §4.1.6: a hash of SHA-2 that fits the key that signs.
  const base::Bytes& signing_key = subject.is_root() ? subject.body.public_key : subject.context.csca->body.public_key;
  if (subject.body.signature_algorithm != signature_algorithm_of(signing_key).identifier) {
    subject.fail("CERT_HASH_ALLOWED", "The signature algorithm is not the one of the key that signs.");
  }
}

void check_names(const Subject& subject) {
  const format::Name &issuer = subject.body.issuer, &owner = subject.body.subject;
  check_country(subject, issuer, "CERT_ISSUER_COUNTRY", "issuer");
  check_country(subject, owner, "CERT_SUBJECT_COUNTRY", "subject");
  check_strings(subject, issuer, "issuer");
  check_strings(subject, owner, "subject");
  if (country_of(issuer) != country_of(owner)) {
    subject.fail("CERT_COUNTRY_MATCH", "Issuer and subject are of different countries.");
  }
  if (subject.is_root() && !(issuer == owner)) {
    subject.fail("ROOT_SELF_SIGNED", "Issuer and subject of a root are not one name.");
  }
  if (subject.kind() == Kind::SealSigner) check_seal_subject(subject);
  if (!subject.is_root() && !(issuer == subject.context.csca->body.subject)) {
    subject.fail("CERT_ISSUER_NAME_CHAINS", "The issuer is not the CSCA's subject, value for value.");
  }
}

// 9303-12 §4.1.6.3: explicit parameters with cofactor, uncompressed points, of a standardized curve.
void check_public_key(const Subject& subject) {
  const format::PublicKeyInfo key = format::parse_public_key_info(subject.body.public_key);
  if (key.algorithm == asn1::oid::kRsaEncryption) {
    if (subject.kind() == Kind::SealSigner) {
      subject.fail("SIGNER_ECDSA_ONLY", "A seal signer's key is not for ECDSA.");
    }
    return;
  }
  if (!key.explicit_parameters) {
    subject.fail("CERT_EC_EXPLICIT", "The public key is not an EC key with explicit parameters.");
    return;
  }
  if (!key.cofactor) subject.fail("CERT_EC_COFACTOR", "The EC parameters have no cofactor.");
  if (key.base_point.empty() || key.base_point[0] != 0x04 || key.key.empty() || key.key[0] != 0x04) {
    subject.fail("CERT_EC_UNCOMPRESSED", "The public point or the base point is compressed.");
  }
  const auto pkey = crypto::openssl::parse_public_key(subject.body.public_key);
  if (!pkey || !crypto::openssl::has_standard_parameters(pkey.get())) {
    subject.fail("CERT_EC_KNOWN_CURVE", "The EC parameters are not those of a standardized curve.");
  }
}

}  // namespace rules

namespace {

::lint::Kind kind_for_rules(Kind kind) {
  switch (kind) {
    case Kind::Csca:
      return ::lint::Kind::CscaRoot;
    case Kind::CscaLink:
      return ::lint::Kind::CscaLink;
    case Kind::DocumentSigner:
      return ::lint::Kind::DocumentSigner;
    case Kind::MasterListSigner:
      return ::lint::Kind::MasterListSigner;
    case Kind::SealSigner:
      break;
  }
  return ::lint::Kind::SealSigner;
}

// The table that judges anybody's certificates judges ours as well. A code that the checks above have said, with what
// they know of the profile, is not said twice.
void check_table(base::ByteView tbs, const LintContext& context, base::Findings& findings) {
  base::Bytes issuer;
  if (context.csca != nullptr) {
    issuer = format::assemble(context.csca->tbs, context.csca->signature_algorithm, context.csca->signature);
  }
  const ::lint::Context beside{.kind = kind_for_rules(context.what()), .issuer = issuer, .as_of = context.now};
  const base::Findings said = ::lint::lint_to_be_signed(tbs, beside);
  for (const base::Finding& one : said.list()) {
    if (!findings.has(one.code)) findings.add(one);
  }
}

}  // namespace

std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context) {
  base::Findings findings;
  LintedCertificate permit;
  permit.tbs_ = format::encode(draft);
  permit.signature_algorithm_ = draft.signature_algorithm;
  permit.issuer_key_ = context.csca == nullptr ? draft.public_key : context.csca->body.public_key;
  try {
    // The octets are judged, not the draft: what a strict reader does not read back is not signed.
    const base::Bytes whole = format::assemble(permit.tbs_, draft.signature_algorithm, base::Bytes{0});
    const format::Certificate read = format::parse_certificate(whole);
    const rules::Subject subject{read.body, context, findings};
    rules::check_serial_and_algorithm(subject);
    rules::check_names(subject);
    rules::check_public_key(subject);
    rules::check_extension_table(subject);
    rules::check_extension_values(subject);
    rules::check_link(subject);
    rules::check_lifetimes(subject);
    check_table(permit.tbs_, context, findings);
  } catch (const asn1::Malformed& what) {
    findings.fail("CERT_DER", std::string(rules::kWhere), fmt::format("It does not read back: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  permit.remarks_ = std::move(findings);
  return permit;
}

}  // namespace x509::issue
