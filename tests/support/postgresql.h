#pragma once
// A real PostgreSQL 15 for one test program, started by postgresql.py beside it: on a private loopback port, without
// fsync, gone with the program however that ends.

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace test {

class PostgresqlServer {
 public:
  PostgresqlServer();  // throws std::runtime_error when none can be started
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer();

  std::string url(const std::string& database) const;
  std::string fresh_database();  // the URL of a new and empty one

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
  int databases_ = 0;
};

// Made when first asked for, one for the whole program.
PostgresqlServer& postgresql();
// Another one, for tests that spread data over two.
PostgresqlServer& second_postgresql();

}  // namespace test
