#pragma once
// The extensions of 9303-12 Table 6: what each says, as DER and back. Parsers throw asn1::Malformed.

#include <optional>
#include <string>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/x509/format/name.h"

namespace x509::format {

struct Extension {
  asn1::Oid id;
  bool critical = false;
  base::Bytes value;  // what stands in extnValue
  bool operator==(const Extension&) const = default;
};

// Extensions (RFC 5280 §4.1): the whole SEQUENCE OF, never empty, of a certificate and of a CRL alike.
base::Bytes encode_extensions(const std::vector<Extension>& extensions);
std::vector<Extension> parse_extensions(base::ByteView der);

// KeyUsage (RFC 5280 §4.2.1.3): bit 0 is the first of the BIT STRING.
enum class KeyUse : unsigned { DigitalSignature = 0, KeyCertSign = 5, CrlSign = 6 };
base::Bytes encode_key_usage(const std::vector<KeyUse>& uses);
std::vector<unsigned> parse_key_usage(base::ByteView value);  // the bits that are set, ascending

// BasicConstraints (§4.2.1.9)
struct BasicConstraints {
  bool ca = false;
  std::optional<std::int64_t> path_length;
  bool operator==(const BasicConstraints&) const = default;
};
base::Bytes encode_ca_constraints(std::int64_t path_length);  // cA TRUE
BasicConstraints parse_basic_constraints(base::ByteView value);

// SubjectKeyIdentifier, AuthorityKeyIdentifier with keyIdentifier alone (§4.2.1.1, §4.2.1.2)
base::Bytes encode_subject_key_identifier(base::ByteView key_id);
base::Bytes parse_subject_key_identifier(base::ByteView value);
base::Bytes encode_authority_key_identifier(base::ByteView key_id);
std::optional<base::Bytes> parse_authority_key_identifier(base::ByteView value);  // nullopt: no keyIdentifier

// PrivateKeyUsagePeriod (RFC 3280 §4.2.1.4, 9303-12 Table 6)
struct UsagePeriod {
  std::optional<base::Moment> not_before, not_after;
  bool operator==(const UsagePeriod&) const = default;
};
base::Bytes encode_usage_period(const UsagePeriod& period);
UsagePeriod parse_usage_period(base::ByteView value);

// SubjectAltName, IssuerAltName (§4.2.1.6; 9303-12 §7.1.1.2)
struct AlternativeName {
  enum class Kind { Email, Dns, Directory, Uri, Address } kind = Kind::Uri;
  std::string text;  // of all but Directory; an address is written 127.0.0.1 or ::1
  Name directory;
  bool operator==(const AlternativeName&) const = default;
};
base::Bytes encode_alternative_names(const std::vector<AlternativeName>& names);
std::vector<AlternativeName> parse_alternative_names(base::ByteView value);

// ExtKeyUsage (§4.2.1.12)
base::Bytes encode_extended_key_usage(const std::vector<asn1::Oid>& purposes);
std::vector<asn1::Oid> parse_extended_key_usage(base::ByteView value);

// CRLDistributionPoints, each a fullName of URIs; reasons and cRLIssuer are refused (9303-12 Table 6)
base::Bytes encode_crl_distribution_points(const std::vector<std::string>& urls);
std::vector<std::string> parse_crl_distribution_points(base::ByteView value);

// documentTypeList (9303-12 §7.1.1.6): version 0, SET OF PrintableString (1…2 characters)
base::Bytes encode_document_types(const std::vector<std::string>& types);
std::vector<std::string> parse_document_types(base::ByteView value);

}  // namespace x509::format
