#include "smartcard/inspection/document_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace inspection {

namespace {

const char* coding_name(lds::FingerCoding coding) {
  constexpr std::array kNames{"raw", "packed", "wsq", "jpeg", "jpeg2000", "png"};
  const auto number = static_cast<std::size_t>(coding);
  return number < kNames.size() ? kNames[number] : kNames[0];
}

// Primary << secondary: ERIKSSON<<ANNA<MARIA as "ERIKSSON, ANNA MARIA".
std::string name_text(std::string name) {
  const std::size_t gap = name.find("<<");
  if (gap != std::string::npos) name.replace(gap, 2, ", ");
  std::ranges::replace(name, '<', ' ');
  return name;
}

std::vector<std::string> name_texts(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(name_text(name));
  return out;
}

// 19850412 as 1985-04-12, 19600000 as 1960: what is known.
std::string day_text(const std::string& digits) {
  if (digits.size() < 8 || digits.substr(0, 4) == "0000") return {};
  std::string out = digits.substr(0, 4);
  for (const std::size_t at : {4U, 6U}) {
    if (digits.substr(at, 2) == "00") return out;
    out += "-" + digits.substr(at, 2);
  }
  return out;
}

}  // namespace

nlohmann::json mrz_json(const document::ParsedMrz& mrz, const std::string& text) {
  return {{"text", text},
          {"document_code", mrz.document_code},
          {"issuing_state", mrz.issuing_state},
          {"document_number", mrz.document_number},
          {"birth", mrz.birth},
          {"sex", mrz.sex},
          {"expiry", mrz.expiry},
          {"nationality", mrz.nationality},
          {"citizen_number", mrz.citizen_number},
          {"name", mrz.name}};
}

nlohmann::json dg13_json(const document::Dg13& f) {
  return {{"number", f.number},
          {"full_name", f.full_name},
          {"birth", f.birth},
          {"sex", f.sex},
          {"nationality", f.nationality},
          {"ethnicity", f.ethnicity},
          {"religion", f.religion},
          {"place_of_origin", f.place_of_origin},
          {"residence", f.residence},
          {"marks", f.marks},
          {"issue", f.issue},
          {"expiry", f.expiry},
          {"father", f.father},
          {"mother", f.mother},
          {"spouse", f.spouse},
          {"old_id", f.old_id},
          {"chip_id", f.chip_id}};
}

nlohmann::json portrait_json(const base::Bytes& image) {
  const bool jpeg = image.size() > 2 && image[0] == 0xFF && image[1] == 0xD8;
  return {{"format", jpeg ? "jpeg" : "jpeg2000"}, {"bytes", image.size()}};
}

nlohmann::json fingers_json(const std::vector<lds::FingerImage>& fingers) {
  auto list = nlohmann::json::array();
  for (const lds::FingerImage& one : fingers) {
    list.push_back({{"finger", lds::finger_name(one.finger)},
                    {"format", coding_name(one.coding)},
                    {"width", one.width},
                    {"height", one.height},
                    {"bytes", one.image.size()}});
  }
  return list;
}

nlohmann::json personal_details_json(const lds::PersonalDetails& d) {
  return {{"full_name", name_text(d.full_name)},
          {"other_names", name_texts(d.other_names)},
          {"personal_number", d.personal_number},
          {"birth", day_text(d.birth)},
          {"place_of_birth", d.place_of_birth},
          {"address", d.address},
          {"telephone", d.telephone},
          {"profession", d.profession},
          {"title", d.title},
          {"summary", d.summary},
          {"other_travel_documents", d.other_travel_documents},
          {"custody", d.custody}};
}

nlohmann::json document_details_json(const lds::DocumentDetails& d) {
  return {{"authority", d.authority},
          {"issue", day_text(d.issue)},
          {"other_persons", name_texts(d.other_persons)},
          {"endorsements", d.endorsements},
          {"exit_requirements", d.exit_requirements}};
}

nlohmann::json persons_to_notify_json(const std::vector<lds::PersonToNotify>& persons) {
  auto list = nlohmann::json::array();
  for (const lds::PersonToNotify& one : persons) {
    list.push_back({{"recorded", day_text(one.recorded)},
                    {"name", name_text(one.name)},
                    {"telephone", one.telephone},
                    {"address", one.address}});
  }
  return list;
}

}  // namespace inspection
