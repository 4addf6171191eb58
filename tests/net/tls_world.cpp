#include "tests/net/tls_world.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/keystore/pkcs8_rounds.h"
#include "pki/x509/issue/issue.h"
#include "pki/x509/issue/tls_certificate.h"

namespace test {

namespace issue = x509::issue;

namespace {

constexpr std::size_t kFewRounds = 10;
constexpr int kAuthorityDays = 3650;

void write_pem(const std::filesystem::path& file, base::ByteView certificate) {
  base::write_file(file, base::view_of(crypto::openssl::certificate_pem(certificate)), "writing a certificate");
}

}  // namespace

base::Moment TlsWorld::start() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3};
}

TlsWorld::TlsWorld() : authority_(make_authority("ca.pem")), foreign_(make_authority("foreign.pem")) {}

TlsWorld::Authority TlsWorld::make_authority(const std::string& file) {
  auto key = keystore::generate(keystore::Curve::P256, random_);
  auto certificate = issue::issue_tls_authority(issue::shipped_tls_profile(), *key, issue::random_serial(random_),
                                                start(), kAuthorityDays);
  write_pem(folder_ / file, certificate);
  return {std::move(key), std::move(certificate)};
}

base::Secret TlsWorld::password() const {
  return base::Secret(base::bytes_of(kPassword));
}

net::TlsIdentity TlsWorld::issue(const Authority& authority, const std::string& name, bool server, int days) {
  const auto key_file = folder_ / (name + ".key");
  std::filesystem::remove(key_file);
  keystore::detail::generate_into_file(keystore::Curve::P256, key_file, password(), random_, kFewRounds);
  issue::TlsHolder holder;
  if (server) {
    holder.server_names = {*issue::server_name_from_text(name)};
  } else {
    holder.client_name = name;
  }
  const auto key = keystore::load_file(key_file, password());
  write_pem(folder_ / (name + ".pem"),
            issue::issue_tls_certificate(issue::shipped_tls_profile(),
                                         x509::format::parse_certificate(authority.certificate), *authority.key, holder,
                                         key->public_key_named(), issue::random_serial(random_), start(), days));
  return net::TlsIdentity::from_files(folder_ / (name + ".pem"), key_file, password());
}

net::TlsIdentity TlsWorld::server(const std::string& name, int days) {
  return issue(authority_, name, true, days);
}

net::TlsIdentity TlsWorld::client(const std::string& name, int days) {
  return issue(authority_, name, false, days);
}

net::TlsIdentity TlsWorld::stranger(const std::string& name) {
  return issue(foreign_, name, false, 30);
}

net::TlsAuthorities TlsWorld::authorities() const {
  return net::TlsAuthorities::from_file(folder_ / "ca.pem");
}

net::TlsAuthorities TlsWorld::foreign_authorities() const {
  return net::TlsAuthorities::from_file(folder_ / "foreign.pem");
}

Serving::Serving(TlsWorld& world, net::HttpHandler handler, net::HttpsLimits limits, const std::string& endpoint)
    : server_(endpoint, world.server(), world.authorities(), limits, std::move(handler), world.clock),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { server_.run(stop_); }) {}

void Serving::ask_to_stop() const {
  const std::uint64_t one = 1;
  EXPECT_EQ(::write(stop_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
}

Serving::~Serving() {
  ask_to_stop();
  thread_.join();
  ::close(stop_);
}

const char* word(net::Shown shown) {
  switch (shown) {
    case net::Shown::Nothing:
      return "nothing";
    case net::Shown::NotTrusted:
      return "not-trusted";
    case net::Shown::Expired:
      return "expired";
    case net::Shown::Trusted:
      return "trusted";
  }
  return "?";
}

net::HttpResponse echo(const net::HttpRequest& request) {
  std::string path;
  for (const std::string& segment : request.path) path += (path.empty() ? "" : "/") + segment;
  return {.status = 200,
          .content_type = "text/plain",
          .body = fmt::format("{} {} {} {} {}", request.method, path, request.peer.common_name,
                              word(request.peer.shown), request.body),
          .headers = {}};
}

}  // namespace test
