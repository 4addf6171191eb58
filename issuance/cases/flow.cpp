#include "issuance/cases/flow.h"

#include <algorithm>
#include <set>

#include "issuance/cases/order.h"
#include "pki/base/core/error.h"

namespace cases {

ApprovedOrder::ApprovedOrder(vetting::CheckedCase checked, document::CardOrder order, signing::OrderEvidence evidence)
    : checked_(std::move(checked)),
      order_(std::move(order)),
      sha256_(approval::order_sha256(order_)),
      evidence_(std::move(evidence)) {}

std::variant<ApprovedOrder, base::Findings> Approving::approve(vetting::CheckedCase checked,
                                                               const std::string& order_jws,
                                                               std::vector<std::string> approvals,
                                                               const std::string& receiver_account,
                                                               base::Moment now) const {
  auto opened = open_order(order_jws, station_key, checked, receiver_account, now);
  if (auto* findings = std::get_if<base::Findings>(&opened)) return std::move(*findings);
  auto order = std::move(std::get<document::CardOrder>(opened));
  base::Findings findings =
      approval::check_approvals(order, officers.person_of(receiver_account), approvals, officers, now, spent, rules);
  if (findings.failed()) return findings;
  std::string answer = checked.answer().jws();
  return ApprovedOrder(
      std::move(checked), std::move(order),
      {.order = order_jws, .answer = std::move(answer), .approvals = std::move(approvals), .live_answer = live_answer});
}

AssignedChip::AssignedChip(ApprovedOrder approved, signing::Assignment assignment)
    : approved_(std::move(approved)), assignment_(std::move(assignment)) {
  base::ensure(!assignment_.id.empty() && assignment_.serial.size() == 16, "an assignment names itself and its chip");
}

SignedLds::SignedLds(AssignedChip chip, lds::Files files, base::Date issue, document::Mrz mrz)
    : chip_(std::move(chip)), files_(std::move(files)), issue_(issue), mrz_(std::move(mrz)) {
  using lds::FileId;
  std::set<FileId> expected{FileId::Com, FileId::Dg1, FileId::Dg13, FileId::Dg15, FileId::Sod};
  if (!chip_.order().dg2_sha256.empty()) expected.insert(FileId::Dg2);
  if (!chip_.order().dg3_sha256.empty()) expected.insert(FileId::Dg3);
  if (files_.contains(FileId::Dg14)) expected.insert(FileId::Dg14);
  const auto is_expected = [](const auto& file, FileId id) { return file.first == id; };
  base::ensure(std::ranges::equal(files_, expected, is_expected),
               "a card holds COM, DG1, DG13, DG15 and SOD, DG2 and DG3 as ordered, DG14 as the chip has it");
}

}  // namespace cases
