#pragma once
// What the population register answers about one number, for one case and one purpose. It travels as a statement signed
// by the registry's own key (docs/formats/statements.md); this is its payload.

#include <cstdint>
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

// Who confirmed what about the person, as the register accepted it: the statement of one confirming officer, or one
// officer of the two who answer for a batch of imported records (docs/formats/attestation.md).
struct Attested {
  std::string kind;    // "citizenship", "birth", "residence"
  bool late = false;   // of a late registration of the birth
  std::string office;  // its code, "001-CP-0123"
  std::string force;  // "commune-police", "provincial-police", "ministry-police", "civil-status", "court", "consulate",
                      // "defence"
  std::string officer;   // the person behind it, one identity over all accounts
  std::string evidence;  // "birth-record", "parents-record", "court-decision", "nationality-decision", "witnesses", …
  std::string on;        // ISO day
  std::string statement_sha256;  // of the signed statement, base64url
  bool operator==(const Attested&) const = default;
};

// One thing that happened to the person, without its content.
struct RegisteredEvent {
  std::string kind;  // "name-corrected"; the kinds are those of issuance/registry/event.h
  std::string on;    // ISO day
  bool operator==(const RegisteredEvent&) const = default;
};

// Another number under which the same person seems to stand. The other person's data are not told.
struct SeeminglySame {
  std::string kind;   // "same": name, birth and parents agree; "near": all but a little
  std::string state;  // "open", "different-persons", "same-person"
  bool operator==(const SeeminglySame&) const = default;
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
  bool missing = false;               // recorded as missing, and not as found again
  std::string custody;                // "", "compulsory-institution", "prison" (Luật 26/2023 Đ29.2)
  std::vector<std::string> watch;     // why somebody must look first: "biometric-hit", "identity-fraud", "wanted"
  std::vector<SeeminglySame> duplicates;
  std::vector<Attested> attestations;
  std::vector<RegisteredEvent> events;  // oldest first
  std::string replaced_by;              // of a cancelled number: the one that was established instead, empty: none
  std::int64_t version = 0;             // grows with every change of what the register holds under this number
  std::string as_of;                    // the ISO day that the answer is about
  std::string extract;                  // of which dated extract this is an entry; empty: a live answer
};

nlohmann::json to_json(const RegistryAnswer& answer);
RegistryAnswer registry_answer_from_json(const nlohmann::json& json);  // strict, as card_order_from_json

// The members in which two answers about one number say something else of the person or of how the person stands, each
// by its name ("residence", "alive", "cards"); empty: what rests on one of them rests on the other as well. Which
// question an answer belongs to, when it was given, and what case is open are not compared.
std::vector<std::string> differing_members(const RegistryAnswer& one, const RegistryAnswer& other);

}  // namespace document
