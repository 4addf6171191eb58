#pragma once
// One X.509 certificate under an authority's book, in the order that no crash can spoil: lint, reserve the number,
// write down what will be signed, sign, record.

#include <functional>

#include "pki/admin/ca_book.h"
#include "pki/admin/issued.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/issue/issue.h"

namespace admin {

struct Certification {
  x509::issue::Kind kind;
  const x509::format::Certificate* issuer;  // null: a root, which its own key signs
  const keystore::SigningKey& key;          // of the issuer
  const x509::issue::Profile& profile;
  base::Moment now;
  std::function<x509::format::Body(const base::Bytes& serial)> draft;
};

// What the book says was issued before: numbers, the names of the CSCA and the newest of its certificates that is not
// revoked, the last CRL, and card-verifiable certificates.
lint::History history_of(const CaBook& book);

// What lint() says, with a stand-in for the number; nothing is reserved.
base::Findings lint_only(const Certification& what, const lint::History* history = nullptr);
// The same with what the book knows: what was issued before, which key is the newest, and CSCA_REVOKED when the
// issuer's certificate is revoked.
base::Findings judge_before_signing(const Certification& what, const CaBook& book);
// Of that, what concerns the CSCA alone and is known before anything is drafted: CSCA_REVOKED when its certificate is
// revoked in the book, KEYS_NEWEST_KEY_SIGNS when another one's is newer.
base::Findings judge_issuer(const x509::format::Certificate& csca, const CaBook& book);
// issued.made() is false when judge_before_signing() refuses; then nothing was reserved either.
Issued certify(const Certification& what, CaBook& book, base::Random& random);

// The same up to the signature, where something else has to be done before the book says that the certificate is there:
// the number is reserved and the intent written down, and book.record(serial, issued.certificate) is the caller's.
struct Signed {
  Issued issued;
  base::Bytes serial;
};
Signed sign_certificate(const Certification& what, CaBook& book, base::Random& random);

// The certificate is one of the book's own. Error{FixConfiguration} when not: the book is another authority's, would
// give out numbers that this one has used, and knows nothing of what it issued.
void refuse_other_book(const CaBook& book, const x509::format::Certificate& authority,
                       const std::filesystem::path& file, std::string_view doing);

// The one certificate of a file, DER or PEM. Error{FixConfiguration} that names the file. The second: of what was read
// from it already.
x509::format::Certificate read_certificate(const std::filesystem::path& file, std::string_view doing);
x509::format::Certificate read_certificate(base::ByteView content, const std::filesystem::path& file,
                                           std::string_view doing);

}  // namespace admin
