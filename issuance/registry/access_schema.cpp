#include "issuance/registry/access_schema.h"

#include <array>

namespace registry {

namespace {

// A row is never changed but for `log_index`, and only when it is logged alone. Ids grow and are never given twice (the
// newest row is never deleted), so a batch is a range of them.
constexpr std::string_view kAccesses = R"(
CREATE TABLE accesses(
  id         INTEGER PRIMARY KEY,
  number     INTEGER,
  client     TEXT NOT NULL,
  role       TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  operation  TEXT NOT NULL,
  attributes TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  at         TEXT NOT NULL,
  salt       TEXT NOT NULL,
  commitment TEXT NOT NULL,
  alone      INTEGER NOT NULL,
  log_index  INTEGER
) STRICT;
CREATE INDEX accesses_number ON accesses(number);
CREATE INDEX accesses_alone ON accesses(id) WHERE alone = 1 AND log_index IS NULL;

CREATE TABLE batches(
  first     INTEGER PRIMARY KEY,
  last      INTEGER NOT NULL,
  log_index INTEGER
) STRICT;
)";

constexpr std::string_view kClients = R"(
CREATE TABLE clients(
  name        TEXT PRIMARY KEY,
  certificate TEXT NOT NULL UNIQUE,
  role        TEXT NOT NULL,
  added_at    TEXT NOT NULL,
  removed_at  TEXT
) STRICT;
)";

// Finding a number again is prepared in batches (settle), not while a question waits: `numbered` says up to which row.
constexpr std::string_view kNumbered = R"(
DROP INDEX accesses_number;
CREATE TABLE access_numbers(
  number INTEGER NOT NULL,
  id     INTEGER NOT NULL,
  PRIMARY KEY(number, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE numbered(
  only INTEGER PRIMARY KEY CHECK(only = 1),
  last INTEGER NOT NULL
) STRICT;
INSERT INTO numbered VALUES(1, 0);
)";

constexpr std::array<db::Migration, 3> kMigrations{
    {{"accesses and batches", kAccesses}, {"clients", kClients}, {"numbers found in batches", kNumbered}}};

}  // namespace

std::span<const db::Migration> access_migrations() {
  return kMigrations;
}

AccessDatabase::AccessDatabase(const std::filesystem::path& folder, const base::Clock& clock)
    : connection(db::Connection::open(folder / "access.db", db::Mode::Create)) {
  connection.migrate(access_migrations(), clock);
  connection.relax_durability();
  // Bringing the write-ahead log back into the file waits for the disk while a question waits: rarely, then, and much
  // at once (at most 80 MiB of log).
  connection.execute("PRAGMA wal_autocheckpoint = 20000");
  connection.execute("PRAGMA cache_size = -16384");  // KiB
  // A question does not wait as long for another writer as a change does.
  connection.execute("PRAGMA busy_timeout = 2000");
}

}  // namespace registry
