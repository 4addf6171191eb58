#pragma once
// Two small ceremonies of one administrator: making a CSCA, and certifying a document signer. Each reads one profile,
// refuses to overwrite, and leaves nothing behind when lint() refuses. What several custodians approve is a plan
// (plan.h).

#include <filesystem>
#include <optional>
#include <string>

#include "pki/admin/issued.h"
#include "pki/base/core/secret.h"
#include "pki/x509/issue/profile.h"

namespace admin {

struct Ceremony {
  std::filesystem::path out;  // made when missing, for its owner only
  base::Secret password;      // of the new key: a file's password, or the token's PIN
  x509::issue::Profile profile;
  // The longest run of a card that ends, in years; nullopt: computed from the profile's table.
  std::optional<int> card_validity_years;
  // Where the new key is made (keystore::open); empty: csca.key or ds.key in `out`.
  std::string key_address = {};
};

// csca.cer (DER), csca.key (encrypted PKCS#8), ca.db in `out`.
Issued create_csca(const Ceremony& ceremony, const World& world);

// ds.cer, ds.key in `out`, certified by the CSCA in the folder `csca`. csca_key: the address of its key; empty:
// csca.key in its folder. csca_certificate: of the key, the newest one's; empty: csca.cer in its folder.
Issued issue_document_signer(const Ceremony& ceremony, const std::filesystem::path& csca,
                             const base::Secret& csca_password, const World& world, const std::string& csca_key = {},
                             const std::filesystem::path& csca_certificate = {});

}  // namespace admin
