#include "issuance/station/home.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

#include "issuance/cases/store.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/tls_identity.h"
#include "pki/cvc/format/certificate.h"
#include "pki/keystore/signing_key.h"
#include "pki/trust/trust_store.h"

namespace station {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDoing = "reading the station's settings";

class SettingsFile {
 public:
  explicit SettingsFile(const Home& home) : home_(home), file_(home.settings().string()) {
    try {
      table_ = toml::parse(base::read_text_file(home.settings(), kDoing), file_);
    } catch (const toml::parse_error& error) {
      throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                        fmt::format("{}:{}: {}", file_, error.source().begin.line, error.description()));
    }
  }

  [[noreturn]] void wrong(const toml::node* at, const std::string& seen) const {
    const auto line = at != nullptr ? at->source().begin.line : table_.source().begin.line;
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}:{}: {}", file_, line, seen));
  }

  void only(const toml::table& table, std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table) {
      if (std::ranges::find(known, key.str()) == known.end()) wrong(&node, fmt::format("unknown key '{}'", key.str()));
    }
  }

  const toml::table& section(std::string_view name) const {
    const toml::node* node = table_.get(name);
    if (node == nullptr || !node->is_table()) wrong(node, fmt::format("[{}] is missing", name));
    return *node->as_table();
  }

  fs::path resolve(const toml::node& node, std::string_view name) const {
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty()) wrong(&node, fmt::format("{} must be a path that is not empty", name));
    return home_.folder / *text;  // an absolute path stands for itself
  }

  fs::path path(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) wrong(&table, fmt::format("{} is missing", key));
    return resolve(*node, key);
  }

  std::string text(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    const auto text = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (!text || text->empty()) wrong(node == nullptr ? &table : node, fmt::format("{} is missing or empty", key));
    return *text;
  }

  fs::path existing(const toml::table& table, std::string_view key) const {
    fs::path found = path(table, key);
    std::error_code error;
    if (!fs::exists(found, error))
      wrong(table.get(key), fmt::format("{} names {}, which is not there", key, found.string()));
    return found;
  }

  const toml::table& whole() const { return table_; }

 private:
  const Home& home_;
  std::string file_;
  toml::table table_;
};

std::vector<fs::path> read_anchors(const SettingsFile& file) {
  const toml::table& trust = file.section("trust");
  file.only(trust, {"csca", "cvca"});
  const toml::array* list = trust["csca"].as_array();
  if (list == nullptr) file.wrong(&trust, "csca must be a list of certificate files");
  std::vector<fs::path> anchors;
  for (const toml::node& node : *list) {
    anchors.push_back(file.resolve(node, "csca"));
    std::error_code error;
    if (!fs::exists(anchors.back(), error)) file.wrong(&node, fmt::format("{} is not there", anchors.back().string()));
  }
  return anchors;
}

std::string full(const fs::path& path) {
  return fs::absolute(path).lexically_normal().string();
}

void write_settings(const Home& home, const Settings& settings, std::size_t anchors) {
  toml::array csca;
  for (std::size_t i = 1; i <= anchors; ++i) csca.push_back(fmt::format("trust/csca-{}.cer", i));
  toml::table trust{{"csca", csca}};
  if (!settings.cvca.empty()) trust.insert("cvca", "trust/cvca.cvcert");
  toml::table file{{"version", 1}, {"trust", trust}};
  if (!settings.registry.url.empty()) {
    file.insert("registry", toml::table{{"url", settings.registry.url},
                                        {"certificate", "tls/tls.pem"},
                                        {"key", "tls/tls.key"},
                                        {"ca", "tls/ca.pem"}});
  }
  if (!settings.signer_socket.empty()) file.insert("signer", toml::table{{"socket", full(settings.signer_socket)}});
  std::ostringstream text;
  text << "# Settings of this station; docs/formats/station-directory.md says what each means.\n" << file << "\n";
  base::write_new_file(home.settings(), base::view_of(text.str()), "writing the station's settings");
}

// The identity for the registry, into the station's own directory; refused when the station's password does not open
// it.
void copy_tls(const Home& home, const RegistryAccess& registry, const base::Secret& password) {
  constexpr std::string_view doing = "taking over the station's TLS identity";
  if (registry.url.empty()) return;
  net::TlsIdentity::from_files(registry.certificate, registry.key, password);
  net::TlsAuthorities::from_file(registry.ca);
  const auto copy = [&](const fs::path& from, const char* name, base::Access access) {
    base::write_new_file(home.tls() / name, base::read_file(from, doing), doing, access);
  };
  copy(registry.certificate, "tls.pem", base::Access::Everyone);
  copy(registry.key, "tls.key", base::Access::OwnerOnly);
  copy(registry.ca, "ca.pem", base::Access::Everyone);
}

void make_key(const fs::path& secret, const fs::path& open, const base::Secret& password, base::Random& random) {
  keystore::generate_into_file(keystore::Curve::P256, secret, password, random);
  base::write_new_file(open, keystore::load_file(secret, password)->public_key_named(), "writing a public key");
}

void copy_trusted(const Home& home, const NewStation& wanted) {
  std::size_t number = 0;
  for (const fs::path& file : wanted.settings.csca) {
    const base::Bytes certificate = base::read_file(file, "reading a CSCA certificate to trust");
    trust::TrustStore{}.add_anchor(certificate, file.string());  // throws when it is none
    base::write_new_file(home.folder / "trust" / fmt::format("csca-{}.cer", ++number), certificate,
                         "copying a CSCA certificate");
  }
  if (!wanted.settings.cvca.empty()) {
    base::write_new_file(home.folder / "trust" / "cvca.cvcert", read_trust_point(wanted.settings.cvca),
                         "copying a CVCA certificate");
  }
  if (wanted.registry_key.empty()) return;
  base::write_new_file(home.registry_public(),
                       base::read_file(wanted.registry_key, "reading the registry's public key"),
                       "copying the registry's public key");
}

}  // namespace

base::Bytes read_trust_point(const fs::path& file) {
  constexpr std::string_view doing = "reading the CVCA certificate that chips are to trust";
  base::Bytes certificate = base::read_file(file, doing, 65536);
  const auto refuse = [&](std::string_view why) {
    throw base::Error(base::Fault::FixConfiguration, std::string(doing), fmt::format("{}: {}", file.string(), why));
  };
  try {
    const cvc::format::Body body = cvc::format::parse_certificate(certificate).body;
    if (body.chat.role() != cvc::format::Role::Cvca || body.authority != body.holder) {
      refuse("it is not the certificate that a CVCA gave itself");
    }
  } catch (const asn1::Malformed& error) {
    refuse(fmt::format("it is no CV certificate ({})", error.what()));
  }
  return certificate;
}

Settings read_settings(const Home& home) {
  const SettingsFile file(home);
  file.only(file.whole(), {"version", "registry", "signer", "trust", "production"});
  if (file.whole()["version"].value_exact<std::int64_t>() != 1)
    file.wrong(file.whole().get("version"), "version must be 1");
  Settings settings;
  if (file.whole().contains("registry")) {
    const toml::table& registry = file.section("registry");
    file.only(registry, {"url", "certificate", "key", "ca"});
    settings.registry = {.url = file.text(registry, "url"),
                         .certificate = file.existing(registry, "certificate"),
                         .key = file.existing(registry, "key"),
                         .ca = file.existing(registry, "ca")};
  }
  if (file.whole().contains("signer")) {
    const toml::table& signer = file.section("signer");
    file.only(signer, {"socket"});
    settings.signer_socket = file.path(signer, "socket");  // may appear later: the signer makes it
  }
  settings.csca = read_anchors(file);
  if (const toml::table& trust = file.section("trust"); trust.contains("cvca")) {
    settings.cvca = file.existing(trust, "cvca");
  }
  if (file.whole().contains("production")) {
    const toml::table& production = file.section("production");
    file.only(production, {"layout", "child_layout", "profile"});
    if (production.contains("layout")) settings.layout = file.existing(production, "layout");
    if (production.contains("child_layout")) settings.child_layout = file.existing(production, "child_layout");
    if (production.contains("profile")) settings.profile = file.existing(production, "profile");
  }
  return settings;
}

void make_station(const Home& home, const NewStation& wanted, const base::Secret& password, base::Random& random,
                  const base::Clock& clock) {
  constexpr std::string_view doing = "making a station";
  std::error_code error;
  if (fs::exists(home.folder, error) && !fs::is_empty(home.folder, error)) {
    throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                      fmt::format("{} is there and not empty; nothing was changed", home.folder.string()));
  }
  const fs::perms owner = fs::perms::owner_all;
  for (const fs::path& folder :
       {home.folder, home.keys(), home.keys() / "officers", home.tls(), home.folder / "trust", home.folder / "work"}) {
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, owner, error);
    if (error) {
      throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                        fmt::format("{} cannot be made: {}", folder.string(), error.message()));
    }
  }
  copy_trusted(home, wanted);
  copy_tls(home, wanted.settings.registry, password);
  make_key(home.statement_key(), home.statement_public(), password, random);
  make_key(home.log_key(), home.log_public(), password, random);
  write_settings(home, wanted.settings, wanted.settings.csca.size());
  db::Connection store = db::Connection::open(home.database(), db::Mode::Create);
  cases::CaseStore::migrate(store, clock);
  cases::Journal(store, nullptr, clock, cases::CaseTable::shipped()).post("station.made", nlohmann::json::object());
}

}  // namespace station
