#pragma once
// The register as a service, without its sockets: a request in, an answer out, and no input can stop it. It knows who
// may ask (clients), how often (rates) and what (scopes), writes every look down before it answers, and holds the
// answer key: who asks gets signed answers and never the key.

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "issuance/registry/access_book.h"
#include "issuance/registry/clients.h"
#include "issuance/registry/home.h"
#include "issuance/registry/rate_limit.h"
#include "issuance/registry/scopes.h"
#include "pki/base/net/http.h"
#include "pki/evidence/log.h"

namespace registry {

class Api {
 public:
  // Opens register, book and log at once, so that a damaged one is told at the start, and settles what an earlier
  // process left. Clock and randomness outlive it.
  Api(Home home, std::unique_ptr<keystore::SigningKey> answer_key, Scopes scopes, const base::Clock& clock,
      base::Random& random);
  ~Api();

  // Several threads may call it; each works with a connection to the register of its own. A failure (register away,
  // disk full, log changed by somebody) is an answer too: 503 REGISTER_UNAVAILABLE or 500 REGISTER_FAILED, and log and
  // stores are opened anew for the next request, so nothing half done is carried on.
  net::HttpResponse handle(const net::HttpRequest& request) noexcept;

  // Brings the accesses since the last call into the audit log. Called every second by whoever serves, and at the end.
  void settle();

 private:
  class Lease;
  net::HttpResponse admitted(const net::HttpRequest& request);
  std::shared_ptr<evidence::Log> log();
  void forget_opened();

  Home home_;
  std::unique_ptr<keystore::SigningKey> key_;
  Scopes scopes_;
  const base::Clock& clock_;
  base::Random& random_;
  std::shared_ptr<AccessDatabase> access_;
  AccessBook book_;
  Clients clients_;
  RateLimit rates_;
  std::mutex threads_;                        // of what follows
  std::vector<std::unique_ptr<Store>> idle_;  // stores that no thread works with
  std::shared_ptr<evidence::Log> log_;        // empty after a failure
};

}  // namespace registry
