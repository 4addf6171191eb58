#include "pki/masterlist/issue/master_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/oids.h"

namespace masterlist::issue {

namespace {

using x509::format::Certificate;

constexpr const char* kList = "master list";
constexpr const char* kSigner = "master list signer";

std::optional<Certificate> read(base::ByteView der) {
  try {
    return x509::format::parse_certificate(der);
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

// Entries are other States' certificates: OpenSSL reads them, as tolerantly as it does.
void check_entries(const Order& order, base::Findings& findings) {
  if (order.certificates.empty()) findings.fail("ML_EMPTY", kList, "It has no certificate.");
  for (std::size_t i = 0; i < order.certificates.size(); ++i) {
    if (crypto::openssl::is_ca_certificate(order.certificates[i])) continue;
    findings.fail("ML_ENTRIES_ARE_CSCA", fmt::format("certificate {}", i + 1),
                  "It is not a certificate of a CSCA: it cannot be read, or cA is not set.");
  }
}

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
  if (signer.body.find(asn1::oid::kBasicConstraints) != nullptr &&
      x509::format::parse_basic_constraints(signer.body.find(asn1::oid::kBasicConstraints)->value).ca) {
    findings.fail("ML_NOT_SIGNED_BY_CSCA", kSigner, "The certificate is a CSCA's; a list has a signer of its own.");
  }
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

void check_csca(const Certificate& signer, const Order& order, base::Findings& findings) {
  const auto csca = read(order.csca);
  if (!csca || !(csca->body.subject == signer.body.issuer)) {
    findings.fail("ML_SIGNER_CSCA_PRESENT", kSigner, "The CSCA given is not the one that certified the signer.");
  } else if (std::ranges::find(order.certificates, order.csca) == order.certificates.end()) {
    findings.warn("ML_SIGNER_CSCA_NOT_LISTED", kList, "The signer's own CSCA does not stand in the list.");
  }
}

}  // namespace

std::variant<LintedMasterList, base::Findings> lint(const Order& order) {
  base::Findings findings;
  check_entries(order, findings);
  try {
    const Certificate signer = x509::format::parse_certificate(order.signer);
    check_signer(signer, order, findings);
    check_csca(signer, order, findings);
  } catch (const asn1::Malformed& what) {
    findings.fail("ML_SIGNER_UNREADABLE", kSigner, fmt::format("The certificate cannot be read: {}.", what.what()));
  }
  if (findings.failed()) return findings;
  LintedMasterList permit;
  permit.content_ = format::encode(order.certificates);
  permit.signer_ = order.signer;
  permit.csca_ = order.csca;
  permit.now_ = order.now;
  permit.remarks_ = std::move(findings);
  return permit;
}

base::Bytes sign(LintedMasterList permit, const keystore::SigningKey& key) {
  LintedMasterList spent = std::move(permit);
  base::ensure(!spent.content_.empty(), "a permit is spent once");
  return cms::issue::signed_data({.type = format::kCscaMasterList,
                                  .octets = std::move(spent.content_),
                                  .signer = std::move(spent.signer_),
                                  .others = {std::move(spent.csca_)},
                                  .signing_time = spent.now_},
                                 key);
}

}  // namespace masterlist::issue
