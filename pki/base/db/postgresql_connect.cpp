#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "pki/base/db/address.h"
#include "pki/base/db/postgresql.h"

namespace db {

namespace {

using base::Error;
using base::Fault;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

// libpq's own message about a bad URL repeats the URL, so it is not shown.
Options parse(const std::string& url) {
  Options options;
  if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
    options.reset(PQconninfoParse(url.c_str(), nullptr));
  if (!options) {
    throw Error(Fault::FixConfiguration, "connecting to the database",
                "its address is no URL of the form postgresql://user@host:port/database");
  }
  return options;
}

// With PQERRORS_SQLSTATE a server's refusal ends in its SQLSTATE whatever the server's language is: "FATAL:  28P01".
std::string sqlstate_of(std::string_view message) {
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  if (message.size() < 6 || message[message.size() - 6] != ' ') return {};
  const std::string_view code = message.substr(message.size() - 5);
  const bool is_code =
      std::all_of(code.begin(), code.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  return is_code ? std::string(code) : std::string{};
}

// libpq asks to be called when its socket is ready (PostgreSQL 15, 34.1, PQconnectPoll).
bool finish_connecting(PGconn* link) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(kConnectMilliseconds);
  for (auto next = PGRES_POLLING_WRITING;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd ready{PQsocket(link), static_cast<short>(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (ready.fd < 0) return false;
    if (::poll(&ready, 1, static_cast<int>(left)) < 0 && errno != EINTR) return false;
    next = PQconnectPoll(link);
    if (next == PGRES_POLLING_OK) return true;
    if (next == PGRES_POLLING_FAILED) return false;
  }
}

void drop_notice(void*, const PGresult*) {}

}  // namespace

std::string Address::name() const {
  return fmt::format("{}:{}/{}", host, port, database);
}

Address parse_address(const std::string& url) {
  const Options options = parse(url);
  Address address;
  bool password = false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "host")
      address.host = option->val;
    else if (keyword == "port")
      address.port = option->val;
    else if (keyword == "dbname")
      address.database = option->val;
    else if (keyword == "user")
      address.user = option->val;
    else if (keyword == "password")
      password = true;
    else
      address.parameters.emplace(keyword, option->val);
  }
  if (password) {
    throw Error(Fault::FixConfiguration, fmt::format("connecting to the database {}", address.name()),
                "a password does not stand in a URL; put it into a file that only its owner can read");
  }
  return address;
}

Connected connect_link(const std::string& url, const base::Secret* password) {
  Connected connected;
  connected.name = parse_address(url).name();
  // Before dbname: what the URL may change. After it: what it may not. A server that vanishes is noticed in 20 s.
  base::Bytes secret;
  if (password != nullptr) secret.assign(password->reveal().begin(), password->reveal().end());
  secret.push_back(0);
  const base::Secret opened(std::move(secret));
  std::vector<const char*> names{"gssencmode",       "keepalives_idle",          "keepalives_interval",
                                 "keepalives_count", "tcp_user_timeout",         "dbname",
                                 "client_encoding",  "fallback_application_name"};
  std::vector<const char*> values{"disable", "10", "5", "2", "20000", url.c_str(), "UTF8", "cccd"};
  if (password != nullptr) {
    names.push_back("password");
    values.push_back(reinterpret_cast<const char*>(opened.reveal().data()));
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connected.link.reset(PQconnectStartParams(names.data(), values.data(), 1));
  base::ensure(connected.link != nullptr, "there is memory for a connection");
  PQsetErrorVerbosity(connected.link.get(), PQERRORS_SQLSTATE);
  PQsetNoticeReceiver(connected.link.get(), drop_notice, nullptr);
  PGconn* const link = connected.link.get();
  if (PQstatus(link) == CONNECTION_BAD || !finish_connecting(link)) {
    constexpr std::string_view kInvalidPassword = "28P01";  // also where the server asked for one and got none
    const std::string sqlstate = sqlstate_of(PQerrorMessage(link));
    throw connect_failure(PQconnectionNeedsPassword(link) == 1 ? kInvalidPassword : sqlstate, connected.name);
  }
  return connected;
}

}  // namespace db
