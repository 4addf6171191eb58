// What only a SQLite file does. What both engines do alike stands in db_engines_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>

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

TEST_F(DbTest, WritesAheadAndSurvivesAPowerCut) {
  db::Connection store = open();
  db::Statement journal = store.prepare("PRAGMA journal_mode");
  ASSERT_TRUE(journal.step());
  EXPECT_EQ(journal.text(0), "wal");
  db::Statement synchronous = store.prepare("PRAGMA synchronous");
  ASSERT_TRUE(synchronous.step());
  EXPECT_EQ(synchronous.integer(0), 2);  // FULL
}

// Another program that closes the database last removes the write-ahead log; it may not think that it is the last.
TEST_F(DbTest, ASecondConnectionOfOursLeavesTheLocksOfTheFirst) {
  db::Connection first = open();
  const db::Connection second = db::Connection::open(folder / "test.db", db::Mode::Create);
  first.execute("INSERT INTO people VALUES('An', 30, NULL)");
  const std::string ask = "sqlite3 " + (folder / "test.db").string() + " 'SELECT count(*) FROM people' > /dev/null";
  ASSERT_EQ(std::system(ask.c_str()), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "test.db-wal"));
  first.execute("INSERT INTO people VALUES('Bình', 31, NULL)");
  ASSERT_EQ(std::system(("test $(" + ask.substr(0, ask.find(" >")) + ") = 2").c_str()), 0);
}

TEST_F(DbTest, FileBelongsToItsOwnerOnly) {
  open();
  struct stat status {};
  ASSERT_EQ(::stat((folder / "test.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
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

}  // namespace
