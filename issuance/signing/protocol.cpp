#include "issuance/signing/protocol.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "issuance/stock/list.h"
#include "pki/base/core/log.h"
#include "pki/base/net/envelope.h"
#include "pki/keystore/mac_key.h"

namespace signing {

namespace {

using net::Fields;
using net::NotAMessage;
using nlohmann::json;

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMostSodBytes = 64U << 10;
constexpr const char* kProgram = "cccd-signer";

OrderEvidence evidence_from(const json& object) {
  Fields fields(object);
  OrderEvidence evidence{fields.text("order"), fields.text("answer"), {}, fields.text("live_answer")};
  const json& approvals = fields.value("approvals");
  if (!approvals.is_array() || approvals.size() > approval::kMostApprovals) {
    throw NotAMessage(fmt::format("'approvals' is no list of at most {}", approval::kMostApprovals));
  }
  for (const json& one : approvals) {
    if (!one.is_string()) throw NotAMessage("an approval is no text");
    evidence.approvals.push_back(one.get<std::string>());
  }
  fields.end();
  return evidence;
}

json evidence_json(const OrderEvidence& evidence) {
  return {{"order", evidence.order},
          {"answer", evidence.answer},
          {"live_answer", evidence.live_answer},
          {"approvals", evidence.approvals}};
}

// --- the three requests -------------------------------------------------------------------------------------------

json answer_assign(Fields& fields, Signer& signer, const Peer& peer) {
  const OrderEvidence evidence = evidence_from(fields.value("evidence"));
  const std::string serial = fields.text("serial");
  const base::Bytes kdd = fields.octets("kdd");
  fields.end();
  if (!stock::is_serial(serial)) throw NotAMessage("'serial' is not 16 upper-case hexadecimal digits");
  const auto outcome = signer.assign(evidence, serial, kdd, peer);
  if (const auto* const findings = std::get_if<base::Findings>(&outcome)) return net::refused(*findings);
  const Assignment& assignment = std::get<Assignment>(outcome);
  json answer = net::done();
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
                            .dg14 = fields.octets("dg14"),
                            .dg2_sha256 = fields.octets("dg2_sha256"),
                            .dg3_sha256 = fields.octets("dg3_sha256")};
  fields.end();
  for (const auto& [name, hash] : {std::pair{"dg2_sha256", &request.dg2_sha256}, {"dg3_sha256", &request.dg3_sha256}}) {
    if (!hash->empty() && hash->size() != kHashBytes) {
      throw NotAMessage(fmt::format("'{}' is neither empty nor 32 octets", name));
    }
  }
  const auto outcome = signer.sign(request, peer);
  if (const auto* const findings = std::get_if<base::Findings>(&outcome)) return net::refused(*findings);
  json answer = net::done();
  answer["sod"] = base::to_base64url(std::get<base::Bytes>(outcome));
  return answer;
}

json answer(const std::string& name, Fields& fields, Signer& signer, const Peer& peer) {
  if (name == "assign") return answer_assign(fields, signer, peer);
  if (name == "sign") return answer_sign(fields, signer, peer);
  if (name != "certificate") throw NotAMessage("this signer knows assign, sign and certificate only");
  fields.end();
  json reply = net::done();
  reply["certificate"] = base::to_base64url(signer.certificate());
  return reply;
}

// --- the asking side ----------------------------------------------------------------------------------------------

[[noreturn]] void no_answer(const std::string& seen) {
  net::no_answer(kProgram, seen);
}

// use: what to make of "done".
template <class Result, class Use>
std::variant<Result, base::Findings> read(std::string_view text, Use use) {
  std::optional<Result> result;
  auto findings = net::read_answer(kProgram, text, [&](Fields& fields) { result = use(fields); });
  if (findings) return std::move(*findings);
  return std::move(*result);
}

base::Secret key_from(Fields& keys, const char* name) {
  base::Secret key(keys.octets(name));
  if (keystore::aes_kind(key.size()).empty()) no_answer("a card key has neither 16, 24 nor 32 octets");
  return key;
}

}  // namespace

std::string handle(std::string_view request, Signer& signer, const Peer& peer) noexcept {
  bool was_read = false;
  std::string text = net::answer(request, [&](const std::string& name, Fields& fields) {
    was_read = true;
    try {
      return answer(name, fields, signer, peer);
    } catch (const NotAMessage&) {
      was_read = false;
      throw;
    }
  });
  try {
    if (!was_read) signer.refused_unread(peer);
  } catch (const std::exception& error) {
    base::log::error("a refusal could not be logged", {{"seen", error.what()}});
  }
  return text;
}

std::string assign_request(const OrderEvidence& evidence, const std::string& serial, base::ByteView kdd) {
  json request = net::request("assign");
  request["evidence"] = evidence_json(evidence);
  request["serial"] = serial;
  request["kdd"] = base::to_base64url(kdd);
  return net::text_of(request);
}

std::string sign_request(const SignRequest& r) {
  json request = net::request("sign");
  request["assignment"] = r.assignment;
  request["evidence"] = evidence_json(r.evidence);
  request["dg1"] = base::to_base64url(r.dg1);
  request["dg13"] = base::to_base64url(r.dg13);
  request["dg14"] = base::to_base64url(r.dg14);
  request["dg15"] = base::to_base64url(r.dg15);
  request["dg2_sha256"] = base::to_base64url(r.dg2_sha256);
  request["dg3_sha256"] = base::to_base64url(r.dg3_sha256);
  return net::text_of(request);
}

std::string certificate_request() {
  return net::text_of(net::request("certificate"));
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
    const std::size_t size = assignment.keys.enc.size();
    if (assignment.keys.mac.size() != size || assignment.keys.dek.size() != size) {
      no_answer("the card keys are of different lengths");
    }
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
