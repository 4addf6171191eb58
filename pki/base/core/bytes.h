#pragma once
// The vocabulary of raw data: owned bytes, a view of bytes, and hexadecimal.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Upper-case hexadecimal without separators, as APDU scripts and vectors are written.
std::string to_hex(ByteView bytes);

// Hexadecimal of either case without separators; nullopt when a digit is foreign or one is left over.
std::optional<Bytes> parse_hex(std::string_view text);

// For literals in our own code and vectors: as parse_hex, but stops the program on a bad literal.
Bytes hex(std::string_view literal);

// The bytes of a text, unchanged.
Bytes bytes_of(std::string_view text);
ByteView view_of(std::string_view text);
std::string text_of(ByteView bytes);

// a ‖ b ‖ …
Bytes concat(std::initializer_list<ByteView> parts);
void append(Bytes& to, ByteView more);

// Base64url without padding (RFC 4648 §5), as JWS and hashes in statements use it.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> parse_base64url(std::string_view text);

bool equal(ByteView a, ByteView b);

}  // namespace base
