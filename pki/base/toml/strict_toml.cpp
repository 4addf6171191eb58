#include "pki/base/toml/strict_toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <set>

#include "pki/base/core/error.h"

namespace strict_toml {

namespace {

// What the tables of one file share.
struct File {
  toml::table root;
  std::string origin, doing;
};

}  // namespace

struct Table::State {
  std::shared_ptr<const File> file;
  const toml::table* table;
  std::string path;  // "step[2].key", for messages; empty: the file itself
  std::set<std::string, std::less<>> asked;
  std::vector<std::shared_ptr<State>> under;  // tables that were handed out

  [[noreturn]] void refuse_at(const toml::node& at, const std::string& seen) const {
    const auto line = std::max<toml::source_index>(at.source().begin.line, 1);  // the root of an empty file has none
    throw base::Error(base::Fault::FixConfiguration, file->doing, fmt::format("{}:{}: {}", file->origin, line, seen));
  }

  std::string name(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  const toml::node* ask(std::string_view key) {
    asked.emplace(key);
    return table->get(key);
  }

  const toml::node& need(std::string_view key) {
    const toml::node* const node = ask(key);
    if (node == nullptr) refuse_at(*table, fmt::format("{} is missing", name(key)));
    return *node;
  }

  std::shared_ptr<State> child(const toml::table& inner, std::string inner_path) {
    for (const auto& known : under) {
      if (known->table == &inner) return known;  // handed out before: what was asked then is known
    }
    under.push_back(std::make_shared<State>(State{file, &inner, std::move(inner_path), {}, {}}));
    return under.back();
  }

  void end() const {
    for (const auto& [key, node] : *table) {
      if (!asked.contains(key.str())) refuse_at(node, fmt::format("{} is unknown here", name(key.str())));
    }
    for (const auto& inner : under) inner->end();
  }
};

namespace {

bool in_range(const std::optional<std::int64_t>& value, std::int64_t lowest, std::int64_t highest) {
  return value && *value >= lowest && *value <= highest;
}

std::string range_text(std::int64_t lowest, std::int64_t highest) {
  return highest == kNoLimit ? fmt::format("a whole number from {} on", lowest)
                             : fmt::format("a whole number from {} to {}", lowest, highest);
}

std::optional<base::Moment> moment_of(const toml::date_time& seen) {
  if (!seen.offset || seen.time.nanosecond != 0) return std::nullopt;
  using namespace std::chrono;
  const sys_days day{base::make_date(seen.date.year, seen.date.month, seen.date.day)};
  return base::Moment(day) + hours(seen.time.hour) + minutes(seen.time.minute) + seconds(seen.time.second) -
         minutes(seen.offset->minutes);
}

}  // namespace

bool Table::has(std::string_view key) const {
  return state_->table->contains(key);
}

std::vector<std::string> Table::keys() const {
  std::vector<std::string> out;
  for (const auto& [key, node] : *state_->table) out.emplace_back(key.str());
  return out;
}

std::string Table::text(std::string_view key) const {
  const toml::node& node = state_->need(key);
  auto value = node.value_exact<std::string>();
  if (!value || value->empty()) {
    state_->refuse_at(node, fmt::format("{} must be a text that is not empty", state_->name(key)));
  }
  return std::move(*value);
}

std::optional<std::string> Table::maybe_text(std::string_view key) const {
  if (state_->ask(key) == nullptr) return std::nullopt;
  return text(key);
}

std::vector<std::string> Table::texts(std::string_view key) const {
  const toml::node& node = state_->need(key);
  std::vector<std::string> out = maybe_texts(key);
  if (out.empty()) state_->refuse_at(node, fmt::format("{} must be a list that is not empty", state_->name(key)));
  return out;
}

std::vector<std::string> Table::maybe_texts(std::string_view key) const {
  const toml::node* const node = state_->ask(key);
  std::vector<std::string> out;
  if (node == nullptr) return out;
  const toml::array* const list = node->as_array();
  if (list == nullptr) state_->refuse_at(*node, fmt::format("{} must be a list of texts", state_->name(key)));
  for (const toml::node& item : *list) {
    auto value = item.value_exact<std::string>();
    if (!value || value->empty()) {
      state_->refuse_at(item, fmt::format("{} must be a list of texts that are not empty", state_->name(key)));
    }
    out.push_back(std::move(*value));
  }
  return out;
}

std::int64_t Table::number(std::string_view key, std::int64_t lowest, std::int64_t highest) const {
  const toml::node& node = state_->need(key);
  const auto value = node.value_exact<std::int64_t>();
  if (!in_range(value, lowest, highest)) {
    state_->refuse_at(node, fmt::format("{} must be {}", state_->name(key), range_text(lowest, highest)));
  }
  return *value;
}

std::optional<std::int64_t> Table::maybe_number(std::string_view key, std::int64_t lowest, std::int64_t highest) const {
  if (state_->ask(key) == nullptr) return std::nullopt;
  return number(key, lowest, highest);
}

std::vector<std::int64_t> Table::numbers(std::string_view key, std::int64_t lowest, std::int64_t highest) const {
  const toml::node& node = state_->need(key);
  const toml::array* const list = node.as_array();
  if (list == nullptr || list->empty()) {
    state_->refuse_at(node, fmt::format("{} must be a list of whole numbers, not empty", state_->name(key)));
  }
  std::vector<std::int64_t> out;
  for (const toml::node& item : *list) {
    const auto value = item.value_exact<std::int64_t>();
    if (!in_range(value, lowest, highest)) {
      state_->refuse_at(item, fmt::format("{} must hold {}", state_->name(key), range_text(lowest, highest)));
    }
    out.push_back(*value);
  }
  return out;
}

double Table::decimal(std::string_view key, double lowest, double highest) const {
  const toml::node& node = state_->need(key);
  const auto value = node.value<double>();
  if (!node.is_number() || !value || !(*value >= lowest && *value <= highest)) {  // NaN lies in no range
    state_->refuse_at(node, fmt::format("{} must be a number from {} to {}", state_->name(key), lowest, highest));
  }
  return *value;
}

bool Table::flag(std::string_view key) const {
  const toml::node* const node = state_->ask(key);
  if (node == nullptr) return false;
  const auto value = node->value_exact<bool>();
  if (!value) state_->refuse_at(*node, fmt::format("{} must be true or false", state_->name(key)));
  return *value;
}

base::Date Table::day(std::string_view key) const {
  const toml::node& node = state_->need(key);
  if (!node.is_date()) state_->refuse_at(node, fmt::format("{} must be a day, 2024-07-01", state_->name(key)));
  const toml::date day = node.as_date()->get();
  return base::make_date(day.year, day.month, day.day);
}

std::optional<base::Date> Table::maybe_day(std::string_view key) const {
  if (state_->ask(key) == nullptr) return std::nullopt;
  return day(key);
}

base::Moment Table::moment(std::string_view key) const {
  const toml::node& node = state_->need(key);
  const auto value = node.is_date_time() ? moment_of(node.as_date_time()->get()) : std::nullopt;
  if (!value) {
    state_->refuse_at(node,
                      fmt::format("{} must be a moment with its offset, 2024-07-01T09:00:00+07:00", state_->name(key)));
  }
  return *value;
}

std::optional<base::Moment> Table::maybe_moment(std::string_view key) const {
  if (state_->ask(key) == nullptr) return std::nullopt;
  return moment(key);
}

Table Table::table(std::string_view key) const {
  const toml::node& node = state_->need(key);
  if (node.as_table() == nullptr) state_->refuse_at(node, fmt::format("write {0} as [{0}]", state_->name(key)));
  return Table(state_->child(*node.as_table(), state_->name(key)));
}

std::optional<Table> Table::maybe_table(std::string_view key) const {
  if (state_->ask(key) == nullptr) return std::nullopt;
  return table(key);
}

std::vector<Table> Table::tables(std::string_view key) const {
  const toml::node* const node = state_->ask(key);
  std::vector<Table> out;
  if (node == nullptr) return out;
  const toml::array* const list = node->as_array();
  if (list == nullptr) state_->refuse_at(*node, fmt::format("write entries as [[{}]]", state_->name(key)));
  for (const toml::node& item : *list) {
    if (item.as_table() == nullptr) state_->refuse_at(item, fmt::format("write entries as [[{}]]", state_->name(key)));
    out.push_back(Table(state_->child(*item.as_table(), fmt::format("{}[{}]", state_->name(key), out.size() + 1))));
  }
  return out;
}

int Table::line() const {
  return static_cast<int>(state_->table->source().begin.line);
}

int Table::line_of(std::string_view key) const {
  const toml::node* const node = state_->table->get(key);
  return node == nullptr ? line() : static_cast<int>(node->source().begin.line);
}

void Table::refuse(const std::string& seen) const {
  state_->refuse_at(*state_->table, seen);
}

void Table::refuse(std::string_view key, const std::string& seen) const {
  const toml::node* const node = state_->table->get(key);
  state_->refuse_at(node == nullptr ? *state_->table : *node, seen);
}

void Table::refuse_word(std::string_view key, const std::string& seen) const {
  refuse(key, fmt::format("'{}' is no {}", seen, state_->name(key)));
}

Table Reader::open(std::string_view text, std::string_view origin, std::string_view doing) {
  auto file = std::make_shared<File>(File{{}, std::string(origin), std::string(doing)});
  try {
    file->root = toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, file->doing,
                      fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
  }
  const toml::table& root = file->root;
  return Table(std::make_shared<Table::State>(Table::State{std::move(file), &root, {}, {}, {}}));
}

void Reader::end(const Table& file) {
  file.state_->end();
}

}  // namespace strict_toml
