#pragma once
// Strict reading of our own JSON forms: every field once, none more, each of its type. For this folder's codecs.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "pki/base/core/clock.h"
#include "pki/base/core/error.h"
#include "pki/base/text/text.h"

namespace document {

class JsonFields {
 public:
  // form: "card order"; it begins the message of every refusal.
  JsonFields(const nlohmann::json& json, std::string form) : json_(json), form_(std::move(form)) {
    if (!json.is_object()) refuse("it", "is no object");
  }

  [[noreturn]] void refuse(const std::string& field, const std::string& why) const {
    throw base::Error(base::Fault::TreatAsAttack, fmt::format("reading a {}", form_), fmt::format("{} {}", field, why));
  }

  const nlohmann::json& value(const std::string& name) {
    taken_.insert(name);
    const auto found = json_.find(name);
    if (found == json_.end()) refuse(name, "is missing");
    return *found;
  }

  // A line of text in NFC without '|' or control characters.
  std::string text(const std::string& name) {
    const auto& v = value(name);
    if (!v.is_string()) refuse(name, "is no text");
    auto content = v.get<std::string>();
    if (!text::is_nfc(content)) refuse(name, "is not UTF-8 in composed form (NFC)");
    for (const char c : content) {
      if (c == '|' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        refuse(name, "holds '|' or a control character");
    }
    return content;
  }

  // A text that stands there only when it says something: "" when it does not, and an empty one is refused.
  std::string text_if_there(const std::string& name) {
    if (!json_.contains(name)) return {};
    std::string content = text(name);
    if (content.empty()) refuse(name, "is empty");
    return content;
  }

  bool truth(const std::string& name) {
    const auto& v = value(name);
    if (!v.is_boolean()) refuse(name, "is neither true nor false");
    return v.get<bool>();
  }

  base::Date date(const std::string& name) {
    const auto parsed = base::parse_iso_date(text(name));
    if (!parsed) refuse(name, "is no day of the form 2026-11-23");
    return *parsed;
  }

  std::optional<base::Date> maybe_date(const std::string& name) {
    if (value(name).is_null()) return std::nullopt;
    return date(name);
  }

  base::Moment moment(const std::string& name) {
    const auto parsed = base::parse_rfc3339(text(name));
    if (!parsed) refuse(name, "is no time of the form 2026-11-23T13:48:02Z");
    return *parsed;
  }

  // Called last: nothing is left over.
  void end() const {
    for (const auto& [name, unused] : json_.items()) {
      if (!taken_.contains(name)) refuse(name, "is no field of this form");
    }
  }

 private:
  const nlohmann::json& json_;
  std::string form_;
  std::set<std::string> taken_;
};

}  // namespace document
