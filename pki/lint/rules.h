#pragma once
// The groups that make up the table, and what their checks share. One line a group in rules.cpp.

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>

#include "pki/lint/oids.h"
#include "pki/lint/rule.h"
#include "pki/lint/views.h"

namespace lint {

std::span<const Rule> body_rules();       // certificates: encoding, serial, algorithms, validity
std::span<const Rule> name_rules();       // certificates: issuer, subject, public key
std::span<const Rule> extension_rules();  // certificates: Table 6, presence and values
std::span<const Rule> purpose_rules();    // certificates: alternative names, purposes, CRL points, document types
std::span<const Rule> lifetime_rules();   // certificates: usage periods and what they have to cover
std::span<const Rule> signer_rules();     // certificates: LDS2 signers, seal signers, who signed whom
std::span<const Rule> crl_rules();
std::span<const Rule> signed_data_rules();          // EF.SOD, master and deviation list as CMS
std::span<const Rule> lds_security_object_rules();  // what an EF.SOD signs
std::span<const Rule> list_rules();                 // what the lists say
std::span<const Rule> cvc_rules();                  // CV certificates and requests

// Whether a rule of x (a certificate, a CRL, a SignedData) holds, in words for `Check`.
inline std::optional<std::string> fires_if(bool broken, std::string_view text) {
  return broken ? std::optional<std::string>(text) : std::nullopt;
}

// The hash that a signature algorithm names; nullopt: unknown. RSASSA-PSS: both of its hashes have to be one.
std::optional<std::string> hash_defect(const Node* signature_algorithm);
// Against the one that the policy says the signing key is used with, where it says so.
std::optional<std::string> algorithm_defect(const Input& in, const Node* signature_algorithm);
bool is_sha2(const std::optional<asn1::Oid>& digest);

// A certificate's or CRL's signature under the key of another certificate, by OpenSSL.
bool verifies(base::ByteView certificate, base::ByteView issuer_key_info);
bool crl_verifies(base::ByteView crl, base::ByteView issuer_key_info);
// A CMS signer's signature over these octets, with the algorithms that it names.
bool signer_verifies(const SignerView& signer, base::ByteView message, base::ByteView key_info);
// An EC key on a standardized curve, named or explicit.
bool on_known_curve(base::ByteView key_info);

// keyIdentifier of AuthorityKeyIdentifier; empty when it is not there.
base::Bytes authority_key_id(const ExtensionView* extension);
base::Bytes subject_key_id(const CertificateView& certificate);

}  // namespace lint
