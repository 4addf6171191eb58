#include "pki/masterlist/issue/master_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/lint/rule.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/oids.h"

namespace masterlist::issue {

namespace {

using x509::format::Certificate;

constexpr const char* kList = "master list";
constexpr const char* kSigner = "master list signer";

bool has_key_usage(const Certificate& signer) {
  const auto* const usage = signer.body.find(asn1::oid::kKeyUsage);
  return usage != nullptr && x509::format::parse_key_usage(usage->value) ==
                                 std::vector{static_cast<unsigned>(x509::format::KeyUse::DigitalSignature)};
}

bool has_purpose(const Certificate& signer) {
  const auto* const purpose = signer.body.find(x509::format::oid::kExtendedKeyUsage);
  return purpose != nullptr && purpose->critical &&
         x509::format::parse_extended_key_usage(purpose->value) ==
             std::vector{x509::format::oid::kMasterListSigningKey};
}

// 9303-12 Table 6, column master list signer.
void check_signer(const Certificate& signer, const Order& order, base::Findings& findings) {
  if (!has_key_usage(signer)) {
    findings.fail("ML_SIGNER_KEY_USAGE", kSigner, "The key usage is not digitalSignature alone.");
  }
  if (!has_purpose(signer)) {
    findings.fail("ML_SIGNER_EKU", kSigner, "The extended key usage is not cscaMasterListSigningKey alone, critical.");
  }
  if (order.now < signer.body.not_before || order.now > signer.body.not_after) {
    findings.fail("ML_SIGNER_OUTSIDE_VALIDITY", kSigner, "The certificate is not valid now.");
  }
}

cms::issue::Content content_of(const Order& order) {
  return {.type = format::kCscaMasterList,
          .octets = format::encode(order.certificates),
          .signer = order.signer,
          .others = {order.csca},
          .signing_time = order.now};
}

// The message as it will be, by the table that judges anybody's list.
void check_table(const Order& order, base::Findings& findings) {
  findings.add(::lint::lint(cms::issue::unsigned_data(content_of(order)), {.purpose = ::lint::Purpose::Write,
                                                                           .kind = ::lint::Kind::MasterList,
                                                                           .issuer = order.csca,
                                                                           .as_of = order.now,
                                                                           .signature_pending = true}));
}

}  // namespace

std::variant<LintedMasterList, base::Findings> lint(const Order& order) {
  base::Findings findings;
  if (order.certificates.empty()) {
    findings.fail("ML_EMPTY", kList, "It has no certificate.");
    return findings;
  }
  try {
    const Certificate signer = x509::format::parse_certificate(order.signer);
    check_signer(signer, order, findings);
    check_table(order, findings);
    if (std::ranges::find(order.certificates, order.csca) == order.certificates.end()) {
      findings.warn("ML_SIGNER_CSCA_NOT_LISTED", kList, "The signer's own CSCA does not stand in the list.");
    }
  } catch (const asn1::Malformed& what) {
    findings.fail("ML_SIGNER_UNREADABLE", kSigner, fmt::format("The certificate cannot be read: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  LintedMasterList permit(content_of(order));
  permit.remarks_ = std::move(findings);
  return permit;
}

base::Bytes sign(LintedMasterList permit, const keystore::SigningKey& key) {
  LintedMasterList spent = std::move(permit);
  base::ensure(!spent.content_.octets.empty(), "a permit is spent once");
  return cms::issue::signed_data(spent.content_, key);
}

}  // namespace masterlist::issue
