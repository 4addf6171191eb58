#include "pki/base/net/http_answer.h"

#include <fmt/format.h>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "pki/base/core/error.h"

namespace net {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint32_t kHeaderBytes = 16U << 10;
constexpr unsigned kFirstFinal = 200;
constexpr int kNoContent = 204, kNotModified = 304;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

bool is_one_word(std::string_view text) {
  return !text.empty() && text.find_first_of(std::string_view(" \r\n\t\0", 5)) == std::string_view::npos;
}

}  // namespace

std::string format_request(std::string_view method, std::string_view host, std::string_view target,
                           std::string_view body, std::string_view content_type) {
  base::ensure(is_one_word(method) && is_one_word(target), "method and target of a question are single words");
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method, target, host);
  if (!body.empty() || method == "POST" || method == "PUT") {
    out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
  }
  out += "\r\n";
  out += body;
  return out;
}

class HttpAnswer::Inside {
 public:
  Inside(std::size_t largest_body, bool head_only) : largest_body_(largest_body), head_only_(head_only) { begin(); }

  void begin() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytes);
    parser_->body_limit(largest_body_);
    parser_->skip(head_only_);
    header_judged_ = false;
  }

  // false: nothing more can be done with what has come.
  bool step() {
    constexpr std::size_t kShortestEnd = 5;  // as in HttpReader
    if (pending_.empty()) return false;
    if (header_judged_ && parser_->chunked() && pending_.size() < kShortestEnd) return false;
    beast::error_code error;
    const std::size_t used = parser_->put({pending_.data(), pending_.size()}, error);
    pending_.erase(0, used);
    if (error && error != http::error::need_more) {
      state_ = error == http::error::body_limit ? State::TooLarge : State::Malformed;
      wrong_ = error.message();
      return false;
    }
    if (parser_->is_header_done() && !header_judged_) judge_header();
    if (state_ == State::Reading && header_judged_ && parser_->is_done()) state_ = State::Complete;
    if (error && state_ == State::Reading && pending_.size() >= kHeaderBytes) state_ = State::TooLarge;
    return used > 0 && state_ == State::Reading;
  }

  std::size_t largest_body_;
  bool head_only_;
  std::optional<Parser> parser_;
  std::string pending_, wrong_;
  State state_ = State::Reading;
  bool header_judged_ = false;

 private:
  void judge_header() {
    const auto& message = parser_->get();
    if (message.result_int() < kFirstFinal) return begin();  // "100 Continue" and the like come before the answer
    header_judged_ = true;
    parser_->eager(true);
    const auto status = static_cast<int>(message.result_int());
    const bool has_body = !head_only_ && status != kNoContent && status != kNotModified;
    // Without a length the end of the line would be the end of the answer, and whoever cuts the line could shorten it.
    if (has_body && !parser_->chunked() && !parser_->content_length()) {
      state_ = State::Malformed;
      wrong_ = "an answer without its length";
    }
  }
};

HttpAnswer::HttpAnswer(std::size_t largest_body, bool head_only)
    : inside_(std::make_unique<Inside>(largest_body, head_only)) {}
HttpAnswer::HttpAnswer(HttpAnswer&&) noexcept = default;
HttpAnswer::~HttpAnswer() = default;

HttpAnswer::State HttpAnswer::take(std::string_view octets) {
  inside_->pending_ += octets;
  while (inside_->state_ == State::Reading && inside_->step()) {
  }
  return inside_->state_;
}

HttpResponse HttpAnswer::response() {
  auto& message = inside_->parser_->get();
  HttpResponse out{.status = static_cast<int>(message.result_int()),
                   .content_type = std::string(view(message[http::field::content_type])),
                   .body = std::move(message.body()),
                   .headers = {}};
  for (const auto& field : message) out.headers.emplace_back(view(field.name_string()), view(field.value()));
  return out;
}

bool HttpAnswer::keeps_alive() const {
  return inside_->parser_->get().keep_alive() && inside_->pending_.empty();
}

std::string HttpAnswer::wrong() const {
  return inside_->wrong_;
}

}  // namespace net
