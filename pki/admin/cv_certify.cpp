#include "pki/admin/cv_certify.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/judge/signature.h"

namespace admin {

namespace {

namespace format = cvc::format;
namespace issue = cvc::issue;

// What was intended under these references and has no outcome; nullopt: nothing, or for another key.
std::optional<format::Body> unfinished(const CaBook& book, const format::Body& draft) {
  for (const CaBook::ReferenceEntry& entry : book.references()) {
    if (entry.authority != draft.authority || entry.holder != draft.holder) continue;
    if (!entry.certificate.empty() || entry.body.empty()) return std::nullopt;
    format::Body intended = format::parse_certificate(format::assemble(entry.body, base::Bytes{0})).body;
    if (intended.key == draft.key) return intended;
  }
  return std::nullopt;
}

void read_back(const base::Bytes& certificate, const format::PublicKey& issuer_key) {
  const auto read = format::parse_certificate(certificate);
  if (cvc::judge::VerifyingKey(issuer_key).verifies(read.signed_part, read.signature)) return;
  throw base::Error(base::Fault::TreatAsAttack, "signing a CV certificate",
                    "OpenSSL does not confirm the certificate that was just made; nothing was given out. Stop using "
                    "this key and this machine until the cause is known");
}

}  // namespace

Issued certify_card_verifiable(const format::Body& draft, const issue::LintContext& context,
                               const keystore::SigningKey& issuer, CaBook& book, std::string_view purpose) {
  Issued issued;
  const auto before = unfinished(book, draft);
  auto linted = issue::lint(before ? *before : draft, context);
  if (auto* const refused = std::get_if<base::Findings>(&linted)) {
    issued.findings = std::move(*refused);
    return issued;
  }
  auto& permit = std::get<issue::LintedCertificate>(linted);
  issued.findings = permit.remarks();
  if (!before) book.reserve_reference(draft.authority, draft.holder, purpose, permit.to_be_signed());
  issued.certificate = issue::sign(std::move(permit), issuer);
  read_back(issued.certificate, context.issuer_key);
  book.record_reference(draft.authority, draft.holder, issued.certificate);
  return issued;
}

}  // namespace admin
