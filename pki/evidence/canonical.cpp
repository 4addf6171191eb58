#include "pki/evidence/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/text/text.h"
#include "pki/evidence/statement.h"

namespace evidence {

namespace {

using nlohmann::json;

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;  // RFC 7493 §2.2

// RFC 8785 §3.2.3: names are sorted by UTF-16 code units. Order of UTF-8 is order of code points; the two differ only
// where one side is above U+FFFF (lead octet F0…F4, in UTF-16 a surrogate D800…DFFF) and the other in U+E000…U+FFFF
// (lead octet EE or EF).
bool utf16_less(const std::string& a, const std::string& b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  const bool left_pair = left >= 0xF0, right_pair = right >= 0xF0;
  if (left_pair != right_pair && left >= 0xEE && right >= 0xEE) return left_pair;
  return left < right;
}

// RFC 8785 §3.2.2.2.
void put_text(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

bool put(std::string& out, const json& value, int depth);

bool put_object(std::string& out, const json& object, int depth) {
  std::vector<const std::string*> names;
  for (const auto& [name, unused] : object.items()) names.push_back(&name);
  std::ranges::sort(names, [](const std::string* a, const std::string* b) { return utf16_less(*a, *b); });
  out += '{';
  for (const std::string* const name : names) {
    if (out.back() != '{') out += ',';
    if (!text::is_valid_utf8(*name)) return false;
    put_text(out, *name);
    out += ':';
    if (!put(out, object.at(*name), depth)) return false;
  }
  out += '}';
  return true;
}

bool put_integer(std::string& out, const json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(kLargestInteger))
    return false;
  const auto number = value.get<std::int64_t>();
  if (number > kLargestInteger || number < -kLargestInteger) return false;
  out += std::to_string(number);
  return true;
}

bool put(std::string& out, const json& value, int depth) {
  if (depth > kDeepestNesting) return false;
  switch (value.type()) {
    case json::value_t::null:
      out += "null";
      return true;
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return true;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return put_integer(out, value);
    case json::value_t::string:
      if (!text::is_valid_utf8(value.get_ref<const std::string&>())) return false;
      put_text(out, value.get_ref<const std::string&>());
      return true;
    case json::value_t::array: {
      out += '[';
      bool first = true;
      for (const json& element : value) {
        if (!first) out += ',';
        first = false;
        if (!put(out, element, depth + 1)) return false;
      }
      out += ']';
      return true;
    }
    case json::value_t::object:
      return put_object(out, value, depth + 1);
    case json::value_t::number_float:
    case json::value_t::binary:
    case json::value_t::discarded:
      return false;
  }
  return false;
}

// Nesting, before a parser builds anything from it.
bool is_shallow(std::string_view text) {
  int depth = 0;
  bool inside = false;  // a string
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inside) {
      if (c == '\\') ++i;
      if (c == '"') inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepestNesting) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> try_canonical(const json& value) {
  std::string out;
  if (!put(out, value, 0)) return std::nullopt;
  return out;
}

std::string canonical(const json& value) {
  auto text = try_canonical(value);
  base::ensure(text.has_value(), "a statement holds integers, UTF-8 and little nesting");
  return std::move(*text);
}

std::optional<json> parse_canonical(std::string_view text) {
  if (!is_shallow(text)) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded() || try_canonical(value) != text) return std::nullopt;
  return value;
}

}  // namespace evidence
