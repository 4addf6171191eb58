#include "pki/evidence/statement.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/evidence/canonical.h"

namespace evidence {

namespace {

using nlohmann::json;

constexpr std::size_t kLargestStatement = 1U << 20;
constexpr std::size_t kSignatureSize = 64;  // RFC 7518 §3.4: R ‖ S, 32 octets each

// RFC 7515 §4.1, canonical, so that a header has one spelling.
std::string header_of(std::string_view type, const std::string& key) {
  return canonical({{"alg", "ES256"}, {"kid", key}, {"typ", fmt::format("cccd-{}+jws", type)}});
}

// RFC 7515 §3.1: header . payload . signature
std::optional<std::array<std::string_view, 3>> split(std::string_view jws) {
  if (jws.size() > kLargestStatement) return std::nullopt;
  const auto first = jws.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = jws.find('.', first + 1);
  if (second == std::string_view::npos || jws.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return std::array{jws.substr(0, first), jws.substr(first + 1, second - first - 1), jws.substr(second + 1)};
}

base::Bytes signing_input(std::string_view header64, std::string_view payload64) {
  return crypto::openssl::sha256(base::view_of(fmt::format("{}.{}", header64, payload64)));
}

bool verifies(base::ByteView spki, base::ByteView digest, base::ByteView signature) {
  const auto key = crypto::openssl::parse_public_key(spki);
  return key && crypto::openssl::verify_ecdsa_plain(key.get(), digest, signature);
}

}  // namespace

std::string sha256_text(std::string_view text) {
  return sha256_bytes(base::view_of(text));
}

std::string sha256_bytes(base::ByteView bytes) {
  return base::to_base64url(crypto::openssl::sha256(bytes));
}

std::string sha256_stream(std::istream& data) {
  return base::to_base64url(crypto::openssl::sha256(data));
}

std::string key_id(base::ByteView subject_public_key_info) {
  return sha256_bytes(subject_public_key_info);
}

std::string sign_statement(std::string_view type, const json& payload, const keystore::SigningKey& key) {
  base::ensure(key.curve() == keystore::Curve::P256, "statements are signed on P-256 (ES256)");
  base::ensure(payload.is_object(), "a statement's payload is an object");
  const base::Bytes spki = key.public_key_named();
  const std::string header64 = base::to_base64url(base::view_of(header_of(type, key_id(spki))));
  const std::string payload64 = base::to_base64url(base::view_of(canonical(payload)));
  const base::Bytes digest = signing_input(header64, payload64);
  const base::Bytes signature = key.sign_digest(digest);  // the other library has looked at it
  return fmt::format("{}.{}.{}", header64, payload64, base::to_base64url(signature));
}

std::optional<std::string> claimed_key_id(std::string_view jws) {
  const auto parts = split(jws);
  if (!parts) return std::nullopt;
  const auto header = base::parse_base64url((*parts)[0]);
  if (!header) return std::nullopt;
  const auto fields = parse_canonical(base::text_of(*header));
  if (!fields || !fields->is_object()) return std::nullopt;
  const auto kid = fields->find("kid");
  if (kid == fields->end() || !kid->is_string()) return std::nullopt;
  return kid->get<std::string>();
}

std::optional<json> open_statement(std::string_view jws, std::string_view type,
                                   base::ByteView subject_public_key_info) {
  const auto parts = split(jws);
  if (!parts) return std::nullopt;
  const auto& [header64, payload64, signature64] = *parts;
  // The header is compared whole: alg, kid and typ as they must be and nothing besides (no crit, jwk, b64 …).
  if (header64 != base::to_base64url(base::view_of(header_of(type, key_id(subject_public_key_info)))))
    return std::nullopt;
  const auto signature = base::parse_base64url(signature64);
  if (!signature || signature->size() != kSignatureSize) return std::nullopt;
  if (!verifies(subject_public_key_info, signing_input(header64, payload64), *signature)) return std::nullopt;
  const auto payload = base::parse_base64url(payload64);
  if (!payload) return std::nullopt;
  auto value = parse_canonical(base::text_of(*payload));
  if (!value || !value->is_object()) return std::nullopt;
  return value;
}

}  // namespace evidence
