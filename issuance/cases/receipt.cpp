#include "issuance/cases/receipt.h"

#include <nlohmann/json.hpp>

#include "pki/evidence/statement.h"

namespace cases {

namespace {

constexpr std::string_view kType = "receipt";

nlohmann::json content(std::string_view case_id, std::string_view account, std::string_view application) {
  return {{"case", case_id}, {"account", account}, {"application_sha256", evidence::sha256_text(application)}};
}

}  // namespace

std::string sign_receipt(std::string_view case_id, std::string_view account, std::string_view application,
                         base::Moment now, const keystore::SigningKey& receiver) {
  nlohmann::json payload = content(case_id, account, application);
  payload["at"] = base::to_rfc3339(now);
  return evidence::sign_statement(kType, payload, receiver);
}

base::Findings check_receipt(std::string_view jws, std::string_view case_id, const StationOfficer& receiver,
                             std::string_view application) {
  base::Findings findings;
  auto payload = evidence::open_statement(jws, kType, receiver.public_key);
  const auto at = payload ? payload->find("at") : nlohmann::json::iterator();
  const bool dated = payload && at != payload->end() && at->is_string() && base::parse_rfc3339(at->get<std::string>());
  if (dated) payload->erase("at");
  if (!dated || *payload != content(case_id, receiver.account, application)) {
    findings.fail("RECEIPT_NOT_TRUSTED", "receipt",
                  "Người tiếp nhận chưa ký nhận hồ sơ này / the officer who stands as receiver did not sign for this "
                  "application; open it anew");
  }
  return findings;
}

}  // namespace cases
