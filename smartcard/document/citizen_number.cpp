#include "smartcard/document/citizen_number.h"

#include <algorithm>
#include <array>

namespace document {

namespace {

struct Province {
  std::string_view code, name;
};

// Phụ lục 1 of TT 07/2016/TT-BCA: 63 codes with gaps. Units after 1 July 2025 keep these numbers on issued cards.
constexpr auto kProvinces = std::to_array<Province>({
    {"001", "Hà Nội"},
    {"002", "Hà Giang"},
    {"004", "Cao Bằng"},
    {"006", "Bắc Kạn"},
    {"008", "Tuyên Quang"},
    {"010", "Lào Cai"},
    {"011", "Điện Biên"},
    {"012", "Lai Châu"},
    {"014", "Sơn La"},
    {"015", "Yên Bái"},
    {"017", "Hòa Bình"},
    {"019", "Thái Nguyên"},
    {"020", "Lạng Sơn"},
    {"022", "Quảng Ninh"},
    {"024", "Bắc Giang"},
    {"025", "Phú Thọ"},
    {"026", "Vĩnh Phúc"},
    {"027", "Bắc Ninh"},
    {"030", "Hải Dương"},
    {"031", "Hải Phòng"},
    {"033", "Hưng Yên"},
    {"034", "Thái Bình"},
    {"035", "Hà Nam"},
    {"036", "Nam Định"},
    {"037", "Ninh Bình"},
    {"038", "Thanh Hóa"},
    {"040", "Nghệ An"},
    {"042", "Hà Tĩnh"},
    {"044", "Quảng Bình"},
    {"045", "Quảng Trị"},
    {"046", "Thừa Thiên Huế"},
    {"048", "Đà Nẵng"},
    {"049", "Quảng Nam"},
    {"051", "Quảng Ngãi"},
    {"052", "Bình Định"},
    {"054", "Phú Yên"},
    {"056", "Khánh Hòa"},
    {"058", "Ninh Thuận"},
    {"060", "Bình Thuận"},
    {"062", "Kon Tum"},
    {"064", "Gia Lai"},
    {"066", "Đắk Lắk"},
    {"067", "Đắk Nông"},
    {"068", "Lâm Đồng"},
    {"070", "Bình Phước"},
    {"072", "Tây Ninh"},
    {"074", "Bình Dương"},
    {"075", "Đồng Nai"},
    {"077", "Bà Rịa - Vũng Tàu"},
    {"079", "Hồ Chí Minh"},
    {"080", "Long An"},
    {"082", "Tiền Giang"},
    {"083", "Bến Tre"},
    {"084", "Trà Vinh"},
    {"086", "Vĩnh Long"},
    {"087", "Đồng Tháp"},
    {"089", "An Giang"},
    {"091", "Kiên Giang"},
    {"092", "Cần Thơ"},
    {"093", "Hậu Giang"},
    {"094", "Sóc Trăng"},
    {"095", "Bạc Liêu"},
    {"096", "Cà Mau"},
});

}  // namespace

std::string_view mrz_letter(Sex sex) {
  return sex == Sex::Male ? "M" : "F";
}
std::string_view vietnamese(Sex sex) {
  return sex == Sex::Male ? "Nam" : "Nữ";
}

std::optional<Sex> parse_vietnamese_sex(std::string_view text) {
  if (text == "Nam") return Sex::Male;
  if (text == "Nữ") return Sex::Female;
  return std::nullopt;
}

std::optional<CitizenNumber> CitizenNumber::parse(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 12 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  return CitizenNumber(std::string(text));
}

// G, NĐ 137/2015 Đ13: even for men, odd for women; 0 and 1 are the twentieth century, then two digits a century.
Sex CitizenNumber::sex() const {
  return (digits_[3] - '0') % 2 == 0 ? Sex::Male : Sex::Female;
}

int CitizenNumber::birth_year() const {
  return 1900 + (digits_[3] - '0') / 2 * 100 + (digits_[4] - '0') * 10 + (digits_[5] - '0');
}

std::optional<std::string_view> province_name(std::string_view code) {
  const auto found = std::ranges::find(kProvinces, code, &Province::code);
  return found == kProvinces.end() ? std::nullopt : std::optional(found->name);
}

}  // namespace document
