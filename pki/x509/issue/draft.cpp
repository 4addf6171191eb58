#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/issue/algorithm.h"
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

Extension authority_key(const format::Certificate& csca) {
  return {asn1::oid::kAuthorityKeyIdentifier, false, format::encode_authority_key_identifier(identifier_of(csca))};
}

Extension subject_key(base::ByteView public_key) {
  return {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_identifier(public_key))};
}

// A certificate's own names, or `otherwise` where an old one has none.
base::Bytes subject_names_of(const format::Certificate& certificate, base::Bytes otherwise) {
  const auto* const names = certificate.body.find(asn1::oid::kSubjectAltName);
  return names != nullptr ? names->value : std::move(otherwise);
}

// A certificate under a CSCA, without its extensions.
format::Body under(const format::Certificate& csca, const format::Name& subject, base::Bytes public_key,
                   base::Bytes serial, const Lifetimes& lifetimes) {
  return {std::move(serial),     signature_algorithm_of(csca.body.public_key).identifier,
          csca.body.subject,     lifetimes.not_before,
          lifetimes.not_after,   subject,
          std::move(public_key), {}};
}

template <class T>
const T& need(const std::optional<T>& table, const char* name) {
  if (table) return *table;
  throw base::Error(base::Fault::FixConfiguration, "drafting a certificate",
                    std::string("the profile has no table [") + name + "]; add one");
}

// What every signer's certificate but a seal signer's begins with (9303-12 Table 6).
std::vector<Extension> of_a_signer(const Profile& profile, const format::Certificate& csca, base::ByteView public_key,
                                   const Lifetimes& lifetimes) {
  const base::Bytes names = alternative_names(profile.contact);
  return {
      authority_key(csca),
      {asn1::oid::kIssuerAltName, false, subject_names_of(csca, names)},
      {asn1::oid::kSubjectAltName, false, names},
      {asn1::oid::kCrlDistributionPoints, false, format::encode_crl_distribution_points(profile.contact.crl)},
      subject_key(public_key),
      usage_period(lifetimes),
  };
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::Csca:
      return "csca";
    case Kind::CscaLink:
      return "csca-link";
    case Kind::DocumentSigner:
      return "ds";
    case Kind::MasterListSigner:
      return "master-list";
    case Kind::SealSigner:
      break;
  }
  return "seal";
}

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
  format::Body body{std::move(serial),     signature_algorithm_of(public_key).identifier,
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

format::Body link_draft(const format::Certificate& old_csca, const format::Certificate& new_csca, base::Bytes serial,
                        base::Moment now) {
  const format::Body& root = new_csca.body;
  format::Body body = under(old_csca, root.subject, root.public_key, std::move(serial), {now, root.not_after, {}});
  const base::Bytes names = subject_names_of(new_csca, {});
  body.extensions = {
      {asn1::oid::kBasicConstraints, true, format::encode_ca_constraints(0)},
      authority_key(old_csca),
      {asn1::oid::kIssuerAltName, false, subject_names_of(old_csca, names)},
      {asn1::oid::kSubjectAltName, false, names},
  };
  // What the new root says of itself holds for its key, whoever certifies it; only the use begins later.
  for (const asn1::Oid& id :
       {asn1::oid::kCrlDistributionPoints, asn1::oid::kSubjectKeyIdentifier, asn1::oid::kKeyUsage}) {
    if (const auto* const same = root.find(id)) body.extensions.push_back(*same);
  }
  if (const auto* const use = root.find(asn1::oid::kPrivateKeyUsagePeriod)) {
    format::UsagePeriod period = format::parse_usage_period(use->value);
    period.not_before = std::max(now, period.not_before.value_or(now));
    body.extensions.push_back({use->id, false, format::encode_usage_period(period)});
  }
  if (!(body.issuer == body.subject)) {
    body.extensions.push_back({format::oid::kNameChange, false, asn1::TlvWriter{}.null().take()});
  }
  return body;
}

format::Body signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                          base::Bytes serial, base::Moment now, int longest_card_years) {
  const Lifetimes lifetimes = document_signer_lifetimes(now, profile, longest_card_years);
  format::Body body = under(csca, profile.signer_subject, std::move(public_key), std::move(serial), lifetimes);
  body.extensions = of_a_signer(profile, csca, body.public_key, lifetimes);
  body.extensions.insert(
      body.extensions.end(),
      {
          {asn1::oid::kDocumentTypeList, false, format::encode_document_types(profile.document_types)},
          {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::DigitalSignature})},
      });
  return body;
}

format::Body master_list_signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                                      base::Bytes serial, base::Moment now) {
  const MasterListSignerProfile& signer = need(profile.master_list_signer, "master_list_signer");
  const Lifetimes lifetimes = master_list_signer_lifetimes(now, signer, csca.body.not_after);
  format::Body body = under(csca, signer.subject, std::move(public_key), std::move(serial), lifetimes);
  body.extensions = of_a_signer(profile, csca, body.public_key, lifetimes);
  body.extensions.insert(body.extensions.end(),
                         {
                             {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::DigitalSignature})},
                             {format::oid::kExtendedKeyUsage, true,
                              format::encode_extended_key_usage({format::oid::kMasterListSigningKey})},
                         });
  return body;
}

// 9303-12 Table 8: AKI and ExtKeyUsage, documentTypeList where there is one, and nothing else.
format::Body seal_signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                               base::Bytes serial, base::Moment now) {
  const SealSignerProfile& signer = need(profile.seal_signer, "seal_signer");
  format::Body body =
      under(csca, signer.subject, std::move(public_key), std::move(serial), seal_signer_lifetimes(now, signer));
  body.extensions = {
      authority_key(csca),
      {format::oid::kExtendedKeyUsage, true, format::encode_extended_key_usage({format::oid::kVdsSigner})},
  };
  if (!signer.document_types.empty()) {
    body.extensions.push_back(
        {asn1::oid::kDocumentTypeList, false, format::encode_document_types(signer.document_types)});
  }
  return body;
}

}  // namespace x509::issue
