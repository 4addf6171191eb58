#pragma once
// Signs CV certificates and requests. lint() looks at the draft and returns a permit; sign() spends it, once.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/cvc/format/certificate.h"
#include "pki/keystore/signing_key.h"

namespace cvc::issue {

struct LintContext {
  const format::Certificate* issuer = nullptr;  // nullptr: the draft is a self-signed CVCA
  // The issuer's key with the parameters it inherits; of a self-signed CVCA its own.
  format::PublicKey issuer_key;
  // Of the holder, with parameters, as its request had it (its certificate leaves them out).
  format::PublicKey holder_key;
  base::Date today;
};

class LintedCertificate {
 public:
  LintedCertificate(LintedCertificate&& other) noexcept
      : body_(std::exchange(other.body_, {})), key_(other.key_), remarks_(std::move(other.remarks_)) {}
  LintedCertificate& operator=(LintedCertificate&&) = delete;
  const base::Findings& remarks() const { return remarks_; }
  const base::Bytes& to_be_signed() const { return body_; }  // 7F4E

 private:
  friend std::variant<LintedCertificate, base::Findings> lint(const format::Body&, const LintContext&);
  friend base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer);
  LintedCertificate(base::Bytes body, format::PublicKey key, base::Findings remarks)
      : body_(std::move(body)), key_(std::move(key)), remarks_(std::move(remarks)) {}
  base::Bytes body_;
  format::PublicKey key_;  // the issuer's
  base::Findings remarks_;
};

// Judges the octets that would be signed by the table of rules (pki/lint/rule.h); what does not read back strictly is
// CVC_FIELD_ORDER.
std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context);

// The certificate (7F21). Error{FixConfiguration} when the key is not the issuer's; Error{TreatAsAttack} as
// SigningKey::sign_digest throws it.
base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer);

// A request for this key under the name `holder`, to the authority of that name (empty: it does not say). The inner
// signature is the key's own.
base::Bytes make_request(const keystore::SigningKey& key, const std::string& holder, const std::string& authority);
// The same with an outer signature by the key that it succeeds, whose certificate's holder reference is `previous`.
base::Bytes countersign(base::ByteView request, const keystore::SigningKey& previous_key, const std::string& previous);

}  // namespace cvc::issue
