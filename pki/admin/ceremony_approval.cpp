#include "pki/admin/ceremony_approval.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace admin {

namespace {

constexpr std::string_view kType = "ceremony-approval";

// The custodian whose key signed, or null; `of_this_plan` tells whether the plan is the one that was signed.
const Custodian* signer_of(const Plan& plan, const std::string& approval, bool& of_this_plan) {
  for (const Custodian& custodian : plan.custodians) {
    const auto payload = evidence::open_statement(approval, kType, custodian.public_key);
    if (!payload || payload->value("custodian", "") != custodian.name) continue;
    of_this_plan = payload->value("plan", "") == plan.sha256 && payload->value("ceremony", "") == plan.name;
    return &custodian;
  }
  return nullptr;
}

}  // namespace

std::string approve_plan(const Plan& plan, const std::string& name, const keystore::SigningKey& key, base::Moment now) {
  const auto found = std::ranges::find(plan.custodians, name, &Custodian::name);
  if (found == plan.custodians.end() || found->public_key != key.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, "approving a ceremony",
                      fmt::format("the plan has no custodian {} with this key", name));
  }
  return evidence::sign_statement(
      kType, {{"at", base::to_rfc3339(now)}, {"ceremony", plan.name}, {"custodian", name}, {"plan", plan.sha256}}, key);
}

Quorum judge_approvals(const Plan& plan, const std::vector<std::string>& approvals, base::Moment now) {
  constexpr const char* kWhere = "approvals";
  Quorum quorum;
  std::vector<const Custodian*> who;
  for (const std::string& approval : approvals) {
    bool of_this_plan = false;
    const Custodian* const custodian = signer_of(plan, approval, of_this_plan);
    if (custodian == nullptr) {
      quorum.findings.fail("CEREMONY_APPROVAL_UNKNOWN", kWhere, "An approval is signed by no custodian of the plan.");
    } else if (!of_this_plan) {
      quorum.findings.fail(
          "CEREMONY_APPROVAL_OTHER_PLAN", kWhere,
          fmt::format("{} approved another plan, or this one before it was changed.", custodian->name));
    } else if (std::ranges::find(who, custodian) != who.end()) {
      quorum.findings.warn("CEREMONY_APPROVAL_TWICE", kWhere,
                           fmt::format("{} approved twice and counts once.", custodian->name));
    } else {
      who.push_back(custodian);
    }
  }
  for (const Custodian& custodian : plan.custodians) {
    if (std::ranges::find(who, &custodian) != who.end()) quorum.custodians.push_back(custodian.name);
  }
  if (quorum.custodians.size() < static_cast<std::size_t>(plan.quorum)) {
    quorum.findings.fail("CEREMONY_QUORUM", kWhere,
                         fmt::format("{} of {} custodians approved and {} have to.", quorum.custodians.size(),
                                     plan.custodians.size(), plan.quorum));
  }
  if (now < plan.not_before || now > plan.not_after) {
    quorum.findings.fail("CEREMONY_TIME", "plan",
                         fmt::format("The plan is for {} to {}; compare the clock.", base::to_rfc3339(plan.not_before),
                                     base::to_rfc3339(plan.not_after)));
  }
  return quorum;
}

}  // namespace admin
