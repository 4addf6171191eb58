#include "smartcard/simulator/vpcd_link.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <system_error>
#include <utility>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

namespace simulator {

namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t kPowerOff = 0x00;
constexpr std::uint8_t kPowerOn = 0x01;
constexpr std::uint8_t kReset = 0x02;
constexpr std::uint8_t kGetAtr = 0x04;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{2000};
constexpr timeval kSendLimit{5, 0};  // also of connect()

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// SIGTERM and SIGINT as something to poll; the old mask comes back at the end.
class StopSignals {
 public:
  StopSignals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, &wanted, &old_);
    fd_ = Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC));
    base::ensure(static_cast<bool>(fd_), "the kernel gives a signalfd");
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    if (stopped_) {  // taken from the descriptor, so that the old mask does not deliver it again
      signalfd_siginfo taken;
      [[maybe_unused]] const auto got = ::read(fd_.get(), &taken, sizeof taken);
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }

  enum class Event { Stop, Readable, TimeOut };
  // Waits for a signal, for data on `socket` (-1: none), or for the time to pass (negative: for ever).
  Event wait(int socket, milliseconds limit) {
    pollfd fds[2] = {{fd_.get(), POLLIN, 0}, {socket, POLLIN, 0}};
    const int ready = ::poll(fds, 2, static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR) base::ensure(false, "poll works");
    if ((fds[0].revents & POLLIN) != 0) {
      stopped_ = true;
      return Event::Stop;
    }
    return fds[1].revents != 0 ? Event::Readable : Event::TimeOut;
  }

 private:
  sigset_t old_{};
  Descriptor fd_;
  bool stopped_ = false;
};

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolve(const VpcdOptions& options) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int rc = ::getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &list);
  if (rc != 0) {
    throw base::Error(base::Fault::FixConfiguration, "looking for the reader",
                      fmt::format("host '{}': {}", options.host, ::gai_strerror(rc)));
  }
  return Addresses(list);
}

Descriptor try_connect(const addrinfo* addresses) {
  for (const addrinfo* a = addresses; a != nullptr; a = a->ai_next) {
    Descriptor fd(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    if (!fd) continue;
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof kSendLimit);
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd.get(), a->ai_addr, a->ai_addrlen) == 0) return fd;
  }
  return Descriptor();
}

// One connection: frames in, frames out.
class Connection {
 public:
  explicit Connection(Descriptor fd) : fd_(std::move(fd)) {}
  int get() const { return fd_.get(); }

  // Takes what has arrived; false when the reader has closed.
  bool receive() {
    // The driver sends length and payload as two small writes; without an immediate ACK of the first the second waits
    // 44 ms. The option is not sticky, so it is set before every read.
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    std::uint8_t buffer[65537];
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (got == 0) return false;
    base::append(input_, {buffer, static_cast<std::size_t>(got)});
    return true;
  }

  // The next whole payload, nullopt until more has arrived.
  std::optional<base::Bytes> next_message() {
    if (input_.size() < 2) return std::nullopt;
    const std::size_t length = static_cast<std::size_t>(input_[0]) << 8 | input_[1];
    if (input_.size() < 2 + length) return std::nullopt;
    const auto begin = input_.begin() + 2;
    base::Bytes message(begin, begin + static_cast<std::ptrdiff_t>(length));
    input_.erase(input_.begin(), begin + static_cast<std::ptrdiff_t>(length));
    return message;
  }

  // False when the reader does not take it.
  bool send(base::ByteView payload) {
    base::ensure(payload.size() <= 65535, "an answer fits a vpcd message");
    base::Bytes frame{static_cast<std::uint8_t>(payload.size() >> 8), static_cast<std::uint8_t>(payload.size())};
    base::append(frame, payload);
    base::ByteView rest = frame;
    while (!rest.empty()) {
      const ssize_t sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      rest = rest.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }

 private:
  Descriptor fd_;
  base::Bytes input_;
};

class Link {
 public:
  Link(Chip& chip, const VpcdOptions& options) : chip_(chip), options_(options) {}

  LinkEnd run() {
    const Addresses addresses = resolve(options_);
    milliseconds pause = kFirstPause;
    for (;;) {
      if (Descriptor fd = try_connect(addresses.get())) {
        base::log::info("card inserted", {{"host", options_.host}, {"port", std::to_string(options_.port)}});
        pause = kFirstPause;
        if (const auto end = serve(Connection(std::move(fd)))) return *end;
        base::log::info("the reader has gone");
        if (options_.once) return LinkEnd::Lost;
      }
      if (signals_.wait(-1, pause) == StopSignals::Event::Stop) return LinkEnd::Stopped;
      pause = std::min(2 * pause, kLongestPause);
    }
  }

 private:
  enum class After { GoOn, ReaderGone, PowerCut };

  // nullopt: the reader has gone.
  std::optional<LinkEnd> serve(Connection reader) {
    chip_.reset();
    for (;;) {
      if (signals_.wait(reader.get(), milliseconds{-1}) == StopSignals::Event::Stop) return LinkEnd::Stopped;
      if (!reader.receive()) return std::nullopt;
      while (const auto message = reader.next_message()) {
        const After after = message->size() == 1 ? control((*message)[0], reader) : command(*message, reader);
        if (after == After::PowerCut) return LinkEnd::PowerCut;
        if (after == After::ReaderGone) return std::nullopt;
      }
    }
  }

  // Power and reset are never answered: one stray message would shift the stream by one answer.
  After control(std::uint8_t code, Connection& reader) {
    if (code == kPowerOff || code == kPowerOn || code == kReset) {
      chip_.reset();
      if (options_.on_power) options_.on_power();
    }
    if (code != kGetAtr) return After::GoOn;
    if (!reader.send(Chip::atr())) return After::ReaderGone;
    if (!std::exchange(ready_, true) && options_.on_ready) options_.on_ready();
    return After::GoOn;
  }

  After command(base::ByteView apdu, Connection& reader) {
    if (apdu.empty()) {
      base::log::warn("the reader sent an empty message; it is passed over");
      return After::GoOn;
    }
    const bool torn = options_.tear && ++commands_ == options_.tear->command;
    if (torn && options_.tear->moment == Tear::Moment::Before) return After::PowerCut;
    const base::Bytes answer = chip_.transmit(apdu);
    if (options_.on_exchange) options_.on_exchange(apdu, answer);
    if (torn) return After::PowerCut;
    return reader.send(answer) ? After::GoOn : After::ReaderGone;
  }

  Chip& chip_;
  const VpcdOptions& options_;
  StopSignals signals_;
  std::uint64_t commands_ = 0;
  bool ready_ = false;
};

}  // namespace

Tear parse_tear(std::string_view text) {
  Tear tear;
  std::string_view number;
  if (text.starts_with("before:")) {
    number = text.substr(7);
  } else if (text.starts_with("after:")) {
    tear.moment = Tear::Moment::After;
    number = text.substr(6);
  }
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), tear.command);
  if (number.empty() || error != std::errc{} || end != number.data() + number.size() || tear.command == 0) {
    throw base::Error(base::Fault::UsedWrongly, "reading --tear", "it is neither before:N nor after:N with N from 1");
  }
  return tear;
}

LinkEnd serve_vpcd(Chip& chip, const VpcdOptions& options) {
  return Link(chip, options).run();
}

}  // namespace simulator
