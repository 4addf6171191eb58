#pragma once
// One HTTP exchange as values: what a route sees and what it answers. The server and the client that carry them are
// https_server.h and https_client.h; errors are problem details (RFC 9457).

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net {

// What the other side showed in the TLS handshake. Anything may be shown; only Trusted was signed by the authority that
// the server was told to believe and is in its time.
enum class Shown { Nothing, NotTrusted, Expired, Trusted };

struct PeerCertificate {
  Shown shown = Shown::Nothing;
  std::string common_name;  // subject CN, empty when there is none
  std::string sha256;       // of the certificate's DER, lower-case hexadecimal; empty when nothing was shown
};

struct HttpRequest {
  std::string method;                        // "GET"
  std::vector<std::string> path;             // decoded segments: /v1/persons/x -> {"v1", "persons", "x"}
  std::map<std::string, std::string> query;  // decoded; a name twice is refused before a route sees it
  std::string content_type;                  // without parameters, lower case
  std::string body;
  PeerCertificate peer;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides Content-Type, Content-Length, Connection
};

// Called from several threads at once. What it throws becomes a problem of status 500 that says nothing of the cause.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// RFC 9457 with one member more, "code": upper-case words, stable for ever (docs/failure-codes.md). detail never holds
// a person's data. `more` are further members, as texts ("scope": "history").
HttpResponse problem(int status, std::string_view code, std::string_view title, std::string_view detail,
                     const std::map<std::string, std::string>& more = {});

}  // namespace net
