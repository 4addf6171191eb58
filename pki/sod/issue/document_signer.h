#pragma once
// Makes EF.SOD: CMS SignedData (RFC 5652 as 9303-10 Table 37 profiles it), DER by pki/asn1, signature by Botan or a
// token. lint() looks at what is about to be signed and returns a permit; sign() spends it.

#include <map>
#include <memory>
#include <optional>
#include <variant>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace sod::issue {

class DocumentSigner {
 public:
  // certificate: the DS certificate, DER, of this key (Error{FixConfiguration} when they do not fit).
  DocumentSigner(std::unique_ptr<keystore::SigningKey> key, base::Bytes certificate);
  ~DocumentSigner();
  const base::Bytes& certificate() const { return certificate_; }

 private:
  friend class LintedHashes;
  friend base::Bytes sign(class LintedHashes permit, const DocumentSigner& signer);
  std::unique_ptr<keystore::SigningKey> key_;
  base::Bytes certificate_;
};

// A permit to sign these hashes once: move-only, made by lint() alone.
class LintedHashes {
 public:
  LintedHashes(LintedHashes&&) noexcept = default;
  LintedHashes& operator=(LintedHashes&&) noexcept = default;
  const std::map<int, base::Bytes>& hashes() const { return hashes_; }

 private:
  friend std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes>, const DocumentSigner&,
                                                         base::Moment, std::optional<base::Date>);
  explicit LintedHashes(std::map<int, base::Bytes> hashes) : hashes_(std::move(hashes)) {}
  std::map<int, base::Bytes> hashes_;
};

// hashes: data group number -> SHA-256 of the file. card_expiry nullopt: a card without end (docs/decisions). Findings:
// LDSO_DG1_DG2, LDSO_HASH_LENGTH, SIGNER_OUTSIDE_USAGE_PERIOD, CARD_OUTLIVES_DS.
std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes> hashes, const DocumentSigner& signer,
                                                base::Moment now, std::optional<base::Date> card_expiry);

// EF.SOD, whole file (tag 77).
base::Bytes sign(LintedHashes permit, const DocumentSigner& signer);

}  // namespace sod::issue
