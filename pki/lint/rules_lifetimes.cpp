// 9303-12 §4.1, Table 1: how long keys sign, and what a certificate has to outlive.

#include <array>

#include "pki/base/core/months.h"
#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Moment;
using base::Severity;

struct Usage {
  std::optional<Moment> begins, ends;
};

// PrivateKeyUsagePeriod: [0] notBefore, [1] notAfter, GeneralizedTime.
std::optional<Moment> bound(const Node& period, asn1::Tag tag) {
  const Node* const found = period.find(tag);
  if (found == nullptr) return std::nullopt;
  Node time = *found;
  time.tag = 0x18;
  return time_of(&time);
}

std::optional<Usage> usage_of(const CertificateView& certificate) {
  const ExtensionView* const period = certificate.find(asn1::oid::kPrivateKeyUsagePeriod);
  if (period == nullptr || !period->value) return std::nullopt;
  return Usage{bound(*period->value, 0x80), bound(*period->value, 0x81)};
}

std::optional<std::string> check_form(const Input& in) {
  const ExtensionView* const period = in.certificate->find(asn1::oid::kPrivateKeyUsagePeriod);
  if (period == nullptr) return std::nullopt;
  bool good = period->value && period->value->tag == 0x30 && !period->value->children.empty();
  if (good) {
    for (const Node& child : period->value->children) {
      Node time = child;
      time.tag = 0x18;
      good = good && (child.tag == 0x80 || child.tag == 0x81) && is_der_time(time);
    }
  }
  return fires_if(!good, "PrivateKeyUsagePeriod is not one or two times without fraction.");
}

// The usage period, what is left open taken from the validity; nullopt when either cannot be read.
std::optional<std::pair<Moment, Moment>> use_of(const CertificateView& certificate) {
  const auto usage = usage_of(certificate);
  const auto begins = certificate.not_before(), ends = certificate.not_after();
  if (!usage || !begins || !ends) return std::nullopt;
  return std::pair{usage->begins.value_or(*begins), usage->ends.value_or(*ends)};
}

std::optional<std::string> check_within(const Input& in) {
  const auto use = use_of(*in.certificate);
  if (!use) return std::nullopt;
  const bool inside = use->first >= *in.certificate->not_before() && use->second <= *in.certificate->not_after();
  return fires_if(!inside || use->first >= use->second, "The key's usage period does not lie inside the validity.");
}

std::optional<std::string> check_ds_use(const Input& in) {
  const auto use = use_of(*in.certificate);
  return fires_if(use && use->second > base::add_months(use->first, 3),
                  "A document signer's key is used for three months at most.");
}

std::optional<std::string> check_csca_use(const Input& in) {
  const auto use = use_of(*in.certificate);
  return fires_if(
      use && (use->second < base::add_months(use->first, 36) || use->second > base::add_months(use->first, 60)),
      "A CSCA key is used for three to five years.");
}

bool ends_before(const Input& in, Moment due) {
  const auto ends = in.certificate->not_after();
  return ends && *ends < due;
}

Moment last_document_ends(Moment signed_last, const Policy& policy) {
  return base::add_months(signed_last, policy.document_months) + policy.slack;
}

std::optional<std::string> check_covers_documents(const Input& in) {
  const Policy* const policy = in.context.policy;
  const auto use = use_of(*in.certificate);
  if (policy == nullptr || policy->document_months == 0 || !use) return std::nullopt;
  return fires_if(ends_before(in, last_document_ends(use->second, *policy)),
                  "The signer's certificate ends before the longest document that it signs last.");
}

// Without PrivateKeyUsagePeriod (9303-12 Table 8) the key's use is the policy's.
std::optional<std::string> check_seal_covers(const Input& in) {
  const Policy* const policy = in.context.policy;
  const auto begins = in.certificate->not_before();
  if (policy == nullptr || policy->document_months == 0 || !begins) return std::nullopt;
  const Moment used_last = base::add_months(*begins, policy->signer_use_months);
  return fires_if(ends_before(in, last_document_ends(used_last, *policy)),
                  "The seal signer's certificate ends before the longest document that it seals last.");
}

std::optional<std::string> check_covers_issued(const Input& in) {
  const Policy* const policy = in.context.policy;
  const auto use = use_of(*in.certificate);
  if (policy == nullptr || policy->document_months == 0 || !use) return std::nullopt;
  const Moment signer_signs_last = base::add_months(use->second, policy->signer_use_months);
  return fires_if(ends_before(in, last_document_ends(signer_signs_last, *policy)),
                  "The CSCA ends before a document signer that it certifies at the end of its key's use.");
}

std::optional<std::string> check_outlives(const Input& in) {
  const auto mine = in.certificate->not_after();
  const auto issuers = in.issuer == nullptr ? std::nullopt : in.issuer->not_after();
  return fires_if(mine && issuers && *mine > *issuers, "The certificate ends after its CSCA's.");
}

// The moment of signing: `as_of` before we sign; for others' certificates the first moment of their validity.
std::optional<std::string> check_issued_in_use(const Input& in) {
  // A list on time is worth more than a key's usage period, which binds certificates.
  if (in.kind == Kind::Crl && in.context.purpose == Purpose::Write) return std::nullopt;
  const auto usage = in.issuer == nullptr ? std::nullopt : usage_of(*in.issuer);
  std::optional<Moment> when;
  if (in.context.purpose == Purpose::Write) when = in.context.as_of;
  if (!when && in.crl != nullptr) when = time_of(in.crl->this_update);
  if (!when && in.certificate != nullptr) when = in.certificate->not_before();
  if (!usage || !when) return std::nullopt;
  const bool outside = (usage->begins && *when < *usage->begins) || (usage->ends && *when > *usage->ends);
  return fires_if(outside, "The CSCA's key may not sign then: its usage period has not begun or is over.");
}

// In whole months, from the first to the last second.
bool validity_is(const Input& in, int least_months, int most_months) {
  const auto begins = in.certificate->not_before(), ends = in.certificate->not_after();
  if (!begins || !ends) return true;
  const auto last = *ends + std::chrono::seconds(1);  // the last second counts
  return last >= base::add_months(*begins, least_months) &&
         (most_months == 0 || *ends <= base::add_months(*begins, most_months));
}

std::optional<std::string> check_ten_years(const Input& in) {
  return fires_if(!validity_is(in, 120, 0), "The certificate is valid for less than ten years.");
}

std::optional<std::string> check_spoc_validity(const Input& in) {
  return fires_if(!validity_is(in, 6, 18), "The certificate is not valid for 6 to 18 months.");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kDs{Kind::DocumentSigner}, kSeal{Kind::SealSigner};

const std::array kRules{
    Rule{"CERT_PKUP_FORM", kCertificates, E, E, "9303-12 Table 6",
         "notBefore and/or notAfter, each GeneralizedTime without fraction", check_form},
    Rule{"CERT_PKUP_WITHIN_VALIDITY", kCertificates, E, W, "9303-12 §4.1.1, §4.1.4",
         "the usage period lies inside the validity", check_within},
    Rule{"DS_PKUP_3_MONTHS", kDs, W, W, "9303-12 §4.1.1.2, Table 1", "usage period of three months at most",
         check_ds_use},
    Rule{"CSCA_PKUP_3_TO_5_YEARS", kCsca, W, W, "9303-12 §4.1.4.2", "usage period of 3 to 5 years", check_csca_use},
    Rule{"DS_VALIDITY_COVERS_DOCUMENTS", kDs, E, E, "9303-12 §4.1.1.1",
         "notAfter >= end of use + longest document validity (needs a policy)", check_covers_documents},
    Rule{"CSCA_VALIDITY_COVERS_ISSUED", kCsca, E, E, "9303-12 §4.1.4.1",
         "notAfter >= end of use + longest lifetime that it certifies (needs a policy)", check_covers_issued},
    Rule{"DS_OUTLIVES_CSCA", kDs, E, W, "9303-12 §4.1.4.1",
         "a document signer's notAfter <= its CSCA's (needs the issuer)", check_outlives},
    Rule{"CERT_OUTLIVES_ISSUER", kCertificates.without(kCsca | kDs), W, W, "9303-12 §4.1.4.1",
         "notAfter <= the issuing CSCA's (needs the issuer)", check_outlives},
    Rule{"CERT_ISSUED_IN_PKUP", kCertificates.without({Kind::CscaRoot}) | Kinds{Kind::Crl}, E, W, "9303-12 §4.1.4.1",
         "signed inside the issuer key's usage period (needs the issuer)", check_issued_in_use},
    Rule{"LDS2_VALIDITY_10_YEARS",
         {Kind::Lds2Signer},
         E,
         E,
         "9303-12 §4.1.2",
         "valid for ten years at least",
         check_ten_years},
    Rule{"BCS_VALIDITY_COVERS_DOCUMENTS", kSeal, E, E, "9303-12 §4.1.3.1",
         "notAfter >= end of key use + document validity (needs a policy)", check_seal_covers},
    Rule{"SPOC_VALIDITY_6_18_MONTHS", kSpoc, W, W, "9303-12 Table 1", "valid for 6 to 18 months", check_spoc_validity},
};

}  // namespace

std::span<const Rule> lifetime_rules() {
  return kRules;
}

}  // namespace lint
