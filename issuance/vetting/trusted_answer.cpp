#include "issuance/vetting/trusted_answer.h"

#include <nlohmann/json.hpp>

#include "issuance/extract/extract.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace vetting {

namespace {

constexpr std::chrono::minutes kFresh{15};

base::Findings not_trusted(std::string text) {
  base::Findings findings;
  findings.fail("REGISTRY_ANSWER_NOT_TRUSTED", "registry answer", std::move(text));
  return findings;
}

}  // namespace

std::variant<TrustedAnswer, base::Findings> open_answer(std::string jws, base::ByteView registry_key,
                                                        std::string_view number, std::string_view case_id,
                                                        std::optional<base::Moment> fresh_at) {
  const auto payload = evidence::open_statement(jws, "answer", registry_key);
  if (!payload) return not_trusted("it is not signed by the registry's key that this station was given");
  std::optional<document::RegistryAnswer> answer;
  try {
    answer = document::registry_answer_from_json(*payload);
  } catch (const base::Error&) {
    return not_trusted("it is signed by the registry's key and yet no registry answer");
  }
  if (answer->number != number || answer->case_id != case_id || answer->purpose != "issuance" ||
      !answer->extract.empty()) {
    return not_trusted("it was given for another case, number or purpose");
  }
  if (fresh_at && (answer->at > *fresh_at + kFresh || answer->at < *fresh_at - kFresh)) {
    base::Findings findings;
    findings.fail("REGISTRY_ANSWER_STALE", "registry answer", "it was not given just now; ask the registry again");
    return findings;
  }
  return TrustedAnswer(std::move(*answer), std::move(jws));
}

std::variant<TrustedAnswer, base::Findings> open_extract_entry(std::string jws, base::ByteView registry_key,
                                                               std::string_view number) {
  auto answer = extract::open_entry(jws, registry_key);
  if (!answer || answer->number != number) return not_trusted("it is no entry of an extract about this number");
  return TrustedAnswer(std::move(*answer), std::move(jws));
}

std::variant<TrustedAnswer, base::Findings> open_kept_answer(std::string jws, base::ByteView registry_key,
                                                             std::string_view number, std::string_view case_id) {
  if (extract::open_entry(jws, registry_key)) return open_extract_entry(std::move(jws), registry_key, number);
  return open_answer(std::move(jws), registry_key, number, case_id, std::nullopt);
}

}  // namespace vetting
