#pragma once
// The octets of one connection as requests, one after the other, within limits of memory whatever comes; and an answer
// as octets. HTTP/1.1 as RFC 9112 has it, without sockets, so that every hostile input can be tried in a test.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pki/base/net/http.h"

namespace net {

class HttpReader {
 public:
  enum class State {
    Nothing,   // of the next request has come
    Header,    // has begun
    Body,      // the header is whole
    Complete,  // request() may be taken
    Refused,   // refusal() says why; nothing more is read from this connection
  };

  HttpReader(std::size_t header_bytes, std::size_t body_bytes);
  HttpReader(HttpReader&&) noexcept;
  HttpReader& operator=(HttpReader&&) noexcept;
  ~HttpReader();

  // What came. Octets behind a complete request are kept for next(); give no more before.
  State take(std::string_view octets);
  State state() const;
  // The header wants a word before it sends the body ("Expect: 100-continue"); true once.
  bool wants_continue();

  // Of a complete request; peer is left empty.
  HttpRequest request();
  bool wants_head() const;   // the answer's body is not sent
  bool keeps_alive() const;  // the client lets the connection stand
  // On to the next request, which may already be there.
  State next();

  HttpResponse refusal() const;

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

// How the answer goes over the wire. Throws std::invalid_argument for a field that is no HTTP.
std::string format_response(const HttpResponse& response, bool head_only, bool keep_alive);

// "HTTP/1.1 100 Continue"
std::string_view continue_response();

// The request took too long to come.
HttpResponse too_slow();

}  // namespace net
