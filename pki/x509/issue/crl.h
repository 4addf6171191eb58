#pragma once
// Revocation lists (9303-12 §4.1.5, Tables 9 and 10), in the steps of a certificate: draft -> lint, which gives a
// permit
// -> sign, which spends it. One complete list speaks for all certificates of an authority, under all its keys and
// names, and its newest key signs it; it is issued on time even when nothing is revoked.

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"

namespace x509::issue {

inline constexpr std::chrono::days kLongestCrl{90};  // §4.1.5

struct CrlOrder {
  const format::Certificate& csca;                  // the newest, whose key signs
  std::vector<format::Name> former_names;           // of this authority, other than csca's subject
  std::int64_t number = 0;                          // reserved in ca.db
  std::vector<format::RevokedCertificate> revoked;  // every one, whatever key or name issued it
  base::Moment now, next_update;
};
format::CrlBody crl_draft(const CrlOrder& order);

struct CrlContext {
  const format::Certificate& csca;           // whose key signs
  base::Moment now;                          // when it is signed
  const ::lint::History* history = nullptr;  // the last list and the newest CSCA of this authority; null: a first list
};

class LintedCrl {
 public:
  LintedCrl(LintedCrl&& other) noexcept = default;
  LintedCrl& operator=(LintedCrl&& other) noexcept = default;
  const base::Bytes& to_be_signed() const { return tbs_; }  // TBSCertList, DER

 private:
  friend std::variant<LintedCrl, base::Findings> lint(const format::CrlBody&, const CrlContext&);
  friend base::Bytes sign(LintedCrl permit, const keystore::SigningKey& csca_key, base::ByteView csca);
  LintedCrl() = default;
  base::Bytes tbs_;
  base::Bytes issuer_key_;  // SubjectPublicKeyInfo that the signature has to fit
};

// Judges the DER that would be signed by the table of rules (pki/lint/rule.h); what does not read back strictly is
// CRL_MALFORMED.
std::variant<LintedCrl, base::Findings> lint(const format::CrlBody& draft, const CrlContext& context);

// The list, DER. csca: the certificate of the key, DER. Error{FixConfiguration} when the key is not the CSCA's;
// Error{TreatAsAttack} when OpenSSL does not confirm the finished list.
base::Bytes sign(LintedCrl permit, const keystore::SigningKey& csca_key, base::ByteView csca);

}  // namespace x509::issue
