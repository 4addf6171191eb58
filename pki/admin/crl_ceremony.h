#pragma once
// Revocation lists of one authority, out of its book (docs/formats/crl.md). The number is reserved before anything is
// signed, the list stands in ca.db before it is published, and the published file is replaced whole or not at all.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pki/admin/ca_book.h"
#include "pki/admin/ceremony.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/certificate.h"

namespace admin {

struct CrlCeremony {
  std::filesystem::path book;         // ca.db
  std::filesystem::path certificate;  // of the CSCA whose key signs: the newest
  std::string key;                    // a file, or pkcs11:token=…;object=…
  base::Secret password;              // of the key
  std::chrono::days until_next{30};   // when the next list is announced for
  std::filesystem::path out;          // where the list is published
};

struct IssuedCrl {
  base::Findings findings;  // why not, when nothing was made
  base::Bytes crl;          // DER, empty when lint() refused
  bool published_again = false;
  bool made() const { return !crl.empty(); }
};

// Signs and publishes the next list. When the last one is younger than 48 hours, nothing was revoked since, and `out`
// does not hold it (the disk was full, the file was lost), that one is published again and nothing is signed.
IssuedCrl issue_crl(const CrlCeremony& ceremony, const World& world);

// The same under a key that is open, into memory: the number is reserved, the list signed and recorded.
IssuedCrl make_crl(CaBook& book, const x509::format::Certificate& csca, const keystore::SigningKey& key,
                   std::chrono::days until_next, const World& world);

// Enters a revocation in the book; the next list carries it. Revoking a CSCA certificate revokes those to which a link
// certificate leads from it (9303-12 §4.1.5.1). Returns the numbers revoked, the one asked for first.
std::vector<base::Bytes> revoke_certificate(const std::filesystem::path& book, base::ByteView serial,
                                            std::string_view reason, const World& world);

}  // namespace admin
