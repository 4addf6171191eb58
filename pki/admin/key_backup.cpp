#include "pki/admin/key_backup.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace admin {

namespace {

constexpr std::string_view kFormat = "cccd-key-backup-1";

[[noreturn]] void refuse(const std::string& file, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading the backup of a key", fmt::format("{}: {}", file, seen));
}

// Takes the fields out one by one, so that what is left at the end is what nobody knows.
class Fields {
 public:
  Fields(const std::string& text, const std::string& file)
      : json_(nlohmann::json::parse(text, nullptr, false)), file_(file) {
    if (!json_.is_object()) refuse(file_, "is no JSON object");
  }

  std::string text(const char* name) {
    const auto value = take(name);
    if (!value.is_string()) refuse(file_, fmt::format("'{}' is no text", name));
    return value.get<std::string>();
  }
  base::Bytes octets(const char* name) {
    auto value = base::parse_base64url(text(name));
    if (!value) refuse(file_, fmt::format("'{}' is no base64url", name));
    return std::move(*value);
  }
  std::int64_t number(const char* name) {
    const auto value = take(name);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
      refuse(file_, fmt::format("'{}' is no number", name));
    }
    return value.get<std::int64_t>();
  }
  bool has(const char* name) const { return json_.contains(name); }
  void end() const {
    if (!json_.empty()) refuse(file_, fmt::format("'{}' is no field of a backup", json_.begin().key()));
  }

 private:
  nlohmann::json take(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) refuse(file_, fmt::format("'{}' is missing", name));
    nlohmann::json value = std::move(*found);
    json_.erase(found);
    return value;
  }

  nlohmann::json json_;
  const std::string& file_;
};

}  // namespace

std::string encode_backup(const keystore::WrappedKey& backup) {
  nlohmann::json json{{"format", kFormat},
                      {"label", backup.label},
                      {"kind", backup.kind},
                      {"wrapping_key", backup.wrapping_key},
                      {"wrapped", base::to_base64url(backup.wrapped)}};
  if (!backup.public_key.empty()) json["public_key"] = base::to_base64url(backup.public_key);
  if (!backup.check_value.empty()) json["check_value"] = base::to_base64url(backup.check_value);
  if (backup.uses) {
    json["limit"] = backup.uses->limit;
    json["uses"] = backup.uses->uses;
  }
  return json.dump(2) + "\n";
}

keystore::WrappedKey parse_backup(const std::string& text, const std::string& file) {
  Fields fields(text, file);
  if (fields.text("format") != kFormat) refuse(file, "is of another format than this program writes");
  keystore::WrappedKey backup{.label = fields.text("label"),
                              .wrapping_key = fields.text("wrapping_key"),
                              .kind = fields.text("kind"),
                              .public_key = {},
                              .check_value = {},
                              .wrapped = fields.octets("wrapped")};
  if (backup.kind == "AES") {
    backup.check_value = fields.octets("check_value");
  } else {
    backup.public_key = fields.octets("public_key");
  }
  if (fields.has("limit")) {
    const std::int64_t limit = fields.number("limit");
    backup.uses = {.limit = limit, .uses = fields.number("uses")};
  }
  fields.end();
  return backup;
}

}  // namespace admin
