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
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"

namespace x509::issue {

inline constexpr std::chrono::days kLongestCrl{90};      // §4.1.5
inline constexpr std::chrono::hours kShortestPause{48};  // between two lists without a new revocation

struct CrlOrder {
  const format::Certificate& csca;                  // the newest, whose key signs
  std::vector<format::Name> former_names;           // of this authority, other than csca's subject
  std::int64_t number = 0;                          // reserved in ca.db
  std::vector<format::RevokedCertificate> revoked;  // every one, whatever key or name issued it
  base::Moment now, next_update;
};
format::CrlBody crl_draft(const CrlOrder& order);

struct CrlContext {
  const format::Certificate& csca;              // whose key signs
  base::Moment now;                             // when it is signed
  const format::Crl* previous = nullptr;        // the last one of this authority; null: this is the first
  const format::Certificate* newest = nullptr;  // the newest CSCA of the authority; null: csca is
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

// Judges the DER that would be signed. Findings, all of severity fail: CRL_SIGALG_EQUAL, CRL_ISSUER_COUNTRY,
// CRL_ISSUER_IS_CSCA, CRL_NEXT_UPDATE_PRESENT, CRL_MAX_90_DAYS, CRL_MIN_48_HOURS, CRL_THIS_UPDATE_GROWS,
// CRL_AKI_PRESENT, CRL_AKI_MATCHES_CSCA, CRL_NUMBER_PRESENT, CRL_NUMBER_GROWS, CRL_EXTENSION_FORBIDDEN,
// CRL_KEEPS_OLD_ENTRIES, CRL_SERIAL_ONCE, CRL_NEWEST_KEY, CRL_SIGNER_USAGE.
std::variant<LintedCrl, base::Findings> lint(const format::CrlBody& draft, const CrlContext& context);

// The list, DER. csca: the certificate of the key, DER. Error{FixConfiguration} when the key is not the CSCA's;
// Error{TreatAsAttack} when OpenSSL does not confirm the finished list.
base::Bytes sign(LintedCrl permit, const keystore::SigningKey& csca_key, base::ByteView csca);

}  // namespace x509::issue
