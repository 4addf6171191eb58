#include "pki/x509/issue/profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/toml/strict_toml.h"
#include "pki/x509/issue/profile_name.h"

namespace x509::issue {

extern const std::string_view kShippedProfile;

namespace {

using strict_toml::Table;

int number(const Table& table, const char* key, int lowest, int highest) {
  return static_cast<int>(table.number(key, lowest, highest));
}

CardValidity read_card_validity(const Table& table) {
  constexpr int kOldest = 150;
  CardValidity validity;
  for (const std::int64_t age : table.numbers("milestones", 1, kOldest)) {
    if (!validity.milestones.empty() && age <= validity.milestones.back()) {
      table.refuse("milestones", "card_validity.milestones must be an ascending list of ages");
    }
    validity.milestones.push_back(static_cast<int>(age));
  }
  validity.window_years = number(table, "window_years", 0, validity.milestones.front());
  return validity;
}

MasterListSignerProfile read_master_list_signer(const Table& table) {
  MasterListSignerProfile signer{name_of(table, "subject"), number(table, "key_use_months", 1, 60),
                                 number(table, "validity_months", 1, 180)};
  if (signer.validity_months < signer.key_use_months) {
    table.refuse("validity_months", "master_list_signer.validity_months must not be less than key_use_months");
  }
  return signer;
}

// 9303-12 §7.1.3: the country and two letters, and nothing else; PrintableString, as the seal repeats them.
SealSignerProfile read_seal_signer(const Table& table) {
  SealSignerProfile signer{name_of(table, "subject"), number(table, "key_use_months", 1, 24),
                           number(table, "document_months", 1, 180), table.maybe_texts("document_types")};
  const auto countries = signer.subject.all_of(format::oid::kCountryName);
  const auto names = signer.subject.all_of(format::oid::kCommonName);
  const bool letters = names.size() == 1 && names.front()->value.size() == 2 &&
                       std::ranges::all_of(names.front()->value, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (signer.subject.attributes.size() != 2 || countries.size() != 1 || !letters) {
    table.refuse("subject", "seal_signer.subject must be a country and two capital letters, C=VN,CN=TS");
  }
  for (format::Attribute& attribute : signer.subject.attributes) attribute.string_type = format::kPrintableString;
  return signer;
}

Profile read_profile(const Table& file) {
  Profile profile;
  profile.card_validity = read_card_validity(file.table("card_validity"));
  const Table csca = file.table("csca");
  profile.csca_subject = name_of(csca, "subject");
  profile.csca_key_use_years = number(csca, "key_use_years", 1, 10);
  const Table signer = file.table("document_signer");
  profile.signer_subject = name_of(signer, "subject");
  profile.signer_key_use_months = number(signer, "key_use_months", 1, 12);
  profile.document_types = signer.texts("document_types");
  if (const auto list = file.maybe_table("master_list_signer")) {
    profile.master_list_signer = read_master_list_signer(*list);
  }
  if (const auto seal = file.maybe_table("seal_signer")) profile.seal_signer = read_seal_signer(*seal);
  const Table contact = file.table("contact");
  profile.contact = {contact.text("locality"), contact.text("email"), contact.text("uri"), contact.texts("crl")};
  return profile;
}

}  // namespace

int CardValidity::longest_years() const {
  int longest = milestones.front();  // from birth to the first
  for (std::size_t i = 1; i < milestones.size(); ++i) {
    // Issued as the window before one milestone opens, the card runs to the next.
    longest = std::max(longest, milestones[i] - (milestones[i - 1] - window_years));
  }
  return longest;
}

Profile parse_profile(std::string_view toml, const std::string& origin) {
  return strict_toml::read(toml, origin, "reading the certificate profile", read_profile);
}

const Profile& shipped_profile() {
  static const Profile kProfile = parse_profile(kShippedProfile, "the shipped profile");
  return kProfile;
}

std::string_view shipped_profile_text() {
  return kShippedProfile;
}

}  // namespace x509::issue
