// The rules of 9303-12 Tables 9 and 10 and §4.1.5 on a revocation list that is about to be signed.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "pki/asn1/tlv.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/crl.h"

namespace x509::issue {

namespace {

const asn1::Oid kDeltaCrlIndicator{"2.5.29.27"};
const asn1::Oid kIssuingDistributionPoint{"2.5.29.28"};

// What a rule sees.
struct List {
  const format::CrlBody& body;
  const CrlContext& context;
  base::Findings& findings;
  void fail(const char* code, std::string text) const { findings.fail(code, "revocation list", std::move(text)); }
};

std::int64_t number_of(const format::CrlBody& body) {
  const auto* const extension = body.find(format::oid::kCrlNumber);
  if (extension == nullptr) throw asn1::Malformed("a list has no CRL number");
  return format::parse_crl_number(extension->value);
}

void check_issuer(const List& list) {
  const auto countries = list.body.issuer.all_of(format::oid::kCountryName);
  const bool good = countries.size() == 1 && countries.front()->string_type == format::kPrintableString &&
                    std::ranges::all_of(countries.front()->value, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!good) list.fail("CRL_ISSUER_COUNTRY", "The issuer's country is not one PrintableString of capital letters.");
  if (!(list.body.issuer == list.context.csca.body.subject)) {
    list.fail("CRL_ISSUER_IS_CSCA", "The issuer is not called as the CSCA whose key signs.");
  }
  if (list.body.signature_algorithm != signature_algorithm_of(list.context.csca.body.public_key).identifier) {
    list.fail("CRL_SIGALG_EQUAL", "The signature algorithm is not the one of the key that signs.");
  }
}

// §4.1.4.3 and §4.1.5.1: the newest key signs, but a CSCA that is being revoked may sign its own last list.
void check_signer(const List& list) {
  const auto& csca = list.context.csca.body;
  const auto* const usage = csca.find(asn1::oid::kKeyUsage);
  constexpr auto kCrlSign = static_cast<unsigned>(format::KeyUse::CrlSign);
  const auto bits = usage == nullptr ? std::vector<unsigned>{} : format::parse_key_usage(usage->value);
  if (std::ranges::find(bits, kCrlSign) == bits.end()) {
    list.fail("CRL_SIGNER_USAGE", "The certificate of the key does not allow signing revocation lists.");
  }
  const auto* const newest = list.context.newest;
  if (newest == nullptr || newest->body.public_key == csca.public_key) return;
  const bool its_own_last = std::ranges::any_of(
      list.body.revoked, [&](const format::RevokedCertificate& one) { return one.serial == csca.serial; });
  if (!its_own_last) list.fail("CRL_NEWEST_KEY", "A newer key of the CSCA is there, and it signs all lists.");
}

void check_times(const List& list) {
  if (list.body.next_update <= list.body.this_update) {
    list.fail("CRL_NEXT_UPDATE_PRESENT", "The next list is not announced for after this one.");
  }
  if (list.body.next_update - list.body.this_update > kLongestCrl) {
    list.fail("CRL_MAX_90_DAYS", "The next list is announced for later than 90 days from now.");
  }
}

void check_extensions(const List& list) {
  for (const auto* const id : {&kDeltaCrlIndicator, &kIssuingDistributionPoint, &format::oid::kFreshestCrl}) {
    if (list.body.find(*id) != nullptr) {
      list.fail("CRL_EXTENSION_FORBIDDEN", fmt::format("The extension {} makes it no complete list.", id->dotted()));
    }
  }
  const auto* const authority = list.body.find(asn1::oid::kAuthorityKeyIdentifier);
  const auto wanted = list.context.csca.body.find(asn1::oid::kSubjectKeyIdentifier);
  const auto named = authority == nullptr ? std::nullopt : format::parse_authority_key_identifier(authority->value);
  if (!named || authority->critical) {
    list.fail("CRL_AKI_PRESENT", "There is no authority key identifier, or it is critical.");
  } else if (wanted == nullptr || *named != format::parse_subject_key_identifier(wanted->value)) {
    list.fail("CRL_AKI_MATCHES_CSCA", "The authority key identifier is not the one of the CSCA whose key signs.");
  }
  const auto* const number = list.body.find(format::oid::kCrlNumber);
  if (number == nullptr || number->critical || format::parse_crl_number(number->value) < 0) {
    list.fail("CRL_NUMBER_PRESENT", "There is no CRL number, or it is critical.");
  }
}

void check_serials(const List& list) {
  std::set<base::Bytes> seen;
  for (const format::RevokedCertificate& one : list.body.revoked) {
    if (!seen.insert(one.serial).second) {
      list.fail("CRL_SERIAL_ONCE", fmt::format("The serial number {} stands in it twice.", base::to_hex(one.serial)));
    }
  }
}

// What was published before binds: numbers and days grow, nobody is taken off, and 48 hours lie between two lists that
// revoke the same.
void check_history(const List& list) {
  if (list.context.previous == nullptr) return;
  const format::CrlBody& before = list.context.previous->body;
  if (list.body.find(format::oid::kCrlNumber) != nullptr && number_of(list.body) <= number_of(before)) {
    list.fail("CRL_NUMBER_GROWS", fmt::format("The number is not above {}, the last one's.", number_of(before)));
  }
  if (list.body.this_update <= before.this_update) {
    list.fail("CRL_THIS_UPDATE_GROWS", fmt::format("The last list is of {}, which is not before this one.",
                                                   base::to_rfc3339(before.this_update)));
  }
  std::set<base::Bytes> now, earlier;
  for (const auto& one : list.body.revoked) now.insert(one.serial);
  for (const auto& one : before.revoked) earlier.insert(one.serial);
  if (!std::ranges::includes(now, earlier)) {
    list.fail("CRL_KEEPS_OLD_ENTRIES", "A certificate that the last list revoked is missing.");
  }
  if (now == earlier && list.body.this_update < before.this_update + kShortestPause) {
    list.fail("CRL_MIN_48_HOURS", fmt::format("It revokes nothing new, and the last list is of {}, less than 48 hours "
                                              "ago.",
                                              base::to_rfc3339(before.this_update)));
  }
}

// The table that judges anybody's lists judges ours as well; what the checks above have said is not said twice.
void check_table(base::ByteView tbs, const CrlContext& context, base::Findings& findings) {
  const auto& csca = context.csca;
  const base::Bytes issuer = format::assemble(csca.tbs, csca.signature_algorithm, csca.signature);
  const ::lint::Context beside{.kind = ::lint::Kind::Crl, .issuer = issuer};
  const base::Findings said = ::lint::lint_to_be_signed(tbs, beside);
  for (const base::Finding& one : said.list()) {
    // A list on time is worth more than a key's usage period, which binds certificates.
    if (one.code != "CERT_ISSUED_IN_PKUP" && !findings.has(one.code)) findings.add(one);
  }
}

constexpr std::array kChecks{check_issuer, check_signer, check_times, check_extensions, check_serials, check_history};

}  // namespace

std::variant<LintedCrl, base::Findings> lint(const format::CrlBody& draft, const CrlContext& context) {
  LintedCrl permit;
  permit.tbs_ = format::encode(draft);
  base::Findings findings;
  try {
    // What is judged is what is signed, not what somebody thinks he wrote.
    const format::CrlBody body = format::parse_crl_body(permit.tbs_);
    for (const auto check : kChecks) check({body, context, findings});
    check_table(permit.tbs_, context, findings);
  } catch (const asn1::Malformed& what) {
    findings.fail("CRL_MALFORMED", "revocation list", fmt::format("It cannot be read back: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  permit.issuer_key_ = context.csca.body.public_key;
  return permit;
}

}  // namespace x509::issue
