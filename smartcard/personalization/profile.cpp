#include "smartcard/personalization/profile.h"

#include <algorithm>
#include <set>

#include "pki/base/core/files.h"
#include "smartcard/personalization/toml_fields.h"

namespace personalization {

namespace {

constexpr std::string_view kDoing = "reading a chip profile";
constexpr std::string_view kBacKeys = "BAC keys";
// A short command under SCP03: 255 bytes less the C-MAC's 8, whole AES blocks, at least one byte of padding.
constexpr std::uint32_t kLargestShortBlock = 239;
constexpr std::uint32_t kLargestExtendedBlock = 32768;

std::uint8_t octet(const TomlFields& in, std::string_view name, std::uint32_t least, std::uint32_t most) {
  return static_cast<std::uint8_t>(in.number(name, least, most));
}

StoreDataForm store_data(const TomlFields& in) {
  in.only({"block_short", "block_extended", "p1_dgi", "p1_last", "p1_encrypted", "p1_response"});
  return {.block_short = in.number("block_short", 16, kLargestShortBlock),
          .block_extended = in.number("block_extended", 16, kLargestExtendedBlock),
          .p1_dgi = octet(in, "p1_dgi", 0, 0xFF),
          .p1_last = octet(in, "p1_last", 0, 0xFF),
          .p1_encrypted = octet(in, "p1_encrypted", 0, 0xFF),
          .p1_response = octet(in, "p1_response", 0, 0xFF)};
}

StoredObject stored_object(const TomlFields& in) {
  in.only({"what", "dgi", "encrypted"});
  StoredObject out;
  out.name = in.text("what");
  out.dgi = static_cast<std::uint16_t>(in.number("dgi", 1, 0xFFFE));
  out.encrypted = in.flag_or("encrypted", false);
  if (out.name == kBacKeys) {
    out.kind = StoredObject::Kind::BacKeys;
    return out;
  }
  const auto files = lds::all_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const lds::FileInfo& f) { return f.name == out.name; });
  if (found == files.end()) in.refuse("what", "must be EF.COM, EF.SOD, EF.DG1 to EF.DG16 or 'BAC keys'");
  out.file = found->id;
  return out;
}

std::vector<StoredObject> stored_objects(const TomlFields& root) {
  std::vector<StoredObject> out;
  std::set<std::uint16_t> dgis;
  std::set<std::string> names;
  for (const TomlFields& entry : root.tables("object")) {
    out.push_back(stored_object(entry));
    if (!names.insert(out.back().name).second) entry.refuse("what", "stands twice");
    if (!dgis.insert(out.back().dgi).second) entry.refuse("dgi", "stands twice");
  }
  if (!names.contains(std::string(kBacKeys))) root.refuse("object", "has no 'BAC keys'");
  return out;
}

void application(const TomlFields& in, Profile& out) {
  in.only({"package", "module", "instance", "privileges"});
  out.package = in.hex("package", 5, 16);
  out.module = in.hex("module", 5, 16);
  out.instance = in.hex("instance", 5, 16);
  out.privileges = in.hex("privileges", 1, 3);
}

}  // namespace

Profile parse_profile(std::string_view toml, std::string_view source) {
  const toml::table parsed = parse_toml(toml, source, kDoing);
  const TomlFields root(parsed, std::string(source), std::string(kDoing));
  root.only({"format", "name", "card_manager", "keys", "application", "store_data", "aa_key", "object"});
  root.number("format", 1, 1);
  Profile out;
  out.name = root.text("name");
  const TomlFields manager = root.table("card_manager");
  manager.only({"aid", "security_level"});
  out.card_manager = manager.hex("aid", 5, 16);
  out.security_level = octet(manager, "security_level", 0x33, 0x33);  // card data never travel with less
  const TomlFields keys = root.table("keys");
  keys.only({"transport_version", "card_version"});
  out.transport_key_version = octet(keys, "transport_version", 1, 0x7F);
  out.card_key_version = octet(keys, "card_version", 1, 0x7F);
  if (out.card_key_version == out.transport_key_version) keys.refuse("card_version", "is the transport keys' version");
  application(root.table("application"), out);
  out.store_data = store_data(root.table("store_data"));
  const TomlFields aa = root.table("aa_key");
  aa.only({"dgi", "request"});
  out.aa_key_dgi = static_cast<std::uint16_t>(aa.number("dgi", 1, 0xFFFE));
  out.aa_key_request = aa.hex("request", 1, 64);
  out.objects = stored_objects(root);
  return out;
}

Profile read_profile(const std::filesystem::path& path) {
  return parse_profile(base::read_text_file(path, kDoing), path.string());
}

const Profile& virtual_lds_profile() {
  static const Profile profile = parse_profile(kVirtualLdsToml, "virtual-lds.toml");
  return profile;
}

}  // namespace personalization
