#pragma once
// HTTP/1.1 over TLS for a service that strangers can reach: whoever connects gets so much memory and time and no more,
// and the handler sees who asks. A client certificate is asked for and never demanded: with none, a foreign or an
// expired one the connection stands, `request.peer.shown` says so, and the handler answers 401 in words
// (docs/decisions/https-with-beast.md).

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "pki/base/core/clock.h"
#include "pki/base/net/http.h"
#include "pki/base/net/tls_identity.h"

namespace net {

// Of one connection, unless said otherwise. What is over a limit gets a problem (codes: docs/failure-codes.md) where
// one can still be sent, then the connection is closed.
struct HttpsLimits {
  std::size_t header_bytes = 8U << 10;           // request line and fields: 431
  std::size_t body_bytes = 64U << 10;            // with a length or in chunks: 413
  std::size_t connections = 512;                 // of all clients; the one that has been of least use makes room
  std::size_t requests_per_connection = 10'000;  // then it is closed after the answer
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds header{10'000};  // from its first octet to its last: 408
  std::chrono::milliseconds body{30'000};    // the whole of it: 408
  std::chrono::milliseconds answer{30'000};  // to take our answer
  std::chrono::milliseconds idle{60'000};    // between two requests
};

class HttpsServer {
 public:
  // Listens at once. endpoint: "127.0.0.1:7443", "[::1]:7443"; port 0 takes a free one. clients: who signs the
  // certificates of trusted clients, judged at clock's time, at every request anew. threads: how many handlers run at
  // once; reading and writing is one thread more. Throws Error{FixConfiguration} for an endpoint that is none,
  // Error{AskOperator} when the port is taken.
  HttpsServer(const std::string& endpoint, TlsIdentity identity, TlsAuthorities clients, HttpsLimits limits,
              HttpHandler handler, const base::Clock& clock, unsigned threads = 2);
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;
  ~HttpsServer();

  std::uint16_t port() const;
  std::string url() const;  // "https://127.0.0.1:7443"

  // Serves until `stop` (a descriptor) is readable; requests that a handler has begun are answered first.
  void run(int stop);

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace net
