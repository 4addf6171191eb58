#include "tests/support/postgresql.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "pki/base/db/connection.h"

extern char** environ;

namespace test {

PostgresqlServer::PostgresqlServer() {
  std::array<int, 2> to{}, from{};
  if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string python = "python3", script = CCCD_SOURCE_DIR "/tests/support/postgresql.py", verb = "run";
  const std::array<char*, 4> arguments{python.data(), script.data(), verb.data(), nullptr};
  const int failed = ::posix_spawnp(&helper_, "python3", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  commands_ = ::fdopen(to[1], "w");
  answers_ = ::fdopen(from[0], "r");
  if (failed != 0 || commands_ == nullptr || answers_ == nullptr) throw std::runtime_error("python3 does not start");
  const std::string url = answer();
  root_ = url.substr(0, url.rfind('/') + 1);
}

PostgresqlServer::~PostgresqlServer() {
  std::fclose(commands_);  // the end of its input ends the helper and with it the server
  std::fclose(answers_);
  int status = 0;
  ::waitpid(helper_, &status, 0);
}

std::string PostgresqlServer::answer() {
  std::array<char, 256> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), answers_) == nullptr)
    throw std::runtime_error("tests/support/postgresql.py ended; what it said stands above");
  std::string text = line.data();
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

void PostgresqlServer::tell(const std::string& command) {
  std::fputs((command + '\n').c_str(), commands_);
  std::fflush(commands_);
  if (answer() != "done") throw std::runtime_error("tests/support/postgresql.py did not " + command);
}

std::string PostgresqlServer::url(const std::string& database) const {
  return root_ + database;
}

std::string PostgresqlServer::fresh_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  db::Connection::connect(url("postgres")).execute("CREATE DATABASE " + name);
  return url(name);
}

PostgresqlServer& postgresql() {
  static PostgresqlServer server;
  return server;
}

PostgresqlServer& second_postgresql() {
  static PostgresqlServer server;
  return server;
}

}  // namespace test
