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

// Every table is keyed by a number and nothing is unique over more than one of them, so that PostgreSQL can part the
// tables by number over several servers (docs/decisions/one-number.md); what is unique over all numbers is claimed in
// `claims`, which like `sources` is one plain table. Hence no references between tables either.
//
// `version` of a row is that of its person when it was written: the order in which things were told.
constexpr std::string_view kHistoryAndSearch = R"(
ALTER TABLE reads RENAME TO reads_1;
DROP INDEX reads_number;
ALTER TABLE open_cases RENAME TO open_cases_1;
ALTER TABLE cards RENAME TO cards_1;
DROP INDEX cards_number;
DROP INDEX cards_one_active;
ALTER TABLE events RENAME TO events_1;
ALTER TABLE persons RENAME TO persons_1;
DROP INDEX persons_cancelled;

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
  cancelled_number INTEGER CHECK(cancelled_number BETWEEN 0 AND 999999999999),
  folded           TEXT NOT NULL,     -- the name's words as they are searched (folded.h)
  source           INTEGER NOT NULL,  -- of sources; 0: not stated
  version          INTEGER NOT NULL   -- grows with every change under this number
) STRICT;

-- A number that was cancelled and re-established under another one; never given again (Luật 26/2023 Đ12).
CREATE TABLE cancelled(
  number      INTEGER PRIMARY KEY,
  replaced_by INTEGER NOT NULL,
  on_day      TEXT NOT NULL,  -- '' when only the new number's record tells of it
  person      TEXT NOT NULL,  -- JSON of what stood here until then, '' when it never did
  source      INTEGER NOT NULL,
  version     INTEGER NOT NULL
) STRICT;

CREATE TABLE events(
  number      INTEGER NOT NULL,
  id          TEXT NOT NULL,
  kind        TEXT NOT NULL,
  on_day      TEXT NOT NULL,
  basis       TEXT NOT NULL,
  changes     TEXT NOT NULL,  -- JSON, field to [before, after]
  other       INTEGER,        -- the second number it concerns
  recorded_at TEXT NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY(number, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cards(
  number       INTEGER NOT NULL,
  chip_serial  TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  issued       TEXT NOT NULL,
  recorded_as  TEXT NOT NULL,
  status       TEXT NOT NULL CHECK(status IN ('active', 'lost', 'exchanged', 'revoked')),
  status_since TEXT NOT NULL,
  replaces     TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  version      INTEGER NOT NULL,
  PRIMARY KEY(number, chip_serial)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cards_one_active ON cards(number) WHERE status = 'active';

CREATE TABLE open_cases(
  number    INTEGER PRIMARY KEY,
  case_id   TEXT NOT NULL,
  opened_at TEXT NOT NULL
) STRICT;

-- Why somebody must look at the person first.
CREATE TABLE watch(
  number  INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  officer TEXT NOT NULL,
  basis   TEXT NOT NULL,
  since   TEXT NOT NULL,
  PRIMARY KEY(number, kind)
) STRICT, WITHOUT ROWID;

-- Two numbers under which one person seems to stand, kept under the smaller one.
CREATE TABLE pairs(
  number   INTEGER NOT NULL,
  other    INTEGER NOT NULL,
  id       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  why      TEXT NOT NULL,
  state    TEXT NOT NULL CHECK(state IN ('open', 'different-persons', 'same-person')),
  found_at TEXT NOT NULL,
  PRIMARY KEY(number, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX pairs_id ON pairs(id);
CREATE INDEX pairs_open ON pairs(found_at) WHERE state = 'open';

CREATE TABLE pair_decisions(
  number   INTEGER NOT NULL,
  other    INTEGER NOT NULL,
  officer  TEXT NOT NULL,
  decision TEXT NOT NULL,
  at       TEXT NOT NULL,
  PRIMARY KEY(number, other, officer)
) STRICT, WITHOUT ROWID;

CREATE TABLE corrections(
  number     INTEGER NOT NULL,
  id         TEXT NOT NULL,
  field      TEXT NOT NULL,
  stood      TEXT NOT NULL,  -- the value when it was asked for
  wanted     TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  basis      TEXT NOT NULL,
  asked_by   TEXT NOT NULL,
  asked_at   TEXT NOT NULL,
  state      TEXT NOT NULL CHECK(state IN ('open', 'accepted', 'refused')),
  decided_by TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  PRIMARY KEY(number, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX corrections_id ON corrections(id);
CREATE INDEX corrections_open ON corrections(asked_at) WHERE state = 'open';

-- What is still to be written under `target` because of what was written under `number` in the same transaction.
CREATE TABLE outbox(
  number  INTEGER NOT NULL,
  id      TEXT NOT NULL,
  target  INTEGER NOT NULL,
  what    TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY(number, id)
) STRICT, WITHOUT ROWID;

-- Chip serials, case ids and cancelled numbers belong to one number.
CREATE TABLE claims(
  kind       TEXT NOT NULL,
  key        TEXT NOT NULL,
  number     INTEGER NOT NULL,
  claimed_at TEXT NOT NULL,
  PRIMARY KEY(kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources(
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL,
  attested  TEXT NOT NULL,  -- JSON, as in answers
  statement TEXT NOT NULL UNIQUE,
  added_at  TEXT NOT NULL
) STRICT;

INSERT INTO persons
  SELECT number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, place_of_birth, residence,
         father, mother, spouse, old_id, cancelled_number, '', 0,
         1 + (SELECT count(*) FROM cards_1 c WHERE c.number = p.number)
           + (SELECT count(*) FROM events_1 e WHERE e.number = p.number)
    FROM persons_1 p;
INSERT INTO cancelled
  SELECT cancelled_number, number, '', '', 0, 1 FROM persons_1 WHERE cancelled_number IS NOT NULL;
INSERT INTO events
  SELECT number, kind || '-' || on_day, kind, on_day, '', '{}', NULL, recorded_at,
         1 + row_number() OVER (PARTITION BY number ORDER BY recorded_at, kind)
    FROM events_1;
INSERT INTO cards
  SELECT number, chip_serial, case_id, issued, recorded_as, status, status_since, replaces, recorded_at,
         1 + row_number() OVER (PARTITION BY number ORDER BY id)
    FROM cards_1;
INSERT INTO open_cases SELECT number, case_id, opened_at FROM open_cases_1;
INSERT INTO claims SELECT 'chip', chip_serial, number, recorded_at FROM cards_1;
INSERT INTO claims SELECT 'case', case_id, number, recorded_at FROM cards_1;
INSERT INTO claims SELECT 'case', case_id, number, opened_at FROM open_cases_1 WHERE true ON CONFLICT DO NOTHING;
INSERT INTO claims
  SELECT 'cancelled', printf('%012d', cancelled_number), number, '' FROM persons_1 WHERE cancelled_number IS NOT NULL;
DROP TABLE open_cases_1;
DROP TABLE cards_1;
DROP TABLE events_1;
DROP TABLE persons_1;
ALTER TABLE reads_1 RENAME TO reads;
CREATE INDEX reads_number ON reads(number);

-- One birthday's names side by side, for the search for duplicates.
CREATE INDEX persons_birth ON persons(birth, folded);
-- Rows of a release that had no such column; the program fills them. It also keeps persons_names in step with persons:
-- a trigger may not write to a virtual table where the schema is not trusted.
CREATE INDEX persons_unfolded ON persons(number) WHERE folded = '';
CREATE VIRTUAL TABLE persons_names USING fts5(folded, content = 'persons', content_rowid = 'number', detail = none,
                                              columnsize = 0, tokenize = 'unicode61 remove_diacritics 0');
)";

// Statements of confirming officers. The columns are for figures; whoever is told of a statement opens it again. The
// salt opens the commitment in the audit log.
constexpr std::string_view kAttestations = R"(
CREATE TABLE attestations(
  number    INTEGER NOT NULL,
  sha256    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  late      INTEGER NOT NULL,
  office    TEXT NOT NULL,
  force     TEXT NOT NULL,
  person    TEXT NOT NULL,
  evidence  TEXT NOT NULL,
  at        TEXT NOT NULL,
  statement TEXT NOT NULL,
  salt      TEXT NOT NULL,
  added_at  TEXT NOT NULL,
  PRIMARY KEY(number, sha256)
) STRICT, WITHOUT ROWID;
)";

// Looks are kept in the book of accesses (access_schema.cpp), which nobody who may write the register can write. What
// this table held of the time before the book stands in the audit log, one commitment a look.
constexpr std::string_view kNoReads = "DROP TABLE reads;";

// One row an officer who acted on an order: its receiver, and each who approved it. The columns are for figures; the
// statement opens with the key beside it. vouched: who says whose key it is, the register's own book of officers or the
// station that told. The salt opens the commitment in the audit log.
constexpr std::string_view kApprovals = R"(
CREATE TABLE approvals(
  number       INTEGER NOT NULL,
  case_id      TEXT NOT NULL,
  key_id       TEXT NOT NULL,
  order_sha256 TEXT NOT NULL,
  made_at      TEXT NOT NULL,
  station      TEXT NOT NULL,
  act          TEXT NOT NULL CHECK(act IN ('received', 'approved')),
  account      TEXT NOT NULL,
  person       TEXT NOT NULL,
  vouched      TEXT NOT NULL CHECK(vouched IN ('register', 'station')),
  public_key   TEXT NOT NULL,
  statement    TEXT NOT NULL,
  salt         TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  PRIMARY KEY(number, case_id, key_id)
) STRICT, WITHOUT ROWID;
)";

constexpr std::array<db::Migration, 5> kMigrations{{{"persons, cards, events", kPersonsCardsEvents},
                                                    {"history, search, adjudication", kHistoryAndSearch},
                                                    {"attestations", kAttestations},
                                                    {"looks are kept in the book of accesses", kNoReads},
                                                    {"approvals of orders", kApprovals}}};

}  // namespace

std::span<const db::Migration> migrations() {
  return kMigrations;
}

}  // namespace registry
