#include "pki/admin/ceremony_approval.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace admin {

namespace {

constexpr std::string_view kType = "ceremony-approval";
constexpr const char* kWhere = "approvals";
constexpr std::size_t kNonceBytes = 16;

std::string text_of(const nlohmann::json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string file_of(const ReadFile& one) {
  return one.file.empty() ? "the shipped profile" : one.file.filename().string();
}

struct Opened {
  const Custodian* custodian = nullptr;  // whose key signed; null: no custodian's
  nlohmann::json payload;
};

Opened open_approval(const Plan& plan, const std::string& approval) {
  for (const Custodian& custodian : plan.custodians) {
    auto payload = evidence::open_statement(approval, kType, custodian.public_key);
    if (payload && text_of(*payload, "custodian") == custodian.name) return {&custodian, std::move(*payload)};
  }
  return {};
}

// Whether what was approved is this plan with the files that are beside it now.
bool is_of(const Opened& opened, const Plan& plan, base::Findings& findings) {
  const std::string& name = opened.custodian->name;
  if (text_of(opened.payload, "plan") != plan.sha256 || text_of(opened.payload, "ceremony") != plan.name) {
    findings.fail("CEREMONY_APPROVAL_OTHER_PLAN", kWhere,
                  fmt::format("{} approved another plan, or this one before it was changed.", name));
    return false;
  }
  const auto nonce = base::parse_base64url(text_of(opened.payload, "nonce"));
  if (text_of(opened.payload, "whole") == plan.whole_sha256 && nonce && nonce->size() == kNonceBytes) return true;
  const auto reads = opened.payload.find("reads");
  const auto changed = changed_reads(reads == opened.payload.end() ? nlohmann::json() : *reads, plan);
  findings.fail("CEREMONY_APPROVAL_OTHER_FILES", kWhere,
                fmt::format("{} approved this plan with other files than are beside it now: {}.", name,
                            changed.empty() ? "the list of them" : fmt::format("{}", fmt::join(changed, ", "))));
  return false;
}

}  // namespace

nlohmann::json reads_json(const Plan& plan) {
  nlohmann::json reads = nlohmann::json::array();
  for (const ReadFile& one : plan.reads) {
    reads.push_back({{"what", one.what}, {"name", one.name}, {"file", file_of(one)}, {"sha256", one.sha256}});
  }
  return reads;
}

std::vector<std::string> changed_reads(const nlohmann::json& reads, const Plan& plan) {
  std::vector<std::string> changed;
  for (const ReadFile& one : plan.reads) {
    const bool same = reads.is_array() && std::ranges::any_of(reads, [&](const nlohmann::json& other) {
                        return other.is_object() && text_of(other, "what") == one.what &&
                               text_of(other, "name") == one.name && text_of(other, "sha256") == one.sha256;
                      });
    if (!same) changed.push_back(fmt::format("{} ({} of {})", file_of(one), one.what, one.name));
  }
  return changed;
}

std::string approve_plan(const Plan& plan, const std::string& name, const keystore::SigningKey& key, base::Moment now,
                         base::Random& random) {
  const auto found = std::ranges::find(plan.custodians, name, &Custodian::name);
  if (found == plan.custodians.end() || found->public_key != key.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, "approving a ceremony",
                      fmt::format("the plan has no custodian {} with this key", name));
  }
  return evidence::sign_statement(kType,
                                  {{"at", base::to_rfc3339(now)},
                                   {"ceremony", plan.name},
                                   {"custodian", name},
                                   {"nonce", base::to_base64url(random.bytes(kNonceBytes))},
                                   {"plan", plan.sha256},
                                   {"reads", reads_json(plan)},
                                   {"whole", plan.whole_sha256}},
                                  key);
}

Quorum judge_approvals(const Plan& plan, const std::vector<std::string>& approvals, base::Moment now) {
  Quorum quorum;
  std::vector<Approval> all;
  for (const std::string& statement : approvals) {
    const Opened opened = open_approval(plan, statement);
    if (opened.custodian == nullptr) {
      quorum.findings.fail("CEREMONY_APPROVAL_UNKNOWN", kWhere, "An approval is signed by no custodian of the plan.");
    } else if (!is_of(opened, plan, quorum.findings)) {
      continue;
    } else if (std::ranges::find(all, opened.custodian->name, &Approval::custodian) != all.end()) {
      quorum.findings.warn("CEREMONY_APPROVAL_TWICE", kWhere,
                           fmt::format("{} approved twice and counts once.", opened.custodian->name));
    } else {
      all.push_back({opened.custodian->name, text_of(opened.payload, "nonce"), statement});
    }
  }
  for (const Custodian& custodian : plan.custodians) {
    const auto found = std::ranges::find(all, custodian.name, &Approval::custodian);
    if (found != all.end()) quorum.approvals.push_back(*found);
  }
  if (quorum.approvals.size() < static_cast<std::size_t>(plan.quorum)) {
    quorum.findings.fail("CEREMONY_QUORUM", kWhere,
                         fmt::format("{} of {} custodians approved and {} have to.", quorum.approvals.size(),
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
