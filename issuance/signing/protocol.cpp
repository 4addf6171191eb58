#include "issuance/signing/protocol.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/stock/list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

namespace signing {

namespace {

using nlohmann::json;

constexpr int kDeepest = 4;  // request { evidence { approvals [ text ] } }
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMostSodBytes = 64U << 10;

// What is wrong with a request's form. Inside this file only.
class NotARequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Depth is bounded while parsing, because copying and comparing JSON recurse.
json parse_flat(std::string_view text) {
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > kDeepest) throw NotARequest("it is nested too deeply");
    return true;
  };
  json parsed = json::parse(text, guard, false);
  if (!parsed.is_object()) throw NotARequest("it is no JSON object");
  return parsed;
}

// Reads an object field by field; what is left over at the end is a mistake.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {
    if (!object.is_object()) throw NotARequest("a part of it is no object");
  }
  const json& value(const char* name) {
    ++taken_;
    const auto found = object_.find(name);
    if (found == object_.end()) throw NotARequest(fmt::format("'{}' is missing", name));
    return *found;
  }
  std::string text(const char* name) {
    const json& v = value(name);
    if (!v.is_string()) throw NotARequest(fmt::format("'{}' is no text", name));
    return v.get<std::string>();
  }
  base::Bytes octets(const char* name) {
    auto parsed = base::parse_base64url(text(name));
    if (!parsed) throw NotARequest(fmt::format("'{}' is not base64url", name));
    return std::move(*parsed);
  }
  void end() const {
    if (taken_ != object_.size()) throw NotARequest("it has a field that this request does not know");
  }

 private:
  const json& object_;
  std::size_t taken_ = 0;
};

OrderEvidence evidence_from(const json& object) {
  Fields fields(object);
  OrderEvidence evidence{fields.text("order"), fields.text("answer"), {}};
  const json& approvals = fields.value("approvals");
  if (!approvals.is_array() || approvals.size() > approval::kMostApprovals) {
    throw NotARequest(fmt::format("'approvals' is no list of at most {}", approval::kMostApprovals));
  }
  for (const json& one : approvals) {
    if (!one.is_string()) throw NotARequest("an approval is no text");
    evidence.approvals.push_back(one.get<std::string>());
  }
  fields.end();
  return evidence;
}

json evidence_json(const OrderEvidence& evidence) {
  return {{"order", evidence.order}, {"answer", evidence.answer}, {"approvals", evidence.approvals}};
}

json request_json(std::string_view name) {
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

// Octets that are not UTF-8 (a message of the system, say) are replaced, so an answer can always be written.
std::string text_of(const json& answer) {
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

// --- the three requests -------------------------------------------------------------------------------------------

json answer_assign(Fields& fields, Signer& signer, const Peer& peer) {
  const OrderEvidence evidence = evidence_from(fields.value("evidence"));
  const std::string serial = fields.text("serial");
  const base::Bytes kdd = fields.octets("kdd");
  fields.end();
  if (!stock::is_serial(serial)) throw NotARequest("'serial' is not 16 upper-case hexadecimal digits");
  const auto outcome = signer.assign(evidence, serial, kdd, peer);
  if (const auto* const findings = std::get_if<base::Findings>(&outcome)) return refused(*findings);
  const Assignment& assignment = std::get<Assignment>(outcome);
  json answer = done();
  answer["assignment"] = assignment.id;
  answer["serial"] = assignment.serial;
  answer["keys"] = {{"version", assignment.keys.version},
                    {"enc", base::to_base64url(assignment.keys.enc.reveal())},
                    {"mac", base::to_base64url(assignment.keys.mac.reveal())},
                    {"dek", base::to_base64url(assignment.keys.dek.reveal())}};
  return answer;
}

json answer_sign(Fields& fields, Signer& signer, const Peer& peer) {
  const SignRequest request{.assignment = fields.text("assignment"),
                            .evidence = evidence_from(fields.value("evidence")),
                            .dg1 = fields.octets("dg1"),
                            .dg13 = fields.octets("dg13"),
                            .dg15 = fields.octets("dg15"),
                            .dg2_sha256 = fields.octets("dg2_sha256")};
  fields.end();
  if (request.dg2_sha256.size() != kHashBytes) throw NotARequest("'dg2_sha256' is not 32 octets");
  const auto outcome = signer.sign(request, peer);
  if (const auto* const findings = std::get_if<base::Findings>(&outcome)) return refused(*findings);
  json answer = done();
  answer["sod"] = base::to_base64url(std::get<base::Bytes>(outcome));
  return answer;
}

json answer(std::string_view text, Signer& signer, const Peer& peer) {
  const json request = parse_flat(text);
  Fields fields(request);
  const json& version = fields.value("version");
  if (version != kProtocolVersion) throw NotARequest("its version is not 1");
  const std::string name = fields.text("request");
  if (name == "assign") return answer_assign(fields, signer, peer);
  if (name == "sign") return answer_sign(fields, signer, peer);
  if (name != "certificate") throw NotARequest("this signer knows assign, sign and certificate only");
  fields.end();
  json reply = done();
  reply["certificate"] = base::to_base64url(signer.certificate());
  return reply;
}

// --- the asking side ----------------------------------------------------------------------------------------------

[[noreturn]] void no_answer(const std::string& seen) {
  throw base::Error(base::Fault::AskOperator, "reading cccd-signer's answer", seen);
}

base::Severity severity_from(const std::string& name) {
  for (const auto severity : {base::Severity::Note, base::Severity::Warn}) {
    if (base::severity_name(severity) == name) return severity;
  }
  return base::Severity::Fail;
}

[[noreturn]] void throw_failure(Fields& fields) {
  const std::string fault = fields.text("fault"), doing = fields.text("doing"), seen = fields.text("seen");
  for (const auto known : {base::Fault::FixConfiguration, base::Fault::TreatAsAttack}) {
    if (base::fault_name(known) == fault) throw base::Error(known, "cccd-signer, " + doing, seen);
  }
  throw base::Error(base::Fault::AskOperator, "cccd-signer, " + doing, seen);
}

// use: what to make of "done".
template <class Result, class Use>
std::variant<Result, base::Findings> read(std::string_view text, Use use) {
  try {
    const json answer = parse_flat(text);
    Fields fields(answer);
    if (fields.value("version") != kProtocolVersion) no_answer("it speaks another version of the protocol");
    const std::string result = fields.text("result");
    if (result == "done") return use(fields);
    if (result == "failed") throw_failure(fields);
    base::Findings findings;
    for (const json& item : fields.value("findings")) {
      Fields one(item);
      findings.add({one.text("code"), severity_from(one.text("severity")), one.text("where"), one.text("text")});
    }
    if (!findings.failed()) no_answer("it refuses without a reason");
    return findings;
  } catch (const NotARequest& broken) {
    no_answer(fmt::format("who answers is no cccd-signer: {}", broken.what()));
  }
}

base::Secret key_from(Fields& keys, const char* name) {
  constexpr std::size_t kAesKeyBytes = 16;
  base::Secret key(keys.octets(name));
  if (key.size() != kAesKeyBytes) no_answer("a card key is not 16 octets");
  return key;
}

}  // namespace

std::string handle(std::string_view request, Signer& signer, const Peer& peer) noexcept try {
  return text_of(answer(request, signer, peer));
} catch (const NotARequest& form) {
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

std::string assign_request(const OrderEvidence& evidence, const std::string& serial, base::ByteView kdd) {
  json request = request_json("assign");
  request["evidence"] = evidence_json(evidence);
  request["serial"] = serial;
  request["kdd"] = base::to_base64url(kdd);
  return text_of(request);
}

std::string sign_request(const SignRequest& r) {
  json request = request_json("sign");
  request["assignment"] = r.assignment;
  request["evidence"] = evidence_json(r.evidence);
  request["dg1"] = base::to_base64url(r.dg1);
  request["dg13"] = base::to_base64url(r.dg13);
  request["dg15"] = base::to_base64url(r.dg15);
  request["dg2_sha256"] = base::to_base64url(r.dg2_sha256);
  return text_of(request);
}

std::string certificate_request() {
  return text_of(request_json("certificate"));
}

std::variant<Assignment, base::Findings> read_assignment(std::string_view answer) {
  return read<Assignment>(answer, [](Fields& fields) {
    Assignment assignment;
    assignment.id = fields.text("assignment");
    assignment.serial = fields.text("serial");
    Fields keys(fields.value("keys"));
    const json& version = keys.value("version");
    if (!version.is_number_unsigned() || version.get<std::uint64_t>() > 0xFF) no_answer("a key version is no octet");
    assignment.keys.version = static_cast<std::uint8_t>(version.get<std::uint64_t>());
    assignment.keys.enc = key_from(keys, "enc");
    assignment.keys.mac = key_from(keys, "mac");
    assignment.keys.dek = key_from(keys, "dek");
    return assignment;
  });
}

std::variant<base::Bytes, base::Findings> read_sod(std::string_view answer) {
  return read<base::Bytes>(answer, [](Fields& fields) {
    base::Bytes sod = fields.octets("sod");
    if (sod.empty() || sod.size() > kMostSodBytes) no_answer("its EF.SOD is empty or larger than any");
    return sod;
  });
}

base::Bytes read_certificate(std::string_view answer) {
  auto outcome = read<base::Bytes>(answer, [](Fields& fields) { return fields.octets("certificate"); });
  if (auto* const certificate = std::get_if<base::Bytes>(&outcome)) return std::move(*certificate);
  no_answer(fmt::format("it refuses to show its certificate ({})",
                        fmt::join(std::get<base::Findings>(outcome).failing_codes(), ", ")));
}

}  // namespace signing
