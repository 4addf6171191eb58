#include <nlohmann/json.hpp>

#include "issuance/cases/accepted.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace cases {

std::variant<AcceptedCard, base::Findings> accept(const PrintedCard& card, const inspection::Report& report,
                                                  const keystore::SigningKey& station, base::Moment now) {
  if (report.verdict != inspection::Verdict::Genuine) {
    base::ensure(report.findings.failed(), "a card that is not genuine has a finding that fails");
    return report.findings;
  }
  const SignedLds& lds = card.chip().lds();
  const document::CardOrder& order = lds.chip().order();
  Acceptance content{.case_id = order.case_id,
                     .order_sha256 = lds.chip().approved().sha256(),
                     .serial = lds.chip().serial(),
                     .replaces = order.replaces,
                     .reason = order.reason,
                     .sod_sha256 = evidence::sha256_bytes(lds.files().at(lds::FileId::Sod)),
                     .report_sha256 = evidence::sha256_text(inspection::to_json(report).dump()),
                     .issue = lds.issue(),
                     .at = now};
  std::string jws = evidence::sign_statement("acceptance", to_json(content), station);
  return AcceptedCard(std::move(content), std::move(jws));
}

}  // namespace cases
