#include "issuance/approval/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace approval {

namespace {

// Who an approval counts for. A key that nobody entered is somebody of its own, so that distinctness does not depend on
// the rule about trust.
std::string person_behind(const Presented& shown) {
  return shown.officer != nullptr ? shown.officer->person : "key " + shown.key_id;
}

void enough_approvals(const Submission& s, base::Findings& findings) {
  if (s.approvals.size() >= kOfficersNeeded) return;
  findings.fail("APPROVAL_MISSING", "approvals",
                fmt::format("{} of {} approvals are there; another officer has to approve the order",
                            s.approvals.size(), kOfficersNeeded));
}

void known_officers(const Submission& s, base::Findings& findings) {
  for (const Presented& shown : s.approvals) {
    if (shown.officer != nullptr) continue;
    findings.fail("OFFICER_NOT_TRUSTED", shown.where,
                  "its key is not in the signer's trust directory; the PKI administrator enters officers there");
  }
  if (!s.receiver) {
    findings.fail("OFFICER_NOT_TRUSTED", "receiver",
                  "the account that took the application is not in the signer's trust directory, so nobody can tell "
                  "whether that person also approved");
  }
}

void genuine_signatures(const Submission& s, base::Findings& findings) {
  for (const Presented& shown : s.approvals) {
    if (shown.officer == nullptr || shown.content) continue;
    findings.fail("APPROVAL_FORGED", shown.where,
                  "it carries the name of a trusted key that did not sign it, or another account's name");
  }
}

void different_persons(const Submission& s, base::Findings& findings) {
  std::set<std::string> persons;
  for (const Presented& shown : s.approvals) {
    if (persons.insert(person_behind(shown)).second) continue;
    findings.fail("APPROVERS_NOT_DISTINCT", shown.where,
                  "the same person approved before, with this or another account; two different persons are needed");
  }
}

void receiver_stays_out(const Submission& s, base::Findings& findings) {
  for (const Presented& shown : s.approvals) {
    if (!s.receiver || person_behind(shown) != *s.receiver) continue;
    findings.fail("APPROVER_IS_RECEIVER", shown.where, "the person who took the application cannot approve it");
  }
}

void valid_now(const Submission& s, base::Findings& findings) {
  for (const Presented& shown : s.approvals) {
    if (!shown.content) continue;
    if (shown.content->at <= s.now + kClockSkew && s.now < shown.content->expires_at) continue;
    findings.fail("APPROVAL_EXPIRED", shown.where,
                  fmt::format("it counts from {} to {}", base::to_rfc3339(shown.content->at),
                              base::to_rfc3339(shown.content->expires_at)));
  }
}

void given_for_this_order(const Submission& s, base::Findings& findings) {
  for (const Presented& shown : s.approvals) {
    if (!shown.content) continue;
    if (shown.content->order_sha256 != s.order_sha256 || shown.content->case_id != s.case_id) {
      findings.fail("APPROVAL_REPLAYED", shown.where, "it was given for another order");
      continue;
    }
    const auto spent_on = s.spent != nullptr && *s.spent ? (*s.spent)(shown.content->nonce) : std::nullopt;
    if (spent_on && *spent_on != s.order_sha256) {
      findings.fail("APPROVAL_REPLAYED", shown.where, "its nonce was spent on another order");
    }
  }
}

constexpr Rule kRules[] = {
    {"APPROVAL_MISSING", enough_approvals},       {"OFFICER_NOT_TRUSTED", known_officers},
    {"APPROVAL_FORGED", genuine_signatures},      {"APPROVERS_NOT_DISTINCT", different_persons},
    {"APPROVER_IS_RECEIVER", receiver_stays_out}, {"APPROVAL_EXPIRED", valid_now},
    {"APPROVAL_REPLAYED", given_for_this_order},
};

Presented open(const std::string& jws, std::size_t number, const TrustedOfficers& trusted) {
  Presented shown{.where = fmt::format("approval {}", number),
                  .key_id = evidence::claimed_key_id(jws).value_or(""),
                  .officer = nullptr,
                  .content = std::nullopt};
  shown.officer = trusted.by_key(shown.key_id);
  if (shown.officer == nullptr) return shown;
  const auto payload = evidence::open_statement(jws, "approval", shown.officer->public_key);
  auto content = payload ? approval_from_json(*payload) : std::nullopt;
  if (content && content->account == shown.officer->account) shown.content = std::move(content);
  return shown;
}

}  // namespace

void TrustedOfficers::add(Officer officer) {
  std::string id = evidence::key_id(officer.public_key);
  by_key_.insert_or_assign(std::move(id), std::move(officer));
}

const Officer* TrustedOfficers::by_key(const std::string& key_id) const {
  const auto found = by_key_.find(key_id);
  return found == by_key_.end() ? nullptr : &found->second;
}

std::optional<std::string> TrustedOfficers::person_of(const std::string& account) const {
  const auto found = std::ranges::find_if(by_key_, [&](const auto& entry) { return entry.second.account == account; });
  return found == by_key_.end() ? std::nullopt : std::optional(found->second.person);
}

std::span<const Rule> all_rules() {
  return kRules;
}

std::vector<Rule> rules_without(std::string_view code) {
  std::vector<Rule> rest;
  std::ranges::copy_if(kRules, std::back_inserter(rest), [code](const Rule& rule) { return rule.code != code; });
  base::ensure(rest.size() + 1 == std::size(kRules), "the rule that a test takes away is in the table");
  return rest;
}

Submission present(const document::CardOrder& order, std::optional<std::string> receiver,
                   std::span<const std::string> approvals, const TrustedOfficers& trusted, base::Moment now,
                   const SpentNonces& spent) {
  Submission submission{.order_sha256 = order_sha256(order),
                        .case_id = order.case_id,
                        .receiver = std::move(receiver),
                        .approvals = {},
                        .now = now,
                        .spent = &spent};
  for (const std::string& jws : approvals) {
    submission.approvals.push_back(open(jws, submission.approvals.size() + 1, trusted));
  }
  return submission;
}

base::Findings check_approvals(const document::CardOrder& order, std::optional<std::string> receiver,
                               std::span<const std::string> approvals, const TrustedOfficers& trusted, base::Moment now,
                               const SpentNonces& spent, std::span<const Rule> rules) {
  const Submission submission = present(order, std::move(receiver), approvals, trusted, now, spent);
  base::Findings findings;
  for (const Rule& rule : rules) rule.check(submission, findings);
  return findings;
}

}  // namespace approval
