// Whom a route sees: every kind of certificate gets through the handshake and is named for what it is.

#include <gmock/gmock.h>

#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "tests/net/raw_tls.h"
#include "tests/net/tls_world.h"

namespace {

using std::chrono::days;
using testing::HasSubstr;

class HttpsPeer : public testing::Test {
 protected:
  // What the route saw of somebody who shows this.
  std::string seen(std::optional<net::TlsIdentity> identity) {
    net::HttpsClient client(serving.url(), std::move(identity), world.authorities(), client_clock);
    return client.ask("GET", "/x").body;
  }

  test::TlsWorld world;
  test::MovableClock client_clock{test::TlsWorld::start()};
  test::Serving serving{world, test::echo};
};

TEST_F(HttpsPeer, WhoeverShowsNothingIsAnswered) {
  EXPECT_EQ(seen(std::nullopt), "GET x  nothing ");
}

TEST_F(HttpsPeer, ATrustedClientIsNamed) {
  EXPECT_EQ(seen(world.client("tax-office")), "GET x tax-office trusted ");
}

TEST_F(HttpsPeer, AStrangersNameIsNotToBeTrusted) {
  EXPECT_EQ(seen(world.stranger("tax-office")), "GET x tax-office not-trusted ");
}

// Its chain is right; its purpose is not (ExtKeyUsage serverAuth).
TEST_F(HttpsPeer, AServersCertificateIsNoClients) {
  EXPECT_EQ(seen(world.server("localhost")), "GET x localhost not-trusted ");
}

TEST_F(HttpsPeer, ACertificateCountsInItsTimeAlone) {
  const auto short_lived = world.client("tax-office", 1);
  EXPECT_EQ(seen(short_lived), "GET x tax-office trusted ");
  world.clock.set(test::TlsWorld::start() + days(1));
  EXPECT_EQ(seen(short_lived), "GET x tax-office trusted ");
  world.clock.set(test::TlsWorld::start() + days(1) + std::chrono::seconds(1));
  EXPECT_EQ(seen(short_lived), "GET x tax-office expired ");
  world.clock.set(test::TlsWorld::start() - std::chrono::seconds(1));  // a clock set back
  EXPECT_EQ(seen(short_lived), "GET x tax-office expired ");
}

TEST_F(HttpsPeer, AConnectionDoesNotOutliveTheCertificate) {
  net::HttpsClient client(serving.url(), world.client("tax-office", 1), world.authorities(), client_clock);
  EXPECT_EQ(client.ask("GET", "/x").body, "GET x tax-office trusted ");
  world.clock.set(test::TlsWorld::start() + days(2));
  EXPECT_EQ(client.ask("GET", "/x").body, "GET x tax-office expired ");
}

TEST_F(HttpsPeer, TheFingerprintIsOfTheWholeCertificate) {
  std::string fingerprint;
  test::Serving other(world,
                      [&](const net::HttpRequest& request) { return net::HttpResponse{.body = request.peer.sha256}; });
  const auto identity = world.client("tax-office");
  const auto der = crypto::openssl::certificate_der(base::read_file(world.folder() / "tax-office.pem", "reading"));
  std::string expected = base::to_hex(crypto::openssl::sha256(*der));
  for (char& c : expected) c = static_cast<char>(std::tolower(c));
  net::HttpsClient client(other.url(), identity, world.authorities(), client_clock);
  EXPECT_EQ(client.ask("GET", "/").body, expected);
}

// A certificate without its key is a stolen file; that handshake does not come about.
TEST_F(HttpsPeer, OldTlsAndOtherProtocolsAreNotSpoken) {
  EXPECT_FALSE(test::RawTls(serving.port(), {}, {}, TLS1_1_VERSION).connected());
  EXPECT_FALSE(test::RawTls(serving.port(), {}, {}, TLS1_3_VERSION, "h2").connected());
  test::RawTls twelve(serving.port(), {}, {}, TLS1_2_VERSION);
  EXPECT_TRUE(twelve.connected());
  EXPECT_EQ(twelve.alpn(), "http/1.1");
  EXPECT_TRUE(test::RawTls(serving.port(), {}, {}, TLS1_3_VERSION, "").connected());
}

// Another implementation altogether.
TEST_F(HttpsPeer, CurlIsAnsweredWithAndWithoutACertificate) {
  world.client("tax-office");
  base::write_text_file(world.folder() / "word", std::string(test::kPassword), "writing");
  const auto curl = [&](const std::string& options) {
    const std::string line = "cd " + world.folder().string() + " && curl -s -k " + options + " " + serving.url() +
                             "/v1/x?y=z 2>&1";  // -k: the clock of the test is not curl's
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), ::pclose);
    char buffer[4096];
    const std::size_t got = ::fread(buffer, 1, sizeof buffer, pipe.get());
    return std::string(buffer, got);
  };
  EXPECT_EQ(curl(""), "GET v1/x  nothing ");
  EXPECT_EQ(curl("--cert tax-office.pem --key tax-office.key --pass '" + std::string(test::kPassword) + "' -d body"),
            "POST v1/x tax-office trusted body");
  EXPECT_THAT(curl("-i -X DELETE -H 'Expect: miracles'"), HasSubstr("HTTP_EXPECTATION_UNKNOWN"));
  EXPECT_THAT(curl("-i --head"), HasSubstr("Content-Length: 19"));
}

}  // namespace
