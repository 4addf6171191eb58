#include "tests/net/raw_tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/net/tls_world.h"

namespace test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval minute{60, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof minute);
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return descriptor;
}

void ignore_broken_pipes() {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a socket without MSG_NOSIGNAL
}

void use_files(SSL_CTX* context, const std::filesystem::path& folder, const std::string& name) {
  SSL_CTX_set_default_passwd_cb(context, [](char* buffer, int size, int, void*) {
    const std::string word = kPassword;
    return static_cast<int>(word.copy(buffer, static_cast<std::size_t>(size)));
  });
  EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context, (folder / (name + ".pem")).c_str()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context, (folder / (name + ".key")).c_str(), SSL_FILETYPE_PEM), 1);
}

}  // namespace

RawSocket::RawSocket(std::uint16_t port) : descriptor_(connected_to(port)) {}

RawSocket::RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RawSocket::~RawSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawSocket::send(std::string_view octets) const {
  while (!octets.empty()) {
    const ssize_t sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawSocket::read_to_end() const {
  std::string all;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
    EXPECT_FALSE(got < 0 && errno == EAGAIN) << "nothing came for a minute";
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

void RawSocket::close_half() const {
  ::shutdown(descriptor_, SHUT_WR);
}

void RawSocket::reset() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(descriptor_, -1));
}

RawTls::RawTls(std::uint16_t port, const std::filesystem::path& folder, const std::string& name, int highest_version,
               std::string_view alpn)
    : socket_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
  ignore_broken_pipes();
  if (!name.empty()) use_files(context_.get(), folder, name);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), highest_version);
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_AUTO_RETRY);
  ssl_.reset(SSL_new(context_.get()));
  const std::string offer = static_cast<char>(alpn.size()) + std::string(alpn);
  if (!alpn.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                        static_cast<unsigned>(offer.size()));
  }
  SSL_set_fd(ssl_.get(), socket_.descriptor());
  connected_ = SSL_connect(ssl_.get()) == 1;
  ERR_clear_error();
}

RawTls::~RawTls() {
  ERR_clear_error();
}

std::string RawTls::alpn() const {
  const unsigned char* text = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &text, &length);
  return {reinterpret_cast<const char*>(text), length};
}

bool RawTls::send(std::string_view octets) {
  const bool sent = SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
  ERR_clear_error();
  return sent;
}

std::string RawTls::read_until(std::string_view end) {
  std::string all;
  char buffer[4096];
  while (end.empty() || all.find(end) == std::string::npos) {
    const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    all.append(buffer, static_cast<std::size_t>(got));
  }
  ERR_clear_error();
  return all;
}

std::string RawTls::read_to_end() {
  return read_until("");
}

FakeServer::FakeServer(const std::filesystem::path& folder, const std::string& name, std::vector<std::string> answers)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
      answers_(std::move(answers)),
      listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ignore_broken_pipes();
  use_files(context_.get(), folder, name);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listening_, 1), 0);
  EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FakeServer::~FakeServer() {
  ::shutdown(listening_, SHUT_RDWR);
  thread_.join();
  ::close(listening_);
}

std::string FakeServer::url() const {
  return fmt::format("https://127.0.0.1:{}", port_);
}

void FakeServer::serve() {
  const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const RawSocket socket(descriptor);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(ssl.get(), descriptor);
  bool goes_on = SSL_accept(ssl.get()) == 1;
  for (std::size_t i = 0; goes_on && i < answers_.size(); ++i) {
    std::string request;
    char buffer[4096];
    while (goes_on && request.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(ssl.get(), buffer, sizeof buffer);
      goes_on = got > 0;
      if (goes_on) request.append(buffer, static_cast<std::size_t>(got));
    }
    if (goes_on && !answers_[i].empty()) {
      SSL_write(ssl.get(), answers_[i].data(), static_cast<int>(answers_[i].size()));
    }
  }
  SSL_shutdown(ssl.get());
  ERR_clear_error();
}

}  // namespace test
