#pragma once
// signers.toml: the document signers that one cccd-signer rotates through (docs/formats/trust-directory.md).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace signing {

struct ListedSigner {
  std::filesystem::path certificate;
  std::string key;                                     // a file, or pkcs11:token=…;object=…
  std::optional<std::filesystem::path> password_file;  // none: the one for all
  std::optional<std::int64_t> limit;                   // signatures in the key's whole life
};

// In the order in which they take turns. File names are relative to the list's own folder; every signer has a limit.
// Throws Error{FixConfiguration} with file:line.
std::vector<ListedSigner> read_signer_list(const std::filesystem::path& file);

}  // namespace signing
