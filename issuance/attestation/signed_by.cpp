#include "issuance/attestation/signed_by.h"

#include "pki/evidence/statement.h"

namespace attestation {

bool is_base64url_of(std::string_view text, std::size_t bytes) {
  const auto parsed = base::parse_base64url(text);
  return parsed && parsed->size() == bytes;
}

std::optional<SignedBy> open_signed(const std::string& jws, std::string_view type, const OfficerBook& officers) {
  const auto key_id = evidence::claimed_key_id(jws);
  const Officer* const officer = key_id ? officers.by_key(*key_id) : nullptr;
  if (officer == nullptr) return std::nullopt;
  auto payload = evidence::open_statement(jws, type, officer->public_key);
  if (!payload) return std::nullopt;
  return SignedBy{std::move(*payload), officer};
}

void check_office(const Officer& officer, const ClaimedOffice& claimed, base::Findings& findings) {
  if (claimed.account != officer.account || claimed.office != officer.office || claimed.force != officer.force) {
    findings.fail("ATTESTATION_OFFICE_DIFFERS", "office",
                  "account, office or force are not those of the key's officer in the register's book");
  }
  const base::Date day = base::date_in_viet_nam(claimed.at);
  if (day < officer.since || (officer.until && day > *officer.until)) {
    findings.fail("ATTESTATION_OUT_OF_TERM", "at", "the officer did not serve at that office on that day");
  }
}

}  // namespace attestation
