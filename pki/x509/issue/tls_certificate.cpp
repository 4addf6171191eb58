#include "pki/x509/issue/tls_certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/issue.h"
#include "pki/x509/issue/profile_name.h"
#include "pki/x509/issue/sign_es256.h"

namespace x509::issue {

extern const std::string_view kShippedTlsProfile;

namespace {

using format::AlternativeName;
using format::KeyUse;
using std::chrono::days;

bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
  constexpr std::size_t kLongest = 63;
  return !label.empty() && label.size() <= kLongest && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_dns_name(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  if (text.size() > kLongest) return false;
  bool has_letter = false;  // else it is an address gone wrong
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (!is_label(label)) return false;
    has_letter = has_letter || std::ranges::any_of(label, [](char c) { return c > '9'; });
    if (dot == std::string_view::npos) return has_letter;
    rest = rest.substr(dot + 1);
  }
}

bool is_address(const std::string& text) {
  unsigned char octets[16];
  return ::inet_pton(AF_INET, text.c_str(), octets) == 1 || ::inet_pton(AF_INET6, text.c_str(), octets) == 1;
}

TlsProfile::Kind kind_of(const strict_toml::Table& table) {
  return {name_of(table, "subject"), static_cast<int>(table.number("days", 1, kMostTlsDays))};
}

// Of an authority: it certifies, and it is in its time.
bool is_authority(const format::Certificate& certificate) {
  const auto* const constraints = certificate.body.find(asn1::oid::kBasicConstraints);
  return constraints != nullptr && format::parse_basic_constraints(constraints->value).ca;
}

}  // namespace

const TlsProfile& shipped_tls_profile() {
  static const TlsProfile kProfile = parse_tls_profile(kShippedTlsProfile, "the shipped TLS profile");
  return kProfile;
}

TlsProfile parse_tls_profile(std::string_view toml, const std::string& origin) {
  return strict_toml::read(toml, origin, "reading the TLS profile", [](const strict_toml::Table& file) {
    return TlsProfile{kind_of(file.table("authority")), kind_of(file.table("server")), kind_of(file.table("client"))};
  });
}

std::optional<AlternativeName> server_name_from_text(std::string_view text) {
  if (is_address(std::string(text))) return AlternativeName{AlternativeName::Kind::Address, std::string(text), {}};
  if (is_dns_name(text)) return AlternativeName{AlternativeName::Kind::Dns, std::string(text), {}};
  return std::nullopt;
}

bool is_client_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;  // ub-common-name (RFC 5280 appendix A.1)
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

base::Bytes issue_tls_authority(const TlsProfile& profile, const keystore::SigningKey& key, base::Bytes serial,
                                base::Moment now, int length) {
  const base::Bytes public_key = key.public_key_named();
  format::Body body{std::move(serial),
                    format::algorithm_identifier(asn1::oid::kEcdsaWithSha256),
                    profile.authority.subject,
                    now,
                    now + days(length),
                    profile.authority.subject,
                    public_key,
                    {}};
  body.extensions = {
      {asn1::oid::kBasicConstraints, true, format::encode_ca_constraints(0)},
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_identifier(public_key))},
      {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::KeyCertSign, KeyUse::CrlSign})},
  };
  return sign_es256(body, key);
}

base::Findings lint_tls_term(const format::Certificate& authority, base::Moment now, int length) {
  constexpr const char* kWhere = "TLS authority";
  base::Findings findings;
  if (!is_authority(authority)) findings.fail("TLS_NO_AUTHORITY", kWhere, "The certificate is no authority's.");
  if (now < authority.body.not_before || now >= authority.body.not_after) {
    findings.fail("TLS_AUTHORITY_TIME", kWhere,
                  fmt::format("The authority is valid from {} to {}.", base::to_rfc3339(authority.body.not_before),
                              base::to_rfc3339(authority.body.not_after)));
  } else if (now + days(length) > authority.body.not_after) {
    findings.fail(
        "TLS_OUTLIVES_AUTHORITY", kWhere,
        fmt::format("The certificate would end after its authority, {}.", base::to_rfc3339(authority.body.not_after)));
  }
  return findings;
}

base::Bytes issue_tls_certificate(const TlsProfile& profile, const format::Certificate& authority,
                                  const keystore::SigningKey& authority_key, const TlsHolder& holder,
                                  base::Bytes public_key, base::Bytes serial, base::Moment now, int length) {
  base::ensure(!lint_tls_term(authority, now, length).failed(), "a certificate is linted before it is signed");
  const bool is_server = !holder.server_names.empty();
  base::ensure(is_server || is_client_name(holder.client_name), "somebody is certified");
  if (authority.body.public_key != authority_key.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, "issuing a TLS certificate",
                      "the key is not the one of the authority's certificate; give the pair that was made together");
  }
  format::Name subject = is_server ? profile.server.subject : profile.client.subject;
  subject.attributes.push_back({format::oid::kCommonName, format::kUtf8String,
                                is_server ? holder.server_names.front().text : holder.client_name});
  const base::Bytes key_id = key_identifier(public_key);
  const auto* const issuer_id = authority.body.find(asn1::oid::kSubjectKeyIdentifier);
  format::Body body{std::move(serial),      format::algorithm_identifier(asn1::oid::kEcdsaWithSha256),
                    authority.body.subject, now,
                    now + days(length),     std::move(subject),
                    std::move(public_key),  {}};
  body.extensions = {
      {asn1::oid::kAuthorityKeyIdentifier, false,
       format::encode_authority_key_identifier(issuer_id != nullptr
                                                   ? format::parse_subject_key_identifier(issuer_id->value)
                                                   : key_identifier(authority.body.public_key))},
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_id)},
      {asn1::oid::kKeyUsage, true, format::encode_key_usage({KeyUse::DigitalSignature})},
      {format::oid::kExtendedKeyUsage, false,
       format::encode_extended_key_usage({is_server ? format::oid::kServerAuth : format::oid::kClientAuth})},
  };
  if (is_server) {
    body.extensions.push_back(
        {asn1::oid::kSubjectAltName, false, format::encode_alternative_names(holder.server_names)});
  }
  return sign_es256(body, authority_key);
}

}  // namespace x509::issue
