#include "issuance/signing/trust_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "issuance/signing/toml_file.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/citizen_number.h"

namespace signing {

namespace {

constexpr std::string_view kDoing = "reading the trust directory";
constexpr std::size_t kLongestName = 64;

[[noreturn]] void refuse(const std::string& where, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}: {}", where, seen));
}

// Person ids and accounts: visible ASCII without anything that two people could read differently.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == '@';
  });
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

TrustEntry parse_entry(const TomlFile& toml, const toml::table& table, TrustKind kind) {
  const bool officer = kind == TrustKind::Officer;
  if (officer) {
    toml.only(table, {"key", "public_key", "subject", "added", "person", "account"});
  } else {
    toml.only(table, {"key", "public_key", "subject", "added"});
  }
  const auto key = base::parse_base64url(toml.text(table, "public_key"));
  const auto added = base::parse_rfc3339(toml.text(table, "added"));
  if (!key || !crypto::openssl::is_statement_key(*key)) toml.refuse(table, "'public_key' is no P-256 public key");
  if (!added) toml.refuse(table, "'added' is no time of the form 2026-11-23T13:48:02Z");
  TrustEntry entry{.kind = kind,
                   .key_id = toml.text(table, "key"),
                   .public_key = *key,
                   .person = officer ? toml.text(table, "person") : std::string{},
                   .account = officer ? toml.text(table, "account") : std::string{},
                   .subject = toml.text(table, "subject"),
                   .added_at = *added};
  if (entry.key_id != evidence::key_id(entry.public_key)) toml.refuse(table, "'key' is not the id of 'public_key'");
  return entry;
}

// A TOML basic string (TOML 1.0 "String").
std::string toml_string(std::string_view text) {
  std::ostringstream out;
  out << toml::value<std::string>(std::string(text));
  return out.str();
}

}  // namespace

std::string_view kind_name(TrustKind kind) {
  switch (kind) {
    case TrustKind::Officer:
      return "officer";
    case TrustKind::Registry:
      return "registry";
    case TrustKind::Station:
      return "station";
  }
  return "station";
}

void add_entry(std::vector<TrustEntry>& entries, TrustEntry entry, const std::string& where) {
  if (entry.kind == TrustKind::Officer && (!is_name(entry.person) || !is_name(entry.account))) {
    refuse(where, "a person id and an account are 1 to 64 letters, digits, '-', '_', '.' or '@'");
  }
  // Both go into the log and into what is shown.
  if (document::CitizenNumber::parse(entry.person) || document::CitizenNumber::parse(entry.account)) {
    refuse(where, "a person id or an account is never a citizen number; use the officer's service number");
  }
  for (const TrustEntry& other : entries) {
    if (other.key_id == entry.key_id) {
      refuse(where, fmt::format("the key {} is trusted already, as {}; a key has one meaning", entry.key_id,
                                kind_name(other.kind)));
    }
    if (entry.kind != TrustKind::Officer || other.kind != TrustKind::Officer) continue;
    if (lower(other.account) == lower(entry.account)) {
      refuse(where, fmt::format("the account {} has a key already; remove that one first", entry.account));
    }
    if (other.person != entry.person && lower(other.person) == lower(entry.person)) {
      refuse(where, fmt::format("the person ids {} and {} differ in case only; write one person one way", other.person,
                                entry.person));
    }
  }
  entries.push_back(std::move(entry));
}

std::vector<TrustEntry> read_trust(const std::filesystem::path& file) {
  const TomlFile toml(file, std::string(kDoing));
  toml.only(toml.root(), {"officer", "registry", "station"});
  std::vector<TrustEntry> entries;
  for (const TrustKind kind : {TrustKind::Officer, TrustKind::Registry, TrustKind::Station}) {
    const toml::node* const node = toml.root().get(kind_name(kind));
    if (node == nullptr) continue;
    const toml::array* const list = node->as_array();
    if (list == nullptr) toml.refuse(*node, fmt::format("write entries as [[{}]]", kind_name(kind)));
    for (const toml::node& item : *list) {
      const toml::table* const table = item.as_table();
      if (table == nullptr) toml.refuse(item, fmt::format("write entries as [[{}]]", kind_name(kind)));
      add_entry(entries, parse_entry(toml, *table, kind),
                fmt::format("{}:{}", file.string(), table->source().begin.line));
    }
  }
  return entries;
}

void write_trust(const std::filesystem::path& file, const std::vector<TrustEntry>& entries) {
  std::string text =
      "# Whom cccd-signer believes. Written by `cccd-signer trust add` and `trust remove`\n"
      "# (docs/formats/trust-directory.md).\n";
  for (const TrustEntry& entry : entries) {
    text += fmt::format("\n[[{}]]\nkey = {}\n", kind_name(entry.kind), toml_string(entry.key_id));
    if (entry.kind == TrustKind::Officer) {
      text += fmt::format("person = {}\naccount = {}\n", toml_string(entry.person), toml_string(entry.account));
    }
    text +=
        fmt::format("subject = {}\nadded = {}\npublic_key = {}\n", toml_string(entry.subject),
                    toml_string(base::to_rfc3339(entry.added_at)), toml_string(base::to_base64url(entry.public_key)));
  }
  base::write_text_file(file, text, "writing the trust directory", base::Access::OwnerOnly);
}

TrustEntry entry_from_file(TrustKind kind, const std::filesystem::path& key_file, base::Moment now) {
  const auto carried = crypto::openssl::read_public_key(base::read_file(key_file, kDoing));
  if (!carried || !crypto::openssl::is_statement_key(carried->public_key)) {
    refuse(key_file.string(), "holds no P-256 public key; a certificate or a public key is needed, DER or PEM");
  }
  return {.kind = kind,
          .key_id = evidence::key_id(carried->public_key),
          .public_key = carried->public_key,
          .person = {},
          .account = {},
          .subject = carried->subject,
          .added_at = now};
}

TrustDirectory::TrustDirectory(const std::vector<TrustEntry>& entries) {
  for (const TrustEntry& entry : entries) {
    if (entry.kind == TrustKind::Officer) officers_.add({entry.person, entry.account, entry.public_key});
    if (entry.kind == TrustKind::Registry) registries_.emplace(entry.key_id, entry.public_key);
    if (entry.kind == TrustKind::Station) stations_.emplace(entry.key_id, entry.public_key);
  }
}

const base::Bytes* TrustDirectory::registry(const std::string& key_id) const {
  const auto found = registries_.find(key_id);
  return found == registries_.end() ? nullptr : &found->second;
}

const base::Bytes* TrustDirectory::station(const std::string& key_id) const {
  const auto found = stations_.find(key_id);
  return found == stations_.end() ? nullptr : &found->second;
}

bool TrustFile::refresh() {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0) refuse(file_.string(), "is not there; cccd-signer init makes it");
  const Stamp now{.device = info.st_dev,
                  .inode = info.st_ino,
                  .seconds = info.st_mtim.tv_sec,
                  .nanoseconds = info.st_mtim.tv_nsec,
                  .size = info.st_size};
  if (now == stamp_) return false;
  current_ = TrustDirectory(read_trust(file_));
  sha256_ = evidence::sha256_bytes(base::read_file(file_, kDoing));
  stamp_ = now;
  return true;
}

}  // namespace signing
