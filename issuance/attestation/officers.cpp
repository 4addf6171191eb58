#include "issuance/attestation/officers.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "issuance/attestation/strict_toml.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/citizen_number.h"

namespace attestation {

namespace {

constexpr std::string_view kDoing = "reading the register's officers";
constexpr std::size_t kLongestName = 64;

[[noreturn]] void refuse(const std::string& where, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}: {}", where, seen));
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string toml_string(std::string_view text) {
  std::ostringstream out;
  out << toml::value<std::string>(std::string(text));
  return out.str();
}

Officer parse_officer(const StrictToml& toml, const toml::table& table) {
  toml.only(table, {"person", "account", "office", "force", "key", "public_key", "since", "until"});
  auto key = base::parse_base64url(toml.text(table, "public_key"));
  if (!key || !crypto::openssl::is_statement_key(*key)) toml.refuse(table, "'public_key' is no P-256 public key");
  if (toml.text(table, "key") != evidence::key_id(*key)) toml.refuse(table, "'key' is not the id of 'public_key'");
  return {.person = toml.text(table, "person"),
          .account = toml.text(table, "account"),
          .office = toml.text(table, "office"),
          .force = toml.text(table, "force"),
          .public_key = std::move(*key),
          .since = toml.day(table, "since"),
          .until = toml.maybe_day(table, "until")};
}

}  // namespace

bool is_force(std::string_view text) {
  return std::ranges::find(kForces, text) != kForces.end();
}

bool is_name(std::string_view text) {
  const bool plain = !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == '@';
  });
  return plain && !document::CitizenNumber::parse(text);
}

void OfficerBook::add(Officer officer, const std::string& where) {
  if (!is_name(officer.person) || !is_name(officer.account) || !is_name(officer.office)) {
    refuse(where,
           "a person id, an account and an office are 1 to 64 letters, digits, '-', '_', '.' or '@', and never a "
           "citizen number");
  }
  if (!is_force(officer.force)) refuse(where, fmt::format("'{}' is no force", officer.force));
  if (officer.until && *officer.until < officer.since) refuse(where, "the last day stands before the first");
  for (const Officer& other : officers_) {
    if (other.public_key == officer.public_key) refuse(where, "the key is in the book already; a key has one meaning");
    if (lower(other.account) == lower(officer.account)) {
      refuse(where,
             fmt::format("the account {} has a key already; a new office or key is a new account", officer.account));
    }
    if (other.person != officer.person && lower(other.person) == lower(officer.person)) {
      refuse(where, fmt::format("the person ids {} and {} differ in case only; write one person one way", other.person,
                                officer.person));
    }
  }
  by_key_.emplace(evidence::key_id(officer.public_key), officers_.size());
  officers_.push_back(std::move(officer));
}

bool OfficerBook::end(const std::string& account, base::Date until) {
  const auto found = std::ranges::find_if(officers_, [&](const Officer& o) { return o.account == account; });
  if (found == officers_.end() || until < found->since) return false;
  found->until = until;
  return true;
}

const Officer* OfficerBook::by_key(const std::string& key_id) const {
  const auto found = by_key_.find(key_id);
  return found == by_key_.end() ? nullptr : &officers_[found->second];
}

const Officer* OfficerBook::by_account(const std::string& account) const {
  const auto found = std::ranges::find_if(officers_, [&](const Officer& o) { return o.account == account; });
  return found == officers_.end() ? nullptr : &*found;
}

OfficerBook OfficerBook::read(const std::filesystem::path& file) {
  OfficerBook book;
  if (!std::filesystem::exists(file)) return book;
  const StrictToml toml(base::read_text_file(file, std::string(kDoing)), file.string(), std::string(kDoing));
  toml.only(toml.root(), {"officer"});
  for (const toml::table* const table : toml.tables("officer")) {
    book.add(parse_officer(toml, *table), fmt::format("{}:{}", file.string(), table->source().begin.line));
  }
  return book;
}

void OfficerBook::write(const std::filesystem::path& file) const {
  std::string text =
      "# Whose confirmations this register believes. Written by `cccd-registry officer add` and `officer end`\n"
      "# (docs/formats/attestation.md).\n";
  for (const Officer& officer : officers_) {
    text += fmt::format("\n[[officer]]\nperson = {}\naccount = {}\noffice = {}\nforce = {}\nsince = {}\n",
                        toml_string(officer.person), toml_string(officer.account), toml_string(officer.office),
                        toml_string(officer.force), base::to_iso(officer.since));
    if (officer.until) text += fmt::format("until = {}\n", base::to_iso(*officer.until));
    text += fmt::format("key = {}\npublic_key = {}\n", toml_string(evidence::key_id(officer.public_key)),
                        toml_string(base::to_base64url(officer.public_key)));
  }
  base::write_text_file(file, text, "writing the register's officers", base::Access::OwnerOnly);
}

base::Bytes officer_key_from_file(const std::filesystem::path& file) {
  const auto carried = crypto::openssl::read_public_key(base::read_file(file, std::string(kDoing)));
  if (!carried || !crypto::openssl::is_statement_key(carried->public_key)) {
    refuse(file.string(), "holds no P-256 public key; a certificate or a public key is needed, DER or PEM");
  }
  return carried->public_key;
}

}  // namespace attestation
