#include "pki/crypto/botan/hash.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/issue/calendar.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

namespace {

using format::AlternativeName;
using format::Extension;
using format::KeyUse;

// 9303-12 §7.1.1.2: the State's three letters as a directory name, and ways to reach the issuer.
base::Bytes alternative_names(const Contact& contact) {
  using Kind = AlternativeName::Kind;
  return format::encode_alternative_names({{Kind::Email, contact.email, {}},
                                           {Kind::Directory, {}, format::locality_name(contact.locality)},
                                           {Kind::Uri, contact.uri, {}}});
}

// AKI repeats the issuer's SKI (RFC 5280 §4.2.1.1); where a CSCA has none, lint() refuses what is made here.
base::Bytes identifier_of(const format::Certificate& csca) {
  const auto* const extension = csca.body.find(asn1::oid::kSubjectKeyIdentifier);
  return extension != nullptr ? format::parse_subject_key_identifier(extension->value)
                              : key_identifier(csca.body.public_key);
}

Extension usage_period(const Lifetimes& lifetimes) {
  return {asn1::oid::kPrivateKeyUsagePeriod, false,
          format::encode_usage_period({lifetimes.not_before, lifetimes.key_use_ends})};
}

}  // namespace

base::Bytes random_serial(base::Random& random) {
  base::Bytes serial = random.bytes(16);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7F) | 0x40);
  return serial;
}

base::Bytes key_identifier(base::ByteView public_key_info) {
  return crypto::botan::sha1(format::parse_public_key_info(public_key_info).key);
}

// The order of the extensions is the one of the State's published CSCA.
format::Body csca_draft(const Profile& profile, base::Bytes public_key, base::Bytes serial, base::Moment now,
                        int longest_card_years) {
  const Lifetimes lifetimes = csca_lifetimes(now, profile, longest_card_years);
  const base::Bytes key_id = key_identifier(public_key);
  const base::Bytes names = alternative_names(profile.contact);
  format::Body body{std::move(serial),     format::algorithm_identifier(asn1::oid::kEcdsaWithSha512),
                    profile.csca_subject,  lifetimes.not_before,
                    lifetimes.not_after,   profile.csca_subject,
                    std::move(public_key), {}};
  body.extensions = {
      {asn1::oid::kBasicConstraints, true, format::encode_ca_constraints(0)},
      {asn1::oid::kAuthorityKeyIdentifier, false, format::encode_authority_key_identifier(key_id)},
      {asn1::oid::kIssuerAltName, false, names},
      {asn1::oid::kSubjectAltName, false, names},
      {asn1::oid::kCrlDistributionPoints, false, format::encode_crl_distribution_points(profile.contact.crl)},
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_id)},
      usage_period(lifetimes),
      {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::KeyCertSign, KeyUse::CrlSign})},
  };
  return body;
}

format::Body signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                          base::Bytes serial, base::Moment now, int longest_card_years) {
  const Lifetimes lifetimes = document_signer_lifetimes(now, profile, longest_card_years);
  const auto* const issuer_names = csca.body.find(asn1::oid::kSubjectAltName);
  const base::Bytes names = alternative_names(profile.contact);
  const base::Bytes key_id = key_identifier(public_key);
  format::Body body{std::move(serial),     format::algorithm_identifier(asn1::oid::kEcdsaWithSha512),
                    csca.body.subject,     lifetimes.not_before,
                    lifetimes.not_after,   profile.signer_subject,
                    std::move(public_key), {}};
  body.extensions = {
      {asn1::oid::kAuthorityKeyIdentifier, false, format::encode_authority_key_identifier(identifier_of(csca))},
      {asn1::oid::kIssuerAltName, false, issuer_names != nullptr ? issuer_names->value : names},
      {asn1::oid::kSubjectAltName, false, names},
      {asn1::oid::kCrlDistributionPoints, false, format::encode_crl_distribution_points(profile.contact.crl)},
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_id)},
      usage_period(lifetimes),
      {asn1::oid::kDocumentTypeList, false, format::encode_document_types(profile.document_types)},
      {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::DigitalSignature})},
  };
  return body;
}

}  // namespace x509::issue
