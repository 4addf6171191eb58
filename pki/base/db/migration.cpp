#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"

namespace db {

namespace {

[[noreturn]] void refuse(const Connection& connection, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, fmt::format("using the database {}", connection.file()),
                    std::move(seen));
}

bool has_table_of_migrations(Connection& connection) {
  return connection.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'").step();
}

bool is_empty(Connection& connection) {
  return !connection.prepare("SELECT 1 FROM sqlite_master LIMIT 1").step();
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
    const std::size_t done = applied(*this, migrations);
    if (done == migrations.size()) return;
    if (done == 0) {
      execute(
          "CREATE TABLE IF NOT EXISTS schema_migrations("
          "number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT");
    }
    execute(migrations[done].sql);
    prepare("INSERT INTO schema_migrations(number, name, applied_at) VALUES(?1, ?2, ?3)")
        .run(static_cast<std::int64_t>(done) + 1, migrations[done].name, base::to_rfc3339(clock.now()));
    change.commit();
  }
}

}  // namespace db
