#pragma once
// Where a batch of imported records comes from: two officers of different offices and forces each sign the same
// statement about the file (JWS of type "source"), and thereby confirm birth and citizenship of everybody in it.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "issuance/attestation/officers.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/registry_answer.h"

namespace attestation {

struct SourceStatement {
  std::string id;                      // of the batch: letters, digits, '-', '_', '.', up to 64
  std::string file_sha256;             // of the whole file as it is imported, base64url
  std::int64_t persons = 0;            // records in it
  bool late = false;                   // a batch of late registrations
  std::string account, office, force;  // of the officer who signs
  std::string evidence;                // one of kEvidence
  base::Moment at;
  std::string nonce;  // 128 bits, base64url
  bool operator==(const SourceStatement&) const = default;
};

nlohmann::json to_json(const SourceStatement& statement);
std::optional<SourceStatement> source_from_json(const nlohmann::json& json);  // strict
std::string sign(const SourceStatement& statement, const keystore::SigningKey& officer);

struct Source {
  std::string id, file_sha256;
  std::int64_t persons = 0;
  bool late = false;
  std::vector<document::Attested> attested;  // birth and citizenship by each of the two officers
  std::vector<std::string> statements;       // the two JWS
};

// SOURCE_NOT_TRUSTED (a statement that no officer of the book signed, or malformed), ATTESTATION_OFFICE_DIFFERS,
// ATTESTATION_OUT_OF_TERM, SOURCE_DISAGREES (the two speak of different batches), SOURCE_ONE_SIDED (not exactly two
// officers of different persons, offices and forces).
std::variant<Source, base::Findings> open_source(const std::vector<std::string>& statements,
                                                 const OfficerBook& officers);

// {"statements": [JWS, JWS]}: the file of `cccd-registry source add`. nullopt: not of this form.
std::optional<std::vector<std::string>> read_source_file(std::string_view text);
std::string write_source_file(const std::vector<std::string>& statements);

}  // namespace attestation
