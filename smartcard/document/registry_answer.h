#pragma once
// What the population register answers about one number, for one case and one purpose. It travels as a statement signed
// by the registry's own key (docs/formats/statements.md); this is its payload.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "smartcard/document/person.h"

namespace document {

struct RegisteredCard {
  std::string chip_serial;  // 16 hex digits
  std::string status;       // "active", "lost", "exchanged", "revoked"
  std::string issued;       // ISO day
  bool operator==(const RegisteredCard&) const = default;
};

struct RegistryAnswer {
  std::string number;  // the number asked for, as text
  std::string case_id;
  std::string purpose;  // "issuance"
  base::Moment at;
  std::string nonce;             // 128 bits, base64url
  std::string status;            // "found", "not-found", "cancelled"
  std::optional<Person> person;  // only when found
  bool citizen = false;          // holds Vietnamese nationality
  bool alive = false;
  std::vector<RegisteredCard> cards;  // every card the register knows of, newest last
  std::string open_case;              // another case open on this number, empty: none
};

nlohmann::json to_json(const RegistryAnswer& answer);
RegistryAnswer registry_answer_from_json(const nlohmann::json& json);  // strict, as card_order_from_json

}  // namespace document
