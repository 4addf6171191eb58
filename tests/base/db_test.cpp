#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/db/connection.h"
#include "tests/base/folder.h"

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<db::Migration, 2> kMigrations{{
    {"people", "CREATE TABLE people(name TEXT PRIMARY KEY, age INTEGER, face BLOB) STRICT"},
    {"letters", "CREATE TABLE letters(owner TEXT NOT NULL REFERENCES people(name), body TEXT) STRICT"},
}};
const base::FixedClock kClock(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23});

class DbTest : public testing::Test {
 protected:
  db::Connection open(db::Mode mode = db::Mode::Create) {
    db::Connection connection = db::Connection::open(folder / "test.db", mode);
    connection.migrate(kMigrations, kClock);
    return connection;
  }
  std::string message_of(const std::function<void()>& act, base::Fault fault) {
    try {
      act();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), fault) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  test::Folder folder;
};

TEST_F(DbTest, KeepsEveryTypeAsItWasBound) {
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

TEST_F(DbTest, BindsAndNeverPastes) {
  db::Connection store = open();
  const std::string hostile = "x'); DROP TABLE people; --";
  store.prepare("INSERT INTO people(name) VALUES(?1)").run(hostile);
  db::Statement rows = store.prepare("SELECT name FROM people WHERE name = ?1");
  ASSERT_TRUE(rows.with(hostile).step());
  EXPECT_EQ(rows.text(0), hostile);
}

TEST_F(DbTest, OneStatementServesManyRowsAndForgetsTheOldValues) {
  db::Connection store = open();
  db::Statement insert = store.prepare("INSERT INTO people(name, age) VALUES(?1, ?2)");
  insert.run("a", 1);
  insert.run("b", std::optional<std::int64_t>{});
  EXPECT_TRUE(store.prepare("SELECT 1 FROM people WHERE name = 'b' AND age IS NULL").step());
}

TEST_F(DbTest, TransactionRollsBackUnlessCommitted) {
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

TEST_F(DbTest, WritesAheadAndSurvivesAPowerCut) {
  db::Connection store = open();
  db::Statement journal = store.prepare("PRAGMA journal_mode");
  ASSERT_TRUE(journal.step());
  EXPECT_EQ(journal.text(0), "wal");
  db::Statement synchronous = store.prepare("PRAGMA synchronous");
  ASSERT_TRUE(synchronous.step());
  EXPECT_EQ(synchronous.integer(0), 2);  // FULL
}

TEST_F(DbTest, FileBelongsToItsOwnerOnly) {
  open();
  struct stat status {};
  ASSERT_EQ(::stat((folder / "test.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(DbTest, RulesOfTheTablesHoldAndTheMessageNamesNoValue) {
  db::Connection store = open();
  store.prepare("INSERT INTO people(name) VALUES('secret-name')").run();
  const std::string twice = message_of([&] { store.prepare("INSERT INTO people(name) VALUES(?1)").run("secret-name"); },
                                       base::Fault::AskOperator);
  EXPECT_THAT(twice, HasSubstr("UNIQUE constraint failed: people.name"));
  EXPECT_THAT(twice, Not(HasSubstr("secret-name")));
  const std::string orphan = message_of([&] { store.prepare("INSERT INTO letters(owner) VALUES(?1)").run("nobody"); },
                                        base::Fault::AskOperator);
  EXPECT_THAT(orphan, HasSubstr("FOREIGN KEY"));
}

TEST_F(DbTest, AFileThatIsNoDatabaseIsNamed) {
  base::write_text_file(folder / "test.db", std::string(4096, 'x'), "writing a test file");
  EXPECT_THAT(message_of([&] { open(); }, base::Fault::FixConfiguration), HasSubstr("is not a database"));
}

TEST_F(DbTest, AMissingFileIsNamedAndNotMade) {
  EXPECT_THAT(message_of([&] { open(db::Mode::Existing); }, base::Fault::FixConfiguration),
              HasSubstr("cannot be opened"));
  EXPECT_FALSE(std::filesystem::exists(folder / "test.db"));
}

TEST_F(DbTest, AFullDiskIsSaidPlainlyAndNothingChanges) {
  db::Connection store = open();
  store.execute("PRAGMA max_page_count = 20");
  const std::string seen = message_of(
      [&] {
        db::Transaction change(store);
        store.prepare("INSERT INTO people(name, face) VALUES('big', ?1)").run(base::Bytes(200'000));
        change.commit();
      },
      base::Fault::AskOperator);
  EXPECT_THAT(seen, HasSubstr("disk is full"));
  EXPECT_FALSE(store.prepare("SELECT 1 FROM people").step());
}

TEST_F(DbTest, ReadOnlyWritesNothing) {
  open();
  db::Connection reader = open(db::Mode::ReadOnly);
  EXPECT_THAT(message_of([&] { reader.execute("DELETE FROM people"); }, base::Fault::FixConfiguration),
              HasSubstr("may not write"));
}

TEST_F(DbTest, MigrationsRunOnceAndInOrder) {
  {
    db::Connection old = db::Connection::open(folder / "test.db", db::Mode::Create);
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

TEST_F(DbTest, AMigrationThatFailsLeavesNothingBehind) {
  constexpr std::array<db::Migration, 1> broken{
      {{"half", "CREATE TABLE a(x) STRICT; CREATE TABLE b(y INTEGER) STRICT"}}};
  db::Connection store = db::Connection::open(folder / "test.db", db::Mode::Create);
  EXPECT_THROW(store.migrate(broken, kClock), base::Error);
  EXPECT_FALSE(store.prepare("SELECT 1 FROM sqlite_master").step());
}

TEST_F(DbTest, RefusesAFileOfANewerReleaseOrAnotherProgram) {
  open();
  db::Connection store = db::Connection::open(folder / "test.db", db::Mode::Existing);
  EXPECT_THAT(
      message_of([&] { store.migrate(std::span(kMigrations).first(1), kClock); }, base::Fault::FixConfiguration),
      HasSubstr("newer release"));
  constexpr std::array<db::Migration, 2> other{{{"cards", "SELECT 1"}, {"letters", "SELECT 1"}}};
  EXPECT_THAT(message_of([&] { store.migrate(other, kClock); }, base::Fault::FixConfiguration),
              HasSubstr("another program"));
  db::Connection foreign = db::Connection::open(folder / "foreign.db", db::Mode::Create);
  foreign.execute("CREATE TABLE theirs(x)");
  EXPECT_THAT(message_of([&] { foreign.migrate(kMigrations, kClock); }, base::Fault::FixConfiguration),
              HasSubstr("another program"));
}

TEST_F(DbTest, TwoConnectionsSeeEachOthersCommits) {
  db::Connection writer = open();
  db::Connection reader = open(db::Mode::ReadOnly);
  db::Transaction change(writer);
  writer.prepare("INSERT INTO people(name) VALUES('x')").run();
  EXPECT_FALSE(reader.prepare("SELECT 1 FROM people").step());
  change.commit();
  EXPECT_TRUE(reader.prepare("SELECT 1 FROM people").step());
}

}  // namespace
