#include "issuance/registry/place.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "issuance/registry/spread.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace registry {

namespace {

std::optional<base::Secret> password_of(const std::filesystem::path& folder, const Place& place) {
  if (place.password_file.empty()) return std::nullopt;
  return base::read_password_file(folder / place.password_file, "reading the password of the register's database");
}

db::Connection connect(const Place& place, const std::optional<base::Secret>& password, db::Mode mode) {
  return db::Connection::connect(place.url, mode, password ? &*password : nullptr);
}

// A basic string of TOML is one of JSON.
std::string toml_text(const std::string& text) {
  return nlohmann::json(text).dump();
}

}  // namespace

void make_store(const std::filesystem::path& folder, const NewPlace& made, const base::Clock& clock) {
  if (made.place.url.empty()) {
    Store::create(folder / "registry.db", clock);
    return;
  }
  const auto password = password_of(folder, made.place);
  Spread spread{.partitions = made.partitions, .others = {}, .password = password ? &*password : nullptr};
  for (const std::string& url : made.also) spread.others.push_back(db::parse_address(url));
  db::Connection database = connect(made.place, password, db::Mode::Existing);
  if (database.prepare("SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL").step()) {
    throw base::Error(base::Fault::FixConfiguration, "making a population register",
                      fmt::format("a register lies in {} already and is not overwritten; copy its registry.toml to "
                                  "work with it, or name an empty database",
                                  database.name()));
  }
  migrate_postgresql(database, clock, spread);
}

Store open_store(const std::filesystem::path& folder, const Place& place, const base::Clock& clock, db::Mode mode) {
  if (place.url.empty()) return Store::open(folder / "registry.db", clock, mode);
  return {connect(place, password_of(folder, place), mode), clock, mode};
}

std::string settings_of(const Place& place) {
  if (place.url.empty()) return {};
  std::string lines = fmt::format("store = {}\n", toml_text(place.url));
  if (!place.password_file.empty())
    lines += fmt::format("store_password_file = {}\n", toml_text(place.password_file.string()));
  return lines;
}

}  // namespace registry
