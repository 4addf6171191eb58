#pragma once
// The ceremonies of the inspection PKI: a CVCA, its successor, a DV's or an inspection system's key and request, and
// the certificate under a request. Nothing is overwritten; a holder reference is in the book before anything is signed.

#include <filesystem>
#include <optional>
#include <string>

#include "pki/admin/ceremony.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/request.h"
#include "pki/keystore/signing_key.h"

namespace admin {

// An authority's folder: cvca.cvcert or dv.cvcert, the key beside it (cvca.key, dv.key) unless it is in a token, and
// ca.db. It is opened with its key's password or PIN.
struct CvAuthority {
  std::filesystem::path folder;
  std::string kind;  // "cvca", "dv"
  cvc::format::Certificate certificate;
  std::unique_ptr<keystore::SigningKey> key;
};
// key: its address when it is not the file in the folder; empty: that file. Error{FixConfiguration} when certificate
// and key are no pair.
CvAuthority open_cv_authority(const std::filesystem::path& folder, const std::string& kind, const std::string& key,
                              const base::Secret& secret);

struct NewCvKey {
  std::filesystem::path out;  // folder, made when missing
  std::string key;            // address of a key in a token; empty: a file in the folder
  base::Secret secret;        // the new key's password or PIN
  std::string holder;         // CHR
};

// cvca.cvcert, cvca.key, ca.db.
Issued create_cvca(const NewCvKey& made, keystore::Curve curve, cvc::format::Rights rights, int days,
                   const World& world);
// The successor in a folder of its own: cvca.cvcert, link.cvcert (by the old key), cvca.key; ca.db moves there, so that
// the old key certifies nobody any more (the newest key does, 9303-12 §4.1.4.3).
Issued succeed_cvca(const CvAuthority& old, const NewCvKey& made, keystore::Curve curve, int days, const World& world);
// <kind>.key and <kind>.cvreq to the authority of that name. A DV's folder gets its book. Gives the request back.
// previous: the key and certificate that the new ones succeed (the request is then signed by it too).
base::Bytes request_cv(const NewCvKey& made, const std::string& kind, const std::string& authority,
                       keystore::Curve curve, const CvAuthority* previous, const World& world);

struct CvGrant {
  cvc::format::Role role = cvc::format::Role::Terminal;
  cvc::format::Rights rights;
  int days = 0;
  bool first = false;  // who asks was seen in person: no outer signature is due
};
// The certificate under a request; the book knows the keys that may sign a successor's request. The answer's findings
// are the request's (CVREQ_…) and lint()'s. Asked again for what was made already, it is the same certificate.
Issued certify_cv(const CvAuthority& authority, base::ByteView request, const CvGrant& grant, const World& world);

// Error{FixConfiguration} naming the file.
cvc::format::Certificate read_cv_certificate(const std::filesystem::path& file);

}  // namespace admin
