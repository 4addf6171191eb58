#include "pki/base/net/http_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <stdexcept>

#include "pki/base/net/http_target.h"

namespace net {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr int kBadRequest = 400, kRequestTimeout = 408, kTooLarge = 413, kExpectationFailed = 417,
              kHeaderTooLarge = 431;
constexpr unsigned kHttp10 = 10, kHttp11 = 11;

HttpResponse malformed(std::string_view seen) {
  return problem(kBadRequest, "HTTP_MALFORMED", "The request is no HTTP/1.1", seen);
}

HttpResponse header_too_large(std::size_t limit) {
  return problem(kHeaderTooLarge, "HTTP_HEADER_TOO_LARGE", "The header is too large",
                 fmt::format("request line and fields may have {} octets", limit));
}

HttpResponse body_too_large(std::size_t limit) {
  return problem(kTooLarge, "HTTP_BODY_TOO_LARGE", "The body is too large",
                 fmt::format("a body may have {} octets", limit));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// "application/json; charset=utf-8" -> "application/json"
std::string media_type(std::string_view field) {
  field = field.substr(0, field.find(';'));
  while (!field.empty() && (field.back() == ' ' || field.back() == '\t')) field.remove_suffix(1);
  return lower(field);
}

}  // namespace

class HttpReader::Inside {
 public:
  Inside(std::size_t header_bytes, std::size_t body_bytes) : header_bytes_(header_bytes), body_bytes_(body_bytes) {
    begin();
  }

  void begin() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(header_bytes_));
    parser_->body_limit(body_bytes_);
    parser_->eager(false);  // the header is judged before a body is read
    request_ = {};
    state_ = State::Nothing;
  }

  void go_on() {
    while ((state_ == State::Nothing || state_ == State::Header || state_ == State::Body) && step()) {
    }
  }

  void refuse(HttpResponse why) {
    refusal_ = std::move(why);
    state_ = State::Refused;
    pending_.clear();
  }

  std::size_t header_bytes_, body_bytes_;
  std::optional<Parser> parser_;
  std::string pending_;  // came and is not parsed yet
  HttpRequest request_;
  HttpResponse refusal_;
  State state_ = State::Nothing;
  bool wants_continue_ = false, head_ = false, keep_alive_ = false;

 private:
  // false: nothing more can be done with what has come.
  bool step() {
    if (state_ == State::Nothing) skip_empty_lines();
    if (pending_.empty() || (state_ == State::Nothing && pending_ == "\r")) return false;
    if (state_ == State::Nothing) state_ = State::Header;
    // Beast 1.74 stops the program by an assertion when the last chunk's header is followed by one octet alone. Five
    // octets are the least that can end a body in chunks, so waiting for them loses nothing.
    constexpr std::size_t kShortestEnd = 5;
    if (state_ == State::Body && parser_->chunked() && pending_.size() < kShortestEnd) return false;
    beast::error_code error;
    const std::size_t used = parser_->put({pending_.data(), pending_.size()}, error);
    pending_.erase(0, used);
    if (error == http::error::need_more) {
      judge_rest();
      return false;
    }
    if (error) {
      refuse_for(error);
      return false;
    }
    if (state_ == State::Header && parser_->is_header_done()) judge_header();
    if (state_ == State::Body && parser_->is_done()) complete();
    return used > 0;
  }

  // RFC 9112 §2.2: a server should ignore an empty line before the request line.
  void skip_empty_lines() {
    std::size_t count = 0;
    while (pending_.size() - count >= 2 && pending_[count] == '\r' && pending_[count + 1] == '\n') count += 2;
    pending_.erase(0, count);
  }

  // What the parser left lies here until more comes, so it has a limit: a chunk's header and the trailer count too.
  void judge_rest() {
    if (pending_.size() >= header_bytes_) refuse(header_too_large(header_bytes_));
  }

  void refuse_for(const beast::error_code& error) {
    if (error == http::error::header_limit) return refuse(header_too_large(header_bytes_));
    if (error == http::error::body_limit) return refuse(body_too_large(body_bytes_));
    refuse(malformed(error.message()));
  }

  void judge_header() {
    const auto& message = parser_->get();
    const auto count = [&](http::field name) { return static_cast<int>(message.count(name)); };
    if (message.version() != kHttp11 && message.version() != kHttp10)
      return refuse(malformed("HTTP/1.1 is spoken here"));
    if (count(http::field::host) > 1 || (message.version() == kHttp11 && count(http::field::host) == 0)) {
      return refuse(malformed("exactly one Host field is needed"));
    }
    // Beast takes an unknown coding for none; what follows would be read as the next request (RFC 9112 §6.1).
    if (count(http::field::transfer_encoding) > 0 &&
        (message.version() == kHttp10 || count(http::field::transfer_encoding) > 1 ||
         !beast::iequals(message[http::field::transfer_encoding], "chunked"))) {
      return refuse(malformed("the only transfer coding is chunked"));
    }
    const auto target = parse_target(view(message.target()));
    if (!target) {
      return refuse(problem(kBadRequest, "HTTP_TARGET_MALFORMED", "The path or query is malformed",
                            "a path, percent-encoded UTF-8, no empty segment; no name twice in the query"));
    }
    const auto expect = message[http::field::expect];
    if (!expect.empty() && !beast::iequals(expect, "100-continue")) {
      return refuse(problem(kExpectationFailed, "HTTP_EXPECTATION_UNKNOWN", "The expectation is unknown",
                            "the only expectation is 100-continue"));
    }
    request_.method = std::string(view(message.method_string()));
    request_.path = target->path;
    request_.query = target->query;
    request_.content_type = media_type(view(message[http::field::content_type]));
    head_ = message.method() == http::verb::head;
    keep_alive_ = message.keep_alive();
    wants_continue_ = !expect.empty() && message.version() == kHttp11 && !parser_->is_done();
    parser_->eager(true);
    state_ = State::Body;
  }

  void complete() {
    request_.body = std::move(parser_->get().body());
    wants_continue_ = false;
    state_ = State::Complete;
  }
};

HttpReader::HttpReader(std::size_t header_bytes, std::size_t body_bytes)
    : inside_(std::make_unique<Inside>(header_bytes, body_bytes)) {}
HttpReader::HttpReader(HttpReader&&) noexcept = default;
HttpReader& HttpReader::operator=(HttpReader&&) noexcept = default;
HttpReader::~HttpReader() = default;

HttpReader::State HttpReader::take(std::string_view octets) {
  if (inside_->state_ == State::Refused) return State::Refused;
  inside_->pending_ += octets;
  inside_->go_on();
  return inside_->state_;
}

HttpReader::State HttpReader::state() const {
  return inside_->state_;
}

bool HttpReader::wants_continue() {
  return std::exchange(inside_->wants_continue_, false);
}

HttpRequest HttpReader::request() {
  return std::exchange(inside_->request_, {});
}

bool HttpReader::wants_head() const {
  return inside_->head_;
}

bool HttpReader::keeps_alive() const {
  return inside_->keep_alive_;
}

HttpReader::State HttpReader::next() {
  inside_->begin();
  inside_->go_on();
  return inside_->state_;
}

HttpResponse HttpReader::refusal() const {
  return inside_->refusal_;
}

namespace {

bool is_token(std::string_view name) {  // RFC 9110 §5.6.2
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_plain = [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, is_plain);
}

void add_field(std::string& to, std::string_view name, std::string_view value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (!is_token(name) || std::ranges::any_of(value, is_control)) {
    throw std::invalid_argument("a field of the answer is no HTTP field");
  }
  to += fmt::format("{}: {}\r\n", name, value);
}

}  // namespace

std::string format_response(const HttpResponse& response, bool head_only, bool keep_alive) {
  constexpr int kNoContent = 204, kNotModified = 304;
  const bool has_body = response.status != kNoContent && response.status != kNotModified;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, view(reason));
  if (has_body) {
    add_field(out, "Content-Type", response.content_type);
    add_field(out, "Content-Length", fmt::format("{}", response.body.size()));
  }
  add_field(out, "Cache-Control", "no-store");  // answers are about persons
  for (const auto& [name, value] : response.headers) add_field(out, name, value);
  if (!keep_alive) add_field(out, "Connection", "close");
  out += "\r\n";
  if (has_body && !head_only) out += response.body;
  return out;
}

std::string_view continue_response() {
  return "HTTP/1.1 100 Continue\r\n\r\n";
}

HttpResponse too_slow() {
  return problem(kRequestTimeout, "HTTP_TOO_SLOW", "The request took too long to come",
                 "send header and body without a pause");
}

}  // namespace net
