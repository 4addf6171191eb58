#pragma once
// The certificates of an identity-card PKI that a CSCA signs, itself included (9303-12 §7.1): a column of Table 6 each,
// Table 8 for the seal signer.

#include <optional>
#include <string_view>

namespace x509::issue {

enum class Kind {
  Csca,              // self-signed root
  CscaLink,          // the new key, certified by the old one at a rollover
  DocumentSigner,    // signs EF.SODs
  MasterListSigner,  // signs lists of CSCAs
  SealSigner,        // signs visible digital seals ("bar code signer")
};

std::string_view kind_name(Kind kind);  // "csca", "csca-link", "ds", "master-list", "seal": as in ca.db
inline bool is_csca(Kind kind) {
  return kind == Kind::Csca || kind == Kind::CscaLink;
}

}  // namespace x509::issue
