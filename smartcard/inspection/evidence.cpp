#include "smartcard/inspection/evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace inspection {

namespace {

constexpr std::string_view kFormat = "cccd-card-evidence";
constexpr int kVersion = 1;

[[noreturn]] void refuse(const std::string& origin, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, fmt::format("reading the evidence {}", origin), seen);
}

base::Bytes octets(const nlohmann::json& text, const std::string& origin) {
  auto out = base::parse_base64url(text.get<std::string>());
  if (!out) refuse(origin, "a file in it is not base64url");
  return std::move(*out);
}

lds::FileId file_named(const std::string& name, const std::string& origin) {
  const auto known = lds::all_files();
  const auto found = std::ranges::find(known, name, &lds::FileInfo::file_name);
  if (found == known.end()) refuse(origin, "it names a file that no card has");
  return found->id;
}

}  // namespace

std::string to_text(const Evidence& evidence) {
  nlohmann::json files = nlohmann::json::object();
  for (const auto& [id, content] : evidence.record.files) {
    files[std::string(lds::info(id).file_name)] = base::to_base64url(content);
  }
  nlohmann::json out{{"format", kFormat},
                     {"version", kVersion},
                     {"made_at", base::to_rfc3339(evidence.made_at)},
                     {"optical_mrz", evidence.optical_mrz},
                     {"files", std::move(files)},
                     {"report", evidence.report}};
  if (!evidence.record.closed.empty()) out["closed"] = evidence.record.closed;
  if (!evidence.record.challenge.empty()) {
    out["active_authentication"] = {{"challenge", base::to_base64url(evidence.record.challenge)},
                                    {"response", base::to_base64url(evidence.record.response)}};
  }
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Evidence parse_evidence(std::string_view text, const std::string& origin) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      refuse(origin, "it is no evidence of an inspection, or of a newer release");
    }
    const auto made_at = base::parse_rfc3339(json.at("made_at").get<std::string>());
    if (!made_at) refuse(origin, "it does not say when it was made");
    Evidence out{.made_at = *made_at, .optical_mrz = json.at("optical_mrz"), .record = {}, .report = json.at("report")};
    for (const auto& [name, content] : json.at("files").items()) {
      out.record.files[file_named(name, origin)] = octets(content, origin);
    }
    if (json.contains("closed")) out.record.closed = json.at("closed").get<std::set<int>>();
    if (json.contains("active_authentication")) {
      out.record.challenge = octets(json.at("active_authentication").at("challenge"), origin);
      out.record.response = octets(json.at("active_authentication").at("response"), origin);
    }
    return out;
  } catch (const nlohmann::json::exception&) {
    refuse(origin, "it is damaged: not the JSON object that an inspection writes");
  }
}

Report inspect_evidence(const Evidence& evidence, const trust::TrustStore& trust, base::Moment as_of) {
  return inspect_record(evidence.record, evidence.optical_mrz, trust, as_of);
}

}  // namespace inspection
