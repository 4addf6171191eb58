#include "pki/admin/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "pki/admin/plan_steps.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"

namespace admin {

namespace {

using strict_toml::Table;
namespace fs = std::filesystem;

constexpr std::string_view kDoing = "reading the ceremony's plan";
constexpr int kMostCustodians = 16;

Custodian read_custodian(const Table& table, const Plan& plan) {
  Custodian custodian{plan_name(table), table.text("organisation"), {}};
  if (custodian.organisation != plan.key_keeper) {
    table.refuse("organisation",
                 fmt::format("custodian {} is not of the key keeper, {}", custodian.name, plan.key_keeper));
  }
  const fs::path file = plan.folder / table.text("certificate");
  const auto carried = crypto::openssl::read_public_key(base::read_file(file, kDoing, 1U << 16));
  if (!carried || !crypto::openssl::is_statement_key(carried->public_key)) {
    table.refuse("certificate", fmt::format("{} holds no P-256 key", file.string()));
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

// Names and files are used once.
void check_unique(const Table& at, const Plan& plan, const Step& step) {
  std::set<fs::path> made{kMinutesFile, kMinutesText, kJournalFile};
  for (const Step& earlier : plan.steps) {
    if (earlier.name == step.name) at.refuse("name", fmt::format("step {} stands twice", step.name));
    for (const fs::path& file : earlier.makes()) made.insert(file);
  }
  for (const fs::path& file : step.makes()) {
    if (!made.insert(file).second) at.refuse(fmt::format("{} would be written twice", file.string()));
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
  return plan;
}

}  // namespace admin
