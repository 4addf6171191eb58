#include "issuance/attestation/sources.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/attestation/attestation.h"
#include "issuance/attestation/signed_by.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/json_fields.h"

namespace attestation {

namespace {

constexpr std::int64_t kMostPersons = 1'000'000'000;
constexpr std::size_t kOfficers = 2;

struct Half {
  SourceStatement content;
  std::string person, sha256;
};

bool same_batch(const SourceStatement& a, const SourceStatement& b) {
  return a.id == b.id && a.file_sha256 == b.file_sha256 && a.persons == b.persons && a.late == b.late;
}

std::optional<Half> open_half(const std::string& jws, const OfficerBook& officers, base::Findings& findings) {
  const auto signed_by = open_signed(jws, "source", officers);
  auto content = signed_by ? source_from_json(signed_by->payload) : std::nullopt;
  if (!content) {
    findings.fail("SOURCE_NOT_TRUSTED", "statement",
                  "no officer of the register's book signed it as a source; the operator enters officers "
                  "(cccd-registry officer add)");
    return std::nullopt;
  }
  check_office(*signed_by->officer, {content->account, content->office, content->force, content->at}, findings);
  return Half{std::move(*content), signed_by->officer->person, evidence::sha256_text(jws)};
}

document::Attested row(const char* kind, const Half& half) {
  return {.kind = kind,
          .late = half.content.late && std::string_view(kind) == "birth",
          .office = half.content.office,
          .force = half.content.force,
          .officer = half.person,
          .evidence = half.content.evidence,
          .on = base::to_iso(base::date_in_viet_nam(half.content.at)),
          .statement_sha256 = half.sha256};
}

}  // namespace

nlohmann::json to_json(const SourceStatement& s) {
  return {{"id", s.id},       {"file_sha256", s.file_sha256}, {"persons", s.persons},
          {"late", s.late},   {"account", s.account},         {"office", s.office},
          {"force", s.force}, {"evidence", s.evidence},       {"at", base::to_rfc3339(s.at)},
          {"nonce", s.nonce}};
}

std::optional<SourceStatement> source_from_json(const nlohmann::json& json) {
  try {
    document::JsonFields fields(json, "source");
    SourceStatement s{.id = fields.text("id"),
                      .file_sha256 = fields.text("file_sha256"),
                      .persons = 0,
                      .late = fields.truth("late"),
                      .account = fields.text("account"),
                      .office = fields.text("office"),
                      .force = fields.text("force"),
                      .evidence = fields.text("evidence"),
                      .at = fields.moment("at"),
                      .nonce = fields.text("nonce")};
    const auto& persons = fields.value("persons");
    if (!persons.is_number_integer()) return std::nullopt;
    s.persons = persons.get<std::int64_t>();
    fields.end();
    const bool known = is_name(s.id) && is_name(s.account) && is_name(s.office) && is_force(s.force) &&
                       is_evidence(s.evidence) && s.persons >= 0 && s.persons <= kMostPersons &&
                       is_base64url_of(s.file_sha256, kSha256Bytes) && is_base64url_of(s.nonce, kNonceBytes);
    return known ? std::optional(std::move(s)) : std::nullopt;
  } catch (const base::Error&) {  // the statement is foreign, so this is an answer
    return std::nullopt;
  }
}

std::string sign(const SourceStatement& statement, const keystore::SigningKey& officer) {
  return evidence::sign_statement("source", to_json(statement), officer);
}

std::variant<Source, base::Findings> open_source(const std::vector<std::string>& statements,
                                                 const OfficerBook& officers) {
  base::Findings findings;
  std::vector<Half> halves;
  for (const std::string& jws : statements) {
    if (auto half = open_half(jws, officers, findings)) halves.push_back(std::move(*half));
  }
  if (findings.failed()) return findings;
  if (halves.size() != kOfficers || halves[0].person == halves[1].person ||
      halves[0].content.office == halves[1].content.office || halves[0].content.force == halves[1].content.force) {
    findings.fail("SOURCE_ONE_SIDED", "statements",
                  "two officers of different persons, offices and forces have to sign for a batch");
    return findings;
  }
  if (!same_batch(halves[0].content, halves[1].content)) {
    findings.fail("SOURCE_DISAGREES", "statements", "the two officers signed for different batches");
    return findings;
  }
  Source source{.id = halves[0].content.id,
                .file_sha256 = halves[0].content.file_sha256,
                .persons = halves[0].content.persons,
                .late = halves[0].content.late,
                .attested = {},
                .statements = statements};
  for (const Half& half : halves) {
    for (const char* const kind : {"birth", "citizenship"}) source.attested.push_back(row(kind, half));
  }
  return source;
}

std::optional<std::vector<std::string>> read_source_file(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("statements")) return std::nullopt;
  std::vector<std::string> statements;
  if (!json["statements"].is_array()) return std::nullopt;
  for (const auto& entry : json["statements"]) {
    if (!entry.is_string()) return std::nullopt;
    statements.push_back(entry.get<std::string>());
  }
  return statements;
}

std::string write_source_file(const std::vector<std::string>& statements) {
  return nlohmann::json{{"statements", statements}}.dump(2) + "\n";
}

}  // namespace attestation
