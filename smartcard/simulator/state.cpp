#include "smartcard/simulator/state.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/fields.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/file_system.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/scp02.h"

namespace simulator {

namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "cccd-chip-state";
constexpr int kVersion = 1;
constexpr std::size_t kKeySize = 16;
constexpr std::size_t kSerialSize = 8;

[[noreturn]] void refuse(std::string_view doing, std::string_view where, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), fmt::format("{}: {}", where, seen));
}

constexpr std::pair<CardState, std::string_view> kCardStates[] = {{CardState::OpReady, "OP_READY"},
                                                                  {CardState::Terminated, "TERMINATED"}};
constexpr std::pair<ApplicationState, std::string_view> kApplicationStates[] = {
    {ApplicationState::Absent, "ABSENT"},
    {ApplicationState::Selectable, "SELECTABLE"},
    {ApplicationState::Personalized, "PERSONALIZED"}};

template <class Value, std::size_t N>
std::string name_of(Value value, const std::pair<Value, std::string_view> (&table)[N]) {
  for (const auto& [known, name] : table) {
    if (known == value) return std::string(name);
  }
  base::ensure(false, "every state has a name");
  return {};
}

// Reads one field after another and names the one that is wrong.
class Reader {
 public:
  Reader(const json& object, std::string_view where, std::string path) : json_(object), where_(where), path_(path) {
    if (!json_.is_object()) fail("", "is no object");
  }

  base::Bytes bytes(const char* name, std::size_t size = 0) const {
    const auto value = base::parse_hex(text(name));
    if (!value) fail(name, "is not hexadecimal");
    if (size != 0 && value->size() != size) fail(name, fmt::format("has not {} bytes", size));
    return *value;
  }
  base::Secret secret(const char* name, std::size_t size = 0) const { return base::Secret(bytes(name, size)); }

  std::uint32_t number(const char* name, std::uint32_t largest) const {
    const json& value = field(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
      fail(name, fmt::format("is no number from 0 to {}", largest));
    }
    return value.get<std::uint32_t>();
  }

  template <class Value, std::size_t N>
  Value one_of(const char* name, const std::pair<Value, std::string_view> (&table)[N]) const {
    const std::string word = text(name);
    for (const auto& [value, known] : table) {
      if (known == word) return value;
    }
    fail(name, "is none of its words");
  }

  std::string text(const char* name) const {
    const json& value = field(name);
    if (!value.is_string()) fail(name, "is no text");
    return value.get<std::string>();
  }

  const json& field(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) fail(name, "is missing");
    return *found;
  }
  bool is_null(const char* name) const { return field(name).is_null(); }
  bool has(const char* name) const { return json_.contains(name); }
  bool flag(const char* name) const {
    const json& value = field(name);
    if (!value.is_boolean()) fail(name, "is neither true nor false");
    return value.get<bool>();
  }
  const json& list(const char* name) const {
    const json& value = field(name);
    if (!value.is_array()) fail(name, "is no list");
    return value;
  }
  Reader object(const char* name) const { return Reader(field(name), where_, path_ + name + "."); }
  const json& all() const { return json_; }
  std::string_view where() const { return where_; }

  [[noreturn]] void fail(std::string_view name, std::string_view why) const {
    refuse("reading a chip state", where_, fmt::format("field '{}{}' {}", path_, name, why));
  }

 private:
  const json& json_;
  std::string_view where_;
  std::string path_;
};

bool is_aes_key(std::size_t bytes) {
  return bytes == 16 || bytes == 24 || bytes == 32;
}

KeySet decode_keys(const Reader& in) {
  KeySet keys;
  keys.version = static_cast<std::uint8_t>(in.number("version", 0x7F));
  keys.enc = in.secret("enc");
  if (!is_aes_key(keys.enc.size())) in.fail("enc", "has neither 16, 24 nor 32 bytes");
  keys.mac = in.secret("mac", keys.enc.size());
  keys.dek = in.secret("dek", keys.enc.size());
  keys.s16 = in.has("s16") && in.flag("s16");
  if (in.has("scp02_option")) keys.scp02_option = static_cast<std::uint8_t>(in.number("scp02_option", 0xFF));
  if (keys.scp02_option != 0 && (!Scp02::is_option(keys.scp02_option) || keys.s16 || keys.enc.size() != kKeySize)) {
    in.fail("scp02_option", "is no option that goes with these keys");
  }
  keys.sequence_counter = in.number("sequence_counter", 0xFFFFFF);
  keys.failed_authentications = in.number("failed_authentications", 0xFFFFFF);
  return keys;
}

std::map<std::uint16_t, base::Bytes> decode_files(const Reader& in) {
  std::map<std::uint16_t, base::Bytes> files;
  for (const auto& [name, content] : in.all().items()) {
    const auto id = base::parse_hex(name);
    if (!id || id->size() != 2) in.fail(name, "is no file id of four hexadecimal digits");
    files[static_cast<std::uint16_t>((*id)[0] << 8 | (*id)[1])] = in.bytes(name.c_str());
  }
  return files;
}

// What came with PACE and extended access; a state from before has none of these fields.
void decode_extended(const Reader& in, State& state) {
  if (in.has("master_files")) state.master_files = decode_files(in.object("master_files"));
  if (in.has("pace")) {
    const Reader pace = in.object("pace");
    for (const auto& [name, unused] : pace.all().items()) {
      const auto reference = base::parse_hex(name);
      if (!reference || reference->size() != 1) pace.fail(name, "is no password reference of two hexadecimal digits");
      state.pace.emplace(reference->front(), pace.secret(name.c_str()));
    }
  }
  if (in.has("chip_keys")) {
    for (const json& one : in.list("chip_keys")) {
      const Reader key(one, in.where(), "chip_keys.");
      state.chip_keys.push_back({static_cast<std::uint8_t>(key.number("id", 0xFF)),
                                 static_cast<std::uint8_t>(key.number("parameters", 31)), key.secret("secret")});
    }
  }
  if (in.has("trust_points")) {
    for (const json& one : in.list("trust_points")) {
      auto bytes = one.is_string() ? base::parse_hex(one.get<std::string>()) : std::nullopt;
      if (!bytes || !is_certificate(*bytes)) in.fail("trust_points", "holds what is no card-verifiable certificate");
      state.trust_points.push_back(std::move(*bytes));
    }
    if (state.trust_points.size() > kMostTrustPoints) in.fail("trust_points", "holds more than two");
  }
  if (in.has("date")) {
    state.date = in.bytes("date");
    if (!state.date.empty() && !is_day(state.date)) in.fail("date", "is no day of six digits");
  }
  if (in.has("failed_accesses")) state.failed_accesses = in.number("failed_accesses", kMostFailedAccesses);
  if (in.has("access")) {
    const Reader access = in.object("access");
    state.access = {access.flag("bac"), access.flag("dg13_behind_authentication"), access.flag("open")};
  }
}

void encode_extended(const State& state, json& out) {
  const auto files = [](const std::map<std::uint16_t, base::Bytes>& all) {
    json object = json::object();
    for (const auto& [id, content] : all) object[fmt::format("{:04X}", id)] = base::to_hex(content);
    return object;
  };
  out["master_files"] = files(state.master_files);
  out["pace"] = json::object();
  for (const auto& [reference, secret] : state.pace) {
    out["pace"][fmt::format("{:02X}", reference)] = base::to_hex(secret.reveal());
  }
  out["chip_keys"] = json::array();
  for (const ChipKey& key : state.chip_keys) {
    out["chip_keys"].push_back(
        {{"id", key.id}, {"parameters", key.parameters}, {"secret", base::to_hex(key.secret.reveal())}});
  }
  out["trust_points"] = json::array();
  for (const base::Bytes& certificate : state.trust_points) out["trust_points"].push_back(base::to_hex(certificate));
  out["date"] = base::to_hex(state.date);
  out["failed_accesses"] = state.failed_accesses;
  out["access"] = {{"bac", state.access.bac},
                   {"dg13_behind_authentication", state.access.dg13_behind_authentication},
                   {"open", state.access.open}};
}

}  // namespace

bool is_complete(const State& state) {
  const bool enterable = state.access.open || !state.pace.empty() || (state.access.bac && state.bac);
  const bool offers_kept = !state.access.bac || state.bac;
  const bool provable = !state.aa_key.empty() || !state.chip_keys.empty();
  return enterable && offers_kept && provable &&
         std::ranges::all_of(mandatory_files(), [&](std::uint16_t id) { return state.files.contains(id); });
}

bool is_certificate(base::ByteView file) {
  try {
    cvc::format::parse_certificate(file);
    return true;
  } catch (const asn1::Malformed&) {
    return false;
  }
}

bool is_day(base::ByteView digits) {
  try {
    cvc::format::read_day(digits);
    return true;
  } catch (const asn1::Malformed&) {
    return false;
  }
}

std::string encode_state(const State& state) {
  const auto hex = [](const base::Secret& secret) { return base::to_hex(secret.reveal()); };
  json files = json::object();
  for (const auto& [id, content] : state.files) files[fmt::format("{:04X}", id)] = base::to_hex(content);
  json out = {
      {"format", kFormat},
      {"version", kVersion},
      {"serial", base::to_hex(state.serial)},
      {"card", name_of(state.card, kCardStates)},
      {"application", name_of(state.application, kApplicationStates)},
      {"keys",
       {{"version", state.keys.version},
        {"enc", hex(state.keys.enc)},
        {"mac", hex(state.keys.mac)},
        {"dek", hex(state.keys.dek)},
        {"sequence_counter", state.keys.sequence_counter},
        {"failed_authentications", state.keys.failed_authentications},
        {"s16", state.keys.s16},
        {"scp02_option", state.keys.scp02_option}}},
      {"files", std::move(files)},
      {"bac", nullptr},
      {"aa_key", nullptr},
  };
  if (state.bac) out["bac"] = {{"enc", hex(state.bac->enc)}, {"mac", hex(state.bac->mac)}};
  if (!state.aa_key.empty()) out["aa_key"] = hex(state.aa_key);
  encode_extended(state, out);
  return out.dump(1) + "\n";
}

State decode_state(std::string_view text, std::string_view where) {
  const json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) refuse("reading a chip state", where, "it is no JSON; was it made by cccd-chip --init?");
  const Reader in(parsed, where, "");
  if (in.text("format") != kFormat) in.fail("format", fmt::format("is not '{}'", kFormat));
  if (in.number("version", 1000) != kVersion) in.fail("version", fmt::format("is not {}", kVersion));
  State state;
  state.serial = in.bytes("serial", kSerialSize);
  state.card = in.one_of("card", kCardStates);
  state.application = in.one_of("application", kApplicationStates);
  state.keys = decode_keys(in.object("keys"));
  state.files = decode_files(in.object("files"));
  if (!in.is_null("bac")) {
    const Reader bac = in.object("bac");
    state.bac = BacKeys{bac.secret("enc", kKeySize), bac.secret("mac", kKeySize)};
  }
  if (!in.is_null("aa_key")) {
    state.aa_key = in.secret("aa_key");
    if (!AaKey::load(state.aa_key.reveal())) in.fail("aa_key", "is no RSA or EC private key");
  }
  decode_extended(in, state);
  if (state.application == ApplicationState::Personalized && !is_complete(state)) {
    in.fail("application", "is PERSONALIZED, but a file or a key is missing");
  }
  return state;
}

KeySet read_transport_keys(const std::filesystem::path& file) {
  constexpr std::string_view kDoing = "reading transport keys";
  constexpr auto kOthers = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  std::error_code unknown;  // a file that is not there is reported when it is read
  const auto status = std::filesystem::status(file, unknown);
  if (std::filesystem::is_regular_file(status) && (status.permissions() & kOthers) != std::filesystem::perms::none) {
    refuse(kDoing, file.string(), "others can read it; set its mode to 0600");
  }
  const std::string text = base::read_text_file(file, kDoing);
  const toml::table table = [&] {
    try {
      return toml::parse(text, file.string());
    } catch (const toml::parse_error& error) {
      refuse(kDoing, fmt::format("{}:{}", file.string(), error.source().begin.line), error.description());
    }
  }();
  const auto version = table["version"].value<std::int64_t>().value_or(0);
  if (version < 0x01 || version > 0x7F) refuse(kDoing, file.string(), "version is no number from 1 to 0x7F");
  if (table.size() != 4) refuse(kDoing, file.string(), "it has other fields than version, enc, mac, dek");
  const auto key = [&](const char* name) {
    const auto digits = table[name].value<std::string>();
    auto bytes = digits ? base::parse_hex(*digits) : std::nullopt;
    if (!bytes || !is_aes_key(bytes->size())) {
      refuse(kDoing, file.string(), fmt::format("{} is not 32, 48 or 64 hexadecimal digits", name));
    }
    return base::Secret(std::move(*bytes));
  };
  KeySet keys{static_cast<std::uint8_t>(version), key("enc"), key("mac"), key("dek")};
  if (keys.mac.size() != keys.enc.size() || keys.dek.size() != keys.enc.size()) {
    refuse(kDoing, file.string(), "enc, mac and dek are not equally long");
  }
  return keys;
}

State blank_state(std::string_view serial, KeySet transport_keys) {
  auto bytes = base::parse_hex(serial);
  if (!bytes || bytes->size() != kSerialSize) {
    throw base::Error(base::Fault::UsedWrongly, "making a blank chip", "the serial is not 16 hexadecimal digits");
  }
  State state;
  state.serial = std::move(*bytes);
  state.keys = std::move(transport_keys);
  return state;
}

State cloned_state(const State& original, base::Random& random) {
  State clone;
  clone.serial = original.serial;
  clone.application = original.application;
  clone.keys.version = original.keys.version;
  clone.keys.scp02_option = original.keys.scp02_option;
  clone.keys.enc = random.secret(kKeySize);
  clone.keys.mac = random.secret(kKeySize);
  clone.keys.dek = random.secret(kKeySize);
  clone.files = original.files;
  if (original.bac) {
    clone.bac =
        BacKeys{base::Secret::copy_of(original.bac->enc.reveal()), base::Secret::copy_of(original.bac->mac.reveal())};
  }
  const auto known = AaKey::load(original.aa_key.reveal());
  clone.aa_key = AaKey::generate(random, known ? known->kind() : AaKey::Kind::Rsa2048).pkcs8();
  clone.master_files = original.master_files;
  for (const auto& [reference, secret] : original.pace) {
    clone.pace.emplace(reference, base::Secret::copy_of(secret.reveal()));
  }
  for (const ChipKey& key : original.chip_keys) {
    const auto group = Group::standardized(key.parameters);
    clone.chip_keys.push_back({key.id, key.parameters, group->random_number(random)});
  }
  clone.trust_points = original.trust_points;
  clone.date = original.date;
  clone.access = original.access;
  return clone;
}

void FileStore::create(const std::filesystem::path& file, const State& state) {
  base::write_new_file(file, base::view_of(encode_state(state)), "making a chip state", base::Access::OwnerOnly);
}

std::string FileStore::load() {
  return base::read_text_file(file_, "reading a chip state");
}

void FileStore::save(std::string_view text) {
  base::write_text_file(file_, text, "keeping the chip's state", base::Access::OwnerOnly);
}

Memory::Memory(StateStore& store) : store_(store), saved_(store.load()), state_(decode_state(saved_, store.name())) {}

void Memory::commit() {
  if (!changed_) return;
  std::string text = encode_state(state_);
  try {
    store_.save(text);
  } catch (const base::Error&) {
    roll_back();
    throw;
  }
  saved_ = std::move(text);
  changed_ = false;
  ++effort_.changes;
}

void Memory::roll_back() {
  if (!changed_) return;
  state_ = decode_state(saved_, store_.name());
  changed_ = false;
}

}  // namespace simulator
