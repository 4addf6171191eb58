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

constexpr std::array<db::Migration, 2> kMigrations{{{"accesses and batches", kAccesses}, {"clients", kClients}}};

}  // namespace

std::span<const db::Migration> access_migrations() {
  return kMigrations;
}

}  // namespace registry
