#include "issuance/signing/signer_list.h"

#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/keystore/signing_key.h"

namespace signing {

std::vector<ListedSigner> read_signer_list(const std::filesystem::path& file) {
  const std::string doing = "reading the list of document signers";
  const std::filesystem::path folder = file.parent_path();
  return strict_toml::read(base::read_text_file(file, doing), file.string(), doing, [&](strict_toml::Table root) {
    std::vector<ListedSigner> signers;
    for (const strict_toml::Table& one : root.tables("signer")) {
      ListedSigner signer{folder / one.text("certificate"), one.text("key"), {}, one.number("limit", 1)};
      if (!keystore::is_token_address(signer.key)) signer.key = (folder / signer.key).string();
      if (const auto password = one.maybe_text("password_file")) signer.password_file = folder / *password;
      signers.push_back(std::move(signer));
    }
    if (signers.empty()) root.refuse("there is no [[signer]]");
    return signers;
  });
}

}  // namespace signing
