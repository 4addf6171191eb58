#pragma once
// A checkpoint's trust out of one file, and the memory that no older one is taken after it.

#include <filesystem>

#include "pki/trust/trust_store.h"

namespace inspection {

// pack, signer (certificate, DER or PEM) and seen are files. Throws Error{TreatAsAttack} when the pack is not the
// signer's, its number went back or stands on two packs; Error{FixConfiguration} when a file cannot be read or written.
trust::TrustStore take_pack(const std::filesystem::path& pack, const std::filesystem::path& signer,
                            const std::filesystem::path& seen);

}  // namespace inspection
