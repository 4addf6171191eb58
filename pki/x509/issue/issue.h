#pragma once
// A certificate comes about in three steps, and each takes the step before:  draft (from the profile)  ->  lint, which
// gives a permit or says why not  ->  sign, which spends the permit.
//
//   auto linted = lint(csca_draft(profile, key.public_key_explicit(), serial, now, years), {.now = now, …});
//   if (auto* permit = std::get_if<LintedCertificate>(&linted)) der = sign(std::move(*permit), key);

#include <optional>
#include <utility>
#include <variant>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/issue/kind.h"
#include "pki/x509/issue/profile.h"

namespace x509::issue {

// 16 random octets as a positive INTEGER that begins neither with 00 nor with a one bit (9303-12 Table 5: at most 20).
base::Bytes random_serial(base::Random& random);

// Drafts. public_key: SubjectPublicKeyInfo, EC keys with explicit parameters (9303-12 §4.1.6.3). The signature
// algorithm is the one of the key that signs (algorithm.h).

// A self-signed CSCA (9303-12 Tables 5 and 6).
format::Body csca_draft(const Profile& profile, base::Bytes public_key, base::Bytes serial, base::Moment now,
                        int longest_card_years);
// The link at a rollover (§4.1.4.3): the old CSCA certifies the key of the new root, with the new root's times and
// names; nameChange stands in it when the two are called differently (§7.1.1.5).
format::Body link_draft(const format::Certificate& old_csca, const format::Certificate& new_csca, base::Bytes serial,
                        base::Moment now);
format::Body signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                          base::Bytes serial, base::Moment now, int longest_card_years);
// Error{FixConfiguration} when the profile has no table for this signer.
format::Body master_list_signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                                      base::Bytes serial, base::Moment now);
format::Body seal_signer_draft(const Profile& profile, const format::Certificate& csca, base::Bytes public_key,
                               base::Bytes serial, base::Moment now);

// RFC 5280 §4.2.1.2 (1): SHA-1 of the public key's BIT STRING. Throws asn1::Malformed.
base::Bytes key_identifier(base::ByteView public_key_info);

// The shortest keys that are certified, in bits. Doc 9303-12 §4.1.6 names no length since its eighth edition and points
// at recognised catalogues; its earlier ones asked for these of a CSCA.
inline constexpr int kLeastRsaBits = 3072, kLeastEcBits = 256;

struct LintContext {
  const format::Certificate* csca = nullptr;  // null: the draft is a root
  base::Moment now;                           // when it is signed
  const Profile& profile;                     // card validity and months of key use
  // nullopt: a root without `csca`, else a document signer.
  std::optional<Kind> kind = std::nullopt;
  const ::lint::History* history = nullptr;  // what this CSCA issued before; null: nothing is known
  Kind what() const { return kind.value_or(csca == nullptr ? Kind::Csca : Kind::DocumentSigner); }
};

class LintedCertificate {
 public:
  LintedCertificate(LintedCertificate&& other) noexcept = default;
  LintedCertificate& operator=(LintedCertificate&& other) noexcept = default;
  const base::Findings& remarks() const { return remarks_; }  // warnings that do not stand in the way
  const base::Bytes& to_be_signed() const { return tbs_; }    // TBSCertificate, DER

 private:
  friend std::variant<LintedCertificate, base::Findings> lint(const format::Body&, const LintContext&);
  friend base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer);
  LintedCertificate() = default;
  base::Bytes tbs_;
  base::Bytes signature_algorithm_;
  base::Bytes issuer_key_;  // SubjectPublicKeyInfo that the signature has to fit
  base::Findings remarks_;
};

// Judges the DER that would be signed by the table of rules (pki/lint/rule.h, docs/lint-rules.md); what does not read
// back strictly is CERT_DER, and a key that is none of keystore::KeyKind, whoever made it, is CERT_KEY_KIND.
std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context);

// The certificate, DER. Error{FixConfiguration} when the key is not the issuer's; Error{TreatAsAttack} when OpenSSL
// does not confirm the signature.
base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer);

}  // namespace x509::issue
