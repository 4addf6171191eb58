#pragma once
// Certificates for TLS between programs of the house: an authority, and servers and clients under it. P-256 and SHA-256
// throughout; what each says of itself is in the profile (pki/x509/issue/profiles/tls.toml).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/certificate.h"

namespace x509::issue {

struct TlsProfile {
  struct Kind {
    format::Name subject;  // of an authority whole; of the others without CN
    int days = 0;
  };
  Kind authority, server, client;
};
const TlsProfile& shipped_tls_profile();
// As parse_profile.
TlsProfile parse_tls_profile(std::string_view toml, const std::string& origin);

inline constexpr int kMostTlsDays = 7300;

// A server's name as a client will write it: a DNS name without wildcard (RFC 1123 §2.1) or an IP address.
std::optional<format::AlternativeName> server_name_from_text(std::string_view text);
// 1 to 64 of A-Z a-z 0-9 . _ -
bool is_client_name(std::string_view text);

// Who gets a certificate: a server by its names, the first of which is its CN, or a client by its account.
struct TlsHolder {
  std::vector<format::AlternativeName> server_names;  // empty: a client
  std::string client_name;
};

// Self-signed: cA, path length 0. DER.
base::Bytes issue_tls_authority(const TlsProfile& profile, const keystore::SigningKey& key, base::Bytes serial,
                                base::Moment now, int days);

// Why this authority cannot certify for so long: it is no TLS authority, not in its time, or ends earlier (codes
// TLS_…).
base::Findings lint_tls_term(const format::Certificate& authority, base::Moment now, int days);

// Spends what lint_tls_term allowed. public_key: SubjectPublicKeyInfo with a named curve. DER.
// Error{FixConfiguration} when the key is not the authority's.
base::Bytes issue_tls_certificate(const TlsProfile& profile, const format::Certificate& authority,
                                  const keystore::SigningKey& authority_key, const TlsHolder& holder,
                                  base::Bytes public_key, base::Bytes serial, base::Moment now, int days);

}  // namespace x509::issue
