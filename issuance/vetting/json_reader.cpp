#include "issuance/vetting/json_reader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace vetting {

namespace {

constexpr int kDeepest = 8;  // an application nests two levels; more is somebody trying

}  // namespace

std::variant<nlohmann::json, std::string> read_json_strictly(std::string_view text) {
  std::vector<std::set<std::string>> names;
  bool repeated = false;
  bool too_deep = false;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    too_deep = too_deep || depth > kDeepest;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end && !names.empty()) names.pop_back();
    if (event == Event::key && !names.back().insert(value.get<std::string>()).second) repeated = true;
    return true;
  };
  try {
    nlohmann::json value = nlohmann::json::parse(text, watch);
    if (too_deep) return fmt::format("it nests deeper than {} levels", kDeepest);
    // The name is not shown: it is the file's own and may be a person's.
    if (repeated) return std::string("a name stands twice in one object");
    return value;
  } catch (const nlohmann::json::parse_error& error) {
    return fmt::format("it is no JSON from byte {} on", error.byte);
  }
}

}  // namespace vetting
