// Requests as octets: RFC 9112's own forms, and what a hostile client can send without a socket in between.

#include "pki/base/net/http_reader.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

using net::HttpReader;
using State = HttpReader::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kHeader = 8U << 10, kBody = 64U << 10;

HttpReader reader() {
  return {kHeader, kBody};
}

std::string code(const HttpReader& refused) {
  return nlohmann::json::parse(refused.refusal().body).at("code");
}

// State after the whole at once; after every octet alone it has to be the same.
struct Outcome {
  State state;
  std::string code, body;
};
Outcome outcome_of(std::string_view octets, std::size_t piece) {
  HttpReader one = reader();
  State state = State::Nothing;
  for (std::size_t at = 0; at < octets.size() && state != State::Complete; at += piece) {
    state = one.take(octets.substr(at, piece));
  }
  return {state, state == State::Refused ? code(one) : "", state == State::Complete ? one.request().body : ""};
}

void expect_refused(std::string_view octets, const char* code) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, octets.size()}) {
    const Outcome outcome = outcome_of(octets, piece);
    EXPECT_EQ(outcome.state, State::Refused) << octets;
    EXPECT_EQ(outcome.code, code) << octets;
  }
}

void expect_body(std::string_view octets, std::string_view body) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, octets.size()}) {
    const Outcome outcome = outcome_of(octets, piece);
    EXPECT_EQ(outcome.state, State::Complete) << octets << " in pieces of " << piece;
    EXPECT_EQ(outcome.body, body) << octets << " in pieces of " << piece;
  }
}

TEST(HttpReader, ARequestIsMethodPathQueryTypeAndBody) {
  HttpReader one = reader();
  EXPECT_EQ(one.take("POST /v1/persons/x?purpose=tax HTTP/1.1\r\nHost: r\r\nContent-Type: Application/JSON; "
                     "charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"),
            State::Complete);
  const net::HttpRequest request = one.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_THAT(request.path, ElementsAre("v1", "persons", "x"));
  EXPECT_EQ(request.query.at("purpose"), "tax");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.body, "{}");
  EXPECT_TRUE(one.keeps_alive());
  EXPECT_FALSE(one.wants_head());
}

// RFC 9112 §7.1: sizes in hexadecimal, extensions, a trailer; and however it is cut into pieces.
TEST(HttpReader, AChunkedBodyIsTheSameInWhateverPiecesItComes) {
  const std::string head = "PUT /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect_body(head + "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n", "Wikipedia");
  expect_body(head + "A;name=value;x=\"y\"\r\n0123456789\r\n0\r\nExpires: never\r\n\r\n", "0123456789");
  expect_body(head + "0\r\n\r\n", "");
  expect_body(head + "1\r\nA\r\n0\r\n\r\n", "A");
  expect_body(head + "0000\r\n\r\n", "");
}

TEST(HttpReader, ATrailerDoesNotBecomeAHeader) {
  HttpReader one = reader();
  EXPECT_EQ(one.take("PUT /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Type: "
                     "application/json\r\n\r\n"),
            State::Complete);
  EXPECT_EQ(one.request().content_type, "");
}

TEST(HttpReader, RequestsThatComeTogetherAreReadOneAfterTheOther) {
  HttpReader one = reader();
  EXPECT_EQ(
      one.take("\r\nGET /1 HTTP/1.1\r\nHost: r\r\n\r\nPOST /2 HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\n\r\nxGET "
               "/3 HTTP/1.1\r\n"),
      State::Complete);
  EXPECT_THAT(one.request().path, ElementsAre("1"));
  EXPECT_EQ(one.next(), State::Complete);
  EXPECT_EQ(one.request().body, "x");
  EXPECT_EQ(one.next(), State::Header);
  EXPECT_EQ(one.take("Host: r\r\nConnection: close\r\n\r\n"), State::Complete);
  EXPECT_THAT(one.request().path, ElementsAre("3"));
  EXPECT_FALSE(one.keeps_alive());
  EXPECT_EQ(one.next(), State::Nothing);
}

TEST(HttpReader, EmptyLinesBeforeARequestAreSkipped) {  // RFC 9112 §2.2
  expect_body("\r\n\r\nPOST /a HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\n\r\nx", "x");
}

TEST(HttpReader, AnUnknownMethodIsTheRoutesMatter) {
  HttpReader one = reader();
  EXPECT_EQ(one.take("BREW /pot HTTP/1.1\r\nHost: r\r\n\r\n"), State::Complete);
  EXPECT_EQ(one.request().method, "BREW");
}

TEST(HttpReader, WhoeverExpectsAWordGetsItOnceAndOnlyBeforeABody) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: ";
  HttpReader one = reader();
  EXPECT_EQ(one.take(head + "3\r\n\r\n"), State::Body);
  EXPECT_TRUE(one.wants_continue());
  EXPECT_FALSE(one.wants_continue());
  EXPECT_EQ(one.take("abc"), State::Complete);
  HttpReader none = reader();
  EXPECT_EQ(none.take(head + "0\r\n\r\n"), State::Complete);
  EXPECT_FALSE(none.wants_continue());
  expect_refused("POST /a HTTP/1.1\r\nHost: r\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\n",
                 "HTTP_EXPECTATION_UNKNOWN");
  HttpReader large = reader();
  EXPECT_EQ(large.take(head + "10000000\r\n\r\n"), State::Refused);  // and no word that invites the body
  EXPECT_FALSE(large.wants_continue());
}

TEST(HttpReader, WhatIsNoHttpIsRefused) {
  expect_refused("\x16\x03\x01\x02\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("GET /a\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("GET /a HTTP/9.9\r\nHost: r\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("GET /a HTTP/1.1\r\nHost r\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("GET /a HTTP/1.1\r\nHost: r\r\nBad\x01Name: 1\r\n\r\n", "HTTP_MALFORMED");
  expect_refused("GET /a HTTP/1.1\r\n\r\n", "HTTP_MALFORMED");                        // RFC 9112 §3.2: no Host
  expect_refused("GET /a HTTP/1.1\r\nHost: r\r\nHost: s\r\n\r\n", "HTTP_MALFORMED");  // two
  expect_refused("GET * HTTP/1.1\r\nHost: r\r\n\r\n", "HTTP_TARGET_MALFORMED");
  expect_refused("GET /%zz HTTP/1.1\r\nHost: r\r\n\r\n", "HTTP_TARGET_MALFORMED");
}

// RFC 9112 §6.3, §11.2: what two readers could take for different lengths.
TEST(HttpReader, ARequestOfTwoLengthsIsRefused) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: r\r\n";
  for (const char* const fields :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: +4\r\n", "Content-Length: -4\r\n",
        "Content-Length: 4,5\r\n", "Content-Length: 0x4\r\n", "Content-Length: 18446744073709551616\r\n",
        "Content-Length:\r\n", "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding : chunked\r\n"}) {
    HttpReader one = reader();
    EXPECT_EQ(one.take(head + fields + "\r\n0\r\n\r\n"), State::Refused) << fields;
    EXPECT_EQ(code(one), "HTTP_MALFORMED") << fields;
  }
  expect_refused("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP_MALFORMED");
}

TEST(HttpReader, ABrokenChunkIsRefused) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* const chunks : {"z\r\nabcde", "-1\r\nabcde", "3\r\nabcd\r\n0\r\n\r\n", "3 3\r\nabc\r\n0\r\n\r\n",
                                   "FFFFFFFFFFFFFFFFF\r\nabc", ";x\r\nabcde"}) {
    expect_refused(head + chunks, "HTTP_MALFORMED");
  }
}

TEST(HttpReader, ABodyMayBeAsLargeAsTheLimitAndNoLarger) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: r\r\n";
  const auto with_length = [&](std::size_t size) {
    return head + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
  };
  HttpReader fits = reader();
  EXPECT_EQ(fits.take(with_length(kBody)), State::Complete);
  EXPECT_EQ(fits.request().body.size(), kBody);
  HttpReader large = reader();
  EXPECT_EQ(large.take(with_length(kBody + 1)), State::Refused);
  EXPECT_EQ(code(large), "HTTP_BODY_TOO_LARGE");

  const std::string half = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n" + half + half;
  HttpReader full = reader();
  EXPECT_EQ(full.take(chunked + "0\r\n\r\n"), State::Complete);
  HttpReader over = reader();
  EXPECT_EQ(over.take(chunked + "1\r\nx\r\n0\r\n\r\n"), State::Refused);
  EXPECT_EQ(code(over), "HTTP_BODY_TOO_LARGE");
  HttpReader huge = reader();
  EXPECT_EQ(huge.take(head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n"), State::Refused);
  EXPECT_EQ(code(huge), "HTTP_BODY_TOO_LARGE");
}

// What never ends is refused after little more than the limit, whatever it is.
void expect_refused_soon(std::string head, const std::string& forever, const char* why) {
  constexpr std::size_t kSoon = 8 * (kHeader + kBody);  // chunks of one octet take six
  HttpReader one = reader();
  std::size_t sent = head.size();
  State state = one.take(head);
  while (state != State::Refused && sent < kSoon) {
    state = one.take(forever);
    sent += forever.size();
  }
  ASSERT_EQ(state, State::Refused) << head;
  EXPECT_EQ(code(one), why) << head;
  EXPECT_EQ(one.take(std::string(1000, 'x')), State::Refused);
}

TEST(HttpReader, WhatNeverEndsIsRefusedSoon) {
  const std::string start = "POST /a HTTP/1.1\r\nHost: r\r\n";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  expect_refused_soon("GET /", std::string(1000, 'a'), "HTTP_HEADER_TOO_LARGE");
  expect_refused_soon(start, "X: y\r\n", "HTTP_HEADER_TOO_LARGE");
  expect_refused_soon(start + "X: ", std::string(1000, 'a'), "HTTP_HEADER_TOO_LARGE");
  expect_refused_soon(chunked, "1000\r\n" + std::string(0x1000, 'x') + "\r\n", "HTTP_BODY_TOO_LARGE");
  expect_refused_soon(chunked, "1\r\nx\r\n", "HTTP_BODY_TOO_LARGE");
  expect_refused_soon(chunked + "1;", std::string(1000, 'a'), "HTTP_HEADER_TOO_LARGE");
  expect_refused_soon(chunked + "0\r\n", "X: y\r\n", "HTTP_HEADER_TOO_LARGE");
}

TEST(HttpResponse, GoesOverTheWireWithItsLengthAndIsNotStored) {
  const std::string text = net::format_response(
      {.status = 404, .content_type = "text/plain", .body = "no", .headers = {{"X-A", "b"}}}, false, true);
  EXPECT_EQ(
      text,
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nCache-Control: no-store\r\nX-A: "
      "b\r\n\r\nno");
}

TEST(HttpResponse, ToHeadHasTheLengthAndNotTheBody) {
  const std::string text = net::format_response({.body = "{}"}, true, false);
  EXPECT_THAT(text, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(text, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  EXPECT_THAT(net::format_response({.status = 204}, false, true), Not(HasSubstr("Content-Length")));
}

TEST(HttpResponse, AFieldCannotBeginAnotherOne) {
  for (const auto& field : {std::pair<std::string, std::string>{"X", "a\r\nSet-Cookie: b"},
                            {"X", std::string("a\0b", 3)},
                            {"X: y", "z"},
                            {"", "z"},
                            {"X\n", "z"}}) {
    EXPECT_THROW(net::format_response({.headers = {field}}, false, true), std::invalid_argument) << field.first;
  }
}

}  // namespace
