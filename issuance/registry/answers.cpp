#include "issuance/registry/answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace registry {

bool is_reference(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, allowed);
}

std::string give_answer(const Question& question, Store& store, AccessBook& book, evidence::Log& log,
                        const keystore::SigningKey& key, base::Random& random) {
  base::ensure(is_reference(question.case_id) && is_reference(question.purpose), "case and purpose were checked");
  const auto answer = store.answer(question.number, question.case_id, question.purpose, random);
  std::string jws = evidence::sign_statement("answer", document::to_json(answer), key);
  const Access access{.number = question.number,
                      .client = question.client,
                      .role = question.role,
                      .purpose = question.purpose,
                      .operation = "answer",
                      .attributes = "",
                      .case_id = question.case_id};
  book.keep_alone(access, random, [&](const evidence::Commitment& commitment) {
    return log.append("answer.given", {{"answer_sha256", evidence::sha256_text(jws)},
                                       {"case", question.case_id},
                                       {"number_commitment", commitment.value},
                                       {"purpose", question.purpose},
                                       {"reader", question.client},
                                       {"status", answer.status}});
  });
  log.checkpoint();
  return jws;
}

}  // namespace registry
