// A server as a well-behaved client sees it.

#include "pki/base/net/https_server.h"

#include <gmock/gmock.h>

#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "pki/base/core/error.h"
#include "tests/net/raw_tls.h"
#include "tests/net/tls_world.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Https : public testing::Test {
 protected:
  net::HttpsClient client_of(const test::Serving& serving) {
    return {serving.url(), world.client("tax"), world.authorities(), world.clock};
  }
  test::TlsWorld world;
};

TEST_F(Https, OneConnectionCarriesManyQuestions) {
  const test::Serving serving(world, test::echo);
  auto client = client_of(serving);
  for (int i = 0; i < 50; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 1000, 'x');
    EXPECT_EQ(client.ask("POST", "/v1/x", body).body, "POST v1/x tax trusted " + body);
  }
}

TEST_F(Https, HeadHasNoBodyAndTheLineStands) {
  const test::Serving serving(world, test::echo);
  auto client = client_of(serving);
  EXPECT_EQ(client.ask("HEAD", "/x").body, "");
  EXPECT_EQ(client.ask("GET", "/x").body, "GET x tax trusted ");
}

TEST_F(Https, QuestionsThatComeTogetherAreAnsweredInTheirOrder) {
  const test::Serving serving(world, test::echo);
  test::RawTls raw(serving.port());
  raw.send(
      "GET /1 HTTP/1.1\r\nHost: r\r\n\r\nGET /2 HTTP/1.1\r\nHost: r\r\n\r\nGET /3 HTTP/1.1\r\nHost: "
      "r\r\nConnection: close\r\n\r\n");
  const std::string answers = raw.read_to_end();
  const auto first = answers.find("GET 1 "), second = answers.find("GET 2 "), third = answers.find("GET 3 ");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(Https, AConnectionEndsAfterItsShareOfRequests) {
  const test::Serving serving(world, test::echo, {.requests_per_connection = 2});
  test::RawTls raw(serving.port());
  raw.send("GET /1 HTTP/1.1\r\nHost: r\r\n\r\n");
  EXPECT_THAT(raw.read_until("GET 1"), Not(HasSubstr("Connection: close")));
  raw.send("GET /2 HTTP/1.1\r\nHost: r\r\n\r\n");
  EXPECT_THAT(raw.read_to_end(), AllOf(HasSubstr("GET 2"), HasSubstr("Connection: close")));
  auto client = client_of(serving);  // and a client does not notice
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.ask("POST", "/x").status, 200);
}

TEST_F(Https, WhatAHandlerThrowsStaysInTheHouse) {
  const test::Serving serving(world, [](const net::HttpRequest& request) -> net::HttpResponse {
    if (request.path == std::vector<std::string>{"ours"}) {
      throw base::Error(base::Fault::AskOperator, "reading", "the disk of Nguyễn");
    }
    if (request.path == std::vector<std::string>{"field"}) return {.headers = {{"X", "a\r\nSet-Cookie: b"}}};
    throw std::runtime_error("001090990001");
  });
  auto client = client_of(serving);
  for (const char* const path : {"/ours", "/field", "/other"}) {
    const auto answer = client.ask("GET", path);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(nlohmann::json::parse(answer.body)["code"], "HTTP_SERVER_ERROR");
    EXPECT_THAT(answer.body, AllOf(Not(HasSubstr("Nguyễn")), Not(HasSubstr("001090990001"))));
  }
}

TEST_F(Https, AHandlerThatWaitsHoldsNobodyUp) {
  std::promise<void> release;
  auto released = release.get_future().share();
  const test::Serving serving(world, [&](const net::HttpRequest& request) {
    if (request.path == std::vector<std::string>{"slow"}) released.wait();
    return test::echo(request);
  });
  auto slow = std::async(std::launch::async, [&] {
    net::HttpsClient client(serving.url(), std::nullopt, world.authorities(), world.clock);
    return client.ask("GET", "/slow").body;
  });
  auto client = client_of(serving);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ask("GET", "/quick").body, "GET quick tax trusted ");
  release.set_value();
  EXPECT_EQ(slow.get(), "GET slow  nothing ");
}

TEST_F(Https, WhoeverIsBeingAnsweredWhenTheServerStopsGetsTheAnswer) {
  std::promise<void> begun, release;
  auto released = release.get_future().share();
  test::Serving serving(world, [&](const net::HttpRequest& request) {
    begun.set_value();
    released.wait();
    return test::echo(request);
  });
  test::RawTls idle(serving.port());
  auto answer = std::async(std::launch::async, [&] {
    net::HttpsClient client(serving.url(), std::nullopt, world.authorities(), world.clock);
    return client.ask("GET", "/x").body;
  });
  begun.get_future().wait();
  serving.ask_to_stop();
  EXPECT_EQ(idle.read_to_end(), "");  // whoever is not, is sent away at once
  release.set_value();
  EXPECT_EQ(answer.get(), "GET x  nothing ");
}

TEST_F(Https, AnEndpointIsAnAddressAndAPort) {
  const auto serve_at = [&](const std::string& endpoint) {
    net::HttpsServer(endpoint, world.server(), world.authorities(), {}, test::echo, world.clock);
  };
  for (const char* const wrong : {"", "7443", "localhost:7443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                                  "127.0.0.1:70000", "127.0.0.1:-1", "[::1:7443"}) {
    EXPECT_THROW(serve_at(wrong), base::Error) << wrong;
  }
  const test::Serving serving(world, test::echo);
  try {
    serve_at("127.0.0.1:" + std::to_string(serving.port()));
    ADD_FAILURE() << "two servers at one port";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
  }
}

}  // namespace
