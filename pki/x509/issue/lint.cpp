#include "pki/lint/rule.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/calendar.h"
#include "pki/x509/issue/crl.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

namespace {

base::Bytes whole_of(const format::Certificate& certificate) {
  return format::assemble(certificate.tbs, certificate.signature_algorithm, certificate.signature);
}

::lint::Kind kind_for_rules(Kind kind) {
  switch (kind) {
    case Kind::Csca:
      return ::lint::Kind::CscaRoot;
    case Kind::CscaLink:
      return ::lint::Kind::CscaLink;
    case Kind::DocumentSigner:
      return ::lint::Kind::DocumentSigner;
    case Kind::MasterListSigner:
      return ::lint::Kind::MasterListSigner;
    case Kind::SealSigner:
      break;
  }
  return ::lint::Kind::SealSigner;
}

// What the profile chose, in the table's words. signing_key: SubjectPublicKeyInfo.
::lint::Policy policy_of(const LintContext& context, base::ByteView signing_key) {
  const Profile& profile = context.profile;
  ::lint::Policy policy{.document_months = 12 * profile.card_validity.longest_years(),
                        .slack = kSlack,
                        .signer_use_months = profile.signer_key_use_months,
                        .least_rsa_bits = kLeastRsaBits,
                        .least_ec_bits = kLeastEcBits};
  if (context.what() == Kind::SealSigner && profile.seal_signer) {
    policy.document_months = profile.seal_signer->document_months;
    policy.signer_use_months = profile.seal_signer->key_use_months;
  }
  policy.signature_algorithm = signature_algorithm_of(signing_key).identifier;
  return policy;
}

}  // namespace

std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context) {
  base::Findings findings;
  LintedCertificate permit;
  permit.tbs_ = format::encode(draft);
  permit.signature_algorithm_ = draft.signature_algorithm;
  permit.issuer_key_ = context.csca == nullptr ? draft.public_key : context.csca->body.public_key;
  try {
    // The octets are judged, not the draft: what a strict reader does not read back is not signed.
    (void)format::parse_certificate(format::assemble(permit.tbs_, draft.signature_algorithm, base::Bytes{0}));
    const ::lint::Policy policy = policy_of(context, permit.issuer_key_);
    const base::Bytes issuer = context.csca == nullptr ? base::Bytes{} : whole_of(*context.csca);
    findings = ::lint::lint_to_be_signed(permit.tbs_, {.kind = kind_for_rules(context.what()),
                                                       .issuer = issuer,
                                                       .history = context.history,
                                                       .policy = &policy,
                                                       .as_of = context.now});
    if (!keystore::kind_of_public_key(draft.public_key)) {
      findings.fail(
          "CERT_KEY_KIND", "certificate",
          "The key is none that is certified here: P-256, -384, -521, brainpoolP256r1, -384r1, -512r1, RSA of "
          "3072 or 4096 bits with an exponent from 65537.");
    }
  } catch (const asn1::Malformed& what) {
    findings.fail("CERT_DER", "certificate", fmt::format("It does not read back: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  permit.remarks_ = std::move(findings);
  return permit;
}

std::variant<LintedCrl, base::Findings> lint(const format::CrlBody& draft, const CrlContext& context) {
  LintedCrl permit;
  permit.tbs_ = format::encode(draft);
  base::Findings findings;
  try {
    // What is judged is what is signed, not what somebody thinks he wrote.
    (void)format::parse_crl_body(permit.tbs_);
    const ::lint::Policy policy{.signature_algorithm = signature_algorithm_of(context.csca.body.public_key).identifier};
    const base::Bytes issuer = whole_of(context.csca);
    findings = ::lint::lint_to_be_signed(permit.tbs_, {.kind = ::lint::Kind::Crl,
                                                       .issuer = issuer,
                                                       .history = context.history,
                                                       .policy = &policy,
                                                       .as_of = context.now});
  } catch (const asn1::Malformed& what) {
    findings.fail("CRL_MALFORMED", "revocation list", fmt::format("It cannot be read back: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  permit.issuer_key_ = context.csca.body.public_key;
  return permit;
}

}  // namespace x509::issue
