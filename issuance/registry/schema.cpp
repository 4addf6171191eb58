#include "issuance/registry/schema.h"

#include <array>

namespace registry {

namespace {

// A citizen number is twelve digits and is kept as one integer: the table is then ordered by it, and an import that is
// sorted by number only ever appends. Days are ISO 8601 texts.
constexpr std::string_view kPersonsCardsEvents = R"(
CREATE TABLE persons(
  number           INTEGER PRIMARY KEY CHECK(number BETWEEN 0 AND 999999999999),
  full_name        TEXT NOT NULL,
  birth            TEXT NOT NULL,
  sex              TEXT NOT NULL CHECK(sex IN ('Nam', 'Nữ')),
  nationality      TEXT NOT NULL,
  ethnicity        TEXT NOT NULL,
  religion         TEXT NOT NULL,
  place_of_origin  TEXT NOT NULL,
  place_of_birth   TEXT NOT NULL,
  residence        TEXT NOT NULL,
  father           TEXT NOT NULL,
  mother           TEXT NOT NULL,
  spouse           TEXT NOT NULL,
  old_id           TEXT NOT NULL,
  cancelled_number INTEGER CHECK(cancelled_number BETWEEN 0 AND 999999999999)
) STRICT;
-- Luật 26/2023 Đ12: a number is never given to another person, a cancelled one neither.
CREATE UNIQUE INDEX persons_cancelled ON persons(cancelled_number) WHERE cancelled_number IS NOT NULL;

CREATE TABLE events(
  number      INTEGER NOT NULL REFERENCES persons(number),
  kind        TEXT NOT NULL CHECK(kind IN ('death', 'nationality-lost')),
  on_day      TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  PRIMARY KEY(number, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE cards(
  id           INTEGER PRIMARY KEY,
  number       INTEGER NOT NULL REFERENCES persons(number),
  chip_serial  TEXT NOT NULL UNIQUE,
  case_id      TEXT NOT NULL UNIQUE,
  issued       TEXT NOT NULL,
  recorded_as  TEXT NOT NULL,
  status       TEXT NOT NULL CHECK(status IN ('active', 'lost', 'exchanged', 'revoked')),
  status_since TEXT NOT NULL,
  replaces     TEXT NOT NULL,
  recorded_at  TEXT NOT NULL
) STRICT;
CREATE INDEX cards_number ON cards(number);
CREATE UNIQUE INDEX cards_one_active ON cards(number) WHERE status = 'active';

CREATE TABLE open_cases(
  number    INTEGER PRIMARY KEY REFERENCES persons(number),
  case_id   TEXT NOT NULL UNIQUE,
  opened_at TEXT NOT NULL
) STRICT;

-- Who read what, and the salt that opens the commitment in the audit log. No reference to persons: a question about an
-- unknown number is kept too.
CREATE TABLE reads(
  id        INTEGER PRIMARY KEY,
  number    INTEGER NOT NULL,
  case_id   TEXT NOT NULL,
  purpose   TEXT NOT NULL,
  reader    TEXT NOT NULL,
  at        TEXT NOT NULL,
  salt      TEXT NOT NULL,
  log_index INTEGER
) STRICT;
CREATE INDEX reads_number ON reads(number);
)";

constexpr std::array<db::Migration, 1> kMigrations{{{"persons, cards, events", kPersonsCardsEvents}}};

}  // namespace

std::span<const db::Migration> migrations() {
  return kMigrations;
}

}  // namespace registry
