// The asking side: whom it believes, and what it says when something fails.

#include "pki/base/net/https_client.h"

#include <gmock/gmock.h>

#include <future>

#include "pki/base/core/error.h"
#include "tests/net/raw_tls.h"
#include "tests/net/tls_world.h"

namespace {

using base::Fault;
using std::chrono::days;
using testing::HasSubstr;

class HttpsAsking : public testing::Test {
 protected:
  template <class Act>
  std::string failure(Fault fault, Act act) {
    try {
      act();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), fault) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing failed";
    return "";
  }
  net::HttpsClient client_of(const std::string& url, net::HttpsPatience patience = {}) {
    return {url, std::nullopt, world.authorities(), world.clock, patience};
  }
  test::TlsWorld world;
};

TEST_F(HttpsAsking, NamesThePlaceWhereNobodyListens) {
  std::uint16_t port = 0;
  {
    const test::Serving gone(world, test::echo);
    port = gone.port();
  }
  const std::string url = "https://127.0.0.1:" + std::to_string(port);
  EXPECT_THAT(failure(Fault::AskOperator, [&] { client_of(url).ask("GET", "/"); }),
              HasSubstr("127.0.0.1:" + std::to_string(port)));
}

TEST_F(HttpsAsking, AnAddressHasASchemeAHostAndAPort) {
  for (const char* const wrong : {"", "127.0.0.1:7443", "http://h:1", "https://h", "https://:1", "https://h:",
                                  "https://h:1/", "https://h:1/v1", "https://u@h:1", "https://h:123456"}) {
    failure(Fault::FixConfiguration, [&] { client_of(wrong); });
  }
  client_of("https://registry.test:7443");
  client_of("https://[::1]:7443");
}

TEST_F(HttpsAsking, AServerOfAnotherAuthorityIsNotBelieved) {
  const test::Serving serving(world, test::echo);
  net::HttpsClient client(serving.url(), std::nullopt, world.foreign_authorities(), world.clock);
  EXPECT_THAT(failure(Fault::FixConfiguration, [&] { client.ask("GET", "/"); }), HasSubstr("does not hold"));
}

TEST_F(HttpsAsking, AServerHasToBeTheOneThatWasAsked) {
  world.server("localhost");
  const test::FakeServer fake(world.folder(), "localhost", {});
  EXPECT_THAT(failure(Fault::FixConfiguration, [&] { client_of(fake.url()).ask("GET", "/"); }),
              HasSubstr("IP address mismatch"));
}

// Its subject's CN is its account, and an account is no name of a server.
TEST_F(HttpsAsking, AClientsCertificateIsNoServers) {
  world.client("127.0.0.1");
  const test::FakeServer fake(world.folder(), "127.0.0.1", {});
  failure(Fault::FixConfiguration, [&] { client_of(fake.url()).ask("GET", "/"); });
}

TEST_F(HttpsAsking, AServersCertificateHasItsTime) {
  const test::Serving serving(world, test::echo);
  world.clock.set(test::TlsWorld::start() + days(31));
  EXPECT_THAT(failure(Fault::FixConfiguration, [&] { client_of(serving.url()).ask("GET", "/"); }),
              HasSubstr("expired"));
  world.clock.set(test::TlsWorld::start() - days(1));
  EXPECT_THAT(failure(Fault::FixConfiguration, [&] { client_of(serving.url()).ask("GET", "/"); }),
              HasSubstr("not yet valid"));
}

TEST_F(HttpsAsking, TheLineStandsForTheNextQuestion) {
  world.server();
  // One connection is taken, so a second one would be refused.
  const test::FakeServer fake(world.folder(), "127.0.0.1",
                              {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n"});
  auto client = client_of(fake.url());
  EXPECT_EQ(client.ask("POST", "/").body, "1");
  EXPECT_EQ(client.ask("POST", "/").body, "2");
}

TEST_F(HttpsAsking, WhatIsNoAnswerIsAFailureOfTheWorld) {
  world.server();
  const auto answered = [&](const std::string& answer) {
    const test::FakeServer fake(world.folder(), "127.0.0.1", {answer});
    return failure(Fault::AskOperator, [&] { client_of(fake.url(), {.largest_answer = 10}).ask("POST", "/"); });
  };
  EXPECT_THAT(answered("SSH-2.0-OpenSSH_9.2\r\n\r\n"), HasSubstr("no HTTP"));
  EXPECT_THAT(answered("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"), HasSubstr("more than 10 octets"));
  EXPECT_THAT(answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), HasSubstr("broke off"));
  EXPECT_THAT(answered(""), HasSubstr("whether it was done is not known"));
}

TEST_F(HttpsAsking, WaitsNoLongerThanItSays) {
  std::promise<void> release;
  auto released = release.get_future().share();
  const test::Serving serving(world, [&](const net::HttpRequest& request) {
    released.wait();
    return test::echo(request);
  });
  auto client = client_of(serving.url(), {.answer = std::chrono::milliseconds(50)});
  EXPECT_THAT(failure(Fault::AskOperator, [&] { client.ask("GET", "/"); }), HasSubstr("took too long"));
  release.set_value();
  EXPECT_EQ(client_of(serving.url()).ask("GET", "/").status, 200);
}

TEST_F(HttpsAsking, AServerThatWasStartedAnewIsAskedAnew) {
  auto first = std::make_unique<test::Serving>(world, test::echo);
  const std::string endpoint = "127.0.0.1:" + std::to_string(first->port());
  auto client = client_of(first->url());
  EXPECT_EQ(client.ask("POST", "/1").status, 200);
  first.reset();
  const test::Serving second(world, test::echo, {}, endpoint);
  EXPECT_EQ(client.ask("POST", "/2").status, 200);
}

TEST_F(HttpsAsking, ARefusalBeforeTheBodyIsReadIsAnAnswer) {
  const test::Serving serving(world, test::echo);
  auto client = client_of(serving.url());
  EXPECT_EQ(client.ask("POST", "/", std::string(8U << 20, 'x')).status, 413);
  EXPECT_EQ(client.ask("POST", "/", "small").status, 200);
}

}  // namespace
