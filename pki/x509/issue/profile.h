#pragma once
// What may be issued, as data: names, lifetimes and addresses of the CSCA and its document signers, read from TOML
// (pki/x509/issue/profiles/cccd.toml is shipped inside the program). What Doc 9303-12 fixes is not in the profile: it
// is in lint().

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/x509/format/name.h"

namespace x509::issue {

// The table of card validity, so that certificate lifetimes are computed from it.
struct CardValidity {
  std::vector<int> milestones;  // years of age, ascending
  int window_years = 0;
  // The longest run of a card that does end: 22 (issued at 38, ends at 60).
  int longest_years() const;
};

struct Contact {
  std::string locality;  // three letters, as the MRZ names the State
  std::string email, uri;
  std::vector<std::string> crl;
};

// Lifetimes of these two are the issuer's choice (9303-12 Table 1); neither outlives its CSCA.
struct MasterListSignerProfile {
  format::Name subject;
  int key_use_months = 0, validity_months = 0;
};
struct SealSignerProfile {
  format::Name subject;  // C and a CN of two capital letters: the signer identifier in the seal
  int key_use_months = 0;
  int document_months = 0;                  // how long what carries the seal is valid
  std::vector<std::string> document_types;  // may be empty
};

struct Profile {
  CardValidity card_validity;
  format::Name csca_subject;
  int csca_key_use_years = 0;
  format::Name signer_subject;
  int signer_key_use_months = 0;
  std::vector<std::string> document_types;
  std::optional<MasterListSignerProfile> master_list_signer;  // nullopt: none is issued
  std::optional<SealSignerProfile> seal_signer;
  Contact contact;
};

const Profile& shipped_profile();
std::string_view shipped_profile_text();  // the TOML of it
// origin: the file's name for messages. Throws Error{FixConfiguration} with file and line; an unknown key is one too.
Profile parse_profile(std::string_view toml, const std::string& origin);

}  // namespace x509::issue
