#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <thread>

#include "tests/base/db_engines.h"

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<db::Migration, 2> kMigrations{{
    {"people", "CREATE TABLE people(name TEXT PRIMARY KEY, age INTEGER, face BLOB) STRICT",
     "CREATE TABLE people(name TEXT PRIMARY KEY, age BIGINT, face BYTEA)"},
    {"letters", "CREATE TABLE letters(owner TEXT NOT NULL REFERENCES people(name), body TEXT)"},
}};
const base::FixedClock kClock(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23});

class DbEnginesTest : public test::BothEngines {
 protected:
  db::Connection open(db::Mode mode = db::Mode::Create) {
    db::Connection connection = connect(mode);
    connection.migrate(kMigrations, kClock);
    return connection;
  }
};
INSTANTIATE_TEST_SUITE_P(, DbEnginesTest, testing::Values(db::Engine::Sqlite, db::Engine::Postgresql),
                         test::engine_name);

TEST_P(DbEnginesTest, KeepsEveryTypeAsItWasBound) {
  db::Connection store = open();
  const base::Bytes face{0, 1, 255};
  EXPECT_EQ(store.prepare("INSERT INTO people VALUES(?1, ?2, ?3)").run("Đặng Thị Thử", 41, face), 1);
  EXPECT_EQ(store.prepare("INSERT INTO people VALUES(?1, ?2, ?3)").run("", std::nullopt, base::Bytes{}), 1);
  db::Statement rows = store.prepare("SELECT name, age, face FROM people ORDER BY name DESC");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "Đặng Thị Thử");
  EXPECT_EQ(rows.integer(1), 41);
  EXPECT_EQ(rows.blob(2), face);
  ASSERT_TRUE(rows.step());
  EXPECT_FALSE(rows.is_null(0));
  EXPECT_TRUE(rows.is_null(1));
  EXPECT_FALSE(rows.is_null(2));
  EXPECT_EQ(rows.maybe_text(1), std::nullopt);
  EXPECT_FALSE(rows.step());
}

TEST_P(DbEnginesTest, BindsAndNeverPastes) {
  db::Connection store = open();
  const std::string hostile = "x'); DROP TABLE people; --";
  store.prepare("INSERT INTO people(name) VALUES(?1)").run(hostile);
  db::Statement rows = store.prepare("SELECT name FROM people WHERE name = ?1");
  ASSERT_TRUE(rows.with(hostile).step());
  EXPECT_EQ(rows.text(0), hostile);
}

TEST_P(DbEnginesTest, OneStatementServesManyRowsAndForgetsTheOldValues) {
  db::Connection store = open();
  db::Statement insert = store.prepare("INSERT INTO people(name, age) VALUES(?1, ?2)");
  insert.run("a", 1);
  insert.run("b", std::optional<std::int64_t>{});
  EXPECT_TRUE(store.prepare("SELECT 1 FROM people WHERE name = 'b' AND age IS NULL").step());
}

TEST_P(DbEnginesTest, AnIntegerKeepsItsSixtyFourBits) {
  db::Connection store = open();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  store.prepare("INSERT INTO people(name, age) VALUES(?1, ?2), (?3, ?4)").run("least", kLeast, "most", kMost);
  db::Statement ages = store.prepare("SELECT age, age > 0 FROM people ORDER BY name");
  ASSERT_TRUE(ages.step());
  EXPECT_EQ(ages.integer(0), kLeast);
  EXPECT_EQ(ages.integer(1), 0);
  ASSERT_TRUE(ages.step());
  EXPECT_EQ(ages.integer(0), kMost);
  EXPECT_EQ(ages.integer(1), 1);
}

TEST_P(DbEnginesTest, OneParameterMayStandInSeveralPlacesAndAQuestionMarkInText) {
  db::Connection store = open();
  store.prepare("INSERT INTO people(name, age) VALUES('?1', ?2), (?1, ?2) -- not ?9").run("x", 7);
  db::Statement names =
      store.prepare("SELECT name FROM people WHERE age = ?1 AND (name = ?2 OR name = '?1') ORDER BY 1");
  ASSERT_TRUE(names.with(7, "x").step());
  EXPECT_EQ(names.text(0), "?1");
  ASSERT_TRUE(names.step());
  EXPECT_EQ(names.text(0), "x");
  EXPECT_FALSE(names.step());
}

TEST_P(DbEnginesTest, RunTellsHowManyRowsChanged) {
  db::Connection store = open();
  db::Statement insert = store.prepare("INSERT INTO people(name, age) VALUES(?1, ?2) ON CONFLICT DO NOTHING");
  EXPECT_EQ(insert.run("a", 1), 1);
  EXPECT_EQ(insert.run("a", 2), 0);
  EXPECT_EQ(insert.run("b", 2), 1);
  EXPECT_EQ(store.prepare("UPDATE people SET age = ?1").run(3), 2);
  EXPECT_EQ(store.prepare("DELETE FROM people WHERE age = ?1").run(4), 0);
}

TEST_P(DbEnginesTest, AQuestionInTheMiddleOfAWalkDisturbsNeither) {
  db::Connection store = open();
  for (int n = 0; n < 10; ++n)
    store.prepare("INSERT INTO people VALUES(?1, ?2, ?3)").run(std::to_string(n), n, base::Bytes{});
  db::Statement walk = store.prepare("SELECT name FROM people ORDER BY name");
  db::Statement age = store.prepare("SELECT age FROM people WHERE name = ?1");
  int seen = 0;
  for (; walk.step(); ++seen) {
    ASSERT_TRUE(age.with(walk.text(0)).step());
    EXPECT_EQ(age.integer(0), seen);
  }
  EXPECT_EQ(seen, 10);
}

TEST_P(DbEnginesTest, AWalkThatIsLeftEarlyStartsAnew) {
  db::Connection store = open();
  store.prepare("INSERT INTO people(name) VALUES('a'), ('b'), ('c')").run();
  db::Statement walk = store.prepare("SELECT name FROM people ORDER BY name");
  ASSERT_TRUE(walk.step());
  ASSERT_TRUE(walk.step());
  EXPECT_EQ(walk.text(0), "b");
  ASSERT_TRUE(walk.with().step());
  EXPECT_EQ(walk.text(0), "a");
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  return 0;
}

// The sanitizer keeps up to 256 MiB of what was freed, so the whole has to be larger than that.
TEST_P(DbEnginesTest, ManyRowsDoNotFillTheMemory) {
  db::Connection store = open();
  db::Statement walk = store.prepare(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i, CAST(?1 AS TEXT) FROM "
      "n");
  walk.with(std::string(20'000, 'x'));
  const long before = resident_kib();
  long seen = 0, most = before;
  for (; walk.step(); ++seen)
    if (seen % 1000 == 0) most = std::max(most, resident_kib());
  EXPECT_EQ(seen, 30'000);
  EXPECT_LT(most - before, 400 * 1024) << "of the 600 MB that were read";
}

TEST_P(DbEnginesTest, QueuedChangesAreThereWithTheirTransaction) {
  db::Connection store = open();
  {
    db::Transaction change(store);
    db::Statement insert = store.prepare("INSERT INTO people(name, age) VALUES(?1, ?2)");
    for (int n = 0; n < 1000; ++n) insert.queue("p" + std::to_string(n), n);
    db::Statement sum = store.prepare("SELECT count(*), sum(age) FROM people");
    ASSERT_TRUE(sum.step());
    EXPECT_EQ(sum.integer(0), 1000);
    EXPECT_EQ(sum.integer(1), 499'500);
    sum.reset();
    insert.queue("last", 1);
    change.commit();
  }
  EXPECT_TRUE(store.prepare("SELECT 1 FROM people WHERE name = 'last'").step());
}

TEST_P(DbEnginesTest, AQueuedChangeThatIsRefusedLosesItsTransactionAndNoMore) {
  db::Connection store = open();
  store.prepare("INSERT INTO people(name) VALUES('taken')").run();
  for (const int after : {0, 10, 2000}) {
    const std::string seen = message_of(
        [&] {
          db::Transaction change(store);
          db::Statement insert = store.prepare("INSERT INTO people(name) VALUES(?1)");
          insert.queue("first");
          insert.queue("taken");
          for (int n = 0; n < after; ++n) insert.queue("n" + std::to_string(n));
          change.commit();
        },
        base::Fault::AskOperator);
    EXPECT_THAT(seen, HasSubstr("UNIQUE constraint failed: people"));
    EXPECT_FALSE(store.in_transaction());
    db::Statement count = store.prepare("SELECT count(*) FROM people");
    ASSERT_TRUE(count.step());
    EXPECT_EQ(count.integer(0), 1);
  }
}

TEST_P(DbEnginesTest, RelaxedCommitsAreSeenByOthersAsEver) {
  db::Connection writer = open();
  writer.relax_durability();
  writer.prepare("INSERT INTO people(name) VALUES('x')").run();
  EXPECT_TRUE(open(db::Mode::ReadOnly).prepare("SELECT 1 FROM people").step());
}

TEST_P(DbEnginesTest, ALockKeepsTheSecondWriterOut) {
  db::Connection first = open(), second = open();
  first.prepare("INSERT INTO people(name, age) VALUES('counter', 0)").run();
  const auto count_up = [](db::Connection& store) {
    for (int n = 0; n < 50; ++n) {
      db::Transaction change(store);
      store.lock(42);
      db::Statement read = store.prepare("SELECT age FROM people WHERE name = 'counter'");
      ASSERT_TRUE(read.step());
      const std::int64_t age = read.integer(0);
      read.reset();
      store.prepare("UPDATE people SET age = ?1 WHERE name = 'counter'").run(age + 1);
      change.commit();
    }
  };
  std::thread other([&] { count_up(second); });
  count_up(first);
  other.join();
  db::Statement read = first.prepare("SELECT age FROM people");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.integer(0), 100);
}

TEST_P(DbEnginesTest, TwoProgramsThatMigrateTogetherApplyEachStepOnce) {
  db::Connection first = connect(), second = connect();
  std::thread other([&] { second.migrate(kMigrations, kClock); });
  first.migrate(kMigrations, kClock);
  other.join();
  db::Statement count = first.prepare("SELECT count(*) FROM schema_migrations");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 2);
}

TEST_P(DbEnginesTest, TransactionRollsBackUnlessCommitted) {
  db::Connection store = open();
  {
    const db::Transaction change(store);
    store.prepare("INSERT INTO people(name) VALUES('lost')").run();
    EXPECT_TRUE(store.in_transaction());
  }
  EXPECT_FALSE(store.in_transaction());
  {
    db::Transaction change(store);
    store.prepare("INSERT INTO people(name) VALUES('kept')").run();
    change.commit();
  }
  db::Statement rows = store.prepare("SELECT name FROM people");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "kept");
  EXPECT_FALSE(rows.step());
}

TEST_P(DbEnginesTest, RulesOfTheTablesHoldAndTheMessageNamesNoValue) {
  db::Connection store = open();
  store.prepare("INSERT INTO people(name) VALUES('secret-name')").run();
  const std::string twice = message_of([&] { store.prepare("INSERT INTO people(name) VALUES(?1)").run("secret-name"); },
                                       base::Fault::AskOperator);
  EXPECT_THAT(twice, HasSubstr("UNIQUE constraint failed: people"));
  EXPECT_THAT(twice, Not(HasSubstr("secret-name")));
  const std::string orphan = message_of([&] { store.prepare("INSERT INTO letters(owner) VALUES(?1)").run("nobody"); },
                                        base::Fault::AskOperator);
  EXPECT_THAT(orphan, HasSubstr("FOREIGN KEY"));
}

TEST_P(DbEnginesTest, ReadOnlyWritesNothing) {
  open();
  db::Connection reader = open(db::Mode::ReadOnly);
  EXPECT_THAT(message_of([&] { reader.execute("DELETE FROM people"); }, base::Fault::FixConfiguration),
              HasSubstr("may not write"));
}

TEST_P(DbEnginesTest, MigrationsRunOnceAndInOrder) {
  {
    db::Connection old = connect();
    old.migrate(std::span(kMigrations).first(1), kClock);
    old.prepare("INSERT INTO people(name) VALUES('from the old release')").run();
  }
  db::Connection store = open();
  store.migrate(kMigrations, kClock);
  db::Statement count = store.prepare("SELECT count(*), max(applied_at) FROM schema_migrations");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 2);
  EXPECT_EQ(count.text(1), "2026-11-23T00:00:00Z");
  EXPECT_TRUE(store.prepare("SELECT 1 FROM people").step());
  EXPECT_FALSE(store.prepare("SELECT 1 FROM letters").step());
}

TEST_P(DbEnginesTest, AMigrationThatFailsLeavesNothingBehind) {
  constexpr std::array<db::Migration, 1> broken{{{"half", "CREATE TABLE a(x INTEGER); CREATE TABLE b(y"}}};
  db::Connection store = connect();
  EXPECT_THROW(store.migrate(broken, kClock), base::Error);
  EXPECT_THROW(store.prepare("SELECT 1 FROM a").step(), base::Error);
  EXPECT_THROW(store.prepare("SELECT 1 FROM schema_migrations").step(), base::Error);
}

TEST_P(DbEnginesTest, RefusesAFileOfANewerReleaseOrAnotherProgram) {
  open();
  db::Connection store = connect(db::Mode::Existing);
  EXPECT_THAT(
      message_of([&] { store.migrate(std::span(kMigrations).first(1), kClock); }, base::Fault::FixConfiguration),
      HasSubstr("newer release"));
  constexpr std::array<db::Migration, 2> other{{{"cards", "SELECT 1"}, {"letters", "SELECT 1"}}};
  EXPECT_THAT(message_of([&] { store.migrate(other, kClock); }, base::Fault::FixConfiguration),
              HasSubstr("another program"));
}

TEST_P(DbEnginesTest, RefusesTheTablesOfAProgramWithoutMigrations) {
  db::Connection store = connect();
  store.execute("CREATE TABLE theirs(x INTEGER)");
  EXPECT_THAT(message_of([&] { store.migrate(kMigrations, kClock); }, base::Fault::FixConfiguration),
              HasSubstr("another program"));
}

TEST_P(DbEnginesTest, TwoConnectionsSeeEachOthersCommits) {
  db::Connection writer = open();
  db::Connection reader = open(db::Mode::ReadOnly);
  db::Transaction change(writer);
  writer.prepare("INSERT INTO people(name) VALUES('x')").run();
  EXPECT_FALSE(reader.prepare("SELECT 1 FROM people").step());
  change.commit();
  EXPECT_TRUE(reader.prepare("SELECT 1 FROM people").step());
}

}  // namespace
