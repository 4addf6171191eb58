#pragma once
// An officer's approval of one card order: a statement of type "approval" over the hash of the order's canonical form
// (docs/formats/approval.md). It names the order, never the person, and counts for that order only.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/card_order.h"

namespace approval {

struct Approval {
  std::string order_sha256;  // base64url, see order_sha256()
  std::string case_id;
  std::string account;  // of the officer, as the trust directory has it
  base::Moment at;
  base::Moment expires_at;  // never later than the order's own end
  std::string nonce;        // 128 bits, base64url
  bool operator==(const Approval&) const = default;
};

nlohmann::json to_json(const Approval& approval);
// Strict: every field, none more, decision "approve". nullopt on anything else; the statement is foreign, so this is an
// answer.
std::optional<Approval> approval_from_json(const nlohmann::json& json);

// Base64url of SHA-256 over the order's canonical form (RFC 8785): what officers sign and logs name. The order's nonce
// makes it unguessable, so it gives nothing of the person away.
std::string order_sha256(const document::CardOrder& order);

// Ends with the order: expires_at is taken from it.
Approval make_approval(const document::CardOrder& order, const std::string& account, base::Moment now,
                       base::Random& random);
// The JWS, signed with the officer's key (P-256).
std::string sign(const Approval& approval, const keystore::SigningKey& officer);

}  // namespace approval
