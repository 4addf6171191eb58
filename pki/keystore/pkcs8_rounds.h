#pragma once
// The cost of guessing a key file's password. Programs have no way to choose it; tests that make many keys do.

#include "pki/base/core/password_rounds.h"
#include "pki/keystore/signing_key.h"

namespace keystore::detail {

inline constexpr std::size_t kPbkdf2Rounds = base::kPasswordRounds;

void generate_into_file(KeyKind kind, const std::filesystem::path& file, const base::Secret& password,
                        base::Random& random, std::size_t rounds);

}  // namespace keystore::detail
