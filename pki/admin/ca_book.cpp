#include "pki/admin/ca_book.h"

#include <fmt/format.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/x509/issue/issue.h"

namespace admin {

namespace {

constexpr std::array kMigrations{db::Migration{"serial numbers", R"sql(
CREATE TABLE serial(
  serial TEXT PRIMARY KEY,     -- hexadecimal, as in the certificate
  purpose TEXT NOT NULL,       -- csca, ds
  reserved_at TEXT NOT NULL,   -- RFC 3339, before signing
  certificate BLOB,            -- DER, after signing
  sha256 TEXT                  -- of the certificate
) STRICT;
)sql"}};

db::Connection open(const std::filesystem::path& file, bool make) {
  if (make && std::filesystem::exists(file)) {
    throw base::Error(base::Fault::FixConfiguration, "making the book of the CSCA",
                      fmt::format("{}: is already there and is not overwritten; move it away first", file.string()));
  }
  return db::Connection::open(file, make ? db::Mode::Create : db::Mode::Existing);
}

}  // namespace

struct CaBook::State {
  db::Connection store;
  const base::Clock& clock;
};

CaBook::CaBook(const std::filesystem::path& file, bool make, const base::Clock& clock)
    : state_(std::make_unique<State>(State{open(file, make), clock})) {
  state_->store.migrate(kMigrations, clock);
}

CaBook::~CaBook() = default;

base::Bytes CaBook::reserve_serial(std::string_view purpose, base::Random& random) {
  db::Transaction change(state_->store);
  base::Bytes serial = x509::issue::random_serial(random);
  const std::string text = base::to_hex(serial);
  const std::string now = base::to_rfc3339(state_->clock.now());
  auto insert = state_->store.prepare(
      "INSERT INTO serial(serial, purpose, reserved_at) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");
  if (insert.run(text, purpose, now) != 1) {
    throw base::Error(base::Fault::TreatAsAttack, "reserving a serial number",
                      "a random number of 126 bits came up twice; the random source is broken, stop issuing");
  }
  change.commit();
  return serial;
}

void CaBook::record(base::ByteView serial, base::ByteView certificate) {
  db::Transaction change(state_->store);
  auto update = state_->store.prepare(
      "UPDATE serial SET certificate = ?2, sha256 = ?3 WHERE serial = ?1 AND certificate IS NULL");
  const auto rows = update.run(base::to_hex(serial), certificate, base::to_hex(crypto::openssl::sha256(certificate)));
  base::ensure(rows == 1, "a certificate is recorded once, under a number that was reserved");
  change.commit();
}

}  // namespace admin
