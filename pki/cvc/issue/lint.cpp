#include <fmt/format.h>

#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/issue/issue.h"

namespace cvc::issue {

namespace {

using format::Role;

struct Subject {
  const format::Body& draft;
  const LintContext& context;
  base::Findings& findings;
  bool is_cvca() const { return draft.chat.role() == Role::Cvca; }
  void fail(const char* code, std::string text) const { findings.fail(code, draft.holder, std::move(text)); }
};

// 9303-12 Table 12, §7.2.2.2
void check_references(const Subject& subject) {
  const auto holder = format::split_reference(subject.draft.holder);
  if (!holder) {
    subject.fail("CVC_CHR_FORM",
                 "a holder reference is a country's two letters, a name of 1 to 9 characters and five of 0-9 A-Z");
    return;
  }
  const std::string& authority = subject.context.issuer ? subject.context.issuer->body.holder : subject.draft.holder;
  if (subject.draft.authority != authority) {
    subject.fail("CVC_CAR_EQUALS_ISSUER_CHR",
                 fmt::format("it names {} and {} signs", subject.draft.authority, authority));
  }
  if (holder->sequence.substr(0, 2) != authority.substr(0, 2)) {
    subject.fail("CVC_CHR_SEQUENCE_COUNTRY",
                 fmt::format("its sequence number begins with {} and its authority is of {}",
                             holder->sequence.substr(0, 2), authority.substr(0, 2)));
  }
}

// 9303-12 §7.2.2.3, §4.2.1
void check_key(const Subject& subject) {
  const format::PublicKey& key = subject.draft.key;
  if (!key.is_rsa() && key.has_parameters() != subject.is_cvca()) {
    subject.fail("CVC_DOMAIN_PARAMETERS", subject.is_cvca() ? "a CVCA's key stands with its domain parameters"
                                                            : "only a CVCA's key stands with its domain parameters");
  }
  if (subject.is_cvca()) return;  // a link may change them
  const format::PublicKey& issuer = subject.context.issuer_key;
  if (key.algorithm != issuer.algorithm || !format::same_parameters(subject.context.holder_key, issuer)) {
    subject.fail("CVC_SAME_ALGORITHM", "algorithm, parameters or key size are not its issuer's; make a key like it");
  }
}

// 9303-12 §3.2.2, 9303-10 §5.4.1
void check_authorization(const Subject& subject) {
  const format::Certificate* const issuer = subject.context.issuer;
  if (issuer == nullptr) {
    if (!subject.is_cvca()) subject.fail("CVC_ROLE_ORDER", "only a CVCA certifies itself");
    return;
  }
  const Role above = issuer->body.chat.role(), below = subject.draft.chat.role();
  const bool fits = above == Role::Cvca ? below != Role::Terminal : above != Role::Terminal && below == Role::Terminal;
  if (!fits) {
    subject.fail("CVC_ROLE_ORDER",
                 fmt::format("a {} does not certify a {}", format::role_name(above), format::role_name(below)));
  }
  if (issuer->body.chat.terminal_type != subject.draft.chat.terminal_type ||
      format::wider(subject.draft.chat, issuer->body.chat)) {
    subject.fail("CVC_RIGHTS_NOT_WIDER", "it is to read what its issuer may not");
  }
}

// 9303-12 Table 2, months at their longest
struct Range {
  int least, most;  // days
};
Range range_of(Role role) {
  switch (role) {
    case Role::Cvca:
      return {181, 1097};
    case Role::DomesticDv:
    case Role::ForeignDv:
      return {14, 93};
    case Role::Terminal:
      break;
  }
  return {1, 32};
}

void check_days(const Subject& subject) {
  const std::chrono::sys_days from(subject.draft.effective), to(subject.draft.expiration), now(subject.context.today);
  if (from > to) {
    subject.fail("CVC_DATE_FORM", "its last day stands before its first");
    return;
  }
  const auto days = (to - from).count() + 1;
  const Range range = range_of(subject.draft.chat.role());
  if (days < range.least || days > range.most) {
    subject.findings.warn("CVC_VALIDITY_RANGE", subject.draft.holder,
                          fmt::format("{} days; {} to {} are usual for it", days, range.least, range.most));
  }
  if (subject.context.issuer == nullptr) return;
  const format::Body& issuer = subject.context.issuer->body;
  if (now < std::chrono::sys_days(issuer.effective) || now > std::chrono::sys_days(issuer.expiration)) {
    subject.fail("CVC_ISSUER_NOT_VALID", fmt::format("its issuer is valid from {} to {}",
                                                     base::to_iso(issuer.effective), base::to_iso(issuer.expiration)));
  } else if (!subject.is_cvca() && to > std::chrono::sys_days(issuer.expiration)) {
    subject.fail("CVC_OUTLIVES_ISSUER",
                 fmt::format("it ends after its issuer, on {}", base::to_iso(issuer.expiration)));
  }
}

}  // namespace

std::variant<LintedCertificate, base::Findings> lint(const format::Body& draft, const LintContext& context) {
  base::Findings findings;
  const Subject subject{draft, context, findings};
  check_references(subject);
  check_key(subject);
  check_authorization(subject);
  check_days(subject);
  if (findings.failed()) return findings;
  return LintedCertificate(format::encode(draft), context.issuer_key, std::move(findings));
}

}  // namespace cvc::issue
