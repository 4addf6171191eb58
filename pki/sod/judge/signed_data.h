#pragma once
// The CMS SignedData of an EF.SOD (RFC 5652 §5.1 as 9303-10 Table 37 profiles it), taken apart in strict DER. OpenSSL's
// reader lets BER through; what passes here is one definite encoding, so both readers see the same object.

#include <optional>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"

namespace sod::judge {

struct SignerInfo {
  std::int64_t version = 0;
  base::ByteView issuer;          // sid issuerAndSerialNumber: the whole Name; empty with a key identifier
  base::ByteView serial;          // its INTEGER content
  base::ByteView key_identifier;  // sid subjectKeyIdentifier
  asn1::Oid digest_algorithm = asn1::oid::kSha256;
  std::optional<base::ByteView> signed_attributes;  // content of [0]; the signature is over it with tag 31
  asn1::Oid signature_algorithm = asn1::oid::kEcdsaWithSha256;
  base::ByteView signature;
};

// Views into the bytes that were parsed.
struct SignedData {
  base::ByteView before_certificates;  // version, digestAlgorithms, encapContentInfo as they stand
  base::ByteView signer_infos;         // the whole SET
  std::int64_t version = 0;
  std::vector<asn1::Oid> digest_algorithms;
  asn1::Oid content_type = asn1::oid::kData;
  base::ByteView content;                    // eContent
  std::vector<base::ByteView> certificates;  // whole certificates
  std::vector<SignerInfo> signers;
};

// content_info: what stands in tag 77. Throws asn1::Malformed.
SignedData parse_signed_data(base::ByteView content_info);

// The same ContentInfo without its certificates and crls, for a reader that would only parse them once more: reading a
// key with explicit parameters costs OpenSSL a third of verifying with it.
base::Bytes without_certificates(const SignedData& data);

// The one value of a signed attribute: the whole TLV. nullopt when the attribute is missing, stands twice or has not
// exactly one value (RFC 5652 §11.1, §11.2). Throws asn1::Malformed.
std::optional<asn1::Tlv> single_attribute(base::ByteView signed_attributes, const asn1::Oid& type);

// AlgorithmIdentifier of a digest: parameters absent or NULL (9303-10 §4.6.2.3 note 2: written without, read both
// ways).
asn1::Oid parse_digest_algorithm(base::ByteView content);

}  // namespace sod::judge
