#include "smartcard/inspection/document_json.h"

#include <array>
#include <nlohmann/json.hpp>

namespace inspection {

namespace {

const char* finger_name(lds::Finger finger) {
  constexpr std::array kNames{"unknown",    "right_thumb", "right_index", "right_middle", "right_ring", "right_little",
                              "left_thumb", "left_index",  "left_middle", "left_ring",    "left_little"};
  const auto number = static_cast<std::size_t>(finger);
  return number < kNames.size() ? kNames[number] : kNames[0];
}

const char* coding_name(lds::FingerCoding coding) {
  constexpr std::array kNames{"raw", "packed", "wsq", "jpeg", "jpeg2000", "png"};
  const auto number = static_cast<std::size_t>(coding);
  return number < kNames.size() ? kNames[number] : kNames[0];
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
    list.push_back({{"finger", finger_name(one.finger)},
                    {"format", coding_name(one.coding)},
                    {"width", one.width},
                    {"height", one.height},
                    {"bytes", one.image.size()}});
  }
  return list;
}

}  // namespace inspection
