#include "pki/base/core/bytes.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace base {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

std::optional<Bytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

Bytes hex(std::string_view literal) {
  auto parsed = parse_hex(literal);
  ensure(parsed.has_value(), "a hexadecimal literal is well formed");
  return std::move(*parsed);
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes concat(std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  Bytes out;
  out.reserve(size);
  for (const ByteView part : parts) append(out, part);
  return out;
}

void append(Bytes& to, ByteView more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::string to_base64url(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t b : bytes) {
    buffer = buffer << 8 | b;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += kBase64Url[buffer >> bits & 63];
    }
  }
  if (bits > 0) out += kBase64Url[buffer << (6 - bits) & 63];
  return out;
}

std::optional<Bytes> parse_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto at = kBase64Url.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    buffer = buffer << 6 | static_cast<std::uint32_t>(at);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> bits));
    }
  }
  // RFC 4648 §3.5: the bits that pad the last character are zero, so that one value has one spelling.
  if ((buffer & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

bool equal(ByteView a, ByteView b) {
  return std::ranges::equal(a, b);
}

}  // namespace base
