#include "tests/issuance/sample.h"
#include "tests/issuance/attested.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "tests/support/pictures.h"
#include "tests/support/vectors.h"

namespace sample {

base::Moment now() {
  return *base::parse_rfc3339("2026-11-23T02:00:00Z");
}

nlohmann::json image(const base::Bytes& bytes) {
  std::string base64 = base::to_base64url(bytes);
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  return {{"base64", base64}};
}

nlohmann::json application_json() {
  return {{"number", "001090000000"},
          {"full_name", "Nguyễn Văn Mẫu"},
          {"birth", "1990-01-01"},
          {"sex", "Nam"},
          {"reason", "NEW-14"},
          {"marks", "Nốt ruồi cách 1 cm dưới mắt trái"},
          {"form", "adult-2024"},
          {"portrait", image(vectors::load_binary("synth/face.jpg"))},
          {"fingers",
           {{{"position", "right_index"}, {"image", image(pictures::gray_png(300, 400))}},
            {{"position", "left_index"}, {"image", image(pictures::gray_png(300, 400, 400, 0xAA))}}}}};
}

vetting::Application application() {
  auto reading = vetting::parse_application(application_json().dump(), ".");
  base::ensure(reading.application.has_value(), "the sample application is well formed");
  return std::move(*reading.application);
}

document::RegistryAnswer answer(const std::string& case_id) {
  const auto number = *document::CitizenNumber::parse("001090000000");
  return {.number = number.text(),
          .case_id = case_id,
          .purpose = "issuance",
          .at = now(),
          .nonce = "AAAAAAAAAAAAAAAAAAAAAA",
          .status = "found",
          .person = document::Person{.number = number,
                                     .full_name = "Nguyễn Văn Mẫu",
                                     .birth = base::make_date(1990, 1, 1),
                                     .sex = document::Sex::Male,
                                     .nationality = "Việt Nam",
                                     .ethnicity = "Kinh",
                                     .religion = "Không",
                                     .place_of_origin = "Ba Đình, Hà Nội",
                                     .place_of_birth = "Ba Đình, Hà Nội",
                                     .residence = "Số 1 phố Thử, Ba Đình, Hà Nội",
                                     .father = "Nguyễn Văn Cha",
                                     .mother = "Trần Thị Mẹ",
                                     .spouse = "",
                                     .old_id = "",
                                     .cancelled_number = ""},
          .citizen = true,
          .alive = true,
          .cards = {},
          .open_case = "",
          .attestations = attested::enough()};
}

Registry::Registry() : key(keystore::generate(keystore::Curve::P256, random)) {}

std::string Registry::sign(const document::RegistryAnswer& content) const {
  return evidence::sign_statement("answer", document::to_json(content), *key);
}

const Registry& registry() {
  static const Registry registry;
  return registry;
}

vetting::TrustedAnswer trusted(const document::RegistryAnswer& content, const std::string& number) {
  auto opened =
      vetting::open_answer(registry().sign(content), registry().public_key(), number, content.case_id, content.at);
  base::ensure(std::holds_alternative<vetting::TrustedAnswer>(opened), "the sample registry's answer is trusted");
  return std::move(std::get<vetting::TrustedAnswer>(opened));
}

vetting::CheckedCase checked(const std::string& case_id) {
  auto vetted = vetting::vet(case_id, application(), trusted(answer(case_id), application().number),
                             vetting::RuleSet::shipped(), base::date_in_viet_nam(now()));
  base::ensure(std::holds_alternative<vetting::CheckedCase>(vetted), "the sample case passes vetting");
  return std::move(std::get<vetting::CheckedCase>(vetted));
}

}  // namespace sample
