#include "smartcard/personalization/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"

namespace personalization {

namespace {

using Kind = StoredObject::Kind;
using strict_toml::Table;

constexpr std::string_view kDoing = "reading a chip profile";
// A short command under SCP03: 255 bytes less the C-MAC's 8, whole AES blocks, at least one byte of padding.
constexpr std::int64_t kLargestShortBlock = 239;
constexpr std::int64_t kLargestExtendedBlock = 32768;
constexpr std::int64_t kFirstCurve = 8;  // of the standardized domain parameters, 9303-11 §9.5.1

constexpr std::pair<std::string_view, Kind> kObjects[] = {{"BAC keys", Kind::BacKeys},
                                                          {"PACE passwords", Kind::PacePasswords},
                                                          {"CVCA certificate", Kind::TrustPoint},
                                                          {"date", Kind::Date}};
constexpr std::pair<std::string_view, lds::Cipher> kCiphers[] = {{"3DES", lds::Cipher::TripleDes},
                                                                 {"AES-128", lds::Cipher::Aes128},
                                                                 {"AES-192", lds::Cipher::Aes192},
                                                                 {"AES-256", lds::Cipher::Aes256}};
// Chip authentication mapping wants an EF.CardSecurity, which nobody signs here.
constexpr std::pair<std::string_view, lds::Mapping> kMappings[] = {{"generic", lds::Mapping::Generic},
                                                                   {"integrated", lds::Mapping::Integrated}};

std::uint8_t octet(const Table& in, std::string_view key, std::int64_t least, std::int64_t most) {
  return static_cast<std::uint8_t>(in.number(key, least, most));
}

std::uint16_t dgi(const Table& in) {
  return static_cast<std::uint16_t>(in.number("dgi", 1, 0xFFFE));
}

base::Bytes octets(const Table& in, std::string_view key, std::size_t least, std::size_t most) {
  auto bytes = base::parse_hex(in.text(key));
  if (!bytes || bytes->size() < least || bytes->size() > most) {
    in.refuse(key, fmt::format("{} must be {} to {} octets in hexadecimal", key, least, most));
  }
  return std::move(*bytes);
}

StoreDataForm store_data(const Table& in) {
  return {.block_short = static_cast<std::size_t>(in.number("block_short", 16, kLargestShortBlock)),
          .block_extended = static_cast<std::size_t>(in.number("block_extended", 16, kLargestExtendedBlock)),
          .p1_dgi = octet(in, "p1_dgi", 0, 0xFF),
          .p1_last = octet(in, "p1_last", 0, 0xFF),
          .p1_encrypted = octet(in, "p1_encrypted", 0, 0xFF),
          .p1_response = octet(in, "p1_response", 0, 0xFF)};
}

StoredObject stored_object(const Table& in) {
  StoredObject out;
  out.name = in.text("what");
  out.dgi = dgi(in);
  out.encrypted = in.flag("encrypted");
  const auto files = lds::all_files();
  const auto file = std::ranges::find(files, out.name, &lds::FileInfo::name);
  const auto* const object = std::ranges::find(kObjects, out.name, &std::pair<std::string_view, Kind>::first);
  if (file != files.end()) {
    out.file = file->id;
  } else if (object != std::end(kObjects)) {
    out.kind = object->second;
  } else if (in.has("value")) {
    out.kind = Kind::Octets;
    out.octets = octets(in, "value", 1, 64);
  } else {
    in.refuse("what",
              fmt::format("what '{}' is no file of the LDS, none of 'BAC keys', 'PACE passwords', 'CVCA certificate', "
                          "'date', and has no value of its own",
                          out.name));
  }
  return out;
}

std::vector<StoredObject> stored_objects(const Table& file) {
  std::vector<StoredObject> out;
  std::set<std::uint16_t> dgis;
  std::set<std::string> names;
  for (const Table& entry : file.tables("object")) {
    out.push_back(stored_object(entry));
    if (!names.insert(out.back().name).second) entry.refuse("what", "what stands twice");
    if (!dgis.insert(out.back().dgi).second) entry.refuse("dgi", "dgi stands twice");
  }
  return out;
}

void application(const Table& in, Profile& out) {
  out.package = octets(in, "package", 5, 16);
  out.module = octets(in, "module", 5, 16);
  out.instance = octets(in, "instance", 5, 16);
  out.privileges = octets(in, "privileges", 1, 3);
}

KeyRequest key_request(const Table& in) {
  return {.dgi = dgi(in), .value = octets(in, "request", 1, 64)};
}

lds::PaceInfo pace_info(const Table& in) {
  lds::PaceInfo out;
  out.parameter_id = in.number("parameters", 0, 18);
  out.agreement = *out.parameter_id < kFirstCurve ? lds::Agreement::Dh : lds::Agreement::Ecdh;
  if (*out.parameter_id > 2 && out.agreement == lds::Agreement::Dh) {
    in.refuse("parameters", "parameters must be 0 to 2 or 8 to 18 (9303-11 §9.5.1)");
  }
  out.mapping = in.word<lds::Mapping>("mapping", kMappings);
  out.cipher = in.word<lds::Cipher>("cipher", kCiphers);
  return out;
}

// What opens the card must be there whole, or not at all.
void check_access(const Table& file, const Profile& profile) {
  const bool card_access = std::ranges::any_of(profile.objects, [](const StoredObject& object) {
    return object.kind == Kind::File && object.file == lds::FileId::CardAccess;
  });
  const bool passwords = profile.stores(Kind::PacePasswords);
  if (!passwords && !profile.stores(Kind::BacKeys)) {
    file.refuse("object", "object: neither 'BAC keys' nor 'PACE passwords': nobody could open the card");
  }
  if (passwords != profile.pace.has_value() || card_access != profile.pace.has_value()) {
    file.refuse("object", "object: [pace], 'PACE passwords' and EF.CardAccess come together or not at all");
  }
}

Profile profile(const Table& file) {
  file.number("format", 1, 1);
  Profile out;
  out.name = file.text("name");
  const Table manager = file.table("card_manager");
  out.card_manager = octets(manager, "aid", 5, 16);
  out.security_level = octet(manager, "security_level", 0x33, 0x33);  // card data never travel with less
  const Table keys = file.table("keys");
  out.transport_key_version = octet(keys, "transport_version", 1, 0x7F);
  out.card_key_version = octet(keys, "card_version", 1, 0x7F);
  if (out.card_key_version == out.transport_key_version) {
    keys.refuse("card_version", "card_version is the transport keys' version");
  }
  application(file.table("application"), out);
  out.store_data = store_data(file.table("store_data"));
  out.aa_key = key_request(file.table("aa_key"));
  if (const auto ca = file.maybe_table("ca_key")) {
    out.chip_authentication = {.request = key_request(*ca),
                               .key_id = ca->maybe_number("key_id", 0, 127),
                               .cipher = ca->word<lds::Cipher>("cipher", kCiphers)};
  }
  if (const auto pace = file.maybe_table("pace")) out.pace = pace_info(*pace);
  out.objects = stored_objects(file);
  check_access(file, out);
  return out;
}

// Everything but the keys: what EF.CardAccess says to anybody.
lds::SecurityInfos protocols(const Profile& profile) {
  lds::SecurityInfos infos;
  if (profile.pace) infos.pace = {*profile.pace};
  if (profile.chip_authentication) {
    infos.chip_authentication = {
        {lds::Agreement::Ecdh, profile.chip_authentication->cipher, 1, profile.chip_authentication->key_id}};
    if (profile.stores(Kind::TrustPoint)) infos.terminal_authentication = {{}};
  }
  return infos;
}

}  // namespace

bool Profile::stores(StoredObject::Kind kind) const {
  return std::ranges::find(objects, kind, &StoredObject::kind) != objects.end();
}

Profile parse_profile(std::string_view toml, std::string_view source) {
  return strict_toml::read(toml, source, kDoing, profile);
}

Profile read_profile(const std::filesystem::path& path) {
  return parse_profile(base::read_text_file(path, kDoing), path.string());
}

const Profile& virtual_lds_profile() {
  static const Profile profile = parse_profile(kVirtualLdsToml, "virtual-lds.toml");
  return profile;
}

base::Bytes card_access_of(const Profile& profile) {
  base::ensure(profile.pace.has_value(), "EF.CardAccess stands on a chip that offers PACE");
  return encode_security_infos(protocols(profile));
}

base::Bytes dg14_of(const Profile& profile, base::ByteView chip_key) {
  base::ensure(profile.chip_authentication.has_value(), "EF.DG14 stands on a chip that made a key for it");
  lds::SecurityInfos infos = protocols(profile);
  infos.chip_keys = {{lds::Agreement::Ecdh, {chip_key.begin(), chip_key.end()}, profile.chip_authentication->key_id}};
  return encode_dg14(infos);
}

}  // namespace personalization
