#include "smartcard/personalization/transport_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"

namespace personalization {

namespace {

constexpr std::string_view kDoing = "reading the transport keys";
constexpr std::size_t kKeySizes[] = {16, 24, 32};  // AES; 3DES: 16

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
  if (!bytes || std::ranges::find(kKeySizes, bytes->size()) == std::end(kKeySizes)) {
    in.refuse(name, fmt::format("{} must be 32, 48 or 64 hexadecimal digits", name));
  }
  return base::Secret(std::move(*bytes));
}

TransportKeys transport_keys(const strict_toml::Table& in) {
  TransportKeys out{static_cast<std::uint8_t>(in.number("version", 1, 0x7F)),
                    {key(in, "enc"), key(in, "mac"), key(in, "dek")}};
  const std::size_t size = out.keys.enc.size();
  if (out.keys.mac.size() != size || out.keys.dek.size() != size)
    in.refuse("dek", "enc, mac and dek are of one length");
  return out;
}

}  // namespace

TransportKeys read_transport_keys(const std::filesystem::path& path) {
  refuse_readable_by_others(path);
  const base::Secret text(base::read_file(path, kDoing, 4096));
  return strict_toml::read({reinterpret_cast<const char*>(text.reveal().data()), text.size()}, path.string(), kDoing,
                           transport_keys);
}

}  // namespace personalization
