#include "pki/base/net/http_target.h"

#include <fmt/format.h>

#include "pki/base/text/text.h"

namespace net {

namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

enum class Place { Path, Query };

std::optional<std::string> decode(std::string_view text, Place place) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && place == Place::Query) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      out += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  if (out.find('\0') != std::string::npos || !text::is_valid_utf8(out)) return std::nullopt;
  return out;
}

// RFC 3986 §2.3: what needs no code anywhere.
std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// What stands before the next `mark`; `rest` goes on behind it.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t end = rest.find(mark);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

bool parse_path(std::string_view path, std::vector<std::string>& out) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') return false;
  while (!path.empty()) {
    auto segment = decode(take_until(path, '/'), Place::Path);
    if (!segment || segment->empty()) return false;
    out.push_back(std::move(*segment));
  }
  return true;
}

bool parse_query(std::string_view query, std::map<std::string, std::string>& out) {
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    auto name = decode(take_until(value, '='), Place::Query);
    auto content = decode(value, Place::Query);
    if (!name || name->empty() || !content) return false;
    if (!out.emplace(std::move(*name), std::move(*content)).second) return false;
  }
  return true;
}

}  // namespace

std::optional<HttpTarget> parse_target(std::string_view target) {
  constexpr std::string_view kScheme = "https://";
  if (target.starts_with(kScheme)) {
    const std::size_t path = target.find('/', kScheme.size());
    if (path == std::string_view::npos) return std::nullopt;
    target.remove_prefix(path);
  }
  HttpTarget out;
  if (!parse_path(take_until(target, '?'), out.path) || !parse_query(target, out.query)) return std::nullopt;
  return out;
}

std::string format_target(const HttpTarget& target) {
  std::string out;
  for (const std::string& segment : target.path) out += "/" + encode(segment);
  if (out.empty()) out = "/";
  char mark = '?';
  for (const auto& [name, value] : target.query) {
    out += mark + encode(name) + "=" + encode(value);
    mark = '&';
  }
  return out;
}

}  // namespace net
