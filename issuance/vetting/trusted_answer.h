#pragma once
// A registry answer whose signature was verified with the registry's key and that belongs to this case, or to an
// extract of the register and no case. There is no other way to make one, so nothing downstream can be fed an answer
// that the registry did not give.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/registry_answer.h"

namespace vetting {

class TrustedAnswer {
 public:
  const document::RegistryAnswer& content() const { return content_; }
  const std::string& jws() const { return jws_; }

 private:
  friend std::variant<TrustedAnswer, base::Findings> open_answer(std::string, base::ByteView, std::string_view,
                                                                 std::string_view, std::optional<base::Moment>);
  friend std::variant<TrustedAnswer, base::Findings> open_extract_entry(std::string, base::ByteView, std::string_view);
  TrustedAnswer(document::RegistryAnswer content, std::string jws)
      : content_(std::move(content)), jws_(std::move(jws)) {}
  document::RegistryAnswer content_;
  std::string jws_;
};

// registry_key: SubjectPublicKeyInfo as it was given to the station. `fresh_at`: the answer must have been given within
// the quarter of an hour around it; leave it out when an answer is read back from the store. Findings:
// REGISTRY_ANSWER_NOT_TRUSTED (not signed by that key, for another case, number or purpose, or an extract's entry),
// REGISTRY_ANSWER_STALE.
std::variant<TrustedAnswer, base::Findings> open_answer(std::string jws, base::ByteView registry_key,
                                                        std::string_view number, std::string_view case_id,
                                                        std::optional<base::Moment> fresh_at);

// The entry of an extract about this number, for a station that the registry does not answer (docs/formats/extract.md).
// Finding REGISTRY_ANSWER_NOT_TRUSTED.
std::variant<TrustedAnswer, base::Findings> open_extract_entry(std::string jws, base::ByteView registry_key,
                                                               std::string_view number);

// What is kept with a case: either of the two.
std::variant<TrustedAnswer, base::Findings> open_kept_answer(std::string jws, base::ByteView registry_key,
                                                             std::string_view number, std::string_view case_id);

}  // namespace vetting
