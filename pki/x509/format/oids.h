#pragma once
// Object identifiers of certificates that pki/asn1 does not list already.

#include "pki/asn1/oid.h"

namespace x509::format::oid {

// X.520 attribute types (RFC 5280 §4.1.2.4)
inline const asn1::Oid kCommonName{"2.5.4.3"};
inline const asn1::Oid kSerialNumber{"2.5.4.5"};
inline const asn1::Oid kCountryName{"2.5.4.6"};
inline const asn1::Oid kLocalityName{"2.5.4.7"};
inline const asn1::Oid kStateOrProvinceName{"2.5.4.8"};
inline const asn1::Oid kOrganizationName{"2.5.4.10"};
inline const asn1::Oid kOrganizationalUnitName{"2.5.4.11"};
// Public keys (RFC 3279 §2.3.5)
inline const asn1::Oid kEcPublicKey{"1.2.840.10045.2.1"};
inline const asn1::Oid kPrimeField{"1.2.840.10045.1.1"};
// Extensions (RFC 5280 §4.2.1; 9303-12 Table 6 forbids those after nameChange)
inline const asn1::Oid kCertificatePolicies{"2.5.29.32"};
inline const asn1::Oid kCrlNumber{"2.5.29.20"};
inline const asn1::Oid kExtendedKeyUsage{"2.5.29.37"};
inline const asn1::Oid kServerAuth{"1.3.6.1.5.5.7.3.1"};
inline const asn1::Oid kClientAuth{"1.3.6.1.5.5.7.3.2"};
// ExtKeyUsage of ICAO's signers (9303-12 §7.1.1.3, §7.1.3)
inline const asn1::Oid kMasterListSigningKey{"2.23.136.1.1.3"};
inline const asn1::Oid kVdsSigner{"2.23.136.1.1.11.1"};
inline const asn1::Oid kNameChange{"2.23.136.1.1.6.1"};
inline const asn1::Oid kSubjectDirectoryAttributes{"2.5.29.9"};
inline const asn1::Oid kNameConstraints{"2.5.29.30"};
inline const asn1::Oid kPolicyMappings{"2.5.29.33"};
inline const asn1::Oid kPolicyConstraints{"2.5.29.36"};
inline const asn1::Oid kFreshestCrl{"2.5.29.46"};
inline const asn1::Oid kInhibitAnyPolicy{"2.5.29.54"};
inline const asn1::Oid kNetscapeCertType{"2.16.840.1.113730.1.1"};

}  // namespace x509::format::oid
