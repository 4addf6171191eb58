#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/file_reader.h"
#include "smartcard/inspection/judge_files.h"
#include "smartcard/inspection/step_meter.h"
#include "smartcard/inspection/verdict.h"

namespace inspection {

namespace {

// One inspection from the first command to the verdict; each step is one function and stands in the report.
class Inspection {
 public:
  Inspection(transport::Channel& card, const CardInspection& how) : how_(how), counted_(card), meter_(&counted_) {}

  Report run(lds::Files* files) {
    if (const auto mrz_information = read_optical_mrz(); mrz_information && open() && bac(*mrz_information)) {
      const bool unbroken = guarded("read", [&] { return read(); });
      judge();
      if (unbroken) chip_proof();
      meter_.begin();
      meter_.end("compare", compare(content_, how_.optical_mrz, report_.findings));
    }
    if (files != nullptr) *files = files_;
    report_.steps = meter_.take();
    conclude({.passive_authentication_passed = passive_.passed() && judged_,
              .chip_asked = true,
              .chip_proven = chip_proven_},
             report_);
    return std::move(report_);
  }

 private:
  std::optional<std::string> read_optical_mrz();
  bool open();
  bool bac(const std::string& mrz_information);
  StepResult read();
  void read_file(const lds::FileInfo& file, FileReader& reader);
  void judge();
  void chip_proof();

  // A step under secure messaging. A broken session is the card's answer (9303-11 §9.8.5): a finding, and the end of
  // the conversation. Every other error is the world's and passes through.
  template <class Step>
  bool guarded(std::string_view name, const Step& step) {
    try {
      meter_.end(name, step());
      return true;
    } catch (const base::Error& error) {
      if (error.fault() != base::Fault::TreatAsAttack) throw;
      report_.findings.fail("SECURE_MESSAGING_BROKEN", "secure messaging",
                            fmt::format("An answer of the chip was not protected as agreed: {}.", error.seen()));
      meter_.end(name, StepResult::Failed);
      return false;
    }
  }

  const CardInspection& how_;
  transport::CountingChannel counted_;
  StepMeter meter_;
  Report report_;
  std::unique_ptr<transport::Channel> secured_;
  lds::Files files_;
  Unread unread_;
  sod::judge::PassiveAuthentication passive_;
  Content content_;
  bool judged_ = false, chip_proven_ = false;
};

// The key of BAC. A text that is no MRZ says nothing against the card.
std::optional<std::string> Inspection::read_optical_mrz() {
  const document::MrzReading reading = document::parse_mrz(how_.optical_mrz);
  if (!reading.fields) {
    report_.findings.fail("OPTICAL_MRZ_UNREADABLE", "optical MRZ", "The text given is no MRZ of three lines.");
    return std::nullopt;
  }
  for (base::Finding finding : reading.findings.list()) {
    finding.where = "optical " + finding.where;
    report_.findings.add(std::move(finding));
  }
  return reading.fields->bac_information;
}

// SELECT the LDS application: 00 A4 04 0C 07 A0000002471001 (ICAO Doc 9303-10 §3.3).
bool Inspection::open() {
  meter_.begin();
  const apdu::Response selected =
      counted_.transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt});
  meter_.end("open", selected.sw.ok() ? StepResult::Passed : StepResult::Failed);
  if (!selected.sw.ok()) {
    report_.findings.fail(
        "LDS_APPLICATION_MISSING", "chip",
        fmt::format("The chip has no identity application: it answered {}.", apdu::describe(selected.sw)));
  }
  return selected.sw.ok();
}

bool Inspection::bac(const std::string& mrz_information) {
  return guarded("bac",
                 [&] {
                   chip_access::BacResult result = how_.protocols.bac(counted_, mrz_information, how_.random);
                   report_.findings.add(result.findings);
                   secured_ = std::move(result.secured);
                   if (!secured_ && !result.findings.failed()) {
                     report_.findings.fail("BAC_REFUSED", "basic access control", "The chip gave no access.");
                   }
                   return secured_ ? StepResult::Passed : StepResult::Failed;
                 }) &&
         secured_;
}

// EF.SOD says what there is; EF.COM is unsigned and may only add to it.
StepResult Inspection::read() {
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
  for (const int number : wanted) read_file(*lds::data_group(number), reader);
  return files_.contains(lds::FileId::Sod) ? StepResult::Passed : StepResult::Failed;
}

void Inspection::read_file(const lds::FileInfo& file, FileReader& reader) {
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

void Inspection::judge() {
  meter_.begin();
  passive_ = judge_files(files_, unread_, how_.trust, how_.as_of, report_);
  judged_ = true;
  meter_.end("passive_authentication", passive_.passed() ? StepResult::Passed : StepResult::Failed);
  content_ = check_contents(files_, passive_, how_.as_of, report_);
  if (!passive_.signed_hashes.contains(14)) {
    meter_.set("chip_authentication", StepResult::NotSupported);
    meter_.set("terminal_authentication", StepResult::NotSupported);
  }
}

// A chip proves itself only with a key that passive authentication bound: else a clone would bring its own.
void Inspection::chip_proof() {
  if (!passive_.signed_hashes.contains(15)) return meter_.set("active_authentication", StepResult::NotSupported);
  if (!passive_.passed() || !files_.contains(lds::FileId::Dg15)) return;
  meter_.begin();
  guarded("active_authentication", [&] {
    const base::Findings findings =
        how_.protocols.active_authentication(*secured_, files_[lds::FileId::Dg15], how_.random);
    report_.findings.add(findings);
    chip_proven_ = !findings.failed();
    return chip_proven_ ? StepResult::Passed : StepResult::Failed;
  });
}

}  // namespace

Report inspect_card(transport::Channel& card, const CardInspection& how, lds::Files* files) {
  return Inspection(card, how).run(files);
}

Report inspect_card(transport::Channel& card, std::string_view optical_mrz, const trust::TrustStore& trust,
                    base::Moment as_of, base::Random& random, lds::Files* files) {
  return inspect_card(card, CardInspection{optical_mrz, trust, as_of, random}, files);
}

}  // namespace inspection
