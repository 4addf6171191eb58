#pragma once
// A real PostgreSQL 15 for tests, started by postgresql.py beside it: on a private loopback port, without fsync.

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace test {

// A server of the test's own, gone with it however the program ends: for tests that take it away and bring it back.
class PostgresqlServer {
 public:
  PostgresqlServer();  // throws std::runtime_error when none can be started
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

  std::string url(const std::string& database) const { return root_ + database; }

  // The server goes away and comes back at the same address with the same data.
  void kill() { tell("kill"); }  // SIGKILL to every process of it
  void stop() { tell("stop"); }  // orderly; open connections are ended
  void start() { tell("start"); }

 private:
  void tell(const std::string& command);
  std::string answer();
  pid_t helper_ = -1;
  FILE* commands_ = nullptr;
  FILE* answers_ = nullptr;
  std::string root_;  // "postgresql://cccd@127.0.0.1:port/"
};

// A database of its own for one test, dropped with it. They lie on the two servers that ctest starts for all test
// programs (tests/support/CMakeLists.txt), or, run by hand, on servers of this program.
class PostgresqlDatabase {
 public:
  enum class On { First, Second };
  explicit PostgresqlDatabase(On server = On::First);
  PostgresqlDatabase(const PostgresqlDatabase&) = delete;
  PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;
  ~PostgresqlDatabase();
  const std::string& url() const { return url_; }
  std::string url_of(const std::string& database) const { return root_ + database; }  // on the same server

 private:
  std::string root_, name_, url_;
};

}  // namespace test
