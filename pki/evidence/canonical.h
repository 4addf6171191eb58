#pragma once
// RFC 8785 with an answer instead of a stop: what statement.h's canonical() ensures, asked of foreign JSON.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace evidence {

inline constexpr int kDeepestNesting = 32;

// nullopt: a number that is no integer within ±(2^53 − 1), text that is not UTF-8, or nesting beyond kDeepestNesting.
std::optional<std::string> try_canonical(const nlohmann::json& value);

// The value of a text that is canonical already, byte for byte (so no duplicate names, no blanks); else nullopt.
std::optional<nlohmann::json> parse_canonical(std::string_view text);

}  // namespace evidence
