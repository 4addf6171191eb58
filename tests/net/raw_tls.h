#pragma once
// A client that does what no client should, and a server that answers anything: sockets and OpenSSL without manners.

#include <openssl/ssl.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace test {

// A plain TCP connection to a port on loopback. What does not come within a minute fails the test.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port);
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
  RawSocket(RawSocket&& other) noexcept;
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket();

  bool send(std::string_view octets) const;  // false: the other side takes no more
  std::string read_to_end() const;
  void close_half() const;  // nothing more comes from here
  void reset();             // the other side gets a RST
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// The same in TLS, without judging the server. files: NAME.pem and NAME.key in the folder, or nothing shown.
class RawTls {
 public:
  RawTls(std::uint16_t port, const std::filesystem::path& folder = {}, const std::string& name = {},
         int highest_version = TLS1_3_VERSION, std::string_view alpn = "http/1.1");
  ~RawTls();
  bool connected() const { return connected_; }
  std::string alpn() const;
  bool send(std::string_view octets);
  std::string read_until(std::string_view end);  // or to the end
  std::string read_to_end();
  RawSocket& socket() { return socket_; }

 private:
  RawSocket socket_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  bool connected_ = false;
};

// Takes one connection, and for each request header that comes gives the next answer; then closes.
class FakeServer {
 public:
  FakeServer(const std::filesystem::path& folder, const std::string& name, std::vector<std::string> answers);
  ~FakeServer();
  std::string url() const;

 private:
  void serve();
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::vector<std::string> answers_;
  int listening_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace test
