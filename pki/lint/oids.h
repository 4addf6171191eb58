#pragma once
// Object identifiers that the rules name and pki/asn1 does not list. Certificates have theirs in x509/format as well;
// this room judges anybody's file and stands beside it.

#include "pki/asn1/oid.h"

namespace lint::oid {

using asn1::Oid;

// X.520
inline const Oid kCommonName{"2.5.4.3"};
inline const Oid kSerialNumberAttribute{"2.5.4.5"};
inline const Oid kCountryName{"2.5.4.6"};
inline const Oid kLocalityName{"2.5.4.7"};
inline const Oid kStateOrProvinceName{"2.5.4.8"};
// Keys and signatures
inline const Oid kEcPublicKey{"1.2.840.10045.2.1"};
inline const Oid kRsaEncryption{"1.2.840.113549.1.1.1"};
inline const Oid kRsaPss{"1.2.840.113549.1.1.10"};
inline const Oid kEcdsaSha224{"1.2.840.10045.4.3.1"};
inline const Oid kRsaSha224{"1.2.840.113549.1.1.14"};
inline const Oid kRsaSha256{"1.2.840.113549.1.1.11"};
inline const Oid kRsaSha384{"1.2.840.113549.1.1.12"};
inline const Oid kRsaSha512{"1.2.840.113549.1.1.13"};
inline const Oid kRsaSha1{"1.2.840.113549.1.1.5"};
inline const Oid kRsaMd5{"1.2.840.113549.1.1.4"};
// Extensions (RFC 5280)
inline const Oid kSubjectDirectoryAttributes{"2.5.29.9"};
inline const Oid kNameConstraints{"2.5.29.30"};
inline const Oid kCertificatePolicies{"2.5.29.32"};
inline const Oid kPolicyMappings{"2.5.29.33"};
inline const Oid kPolicyConstraints{"2.5.29.36"};
inline const Oid kExtendedKeyUsage{"2.5.29.37"};
inline const Oid kFreshestCrl{"2.5.29.46"};
inline const Oid kInhibitAnyPolicy{"2.5.29.54"};
inline const Oid kNetscapeCertType{"2.16.840.1.113730.1.1"};
inline const Oid kAuthorityInfoAccess{"1.3.6.1.5.5.7.1.1"};
inline const Oid kSubjectInfoAccess{"1.3.6.1.5.5.7.1.11"};
// CRLs
inline const Oid kCrlNumber{"2.5.29.20"};
inline const Oid kReasonCode{"2.5.29.21"};
inline const Oid kHoldInstruction{"2.5.29.23"};
inline const Oid kInvalidityDate{"2.5.29.24"};
inline const Oid kDeltaCrl{"2.5.29.27"};
inline const Oid kIssuingDistributionPoint{"2.5.29.28"};
inline const Oid kCertificateIssuer{"2.5.29.29"};
// ICAO (9303-12 §7.1, 9303-10 §6.1)
inline const Oid kMasterList{"2.23.136.1.1.2"};
inline const Oid kMasterListSigning{"2.23.136.1.1.3"};
inline const Oid kNameChange{"2.23.136.1.1.6.1"};
inline const Oid kDeviationList{"2.23.136.1.1.7"};
inline const Oid kDeviationListSigning{"2.23.136.1.1.8"};
inline const Oid kLds2BiometricsRights{"2.23.136.1.1.9.3.3"};
inline const Oid kLds2Stamp{"2.23.136.1.1.9.8.1"};
inline const Oid kLds2Visa{"2.23.136.1.1.9.8.2"};
inline const Oid kLds2Biometrics{"2.23.136.1.1.9.8.3"};
inline const Oid kSpocClient{"2.23.136.1.1.10.1"};
inline const Oid kSpocServer{"2.23.136.1.1.10.2"};
inline const Oid kSealSigner{"2.23.136.1.1.11.1"};

}  // namespace lint::oid
