#include "pki/pkcs11/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace pkcs11 {

namespace {

constexpr std::string_view kScheme = "pkcs11:";
constexpr std::size_t kLongestLabel = 32;  // CK_TOKEN_INFO.label

[[noreturn]] void refuse(std::string_view seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading a key's address",
                    fmt::format("{}; write pkcs11:token=LABEL;object=LABEL?module-path=FILE (RFC 7512)", seen));
}

// RFC 7512 §2.3: pchar, everything else as %XX.
std::string decoded(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    refuse("a % is followed by two hexadecimal digits");
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) refuse("a % is followed by two hexadecimal digits");
    out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
    at += 2;
  }
  if (out.find('\0') != std::string::npos) refuse("a label holds no zero octet");
  return out;
}

void read_attribute(std::string_view attribute, Address& address, bool query) {
  const auto equals = attribute.find('=');
  if (equals == std::string_view::npos) refuse(fmt::format("'{}' has no value", attribute));
  const std::string_view name = attribute.substr(0, equals);
  if (query && name == "x-backup" && !address.backup) {
    if (attribute.substr(equals + 1) != "wrapped") refuse("x-backup says 'wrapped' or is left out");
    address.backup = true;
    return;
  }
  std::string* const field = !query && name == "token"        ? &address.token
                             : !query && name == "object"     ? &address.object
                             : query && name == "module-path" ? &address.module
                                                              : nullptr;
  if (field == nullptr) refuse(fmt::format("'{}' is no attribute that is used here", name));
  if (!field->empty()) refuse(fmt::format("'{}' stands twice", name));
  *field = decoded(attribute.substr(equals + 1));
  if (field->empty()) refuse(fmt::format("'{}' is empty", name));
}

void read_attributes(std::string_view text, char separator, Address& address, bool query) {
  while (!text.empty()) {
    const auto end = text.find(separator);
    read_attribute(text.substr(0, end), address, query);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

}  // namespace

bool is_address(std::string_view text) {
  return text.starts_with(kScheme);
}

Address parse_address(std::string_view text) {
  if (!is_address(text)) refuse("it does not begin with pkcs11:");
  text.remove_prefix(kScheme.size());
  Address address;
  const auto query = text.find('?');
  read_attributes(text.substr(0, query), ';', address, false);
  if (query != std::string_view::npos) read_attributes(text.substr(query + 1), '&', address, true);
  if (address.token.empty()) refuse("it names no token");
  if (address.token.size() > kLongestLabel) refuse("a token's label has 32 octets at most");
  return address;
}

Address parse_key_address(std::string_view text) {
  Address address = parse_address(text);
  if (!address.object.empty()) return address;
  throw base::Error(base::Fault::UsedWrongly, "reading a key's address", "it names no key: write object=LABEL too");
}

// Labels are for people: csca-2026, ds-2026-041, seal-TS01.
void require_label(const std::string& label) {
  const bool fits = label.size() <= 64 && std::ranges::all_of(label, [](unsigned char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                             c == '.' || c == '_';
                    });
  if (fits) return;
  throw base::Error(base::Fault::UsedWrongly, "making a key in the token",
                    fmt::format("'{}' is no label: letters, digits, - . _, at most 64", label));
}

}  // namespace pkcs11
