#include "issuance/registry/api.h"

#include <fmt/format.h>

#include "issuance/registry/routes_fields.h"
#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

namespace registry {

namespace {

constexpr int kUnauthorized = 401, kForbidden = 403, kNotFound = 404, kMethod = 405, kTooMany = 429, kFailed = 500,
              kUnavailable = 503;

// For the pages of the register that one thread looks at again: the upper part of every index, and who is asked often.
constexpr int kCacheKibibytes = 32 * 1024;

// Whether the certificate alone lets a client in.
void check_certificate(const net::PeerCertificate& peer) {
  const auto refuse = [](std::string_view code, std::string_view detail) {
    throw Refused(net::problem(kUnauthorized, code, "A client certificate is required", detail));
  };
  switch (peer.shown) {
    case net::Shown::Nothing:
      refuse("CLIENT_CERTIFICATE_MISSING", "No certificate was shown in the TLS handshake.");
      break;
    case net::Shown::NotTrusted:
      refuse("CLIENT_CERTIFICATE_NOT_TRUSTED",
             "The authority that the register believes did not sign the certificate.");
      break;
    case net::Shown::Expired:
      refuse("CLIENT_CERTIFICATE_EXPIRED", "The certificate is not in its time.");
      break;
    case net::Shown::Trusted:
      return;
  }
}

net::HttpResponse failure(const base::Error& error) {
  base::log::error(
      "a request failed",
      {{"fault", std::string(base::fault_name(error.fault()))}, {"doing", error.doing()}, {"seen", error.seen()}});
  if (error.fault() == base::Fault::AskOperator) {
    net::HttpResponse answer =
        net::problem(kUnavailable, "REGISTER_UNAVAILABLE", "The register does not answer",
                     "Nothing was decided. Say the same again later; its operator reads why in the log.");
    answer.headers.emplace_back("Retry-After", "5");
    return answer;
  }
  return net::problem(kFailed, "REGISTER_FAILED", "Something of the register's own is wrong",
                      "Nothing was decided. Its operator reads why in the log.");
}

}  // namespace

// A store for one request: one that lies idle, or a new one. Given back unless the request failed.
class Api::Lease {
 public:
  explicit Lease(Api& api) : api_(api) {
    {
      const std::lock_guard alone(api_.threads_);
      if (!api_.idle_.empty()) {
        store_ = std::move(api_.idle_.back());
        api_.idle_.pop_back();
      }
    }
    if (store_) return;
    store_ = std::make_unique<Store>(api_.home_.store(api_.clock_));
    store_->use_cache(kCacheKibibytes);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() = default;
  Store& operator*() { return *store_; }
  void give_back() {
    const std::lock_guard alone(api_.threads_);
    api_.idle_.push_back(std::move(store_));
  }

 private:
  Api& api_;
  std::unique_ptr<Store> store_;
};

Api::Api(Home home, std::unique_ptr<keystore::SigningKey> answer_key, Scopes scopes, const base::Clock& clock,
         base::Random& random)
    : home_(std::move(home)),
      key_(std::move(answer_key)),
      scopes_(std::move(scopes)),
      clock_(clock),
      random_(random),
      access_(std::make_shared<AccessDatabase>(home_.folder(), clock)),
      book_(access_, home_.folder(), clock),
      clients_(access_, clock) {
  Lease(*this).give_back();
  settle();
}

Api::~Api() = default;

std::shared_ptr<evidence::Log> Api::log() {
  const std::lock_guard alone(threads_);
  if (!log_) log_ = std::make_shared<evidence::Log>(evidence::Log::open(home_.log_folder(), *key_, clock_));
  return log_;
}

// A server that went away made the connections that lie idle as useless as the one that failed.
void Api::forget_opened() {
  const std::lock_guard alone(threads_);
  log_.reset();
  idle_.clear();
}

void Api::settle() {
  try {
    book_.settle(*log(), home_.log_folder());
  } catch (...) {
    forget_opened();
    throw;
  }
}

net::HttpResponse Api::admitted(const net::HttpRequest& request) {
  check_certificate(request.peer);
  const auto client = clients_.by_certificate(request.peer.sha256);
  const Rate* const rate = client ? scopes_.rate(client->role) : nullptr;
  if (rate == nullptr) {
    throw Refused(net::problem(kForbidden, "CLIENT_UNKNOWN", "The client is not known",
                               "The certificate is good, and no client of this register has it."));
  }
  if (const auto wait = rates_.take(client->name, *rate, std::chrono::steady_clock::now())) {
    net::HttpResponse answer =
        net::problem(kTooMany, "RATE_LIMITED", "Too many requests", "The client asked more often than its role may.");
    answer.headers.emplace_back("Retry-After", fmt::format("{}", wait->count()));
    return answer;
  }
  const Found found = find_operation(request);
  if (found.operation == nullptr && found.allowed.empty())
    return net::problem(kNotFound, "OPERATION_UNKNOWN", "There is no such operation", "No operation has this path.");
  if (found.operation == nullptr) {
    net::HttpResponse answer = net::problem(kMethod, "METHOD_NOT_ALLOWED", "The method is not allowed",
                                            "The path knows other methods; the field Allow names them.");
    answer.headers.emplace_back("Allow", found.allowed);
    return answer;
  }
  if (found.operation->route == nullptr) return health();  // it needs no register
  const std::shared_ptr<evidence::Log> log_now = log();
  Lease store(*this);
  Desk desk{*store, book_, scopes_, *log_now, *key_, clock_, random_, home_.officers_file()};
  try {
    net::HttpResponse answer = found.operation->route(desk, {request, *client, found.names});
    store.give_back();
    return answer;
  } catch (const Refused&) {
    store.give_back();  // nothing is half done
    throw;
  }
}

net::HttpResponse Api::handle(const net::HttpRequest& request) noexcept {
  try {
    return admitted(request);
  } catch (const Refused& refused) {
    return refused.answer();
  } catch (const base::Error& error) {
    forget_opened();
    return failure(error);
  } catch (const std::exception& error) {
    forget_opened();
    base::log::error("a request failed", {{"seen", error.what()}});
    return failure(base::Error(base::Fault::FixConfiguration, "answering a request", "an exception of a library"));
  }
}

}  // namespace registry
