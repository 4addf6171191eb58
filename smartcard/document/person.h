#pragma once
// One person as the population register knows them: exactly what may be printed on the card or written into its chip.

#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "smartcard/document/citizen_number.h"

namespace document {

// Texts are UTF-8 in NFC, without '|', CR or LF (the QR text uses '|').
struct Person {
  CitizenNumber number;
  std::string full_name;  // as registered, "Nguyễn Văn Mẫu"
  base::Date birth;
  Sex sex = Sex::Male;
  std::string nationality;      // "Việt Nam"
  std::string ethnicity;        // "Kinh"
  std::string religion;         // "Không"
  std::string place_of_origin;  // quê quán
  std::string place_of_birth;   // nơi đăng ký khai sinh
  std::string residence;        // nơi cư trú
  std::string father;           // empty: not registered
  std::string mother;
  std::string spouse;            // empty: none
  std::string old_id;            // 9-digit CMND, empty: none
  std::string cancelled_number;  // an earlier number that was cancelled and re-established, empty: none
  bool operator==(const Person&) const = default;
};

}  // namespace document
