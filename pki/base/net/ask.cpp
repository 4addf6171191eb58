#include "pki/base/net/ask.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "pki/base/core/error.h"
#include "pki/base/net/frame.h"

namespace net {

namespace {

using Steady = std::chrono::steady_clock;

std::string why(int error) {
  return std::generic_category().message(error);
}

// A connection to a service that knows how long it may take.
class Conversation {
 public:
  Conversation(std::string program, std::string path, std::chrono::seconds limit)
      : program_(std::move(program)),
        path_(std::move(path)),
        end_(Steady::now() + limit),
        descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) fail(why(errno));
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) fail("the socket's path is too long");
    std::memcpy(address.sun_path, path_.data(), path_.size());
    while (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fail("nobody answers", why(errno));
      wait(POLLOUT);  // its queue is full
      if (Steady::now() >= end_) fail("nobody answers", "it is too busy");
    }
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent >= 0 || errno == EINTR) continue;
      if (errno == EPIPE || errno == ECONNRESET) return;  // it answered early, or receive() tells
      if (errno != EAGAIN) fail("nobody answers", why(errno));
      wait(POLLOUT);
    }
  }

  std::string receive() {
    FrameReader reader;
    char buffer[65536];
    for (;;) {
      const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) {
        wait(POLLIN);
        continue;
      }
      if (got < 0) fail("nobody answers", why(errno));
      if (got == 0) fail("nobody answers", "it hung up in the middle");
      switch (reader.take({buffer, static_cast<std::size_t>(got)})) {
        case FrameReader::Progress::NeedsMore:
          continue;
        case FrameReader::Progress::Complete:
          return reader.message();
        case FrameReader::Progress::TooLarge:
        case FrameReader::Progress::LeftOver:
          fail("who answers is no " + program_);
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& seen, const std::string& detail = {}) const {
    throw base::Error(base::Fault::AskOperator, "asking " + program_,
                      fmt::format("{} at {}{}; start it with: {} serve --socket {}", seen, path_,
                                  detail.empty() ? "" : fmt::format(" ({})", detail), program_, path_));
  }

  void wait(short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Steady::now());
    pollfd one{descriptor_, events, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) fail(why(errno));
    if (ready == 0) fail("nobody answers", "within the time limit");
  }

  std::string program_;
  std::string path_;
  Steady::time_point end_;
  int descriptor_;
};

}  // namespace

std::string ask(const std::string& program, const std::string& socket_path, std::string_view question,
                std::chrono::seconds limit) {
  Conversation service(program, socket_path, limit);
  service.connect();
  service.send(frame(question));
  return service.receive();
}

}  // namespace net
