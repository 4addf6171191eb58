#include "smartcard/personalization/profile_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "smartcard/globalplatform/keys.h"

namespace personalization {

namespace {

using Kind = StoredObject::Kind;
using strict_toml::Table;

constexpr std::string_view kDoing = "reading a chip profile";
constexpr std::size_t kShortData = 255;  // octets of data in a short command
constexpr std::int64_t kLargestStored = 32768;
constexpr std::int64_t kLargestWritten = 32767;
constexpr std::int64_t kFirstCurve = 8;  // of the standardized domain parameters, 9303-11 §9.5.1

enum class Protocol { None, Scp02, Scp03 };
constexpr std::pair<std::string_view, Protocol> kProtocols[] = {
    {"none", Protocol::None}, {"SCP02", Protocol::Scp02}, {"SCP03", Protocol::Scp03}};
constexpr globalplatform::Scp02Option kScp02Options[] = {
    globalplatform::Scp02Option::I15, globalplatform::Scp02Option::I35, globalplatform::Scp02Option::I55,
    globalplatform::Scp02Option::I75};
constexpr std::pair<std::string_view, globalplatform::Mode> kModes[] = {{"S8", globalplatform::Mode::S8},
                                                                        {"S16", globalplatform::Mode::S16}};
constexpr std::pair<std::string_view, Kind> kObjects[] = {{"BAC keys", Kind::BacKeys},
                                                          {"PACE passwords", Kind::PacePasswords},
                                                          {"CVCA certificate", Kind::TrustPoint},
                                                          {"date", Kind::Date}};
constexpr std::pair<std::string_view, CanSource> kCanSources[] = {{"number", CanSource::Number},
                                                                  {"random", CanSource::Random}};
constexpr std::pair<std::string_view, lds::Cipher> kCiphers[] = {{"3DES", lds::Cipher::TripleDes},
                                                                 {"AES-128", lds::Cipher::Aes128},
                                                                 {"AES-192", lds::Cipher::Aes192},
                                                                 {"AES-256", lds::Cipher::Aes256}};
// Chip authentication mapping wants an EF.CardSecurity, which nobody signs here.
constexpr std::pair<std::string_view, lds::Mapping> kMappings[] = {{"generic", lds::Mapping::Generic},
                                                                   {"integrated", lds::Mapping::Integrated}};

// --- what both kinds of product have ---------------------------------------------------------------------------------

std::uint8_t octet(const Table& in, std::string_view key, std::int64_t least, std::int64_t most) {
  return static_cast<std::uint8_t>(in.number(key, least, most));
}

base::Bytes octets(const Table& in, std::string_view key, std::size_t least, std::size_t most) {
  auto bytes = base::parse_hex(in.text(key));
  if (!bytes || bytes->size() < least || bytes->size() > most) {
    in.refuse(key, fmt::format("{} must be {} to {} octets in hexadecimal", key, least, most));
  }
  return std::move(*bytes);
}

// [[object]], in the order of writing. `read` makes one of each; none stands there twice.
template <class Object>
std::vector<Object> objects(const Table& file, Object (*read)(const Table&)) {
  std::vector<Object> out;
  std::set<std::string> names;
  for (const Table& entry : file.tables("object")) {
    out.push_back(read(entry));
    if (!names.insert(out.back().name).second) entry.refuse("what", "what stands twice");
  }
  return out;
}

std::optional<lds::FileId> file_named(std::string_view name) {
  const auto files = lds::all_files();
  const auto found = std::ranges::find(files, name, &lds::FileInfo::name);
  return found == files.end() ? std::nullopt : std::optional(found->id);
}

// --- GlobalPlatform --------------------------------------------------------------------------------------------------

std::uint16_t dgi(const Table& in) {
  return static_cast<std::uint16_t>(in.number("dgi", 1, 0xFFFE));
}

// Card data never travel with less than all that the protocol protects.
globalplatform::ChannelForm scp03_form(const Table& in) {
  using globalplatform::SecurityLevel;
  in.number("security_level", 0x33, 0x33);
  return {.protocol = globalplatform::Protocol::Scp03,
          .mode = in.word<globalplatform::Mode>("mode", kModes),
          .level = SecurityLevel::Full};
}

globalplatform::ChannelForm scp02_form(const Table& in) {
  const std::int64_t number = in.number("option", 0, 0xFF);
  const auto* const option =
      std::ranges::find_if(kScp02Options, [&](auto one) { return static_cast<std::int64_t>(one) == number; });
  if (option == std::end(kScp02Options)) in.refuse("option", "option must be 0x15, 0x35, 0x55 or 0x75");
  const auto level = globalplatform::highest_level(*option);
  in.number("security_level", static_cast<std::int64_t>(level), static_cast<std::int64_t>(level));
  return {
      .protocol = globalplatform::Protocol::Scp02, .mode = globalplatform::Mode::S8, .option = *option, .level = level};
}

// Commands of SCP02 are short ones, whatever the reader takes.
StoreDataForm store_data(const Table& in, const globalplatform::ChannelForm& channel) {
  const auto short_most = static_cast<std::int64_t>(globalplatform::largest_plain_data(channel, kShortData));
  const auto block_short = static_cast<std::size_t>(in.number("block_short", 16, short_most));
  const bool extended = channel.protocol == globalplatform::Protocol::Scp03;
  return {.block_short = block_short,
          .block_extended =
              extended ? static_cast<std::size_t>(in.number("block_extended", 16, kLargestStored)) : block_short,
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
  const auto file = file_named(out.name);
  const auto* const object = std::ranges::find(kObjects, out.name, &std::pair<std::string_view, Kind>::first);
  if (file) {
    out.file = *file;
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
  std::vector<StoredObject> out = objects(file, stored_object);
  std::set<std::uint16_t> dgis;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!dgis.insert(out[i].dgi).second) file.tables("object")[i].refuse("dgi", "dgi stands twice");
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

// EF.DG14 has to name the algorithm of an ECDSA key (9303-11 §9.2.4), and no card has one for that alone.
std::optional<asn1::Oid> aa_signature(const Table& in, bool has_dg14) {
  static const std::pair<std::string_view, asn1::Oid> kSignatures[] = {{"ecdsa-plain-SHA256", lds::kEcdsaPlainSha256},
                                                                       {"ecdsa-plain-SHA384", lds::kEcdsaPlainSha384},
                                                                       {"ecdsa-plain-SHA512", lds::kEcdsaPlainSha512}};
  if (!in.maybe_text("signature")) return std::nullopt;
  if (!has_dg14) in.refuse("signature", "signature of an ECDSA key stands in EF.DG14, which wants a [ca_key]");
  return in.word<asn1::Oid>("signature", kSignatures);
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

void access(const Table& in, Profile& out) {
  if (in.has("can")) out.can = in.word<CanSource>("can", kCanSources);
  for (const std::string& name : in.maybe_texts("after_terminal_authentication")) {
    const auto files = lds::all_files();
    const auto file = std::ranges::find(files, name, &lds::FileInfo::name);
    if (file == files.end() || file->data_group == 0) {
      in.refuse("after_terminal_authentication", "after_terminal_authentication names something that is no data group");
    }
    out.closed_groups.insert(file->data_group);
  }
  if (out.can == CanSource::Random && !out.pace) in.refuse("can", "can is of PACE, and there is no [pace]");
  if (!out.closed_groups.empty() && !out.stores(Kind::TrustPoint)) {
    in.refuse("after_terminal_authentication",
              "after_terminal_authentication needs a 'CVCA certificate' among the objects: nobody could read them");
  }
}

void keys(const Table& in, Profile& out) {
  out.transport_key_version = octet(in, "transport_version", 1, 0x7F);
  out.card_key_version = octet(in, "card_version", 1, 0x7F);
  if (out.card_key_version == out.transport_key_version) {
    in.refuse("card_version", "card_version is the transport keys' version");
  }
  if (out.channel.protocol == globalplatform::Protocol::Scp02) {
    out.key_size = globalplatform::kTripleDesKeySize;
    return;
  }
  const std::int64_t bits = in.maybe_number("aes", 128, 256).value_or(128);
  if (bits % 64 != 0) in.refuse("aes", "aes must be 128, 192 or 256");
  out.key_size = static_cast<std::size_t>(bits / 8);
}

Profile globalplatform_profile(const Table& file, const globalplatform::ChannelForm& channel) {
  Profile out;
  out.name = file.text("name");
  out.channel = channel;
  out.card_manager = octets(file.table("card_manager"), "aid", 5, 16);
  keys(file.table("keys"), out);
  application(file.table("application"), out);
  out.store_data = store_data(file.table("store_data"), out.channel);
  const Table aa = file.table("aa_key");
  out.aa_key = key_request(aa);
  out.aa_signature = aa_signature(aa, file.has("ca_key"));
  if (const auto ca = file.maybe_table("ca_key")) {
    out.chip_authentication = {.request = key_request(*ca),
                               .key_id = ca->maybe_number("key_id", 0, 127),
                               .cipher = ca->word<lds::Cipher>("cipher", kCiphers)};
  }
  if (const auto pace = file.maybe_table("pace")) out.pace = pace_info(*pace);
  out.objects = stored_objects(file);
  check_access(file, out);
  if (const auto rules = file.maybe_table("access")) access(*rules, out);
  return out;
}

// --- commands of the product's own -----------------------------------------------------------------------------------

using Names = std::vector<std::string_view>;

Names card_names() {
  Names names(std::begin(kCardValues), std::end(kCardValues));
  names.push_back("aid");
  return names;
}

Names file_names() {
  return {"aid", "fid", "size", "sfi"};
}

Names write_names() {
  return {"fid", "offset", "data"};
}

Pattern pattern(const Table& in, std::string_view key, const std::string& text, const Names& names) {
  auto parsed = Pattern::parse(text, names);
  if (const auto* const why = std::get_if<std::string>(&parsed)) in.refuse(key, fmt::format("{} {}", key, *why));
  return std::get<Pattern>(std::move(parsed));
}

std::vector<std::uint16_t> status_words(const Table& in, std::string_view key) {
  std::vector<std::uint16_t> out;
  for (const std::int64_t word : in.numbers(key, 0x6100, 0x9FFF)) {
    if (word == 0x9000) in.refuse(key, "9000 is success and stands for itself");
    out.push_back(static_cast<std::uint16_t>(word));
  }
  return out;
}

CommandForm command(const Table& in, std::string name, const Names& names) {
  CommandForm out{.name = std::move(name), .header = {}, .data = {}, .le = std::nullopt, .also = {}};
  out.header = pattern(in, "header", in.text("header"), names);
  if (const auto data = in.maybe_text("data")) out.data = pattern(in, "data", *data, names);
  if (const auto le = in.maybe_number("le", 1, 65536)) out.le = static_cast<std::uint32_t>(*le);
  if (in.has("also")) out.also = status_words(in, "also");
  return out;
}

CommandObject command_object(const Table& in) {
  CommandObject out;
  out.name = in.text("what");
  out.file = file_named(out.name);
  if (!out.file) out.put = command(in, out.name, card_names());
  out.optional = in.flag("optional");
  return out;
}

std::vector<CommandForm> commands(const Table& in, std::string_view key) {
  std::vector<CommandForm> out;
  for (const Table& one : in.tables(key)) out.push_back(command(one, one.text("what"), card_names()));
  return out;
}

void lock(const Table& in, CommandProfile& out) {
  out.lock = commands(in, "command");
  for (const Table& one : in.tables("probe")) {
    out.probes.push_back({command(one, one.text("what"), card_names()), status_words(one, "refused")});
  }
  if (out.lock.empty() != in.flag("impossible")) {
    in.refuse("a product has either commands that lock it or 'impossible = true'");
  }
  if (!out.lock.empty() && out.probes.empty()) in.refuse("a lock is proven by at least one probe");
}

CommandProfile command_profile(const Table& file) {
  CommandProfile out;
  out.name = file.text("name");
  const Table application = file.table("application");
  out.aid = octets(application, "aid", 5, 16);
  out.begin = commands(application, "begin");
  out.select = command(application.table("select"), "SELECT application", card_names());
  const Table files = file.table("files");
  out.create_file = command(files.table("create"), "create", file_names());
  out.select_file = command(files.table("select"), "select", file_names());
  out.write_file = command(files.table("write"), "write", write_names());
  out.block_short = static_cast<std::size_t>(files.number("block_short", 1, kShortData));
  out.block_extended = static_cast<std::size_t>(files.number("block_extended", 1, kLargestWritten));
  out.objects = objects(file, command_object);
  lock(file.table("lock"), out);
  return out;
}

ChipProfile chip_profile(const Table& file) {
  file.number("format", 1, 1);
  const Table channel = file.table("channel");
  switch (channel.word<Protocol>("protocol", kProtocols)) {
    case Protocol::None:
      return command_profile(file);
    case Protocol::Scp02:
      return globalplatform_profile(file, scp02_form(channel));
    case Protocol::Scp03:
      break;
  }
  return globalplatform_profile(file, scp03_form(channel));
}

}  // namespace

ChipProfile parse_chip_profile(std::string_view toml, std::string_view source) {
  return strict_toml::read(toml, source, kDoing, chip_profile);
}

ChipProfile read_chip_profile(const std::filesystem::path& path) {
  return parse_chip_profile(base::read_text_file(path, kDoing), path.string());
}

Profile parse_profile(std::string_view toml, std::string_view source) {
  return strict_toml::read(toml, source, kDoing, [](const Table& file) {
    ChipProfile profile = chip_profile(file);
    if (auto* const one = std::get_if<Profile>(&profile)) return std::move(*one);
    file.table("channel").refuse(
        "protocol",
        "channel.protocol must be 'SCP03' or 'SCP02': keys and personal data of a card that is "
        "issued do not travel in the clear");
  });
}

Profile read_profile(const std::filesystem::path& path) {
  return parse_profile(base::read_text_file(path, kDoing), path.string());
}

const Profile& virtual_lds_profile() {
  static const Profile profile = parse_profile(kVirtualLdsToml, "virtual-lds.toml");
  return profile;
}

}  // namespace personalization
