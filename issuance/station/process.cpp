#include "issuance/station/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "pki/base/core/error.h"

extern char** environ;

namespace station {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void failed(std::string_view doing, std::string seen) {
  throw base::Error(base::Fault::AskOperator, std::string(doing), std::move(seen));
}

class Pipe {
 public:
  explicit Pipe(std::string_view doing) {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) failed(doing, fmt::format("no pipe: {}", std::strerror(errno)));
  }
  ~Pipe() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// A child that is still running when it goes out of scope is ended: it is ours.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    reap();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    const int status = reap();
    pid_ = -1;
    return status;
  }

 private:
  int reap() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  pid_t pid_;
};

pid_t start(const std::vector<std::string>& words, const Pipe& out, const Pipe& err, std::string_view doing) {
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), out.writing(), 1);
  ::posix_spawn_file_actions_adddup2(actions.get(), err.writing(), 2);
  std::vector<std::string> copy = words;
  std::vector<char*> arguments;
  for (std::string& word : copy) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int code = ::posix_spawn(&pid, words.at(0).c_str(), actions.get(), nullptr, arguments.data(), environ);
  if (code != 0) failed(doing, fmt::format("{} cannot be started: {}", words[0], std::strerror(code)));
  return pid;
}

// Appends what is there; false at the end of the stream.
bool drain(int from, std::string& to) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  to.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

void read_both(int out, int err, Ended& ended, Clock::time_point end, const std::string& program,
               std::string_view doing) {
  std::array<pollfd, 2> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) failed(doing, fmt::format("{} did not end in time and was stopped", program));
    if (::poll(watched.data(), watched.size(), static_cast<int>(left)) < 0 && errno != EINTR) {
      failed(doing, fmt::format("waiting for {}: {}", program, std::strerror(errno)));
    }
    if (watched[0].revents != 0 && !drain(out, ended.out)) watched[0].fd = -1;
    if (watched[1].revents != 0 && !drain(err, ended.err)) watched[1].fd = -1;
    if (ended.out.size() + ended.err.size() > kMostOutput) failed(doing, fmt::format("{} says too much", program));
  }
}

}  // namespace

Ended run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit, std::string_view doing) {
  const auto end = Clock::now() + limit;
  Pipe out(doing);
  Pipe err(doing);
  Child child(start(words, out, err, doing));
  out.close_writing();
  err.close_writing();
  Ended ended;
  read_both(out.reading(), err.reading(), ended, end, words[0], doing);
  const int status = child.wait();
  if (!WIFEXITED(status)) {
    failed(doing, fmt::format("{} was ended by signal {}", words[0], WIFSIGNALED(status) ? WTERMSIG(status) : 0));
  }
  ended.exit_code = WEXITSTATUS(status);
  return ended;
}

}  // namespace station
