#pragma once
// What a message between our programs looks like (JSON inside a frame), both sides of it:
//
//   {"version": 1, "request": NAME, …}
//   {"version": 1, "result": "done", …}
//   {"version": 1, "result": "refused", "findings": [{"code", "severity", "where", "text"}, …]}
//   {"version": 1, "result": "failed", "fault": …, "doing": …, "seen": …}
//
// Every field is required and no other is known; no text whatsoever can stop the answering side.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"

namespace net {

inline constexpr int kProtocolVersion = 1;

// What is wrong with a message's form, in words that repeat nothing of it. Becomes REQUEST_MALFORMED on the answering
// side, Error{AskOperator} on the asking one.
class NotAMessage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads an object field by field; what is left over at the end is a mistake. The object outlives it. Throws
// NotAMessage.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object);
  const nlohmann::json& value(const char* name);
  std::string text(const char* name);
  base::Bytes octets(const char* name);  // base64url
  void end() const;

 private:
  const nlohmann::json& object_;
  std::size_t taken_ = 0;
};

nlohmann::json request(std::string_view name);
nlohmann::json done();
nlohmann::json refused(const base::Findings& findings);  // at least one of them fails
// Octets that are not UTF-8 (a message of the system, say) are replaced, so a message can always be written.
std::string text_of(const nlohmann::json& message);

// The answering side, whole: a text in, a text of at most kLargestMessage out. `answering` makes the answer to one
// request; it may throw NotAMessage
// ("refused" with REQUEST_MALFORMED) and base::Error ("failed").
using Answering = std::function<nlohmann::json(const std::string& request, Fields& fields)>;
std::string answer(std::string_view text, const Answering& answering) noexcept;
// What a connection is told whose frame announces too much: REQUEST_TOO_LARGE.
std::string too_large_answer();

// The asking side. "done": `use` takes the fields, nothing is returned; "refused": the findings, one of which fails;
// "failed": thrown as the service's own Error. A text that is no answer is Error{AskOperator}.
std::optional<base::Findings> read_answer(const std::string& program, std::string_view text,
                                          const std::function<void(Fields&)>& use);
[[noreturn]] void no_answer(const std::string& program, const std::string& seen);

}  // namespace net
