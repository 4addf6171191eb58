#include "issuance/cases/accepted.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace cases {

nlohmann::json to_json(const Acceptance& a) {
  return {{"case", a.case_id},
          {"order_sha256", a.order_sha256},
          {"serial", a.serial},
          {"replaces", a.replaces},
          {"reason", a.reason},
          {"sod_sha256", a.sod_sha256},
          {"report_sha256", a.report_sha256},
          {"issue", base::to_iso(a.issue)},
          {"at", base::to_rfc3339(a.at)},
          {"verdict", "GENUINE"}};
}

namespace {

std::optional<Acceptance> from_json(const nlohmann::json& json) {
  try {
    const auto text = [&](const char* name) { return json.at(name).get<std::string>(); };
    const auto issue = base::parse_iso_date(text("issue"));
    const auto at = base::parse_rfc3339(text("at"));
    if (json.size() != 10 || text("verdict") != "GENUINE" || !issue || !at) return std::nullopt;
    return Acceptance{.case_id = text("case"),
                      .order_sha256 = text("order_sha256"),
                      .serial = text("serial"),
                      .replaces = text("replaces"),
                      .reason = text("reason"),
                      .sod_sha256 = text("sod_sha256"),
                      .report_sha256 = text("report_sha256"),
                      .issue = *issue,
                      .at = *at};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // a field is missing or of another type: no acceptance
  }
}

}  // namespace

std::variant<AcceptedCard, base::Findings> open_acceptance(std::string jws, base::ByteView station_key,
                                                           std::string_view case_id) {
  const auto payload = evidence::open_statement(jws, "acceptance", station_key);
  auto content = payload ? from_json(*payload) : std::nullopt;
  if (!content || content->case_id != case_id) {
    base::Findings findings;
    findings.fail(
        "ACCEPTANCE_NOT_TRUSTED", "acceptance",
        "Không có xác nhận kiểm tra thẻ do trạm ký / the station's key signed no acceptance of this case's card");
    return findings;
  }
  return AcceptedCard(std::move(*content), std::move(jws));
}

}  // namespace cases
