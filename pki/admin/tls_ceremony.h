#pragma once
// The certificates with which programs know each other over HTTPS: an authority in a folder, and servers and clients
// under it (docs/formats/tls.md). Like the ceremonies of the CSCA, each refuses to overwrite.

#include <filesystem>
#include <optional>

#include "pki/admin/ceremony.h"
#include "pki/x509/issue/tls_certificate.h"

namespace admin {

struct TlsCeremony {
  std::filesystem::path out;  // made when missing, for its owner only
  base::Secret password;      // of the new key file
  x509::issue::TlsProfile profile;
  std::optional<int> days;  // nullopt: as the profile says
};

// ca.pem, ca.key (encrypted PKCS#8), ca.db in `out`. `certificate` is DER.
Issued create_tls_authority(const TlsCeremony& ceremony, const World& world);

// tls.pem, tls.key in `out`, certified by the authority in the folder `authority`.
Issued issue_tls(const TlsCeremony& ceremony, const std::filesystem::path& authority,
                 const base::Secret& authority_password, const x509::issue::TlsHolder& holder, const World& world);

}  // namespace admin
