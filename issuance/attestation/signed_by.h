#pragma once
// What attestations and sources share: a statement opened with the key of an officer of the book, and whether what it
// says of the officer is what the book says.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "issuance/attestation/officers.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"

namespace attestation {

inline constexpr std::size_t kNonceBytes = 16;
inline constexpr std::size_t kSha256Bytes = 32;
bool is_base64url_of(std::string_view text, std::size_t bytes);

struct SignedBy {
  nlohmann::json payload;
  const Officer* officer = nullptr;  // of the book that was asked
};
// nullopt: no officer of the book signed a statement of this type.
std::optional<SignedBy> open_signed(const std::string& jws, std::string_view type, const OfficerBook& officers);

struct ClaimedOffice {
  std::string_view account, office, force;
  base::Moment at;
};
// ATTESTATION_OFFICE_DIFFERS, ATTESTATION_OUT_OF_TERM.
void check_office(const Officer& officer, const ClaimedOffice& claimed, base::Findings& findings);

}  // namespace attestation
