#include "pki/admin/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "pki/admin/plan_steps.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/pkcs11/address.h"

namespace admin {

namespace {

using strict_toml::Table;
namespace fs = std::filesystem;

constexpr std::string_view kDoing = "reading the ceremony's plan";
constexpr int kMostCustodians = 16;

Custodian read_custodian(const Table& table, const Plan& plan) {
  Custodian custodian{.name = plan_name(table), .organisation = table.text("organisation")};
  if (custodian.organisation != plan.key_keeper) {
    table.refuse("organisation",
                 fmt::format("custodian {} is not of the key keeper, {}", custodian.name, plan.key_keeper));
  }
  custodian.file = plan.folder / table.text("certificate");
  if (!fs::exists(custodian.file)) table.refuse("certificate", fmt::format("{} is not there", custodian.file.string()));
  custodian.certificate = base::read_file(custodian.file, kDoing, 1U << 16);
  const auto carried = crypto::openssl::read_public_key(custodian.certificate);
  if (!carried || !crypto::openssl::is_statement_key(carried->public_key)) {
    table.refuse("certificate", fmt::format("{} holds no P-256 key", custodian.file.string()));
  }
  custodian.public_key = carried->public_key;
  const bool twice = std::ranges::any_of(plan.custodians, [&](const Custodian& other) {
    return other.name == custodian.name || other.public_key == custodian.public_key;
  });
  if (twice) table.refuse(fmt::format("custodian {} stands twice, by name or by key", custodian.name));
  return custodian;
}

// Another organisation keeps the key than issues the cards, and no custodian acts alone.
void read_roles(const Table& roles, Plan& plan) {
  plan.key_keeper = roles.text("key_keeper");
  plan.card_issuer = roles.text("card_issuer");
  if (plan.key_keeper == plan.card_issuer) {
    roles.refuse("card_issuer", "card_issuer must be another organisation than key_keeper");
  }
  plan.witnesses = roles.maybe_texts("witnesses");
  for (const Table& table : roles.tables("custodian")) plan.custodians.push_back(read_custodian(table, plan));
  plan.quorum = static_cast<int>(roles.number("quorum", 2, kMostCustodians));
  if (plan.custodians.size() < static_cast<std::size_t>(plan.quorum) || plan.custodians.size() > kMostCustodians) {
    roles.refuse("quorum", fmt::format("a quorum of {} needs as many custodians, and there are {}", plan.quorum,
                                       plan.custodians.size()));
  }
}

void read_ceremony(const Table& table, Plan& plan) {
  plan.name = plan_name(table);
  plan.purpose = table.text("purpose");
  plan.not_before = table.moment("not_before");
  plan.not_after = table.moment("not_after");
  if (plan.not_after <= plan.not_before) table.refuse("not_after", "not_after must come after not_before");
  if (const auto profile = table.maybe_text("profile")) plan.profile = plan.folder / *profile;
}

// One of them is the other, or is to be a folder on its way.
bool collide(const fs::path& one, const fs::path& other) {
  const auto [in_one, in_other] = std::ranges::mismatch(one, other);
  return in_one == one.end() || in_other == other.end();
}

bool same_token_key(const PlannedKey& one, const PlannedKey& other) {
  if (!one.in_token() || !other.in_token()) return false;
  const auto a = pkcs11::parse_key_address(one.address), b = pkcs11::parse_key_address(other.address);
  return a.token == b.token && a.object == b.object;
}

// Names, files and keys in a token are used once.
void check_unique(const Table& at, const Plan& plan, const Step& step) {
  std::vector<fs::path> made{kMinutesFile, kMinutesText, kJournalFile};
  for (const Step& earlier : plan.steps) {
    if (earlier.name == step.name) at.refuse("name", fmt::format("step {} stands twice", step.name));
    std::ranges::copy(earlier.makes(), std::back_inserter(made));
    const bool both = step.key && earlier.key && (step.key->kind || earlier.key->kind);
    if (both && same_token_key(*step.key, *earlier.key)) {
      at.refuse("key",
                fmt::format("step {}: {} is the key of step {} too", step.name, step.key->address, earlier.name));
    }
  }
  for (const fs::path& file : step.makes()) {
    const auto other = std::ranges::find_if(made, [&](const fs::path& one) { return collide(one, file); });
    if (other != made.end() && *other == file) {
      at.refuse(fmt::format("step {}: {} would be written twice", step.name, file.string()));
    } else if (other != made.end()) {
      at.refuse(fmt::format("step {}: {} and {} cannot both be files", step.name, other->string(), file.string()));
    }
    made.push_back(file);
  }
}

}  // namespace

std::vector<fs::path> Step::makes() const {
  std::vector<fs::path> files;
  if (what == Do::Authority) return files;
  if (key && key->kind && !key->in_token()) files.emplace_back(key->address);
  if (!request.empty()) files.push_back(request);
  if (!certificate.empty()) files.push_back(certificate);
  if (!link.empty()) files.push_back(link);
  if (!book.empty()) files.push_back(book);
  return files;
}

const Step& Plan::step(std::string_view wanted) const {
  const auto found = std::ranges::find(steps, wanted, &Step::name);
  base::ensure(found != steps.end(), "a step that is named is in the plan");
  return *found;
}

const ReadFile& Plan::read(std::string_view what, std::string_view wanted) const {
  const auto found =
      std::ranges::find_if(reads, [&](const ReadFile& one) { return one.what == what && one.name == wanted; });
  base::ensure(found != reads.end(), "what a step reads was read with the plan");
  return *found;
}

Plan read_plan(const fs::path& file) {
  const std::string text = base::read_text_file(file, kDoing);
  Plan plan = strict_toml::read(text, file.string(), kDoing, [&](const Table& whole) {
    Plan read;
    read.folder = file.parent_path();
    read_ceremony(whole.table("ceremony"), read);
    read_roles(whole.table("roles"), read);
    for (const Table& table : whole.tables("step")) {
      Step step = read_step(table, read);
      check_unique(table, read, step);
      read.steps.push_back(std::move(step));
    }
    if (read.steps.empty()) whole.refuse("a plan has at least one [[step]]");
    return read;
  });
  plan.sha256 = base::to_hex(crypto::openssl::sha256(base::view_of(text)));
  read_named_files(plan, file);
  return plan;
}

}  // namespace admin
