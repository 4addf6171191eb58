#include "pki/base/net/envelope.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/base/net/frame.h"

namespace net {

namespace {

using nlohmann::json;

constexpr int kDeepest = 4;  // request { evidence { approvals [ text ] } }

// Depth is bounded while parsing, because copying and comparing JSON recurse.
json parse_flat(std::string_view text) {
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > kDeepest) throw NotAMessage("it is nested too deeply");
    return true;
  };
  json parsed = json::parse(text, guard, false);
  if (!parsed.is_object()) throw NotAMessage("it is no JSON object");
  return parsed;
}

json malformed(const std::string& seen) {
  base::Findings findings;
  findings.fail("REQUEST_MALFORMED", "request", seen);
  return refused(findings);
}

json failed(base::Fault fault, const std::string& doing, const std::string& seen) {
  base::log::error("request failed", {{"doing", doing}, {"seen", seen}});
  return {{"version", kProtocolVersion},
          {"result", "failed"},
          {"fault", base::fault_name(fault)},
          {"doing", doing},
          {"seen", seen}};
}

json answer_of(std::string_view text, const Answering& answering) {
  const json request = parse_flat(text);
  Fields fields(request);
  if (fields.value("version") != kProtocolVersion) throw NotAMessage("its version is not 1");
  const std::string name = fields.text("request");
  return answering(name, fields);
}

base::Severity severity_from(const std::string& name) {
  for (const auto severity : {base::Severity::Note, base::Severity::Warn}) {
    if (base::severity_name(severity) == name) return severity;
  }
  return base::Severity::Fail;
}

[[noreturn]] void throw_failure(const std::string& program, Fields& fields) {
  const std::string fault = fields.text("fault"), doing = fields.text("doing"), seen = fields.text("seen");
  const std::string where = fmt::format("{}, {}", program, doing);
  for (const auto known : {base::Fault::FixConfiguration, base::Fault::TreatAsAttack}) {
    if (base::fault_name(known) == fault) throw base::Error(known, where, seen);
  }
  throw base::Error(base::Fault::AskOperator, where, seen);
}

}  // namespace

Fields::Fields(const json& object) : object_(object) {
  if (!object.is_object()) throw NotAMessage("a part of it is no object");
}

const json& Fields::value(const char* name) {
  ++taken_;
  const auto found = object_.find(name);
  if (found == object_.end()) throw NotAMessage(fmt::format("'{}' is missing", name));
  return *found;
}

std::string Fields::text(const char* name) {
  const json& v = value(name);
  if (!v.is_string()) throw NotAMessage(fmt::format("'{}' is no text", name));
  return v.get<std::string>();
}

base::Bytes Fields::octets(const char* name) {
  auto parsed = base::parse_base64url(text(name));
  if (!parsed) throw NotAMessage(fmt::format("'{}' is not base64url", name));
  return std::move(*parsed);
}

void Fields::end() const {
  if (taken_ != object_.size()) throw NotAMessage("it has a field that this request does not know");
}

json request(std::string_view name) {
  return {{"version", kProtocolVersion}, {"request", name}};
}

json done() {
  return {{"version", kProtocolVersion}, {"result", "done"}};
}

json refused(const base::Findings& findings) {
  json list = json::array();
  for (const base::Finding& finding : findings.list()) {
    list.push_back({{"code", finding.code},
                    {"severity", base::severity_name(finding.severity)},
                    {"where", finding.where},
                    {"text", finding.text}});
  }
  return {{"version", kProtocolVersion}, {"result", "refused"}, {"findings", std::move(list)}};
}

std::string text_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string answer(std::string_view text, const Answering& answering) noexcept try {
  std::string whole = text_of(answer_of(text, answering));
  if (whole.size() <= kLargestMessage) return whole;
  return text_of(failed(base::Fault::AskOperator, "answering a request", "the answer is larger than 1 MiB"));
} catch (const NotAMessage& form) {
  return text_of(malformed(form.what()));
} catch (const base::Error& error) {
  return text_of(failed(error.fault(), error.doing(), error.seen()));
} catch (const std::exception& error) {
  return text_of(failed(base::Fault::AskOperator, "answering a request", error.what()));
}

std::string too_large_answer() {
  base::Findings findings;
  findings.fail("REQUEST_TOO_LARGE", "request", "its frame is larger than 1 MiB or longer than it says");
  return text_of(refused(findings));
}

std::optional<base::Findings> read_answer(const std::string& program, std::string_view text,
                                          const std::function<void(Fields&)>& use) {
  try {
    const json message = parse_flat(text);
    Fields fields(message);
    if (fields.value("version") != kProtocolVersion) no_answer(program, "it speaks another version of the protocol");
    const std::string result = fields.text("result");
    if (result == "done") {
      use(fields);
      return std::nullopt;
    }
    if (result == "failed") throw_failure(program, fields);
    base::Findings findings;
    for (const json& item : fields.value("findings")) {
      Fields one(item);
      findings.add({one.text("code"), severity_from(one.text("severity")), one.text("where"), one.text("text")});
    }
    if (!findings.failed()) no_answer(program, "it refuses without a reason");
    return findings;
  } catch (const NotAMessage& broken) {
    no_answer(program, fmt::format("who answers is no {}: {}", program, broken.what()));
  }
}

void no_answer(const std::string& program, const std::string& seen) {
  throw base::Error(base::Fault::AskOperator, fmt::format("reading {}'s answer", program), seen);
}

}  // namespace net
