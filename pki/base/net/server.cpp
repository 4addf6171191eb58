#include "pki/base/net/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/base/core/secret.h"
#include "pki/base/net/envelope.h"

namespace net {

namespace {

constexpr std::size_t kMostConnections = 64;
constexpr int kBacklog = 64;
constexpr mode_t kSocketMode = 0660;

std::string why(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void refuse(base::Fault fault, const std::string& path, const std::string& seen) {
  throw base::Error(fault, "opening the socket of a service", fmt::format("{}: {}", path, seen));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    refuse(base::Fault::FixConfiguration, path,
           fmt::format("a socket's path has 1 to {} octets", sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool somebody_listens(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return !refused;
}

// Left behind by a process that was killed.
void remove_stale(const std::string& program, const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) refuse(base::Fault::FixConfiguration, path, "is there and is no socket");
  if (somebody_listens(address))
    refuse(base::Fault::AskOperator, path, fmt::format("another {} serves there", program));
  ::unlink(path.c_str());
}

int listen_at(const std::string& program, const std::string& path) {
  const sockaddr_un address = address_of(path);
  remove_stale(program, path, address);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) refuse(base::Fault::AskOperator, path, why(errno));
  // The mode is right from the first moment: bind() makes the file under this mask, before any thread is started.
  const mode_t before = ::umask(0777 & ~kSocketMode);
  const bool bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(before);
  if (!bound || ::listen(descriptor, kBacklog) != 0) {
    ::close(descriptor);
    refuse(base::Fault::FixConfiguration, path, why(error));
  }
  return descriptor;
}

Peer peer_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {credentials.uid, credentials.pid};
}

bool is_transient(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

Server::Server(std::string program, std::string socket_path, Handler handler, std::chrono::seconds request_time)
    : program_(std::move(program)),
      path_(std::move(socket_path)),
      handler_(std::move(handler)),
      request_time_(request_time),
      listening_(listen_at(program_, path_)) {}

Server::~Server() {
  for (const auto& [descriptor, connection] : connections_) ::close(descriptor);
  ::close(listening_);
  ::unlink(path_.c_str());
}

void Server::run(int stop) {
  for (;;) {
    std::vector<pollfd> watched{{stop, POLLIN, 0}, {listening_, POLLIN, 0}};
    for (const auto& [descriptor, connection] : connections_) {
      watched.push_back({descriptor, static_cast<short>(connection.answer.empty() ? POLLIN : POLLOUT), 0});
    }
    if (::poll(watched.data(), watched.size(), milliseconds_to_wait(Steady::now())) < 0 && errno != EINTR) {
      refuse(base::Fault::AskOperator, path_, why(errno));
    }
    if (watched[0].revents != 0) return;
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents != 0) serve(watched[i].fd, connections_.at(watched[i].fd));
    }
    drop_late(Steady::now());
    if (watched[1].revents != 0) accept_all();
  }
}

void Server::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (!is_transient(errno)) base::log::warn("a connection was not accepted", {{"why", why(errno)}});
      return;
    }
    // Somebody who holds connections open loses the oldest, so that a quick client always gets in.
    if (connections_.size() >= kMostConnections) {
      const auto oldest = std::ranges::min_element(connections_, {}, [](const auto& c) { return c.second.end; });
      base::log::warn("too many connections, the oldest is dropped",
                      {{"uid", std::to_string(oldest->second.peer.uid)}});
      drop(oldest->first);
    }
    connections_[descriptor] = {peer_of(descriptor), {}, {}, 0, Steady::now() + request_time_};
  }
}

void Server::serve(int descriptor, Connection& connection) {
  const bool goes_on = connection.answer.empty() ? read_some(descriptor, connection) : true;
  if (!goes_on || (!connection.answer.empty() && !write_some(descriptor, connection))) drop(descriptor);
}

bool Server::read_some(int descriptor, Connection& connection) {
  char buffer[65536];
  const ssize_t got = ::recv(descriptor, buffer, sizeof buffer, 0);
  if (got < 0) return is_transient(errno);
  if (got == 0) return false;
  switch (connection.reader.take({buffer, static_cast<std::size_t>(got)})) {
    case FrameReader::Progress::NeedsMore:
      return true;
    case FrameReader::Progress::TooLarge:
    case FrameReader::Progress::LeftOver:
      base::log::warn("a request was too large", {{"uid", std::to_string(connection.peer.uid)}});
      connection.answer = frame(too_large_answer());
      return true;
    case FrameReader::Progress::Complete:
      connection.answer = frame(handler_(connection.reader.message(), connection.peer));
      return true;
  }
  return false;
}

bool Server::write_some(int descriptor, Connection& connection) {
  const std::string_view rest = std::string_view(connection.answer).substr(connection.sent);
  const ssize_t sent = ::send(descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0) return is_transient(errno);
  connection.sent += static_cast<std::size_t>(sent);
  return connection.sent < connection.answer.size();
}

void Server::drop(int descriptor) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return;
  std::string& answer = found->second.answer;
  base::wipe({reinterpret_cast<std::uint8_t*>(answer.data()), answer.size()});
  connections_.erase(found);
  ::close(descriptor);
}

void Server::drop_late(Steady::time_point now) {
  std::vector<int> late;
  for (const auto& [descriptor, connection] : connections_) {
    if (connection.end <= now) late.push_back(descriptor);
  }
  for (const int descriptor : late) {
    base::log::warn("a connection was too slow and is dropped",
                    {{"uid", std::to_string(connections_.at(descriptor).peer.uid)}});
    drop(descriptor);
  }
}

int Server::milliseconds_to_wait(Steady::time_point now) const {
  constexpr int kForEver = -1;
  if (connections_.empty()) return kForEver;
  const auto first = std::ranges::min_element(connections_, {}, [](const auto& c) { return c.second.end; });
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first->second.end - now).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

}  // namespace net
