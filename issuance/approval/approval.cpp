#include "issuance/approval/approval.h"

#include <nlohmann/json.hpp>

#include "pki/evidence/statement.h"

namespace approval {

namespace {

constexpr std::size_t kNonceBytes = 16;

// A text of the statement; nullopt when it is missing, of another type or empty.
std::optional<std::string> text_field(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  auto text = found->get<std::string>();
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<base::Moment> time_field(const nlohmann::json& json, const char* name) {
  const auto text = text_field(json, name);
  return text ? base::parse_rfc3339(*text) : std::nullopt;
}

}  // namespace

nlohmann::json to_json(const Approval& a) {
  return {{"order_sha256", a.order_sha256},
          {"case", a.case_id},
          {"account", a.account},
          {"decision", "approve"},
          {"at", base::to_rfc3339(a.at)},
          {"expires_at", base::to_rfc3339(a.expires_at)},
          {"nonce", a.nonce}};
}

std::optional<Approval> approval_from_json(const nlohmann::json& json) {
  constexpr std::size_t kFields = 7;
  if (!json.is_object() || json.size() != kFields) return std::nullopt;
  const auto order = text_field(json, "order_sha256"), case_id = text_field(json, "case"),
             account = text_field(json, "account"), decision = text_field(json, "decision"),
             nonce = text_field(json, "nonce");
  const auto at = time_field(json, "at"), expires_at = time_field(json, "expires_at");
  if (!order || !case_id || !account || !decision || !nonce || !at || !expires_at) return std::nullopt;
  const auto nonce_bytes = base::parse_base64url(*nonce);
  if (*decision != "approve" || !nonce_bytes || nonce_bytes->size() != kNonceBytes) return std::nullopt;
  return Approval{*order, *case_id, *account, *at, *expires_at, *nonce};
}

std::string order_sha256(const document::CardOrder& order) {
  return evidence::sha256_text(evidence::canonical(document::to_json(order)));
}

Approval make_approval(const document::CardOrder& order, const std::string& account, base::Moment now,
                       base::Random& random) {
  return {.order_sha256 = order_sha256(order),
          .case_id = order.case_id,
          .account = account,
          .at = now,
          .expires_at = order.expires_at,
          .nonce = base::to_base64url(random.bytes(kNonceBytes))};
}

std::string sign(const Approval& approval, const keystore::SigningKey& officer) {
  return evidence::sign_statement("approval", to_json(approval), officer);
}

}  // namespace approval
