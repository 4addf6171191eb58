#pragma once
// A signed answer about one number, given only after the question was written down: in the book of accesses (who, why,
// when, and the salt) and in the audit log (the number only as a salted commitment).

#include <string>

#include "issuance/registry/access_book.h"
#include "issuance/registry/store.h"
#include "pki/evidence/log.h"
#include "pki/keystore/signing_key.h"

namespace registry {

struct Question {
  CitizenNumber number;
  std::string case_id;
  std::string purpose;       // "issuance"
  std::string client, role;  // who asks, as in the book of accesses
};

// The JWS of type "answer" (docs/formats/statements.md). An unknown number is an answer too. Outside a transaction.
std::string give_answer(const Question& question, Store& store, AccessBook& book, evidence::Log& log,
                        const keystore::SigningKey& key, base::Random& random);

// Letters, digits, '.', '_' and '-', 1 to 64: what may stand as a case or purpose in logs and statements.
bool is_reference(std::string_view text);

}  // namespace registry
