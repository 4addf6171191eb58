// Clients that mean harm: each may spoil its own connection, and nothing of anybody else's.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/net/raw_tls.h"
#include "tests/net/tls_world.h"

namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kPost = "POST /x HTTP/1.1\r\nHost: r\r\n";

class Hostile : public testing::Test {
 protected:
  // Whatever somebody did: the server answers an honest client.
  static void expect_serves(const test::Serving& serving, test::TlsWorld& world) {
    net::HttpsClient client(serving.url(), world.client("honest"), world.authorities(), world.clock);
    EXPECT_EQ(client.ask("POST", "/x", "y").body, "POST x honest trusted y");
  }
  void expect_serves() { expect_serves(serving, world); }

  test::TlsWorld world;
  test::Serving serving{world, test::echo};
};

TEST_F(Hostile, GarbageBeforeTheHandshakeEndsTheConnection) {
  for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\nHost: r\r\n\r\n"), std::string(100'000, '\0'),
                                     std::string("\x16\x03\x01\xff\xff\x01\xff\xff\xff", 9)}) {
    const test::RawSocket socket(serving.port());
    socket.send(garbage);
    socket.close_half();
    socket.read_to_end();
  }
  expect_serves();
}

TEST_F(Hostile, WhoeverLeavesInTheMiddleLeavesNothingBehind) {
  {
    test::RawSocket before(serving.port());
    before.reset();
    test::RawTls handshaken(serving.port());
    handshaken.socket().reset();
    test::RawTls in_header(serving.port());
    in_header.send("POST /x HT");
    in_header.socket().reset();
    test::RawTls in_body(serving.port());
    in_body.send(std::string(kPost) + "Content-Length: 10\r\n\r\nhalf");
    in_body.socket().reset();
    test::RawTls before_the_answer(serving.port());
    before_the_answer.send(std::string(kPost) + "Content-Length: 4\r\n\r\nfull");
    before_the_answer.socket().reset();
  }
  expect_serves();
}

TEST_F(Hostile, AHalfClosedClientGetsItsAnswer) {
  test::RawTls raw(serving.port());
  raw.send(std::string(kPost) + "Content-Length: 4\r\n\r\nlast");
  raw.socket().close_half();
  EXPECT_THAT(raw.read_to_end(), AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("nothing last")));
}

TEST_F(Hostile, ABodyThatIsTooLargeIsRefusedBeforeItIsRead) {
  test::RawTls raw(serving.port());
  raw.send(std::string(kPost) + "Content-Length: 10000000000\r\n\r\n");
  EXPECT_THAT(raw.read_to_end(), AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("application/problem+json"),
                                       HasSubstr("HTTP_BODY_TOO_LARGE"), HasSubstr("Connection: close")));
  test::RawTls polite(serving.port());
  polite.send(std::string(kPost) + "Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_THAT(polite.read_to_end(), StartsWith("HTTP/1.1 413"));
  expect_serves();
}

TEST_F(Hostile, WhoeverExpectsAWordGetsItBeforeTheBody) {
  test::RawTls raw(serving.port());
  raw.send(std::string(kPost) + "Expect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(raw.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  raw.send("body");
  EXPECT_THAT(raw.read_to_end(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("nothing body")));
}

std::size_t peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(line.find_first_of("0123456789")));
  }
  return 0;
}

// Debian's cpp-httplib answers 200 to these 300 MB and grows by 567 MB (its limit: 1 MiB).
TEST_F(Hostile, AFloodOfChunksDoesNotGrowTheServer) {
  constexpr std::size_t kFlood = 300U << 20, kAllowedKib = 64U << 10;
  const std::string piece = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
  expect_serves();
  const std::size_t before = peak_memory_kib();
  for (const char* const kind : {"one chunk after the other", "one chunk for all"}) {
    test::RawTls raw(serving.port());
    raw.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n");
    if (kind == std::string_view("one chunk for all")) raw.send("12C00000\r\n");
    std::size_t sent = 0;
    while (sent < kFlood && raw.send(piece)) sent += piece.size();
    EXPECT_LT(sent, kFlood) << kind;
  }
  const std::size_t after = peak_memory_kib();
  ASSERT_GT(before, 0U);
  EXPECT_LT(after - before, kAllowedKib);
  expect_serves();
}

TEST_F(Hostile, AFloodOfFieldsIsRefused) {
  test::RawTls many(serving.port());
  many.send(kPost);
  for (int i = 0; i < 200'000 && many.send("X: y\r\n"); ++i) {
  }
  test::RawTls one(serving.port());
  one.send(std::string(kPost) + "X: " + std::string(12'000, 'x'));
  EXPECT_THAT(one.read_to_end(), AllOf(StartsWith("HTTP/1.1 431"), HasSubstr("HTTP_HEADER_TOO_LARGE")));
  expect_serves();
}

TEST_F(Hostile, WhatIsNoHttpIsToldSoAsAProblem) {
  test::RawTls raw(serving.port());
  raw.send("GARBAGE\r\n\r\n");
  const std::string answer = raw.read_to_end();
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("application/problem+json")));
  EXPECT_EQ(nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n")))["code"], "HTTP_MALFORMED");
}

// What follows a refused request is not taken for another one.
TEST_F(Hostile, NothingIsSmuggledBehindARefusedRequest) {
  test::RawTls raw(serving.port());
  raw.send(std::string(kPost) +
           "Transfer-Encoding: xchunked\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n");
  const std::string answer = raw.read_to_end();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(answer.find("smuggled"), std::string::npos);
}

// One limit at a time is short, and nothing else happens while it runs out: a slow machine changes no outcome.
constexpr milliseconds kShort{40};

TEST_F(Hostile, AHeaderThatDoesNotComeWholeIsToldSo) {
  const test::Serving impatient(world, test::echo, {.header = kShort});
  test::RawTls raw(impatient.port());
  raw.send("GET /x HTTP/1.1\r\nHo");
  EXPECT_THAT(raw.read_to_end(), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("HTTP_TOO_SLOW")));
}

TEST_F(Hostile, ABodyThatDoesNotComeWholeIsToldSo) {
  const test::Serving impatient(world, test::echo, {.body = kShort});
  test::RawTls raw(impatient.port());
  raw.send(std::string(kPost) + "Content-Length: 10\r\n\r\nhalf");
  EXPECT_THAT(raw.read_to_end(), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("HTTP_TOO_SLOW")));
}

// Octets one by one keep no connection alive: either the time or the limit of size comes first.
TEST_F(Hostile, DrippingDoesNotHelp) {
  const test::Serving impatient(world, test::echo, {.header = kShort});
  test::RawTls raw(impatient.port());
  for (int i = 0; i < 20'000 && raw.send("x"); ++i) {
  }
  EXPECT_THAT(raw.read_to_end(), testing::AnyOf(StartsWith("HTTP/1.1 408"), StartsWith("HTTP/1.1 431")));
}

TEST_F(Hostile, WhoeverSaysNothingIsSentAway) {
  const test::Serving impatient(world, test::echo, {.handshake = kShort});
  const test::RawSocket no_handshake(impatient.port());
  EXPECT_EQ(no_handshake.read_to_end(), "");
  const test::Serving busy(world, test::echo, {.idle = kShort});
  test::RawTls no_request(busy.port());
  EXPECT_EQ(no_request.read_to_end(), "");
}

// Our answer is larger than what the kernel holds for somebody who does not read. There is one place, so whoever is let
// in next proves that it is free again.
TEST_F(Hostile, WhoeverDoesNotReadTheAnswerIsSentAway) {
  constexpr std::size_t kLarge = 64U << 20;
  const auto large = [](const net::HttpRequest&) { return net::HttpResponse{.body = std::string(kLarge, 'x')}; };
  const test::Serving single(world, large, {.connections = 1, .answer = kShort});
  test::RawTls raw(single.port());
  raw.send("GET /x HTTP/1.1\r\nHost: r\r\n\r\n");
  EXPECT_THAT(raw.read_until("\r\n"), StartsWith("HTTP/1.1 200"));
  while (!test::RawTls(single.port()).connected()) {
  }
  EXPECT_LT(raw.read_to_end().size(), kLarge);
}

TEST_F(Hostile, ManyIdleConnectionsKeepNobodyOut) {
  constexpr std::size_t kPlaces = 20, kIdle = 120;
  const test::Serving small(world, test::echo, {.connections = kPlaces});
  net::HttpsClient trusted(small.url(), world.client("honest"), world.authorities(), world.clock);
  EXPECT_EQ(trusted.ask("GET", "/x").status, 200);
  std::vector<std::unique_ptr<test::RawSocket>> silent;
  std::vector<std::unique_ptr<test::RawTls>> strangers;
  for (std::size_t i = 0; i < kIdle; ++i) {
    silent.push_back(std::make_unique<test::RawSocket>(small.port()));
    if (i % 4 == 0) strangers.push_back(std::make_unique<test::RawTls>(small.port()));
    if (i % 20 == 0) {
      EXPECT_EQ(trusted.ask("GET", "/x").body, "GET x honest trusted ");
    }
  }
  expect_serves(small, world);
  // Those who say nothing made room; the trusted client's line still stands.
  EXPECT_EQ(silent.front()->read_to_end(), "");
  EXPECT_EQ(trusted.ask("POST", "/x", "still").body, "POST x honest trusted still");
}

}  // namespace
