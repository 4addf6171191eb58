#pragma once
// Signed statements: RFC 8785 canonical JSON in a compact JWS (RFC 7515) with ES256. Registry answers, card orders,
// approvals and log checkpoints all travel in this one form. Signed through keystore (Botan or a token), judged by
// OpenSSL.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/keystore/signing_key.h"

namespace evidence {

// RFC 8785. Numbers must be integers within ±(2^53 − 1): statements carry no other (ensure).
std::string canonical(const nlohmann::json& value);

// Base64url of SHA-256: over a text, and the id of a public key (over its SubjectPublicKeyInfo with a named curve).
std::string sha256_text(std::string_view text);
std::string sha256_bytes(base::ByteView bytes);
std::string sha256_stream(std::istream& data);  // to its end, of any length; Error{AskOperator} when it fails
std::string key_id(base::ByteView subject_public_key_info);

// type: "answer", "order", "approval", "checkpoint"; it goes into the protected header as typ "cccd-<type>+jws" with
// kid.
std::string sign_statement(std::string_view type, const nlohmann::json& payload, const keystore::SigningKey& key);

// Who claims to have signed, before anything is verified: only for looking the key up. nullopt: no JWS at all.
std::optional<std::string> claimed_key_id(std::string_view jws);

// The payload, if the JWS has this type, this key's id, alg ES256, a canonical payload and a good signature; else
// nullopt. Never throws on foreign input.
std::optional<nlohmann::json> open_statement(std::string_view jws, std::string_view type,
                                             base::ByteView subject_public_key_info);

}  // namespace evidence
