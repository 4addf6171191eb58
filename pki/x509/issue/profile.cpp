#include "pki/x509/issue/profile.h"

#include <algorithm>

#include "pki/x509/issue/profile_section.h"

namespace x509::issue {

extern const std::string_view kShippedProfile;

int CardValidity::longest_years() const {
  int longest = milestones.front();  // from birth to the first
  for (std::size_t i = 1; i < milestones.size(); ++i) {
    // Issued as the window before one milestone opens, the card runs to the next.
    longest = std::max(longest, milestones[i] - (milestones[i - 1] - window_years));
  }
  return longest;
}

Profile parse_profile(std::string_view toml, const std::string& origin) {
  const toml::table file = read_profile_tables(toml, origin, {"card_validity", "csca", "document_signer", "contact"});
  Profile profile;
  ProfileSection validity(file, "card_validity", origin);
  profile.card_validity.milestones = validity.ascending_numbers("milestones");
  profile.card_validity.window_years = validity.number("window_years", 0, profile.card_validity.milestones.front());
  validity.end();
  ProfileSection csca(file, "csca", origin);
  profile.csca_subject = csca.name("subject");
  profile.csca_key_use_years = csca.number("key_use_years", 1, 10);
  csca.end();
  ProfileSection signer(file, "document_signer", origin);
  profile.signer_subject = signer.name("subject");
  profile.signer_key_use_months = signer.number("key_use_months", 1, 12);
  profile.document_types = signer.texts("document_types");
  signer.end();
  ProfileSection contact(file, "contact", origin);
  profile.contact = {contact.text("locality"), contact.text("email"), contact.text("uri"), contact.texts("crl")};
  contact.end();
  return profile;
}

const Profile& shipped_profile() {
  static const Profile kProfile = parse_profile(kShippedProfile, "the shipped profile");
  return kProfile;
}

}  // namespace x509::issue
