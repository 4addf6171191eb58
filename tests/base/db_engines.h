#pragma once
// The same test on both engines: a fresh SQLite file, or a fresh database of the program's PostgreSQL server.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"
#include "tests/base/folder.h"
#include "tests/support/postgresql.h"

namespace test {

class BothEngines : public testing::TestWithParam<db::Engine> {
 protected:
  db::Connection connect(db::Mode mode = db::Mode::Create) {
    if (GetParam() == db::Engine::Sqlite) return db::Connection::open(folder / "test.db", mode);
    if (!database_) database_.emplace();
    return db::Connection::connect(database_->url(), mode);
  }
  // The text of the error that `act` throws, which must be of this fault.
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

 private:
  std::optional<PostgresqlDatabase> database_;
};

inline std::string engine_name(const testing::TestParamInfo<db::Engine>& info) {
  return info.param == db::Engine::Sqlite ? "Sqlite" : "Postgresql";
}

}  // namespace test
