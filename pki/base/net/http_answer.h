#pragma once
// The asking side of http_reader.h: a question as octets, and the octets that come back as an answer.

#include <memory>
#include <string>
#include <string_view>

#include "pki/base/net/http.h"

namespace net {

std::string format_request(std::string_view method, std::string_view host, std::string_view target,
                           std::string_view body, std::string_view content_type);

class HttpAnswer {
 public:
  // head_only: the question was HEAD, so no body follows.
  HttpAnswer(std::size_t largest_body, bool head_only);
  HttpAnswer(HttpAnswer&&) noexcept;
  ~HttpAnswer();

  enum class State { Reading, Complete, Malformed, TooLarge };
  State take(std::string_view octets);

  HttpResponse response();    // of a complete answer
  bool keeps_alive() const;   // and nothing stands behind it
  std::string wrong() const;  // of a malformed one: what is wrong

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace net
