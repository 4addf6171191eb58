#pragma once
// What one confirming officer states about one person, signed with that officer's key: a JWS of type "attestation"
// (docs/formats/attestation.md). The register keeps the statement and tells of it in its answers; sufficiency.h says
// when such statements are enough.

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "issuance/attestation/officers.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "smartcard/document/citizen_number.h"
#include "smartcard/document/registry_answer.h"

namespace attestation {

inline constexpr std::array<std::string_view, 3> kKinds{"citizenship", "birth", "residence"};
inline constexpr std::array<std::string_view, 7> kEvidence{"birth-record",         "parents-record", "court-decision",
                                                           "nationality-decision", "residence-file", "witnesses",
                                                           "declaration"};
// Luật Hộ tịch 60/2014/QH13 Đ15.1: a birth is registered within sixty days. What the register hears of a birth later is
// a late registration, whatever the statement says of itself.
inline constexpr std::chrono::days kTimely{60};

bool is_kind(std::string_view text);
bool is_evidence(std::string_view text);

struct Attestation {
  std::string number;           // the person's, twelve digits
  std::string kind;             // one of kKinds
  bool late = false;            // the birth was registered late, as the officer says
  std::string account;          // of the officer, and where that account stood then
  std::string office, force;    // as the officer book has them
  std::string evidence;         // one of kEvidence
  std::string evidence_sha256;  // of the document that was seen, base64url
  base::Moment at;
  std::string nonce;  // 128 bits, base64url
  bool operator==(const Attestation&) const = default;
};

nlohmann::json to_json(const Attestation& attestation);
// Strict: every member, none more, known words, a number that is one. nullopt on anything else.
std::optional<Attestation> attestation_from_json(const nlohmann::json& json);

// The JWS, signed with the officer's key (P-256).
std::string sign(const Attestation& attestation, const keystore::SigningKey& officer);

// A statement whose signature was verified with the key of an officer who was in force when it was made.
struct Opened {
  Attestation content;
  std::string person;  // behind the account
  std::string sha256;  // of the JWS, base64url
};

// Findings: ATTESTATION_NOT_TRUSTED (no officer of the book signed it, or not as attestation), ATTESTATION_MALFORMED,
// ATTESTATION_OFFICE_DIFFERS (account, office or force are not those of the book), ATTESTATION_OUT_OF_TERM (the officer
// did not serve on that day).
std::variant<Opened, base::Findings> open(const std::string& jws, const OfficerBook& officers);

// For a statement that comes in now: ATTESTATION_STALE when it is older than a week or from the future, so that nobody
// dates a confirmation back.
inline constexpr std::chrono::days kLongestOnTheWay{7};
void check_time(const Attestation& attestation, base::Moment now, base::Findings& findings);

// The rows of the answer. `batch`: those of the batch that the person's record came in (sources.h), empty when the
// record came in alone. Birth statements count as late when they say so, or when the register first heard of the birth
// more than kTimely after it and no batch vouches for it. Oldest first.
std::vector<document::Attested> attested(std::span<const Opened> statements, std::span<const document::Attested> batch,
                                         base::Date birth);

}  // namespace attestation
