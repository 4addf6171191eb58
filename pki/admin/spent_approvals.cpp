#include "pki/admin/spent_approvals.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/admin/ca_book.h"
#include "pki/admin/new_files.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDoing = "spending the approvals of a ceremony";

fs::path record_of(const Plan& plan, const Approval& approval) {
  return plan.folder / "spent-approvals" / approval.nonce;
}

}  // namespace

base::Findings judge_unspent(const Plan& plan, const Quorum& quorum) {
  base::Findings findings;
  const auto spent = [&](const Approval& approval, const std::string& how) {
    findings.fail("CEREMONY_APPROVAL_SPENT", "approvals",
                  fmt::format("The approval of {} was spent before ({}); it is for one run.", approval.custodian, how));
  };
  for (const Approval& approval : quorum.approvals) {
    const fs::path record = record_of(plan, approval);
    if (fs::exists(record)) {
      std::string line = base::read_text_file(record, kDoing);
      spent(approval, line.substr(0, line.find('\n')));
      continue;
    }
    for (const Step& step : plan.steps) {
      if (step.what != Step::Do::Authority || !CaBook::look(step.book).approval_is_spent(approval.nonce)) continue;
      spent(approval, fmt::format("so says the book of {}", step.name));
      break;
    }
  }
  return findings;
}

void spend(const Plan& plan, const Quorum& quorum, const fs::path& out, const base::Clock& clock) {
  for (const Approval& approval : quorum.approvals) {
    const fs::path record = record_of(plan, approval);
    make_folder(record.parent_path(), kDoing);
    const std::string line = fmt::format("{} ceremony {} of {} into {}\n", base::to_rfc3339(clock.now()), plan.name,
                                         approval.custodian, fs::absolute(out).lexically_normal().string());
    base::write_new_file(record, base::view_of(line), kDoing);
  }
  std::vector<fs::path> books;
  for (const Step& step : plan.steps) {
    if (step.what != Step::Do::Authority || std::ranges::find(books, step.book) != books.end()) continue;
    books.push_back(step.book);
    CaBook book(step.book, false, clock);
    for (const Approval& approval : quorum.approvals) book.spend_approval(approval.nonce, plan.name);
  }
}

}  // namespace admin
