#pragma once
// How many signatures a key may make in its whole life. The count belongs to the key and not to a program: it stands in
// the token beside it, or in a file beside the key file (docs/formats/keys.md), and each use is counted, durably,
// before the key is asked. A power cut counts one too many and never one too few.

#include <cstdint>
#include <optional>
#include <string>

#include "pki/base/core/secret.h"

namespace keystore {

struct UseLimit {
  std::int64_t limit = 0;
  std::int64_t uses = 0;  // signatures that the key was asked for since it has a limit
};

// nullopt: the key has no limit. Errors as keystore::open.
std::optional<UseLimit> use_limit(const std::string& address, const base::Secret& secret);

// Gives a key its limit, at least 1, or lowers the one it has; what was counted stays. Whoever opened the key before
// does not see it. Error{FixConfiguration} when it would be raised: a worn key is not made fresh by a command.
UseLimit limit_uses(const std::string& address, std::int64_t limit, const base::Secret& secret);

}  // namespace keystore
