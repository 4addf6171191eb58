#include "pki/base/net/https_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <poll.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "pki/base/core/error.h"
#include "pki/base/net/http_answer.h"
#include "pki/base/net/tls_inside.h"

namespace net {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Failure = boost::system::error_code;
using Steady = std::chrono::steady_clock;
using Stream = ssl::stream<tcp::socket>;

constexpr std::size_t kReadAtOnce = 16U << 10;

struct Place {
  std::string host;  // without brackets
  std::string port;
  std::string text;  // "host:port" as it stands in the URL
};

Place place_of(const std::string& url) {
  constexpr std::string_view kScheme = "https://";
  const std::size_t colon = url.rfind(':');
  Place place;
  if (url.starts_with(kScheme) && colon > kScheme.size() && colon != std::string::npos) {
    place = {url.substr(kScheme.size(), colon - kScheme.size()), url.substr(colon + 1), url.substr(kScheme.size())};
  }
  if (place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']') {
    place.host = place.host.substr(1, place.host.size() - 2);
  }
  constexpr std::size_t kMostDigits = 5;
  const bool is_port = !place.port.empty() && place.port.size() <= kMostDigits &&
                       place.port.find_first_not_of("0123456789") == std::string::npos;
  if (place.host.empty() || !is_port || place.host.find_first_of("/@?# ") != std::string::npos) {
    throw base::Error(base::Fault::FixConfiguration, "reading the address of a service",
                      fmt::format("'{}' is not of the form https://host:port", url));
  }
  return place;
}

bool is_safe_to_repeat(std::string_view method) {  // RFC 9110 §9.2.2
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

// The other side said why it ends the handshake (RFC 8446 §6).
bool is_alert(const Failure& failure) {
  return failure.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(failure.value())) >= SSL_AD_REASON_OFFSET;
}

}  // namespace

class HttpsClient::Inside {
 public:
  Inside(const std::string& url, const std::optional<TlsIdentity>& identity, const TlsAuthorities& authorities,
         const base::Clock& clock, HttpsPatience patience)
      : place_(place_of(url)),
        clock_(clock),
        patience_(patience),
        tls_(client_context(identity, authorities).release()) {}

  HttpResponse ask(std::string_view method, std::string_view target, std::string_view body,
                   std::string_view content_type) {
    const std::string question = format_request(method, place_.text, target, body, content_type);
    const bool reused = is_open();
    if (!reused) connect();
    auto answer = exchange(question, method);
    // The server may have closed the line just as we asked; a fresh line tells.
    if (!answer && reused && is_safe_to_repeat(method)) {
      connect();
      answer = exchange(question, method);
    }
    if (answer) return std::move(*answer);
    fail(base::Fault::AskOperator, fmt::format("the connection broke before the answer came ({}){}", broken_.message(),
                                               is_safe_to_repeat(method) ? "" : "; whether it was done is not known"));
  }

 private:
  [[noreturn]] void fail(base::Fault fault, const std::string& seen) {
    stream_.reset();
    throw base::Error(fault, fmt::format("asking the service at {}", place_.text), seen);
  }

  // Nothing is to be read on a line that waits: what is there is its end.
  bool is_open() {
    if (!stream_) return false;
    pollfd watched{stream_->lowest_layer().native_handle(), POLLIN, 0};
    if (::poll(&watched, 1, 0) == 0) return true;
    stream_.reset();
    return false;
  }

  // Starts something asynchronous and waits for it until `end`.
  template <class Start>
  Failure within(Steady::time_point end, Start start) {
    std::optional<Failure> outcome;
    start([&](Failure failure, auto&&...) { outcome = failure; });
    io_.restart();
    io_.run_until(end);
    if (!outcome) {
      Failure ignored;
      stream_->lowest_layer().close(ignored);
      io_.restart();
      io_.run();
      fail(base::Fault::AskOperator, "it took too long; look whether the service is overloaded or the network is down");
    }
    return *outcome;
  }

  void connect() {
    const auto end = Steady::now() + patience_.connect;
    Failure failure;
    const auto found = tcp::resolver(io_).resolve(place_.host, place_.port, failure);
    if (failure) fail(base::Fault::AskOperator, fmt::format("the name is not known here ({})", failure.message()));
    stream_.emplace(io_, tls_);
    failure = within(end, [&](auto done) {
      asio::async_connect(stream_->lowest_layer(), found,
                          [done](Failure outcome, const tcp::endpoint&) { done(outcome); });
    });
    if (failure) {
      fail(base::Fault::AskOperator, fmt::format("{}; look whether the service is started there", failure.message()));
    }
    stream_->lowest_layer().set_option(tcp::no_delay(true), failure);
    expect_server(stream_->native_handle(), place_.host, clock_.now());
    failure = within(end, [&](auto done) { stream_->async_handshake(ssl::stream_base::client, done); });
    if (failure) refuse_handshake(failure);
  }

  [[noreturn]] void refuse_handshake(const Failure& failure) {
    const long judged = SSL_get_verify_result(stream_->native_handle());
    if (judged != X509_V_OK) {
      fail(base::Fault::FixConfiguration,
           fmt::format("the service's certificate does not hold: {}; compare the authorities' file, the name in the "
                       "address and the clock",
                       X509_verify_cert_error_string(judged)));
    }
    refuse_alert(failure);
    fail(base::Fault::AskOperator, fmt::format("no TLS came about: {}", failure.message()));
  }

  void refuse_alert(const Failure& failure) {
    if (!is_alert(failure)) return;
    fail(base::Fault::FixConfiguration,
         fmt::format("the service refuses our certificate or our TLS: {}", failure.message()));
  }

  // nullopt: the line broke before an octet of the answer came; broken_ says how.
  std::optional<HttpResponse> exchange(const std::string& question, std::string_view method) {
    const auto end = Steady::now() + patience_.answer;
    HttpAnswer answer(patience_.largest_answer, method == "HEAD");
    // A server that refuses a body may answer before it has read it: so an answer is looked for whatever happens here.
    within(end, [&](auto done) { asio::async_write(*stream_, asio::buffer(question), done); });
    bool began = false;
    for (;;) {
      std::size_t got = 0;
      broken_ = within(end, [&](auto done) {
        stream_->async_read_some(asio::buffer(octets_), [done, &got](Failure failure, std::size_t count) {
          got = count;
          done(failure);
        });
      });
      refuse_alert(broken_);
      if (broken_ && !began) {
        stream_.reset();
        return std::nullopt;
      }
      if (broken_) fail(base::Fault::AskOperator, fmt::format("the answer broke off ({})", broken_.message()));
      began = true;
      switch (answer.take({octets_.data(), got})) {
        case HttpAnswer::State::Reading:
          break;
        case HttpAnswer::State::Complete:
          return finish(answer);
        case HttpAnswer::State::Malformed:
          fail(base::Fault::AskOperator, fmt::format("the answer is no HTTP/1.1: {}", answer.wrong()));
        case HttpAnswer::State::TooLarge:
          fail(base::Fault::AskOperator, fmt::format("the answer has more than {} octets", patience_.largest_answer));
      }
    }
  }

  HttpResponse finish(HttpAnswer& answer) {
    const bool stands = answer.keeps_alive();
    HttpResponse response = answer.response();
    if (!stands) stream_.reset();
    return response;
  }

  Place place_;
  const base::Clock& clock_;
  HttpsPatience patience_;
  asio::io_context io_{1};
  ssl::context tls_;
  std::optional<Stream> stream_;
  Failure broken_;
  std::array<char, kReadAtOnce> octets_;
};

HttpsClient::HttpsClient(const std::string& url, std::optional<TlsIdentity> identity, TlsAuthorities authorities,
                         const base::Clock& clock, HttpsPatience patience)
    : inside_(std::make_unique<Inside>(url, identity, authorities, clock, patience)) {}
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient& HttpsClient::operator=(HttpsClient&&) noexcept = default;
HttpsClient::~HttpsClient() = default;

HttpResponse HttpsClient::ask(std::string_view method, std::string_view target, std::string_view body,
                              std::string_view content_type) {
  return inside_->ask(method, target, body, content_type);
}

}  // namespace net
