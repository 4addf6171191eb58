#include "tests/support/postgresql.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <stdexcept>

#include "pki/base/core/error.h"
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

namespace {

// "postgresql://cccd@127.0.0.1:port/" of the server that ctest started, or of one that this program starts.
std::string shared_root(PostgresqlDatabase::On server) {
  const bool first = server == PostgresqlDatabase::On::First;
  std::ifstream file(CCCD_BUILD_DIR "/postgresql/" + std::string(first ? "first" : "second") + "/url");
  if (std::string url; std::getline(file, url)) {
    try {
      db::Connection::connect(url);
      return url.substr(0, url.rfind('/') + 1);
    } catch (const base::Error& error) {
      std::fprintf(stderr, "the server that ctest started is gone (%s); starting another\n", error.what());
    }
  }
  static std::map<bool, PostgresqlServer> own;
  return own[first].url("");
}

}  // namespace

PostgresqlDatabase::PostgresqlDatabase(On server) : root_(shared_root(server)) {
  static int made = 0;
  name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  url_ = root_ + name_;
  db::Connection::connect(root_ + "postgres").execute("CREATE DATABASE " + name_);
}

PostgresqlDatabase::~PostgresqlDatabase() {
  try {
    db::Connection::connect(root_ + "postgres").execute("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the test's database stays: %s\n", error.what());
  }
}

}  // namespace test
