#pragma once
// Invented persons and a register in a folder of its own, for the tests of this room.

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "issuance/registry/spread.h"
#include "issuance/registry/store.h"
#include "tests/base/folder.h"
#include "tests/support/postgresql.h"

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

// Where the store of one test lies. ctest runs the tests of registry_store_test three times, with CCCD_TEST_STORE unset
// (a SQLite file), "postgresql" (one server) and "two-servers" (the parts of the register on two of them).
class StorePlace {
 public:
  StorePlace() {
    const char* const named = std::getenv("CCCD_TEST_STORE");
    const std::string place = named == nullptr ? "" : named;
    EXPECT_TRUE(place.empty() || place == "postgresql" || place == "two-servers") << place;
    if (!place.empty()) here_.emplace();
    if (place == "two-servers") there_.emplace(PostgresqlDatabase::On::Second);
  }
  registry::Store create(const std::filesystem::path& file, const base::Clock& clock) const {
    if (!here_) return registry::Store::create(file, clock);
    db::Connection database = db::Connection::connect(here_->url());
    registry::Spread spread{.partitions = 2, .others = {}};
    if (there_) spread.others.push_back(db::parse_address(there_->url()));
    registry::migrate_postgresql(database, clock, spread);
    return {std::move(database), clock};
  }
  registry::Store open(const std::filesystem::path& file, const base::Clock& clock) const {
    if (!here_) return registry::Store::open(file, clock);
    return {db::Connection::connect(here_->url()), clock};
  }

 private:
  std::optional<PostgresqlDatabase> here_, there_;
};

class RegistryTest : public testing::Test {
 protected:
  base::Findings add(const document::Person& p) {
    base::Findings findings;
    added = store.register_person(p, findings);
    return findings;
  }

  // As after a restart of the program.
  void reopen() { store = place.open(folder / "registry.db", clock); }

  Folder folder;
  StorePlace place;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  base::SeededRandom random{5};
  registry::Store store = place.create(folder / "registry.db", clock);
  registry::Store::Added added = registry::Store::Added::Refused;
};

}  // namespace test
