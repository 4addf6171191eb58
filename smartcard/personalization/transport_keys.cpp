#include "smartcard/personalization/transport_keys.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"

namespace personalization {

namespace {

constexpr std::string_view kDoing = "reading the transport keys";
constexpr std::size_t kAes128 = 16;

void refuse_readable_by_others(const std::filesystem::path& path) {
  using std::filesystem::perms;
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (code || status.type() != std::filesystem::file_type::regular) return;  // reading it says what is wrong
  if ((status.permissions() & (perms::group_all | perms::others_all)) != perms::none) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{}: others can read it; set its mode to 0600", path.string()));
  }
}

// The message never shows what was there instead.
base::Secret key(const strict_toml::Table& in, std::string_view name) {
  auto bytes = base::parse_hex(in.text(name));
  if (!bytes || bytes->size() != kAes128) in.refuse(name, fmt::format("{} must be 32 hexadecimal digits", name));
  return base::Secret(std::move(*bytes));
}

}  // namespace

TransportKeys read_transport_keys(const std::filesystem::path& path) {
  refuse_readable_by_others(path);
  const base::Secret text(base::read_file(path, kDoing, 4096));
  return strict_toml::read({reinterpret_cast<const char*>(text.reveal().data()), text.size()}, path.string(), kDoing,
                           [](const strict_toml::Table& in) {
                             return TransportKeys{static_cast<std::uint8_t>(in.number("version", 1, 0x7F)),
                                                  {key(in, "enc"), key(in, "mac"), key(in, "dek")}};
                           });
}

}  // namespace personalization
