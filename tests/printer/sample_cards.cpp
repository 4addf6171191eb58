#include "tests/printer/sample_cards.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "printer/artwork/portrait.h"
#include "smartcard/document/qr_text.h"

namespace {

const base::Date kIssue = base::make_date(2024, 10, 4);

constexpr std::array kFamilies{"Nguyễn", "Trần", "Lê",   "Phạm", "Hoàng", "Huỳnh", "Phan",
                               "Vũ",     "Võ",   "Đặng", "Bùi",  "Đỗ",    "Hồ",    "Ngô",
                               "Dương",  "Lý",   "Ông",  "Ksor", "Thạch", "H'Hen", "Giàng"};
constexpr std::array kMiddles{"Văn",   "Thị",  "Hữu",    "Ngọc",      "Thị Bích", "Đức",  "Quốc",
                              "Phước", "Xuân", "Thị Mỹ", "Công Tằng", "Tôn Nữ",   "Hoàng"};
constexpr std::array kGivens{"Mẫu",   "Thử",    "Nghiệm", "Hường", "Ước",  "Quỳnh", "Thuỷ", "Nhật",   "Ảnh", "Ý",
                             "Ngoãn", "Phượng", "Khuê",   "Tuấn",  "Diễm", "Bắc",   "Ặc",   "Trưởng", "Ổn",  "Sự"};
constexpr std::array kStreets{"Phố Mẫu",     "Đường Thử Nghiệm",     "Ngõ Ước",
                              "Hẻm Đề Thám", "Đường Nguyễn Thị Mẫu", "Tổ dân phố Ổi"};
constexpr std::array kWards{"Phường Mẫu", "Xã Thử Nghiệm", "Thị trấn Ước Lễ", "Phường Đông Hưng Thuận", "Xã Đắk Mẫu"};
constexpr std::array kProvinces{"Hà Nội", "TP. Hồ Chí Minh", "Bà Rịa - Vũng Tàu", "Thừa Thiên Huế", "Đắk Lắk"};

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
  template <class List>
  std::string one_of(const List& list) {
    return list.at(below(static_cast<unsigned>(list.size())));
  }

 private:
  std::mt19937_64 engine_;
};

std::string name(Chance& chance) {
  return fmt::format("{} {} {}", chance.one_of(kFamilies), chance.one_of(kMiddles), chance.one_of(kGivens));
}

std::string place(Chance& chance) {
  return fmt::format("{}, {}", chance.one_of(kWards), chance.one_of(kProvinces));
}

artwork::Card card_of(const document::Person& person, std::optional<base::Date> expiry, base::Bytes portrait) {
  return {person,
          std::move(portrait),
          document::build_mrz(person.number, person.full_name, person.birth, person.sex, expiry),
          document::build_qr_text(person, kIssue),
          kIssue,
          expiry};
}

document::Person person_of(const std::string& number, std::string full_name, base::Date birth, document::Sex sex) {
  return {.number = document::CitizenNumber::parse(number).value(),
          .full_name = std::move(full_name),
          .birth = birth,
          .sex = sex,
          .nationality = "Việt Nam",
          .ethnicity = "Kinh",
          .religion = "Không",
          .place_of_origin = "Phường Mẫu, Hà Nội",
          .place_of_birth = "Phường Mẫu, Quận Ba Đình, Hà Nội",
          .residence = "Số 1 Phố Mẫu, Phường Mẫu, Quận Ba Đình, Hà Nội",
          .father = {},
          .mother = {},
          .spouse = {},
          .old_id = {},
          .cancelled_number = {}};
}

}  // namespace

artwork::Card example_card() {
  document::Person person =
      person_of("001090000000", "Nguyễn Văn Mẫu", base::make_date(1990, 1, 1), document::Sex::Male);
  person.old_id = "012345678";
  return card_of(person, base::make_date(2030, 1, 1), artwork::sample_portrait(7));
}

artwork::Card sample_card(std::uint64_t number) {
  Chance chance(number);
  const bool child = number % 5 == 0;
  const bool female = chance.below(2) == 1;
  const unsigned year = child ? 2012 + chance.below(6) : 1950 + chance.below(50);
  const base::Date birth = base::make_date(static_cast<int>(year), 1 + chance.below(12), 1 + chance.below(28));
  const unsigned century = (year >= 2000 ? 2U : 0U) + (female ? 1U : 0U);
  const std::string digits = fmt::format("{:03}{}{:02}{:06}", 1 + chance.below(96), century, year % 100, 0);
  document::Person person =
      person_of(digits, name(chance), birth, female ? document::Sex::Female : document::Sex::Male);
  person.place_of_birth = place(chance);
  person.residence = fmt::format("Số {} {}, {}", 1 + chance.below(999), chance.one_of(kStreets), place(chance));
  if (chance.below(3) == 0) person.residence = "Căn hộ 12A08, Chung cư Thử Nghiệm Xanh, " + person.residence;
  if (!child && chance.below(2) == 0) person.old_id = fmt::format("{:09}", chance.below(999'999'999));
  if (chance.below(10) == 0) person.cancelled_number = digits;
  if (child) {
    person.father = name(chance);
    person.mother = name(chance);
  }
  return card_of(person, std::nullopt, {});
}
