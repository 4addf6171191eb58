#include "issuance/registry/json_lines.h"

#include <nlohmann/json.hpp>
#include <set>

#include "issuance/registry/csv.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using nlohmann::json;

// One field twice would leave it to the reader which one counts.
json parse_once(const std::string& text, bool& twice) {
  std::set<std::string> names;
  const auto look = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) twice |= !names.insert(parsed.get<std::string>()).second;
    return true;
  };
  return json::parse(text, look, false);
}

}  // namespace

bool JsonLinesReader::read_line(std::string& text, bool& too_long) {
  text.clear();
  too_long = false;
  bool any = false;
  for (int c = in_.get(); c != std::char_traits<char>::eof(); c = in_.get()) {
    any = true;
    if (c == '\n') break;
    if (text.size() < kLargestRecord) {
      text += static_cast<char>(c);
    } else {
      too_long = true;
    }
  }
  if (in_.bad())
    throw base::Error(base::Fault::AskOperator, "reading the import file", "the disk or pipe gave an error");
  return any;
}

bool JsonLinesReader::next(JsonRecord& record) {
  record = {};
  std::string text;
  bool too_long = false;
  if (!read_line(text, too_long)) return false;
  record.line = ++line_;
  bool twice = false;
  const json parsed = too_long ? json() : parse_once(text, twice);
  if (too_long) {
    record.malformed = "the line is longer than 65,536 bytes";
  } else if (!parsed.is_object()) {
    record.malformed = "it is no object in UTF-8";
  } else if (twice) {
    record.malformed = "a field is there twice";
  } else {
    for (const auto& [name, value] : parsed.items()) {
      if (!value.is_string()) {
        record.malformed = "a field is no text";
        break;
      }
      record.fields[name] = value.get<std::string>();
    }
  }
  return true;
}

}  // namespace registry
