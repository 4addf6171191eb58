#include "issuance/registry/home.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <toml++/toml.h>
#include <system_error>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"

namespace registry {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::string_view kSettings =
    "# cccd-registry: settings of this register (man cccd-registry)\n"
    "format = 1\n"
    "answer_key = \"registry.key\"  # encrypted PKCS#8, relative to this folder\n";

[[noreturn]] void refuse(const std::filesystem::path& file, const toml::source_region& where, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading the register's settings",
                    fmt::format("{}:{}: {}", file.string(), where.begin.line, seen));
}

TlsFiles read_tls(const std::filesystem::path& file, const toml::node& node) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) refuse(file, node.source(), "[tls] must be a table");
  TlsFiles tls;
  for (const auto& [name, entry] : *table) {
    const auto path = entry.value_exact<std::string>();
    if (!path || path->empty()) refuse(file, entry.source(), fmt::format("{} must be the name of a file", name.str()));
    if (name == "certificate") {
      tls.certificate = *path;
    } else if (name == "key") {
      tls.key = *path;
    } else if (name == "client_ca") {
      tls.client_ca = *path;
    } else {
      refuse(file, entry.source(), fmt::format("{} is no setting of [tls]", name.str()));
    }
  }
  return tls;
}

}  // namespace

Home Home::create(const std::filesystem::path& folder, const base::Clock& clock, const NewPlace& made) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || ::chmod(folder.c_str(), 0700) != 0) {
    throw base::Error(
        base::Fault::FixConfiguration, "making a population register",
        fmt::format("{}: {}", folder.string(), error ? error.message() : "its mode cannot be set to 0700"));
  }
  make_store(folder, made, clock);
  base::write_new_file(folder / "registry.toml", base::view_of(std::string(kSettings) + settings_of(made.place)),
                       "making a population register");
  return open(folder);
}

Home Home::open(const std::filesystem::path& folder) {
  const auto file = folder / "registry.toml";
  const std::string text =
      base::read_text_file(file, "reading the register's settings (cccd-registry init makes them)");
  Home home(folder);
  try {
    const toml::table table = toml::parse(text);
    for (const auto& [name, node] : table) {
      if (name == "format") {
        if (node.value<std::int64_t>() != kFormat) refuse(file, node.source(), "format must be 1 for this release");
      } else if (name == "answer_key") {
        const auto path = node.value<std::string>();
        if (!node.is_string() || path->empty()) refuse(file, node.source(), "answer_key must be the name of a file");
        home.key_file_ = *path;
      } else if (name == "tls") {
        home.tls_ = read_tls(file, node);
      } else if (name == "store") {
        const auto url = node.value_exact<std::string>();
        if (!url || url->empty())
          refuse(file, node.source(), "store must be a URL (postgresql://user@host:port/database)");
        home.place_.url = *url;
      } else if (name == "store_password_file") {
        const auto path = node.value_exact<std::string>();
        if (!path || path->empty()) refuse(file, node.source(), "store_password_file must be the name of a file");
        home.place_.password_file = *path;
      } else {
        refuse(file, node.source(), fmt::format("{} is no setting of a register", name.str()));
      }
    }
    if (!table.contains("format")) refuse(file, table.source(), "format is missing");
  } catch (const toml::parse_error& error) {
    refuse(file, error.source(), error.description());
  }
  return home;
}

Store Home::store(const base::Clock& clock, db::Mode mode) const {
  Store store = open_store(folder_, place_, clock, mode);
  store.believe(officers_file());
  return store;
}

TlsFiles Home::tls() const {
  return {folder_ / tls_.certificate, folder_ / tls_.key, folder_ / tls_.client_ca};
}

std::string Home::make_answer_key(const base::Secret& password, base::Random& random) const {
  keystore::generate_into_file(keystore::Curve::P256, folder_ / key_file_, password, random);
  const base::Bytes spki = answer_key(password)->public_key_named();
  base::write_file(public_key_file(), spki, "writing the register's public key");
  return evidence::key_id(spki);
}

std::unique_ptr<keystore::SigningKey> Home::answer_key(const base::Secret& password) const {
  const auto file = folder_ / key_file_;
  if (!std::filesystem::exists(file)) {
    throw base::Error(base::Fault::FixConfiguration, "opening the register's answer key",
                      fmt::format("{} is not there; cccd-registry key makes it", file.string()));
  }
  return keystore::load_file(file, password);
}

}  // namespace registry
