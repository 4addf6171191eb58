#pragma once
// Makes a CSCA master list (9303-12 §5.3, §9.1, Table 18): lint looks at what is about to be signed and returns a
// permit, sign spends it.

#include <utility>
#include <variant>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/cms/issue/signed_data.h"
#include "pki/keystore/signing_key.h"

namespace masterlist::issue {

struct Order {
  std::vector<base::Bytes> certificates;  // CSCA certificates, roots and links, of any State: DER
  base::Bytes signer;                     // the master list signer's certificate, DER
  base::Bytes csca;                       // the one that certified it, DER; it travels in the message
  base::Moment now;
};

class LintedMasterList {
 public:
  LintedMasterList(LintedMasterList&& other) noexcept = default;
  LintedMasterList& operator=(LintedMasterList&& other) noexcept = default;
  const base::Findings& remarks() const { return remarks_; }           // warnings that do not stand in the way
  const base::Bytes& to_be_signed() const { return content_.octets; }  // CscaMasterList, DER

 private:
  friend std::variant<LintedMasterList, base::Findings> lint(const Order&);
  friend base::Bytes sign(LintedMasterList permit, const keystore::SigningKey& key);
  explicit LintedMasterList(cms::issue::Content content) : content_(std::move(content)) {}
  cms::issue::Content content_;
  base::Findings remarks_;
};

// Judges the message as it will be by the table of rules (pki/lint/rule.h), and its signer now. Of its own, severity
// fail: ML_EMPTY, ML_SIGNER_UNREADABLE, ML_SIGNER_EKU, ML_SIGNER_KEY_USAGE, ML_SIGNER_OUTSIDE_VALIDITY; warn:
// ML_SIGNER_CSCA_NOT_LISTED.
std::variant<LintedMasterList, base::Findings> lint(const Order& order);

// The file, DER. Error{FixConfiguration} when the key is not the signer's; Error{TreatAsAttack} when OpenSSL does not
// confirm it.
base::Bytes sign(LintedMasterList permit, const keystore::SigningKey& key);

}  // namespace masterlist::issue
