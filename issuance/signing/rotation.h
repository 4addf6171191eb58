#pragma once
// Whose turn it is: the first of the document signers offered that may sign now. A key stops by count, when it made as
// many signatures as it may in its whole life, and by time, at the end of its private key usage period (Doc 9303-12
// §4.1.1.1); the next one whose period has begun takes over.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "issuance/signing/read_back.h"
#include "issuance/signing/use_book.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/sod/issue/document_signer.h"

namespace signing {

struct OfferedSigner {
  const sod::issue::DocumentSigner& signer;  // outlives the rotation
  std::optional<std::int64_t> limit = {};    // signatures in the key's whole life; none: its usage period alone ends it
};

class Rotation {
 public:
  struct Share {
    const sod::issue::DocumentSigner* signer;
    std::optional<std::int64_t> limit;
    std::string key;  // its id: SHA-256 of SubjectPublicKeyInfo, base64url, as in the use book and the log
    ReadBack read_back;
  };

  // Enters each in the use book. Error{FixConfiguration} when none is offered, one key twice, or a certificate that
  // OpenSSL does not read.
  Rotation(db::Connection& store, std::span<const OfferedSigner> offered);

  // Findings when none is left, all of severity fail: SIGNER_USES_SPENT when a key whose time it is has reached its
  // limit, else SIGNER_OUTSIDE_USAGE_PERIOD.
  std::variant<const Share*, base::Findings> whose_turn(base::Moment now) const;
  void count(const Share& share) { book_.count(share.key); }  // inside the caller's transaction
  // Of the one whose turn it is; when none is left, of the last.
  const base::Bytes& certificate(base::Moment now) const;

 private:
  UseBook book_;
  std::vector<Share> shares_;
};

}  // namespace signing
