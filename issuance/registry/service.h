#pragma once
// The register as a service (docs/formats/registry-protocol.md) without its socket: a text in, a text out, and no input
// can stop it. It holds the answer key; who asks over the socket gets signed answers and never the key. Rules and
// findings are those of the commands.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "issuance/registry/home.h"
#include "pki/base/net/peer.h"
#include "pki/evidence/log.h"

namespace registry {

class Service {
 public:
  // Opens register and log at once, so that a damaged one is told at the start. Clock and randomness outlive it.
  Service(Home home, std::unique_ptr<keystore::SigningKey> answer_key, const base::Clock& clock, base::Random& random);
  ~Service();

  // Refusals of form: REQUEST_MALFORMED. A failure (register busy, disk full, log changed by somebody) is an answer
  // too; register and log are then opened anew for the next request, so nothing half done is carried on.
  std::string handle(std::string_view request, const net::Peer& peer) noexcept;

 private:
  struct Opened;
  Opened& opened();

  Home home_;
  std::unique_ptr<keystore::SigningKey> key_;
  const base::Clock& clock_;
  base::Random& random_;
  std::unique_ptr<Opened> opened_;
};

// The name of an account, "uid-1234" when it has none: what the register keeps as its reader.
std::string account_of(std::int64_t uid);

}  // namespace registry
