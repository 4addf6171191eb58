#include "pki/admin/ca_book.h"

#include <fmt/format.h>

#include <array>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/format/certificate.h"
#include "pki/x509/format/certificate.h"
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
)sql"},
                                 db::Migration{"intents, revocations, CRLs and references", R"sql(
ALTER TABLE serial ADD COLUMN tbs_sha256 TEXT;  -- of what is about to be signed
CREATE TABLE revocation(
  serial TEXT PRIMARY KEY REFERENCES serial(serial),
  revoked_at TEXT NOT NULL,    -- RFC 3339
  reason TEXT NOT NULL         -- for the authority alone
) STRICT;
CREATE TABLE crl(
  number INTEGER PRIMARY KEY,  -- from 1, before signing
  reserved_at TEXT NOT NULL,
  this_update TEXT,            -- after signing
  next_update TEXT,
  crl BLOB
) STRICT;
CREATE TABLE reference(
  authority TEXT NOT NULL,     -- CAR
  holder TEXT NOT NULL,        -- CHR
  purpose TEXT NOT NULL,       -- cvca, cvca-link, dv, is
  reserved_at TEXT NOT NULL,
  certificate BLOB,
  sha256 TEXT,
  PRIMARY KEY(authority, holder)
) STRICT;
)sql"},
                                 db::Migration{"intents of card-verifiable certificates", R"sql(
ALTER TABLE reference ADD COLUMN body BLOB;  -- 7F4E, before signing
)sql"},
                                 db::Migration{"approvals of ceremonies", R"sql(
CREATE TABLE approval(
  nonce TEXT PRIMARY KEY,
  ceremony TEXT NOT NULL,
  spent_at TEXT NOT NULL
) STRICT;
)sql"}};

[[noreturn]] void refuse(std::string_view doing, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), std::move(seen));
}

db::Connection open(const std::filesystem::path& file, bool make) {
  if (make && std::filesystem::exists(file)) {
    refuse("making the book of the authority",
           fmt::format("{}: is already there and is not overwritten; move it away first", file.string()));
  }
  return db::Connection::open(file, make ? db::Mode::Create : db::Mode::Existing);
}

base::Moment moment_of(const std::string& text) {
  const auto moment = base::parse_rfc3339(text);
  if (!moment) refuse("reading the book of the authority", "a time in it is none; the file was changed by hand");
  return *moment;
}

base::Bytes serial_of(const std::string& text) {
  const auto serial = base::parse_hex(text);
  if (!serial) refuse("reading the book of the authority", "a number in it is none; the file was changed by hand");
  return *serial;
}

}  // namespace

struct CaBook::State {
  db::Connection store;
  const base::Clock& clock;

  // Times in a book never run backwards: certificates made under a clock that was set back would be dated wrong, and
  // a CRL would be older than the one before.
  std::string now_not_before_the_last() {
    auto last = store.prepare(
        "SELECT MAX(t) FROM (SELECT MAX(reserved_at) AS t FROM serial UNION ALL SELECT MAX(revoked_at) FROM revocation "
        "UNION ALL SELECT MAX(reserved_at) FROM crl UNION ALL SELECT MAX(reserved_at) FROM reference)");
    last.step();
    std::string now = base::to_rfc3339(clock.now());
    if (!last.is_null(0) && last.text(0) > now) {
      refuse("writing the book of the authority",
             fmt::format("the clock says {} and the last entry is of {}; set the clock", now, last.text(0)));
    }
    return now;
  }

  std::vector<Entry> entries(db::Statement rows) const {
    std::vector<Entry> out;
    while (rows.step()) {
      out.push_back({serial_of(rows.text(0)), rows.text(1), moment_of(rows.text(2)), rows.blob(3)});
    }
    return out;
  }
};

CaBook::CaBook(const std::filesystem::path& file, bool make, const base::Clock& clock)
    : state_(std::make_unique<State>(State{open(file, make), clock})) {
  state_->store.migrate(kMigrations, clock);
}

CaBook::CaBook(std::unique_ptr<State> state) : state_(std::move(state)) {}

CaBook CaBook::look(const std::filesystem::path& file) {
  static const base::SystemClock kUnused;  // nothing is written
  CaBook book(std::make_unique<State>(State{db::Connection::open(file, db::Mode::ReadOnly), kUnused}));
  book.state_->store.migrate(kMigrations, kUnused);
  return book;
}

CaBook::CaBook(CaBook&&) noexcept = default;
CaBook& CaBook::operator=(CaBook&&) noexcept = default;
CaBook::~CaBook() = default;

base::Bytes CaBook::reserve_serial(std::string_view purpose, base::Random& random) {
  db::Transaction change(state_->store);
  const std::string now = state_->now_not_before_the_last();
  base::Bytes serial = x509::issue::random_serial(random);
  auto insert = state_->store.prepare(
      "INSERT INTO serial(serial, purpose, reserved_at) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");
  if (insert.run(base::to_hex(serial), purpose, now) != 1) {
    throw base::Error(base::Fault::TreatAsAttack, "reserving a serial number",
                      "a random number of 126 bits came up twice; the random source is broken, stop issuing");
  }
  change.commit();
  return serial;
}

void CaBook::intend(base::ByteView serial, base::ByteView tbs) {
  db::Transaction change(state_->store);
  auto update = state_->store.prepare(
      "UPDATE serial SET tbs_sha256 = ?2 WHERE serial = ?1 AND tbs_sha256 IS NULL AND "
      "certificate IS NULL");
  const auto rows = update.run(base::to_hex(serial), base::to_hex(crypto::openssl::sha256(tbs)));
  base::ensure(rows == 1, "one certificate is intended under a number that was reserved");
  change.commit();
}

void CaBook::record(base::ByteView serial, base::ByteView certificate) {
  db::Transaction change(state_->store);
  auto intent = state_->store.prepare("SELECT tbs_sha256 FROM serial WHERE serial = ?1");
  intent.with(base::to_hex(serial));
  if (intent.step() && !intent.is_null(0)) {
    const auto tbs = x509::format::parse_certificate(certificate).tbs;
    if (base::to_hex(crypto::openssl::sha256(tbs)) != intent.text(0)) {
      throw base::Error(base::Fault::TreatAsAttack, "recording a certificate",
                        "what was signed is not what was approved; keep the key's machine as it is and report");
    }
  }
  intent.reset();
  auto update = state_->store.prepare(
      "UPDATE serial SET certificate = ?2, sha256 = ?3 WHERE serial = ?1 AND certificate IS NULL");
  const auto rows = update.run(base::to_hex(serial), certificate, base::to_hex(crypto::openssl::sha256(certificate)));
  base::ensure(rows == 1, "a certificate is recorded once, under a number that was reserved");
  change.commit();
}

std::vector<CaBook::Entry> CaBook::entries() const {
  return state_->entries(
      state_->store.prepare("SELECT serial, purpose, reserved_at, certificate FROM serial ORDER BY rowid"));
}

std::optional<CaBook::Entry> CaBook::find(base::ByteView serial) const {
  auto rows = state_->store.prepare("SELECT serial, purpose, reserved_at, certificate FROM serial WHERE serial = ?1");
  rows.with(base::to_hex(serial));
  auto found = state_->entries(std::move(rows));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void CaBook::revoke(base::ByteView serial, std::string_view reason) {
  revoke({{base::Bytes(serial.begin(), serial.end()), std::string(reason)}});
}

void CaBook::revoke(const std::vector<std::pair<base::Bytes, std::string>>& serials) {
  constexpr std::string_view kDoing = "revoking a certificate";
  db::Transaction change(state_->store);
  const std::string now = state_->now_not_before_the_last();
  for (const auto& [serial, reason] : serials) {
    const std::string text = base::to_hex(serial);
    if (!find(serial)) refuse(kDoing, fmt::format("no certificate with the number {} stands in this book", text));
    auto insert = state_->store.prepare(
        "INSERT INTO revocation(serial, revoked_at, reason) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");
    if (insert.run(text, now, reason) != 1) refuse(kDoing, fmt::format("the number {} is revoked already", text));
  }
  change.commit();
}

std::vector<CaBook::Revocation> CaBook::revocations() const {
  auto rows = state_->store.prepare("SELECT serial, revoked_at, reason FROM revocation ORDER BY rowid");
  std::vector<Revocation> out;
  while (rows.step()) out.push_back({serial_of(rows.text(0)), moment_of(rows.text(1)), rows.text(2)});
  return out;
}

bool CaBook::approval_is_spent(std::string_view nonce) const {
  return state_->store.prepare("SELECT 1 FROM approval WHERE nonce = ?1").with(nonce).step();
}

void CaBook::spend_approval(std::string_view nonce, std::string_view ceremony) {
  db::Transaction change(state_->store);
  const std::string now = state_->now_not_before_the_last();
  auto insert = state_->store.prepare(
      "INSERT INTO approval(nonce, ceremony, spent_at) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");
  if (insert.run(nonce, ceremony, now) != 1) {
    refuse("spending the approvals of a ceremony",
           "the authority's book says that one was spent before; let the custodians approve anew");
  }
  change.commit();
}

base::Bytes CaBook::identity() const {
  for (const Entry& entry : entries()) {
    if (!entry.certificate.empty()) return crypto::openssl::sha256(entry.certificate);
  }
  return {};
}

std::int64_t CaBook::reserve_crl_number() {
  db::Transaction change(state_->store);
  const std::string now = state_->now_not_before_the_last();
  auto next = state_->store.prepare("SELECT COALESCE(MAX(number), 0) + 1 FROM crl");
  next.step();
  const std::int64_t number = next.integer(0);
  next.reset();
  state_->store.prepare("INSERT INTO crl(number, reserved_at) VALUES(?1, ?2)").run(number, now);
  change.commit();
  return number;
}

void CaBook::record_crl(const Crl& crl) {
  db::Transaction change(state_->store);
  auto update = state_->store.prepare(
      "UPDATE crl SET this_update = ?2, next_update = ?3, crl = ?4 WHERE number = ?1 AND crl IS NULL");
  const auto rows =
      update.run(crl.number, base::to_rfc3339(crl.this_update), base::to_rfc3339(crl.next_update), crl.crl);
  base::ensure(rows == 1, "a CRL is recorded once, under a number that was reserved");
  change.commit();
}

std::optional<CaBook::Crl> CaBook::latest_crl() const {
  auto rows = state_->store.prepare(
      "SELECT number, this_update, next_update, crl FROM crl WHERE crl IS NOT NULL ORDER BY number DESC LIMIT 1");
  if (!rows.step()) return std::nullopt;
  return Crl{rows.integer(0), moment_of(rows.text(1)), moment_of(rows.text(2)), rows.blob(3)};
}

void CaBook::reserve_reference(std::string_view authority, std::string_view holder, std::string_view purpose,
                               base::ByteView body) {
  db::Transaction change(state_->store);
  const std::string now = state_->now_not_before_the_last();
  auto insert = state_->store.prepare(
      "INSERT INTO reference(authority, holder, purpose, reserved_at, body) VALUES(?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT DO NOTHING");
  if (insert.run(authority, holder, purpose, now, body) != 1) {
    refuse("reserving a holder reference",
           fmt::format("{} certified {} before; a new key needs a new sequence number", authority, holder));
  }
  change.commit();
}

void CaBook::record_reference(std::string_view authority, std::string_view holder, base::ByteView certificate) {
  db::Transaction change(state_->store);
  auto intent = state_->store.prepare("SELECT body FROM reference WHERE authority = ?1 AND holder = ?2");
  intent.with(authority, holder);
  if (intent.step() && !intent.is_null(0) && !intent.blob(0).empty() &&
      cvc::format::parse_certificate(certificate).signed_part != intent.blob(0)) {
    throw base::Error(base::Fault::TreatAsAttack, "recording a CV certificate",
                      "what was signed is not what was intended; keep the key's machine as it is and report");
  }
  intent.reset();
  auto update = state_->store.prepare(
      "UPDATE reference SET certificate = ?3, sha256 = ?4 WHERE authority = ?1 AND holder = ?2 AND certificate IS "
      "NULL");
  const auto rows = update.run(authority, holder, certificate, base::to_hex(crypto::openssl::sha256(certificate)));
  base::ensure(rows == 1, "a certificate is recorded once, under references that were reserved");
  change.commit();
}

std::vector<CaBook::ReferenceEntry> CaBook::references() const {
  auto rows = state_->store.prepare(
      "SELECT authority, holder, purpose, reserved_at, certificate, body FROM reference ORDER BY rowid");
  std::vector<ReferenceEntry> out;
  while (rows.step()) {
    out.push_back({rows.text(0), rows.text(1), rows.text(2), moment_of(rows.text(3)), rows.blob(4), rows.blob(5)});
  }
  return out;
}

}  // namespace admin
