#include "pki/base/net/https_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <unordered_set>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/base/net/http_reader.h"
#include "pki/base/net/tls_inside.h"

namespace net {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Failure = boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr int kServerError = 500;
constexpr std::size_t kReadAtOnce = 16U << 10;  // a TLS record
constexpr std::chrono::seconds kGoodbye{2};     // for the other side to read our last answer
constexpr std::size_t kDrained = 32U << 20;     // octets of a refused body that are thrown away before the line is cut

// What the connections of one server have in common. All of it but the handlers runs on one thread, the caller of
// run().
struct House {
  asio::io_context io{1};
  ssl::context tls;
  TlsAuthorities clients;
  HttpsLimits limits;
  HttpHandler handler;
  const base::Clock& clock;
  asio::thread_pool* handlers = nullptr;
  bool stopping = false;
};

HttpResponse server_error() {
  return problem(kServerError, "HTTP_SERVER_ERROR", "The server failed",
                 "the request was not answered; ask the operator");
}

// What somebody else's exception says may be about a person; our own errors never are.
HttpResponse guarded(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const base::Error& error) {
    base::log::error("a request failed", {{"why", error.what()}});
  } catch (const std::exception& error) {
    base::log::error("a request failed", {{"why", typeid(error).name()}});
  }
  return server_error();
}

std::string formatted(const HttpResponse& response, bool head_only, bool keep_alive) {
  try {
    return format_response(response, head_only, keep_alive);
  } catch (const std::invalid_argument& error) {
    base::log::error("a request failed", {{"why", error.what()}});
    return format_response(server_error(), head_only, keep_alive);
  }
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Gone = std::function<void(const std::shared_ptr<Connection>&)>;

  Connection(tcp::socket socket, House& house, Gone gone)
      : house_(house),
        gone_(std::move(gone)),
        stream_(std::move(socket), house.tls),
        reader_(house.limits.header_bytes, house.limits.body_bytes) {}

  void start() {
    Failure ignored;
    stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
    enter(Phase::Handshake, house_.limits.handshake);
    stream_.async_handshake(ssl::stream_base::server, [self = shared_from_this()](Failure failure) {
      if (self->dropped_) return;
      if (failure) return self->drop();
      self->standing_ = judge_client(self->stream_.native_handle(), self->house_.clients);
      self->advance();
    });
  }

  void drop_if_late(Steady::time_point now) {
    if (now < end_ || dropped_) return;
    if (phase_ != Phase::Header && phase_ != Phase::Body) return drop();
    // The reading that is under way ends with an error, and then there is still somebody to answer.
    too_late_ = true;
    end_ = Steady::time_point::max();
    Failure ignored;
    stream_.lowest_layer().cancel(ignored);
  }

  // Whoever is being answered is answered first.
  void stop() {
    if (!is_busy()) drop();
    keep_ = false;
  }

  void drop() {
    if (dropped_) return;
    dropped_ = true;
    Failure ignored;
    stream_.lowest_layer().close(ignored);
    gone_(shared_from_this());
  }

  bool is_busy() const { return phase_ == Phase::Handling || phase_ == Phase::Answering; }
  bool is_trusted() const { return standing_.certificate.shown == Shown::Trusted; }
  Steady::time_point since() const { return since_; }

 private:
  enum class Phase { Handshake, Idle, Header, Body, Handling, Answering, Closing };

  void enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    since_ = Steady::now();
    end_ = since_ + limit;
  }

  void advance() {
    using State = HttpReader::State;
    switch (reader_.state()) {
      case State::Nothing:
        if (phase_ != Phase::Idle) enter(Phase::Idle, house_.limits.idle);
        return read();
      case State::Header:
        if (phase_ != Phase::Header) enter(Phase::Header, house_.limits.header);
        return read();
      case State::Body:
        if (phase_ != Phase::Body) enter(Phase::Body, house_.limits.body);
        return reader_.wants_continue() ? say_continue() : read();
      case State::Complete:
        return handle();
      case State::Refused:
        return answer(format_response(reader_.refusal(), false, false), false);
    }
  }

  void read() {
    stream_.async_read_some(asio::buffer(octets_), [self = shared_from_this()](Failure failure, std::size_t got) {
      if (self->dropped_) return;
      if (self->too_late_) return self->answer(format_response(too_slow(), false, false), false);
      if (failure) return self->drop();
      self->reader_.take({self->octets_.data(), got});
      self->advance();
    });
  }

  void say_continue() {
    asio::async_write(stream_, asio::buffer(continue_response()),
                      [self = shared_from_this()](Failure failure, std::size_t) {
                        if (self->dropped_) return;
                        if (self->too_late_ || failure) return self->drop();
                        self->read();
                      });
  }

  void handle() {
    phase_ = Phase::Handling;
    end_ = Steady::time_point::max();  // the handler's time is the handler's matter
    keep_ = reader_.keeps_alive() && ++requests_ < house_.limits.requests_per_connection && !house_.stopping;
    HttpRequest request = reader_.request();
    try {
      request.peer = standing_.at(house_.clock.now());
    } catch (const base::Error& error) {
      base::log::error("a request failed", {{"why", error.what()}});
      return answer(format_response(server_error(), reader_.wants_head(), false), false);
    }
    asio::post(*house_.handlers, [self = shared_from_this(), request = std::move(request),
                                  head_only = reader_.wants_head(), keep = keep_] {
      auto text = formatted(guarded(self->house_.handler, request), head_only, keep);
      asio::post(self->house_.io, [self, text = std::move(text), keep]() mutable {
        if (!self->dropped_) self->answer(std::move(text), keep && self->keep_);
      });
    });
  }

  void answer(std::string text, bool keep) {
    keep_ = keep;
    answer_ = std::move(text);
    enter(Phase::Answering, house_.limits.answer);
    asio::async_write(stream_, asio::buffer(answer_), [self = shared_from_this()](Failure failure, std::size_t) {
      if (self->dropped_) return;
      if (failure) return self->drop();
      self->answer_.clear();
      if (!self->keep_) return self->say_goodbye();
      self->reader_.next();
      self->advance();
    });
  }

  // Closing a socket on octets that nobody read would reset the connection, and the other side could lose our answer:
  // what it still sends is thrown away for a moment.
  void say_goodbye() {
    enter(Phase::Closing, kGoodbye);
    stream_.async_shutdown([self = shared_from_this()](Failure) {
      if (self->dropped_) return;
      Failure ignored;
      self->stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
      self->drain(0);
    });
  }

  void drain(std::size_t so_far) {
    stream_.next_layer().async_read_some(asio::buffer(octets_),
                                         [self = shared_from_this(), so_far](Failure failure, std::size_t got) {
                                           if (self->dropped_) return;
                                           if (failure || so_far + got > kDrained) return self->drop();
                                           self->drain(so_far + got);
                                         });
  }

  House& house_;
  Gone gone_;
  ssl::stream<tcp::socket> stream_;
  ClientStanding standing_;
  HttpReader reader_;
  Phase phase_ = Phase::Handshake;
  Steady::time_point since_, end_;
  std::size_t requests_ = 0;
  bool keep_ = true, too_late_ = false, dropped_ = false;
  std::string answer_;
  std::array<char, kReadAtOnce> octets_;
};

[[noreturn]] void refuse(base::Fault fault, const std::string& endpoint, const std::string& seen) {
  throw base::Error(fault, "opening the port of a service", fmt::format("{}: {}", endpoint, seen));
}

tcp::endpoint endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  Failure failure;
  const auto parsed = asio::ip::make_address(address, failure);
  constexpr std::size_t kMostDigits = 5;
  const bool digits = !port.empty() && port.size() <= kMostDigits &&
                      std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (failure || !digits || std::stoul(port) > UINT16_MAX) {
    refuse(base::Fault::FixConfiguration, text, "is no endpoint; write it like 127.0.0.1:7443 or [::1]:7443");
  }
  return {parsed, static_cast<std::uint16_t>(std::stoul(port))};
}

std::chrono::milliseconds sweep_period(const HttpsLimits& limits) {
  using std::chrono::milliseconds;
  const auto least = std::min({limits.handshake, limits.header, limits.body, limits.answer, limits.idle});
  return std::clamp(least / 4, milliseconds(5), milliseconds(1000));
}

}  // namespace

class HttpsServer::Inside {
 public:
  Inside(const std::string& endpoint, const TlsIdentity& identity, TlsAuthorities clients, HttpsLimits limits,
         HttpHandler handler, const base::Clock& clock, unsigned threads)
      : house_{.tls = ssl::context(server_context(identity, clients).release()),
               .clients = clients,
               .limits = limits,
               .handler = std::move(handler),
               .clock = clock},
        threads_(threads),
        listening_(house_.io),
        sweep_(house_.io),
        pause_(house_.io) {
    listen(endpoint);
  }

  tcp::endpoint local() const { return local_; }

  void run(int stop) {
    asio::thread_pool handlers(threads_);
    house_.handlers = &handlers;
    asio::posix::stream_descriptor stopped(house_.io, ::dup(stop));
    stopped.async_wait(asio::posix::stream_descriptor::wait_read, [this](Failure) { end(); });
    accept();
    sweep_later();
    house_.io.run();
    handlers.join();
  }

 private:
  void listen(const std::string& endpoint) {
    const tcp::endpoint wanted = endpoint_of(endpoint);
    Failure failure;
    listening_.open(wanted.protocol(), failure);
    if (!failure) listening_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) listening_.bind(wanted, failure);
    if (!failure) listening_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) refuse(base::Fault::AskOperator, endpoint, failure.message());
    local_ = listening_.local_endpoint();
  }

  void accept() {
    listening_.async_accept([this](Failure failure, tcp::socket socket) {
      if (house_.stopping) return;
      if (failure) return accept_later(failure);
      welcome(std::move(socket));
      accept();
    });
  }

  // Most likely there are no descriptors left; one comes back with the connection that is dropped.
  void accept_later(const Failure& why) {
    constexpr std::chrono::milliseconds kPause{50};
    base::log::warn("a connection was not accepted", {{"why", why.message()}});
    make_room();
    pause_.expires_after(kPause);
    pause_.async_wait([this](Failure failure) {
      if (!failure && !house_.stopping) accept();
    });
  }

  void welcome(tcp::socket socket) {
    if (connections_.size() >= house_.limits.connections && !make_room()) return;
    const auto connection = std::make_shared<Connection>(
        std::move(socket), house_, [this](const std::shared_ptr<Connection>& gone) { forget(gone); });
    connections_.insert(connection);
    connection->start();
  }

  // Strangers go before trusted clients, the longest without progress first; who is being answered stays.
  bool make_room() {
    const auto keeps = [](const auto& c) { return std::tuple(c->is_busy(), c->is_trusted(), c->since()); };
    const auto least = std::ranges::min_element(connections_, {}, keeps);
    ++crowded_out_;
    if (least == connections_.end() || (*least)->is_busy()) return false;
    const std::shared_ptr<Connection> victim = *least;
    victim->drop();
    return true;
  }

  void forget(const std::shared_ptr<Connection>& gone) {
    connections_.erase(gone);
    if (house_.stopping && connections_.empty()) sweep_.cancel();
  }

  void sweep_later() {
    sweep_.expires_after(sweep_period(house_.limits));
    sweep_.async_wait([this](Failure failure) {
      if (failure || (house_.stopping && connections_.empty())) return;
      const auto now = Steady::now();
      for (const auto& connection : std::vector(connections_.begin(), connections_.end())) {
        connection->drop_if_late(now);
      }
      if (crowded_out_ > 0) {
        base::log::warn("too many connections: those of least use were dropped",
                        {{"count", std::to_string(crowded_out_)}});
        crowded_out_ = 0;
      }
      sweep_later();
    });
  }

  void end() {
    house_.stopping = true;
    Failure ignored;
    listening_.close(ignored);
    pause_.cancel();
    for (const auto& connection : std::vector(connections_.begin(), connections_.end())) connection->stop();
    if (connections_.empty()) sweep_.cancel();
  }

  House house_;
  unsigned threads_;
  tcp::acceptor listening_;
  tcp::endpoint local_;
  asio::steady_timer sweep_, pause_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::size_t crowded_out_ = 0;
};

HttpsServer::HttpsServer(const std::string& endpoint, TlsIdentity identity, TlsAuthorities clients, HttpsLimits limits,
                         HttpHandler handler, const base::Clock& clock, unsigned threads)
    : inside_(std::make_unique<Inside>(endpoint, identity, std::move(clients), limits, std::move(handler), clock,
                                       threads)) {}

HttpsServer::~HttpsServer() = default;

std::uint16_t HttpsServer::port() const {
  return inside_->local().port();
}

std::string HttpsServer::url() const {
  const auto address = inside_->local().address();
  const std::string host = address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
  return fmt::format("https://{}:{}", host, port());
}

void HttpsServer::run(int stop) {
  inside_->run(stop);
}

}  // namespace net
