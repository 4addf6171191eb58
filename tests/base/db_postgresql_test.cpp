// What only a server does: it asks for a name and a password, goes away and comes back.
#include <gmock/gmock.h>

#include "tests/base/db_engines.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DbPostgresqlTest : public test::BothEngines {
 protected:
  static base::Secret secret(std::string_view text) { return base::Secret(base::bytes_of(text)); }
  // The role of the tests' servers that asks for a password (tests/support/postgresql.py).
  std::string guarded() const { return as("guarded@"); }
  std::string as(const std::string& user) const {
    std::string url = database.url();
    return url.replace(url.find("cccd@"), 5, user);
  }
  test::PostgresqlDatabase database;
};
INSTANTIATE_TEST_SUITE_P(, DbPostgresqlTest, testing::Values(db::Engine::Postgresql), test::engine_name);

TEST_P(DbPostgresqlTest, ThePasswordOpensAndAWrongOneIsSaidWithoutBeingShown) {
  const std::string url = guarded();
  const base::Secret right = secret("mat-khau-dung"), wrong = secret("mat-khau-sai");
  EXPECT_TRUE(db::Connection::connect(url, db::Mode::Existing, &right).prepare("SELECT 1").step());
  EXPECT_THAT(
      message_of([&] { db::Connection::connect(url, db::Mode::Existing, &wrong); }, base::Fault::FixConfiguration),
      AllOf(HasSubstr("password"), Not(HasSubstr("mat-khau"))));
  EXPECT_THAT(message_of([&] { db::Connection::connect(url); }, base::Fault::FixConfiguration), HasSubstr("password"));
}

TEST_P(DbPostgresqlTest, APasswordInTheAddressIsRefusedAndNotShown) {
  for (const std::string url :
       {"postgresql://cccd:mat-khau@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x?password=mat-khau",
        "postgresql://cccd:mat-khau@127.0.0.1:1/x?nonsense=1", "host=127.0.0.1 password=mat-khau",
        "postgresql://cccd:mat-khau@[127.0.0.1", "/var/lib/mat-khau"})
    EXPECT_THAT(message_of([&] { db::Connection::connect(url); }, base::Fault::FixConfiguration),
                Not(HasSubstr("mat-khau")));
}

TEST_P(DbPostgresqlTest, AnUnknownDatabaseOrUserIsAMatterOfConfiguration) {
  EXPECT_THAT(message_of([&] { db::Connection::connect(database.url_of("no_such")); }, base::Fault::FixConfiguration),
              AllOf(HasSubstr("no database of this name"), HasSubstr("/no_such")));
  message_of([&] { db::Connection::connect(as("stranger@")); }, base::Fault::FixConfiguration);
}

TEST_P(DbPostgresqlTest, AServerThatIsNotThereIsNamed) {
  EXPECT_THAT(message_of([&] { db::Connection::connect("postgresql://cccd@127.0.0.1:1/x"); }, base::Fault::AskOperator),
              AllOf(HasSubstr("127.0.0.1:1/x"), HasSubstr("does not answer")));
}

TEST_P(DbPostgresqlTest, ADatabaseOfAnotherEncodingIsRefused) {
  test::PostgresqlServer own;
  db::Connection::connect(own.url("postgres"))
      .execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  EXPECT_THAT(message_of([&] { db::Connection::connect(own.url("latin")); }, base::Fault::FixConfiguration),
              HasSubstr("encoding"));
}

TEST_P(DbPostgresqlTest, ACommitWaitsForTheDiskWhateverTheDefaultIs) {
  db::Connection store = db::Connection::connect(database.url() + "?options=-c%20synchronous_commit%3Doff");
  db::Statement setting = store.prepare("SELECT current_setting('synchronous_commit')");
  ASSERT_TRUE(setting.step());
  EXPECT_EQ(setting.text(0), "on");
}

TEST_P(DbPostgresqlTest, NoValueStandsInAMessage) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(number BIGINT PRIMARY KEY, sex TEXT CHECK(sex IN ('Nam', 'Nữ')), note VARCHAR(3))");
  const auto refused = [&](auto number, std::string_view sex, std::string_view note) {
    return message_of([&] { store.prepare("INSERT INTO t VALUES(?1, ?2, ?3)").run(number, sex, note); },
                      base::Fault::AskOperator);
  };
  EXPECT_THAT(refused(1, "secret-value", ""), AllOf(HasSubstr("CHECK"), Not(HasSubstr("secret-value"))));
  EXPECT_THAT(refused("secret-value", "Nam", ""), Not(HasSubstr("secret-value")));
  EXPECT_THAT(refused(1, "Nam", "secret-value"), Not(HasSubstr("secret-value")));
  EXPECT_THAT(refused(1, "Nam", std::string("s\0t", 3)), HasSubstr("NUL"));
  EXPECT_THAT(refused(1, "Nam", "\xff"), HasSubstr("does not fit"));
}

TEST_P(DbPostgresqlTest, AFailedTransactionIsNotCommittedInSilence) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  EXPECT_THAT(message_of(
                  [&] {
                    db::Transaction change(store);
                    store.prepare("INSERT INTO t VALUES(1)").run();
                    EXPECT_THROW(store.prepare("INSERT INTO t VALUES(1)").run(), base::Error);
                    change.commit();
                  },
                  base::Fault::AskOperator),
              HasSubstr("nothing was changed"));
  EXPECT_FALSE(store.prepare("SELECT 1 FROM t").step());
}

TEST_P(DbPostgresqlTest, ManyStatementsMayComeAndGoAlsoInAFailedTransaction) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  const auto come_and_go = [&](int first) {
    for (int n = first; n < first + 100; ++n) {
      db::Statement insert = store.prepare("INSERT INTO t VALUES(?1)");
      insert.run(2 * n);
      insert.run(2 * n + 1);  // the second time it gets a name on the server
    }
  };
  come_and_go(0);
  {
    db::Transaction change(store);
    come_and_go(100);
    EXPECT_THROW(come_and_go(0), base::Error);
  }
  come_and_go(100);
  db::Statement named = store.prepare("SELECT count(*) FROM pg_prepared_statements");
  ASSERT_TRUE(named.step());
  EXPECT_LT(named.integer(0), 50);
}

class AwayAndBack : public test::BothEngines {
 protected:
  db::Connection connect() const { return db::Connection::connect(server.url("postgres")); }
  static std::int64_t count(db::Connection& store) {
    db::Statement rows = store.prepare("SELECT count(*) FROM t");
    return rows.step() ? rows.integer(0) : -1;
  }
  test::PostgresqlServer server;
};
INSTANTIATE_TEST_SUITE_P(, AwayAndBack, testing::Values(db::Engine::Postgresql), test::engine_name);

TEST_P(AwayAndBack, AKilledServerKeepsWhatWasCommittedAndNothingElse) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  store.prepare("INSERT INTO t VALUES(1)").run();
  const std::string seen = message_of(
      [&] {
        db::Transaction change(store);
        store.prepare("INSERT INTO t VALUES(2)").run();
        server.kill();
        store.prepare("INSERT INTO t VALUES(3)").run();
      },
      base::Fault::AskOperator);
  EXPECT_THAT(seen, HasSubstr("went away"));
  EXPECT_TRUE(store.lost());
  EXPECT_FALSE(store.in_transaction());
  EXPECT_THROW(store.prepare("SELECT 1").step(), base::Error);
  EXPECT_THROW(store.execute("SELECT 1"), base::Error);
  message_of([&] { connect(); }, base::Fault::AskOperator);

  server.start();
  store = connect();
  EXPECT_FALSE(store.lost());
  EXPECT_EQ(count(store), 1);
}

TEST_P(AwayAndBack, ACommitWithoutAnAnswerSaysThatItIsNotKnown) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  db::Transaction change(store);
  store.prepare("INSERT INTO t VALUES(1)").run();
  server.kill();
  EXPECT_THAT(message_of([&] { change.commit(); }, base::Fault::AskOperator), HasSubstr("before it said whether"));
}

TEST_P(AwayAndBack, QueuedChangesOfAServerThatStoppedAreMissed) {
  db::Connection store = connect();
  store.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)");
  message_of(
      [&] {
        db::Transaction change(store);
        db::Statement insert = store.prepare("INSERT INTO t VALUES(?1)");
        for (int n = 0; n < 5000; ++n) {
          if (n == 700) server.stop();
          insert.queue(n);
        }
        change.commit();
      },
      base::Fault::AskOperator);
  EXPECT_TRUE(store.lost());
  server.start();
  store = connect();
  EXPECT_EQ(count(store), 0);
}

TEST_P(AwayAndBack, AWalkThatIsCutEndsInAnErrorAndNotEarly) {
  db::Connection store = connect();
  EXPECT_THAT(message_of(
                  [&] {
                    db::Statement walk = store.prepare("SELECT repeat('x', 10000) FROM generate_series(1, 100000)");
                    for (int seen = 0; walk.step(); ++seen)
                      if (seen == 10) server.kill();
                  },
                  base::Fault::AskOperator),
              HasSubstr("went away"));
}

}  // namespace
