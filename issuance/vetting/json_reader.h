#pragma once
// JSON read strictly: one value, nothing after it, and no name twice in an object (RFC 8259 §4 leaves open what a
// second one means; here it means that two readers could disagree, so it is refused).

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace vetting {

// The value, or one sentence saying what is wrong with the text.
std::variant<nlohmann::json, std::string> read_json_strictly(std::string_view text);

}  // namespace vetting
