#include "pki/admin/report.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/show.h"

namespace admin {

nlohmann::json findings_json(const base::Findings& findings) {
  nlohmann::json out = nlohmann::json::array();
  for (const base::Finding& finding : findings.list()) {
    out.push_back({{"code", finding.code},
                   {"severity", base::severity_name(finding.severity)},
                   {"where", finding.where},
                   {"text", finding.text}});
  }
  return out;
}

std::string findings_text(const base::Findings& findings) {
  std::string out;
  for (const base::Finding& finding : findings.list()) {
    out +=
        fmt::format("{} {} {}: {}\n", base::severity_name(finding.severity), finding.code, finding.where, finding.text);
  }
  return out;
}

cli::Exit report(const Issued& issued, const std::vector<std::filesystem::path>& files, bool as_json) {
  const auto exit = issued.made() ? cli::Exit::Done : cli::Exit::NotAcceptable;
  if (as_json) {
    nlohmann::json out{{"findings", findings_json(issued.findings)}, {"files", nlohmann::json::array()}};
    if (issued.made()) {
      for (const auto& file : files) out["files"].push_back(file.string());
      out["certificate"] = describe(issued.certificate);
    }
    std::cout << out.dump() << "\n";
    return exit;
  }
  for (const base::Finding& finding : issued.findings.list()) {
    std::cout << fmt::format("{} {}: {}\n", base::severity_name(finding.severity), finding.code, finding.text);
  }
  if (!issued.made()) {
    std::cout << "nothing was signed\n";
    return exit;
  }
  for (const auto& file : files) std::cout << "made " << file.string() << "\n";
  std::cout << describe_text(issued.certificate);
  return exit;
}

}  // namespace admin
