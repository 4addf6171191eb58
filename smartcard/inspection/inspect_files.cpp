#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/inspection/judge_files.h"
#include "smartcard/inspection/step_meter.h"
#include "smartcard/inspection/verdict.h"

namespace inspection {

sod::judge::PassiveAuthentication judge_files(const lds::Files& files, const Unread& unread,
                                              const trust::TrustStore& trust, base::Moment as_of, Report& report) {
  sod::judge::PassiveAuthentication passive;
  const auto sod = files.find(lds::FileId::Sod);
  if (sod == files.end()) {
    passive.findings.fail("SOD_MISSING", "EF.SOD", "The document has no EF.SOD: nothing in it is signed.");
  } else {
    passive = sod::judge::passive_authentication(sod->second, data_groups_of(files), trust, as_of);
    check_missing(files, passive, unread, passive.findings);
  }
  report.findings.add(passive.findings);
  return passive;
}

Report inspect_files(const lds::Files& files, const trust::TrustStore& trust, base::Moment as_of) {
  Report report;
  StepMeter meter(nullptr);
  meter.end("read", StepResult::Passed);
  const auto passive = judge_files(files, {}, trust, as_of, report);
  meter.end("passive_authentication", passive.passed() ? StepResult::Passed : StepResult::Failed);
  const Content content = check_contents(files, passive, as_of, report);
  meter.end("compare", compare(content, {}, report.findings));
  report.steps = meter.take();
  conclude({.passive_authentication_passed = passive.passed()}, report);
  return report;
}

}  // namespace inspection
