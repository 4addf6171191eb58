#include "issuance/registry/sample_words.h"

#include <array>

namespace registry::words {

namespace {

using std::string_view;

constexpr auto kFamilyNames = std::to_array<string_view>(
    {"Nguyễn", "Trần",  "Lê",   "Phạm",  "Hoàng", "Huỳnh", "Phan", "Vũ",   "Võ",  "Đặng", "Bùi", "Đỗ",    "Hồ",
     "Ngô",    "Dương", "Lý",   "Đinh",  "Đoàn",  "Trịnh", "Mai",  "Hà",   "Cao", "Lưu",  "Tạ",  "Phùng", "Châu",
     "Trương", "Lương", "Thái", "Quách", "Tăng",  "Vương", "Tô",   "Kiều", "Chu", "Từ",   "La",  "Lâm",   "Hứa"});
constexpr auto kRareFamilyNames = std::to_array<string_view>(
    {"Ưng",   "Ông",   "Ung",      "Giáp",     "Thạch", "Nghiêm", "Khuất", "Doãn", "Khổng", "Mạc",
     "Ninh",  "Triệu", "Lục",      "Đồng",     "Tống",  "Viên",   "Xa",    "Lò",   "Cầm",   "Quàng",
     "Lường", "Cháng", "Giàng",    "Vàng",     "Sùng",  "Chảo",   "Phàn",  "Tẩn",  "Mùa",   "Hờ",
     "Sầm",   "Vi",    "Nông",     "Bế",       "Điểu",  "Chế",    "Đàng",  "Kỷ",   "Ngụy",  "Ý",
     "Ỷ",     "Lữ",    "Âu Dương", "Tôn Thất", "Ẳng",   "Thẩm",   "Cổ",    "Lỗ",   "Mỵ"});
constexpr auto kMiddleMale =
    std::to_array<string_view>({"Văn", "Hữu", "Đức",  "Công",  "Quang", "Minh", "Ngọc", "Xuân", "Đình", "Thành",
                                "Thế", "Bá",  "Quốc", "Trọng", "Mạnh",  "Khắc", "Viết", "Sỹ",   "Gia",  "Phúc"});
constexpr auto kMiddleFemale = std::to_array<string_view>(
    {"Thị", "Ngọc", "Thu",      "Thanh",     "Kim",  "Mỹ",     "Bích",       "Hồng",  "Phương", "Diệu",
     "Như", "Ánh",  "Thị Ngọc", "Thị Thanh", "Thùy", "Thị Mỹ", "Hoàng Thảo", "Tuyết", "Cẩm",    "Khánh"});
constexpr auto kGivenMale = std::to_array<string_view>(
    {"Anh",   "Minh",   "Hùng",  "Dũng",  "Tuấn", "Nam",   "Sơn",   "Hải",    "Long", "Cường", "Đức",  "Bảo", "Bình",
     "Đạt",   "Hiếu",   "Khánh", "Kiên",  "Lâm",  "Nghĩa", "Nhật",  "Phong",  "Phúc", "Quang", "Quân", "Tài", "Tân",
     "Thắng", "Thành",  "Thịnh", "Tiến",  "Toàn", "Trí",   "Trung", "Trường", "Tùng", "Việt",  "Vinh", "Vũ",  "Vương",
     "Ngữ",   "Thưởng", "Ngạn",  "Quýnh", "Chẩn", "Huỷ",   "Thuỵ",  "Đỡ",     "Nhẫn", "Kỵ",    "Vỹ",   "Cẩn", "Ổn",
     "Tẻo",   "Sử",     "Ký",    "Lễ",    "Kỉnh", "Sĩ",    "Trì",   "Định",   "Nghị", "Khải",  "Bổn",  "Hổ",  "Xứng",
     "Mẫn",   "Thẳng",  "Lực",   "Hoằng", "Bằng", "Thuấn", "Ẩn",    "Ất",     "Ấn"});
constexpr auto kGivenFemale = std::to_array<string_view>(
    {"Lan",  "Hương", "Linh",   "Trang",  "Hoa",   "Mai",   "Thảo", "Hà",    "Ngọc",  "Hằng", "Hạnh",   "Hiền",
     "Hồng", "Huệ",   "Huyền",  "Khuê",   "Liên",  "Loan",  "My",   "Mỹ",    "Nga",   "Ngân", "Nguyệt", "Nhung",
     "Nhi",  "Oanh",  "Phương", "Phượng", "Quyên", "Quỳnh", "Tâm",  "Thắm",  "Thu",   "Thuỷ", "Thùy",   "Thúy",
     "Tiên", "Trâm",  "Trinh",  "Tuyết",  "Tú",    "Uyên",  "Vân",  "Vy",    "Xuân",  "Yến",  "Ý",      "Ửng",
     "Diệp", "Ánh",   "Bích",   "Châu",   "Chi",   "Diễm",  "Dung", "Duyên", "Giang", "Hẹn",  "Nở",     "Bưởi",
     "Gấm",  "Lụa",   "Thoả",   "Kẽm",    "Thẹn",  "Đẹp",   "Tỉnh", "Nhị",   "Thuở",  "Sữa",  "Mận",    "Đào",
     "Cúc",  "Ngãi",  "Thỏ",    "Nhợ",    "Nhựt",  "Hẳng",  "Én"});
constexpr auto kRareMale = std::to_array<string_view>(
    {"Y Bhăm Ênuôl", "K' Brểu", "Điểu Ông", "Rơ Châm Đức", "Vĩnh Phúc Bảo Quốc Ưng Ẩn", "Công Huyền Tôn Thất Ngữ",
     "Lý A Sĩ", "Thạch Sô Phách", "Nguyễn Phước Vĩnh Lộc", "Siu Hờ Ất"});
constexpr auto kRareFemale =
    std::to_array<string_view>({"H' Hen Niê", "Công Tằng Tôn Nữ Thị Hoàng Ngọc Diễm Khuê", "Tôn Nữ Thị Ninh", "Ka Ốm",
                                "Ẳng Thị Ỷ", "Hồ Thị Ẵng", "Rơ Ô H' Lỗi", "Kpă Hờ Nhữ", "Neáng Sà Kỗ", "Đinh Thị Ổi"});
constexpr auto kCommunes = std::to_array<string_view>(
    {"Bến Nghé",  "Yên Hòa",   "Hữu Lũng",   "Bằng Lũng",   "Phố Ràng",  "Ẳng Nưa",    "Mường Ảng",   "Nậm Nhùn",
     "Tủa Chùa",  "Ỷ La",      "Đỗ Động",    "Ngã Bảy",     "Cái Bè",    "Cờ Đỏ",      "Phụng Hiệp",  "Long Mỹ",
     "Trà Ôn",    "Mỏ Cày",    "Gò Quao",    "Đức Huệ",     "Ô Môn",     "Ia Grai",    "Chư Prông",   "Krông Pắc",
     "Đắk Glei",  "Kon Rẫy",   "Đạ Tẻh",     "Bù Đăng",     "Phước Bửu", "Đất Đỏ",     "Cẩm Mỹ",      "Lấp Vò",
     "Tháp Mười", "Thoại Sơn", "Tịnh Biên",  "Giồng Riềng", "Hòn Đất",   "Thới Bình",  "Năm Căn",     "Ngọc Hiển",
     "Giá Rai",   "Mỹ Tú",     "Kế Sách",    "Kẻ Sặt",      "Giẽ Hạ",    "Nghĩa Lộ",   "Quỳ Hợp",     "Chũ",
     "Đồi Ngô",   "Bố Hạ",     "Khoái Châu", "Ứng Hòa",     "Vĩnh Bảo",  "Suối Giàng", "Đồng Hỷ",     "Võ Nhai",
     "Bến Cầu",   "Gò Dầu",    "Chợ Gạo",    "Vị Thủy",     "Cẩm Phả",   "Sông Mỡ",    "Ngũ Hành Sơn"});
constexpr auto kStreets = std::to_array<string_view>(
    {"Trần Hưng Đạo", "Lê Lợi", "Nguyễn Huệ", "Hai Bà Trưng", "Lý Thường Kiệt", "Quang Trung", "Phan Chu Trinh",
     "Võ Thị Sáu", "Hùng Vương", "Điện Biên Phủ", "Cách Mạng Tháng Tám", "Nguyễn Thị Minh Khai", "Ngô Quyền",
     "Đinh Tiên Hoàng", "Hoàng Hoa Thám", "Xô Viết Nghệ Tĩnh", "Bạch Đằng", "Tôn Đức Thắng"});
constexpr auto kEthnicities = std::to_array<string_view>(
    {"Kinh", "Kinh", "Kinh", "Kinh", "Kinh",    "Kinh", "Tày",   "Thái",    "Mường", "Khmer",
     "Hoa",  "Nùng", "Mông", "Dao",  "Gia Rai", "Ê Đê", "Ba Na", "Xơ Đăng", "Cơ Ho", "Chăm"});
constexpr auto kReligions = std::to_array<string_view>(
    {"Không", "Không", "Không", "Không", "Phật giáo", "Công giáo", "Cao Đài", "Hòa Hảo", "Tin Lành", "Hồi giáo"});
constexpr auto kCountries =
    std::to_array<string_view>({"Hoa Kỳ", "Đức", "Pháp", "Úc", "Ca-na-đa", "Nhật Bản", "Không quốc tịch"});

}  // namespace

Words family_names() {
  return kFamilyNames;
}
Words rare_family_names() {
  return kRareFamilyNames;
}
Words middle_names_male() {
  return kMiddleMale;
}
Words middle_names_female() {
  return kMiddleFemale;
}
Words given_names_male() {
  return kGivenMale;
}
Words given_names_female() {
  return kGivenFemale;
}
Words rare_full_names_male() {
  return kRareMale;
}
Words rare_full_names_female() {
  return kRareFemale;
}
Words communes() {
  return kCommunes;
}
Words streets() {
  return kStreets;
}
Words ethnicities() {
  return kEthnicities;
}
Words religions() {
  return kReligions;
}
Words countries() {
  return kCountries;
}

}  // namespace registry::words
