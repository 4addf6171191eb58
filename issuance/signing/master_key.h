#pragma once
// The card-management master key at rest: a small JSON file, sealed under the signer's password
// (docs/formats/trust-directory.md). In production it lives in a token and never in a file.

#include <filesystem>

#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace signing {

// Chips are delivered with AES-128 keys, unless others were ordered, and keep their length
// (docs/decisions/card-key-length.md).
inline constexpr std::size_t kUsualMasterKeyBytes = 16;

// octets: 16, 24 or 32 (ensure); the keys of all cards are as long. Refuses to overwrite. Mode 0600.
void make_master_key(const std::filesystem::path& file, std::size_t octets, const base::Secret& password,
                     base::Random& random);
// Throws Error{FixConfiguration} on a wrong password, a foreign file, or one that others may read.
base::Secret load_master_key(const std::filesystem::path& file, const base::Secret& password);

}  // namespace signing
