#pragma once
// A TLS authority of the tests, whom it certifies, strangers, and a server that runs while it lives.

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/base/net/https_client.h"
#include "pki/base/net/https_server.h"
#include "pki/keystore/signing_key.h"
#include "tests/base/folder.h"

namespace test {

// A clock that several threads may read while it is set.
class MovableClock final : public base::Clock {
 public:
  explicit MovableClock(base::Moment moment) : seconds_(moment.time_since_epoch().count()) {}
  base::Moment now() const override { return base::Moment(std::chrono::seconds(seconds_.load())); }
  void set(base::Moment moment) { seconds_ = moment.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> seconds_;
};

inline constexpr const char* kPassword = "ten nghin";

class TlsWorld {
 public:
  TlsWorld();

  base::Secret password() const;
  // Files NAME.pem and NAME.key in folder(); the identity in them. days: how long from start().
  net::TlsIdentity server(const std::string& name = "127.0.0.1", int days = 30);
  net::TlsIdentity client(const std::string& name, int days = 30);
  net::TlsIdentity stranger(const std::string& name);  // certified by an authority that nobody knows
  net::TlsAuthorities authorities() const;
  net::TlsAuthorities foreign_authorities() const;

  std::filesystem::path folder() const { return folder_.path(); }
  static base::Moment start();
  MovableClock clock{start()};

 private:
  struct Authority {
    std::unique_ptr<keystore::SigningKey> key;
    base::Bytes certificate;
  };
  Authority make_authority(const std::string& file);
  net::TlsIdentity issue(const Authority& authority, const std::string& name, bool server, int days);

  Folder folder_;
  base::SeededRandom random_{443};
  Authority authority_, foreign_;
};

class Serving {
 public:
  Serving(TlsWorld& world, net::HttpHandler handler, net::HttpsLimits limits = {},
          const std::string& endpoint = "127.0.0.1:0");
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  void ask_to_stop() const;
  std::uint16_t port() const { return server_.port(); }
  std::string url() const { return server_.url(); }

 private:
  net::HttpsServer server_;
  int stop_;
  std::thread thread_;
};

// Answers with what it sees: "POST v1/x tax trusted abc".
net::HttpResponse echo(const net::HttpRequest& request);
const char* word(net::Shown shown);

}  // namespace test
