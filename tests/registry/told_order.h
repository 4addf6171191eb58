#pragma once
// An order of a person whom the register knows, received and approved by three officers with keys of their own, as a
// station tells of it.

#include <memory>
#include <nlohmann/json.hpp>

#include "issuance/approval/approval.h"
#include "issuance/registry/approval_book.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace test {

struct KeyOf {
  registry::NamedOfficer named;
  std::unique_ptr<keystore::SigningKey> key;
};
inline KeyOf officer(const std::string& person, const std::string& account, base::Random& random) {
  auto key = keystore::generate(keystore::Curve::P256, random);
  return {{person, account, key->public_key_named()}, std::move(key)};
}

inline document::CardOrder order(const std::string& number, const std::string& case_id, const KeyOf& receiver,
                                 base::Moment at) {
  const std::string hash = evidence::sha256_text("file");
  return {.case_id = case_id,
          .nonce = base::to_base64url(base::Bytes(16, 7)),
          .person = person(number),
          .marks = "",
          .reason = "NEW-14",
          .form = "adult-2024",
          .replaces = "",
          .expiry = base::make_date(2030, 1, 1),
          .portrait_sha256 = hash,
          .dg2_sha256 = hash,
          .registry_answer_sha256 = hash,
          .rule_set = "2026.11",
          .receiver_account = receiver.named.account,
          .made_at = at,
          .expires_at = at + std::chrono::days{12}};
}

inline std::string receipt(const document::CardOrder& order, const KeyOf& receiver) {
  return evidence::sign_statement("receipt",
                                  {{"case", order.case_id},
                                   {"account", receiver.named.account},
                                   {"application_sha256", evidence::sha256_text("application")},
                                   {"at", base::to_rfc3339(order.made_at)}},
                                  *receiver.key);
}
inline std::string approved(const document::CardOrder& order, const KeyOf& by, base::Random& random) {
  return approval::sign(approval::make_approval(order, by.named.account, order.made_at, random), *by.key);
}

inline registry::ToldApprovals told(const document::CardOrder& order, const KeyOf& receiver, const KeyOf& first,
                                    const KeyOf& second, base::Random& random) {
  return {.station = "station-01",
          .order = order,
          .receipt = receipt(order, receiver),
          .approvals = {approved(order, first, random), approved(order, second, random)},
          .officers = {receiver.named, first.named, second.named}};
}

// As the service is told.
inline nlohmann::json body_of(const registry::ToldApprovals& told) {
  nlohmann::json officers = nlohmann::json::array();
  for (const auto& o : told.officers) {
    officers.push_back({{"person", o.person}, {"account", o.account}, {"key", base::to_base64url(o.public_key)}});
  }
  return {{"purpose", "issuance"},          {"number", told.order.person.number.text()},
          {"case", told.order.case_id},     {"order", document::to_json(told.order)},
          {"receipt", told.receipt},        {"approvals", told.approvals},
          {"officers", std::move(officers)}};
}

}  // namespace test
