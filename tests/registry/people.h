#pragma once
// Invented persons and a register in a folder of its own, for the tests of this room.

#include <gtest/gtest.h>

#include "issuance/registry/store.h"
#include "tests/base/folder.h"

namespace test {

inline document::CitizenNumber number(const std::string& text) {
  return *document::CitizenNumber::parse(text);
}

inline document::Person person(const std::string& digits = "001090990001") {
  return {.number = number(digits),
          .full_name = "Nguyễn Văn Mẫu",
          .birth = base::make_date(1990, 1, 1),
          .sex = document::Sex::Male,
          .nationality = "Việt Nam",
          .ethnicity = "Kinh",
          .religion = "Không",
          .place_of_origin = "Xã Thử, Hà Nội",
          .place_of_birth = "Xã Thử, Hà Nội",
          .residence = "Số 1, phường Mẫu, Hà Nội",
          .father = "Nguyễn Văn Cha",
          .mother = "Trần Thị Mẹ",
          .spouse = "",
          .old_id = "012345678",
          .cancelled_number = ""};
}

class RegistryTest : public testing::Test {
 protected:
  base::Findings add(const document::Person& p) {
    base::Findings findings;
    added = store.register_person(p, findings);
    return findings;
  }

  // As after a restart of the program.
  void reopen() { store = registry::Store::open(folder / "registry.db", clock); }

  Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  base::SeededRandom random{5};
  registry::Store store = registry::Store::create(folder / "registry.db", clock);
  registry::Store::Added added = registry::Store::Added::Refused;
};

}  // namespace test
