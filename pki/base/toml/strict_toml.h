#pragma once
// Files that somebody writes by hand, read strictly: each key is asked for by name, a value is of the type and range
// that was asked for, and what nobody asked for is refused. Every no is an Error{FixConfiguration} that begins with the
// caller's `doing` and says file:line. toml++ stays in this room.
//
//   const Plan plan = strict_toml::read(text, "plan.toml", "reading the plan", [](strict_toml::Table file) {
//     Plan plan{file.text("title")};
//     for (strict_toml::Table step : file.tables("step")) plan.steps.push_back(read_step(step));
//     return plan;
//   });                                        // refuses whatever key of any table was not asked for
//
// Not for data of another party: that is JSON or DER, and judged with findings.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pki/base/core/clock.h"

namespace strict_toml {

inline constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// One table of a file. Copies look at the same table; the file lives as long as one of them. Asking marks a key as
// known, also when it is not there. The maybe_ forms give nullopt where the key is absent; the others refuse that.
class Table {
 public:
  bool has(std::string_view key) const;  // does not mark it as known
  std::vector<std::string> keys() const;

  std::string text(std::string_view key) const;  // not empty
  std::optional<std::string> maybe_text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;        // not empty, each text not empty
  std::vector<std::string> maybe_texts(std::string_view key) const;  // absent: none; may be empty
  std::int64_t number(std::string_view key, std::int64_t lowest, std::int64_t highest = kNoLimit) const;
  std::optional<std::int64_t> maybe_number(std::string_view key, std::int64_t lowest,
                                           std::int64_t highest = kNoLimit) const;
  std::vector<std::int64_t> numbers(std::string_view key, std::int64_t lowest, std::int64_t highest) const;
  double decimal(std::string_view key, double lowest, double highest) const;  // a whole number is one too
  bool flag(std::string_view key) const;                                      // absent: false
  base::Date day(std::string_view key) const;                                 // 2024-07-01
  std::optional<base::Date> maybe_day(std::string_view key) const;
  base::Moment moment(std::string_view key) const;  // 2024-07-01T09:00:00+07:00, whole seconds, with an offset
  std::optional<base::Moment> maybe_moment(std::string_view key) const;
  // A text that stands for a value: "none" -> Replaces::None.
  template <class T>
  T word(std::string_view key, std::span<const std::pair<std::string_view, T>> words) const {
    const std::string seen = text(key);
    for (const auto& [name, value] : words) {
      if (name == seen) return value;
    }
    refuse_word(key, seen);
  }

  Table table(std::string_view key) const;
  std::optional<Table> maybe_table(std::string_view key) const;
  std::vector<Table> tables(std::string_view key) const;  // [[key]]; absent: none

  int line() const;
  int line_of(std::string_view key) const;  // of the table when the key is not there
  // What only the caller can see to be wrong.
  [[noreturn]] void refuse(const std::string& seen) const;                        // at the table's line
  [[noreturn]] void refuse(std::string_view key, const std::string& seen) const;  // at the key's

 private:
  friend struct Reader;
  struct State;
  explicit Table(std::shared_ptr<State> state) : state_(std::move(state)) {}
  [[noreturn]] void refuse_word(std::string_view key, const std::string& seen) const;
  std::shared_ptr<State> state_;
};

// Inside of read().
struct Reader {
  static Table open(std::string_view text, std::string_view origin, std::string_view doing);
  static void end(const Table& file);  // nothing is left that nobody asked for
};

// origin: the file's name for messages. `use` takes the file's Table and gives what it read.
template <class Use>
auto read(std::string_view text, std::string_view origin, std::string_view doing, const Use& use) {
  const Table file = Reader::open(text, origin, doing);
  auto value = use(file);
  Reader::end(file);
  return value;
}

}  // namespace strict_toml
