#pragma once
// The asking side of HTTPS: one question, one answer, the connection kept for the next question. Not for several
// threads at once.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"
#include "pki/base/net/http.h"
#include "pki/base/net/tls_identity.h"

namespace net {

struct HttpsPatience {
  std::chrono::milliseconds connect{5'000};  // TCP and TLS; looking up a name has the resolver's own limits
  std::chrono::milliseconds answer{30'000};  // from the first octet asked to the last answered
  std::size_t largest_answer = 1U << 20;     // octets of the answer's body
};

class HttpsClient {
 public:
  // url: "https://host:port", a name or an address; nothing behind it. identity: what we show, if anything.
  // authorities: who signs the server's certificate, which must name `host` and be in its time by `clock`.
  // Connects to nobody yet. Throws Error{FixConfiguration} for another form of url.
  HttpsClient(const std::string& url, std::optional<TlsIdentity> identity, TlsAuthorities authorities,
              const base::Clock& clock, HttpsPatience patience = {});
  HttpsClient(HttpsClient&&) noexcept;
  HttpsClient& operator=(HttpsClient&&) noexcept;
  ~HttpsClient();

  // target: path and query, percent-encoded (http_target.h makes it). The answer may be a problem; that is an answer.
  // Error{AskOperator}: nobody listens, too slow, the connection broke, the answer is too large or no HTTP; unless the
  // method is GET, HEAD, PUT or DELETE it is then not known whether the server did what was asked.
  // Error{FixConfiguration}: the server's certificate is not the one we expect. Both name host and port.
  HttpResponse ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view content_type = "application/json");

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace net
