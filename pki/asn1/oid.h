#pragma once
// Object identifiers by name, each with the document that gives it. The value is the DER content (without 06 LL).

#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"

namespace asn1 {

class Oid {
 public:
  // dotted: "2.23.136.1.1.1"; a literal of our own code (stops the program when malformed).
  explicit Oid(std::string_view dotted);
  // The content octets as read; no check beyond that they are a whole OID (see parse_oid).
  static Oid from_content(base::ByteView content);
  const base::Bytes& content() const { return content_; }
  std::string dotted() const;
  bool operator==(const Oid&) const = default;
  auto operator<=>(const Oid&) const = default;

 private:
  Oid() = default;
  base::Bytes content_;
};

bool is_valid_oid_content(base::ByteView content);  // X.690 8.19: minimal arcs, last octet ends an arc

namespace oid {
// ICAO Doc 9303-10 §6.1, 9303-12 §7.1
inline const Oid kLdsSecurityObject{"2.23.136.1.1.1"};
inline const Oid kDocumentTypeList{"2.23.136.1.1.6.2"};
// RFC 5652
inline const Oid kSignedData{"1.2.840.113549.1.7.2"};
inline const Oid kData{"1.2.840.113549.1.7.1"};
inline const Oid kContentType{"1.2.840.113549.1.9.3"};
inline const Oid kMessageDigest{"1.2.840.113549.1.9.4"};
inline const Oid kSigningTime{"1.2.840.113549.1.9.5"};
// FIPS 180, RFC 5758
inline const Oid kSha1{"1.3.14.3.2.26"};
inline const Oid kSha224{"2.16.840.1.101.3.4.2.4"};
inline const Oid kSha256{"2.16.840.1.101.3.4.2.1"};
inline const Oid kSha384{"2.16.840.1.101.3.4.2.2"};
inline const Oid kSha512{"2.16.840.1.101.3.4.2.3"};
inline const Oid kEcdsaWithSha256{"1.2.840.10045.4.3.2"};
inline const Oid kEcdsaWithSha384{"1.2.840.10045.4.3.3"};
inline const Oid kEcdsaWithSha512{"1.2.840.10045.4.3.4"};
inline const Oid kRsaEncryption{"1.2.840.113549.1.1.1"};
// RFC 5280
inline const Oid kSubjectKeyIdentifier{"2.5.29.14"};
inline const Oid kKeyUsage{"2.5.29.15"};
inline const Oid kPrivateKeyUsagePeriod{"2.5.29.16"};
inline const Oid kSubjectAltName{"2.5.29.17"};
inline const Oid kIssuerAltName{"2.5.29.18"};
inline const Oid kBasicConstraints{"2.5.29.19"};
inline const Oid kCrlDistributionPoints{"2.5.29.31"};
inline const Oid kAuthorityKeyIdentifier{"2.5.29.35"};
// The character set named in DG13: ISO/IEC 10646, UTF-8
inline const Oid kIso10646Utf8{"1.0.10646.1.0.8"};
}  // namespace oid

}  // namespace asn1
