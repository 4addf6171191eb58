#pragma once
// What the authority decides about one card: the canonical form of everything printed and chipped that concerns the
// person. Two officers sign its hash; the signer compares every data group with it. What is known only when the card is
// made (chip serial, AA key, day of issue) is not in it.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "smartcard/document/person.h"

namespace document {

// fingers_missing of a holder of whom neither portrait nor fingers are taken (Luật 26/2023 Đ23).
inline constexpr std::string_view kUnderSix = "under-six";

struct CardOrder {
  std::string case_id;                 // "2026-000001"
  std::string nonce;                   // 128 bits, base64url: two orders of one case differ
  Person person;                       // equal to the registry answer's
  std::string marks;                   // đặc điểm nhận dạng, as captured
  std::string reason;                  // issue_reasons.csv: "NEW-14", "EX-AGE", …
  std::string form;                    // "adult-2024", "child-2024"
  std::string replaces;                // chip serial of the card this one replaces, empty: none
  std::optional<base::Date> expiry;    // nullopt: no expiry; must equal card_expiry(birth, day of issue) when signed
  std::string portrait_sha256 = {};    // of the JPEG, base64url, empty: a child's card, which has no portrait
  std::string dg2_sha256 = {};         // of EF.DG2 built from that JPEG, base64url, empty with it
  std::string dg3_sha256 = {};         // of EF.DG3 built from the fingers, base64url, empty: the card has none
  std::string fingers_missing = {};    // why there are fewer than two fingers: "amputated", …; empty: there are two
  std::string registry_answer_sha256;  // of the answer's JWS text, base64url
  std::string rule_set;                // version of the vetting rules, "2026.11"
  std::string receiver_account;        // officer who took the application
  base::Moment made_at;
  base::Moment expires_at;  // after this no approval counts and nothing is signed
};

nlohmann::json to_json(const Person& person);
std::optional<std::string> field_text(const Person& person, std::string_view name);  // one of its fields; nullopt: none
nlohmann::json to_json(const CardOrder& order);
// Strict: every field present (but portrait_sha256 with dg2_sha256, dg3_sha256 and fingers_missing, which stand there
// only when they say something), no other field, dates that exist, texts in NFC. Throws base::Error{TreatAsAttack}
// naming the field: an order that passed canonicalization here cannot be malformed unless somebody wrote it by hand.
Person person_from_json(const nlohmann::json& json);
CardOrder card_order_from_json(const nlohmann::json& json);

}  // namespace document
