#include "pki/lint/rule.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/cvc/issue/issue.h"

namespace cvc::issue {

std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context) {
  const base::Bytes body = format::encode(draft);
  const base::Bytes unsigned_whole = format::assemble(body, base::Bytes{0});
  base::Findings findings;
  try {
    (void)format::parse_certificate(unsigned_whole);  // what a strict reader does not read back is not signed
    const ::lint::CvKeys keys{format::encode(context.issuer_key), format::encode(context.holder_key)};
    const base::Bytes& issuer = context.issuer == nullptr ? unsigned_whole : context.issuer->whole;
    findings = ::lint::lint(unsigned_whole, {.purpose = ::lint::Purpose::Write,
                                             .kind = ::lint::Kind::CvCertificate,
                                             .issuer = issuer,
                                             .as_of = std::chrono::sys_days(context.today),
                                             .signature_pending = true,
                                             .cv_keys = &keys});
  } catch (const asn1::Malformed& what) {
    findings.fail("CVC_FIELD_ORDER", draft.holder, fmt::format("it does not read back: {}", what.what()));
  }
  if (findings.failed()) return findings;
  return LintedCertificate(body, context.issuer_key, std::move(findings));
}

}  // namespace cvc::issue
