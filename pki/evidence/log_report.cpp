#include "pki/evidence/log_report.h"

#include <fmt/format.h>

namespace evidence {

void print_log(const std::filesystem::path& folder, bool as_json, std::ostream& out) {
  each_entry(folder, [&](const nlohmann::json& entry) {
    if (as_json) {
      out << entry.dump() << "\n";
      return;
    }
    out << fmt::format("{:>6}  {}  {:<28} {}\n", entry.at("index").get<std::uint64_t>(),
                       entry.at("at").get<std::string>(), entry.at("event").get<std::string>(),
                       entry.at("data").dump());
  });
}

void print_findings(const base::Findings& findings, std::ostream& out) {
  for (const base::Finding& finding : findings.list()) {
    out << fmt::format("{} {}: {}\n", finding.code, finding.where, finding.text);
  }
}

bool print_verification(const std::filesystem::path& folder, base::ByteView owner_public_key, const Audit& audit,
                        bool as_json, std::ostream& out) {
  const base::Findings findings = verify_log(folder, owner_public_key, audit);
  if (!as_json) {
    print_findings(findings, out);
    if (!findings.failed()) out << "Nhật ký nguyên vẹn / the log is sound\n";
    return !findings.failed();
  }
  nlohmann::json list = nlohmann::json::array();
  for (const base::Finding& finding : findings.list()) {
    list.push_back({{"code", finding.code},
                    {"severity", base::severity_name(finding.severity)},
                    {"where", finding.where},
                    {"text", finding.text}});
  }
  out << nlohmann::json{{"sound", !findings.failed()}, {"findings", std::move(list)}}.dump() << "\n";
  return !findings.failed();
}

}  // namespace evidence
