#include "smartcard/personalization/pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace personalization {

namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

void put_length(base::Bytes& out, std::size_t length) {
  base::ensure(length <= 0xFFFF, "what a pattern measures is shorter than 65,536 bytes");
  if (length > 0xFF) {
    base::append(out, base::Bytes{0x82, static_cast<std::uint8_t>(length >> 8)});
  } else if (length > 0x7F) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(length));
}

// Grows without leaving pieces of a secret behind.
void put(base::Bytes& out, base::ByteView more) {
  if (out.capacity() < out.size() + more.size()) {
    base::Bytes grown;
    grown.reserve(2 * (out.size() + more.size()));
    base::append(grown, out);
    base::wipe(out);
    out = std::move(grown);
  }
  base::append(out, more);
}

}  // namespace

std::variant<Pattern, std::string> Pattern::parse(std::string_view text, std::span<const std::string_view> known) {
  Pattern out;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\n') {
      ++at;
    } else if (c == '(' || c == ')') {
      if (c == ')' && depth == 0) return "has a ')' too many";
      depth += c == '(' ? 1 : 0;
      depth -= c == ')' ? 1 : 0;
      out.pieces_.push_back({c == '(' ? Piece::Kind::Open : Piece::Kind::Close, {}, {}});
      ++at;
    } else if (c == '{') {
      const std::size_t end = text.find('}', at);
      if (end == std::string_view::npos) return "has a '{' without its '}'";
      const std::string_view name = text.substr(at + 1, end - at - 1);
      if (std::ranges::find(known, name) == known.end()) {
        return fmt::format("names '{}'; here it may name {}", name, fmt::join(known, ", "));
      }
      out.pieces_.push_back({Piece::Kind::Name, {}, std::string(name)});
      at = end + 1;
    } else if (at + 1 < text.size() && is_hex(c) && is_hex(text[at + 1])) {
      if (out.pieces_.empty() || out.pieces_.back().kind != Piece::Kind::Octets) {
        out.pieces_.push_back({Piece::Kind::Octets, {}, {}});
      }
      base::append(out.pieces_.back().octets, base::hex(text.substr(at, 2)));
      at += 2;
    } else {
      return "is not hexadecimal octets, {names} and (lengths)";
    }
  }
  if (depth != 0) return "has a '(' without its ')'";
  return out;
}

std::vector<std::string> Pattern::names() const {
  std::vector<std::string> out;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::Name) out.push_back(piece.name);
  }
  return out;
}

bool Pattern::fillable(const Values& values) const {
  return std::ranges::all_of(
      pieces_, [&](const Piece& piece) { return piece.kind != Piece::Kind::Name || values.contains(piece.name); });
}

base::Secret Pattern::fill(const Values& values) const {
  std::vector<base::Bytes> open(1);
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::Octets:
        put(open.back(), piece.octets);
        break;
      case Piece::Kind::Name: {
        const auto value = values.find(piece.name);
        base::ensure(value != values.end(), "a pattern is filled when all its values are at hand");
        put(open.back(), value->second.reveal());
        break;
      }
      case Piece::Kind::Open:
        open.emplace_back();
        break;
      case Piece::Kind::Close: {
        const base::Secret inner(std::move(open.back()));
        open.pop_back();
        base::Bytes length;
        put_length(length, inner.size());
        put(open.back(), length);
        put(open.back(), inner.reveal());
        break;
      }
    }
  }
  return base::Secret(std::move(open.front()));
}

}  // namespace personalization
