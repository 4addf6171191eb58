#include "issuance/registry/clients.h"

#include <algorithm>

namespace registry {

bool is_client_name(std::string_view text) {
  constexpr std::size_t kLongest = 64, kNumber = 12;
  std::size_t digits = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'z') && c != '.' && c != '_' && c != '-') return false;
    digits = digit ? digits + 1 : 0;
    if (digits == kNumber) return false;
  }
  return !text.empty() && text.size() <= kLongest;
}

Clients::Clients(const std::filesystem::path& folder, const base::Clock& clock)
    : Clients(std::make_shared<AccessDatabase>(folder, clock), clock) {}

Clients::Clients(std::shared_ptr<AccessDatabase> access, const base::Clock& clock)
    : clock_(clock),
      access_(std::move(access)),
      database_(access_->connection),
      by_certificate_(database_.prepare(
          "SELECT name, certificate, role FROM clients WHERE certificate = ?1 AND removed_at IS NULL")) {}

base::Findings Clients::add(const Client& client) {
  const std::lock_guard alone(access_->threads);
  base::Findings findings;
  db::Transaction change(database_);
  db::Statement same = database_.prepare(
      "SELECT 1 FROM clients WHERE name = ?1 AND certificate = ?2 AND role = ?3 AND removed_at IS NULL");
  if (same.with(client.name, client.certificate_sha256, client.role).step()) return findings;
  if (database_.prepare("SELECT 1 FROM clients WHERE name = ?1").with(client.name).step()) {
    findings.fail("CLIENT_NAME_TAKEN", "name",
                  "A client of this name is or was entered with another certificate or role; take another name.");
  } else if (database_.prepare("SELECT 1 FROM clients WHERE certificate = ?1").with(client.certificate_sha256).step()) {
    findings.fail("CLIENT_CERTIFICATE_TAKEN", "certificate",
                  "This certificate is or was another client's; issue a new one.");
  } else {
    database_.prepare("INSERT INTO clients(name, certificate, role, added_at) VALUES(?1, ?2, ?3, ?4)")
        .run(client.name, client.certificate_sha256, client.role, base::to_rfc3339(clock_.now()));
    change.commit();
    database_.sync();
  }
  return findings;
}

bool Clients::remove(const std::string& name) {
  const std::lock_guard alone(access_->threads);
  const bool removed = database_.prepare("UPDATE clients SET removed_at = ?2 WHERE name = ?1 AND removed_at IS NULL")
                           .run(name, base::to_rfc3339(clock_.now())) == 1;
  database_.sync();
  return removed;
}

std::vector<Client> Clients::list() {
  const std::lock_guard alone(access_->threads);
  std::vector<Client> found;
  db::Statement rows =
      database_.prepare("SELECT name, certificate, role FROM clients WHERE removed_at IS NULL ORDER BY name");
  while (rows.step()) found.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return found;
}

std::optional<Client> Clients::by_certificate(const std::string& sha256) {
  const std::lock_guard alone(access_->threads);
  std::optional<Client> found;
  if (by_certificate_.with(sha256).step()) {
    found = Client{by_certificate_.text(0), by_certificate_.text(1), by_certificate_.text(2)};
  }
  by_certificate_.reset();
  return found;
}

}  // namespace registry
