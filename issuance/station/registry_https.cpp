#include "issuance/station/registry_https.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "issuance/station/station.h"
#include "pki/base/core/error.h"
#include "pki/base/net/http_target.h"
#include "pki/base/net/https_client.h"

namespace station {

namespace {

using nlohmann::json;

constexpr const char* kDoing = "asking the population registry";
constexpr const char* kPurpose = "issuance";
constexpr int kOk = 200, kNotFound = 404, kConflict = 409, kUnavailable = 503, kTooMany = 429;

[[noreturn]] void no_answer(base::Fault fault, const std::string& seen) {
  throw base::Error(fault, kDoing, seen);
}

// The body of an answer; what is no JSON object is no answer.
json object_in(const net::HttpResponse& answer) {
  json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object()) {
    no_answer(base::Fault::AskOperator,
              fmt::format("it answers {} with something that is not of its interface; is this cccd-registry?",
                          answer.status));
  }
  return body;
}

std::string text_in(const json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// A problem (RFC 9457) that is no answer about a person: something is set up wrongly here or there, or is down.
[[noreturn]] void problem(const net::HttpResponse& answer) {
  const json body = object_in(answer);
  const std::string code = text_in(body, "code"), scope = text_in(body, "scope");
  const bool later = answer.status == kUnavailable || answer.status == kTooMany || answer.status >= 500;
  const std::string lacks = scope.empty() ? "" : fmt::format(", scope {}", scope);
  no_answer(later ? base::Fault::AskOperator : base::Fault::FixConfiguration,
            fmt::format("it refuses the question ({} {}{}): {}", answer.status, code.empty() ? "?" : code, lacks,
                        text_in(body, "detail")));
}

base::Findings findings_in(const net::HttpResponse& answer) {
  const json body = object_in(answer);
  base::Findings findings;
  const auto list = body.find("findings");
  if (list != body.end() && list->is_array()) {
    for (const json& finding : *list) {
      const std::string severity = text_in(finding, "severity");
      findings.add({.code = text_in(finding, "code"),
                    .severity = severity == "fail"   ? base::Severity::Fail
                                : severity == "warn" ? base::Severity::Warn
                                                     : base::Severity::Note,
                    .where = text_in(finding, "where"),
                    .text = text_in(finding, "text")});
    }
  }
  if (!findings.failed()) no_answer(base::Fault::AskOperator, "it refuses a change and does not say why");
  return findings;
}

}  // namespace

RegistryHttps::RegistryHttps(const Settings& settings, const base::Secret& password, const base::Clock& clock) {
  if (settings.registry.url.empty()) {
    no_answer(base::Fault::FixConfiguration, "station.toml names no [registry]; cccd-station init --help shows how");
  }
  auto client = std::make_shared<net::HttpsClient>(
      settings.registry.url,
      net::TlsIdentity::from_files(settings.registry.certificate, settings.registry.key, password),
      net::TlsAuthorities::from_file(settings.registry.ca), clock);
  ask_ = [client, url = settings.registry.url](std::string_view method, std::string_view target,
                                               std::string_view body) {
    try {
      return client->ask(method, target, body);
    } catch (const base::Error& error) {
      throw base::Error(error.fault(), fmt::format("{} at {}", kDoing, url), error.seen());
    }
  };
}

RegistryHttps::RegistryHttps(const Station& station)
    : RegistryHttps(station.settings(), station.password(), station.clock()) {}

std::string RegistryHttps::answer(const std::string& number, const std::string& case_id) {
  const json body{{"purpose", kPurpose}, {"number", number}, {"case", case_id}};
  const net::HttpResponse answer = ask_("POST", "/v1/answers", body.dump());
  if (answer.status != kOk) problem(answer);
  std::string jws = text_in(object_in(answer), "answer");
  if (jws.empty()) no_answer(base::Fault::AskOperator, "its answer holds no statement");
  return jws;
}

base::Findings RegistryHttps::change(const std::string& target, const json& body) const {
  const net::HttpResponse answer = ask_("POST", target, body.dump());
  if (answer.status == kConflict) return findings_in(answer);
  if (answer.status != kOk) problem(answer);
  return {};
}

base::Findings RegistryHttps::mark(const std::string& number, const std::string& case_id, bool open) {
  if (open) return change("/v1/cases", {{"purpose", kPurpose}, {"number", number}, {"case", case_id}});
  return change(net::format_target({.path = {"v1", "cases", case_id, "close"}, .query = {}}),
                {{"purpose", kPurpose}, {"number", number}});
}

base::Findings RegistryHttps::record_card(const std::string& number, const std::string& case_id,
                                          const cases::DeliveredCard& card) {
  json body{{"purpose", kPurpose},
            {"number", number},
            {"chip", card.serial},
            {"case", case_id},
            {"issued", base::to_iso(card.issued)},
            {"status", "active"}};
  if (!card.replaces.empty()) body["replaces"] = card.replaces;
  return change("/v1/cards", body);
}

base::Findings RegistryHttps::record_approvals(const std::string& number, const std::string& case_id,
                                               const std::string& approvals) {
  json body = json::parse(approvals, nullptr, false);
  if (!body.is_object())
    no_answer(base::Fault::TreatAsAttack, "station.db holds approvals that this station did not write");
  body["purpose"] = kPurpose;
  body["number"] = number;
  body["case"] = case_id;
  return change("/v1/approvals", body);
}

base::Findings RegistryHttps::close_card(const std::string& number, const std::string& serial, const char* status) {
  return change(net::format_target({.path = {"v1", "cards", serial, "status"}, .query = {}}),
                {{"purpose", kPurpose}, {"number", number}, {"status", status}});
}

base::Findings RegistryHttps::report_lost(const std::string& number, const std::string& serial) {
  return close_card(number, serial, "lost");
}

base::Findings RegistryHttps::revoke_card(const std::string& number, const std::string& serial) {
  return close_card(number, serial, "revoked");
}

cases::NumberStatus RegistryHttps::status(const std::string& number) {
  const net::HttpResponse answer = ask_(
      "GET", net::format_target({.path = {"v1", "persons", number, "status"}, .query = {{"purpose", kPurpose}}}), {});
  if (answer.status == kNotFound && text_in(object_in(answer), "code") == "PERSON_NOT_FOUND") return {"not-found", 0};
  if (answer.status != kOk) problem(answer);
  const json body = object_in(answer);
  const auto version = body.find("version");
  if (version == body.end() || !version->is_number_integer())
    no_answer(base::Fault::AskOperator, "its answer holds no version");
  return {text_in(body, "status"), version->get<std::int64_t>()};
}

base::Findings RegistryHttps::request_correction(const std::string& number, const std::string& case_id,
                                                 const cases::WantedCorrection& wanted) {
  return change("/v1/corrections", {{"purpose", kPurpose},
                                    {"number", number},
                                    {"case", case_id},
                                    {"field", wanted.field},
                                    {"value", wanted.value},
                                    {"asked_by", wanted.asked_by}});
}

}  // namespace station
