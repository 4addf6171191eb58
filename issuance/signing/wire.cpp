#include "issuance/signing/wire.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "pki/base/core/error.h"

namespace signing {

namespace {

using Steady = std::chrono::steady_clock;

std::string why(int error) {
  return std::generic_category().message(error);
}

// A connection to the signer that knows how long it may take.
class Conversation {
 public:
  Conversation(std::string path, std::chrono::seconds limit)
      : path_(std::move(path)),
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
          fail("who answers is no cccd-signer");
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& seen, const std::string& detail = {}) const {
    throw base::Error(base::Fault::AskOperator, "asking cccd-signer",
                      fmt::format("{} at {}{}; start it with: cccd-signer serve --socket {}", seen, path_,
                                  detail.empty() ? "" : fmt::format(" ({})", detail), path_));
  }

  void wait(short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Steady::now());
    pollfd one{descriptor_, events, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) fail(why(errno));
    if (ready == 0) fail("nobody answers", "within the time limit");
  }

  std::string path_;
  Steady::time_point end_;
  int descriptor_;
};

}  // namespace

std::string frame(std::string_view message) {
  base::ensure(message.size() <= kLargestMessage, "a message of the signer's protocol fits its frame");
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string out;
  out.reserve(kFrameHeader + message.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFFU);
  out += message;
  return out;
}

FrameReader::Progress FrameReader::take(std::string_view piece) {
  const auto header = piece.substr(0, std::min(piece.size(), kFrameHeader - header_.size()));
  header_ += header;
  piece.remove_prefix(header.size());
  if (header_.size() < kFrameHeader) return Progress::NeedsMore;
  if (!size_) {
    std::uint32_t size = 0;
    for (const char c : header_) size = size << 8 | static_cast<std::uint8_t>(c);
    size_ = size;
  }
  if (*size_ > kLargestMessage) return Progress::TooLarge;
  if (message_.size() + piece.size() > *size_) return Progress::LeftOver;
  message_ += piece;
  return message_.size() == *size_ ? Progress::Complete : Progress::NeedsMore;
}

std::string ask(const std::string& socket_path, std::string_view question, std::chrono::seconds limit) {
  Conversation signer(socket_path, limit);
  signer.connect();
  signer.send(frame(question));
  return signer.receive();
}

}  // namespace signing
