// What the register's store costs beside the bare engine, in one run: a look-up by number against the same SELECT
// prepared with sqlite3 alone, and the search for duplicates against a look-up.
//
//   registry_bench DIR LOOKUPS DUPLICATES      prints one JSON object, medians in microseconds

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/registry/home.h"
#include "pki/base/core/error.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kColumns = 15;
constexpr int kBatch = 50;  // look-ups between two looks at the clock, so that the clock costs nothing

double median(std::vector<double> times) {
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

template <class Work>
double microseconds(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

// The least that reads a person: prepared once, every column fetched.
class BareSelect {
 public:
  explicit BareSelect(const std::string& file) {
    base::ensure(sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK, "it opens");
    const char* const sql =
        "SELECT number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, place_of_birth, "
        "residence, father, mother, spouse, old_id, cancelled_number FROM persons WHERE number = ?1";
    base::ensure(sqlite3_prepare_v2(database_, sql, -1, &statement_, nullptr) == SQLITE_OK, "it is SQL");
  }
  ~BareSelect() {
    sqlite3_finalize(statement_);
    sqlite3_close(database_);
  }
  BareSelect(const BareSelect&) = delete;
  BareSelect& operator=(const BareSelect&) = delete;

  std::size_t read(std::int64_t number) {
    sqlite3_bind_int64(statement_, 1, number);
    base::ensure(sqlite3_step(statement_) == SQLITE_ROW, "everybody asked for is there");
    std::size_t length = 0;
    for (int column = 0; column < kColumns; ++column) {
      sqlite3_column_text(statement_, column);
      length += static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    }
    sqlite3_reset(statement_);
    return length;
  }

  // Numbers spread evenly over the table, in random order.
  std::vector<std::int64_t> numbers(std::size_t count, base::Random& random) {
    sqlite3_stmt* all = nullptr;
    sqlite3_prepare_v2(database_, "SELECT number FROM persons", -1, &all, nullptr);
    std::vector<std::int64_t> every;
    while (sqlite3_step(all) == SQLITE_ROW) every.push_back(sqlite3_column_int64(all, 0));
    sqlite3_finalize(all);
    base::ensure(!every.empty(), "the register holds somebody");
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t draw = 0;
      for (const std::uint8_t octet : random.bytes(8)) draw = draw << 8 | octet;
      out.push_back(every[draw % every.size()]);
    }
    return out;
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

document::CitizenNumber number(std::int64_t key) {
  const std::string digits = std::to_string(key);
  return *document::CitizenNumber::parse(std::string(12 - digits.size(), '0') + digits);
}

}  // namespace

int main(int argc, char** argv) {
  base::ensure(argc == 4, "registry_bench DIR LOOKUPS DUPLICATES");
  const base::SystemClock clock;
  base::SeededRandom random(2026);
  BareSelect bare(std::string(argv[1]) + "/registry.db");
  registry::Store store = registry::Home::open(argv[1]).store(clock);
  std::vector<document::CitizenNumber> asked;
  const auto keys = bare.numbers(std::stoul(argv[2]), random);
  for (const std::int64_t key : keys) asked.push_back(number(key));
  for (const std::int64_t key : keys) bare.read(key);  // both find the pages in the system's cache

  std::vector<double> bare_times, store_times, duplicate_times;
  std::size_t seen = 0;
  for (std::size_t at = 0; at + kBatch <= keys.size(); at += kBatch) {
    const auto by_bare = [&] {
      for (std::size_t i = at; i < at + kBatch; ++i) seen += bare.read(keys[i]);
    };
    const auto by_store = [&] {
      for (std::size_t i = at; i < at + kBatch; ++i) seen += store.person(asked[i])->full_name.size();
    };
    const bool bare_first = at / kBatch % 2 == 0;
    if (bare_first) bare_times.push_back(microseconds(by_bare) / kBatch);
    store_times.push_back(microseconds(by_store) / kBatch);
    if (!bare_first) bare_times.push_back(microseconds(by_bare) / kBatch);
  }
  for (std::size_t i = 0; i < std::min(asked.size(), std::stoul(argv[3])); ++i) {
    const auto person = store.person(asked[i]);
    duplicate_times.push_back(microseconds([&] { seen += store.duplicates_of(*person).size(); }));
  }
  std::cout << nlohmann::json{{"persons", store.count()},
                              {"seen", seen},
                              {"bare_us", median(bare_times)},
                              {"lookup_us", median(store_times)},
                              {"duplicates_us", median(duplicate_times)}}
                   .dump()
            << "\n";
}
