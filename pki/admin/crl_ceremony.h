#pragma once
// Revocation lists of one authority, out of its book (docs/formats/crl.md). The number is reserved before anything is
// signed, the list stands in ca.db before it is published, and the published file is replaced whole or not at all, by a
// later list of the same authority alone.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pki/admin/ca_book.h"
#include "pki/admin/ceremony.h"
#include "pki/evidence/log_files.h"
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

// One list at a time (flock on ca.db.lock, waited for): of two programs that look at the book at once, both would sign,
// and the older list could be published last. Held from the look at the book until the list is published.
evidence::FolderLock lock_lists(const std::filesystem::path& book);

// Signs and publishes the next list, under lock_lists(). Error{FixConfiguration}, and nothing is signed, when `out`
// holds something else than a list of this authority, one with a higher number than the book's last, or one that
// revokes what the book does not: the book is older than what was published then. When the last one is younger than 48
// hours, nothing was revoked since, and `out` does not hold it (the disk was full, the file was lost), that one is
// published again and nothing is signed.
IssuedCrl issue_crl(const CrlCeremony& ceremony, const World& world);

// The same under a key that is open, into memory: the number is reserved, the list signed and recorded. The caller
// holds lock_lists().
IssuedCrl make_crl(CaBook& book, const x509::format::Certificate& csca, const keystore::SigningKey& key,
                   std::chrono::days until_next, const World& world);

// Enters a revocation in the book; the next list carries it. Revoking a CSCA certificate revokes its key's link and
// those to which a link certificate leads from it (9303-12 §4.1.5.1), all at once or none; those that are still to be
// are revoked when the one asked for is already. Returns the numbers that were revoked now. Throws as CaBook::revoke.
std::vector<base::Bytes> revoke_certificate(const std::filesystem::path& book, base::ByteView serial,
                                            std::string_view reason, const World& world);

}  // namespace admin
