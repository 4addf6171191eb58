#include "pki/admin/plan_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/base/core/error.h"
#include "pki/pkcs11/address.h"
#include "pki/x509/issue/crl.h"

namespace admin {

namespace {

using strict_toml::Table;
using x509::issue::Kind;
using Do = Step::Do;
namespace fs = std::filesystem;

struct Deed {
  Do what;
  Kind kind = Kind::Csca;
};
constexpr std::array<std::pair<std::string_view, Deed>, 12> kDeeds{
    {{"authority", {Do::Authority}},
     {"csca", {Do::Csca}},
     {"ds", {Do::Certificate, Kind::DocumentSigner}},
     {"master-list-signer", {Do::Certificate, Kind::MasterListSigner}},
     {"seal-signer", {Do::Certificate, Kind::SealSigner}},
     {"cvca", {Do::Cvca}},
     {"dv", {Do::Dv}},
     {"is", {Do::Is}},
     {"master-list", {Do::MasterList}},
     {"crl", {Do::Crl}},
     {"request", {Do::Request}},
     {"accept", {Do::Accept}}}};

// A file that the step makes: a plain way below the output folder.
fs::path output(const Table& table, std::string_view key, const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  const bool inside = path.is_relative() && !path.empty() && *path.begin() != ".." && path.has_filename() &&
                      path.filename() != "." && !text.starts_with("-");
  if (!inside) table.refuse(key, fmt::format("{} must be a file below the output folder", key));
  return path;
}

fs::path output(const Table& table, std::string_view key) {
  return output(table, key, table.text(key));
}

void check_token_address(const Table& table, const std::string& text, bool made) {
  try {
    const pkcs11::Address address = pkcs11::parse_key_address(text);
    if (made) pkcs11::require_label(address.object);
  } catch (const base::Error& error) {
    table.refuse("key", fmt::format("step {}: {} ({})", table.text("name"), error.seen(), text));
  }
}

PlannedKey read_key(const Table& table, const Plan& plan, bool made) {
  PlannedKey key{table.text("key"), std::nullopt, plan.folder / table.text("password_file")};
  if (key.in_token()) check_token_address(table, key.address, made);
  if (!made) {
    if (!key.in_token()) key.address = (plan.folder / key.address).string();
    return key;
  }
  key.kind = keystore::kind_from_name(table.text("algorithm"));
  if (!key.kind) table.refuse("algorithm", "algorithm must be a curve or RSA-3072, RSA-4096 (docs/formats/keys.md)");
  if (!key.in_token()) key.address = output(table, "key", key.address).string();
  return key;
}

// The earlier step called `key` says, which has to be one of `allowed`.
const Step& earlier(const Table& table, std::string_view key, const std::string& name, const Plan& plan,
                    std::initializer_list<Do> allowed) {
  const auto found = std::ranges::find(plan.steps, name, &Step::name);
  if (found == plan.steps.end()) table.refuse(key, fmt::format("no earlier step is called '{}'", name));
  if (std::ranges::find(allowed, found->what) == allowed.end()) {
    table.refuse(key, fmt::format("step '{}' cannot do this", name));
  }
  return *found;
}

void read_subject(const Table& table, Step& step) {
  const auto text = table.maybe_text("subject");
  if (!text) return;
  step.subject = x509::format::name_from_text(*text);
  if (!step.subject) table.refuse("subject", "subject must be a name like C=VN,O=TEST,CN=Test CSCA");
}

void read_csca(const Table& table, const Plan& plan, Step& step) {
  step.key = read_key(table, plan, true);
  step.certificate = output(table, "certificate");
  read_subject(table, step);
  if (const auto before = table.maybe_text("successor_of")) {
    step.issuer = earlier(table, "successor_of", *before, plan, {Do::Authority, Do::Csca}).name;
    step.link = output(table, "link");
  } else {
    step.book = output(table, "book");
  }
}

void read_authority(const Table& table, const Plan& plan, Step& step) {
  step.key = read_key(table, plan, false);
  step.certificate = plan.folder / table.text("certificate");
  step.book = plan.folder / table.text("book");
}

// A file beside the plan that another machine made; the plan names the very one.
CarriedFile read_carried(const Table& table, const Plan& plan, const std::string& key) {
  const std::string hash_key = key + "_sha256";
  CarriedFile carried{plan.folder / table.text(key), {}};
  const auto hash = base::parse_hex(table.text(hash_key));
  constexpr std::size_t kSha256Size = 32;
  if (!hash || hash->size() != kSha256Size)
    table.refuse(hash_key, fmt::format("{} must be 64 hexadecimal digits", hash_key));
  carried.sha256 = base::to_hex(*hash);
  return carried;
}

void read_certificate_step(const Table& table, const Plan& plan, Step& step) {
  step.issuer = earlier(table, "issuer", table.text("issuer"), plan, {Do::Authority, Do::Csca}).name;
  step.certificate = output(table, "certificate");
  read_subject(table, step);
  if (table.has("request")) {
    step.carried = read_carried(table, plan, "request");
    return;
  }
  step.key = read_key(table, plan, true);
  if (step.kind == Kind::SealSigner && keystore::is_rsa(*step.key->kind)) {
    table.refuse("algorithm", "a seal signer's key is for ECDSA (9303-12 §4.1.8)");
  }
}

// TR-03110-3 C: the days are those of 9303-12 Table 2, and no right is wider than the issuer's.
void read_card_verifiable(const Table& table, const Plan& plan, Step& step) {
  step.key = read_key(table, plan, true);
  step.certificate = output(table, "certificate");
  step.reference = table.text("reference");
  constexpr int kThreeYears = 1096, kThreeMonths = 93, kMonth = 31;
  step.days = static_cast<int>(table.number("days", 1,
                                            step.what == Do::Cvca ? kThreeYears
                                            : step.what == Do::Dv ? kThreeMonths
                                                                  : kMonth));
  if (step.what == Do::Cvca) {
    step.book = output(table, "book");
    return;
  }
  const Do above = step.what == Do::Dv ? Do::Cvca : Do::Dv;
  const Step& issuer = earlier(table, "issuer", table.text("issuer"), plan, {above});
  step.issuer = issuer.name;
  step.foreign = step.what == Do::Dv && table.flag("foreign");
  step.rights = table.text("rights");
  constexpr std::array<std::string_view, 3> kRights{"fingers", "iris", "fingers+iris"};
  if (std::ranges::find(kRights, step.rights) == kRights.end()) {
    table.refuse("rights", fmt::format("rights are one of {}", fmt::join(kRights, ", ")));
  }
  if (!issuer.rights.empty() && issuer.rights.find(step.rights) == std::string::npos) {
    table.refuse("rights", fmt::format("{} has the rights {} and cannot give more", issuer.name, issuer.rights));
  }
  if (step.key->kind != issuer.key->kind) {
    table.refuse("algorithm", "a chain of card-verifiable certificates has one algorithm (9303-12 §4.2.1)");
  }
}

void read_master_list(const Table& table, const Plan& plan, Step& step) {
  const Step& signer = earlier(table, "issuer", table.text("issuer"), plan, {Do::Certificate});
  if (signer.kind != Kind::MasterListSigner || !signer.key) {
    table.refuse("issuer", fmt::format("step '{}' is no master list signer with a key", signer.name));
  }
  step.issuer = signer.name;
  step.certificate = output(table, "list");
  for (const std::string& name : table.texts("of")) {
    step.of.push_back(earlier(table, "of", name, plan, {Do::Authority, Do::Csca}).name);
  }
}

void read_crl(const Table& table, const Plan& plan, Step& step) {
  step.issuer = earlier(table, "issuer", table.text("issuer"), plan, {Do::Authority, Do::Csca}).name;
  step.certificate = output(table, "list");
  step.days = static_cast<int>(table.number("days", 2, x509::issue::kLongestCrl.count()));
}

void read_request(const Table& table, const Plan& plan, Step& step) {
  step.key = read_key(table, plan, true);
  read_subject(table, step);
  if (!step.subject) table.refuse("subject", "a request names who asks: subject is missing");
  step.request = output(table, "request");
}

void read_accept(const Table& table, const Plan& plan, Step& step) {
  step.key = read_key(table, plan, false);
  step.carried = read_carried(table, plan, "received");
  step.csca = plan.folder / table.text("csca");
  step.certificate = output(table, "certificate");
}

}  // namespace

std::string plan_name(const Table& table) {
  constexpr std::size_t kLongest = 40;
  std::string name = table.text("name");
  const bool plain = name.size() <= kLongest && std::ranges::all_of(name, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                     });
  if (!plain) table.refuse("name", "a name has 1 to 40 of a-z, 0-9 and -");
  return name;
}

Step read_step(const Table& table, const Plan& plan) {
  const Deed deed = table.word<Deed>("do", kDeeds);
  Step step;
  step.what = deed.what;
  step.kind = deed.kind;
  step.name = plan_name(table);
  step.line = table.line();
  switch (deed.what) {
    case Do::Authority:
      read_authority(table, plan, step);
      break;
    case Do::Csca:
      read_csca(table, plan, step);
      break;
    case Do::Certificate:
      read_certificate_step(table, plan, step);
      break;
    case Do::Cvca:
    case Do::Dv:
    case Do::Is:
      read_card_verifiable(table, plan, step);
      break;
    case Do::MasterList:
      read_master_list(table, plan, step);
      break;
    case Do::Crl:
      read_crl(table, plan, step);
      break;
    case Do::Request:
      read_request(table, plan, step);
      break;
    case Do::Accept:
      read_accept(table, plan, step);
      break;
  }
  return step;
}

}  // namespace admin
