#include <algorithm>
#include <iterator>

#include "smartcard/inspection/inspection_run.h"
#include "smartcard/inspection/judge_files.h"
#include "smartcard/inspection/verdict.h"

namespace inspection {

namespace {

bool only_for_few(int data_group) {
  return data_group == 3 || data_group == 4;
}

}  // namespace

Report InspectionRun::run(CardRecord* record) {
  if (read_optical_mrz() && access()) {
    const bool unbroken = guarded("read", [&] { return read(); });
    judge();
    if (unbroken) prove();
    if (has_rights_) judge();
    report_.findings.add(passive_.findings);
    content_ = check_contents(files_, passive_, how_.as_of, report_);
    meter_.end("compare", compare(content_, how_.optical_mrz, report_.findings));
  }
  std::ranges::set_intersection(unread_.refused, unread_.may_be_refused,
                                std::inserter(record_.closed, record_.closed.end()));
  if (record != nullptr) *record = record_;
  meter_.finish(report_);
  conclude(
      {.passive_authentication_passed = passive_.passed() && judged_, .chip_asked = true, .chip_proven = chip_proven_},
      report_);
  return std::move(report_);
}

// EF.SOD says what there is; EF.COM is unsigned and may only add to it. DG3 and DG4 are asked for only where no
// terminal authentication stands before them (9303-11 §7.1).
StepResult InspectionRun::read() {
  FileReader reader(*secured_);
  read_file(lds::info(lds::FileId::Sod), reader);
  read_file(lds::info(lds::FileId::Com), reader);
  std::set<int> wanted;
  if (files_.contains(lds::FileId::Sod)) {
    for (const int number : sod::judge::listed_data_groups(files_[lds::FileId::Sod])) wanted.insert(number);
  }
  if (files_.contains(lds::FileId::Com)) {
    const auto com = lds::parse_com(files_[lds::FileId::Com]);
    for (const asn1::Tag tag : com ? com->tags : std::vector<asn1::Tag>{}) {
      const lds::FileInfo* const file = lds::file_with_tag(tag);
      if (file != nullptr && file->data_group != 0) wanted.insert(file->data_group);
    }
  }
  const bool behind_rights = wanted.contains(14);
  for (const int number : wanted) {
    if (!behind_rights || !only_for_few(number)) read_group(number, reader);
  }
  return files_.contains(lds::FileId::Sod) ? StepResult::Passed : StepResult::Failed;
}

void InspectionRun::read_group(int number, FileReader& reader) {
  read_file(*lds::data_group(number), reader);
}

void InspectionRun::read_file(const lds::FileInfo& file, FileReader& reader) {
  FileReading reading = reader.read(file);
  switch (reading.status) {
    case FileReading::Status::Read:
      files_[file.id] = std::move(reading.content);
      return;
    case FileReading::Status::NotFound:
      return;  // told by judge_files(), which knows whether it had to be there
    case FileReading::Status::Refused:
      if (file.data_group != 0) unread_.refused.insert(file.data_group);
      return;
    case FileReading::Status::TooLarge:
    case FileReading::Status::Failed:
      break;
  }
  add_unreadable(file, reading.status == FileReading::Status::TooLarge, reading.why, unread_, report_);
}

void InspectionRun::judge() {
  passive_ = judge_files(files_, unread_, how_.trust, how_.as_of);
  judged_ = true;
  meter_.end("passive_authentication", passive_.passed() ? StepResult::Passed : StepResult::Failed);
}

Report inspect_card(transport::Channel& card, const CardInspection& how, CardRecord* record) {
  return InspectionRun(card, how).run(record);
}

Report inspect_card(transport::Channel& card, const CardInspection& how, lds::Files* files) {
  CardRecord record;
  Report report = inspect_card(card, how, &record);
  if (files != nullptr) *files = std::move(record.files);
  return report;
}

Report inspect_card(transport::Channel& card, std::string_view optical_mrz, const trust::TrustStore& trust,
                    base::Moment as_of, base::Random& random, lds::Files* files) {
  return inspect_card(card, CardInspection{optical_mrz, trust, as_of, random}, files);
}

}  // namespace inspection
