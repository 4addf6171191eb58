#pragma once
// What an inspection demands of a card, and what it lets pass: a file that the checkpoint's administrator writes
// (docs/formats/inspection-policy.md). Passive authentication is no choice: without it nothing on a chip means
// anything.

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "pki/trust/trust_store.h"

namespace inspection {

enum class Demand {
  Always,       // a document that does not offer it is not genuine
  WhenOffered,  // performed where the document offers it; a failure is a failure
  Never,        // not performed
};

enum class BacUse {
  Never,
  WhenPaceIsNotOffered,  // by an EF.CardAccess that is missing or names nothing that this terminal speaks
  WhenPaceFails,         // also after a PACE that failed; told as a warning
};

struct Policy {
  Demand pace = Demand::WhenOffered;
  BacUse bac = BacUse::WhenPaceIsNotOffered;
  Demand active_authentication = Demand::WhenOffered;
  Demand chip_authentication = Demand::WhenOffered;
  Demand terminal_authentication = Demand::WhenOffered;  // performed only with an inspection system's key
  // Data groups that a card may keep from an inspection without rights (cccd-hardened: 13): not read, they are a note.
  std::set<int> may_be_refused = {};
  // How long a revocation list is used after the next one was due. The trust pack's own limit holds too.
  std::optional<std::chrono::hours> revocation_list_grace;
  bool operator==(const Policy&) const = default;
};

// Throws Error{FixConfiguration} with file:line for whatever is unknown or out of range.
Policy parse_policy(std::string_view toml, std::string_view origin);
Policy read_policy(const std::filesystem::path& file);

// Of the store's limit (a trust pack brings one) and the policy's the shorter holds.
void limit_freshness(trust::TrustStore& trust, const Policy& policy);

}  // namespace inspection
