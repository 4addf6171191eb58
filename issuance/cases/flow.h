#pragma once
// The products of the steps between a checked case and an accepted card. Each is made from the one before it and from
// what proves the step, so nobody can sign the unapproved or deliver the unchecked:
//   CheckedCase -> ApprovedOrder -> AssignedChip -> SignedLds -> PersonalizedChip -> PrintedCard -> AcceptedCard
// ApprovedOrder and AcceptedCard outlive a process; the store gives them back only through the checks that made them.

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "issuance/approval/rules.h"
#include "issuance/signing/client.h"
#include "issuance/vetting/vet.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/card_order.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"

namespace cases {

// An order that two officers signed: different persons, neither the receiver, unexpired, unused.
class ApprovedOrder {
 public:
  const document::CardOrder& order() const { return order_; }
  const std::string& sha256() const { return sha256_; }
  const signing::OrderEvidence& evidence() const { return evidence_; }
  const vetting::CheckedCase& checked() const { return checked_; }

 private:
  friend struct Approving;
  ApprovedOrder(vetting::CheckedCase checked, document::CardOrder order, signing::OrderEvidence evidence);
  vetting::CheckedCase checked_;
  document::CardOrder order_;
  std::string sha256_;
  signing::OrderEvidence evidence_;
};

struct Approving {
  base::ByteView station_key;  // SubjectPublicKeyInfo of the key that signs orders here
  const approval::TrustedOfficers& officers;
  const approval::SpentNonces& spent;
  std::span<const approval::Rule> rules = approval::all_rules();
  std::string live_answer = {};  // that goes along to the signer, empty: none

  // Findings of open_order() or the codes of check_approvals().
  std::variant<ApprovedOrder, base::Findings> approve(vetting::CheckedCase checked, const std::string& order_jws,
                                                      std::vector<std::string> approvals,
                                                      const std::string& receiver_account, base::Moment now) const;
};

// The chip that the signer bound to the order, with the keys it derived for that one chip.
class AssignedChip {
 public:
  AssignedChip(ApprovedOrder approved, signing::Assignment assignment);
  const ApprovedOrder& approved() const { return approved_; }
  const document::CardOrder& order() const { return approved_.order(); }
  const std::string& id() const { return assignment_.id; }
  const std::string& serial() const { return assignment_.serial; }
  const signing::CardKeys& keys() const { return assignment_.keys; }

 private:
  ApprovedOrder approved_;
  signing::Assignment assignment_;
};

// Everything that goes onto the chip: EF.COM, the data groups and the EF.SOD that the signer gave for them.
class SignedLds {
 public:
  // files: COM, DG1, DG13, DG15 and SOD; DG2 when the order has a portrait, DG3 when it has fingers, else not; DG14
  // when the chip made a key for chip authentication; no other (ensure).
  SignedLds(AssignedChip chip, lds::Files files, base::Date issue, document::Mrz mrz);
  const AssignedChip& chip() const { return chip_; }
  const lds::Files& files() const { return files_; }
  base::Date issue() const { return issue_; }
  const document::Mrz& mrz() const { return mrz_; }

 private:
  AssignedChip chip_;
  lds::Files files_;
  base::Date issue_;
  document::Mrz mrz_;
};

// A chip that says of itself that it is personalized and locked.
class PersonalizedChip {
 public:
  explicit PersonalizedChip(SignedLds lds) : lds_(std::move(lds)) {}
  const SignedLds& lds() const { return lds_; }

 private:
  SignedLds lds_;
};

class PrintedCard {
 public:
  PrintedCard(PersonalizedChip chip, std::string qr_text) : chip_(std::move(chip)), qr_text_(std::move(qr_text)) {}
  const PersonalizedChip& chip() const { return chip_; }
  const std::string& qr_text() const { return qr_text_; }

 private:
  PersonalizedChip chip_;
  std::string qr_text_;
};

}  // namespace cases
