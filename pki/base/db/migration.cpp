#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"

namespace db {

namespace {

[[noreturn]] void refuse(const Connection& connection, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, fmt::format("using the database {}", connection.name()),
                    std::move(seen));
}

constexpr std::int64_t kMigrationLock = 0x6363'6364'6d69'6772;  // "cccdmigr"

bool has_table_of_migrations(Connection& connection) {
  return connection
      .prepare(connection.engine() == Engine::Sqlite
                   ? "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
                   : "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL")
      .step();
}

bool is_empty(Connection& connection) {
  return !connection
              .prepare(connection.engine() == Engine::Sqlite
                           ? "SELECT 1 FROM sqlite_master LIMIT 1"
                           : "SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind "
                             "<> 'c' LIMIT 1")
              .step();
}

void make_table_of_migrations(Connection& connection) {
  connection.execute(
      fmt::format("CREATE TABLE IF NOT EXISTS schema_migrations("
                  "number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL){}",
                  connection.engine() == Engine::Sqlite ? " STRICT" : ""));
}

// How many of ours stand in the file; refuses a file whose history is not a beginning of ours.
std::size_t applied(Connection& connection, std::span<const Migration> migrations) {
  if (!has_table_of_migrations(connection)) {
    if (!is_empty(connection)) refuse(connection, "it was made by another program; name the right file");
    return 0;
  }
  std::size_t count = 0;
  Statement rows = connection.prepare("SELECT number, name FROM schema_migrations ORDER BY number");
  while (rows.step()) {
    if (count == migrations.size()) refuse(connection, "it was made by a newer release; use that one");
    if (rows.integer(0) != static_cast<std::int64_t>(count) + 1 || rows.text(1) != migrations[count].name)
      refuse(connection, "its tables are those of another program; name the right file");
    ++count;
  }
  return count;
}

}  // namespace

void Connection::migrate(std::span<const Migration> migrations, const base::Clock& clock) {
  if (mode_ == Mode::ReadOnly) {
    if (applied(*this, migrations) != migrations.size())
      refuse(*this, "it was made by an older release; run a command that writes to it once");
    return;
  }
  for (;;) {
    // Counted inside the transaction, so two programs that start together apply each step once.
    Transaction change(*this);
    lock(kMigrationLock);
    const std::size_t done = applied(*this, migrations);
    if (done == migrations.size()) return;
    if (done == 0) make_table_of_migrations(*this);
    const Migration& next = migrations[done];
    execute(engine() == Engine::Postgresql && !next.postgresql.empty() ? next.postgresql : next.sql);
    prepare("INSERT INTO schema_migrations(number, name, applied_at) VALUES(?1, ?2, ?3)")
        .run(static_cast<std::int64_t>(done) + 1, next.name, base::to_rfc3339(clock.now()));
    change.commit();
  }
}

}  // namespace db
