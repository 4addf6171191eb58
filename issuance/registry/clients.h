#pragma once
// Who may speak to the register's service: known by the certificate shown in the TLS handshake, kept in access.db. What
// a client may ask is decided by its role (scopes.h).

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/registry/access_schema.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/db/connection.h"

namespace registry {

struct Client {
  std::string name;                // "station-001"; stands in the book of accesses, so a citizen can read who it was
  std::string certificate_sha256;  // of its DER, lower-case hexadecimal
  std::string role;                // one of scopes.toml
};

class Clients {
 public:
  // folder: the register's directory.
  Clients(const std::filesystem::path& folder, const base::Clock& clock);
  // Beside others of this process that use the same file.
  Clients(std::shared_ptr<AccessDatabase> access, const base::Clock& clock);

  // Adding the same again changes nothing. CLIENT_NAME_TAKEN: another certificate, role, or a client that was removed,
  // has this name (a name never means somebody else in the book of accesses). CLIENT_CERTIFICATE_TAKEN.
  base::Findings add(const Client& client);
  bool remove(const std::string& name);  // false: no such client, or removed before
  std::vector<Client> list();            // by name, without those removed

  // nullopt: nobody, or removed. Sees at once what another process changed. Several threads may call it.
  std::optional<Client> by_certificate(const std::string& sha256);

 private:
  const base::Clock& clock_;
  std::shared_ptr<AccessDatabase> access_;
  db::Connection& database_;
  db::Statement by_certificate_;
};

// Lower-case letters, digits, '.', '_' and '-', 1 to 64; and not twelve digits in a row, which would be a person.
bool is_client_name(std::string_view text);

}  // namespace registry
