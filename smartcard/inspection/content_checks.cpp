#include "smartcard/inspection/content_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/document/state_codes.h"
#include "smartcard/document/validity.h"
#include "smartcard/inspection/document_json.h"
#include "smartcard/lds/details.h"
#include "smartcard/lds/dg3.h"

namespace inspection {

namespace {

using sod::judge::PassiveAuthentication;

bool is_refused(int data_group, const PassiveAuthentication& passive) {
  return passive.findings.has(fmt::format("DG{}_HASH_MISMATCH", data_group));
}

// A refused group's own faults add nothing to the refusal.
void add_judged(const base::Findings& found, int data_group, const PassiveAuthentication& passive,
                base::Findings& findings) {
  for (base::Finding finding : found.list()) {
    if (is_refused(data_group, passive)) finding.severity = base::Severity::Note;
    findings.add(std::move(finding));
  }
}

std::string join(const std::vector<int>& numbers) {
  std::string out;
  for (const int number : numbers) out += fmt::format("{}DG{}", out.empty() ? "" : ", ", number);
  return out.empty() ? "none" : out;
}

void check_com_versions(const lds::Com& com, const PassiveAuthentication& passive, base::Findings& findings) {
  const bool is_signed = !passive.lds_version.empty();  // security object version 1
  const std::string lds_due = is_signed ? passive.lds_version : "0107";
  if (com.lds_version != lds_due) {
    findings.add({"COM_LDS_VERSION", is_signed ? base::Severity::Fail : base::Severity::Warn, "EF.COM",
                  "EF.COM names another LDS version than the document has."});
  }
  if (com.unicode_version != (is_signed ? passive.unicode_version : "040000")) {
    findings.warn("COM_UNICODE_VERSION", "EF.COM", "EF.COM names another Unicode version than the document has.");
  }
}

// EF.COM is unsigned: it is never asked which data groups exist, and what it says differently is only told
// (9303-10 §4.6.1).
void check_com(const lds::Files& files, const PassiveAuthentication& passive, base::Findings& findings) {
  const auto file = files.find(lds::FileId::Com);
  if (file == files.end()) return findings.warn("COM_MISSING", "EF.COM", "The document has no EF.COM.");
  const auto com = lds::parse_com(file->second);
  if (!com) return findings.warn("COM_MALFORMED", "EF.COM", "EF.COM cannot be read.");
  check_com_versions(*com, passive, findings);
  if (passive.signed_hashes.empty()) return;
  std::vector<int> said, meant;
  for (const asn1::Tag tag : com->tags) {
    const lds::FileInfo* const info = lds::file_with_tag(tag);
    said.push_back(info == nullptr ? 0 : info->data_group);
  }
  for (const auto& [number, hash] : passive.signed_hashes) meant.push_back(number);
  std::ranges::sort(said);
  if (said != meant) {
    findings.warn("COM_SOD_MISMATCH", "EF.COM",
                  fmt::format("EF.COM lists {}; the signed list is {}.", join(said), join(meant)));
  }
}

std::string yymmdd(base::Date date) {
  const std::string iso = base::to_iso(date);
  return iso.substr(2, 2) + iso.substr(5, 2) + iso.substr(8, 2);
}

// yymmdd, in either century.
bool is_date(std::string_view digits) {
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return false;
  const auto part = [&](std::size_t at) { return (digits[at] - '0') * 10 + (digits[at + 1] - '0'); };
  const std::chrono::month_day day{std::chrono::month{static_cast<unsigned>(part(2))},
                                   std::chrono::day{static_cast<unsigned>(part(4))}};
  const auto exists = [&](int century) { return base::Date{std::chrono::year{century + part(0)} / day}.ok(); };
  return exists(1900) || exists(2000);
}

void check_mrz_dates(const document::ParsedMrz& mrz, base::Moment as_of, base::Findings& findings) {
  // 9303-3 §4.8: unknown parts of a date of birth are fillers.
  if (mrz.birth.find('<') == std::string::npos && !is_date(mrz.birth)) {
    findings.fail("MRZ_DATE", "EF.DG1", "The date of birth in the MRZ does not exist.");
  }
  if (!is_date(mrz.expiry)) {
    findings.fail("MRZ_DATE", "EF.DG1", "The date of expiry in the MRZ does not exist.");
    return;
  }
  if (mrz.expiry < yymmdd(base::date_in_viet_nam(as_of)))
    findings.warn("DOCUMENT_EXPIRED", "EF.DG1", "The document's own date of expiry has passed.");
}

void check_mrz_states(const document::ParsedMrz& mrz, base::Findings& findings) {
  if (!document::is_state_code(mrz.issuing_state)) {
    findings.fail("MRZ_STATE", "EF.DG1", "The MRZ names an issuing state that ICAO Doc 9303-3 does not know.");
  }
  if (!document::is_state_code(mrz.nationality)) {
    findings.fail("MRZ_STATE", "EF.DG1", "The MRZ names a nationality that ICAO Doc 9303-3 does not know.");
  }
}

// What the signer may sign (9303-12 §7.1.1.6: one letter covers every type that begins with it) and for whom
// (§7.1.1.2).
void check_signer_scope(const document::ParsedMrz& mrz, const PassiveAuthentication& passive,
                        base::Findings& findings) {
  const auto covers = [&](const std::string& type) {
    return type == mrz.document_code || (type.size() == 1 && mrz.document_code.starts_with(type));
  };
  if (!passive.document_types.empty() && std::ranges::none_of(passive.document_types, covers)) {
    findings.warn("DS_DOCUMENT_TYPE", "document signer certificate",
                  "The document signer was not certified for this type of document.");
  }
  // 9303-3 §5: Germany's code is one letter, in certificates with fillers behind it or without.
  const auto is_of = [&](const std::string& state) { return state.substr(0, state.find('<')) == mrz.issuing_state; };
  if (!passive.issuing_states.empty() && std::ranges::none_of(passive.issuing_states, is_of)) {
    findings.warn("DS_COUNTRY", "document signer certificate",
                  "The document signer belongs to another state than the one that the MRZ names.");
  }
}

void check_dg1(base::ByteView file, const PassiveAuthentication& passive, base::Moment as_of, Content& content,
               base::Findings& findings) {
  const auto text = lds::parse_dg1(file);
  if (!text) return findings.fail("DG1_MALFORMED", "EF.DG1", "The MRZ cannot be read from the file.");
  document::MrzReading reading = document::parse_mrz(*text);
  for (base::Finding finding : reading.findings.list()) {
    finding.where = fmt::format("EF.DG1: {}", finding.where);
    findings.add(std::move(finding));
  }
  if (!reading.fields) return;
  check_mrz_dates(*reading.fields, as_of, findings);
  check_mrz_states(*reading.fields, findings);
  check_signer_scope(*reading.fields, passive, findings);
  content.mrz_text = *text;
  content.mrz = std::move(reading.fields);
}

// DG13 is for the issuing state's own use (9303-10 §4.7.13): only Viet Nam's is known here.
void check_dg13(base::ByteView file, Content& content, base::Findings& findings) {
  if (!content.mrz || content.mrz->issuing_state != "VNM") return;
  document::Dg13Reading reading = document::parse_dg13(file);
  findings.add(reading.findings);
  content.dg13 = std::move(reading.fields);
}

void check_outer_tag(const lds::FileInfo& info, base::ByteView file, base::Findings& findings) {
  try {
    asn1::TlvReader{file, asn1::Lengths::Lenient}.need(info.tag);
  } catch (const asn1::Malformed& why) {
    findings.fail(fmt::format("DG{}_MALFORMED", info.data_group), std::string(info.name),
                  fmt::format("The file is malformed: {}.", why.what()));
  }
}

base::Findings check_group(const lds::FileInfo& info, base::ByteView file, const PassiveAuthentication& passive,
                           base::Moment as_of, Content& content, Report& report) {
  base::Findings found;
  switch (info.data_group) {
    case 1:
      check_dg1(file, passive, as_of, content, found);
      break;
    case 2: {
      const lds::Dg2Reading reading = lds::parse_dg2(file);
      found.add(reading.findings);
      if (reading.image) report.document["portrait"] = portrait_json(*reading.image);
      break;
    }
    case 3: {
      const lds::Dg3Reading reading = lds::parse_dg3(file);
      found.add(reading.findings);
      if (!reading.findings.failed()) report.document["fingers"] = fingers_json(reading.fingers);
      break;
    }
    case 11: {
      const lds::Dg11Reading reading = lds::parse_dg11(file);
      found.add(reading.findings);
      if (reading.details) report.document["holder"] = personal_details_json(*reading.details);
      break;
    }
    case 12: {
      const lds::Dg12Reading reading = lds::parse_dg12(file);
      found.add(reading.findings);
      if (reading.details) report.document["issuing"] = document_details_json(*reading.details);
      break;
    }
    case 16: {
      const lds::Dg16Reading reading = lds::parse_dg16(file);
      found.add(reading.findings);
      if (!reading.findings.failed()) report.document["notify"] = persons_to_notify_json(reading.persons);
      break;
    }
    case 13:
      check_outer_tag(info, file, found);
      if (!found.failed()) check_dg13(file, content, found);
      break;
    case 15:
      if (!lds::parse_dg15(file)) {
        found.fail("DG15_MALFORMED", "EF.DG15", "The public key of the chip cannot be read from the file.");
      }
      break;
    default:
      check_outer_tag(info, file, found);
  }
  return found;
}

bool may_stay_closed(int data_group, const Unread& unread) {
  return unread.refused.contains(data_group) && unread.may_be_refused.contains(data_group);
}

// yymmdd of a birth, which is never later than `latest`; nullopt: unknown parts, or no day.
std::optional<base::Date> birth_of(std::string_view digits, base::Date latest) {
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const std::string text(digits);
  for (const char* century : {"20", "19"}) {
    const auto day =
        base::parse_iso_date(fmt::format("{}{}-{}-{}", century, text.substr(0, 2), text.substr(2, 2), text.substr(4)));
    if (day && *day <= latest) return day;
  }
  return std::nullopt;
}

// Whether the holder was under six when the card was made; as of now when the card does not say when that was. Where it
// keeps the day of issue from us, a card that ends at fourteen may have been made then (Luật 26/2023 Đ21).
bool made_for_a_small_child(const lds::Files& files, const Unread& unread, base::Moment as_of) {
  const auto dg1 = files.find(lds::FileId::Dg1);
  const auto mrz_text = dg1 == files.end() ? std::nullopt : lds::parse_dg1(dg1->second);
  const auto mrz = mrz_text ? document::parse_mrz(*mrz_text).fields : std::nullopt;
  if (!mrz || mrz->issuing_state != "VNM") return false;
  base::Date made = base::date_in_viet_nam(as_of);
  if (const auto dg13 = files.find(lds::FileId::Dg13); dg13 != files.end()) {
    const auto fields = document::parse_dg13(dg13->second).fields;
    if (const auto issue = fields ? base::parse_vietnamese_date(fields->issue) : std::nullopt) made = *issue;
  }
  const auto birth = birth_of(mrz->birth, made);
  if (birth && !files.contains(lds::FileId::Dg13) && may_stay_closed(13, unread)) {
    return yymmdd(*document::card_expiry(*birth, *birth)) == mrz->expiry;
  }
  return birth && document::is_small_child(*birth, made);
}

bool only_for_few(int data_group) {
  return data_group == 3 || data_group == 4;  // fingerprints, irises: terminal authentication (9303-11 §7)
}

std::string without_line_ends(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != '\n' && c != '\r'; });
  return out;
}

// A date of DG13 against yymmdd. A text that is no date (a card without expiry) says nothing.
bool same_day(const std::string& vietnamese, std::string_view text) {
  const auto date = base::parse_vietnamese_date(vietnamese);
  if (!date) return true;
  return yymmdd(*date) == text;
}

// mrz_name() refuses letters that no MRZ can spell; such a name cannot be the one of DG1.
std::string spelled(const std::string& full_name) {
  try {
    std::string name = document::mrz_name(full_name);
    name.erase(name.find_last_not_of('<') + 1);
    return name;
  } catch (const base::Error&) {
    return {};
  }
}

}  // namespace

std::map<int, base::Bytes> data_groups_of(const lds::Files& files) {
  std::map<int, base::Bytes> out;
  for (const auto& [id, content] : files) {
    if (lds::info(id).data_group != 0) out[lds::info(id).data_group] = content;
  }
  return out;
}

Content check_contents(const lds::Files& files, const PassiveAuthentication& passive, base::Moment as_of,
                       Report& report) {
  Content content;
  check_com(files, passive, report.findings);
  nlohmann::json present = nlohmann::json::array();
  for (const auto& [id, file] : files) {
    const lds::FileInfo& info = lds::info(id);
    if (info.data_group == 0) continue;
    present.push_back(info.data_group);
    add_judged(check_group(info, file, passive, as_of, content, report), info.data_group, passive, report.findings);
  }
  content.comparable = !is_refused(1, passive) && !is_refused(13, passive);
  report.document["data_groups"] = std::move(present);
  report.document["authentic"] = passive.passed();
  if (!passive.signer_subject.empty()) report.document["signer"] = passive.signer_subject;
  if (content.mrz) report.document["mrz"] = mrz_json(*content.mrz, content.mrz_text);
  if (content.dg13) report.document["dg13"] = dg13_json(*content.dg13);
  return content;
}

void check_missing(const lds::Files& files, const PassiveAuthentication& passive, const Unread& unread,
                   base::Moment as_of, base::Findings& findings) {
  if (passive.signed_hashes.empty()) return;  // the SOD itself has failed
  std::set<int> due{1, 2};                    // in every document (9303-10 §4.5)
  for (const auto& [number, hash] : passive.signed_hashes) due.insert(number);
  if (!passive.signed_hashes.contains(2) && !files.contains(lds::FileId::Dg2) &&
      made_for_a_small_child(files, unread, as_of)) {
    due.erase(2);
    findings.warn("NO_PORTRAIT_CHILD", "EF.DG2",
                  "The card was made for a child under six: it has no portrait, compare the person by other means.");
  }
  for (const int number : due) {
    const lds::FileInfo* const info = lds::data_group(number);
    if (files.contains(info->id) || unread.failed.contains(number)) continue;
    const bool for_others = only_for_few(number) && !unread.absent.contains(number);
    const bool no_rights = unread.refused.contains(number) || for_others;
    findings.add({fmt::format("DG{}_{}", number, no_rights ? "NOT_READ" : "MISSING"),
                  for_others || may_stay_closed(number, unread) ? base::Severity::Note : base::Severity::Fail,
                  std::string(info->name),
                  no_rights ? "The data group was not read; it needs rights that this inspection does not have."
                            : "The data group belongs to the document, and it is not there."});
  }
}

StepResult compare(const Content& content, std::string_view optical_mrz, base::Findings& findings) {
  const bool has_dg13 = content.dg13 && content.comparable;
  if (!content.mrz || (!has_dg13 && optical_mrz.empty())) return StepResult::NotPerformed;
  base::Findings found;
  if (!optical_mrz.empty() && without_line_ends(optical_mrz) != content.mrz_text) {
    found.fail("MRZ_MISMATCH", "EF.DG1", "The MRZ in the chip differs from the one printed on the card.");
  }
  if (has_dg13) {
    if (content.dg13->number != content.mrz->citizen_number) {
      found.fail("DG13_NUMBER_MISMATCH", "EF.DG13", "DG13 and the MRZ hold different citizen numbers.");
    }
    if (spelled(content.dg13->full_name) != content.mrz->name) {
      found.warn("DG13_NAME_MISMATCH", "EF.DG13", "The name in DG13 is not the one that the MRZ spells.");
    }
    if (!same_day(content.dg13->birth, content.mrz->birth) || !same_day(content.dg13->expiry, content.mrz->expiry)) {
      found.warn("DG13_DATE_MISMATCH", "EF.DG13", "DG13 and the MRZ hold different dates of birth or expiry.");
    }
  }
  findings.add(found);
  return found.failed() ? StepResult::Failed : StepResult::Passed;
}

}  // namespace inspection
