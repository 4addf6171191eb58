#include "issuance/attestation/attestation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/attestation/signed_by.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/json_fields.h"

namespace attestation {

namespace {

constexpr std::chrono::minutes kClockSkew{5};

}  // namespace

bool is_kind(std::string_view text) {
  return std::ranges::find(kKinds, text) != kKinds.end();
}

bool is_evidence(std::string_view text) {
  return std::ranges::find(kEvidence, text) != kEvidence.end();
}

nlohmann::json to_json(const Attestation& a) {
  return {{"number", a.number},
          {"kind", a.kind},
          {"late", a.late},
          {"account", a.account},
          {"office", a.office},
          {"force", a.force},
          {"evidence", a.evidence},
          {"evidence_sha256", a.evidence_sha256},
          {"at", base::to_rfc3339(a.at)},
          {"nonce", a.nonce}};
}

std::optional<Attestation> attestation_from_json(const nlohmann::json& json) {
  try {
    document::JsonFields fields(json, "attestation");
    Attestation a{.number = fields.text("number"),
                  .kind = fields.text("kind"),
                  .late = fields.truth("late"),
                  .account = fields.text("account"),
                  .office = fields.text("office"),
                  .force = fields.text("force"),
                  .evidence = fields.text("evidence"),
                  .evidence_sha256 = fields.text("evidence_sha256"),
                  .at = fields.moment("at"),
                  .nonce = fields.text("nonce")};
    fields.end();
    const bool known = document::CitizenNumber::parse(a.number) && is_kind(a.kind) && is_force(a.force) &&
                       is_evidence(a.evidence) && is_name(a.account) && is_name(a.office) &&
                       is_base64url_of(a.evidence_sha256, kSha256Bytes) && is_base64url_of(a.nonce, kNonceBytes);
    return known ? std::optional(std::move(a)) : std::nullopt;
  } catch (const base::Error&) {  // the statement is foreign, so this is an answer
    return std::nullopt;
  }
}

std::string sign(const Attestation& attestation, const keystore::SigningKey& officer) {
  return evidence::sign_statement("attestation", to_json(attestation), officer);
}

std::variant<Opened, base::Findings> open(const std::string& jws, const OfficerBook& officers) {
  base::Findings findings;
  const auto signed_by = open_signed(jws, "attestation", officers);
  if (!signed_by) {
    findings.fail(
        "ATTESTATION_NOT_TRUSTED", "statement",
        "no officer of the register's book signed it; the operator enters officers (cccd-registry officer add)");
    return findings;
  }
  auto content = attestation_from_json(signed_by->payload);
  if (!content) {
    findings.fail("ATTESTATION_MALFORMED", "statement", "an officer signed it, but it is no attestation");
    return findings;
  }
  check_office(*signed_by->officer, {content->account, content->office, content->force, content->at}, findings);
  if (findings.failed()) return findings;
  return Opened{std::move(*content), signed_by->officer->person, evidence::sha256_text(jws)};
}

void check_time(const Attestation& attestation, base::Moment now, base::Findings& findings) {
  if (attestation.at <= now + kClockSkew && now <= attestation.at + kLongestOnTheWay) return;
  findings.fail("ATTESTATION_STALE", "at",
                "it was made more than seven days ago or in the future; the officer signs a new one");
}

std::vector<document::Attested> attested(std::span<const Opened> statements, std::span<const document::Attested> batch,
                                         base::Date birth) {
  std::optional<base::Moment> first_birth;
  for (const Opened& one : statements) {
    if (one.content.kind == "birth" && (!first_birth || one.content.at < *first_birth)) first_birth = one.content.at;
  }
  const bool heard_late =
      batch.empty() && first_birth &&
      std::chrono::sys_days{base::date_in_viet_nam(*first_birth)} > std::chrono::sys_days{birth} + kTimely;
  std::vector<document::Attested> all(batch.begin(), batch.end());
  for (const Opened& one : statements) {
    const Attestation& a = one.content;
    all.push_back({.kind = a.kind,
                   .late = a.late || (a.kind == "birth" && heard_late),
                   .office = a.office,
                   .force = a.force,
                   .officer = one.person,
                   .evidence = a.evidence,
                   .on = base::to_iso(base::date_in_viet_nam(a.at)),
                   .statement_sha256 = one.sha256});
  }
  std::ranges::stable_sort(all, {}, &document::Attested::on);
  return all;
}

}  // namespace attestation
