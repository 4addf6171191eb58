// The register's tables on two PostgreSQL servers: what lies where, what is unique, and what a server that went away
// takes with it.
#include "issuance/registry/spread.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "issuance/registry/schema.h"
#include "pki/base/core/error.h"
#include "tests/base/folder.h"
#include "tests/support/postgresql.h"

namespace {

using registry::Spread;
using test::PostgresqlDatabase;
using testing::HasSubstr;

const base::FixedClock kClock(std::chrono::sys_days{std::chrono::year{2026} / 11 / 23});
constexpr int kPersons = 200;

void add(db::Connection& store, std::int64_t number) {
  store
      .prepare(
          "INSERT INTO persons(number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, "
          "place_of_birth, residence, father, mother, spouse, old_id, folded, source, version) "
          "VALUES(?1, 'Nguyễn Văn Mẫu', '1990-01-02', 'Nam', 'Việt Nam', 'Kinh', '', '', '', '', '', '', '', '', "
          "'mau nguyen van', 0, 1)")
      .run(number);
}

std::int64_t count(db::Connection& store, const std::string& table) {
  db::Statement rows = store.prepare("SELECT count(*) FROM " + table);
  return rows.step() ? rows.integer(0) : -1;
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

class SpreadTest : public testing::Test {
 protected:
  db::Connection spread_over_two(int partitions = 4) {
    db::Connection store = db::Connection::connect(here.url());
    registry::migrate_postgresql(store, kClock, {partitions, {db::parse_address(there.url())}});
    return store;
  }
  PostgresqlDatabase here, there{PostgresqlDatabase::On::Second};
};

std::map<std::string, std::string> columns_of(db::Connection& store, std::string_view question) {
  std::map<std::string, std::string> columns;
  db::Statement rows = store.prepare(question);
  while (rows.step()) columns[rows.text(0)] += rows.text(1) + ' ';
  return columns;
}

TEST_F(SpreadTest, HasTheTablesAndColumnsOfASqliteFile) {
  const test::Folder folder;
  db::Connection file = db::Connection::open(folder / "registry.db", db::Mode::Create);
  file.migrate(registry::migrations(), kClock);
  db::Connection store = spread_over_two();
  const auto on_sqlite =
      columns_of(file,
                 "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' "
                 "AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'persons_names%' AND m.name <> "
                 "'schema_migrations' ORDER BY m.name, c.cid");
  const auto on_servers =
      columns_of(store,
                 "SELECT r.relname, a.attname FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid "
                 "WHERE r.relnamespace = 'public'::regnamespace AND r.relkind IN ('r', 'p') AND NOT r.relispartition "
                 "AND a.attnum > 0 AND r.relname NOT IN ('partitions', 'schema_migrations') "
                 "ORDER BY r.relname, a.attnum");
  EXPECT_EQ(on_sqlite, on_servers);
  EXPECT_GT(on_sqlite.size(), 5U);
}

TEST_F(SpreadTest, TheRowsLieOnBothServersAndEachNumberOnOne) {
  db::Connection store = spread_over_two();
  db::Connection other = db::Connection::connect(there.url());
  for (int n = 0; n < kPersons; ++n) add(store, n);
  const std::int64_t even = count(store, "persons_p0") + count(store, "persons_p2");
  const std::int64_t odd = count(other, "persons_p1") + count(other, "persons_p3");
  EXPECT_GT(even, kPersons / 4);
  EXPECT_GT(odd, kPersons / 4);
  EXPECT_EQ(even + odd, kPersons);
  EXPECT_EQ(count(store, "persons"), kPersons);
  EXPECT_THROW(count(other, "persons_p0"), base::Error);
  db::Statement local = store.prepare("SELECT relkind FROM pg_class WHERE relname = ?1");
  ASSERT_TRUE(local.with("persons_p1").step());
  EXPECT_EQ(local.text(0), "f") << "a foreign table";
}

TEST_F(SpreadTest, ANumberStandsOnceWhereverItLies) {
  db::Connection store = spread_over_two();
  for (int n = 0; n < 8; ++n) add(store, n);
  for (int n = 0; n < 8; ++n)
    EXPECT_THAT(message_of([&] { add(store, n); }, base::Fault::AskOperator), HasSubstr("UNIQUE constraint failed"));
  EXPECT_EQ(count(store, "persons"), 8);
}

TEST_F(SpreadTest, AQuestionForOneNumberGoesToOnePart) {
  db::Connection store = spread_over_two();
  for (int n = 0; n < kPersons; ++n) add(store, n);
  for (int n = 0; n < 8; ++n) {
    db::Statement plan = store.prepare("EXPLAIN SELECT full_name FROM persons WHERE number = " + std::to_string(n));
    std::string text;
    while (plan.step()) text += plan.text(0) + '\n';
    EXPECT_THAT(text, testing::Not(HasSubstr("Append"))) << text;
  }
}

TEST_F(SpreadTest, MigratingAgainChangesNothing) {
  {
    db::Connection store = spread_over_two(3);
    add(store, 7);
  }
  db::Connection store = db::Connection::connect(here.url());
  registry::migrate_postgresql(store, kClock);
  EXPECT_EQ(count(store, "persons"), 1);
  EXPECT_EQ(count(store, "partitions"), 3);
}

TEST_F(SpreadTest, ATryThatFailedHalfwayIsMadeAgainButAnotherRegisterIsLeftAlone) {
  db::Connection other = db::Connection::connect(there.url());
  other.execute("CREATE TABLE persons_p1(half INTEGER)");
  db::Connection store = spread_over_two();
  for (int n = 0; n < kPersons; ++n) add(store, n);
  const PostgresqlDatabase second;
  db::Connection another = db::Connection::connect(second.url());
  EXPECT_THAT(message_of(
                  [&] {
                    registry::migrate_postgresql(another, kClock, {4, {db::parse_address(there.url())}});
                  },
                  base::Fault::FixConfiguration),
              HasSubstr("another register"));
  EXPECT_EQ(count(store, "persons"), kPersons);
}

TEST_F(SpreadTest, ThePasswordOpensTheOtherServer) {
  db::Connection::connect(there.url()).execute("GRANT CREATE ON SCHEMA public TO guarded");
  std::string url = there.url();
  url.replace(url.find("cccd@"), 5, "guarded@");
  const base::Secret right(base::bytes_of("mat-khau-dung")), wrong(base::bytes_of("it's wrong"));
  db::Connection store = db::Connection::connect(here.url());
  EXPECT_THROW(registry::migrate_postgresql(store, kClock, {2, {db::parse_address(url)}, &wrong}), base::Error);
  registry::migrate_postgresql(store, kClock, {2, {db::parse_address(url)}, &right});
  for (int n = 0; n < kPersons; ++n) add(store, n);
  EXPECT_EQ(count(store, "persons"), kPersons);
}

TEST_F(SpreadTest, ADatabaseOfAnotherOrderIsRefused) {
  const std::string name = "ordered_" + std::to_string(::getpid());
  db::Connection admin = db::Connection::connect(here.url());
  admin.execute("CREATE DATABASE " + name + " LOCALE_PROVIDER icu ICU_LOCALE 'vi' TEMPLATE template0");
  {
    db::Connection store = db::Connection::connect(here.url_of(name));
    EXPECT_THAT(message_of([&] { registry::migrate_postgresql(store, kClock); }, base::Fault::FixConfiguration),
                HasSubstr("byte by byte"));
  }
  admin.execute("DROP DATABASE " + name + " WITH (FORCE)");
}

TEST(SpreadServers, AServerThatWentAwayTakesItsNumbersOnlyAndIsWelcomeBack) {
  const PostgresqlDatabase here;
  test::PostgresqlServer there;
  db::Connection store = db::Connection::connect(here.url());
  registry::migrate_postgresql(store, kClock, {2, {db::parse_address(there.url("postgres"))}});
  for (int n = 0; n < 20; ++n) add(store, n);
  db::Statement look_up = store.prepare("SELECT 1 FROM persons WHERE number = ?1");
  const auto found = [&] {
    int answered = 0;
    for (int n = 0; n < 20; ++n) {
      try {
        answered += look_up.with(n).step() ? 1 : 0;
      } catch (const base::Error& error) {
        EXPECT_EQ(error.fault(), base::Fault::AskOperator) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("a server that it depends on"));
      }
      look_up.reset();
    }
    return answered;
  };
  EXPECT_EQ(found(), 20);
  there.kill();
  const int without = found();
  EXPECT_GT(without, 0);
  EXPECT_LT(without, 20);
  EXPECT_FALSE(store.lost());
  there.start();
  EXPECT_EQ(found(), 20);
}

}  // namespace
