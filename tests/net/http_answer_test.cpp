// Answers as octets: what a client may take, and what it must not.

#include "pki/base/net/http_answer.h"

#include <gmock/gmock.h>

namespace {

using net::HttpAnswer;
using State = HttpAnswer::State;

constexpr std::size_t kLargest = 1000;

State state_of(std::string_view octets, std::size_t piece, bool head_only = false) {
  HttpAnswer answer(kLargest, head_only);
  State state = State::Reading;
  for (std::size_t at = 0; at < octets.size() && state == State::Reading; at += piece) {
    state = answer.take(octets.substr(at, piece));
  }
  return state;
}

TEST(HttpAnswer, IsStatusTypeAndBodyInWhateverPiecesItComes) {
  for (const std::string octets :
       {"HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 X\r\nContent-Type: "
        "application/problem+json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, octets.size()}) {
      HttpAnswer answer(kLargest, false);
      State state = State::Reading;
      for (std::size_t at = 0; at < octets.size(); at += piece) {
        ASSERT_EQ(state, State::Reading);
        state = answer.take(std::string_view(octets).substr(at, piece));
      }
      ASSERT_EQ(state, State::Complete) << octets;
      EXPECT_TRUE(answer.keeps_alive());
      const net::HttpResponse response = answer.response();
      EXPECT_EQ(response.status, 404);
      EXPECT_EQ(response.content_type, "application/problem+json");
      EXPECT_EQ(response.body, "abcde");
    }
  }
}

TEST(HttpAnswer, ToHeadEndsWithItsHeader) {
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 1, true), State::Complete);
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 1, false), State::Reading);
  EXPECT_EQ(state_of("HTTP/1.1 204 No Content\r\n\r\n", 1), State::Complete);
}

// Whoever cuts the line could shorten it.
TEST(HttpAnswer, WithoutItsLengthIsNotTaken) {
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", 100), State::Malformed);
}

TEST(HttpAnswer, WithMoreBehindItEndsTheConnection) {
  HttpAnswer answer(kLargest, false);
  EXPECT_EQ(answer.take("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n"), State::Complete);
  EXPECT_FALSE(answer.keeps_alive());
}

TEST(HttpAnswer, ThatIsTooLargeIsNotTaken) {
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", 7), State::TooLarge);
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", 7), State::TooLarge);
  EXPECT_NE(state_of("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), 1000), State::Reading);
  EXPECT_NE(state_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'), 1000),
            State::Reading);
}

TEST(HttpAnswer, ThatIsNoHttpIsNotTaken) {
  EXPECT_EQ(state_of("SSH-2.0-OpenSSH_9.2\r\n\r\n", 100), State::Malformed);
  EXPECT_EQ(state_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 100),
            State::Malformed);
}

TEST(HttpQuestion, NamesHostAndLength) {
  EXPECT_EQ(net::format_request("GET", "127.0.0.1:7443", "/v1/health", "", "application/json"),
            "GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:7443\r\n\r\n");
  EXPECT_EQ(net::format_request("POST", "h:1", "/", "{}", "application/json"),
            "POST / HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

}  // namespace
