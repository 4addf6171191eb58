#include <fmt/format.h>

#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/inspection/judge_files.h"
#include "smartcard/inspection/step_meter.h"
#include "smartcard/inspection/verdict.h"

namespace inspection {

void add_unreadable(const lds::FileInfo& file, bool too_large, std::string_view why, Unread& unread, Report& report) {
  if (file.data_group != 0) unread.failed.insert(file.data_group);
  const bool only_tells = file.id == lds::FileId::Com;
  report.findings.add({fmt::format("{}_{}", file.name.substr(3), too_large ? "TOO_LARGE" : "READ_FAILED"),
                       only_tells ? base::Severity::Warn : base::Severity::Fail, std::string(file.name),
                       fmt::format("The file could not be read: {}.", why)});
}

sod::judge::PassiveAuthentication judge_files(const lds::Files& files, const Unread& unread,
                                              const trust::TrustStore& trust, base::Moment as_of) {
  sod::judge::PassiveAuthentication passive;
  const auto sod = files.find(lds::FileId::Sod);
  if (sod == files.end()) {
    passive.findings.fail("SOD_MISSING", "EF.SOD", "The document has no EF.SOD: nothing in it is signed.");
  } else {
    passive = sod::judge::passive_authentication(sod->second, data_groups_of(files), trust, as_of);
    check_missing(files, passive, unread, as_of, passive.findings);
  }
  return passive;
}

namespace {

// The chip's answer of then: anybody can verify it again (9303-11 §6.1).
void repeat_active_authentication(const CardRecord& record, const sod::judge::PassiveAuthentication& passive,
                                  StepMeter& meter, Report& report) {
  constexpr std::size_t kChallenge = 8;
  const auto dg15 = record.files.find(lds::FileId::Dg15);
  if (record.challenge.empty() || !passive.passed() || dg15 == record.files.end()) return;
  std::optional<asn1::Oid> algorithm;
  if (const auto dg14 = record.files.find(lds::FileId::Dg14); dg14 != record.files.end()) {
    if (const auto infos = lds::parse_dg14(dg14->second).infos) {
      algorithm = chip_access::active_authentication_algorithm(*infos);
    }
  }
  const bool good =
      record.challenge.size() == kChallenge &&
      chip_access::verify_active_authentication(dg15->second, record.challenge, record.response, algorithm);
  if (!good) {
    report.findings.fail("ACTIVE_AUTHENTICATION_FAILED", "active authentication",
                         "The answer that was kept does not verify with the key of EF.DG15.");
  }
  meter.end("active_authentication", good ? StepResult::Passed : StepResult::Failed);
}

}  // namespace

Report inspect_record(const CardRecord& record, std::string_view optical_mrz, const trust::TrustStore& trust,
                      base::Moment as_of) {
  Report report;
  StepMeter meter(nullptr);
  Unread unread;
  unread.refused = unread.may_be_refused = record.closed;
  lds::Files files;
  for (const auto& [id, content] : record.files) {
    if (content.size() <= lds::kLargestCardFile) {
      files[id] = content;
    } else {
      add_unreadable(lds::info(id), /*too_large=*/true, "it is larger than 1 MiB", unread, report);
    }
  }
  meter.end("read", files.contains(lds::FileId::Sod) ? StepResult::Passed : StepResult::Failed);
  const auto passive = judge_files(files, unread, trust, as_of);
  report.findings.add(passive.findings);
  meter.end("passive_authentication", passive.passed() ? StepResult::Passed : StepResult::Failed);
  repeat_active_authentication(record, passive, meter, report);
  const Content content = check_contents(files, passive, as_of, report);
  meter.end("compare", compare(content, optical_mrz, report.findings));
  meter.finish(report);
  conclude({.passive_authentication_passed = passive.passed()}, report);
  return report;
}

Report inspect_files(const lds::Files& folder, const trust::TrustStore& trust, base::Moment as_of) {
  return inspect_record({.files = folder, .challenge = {}, .response = {}}, {}, trust, as_of);
}

}  // namespace inspection
