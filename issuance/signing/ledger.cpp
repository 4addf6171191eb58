#include "issuance/signing/ledger.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "issuance/signing/use_book.h"
#include "pki/base/core/error.h"

namespace signing {

namespace {

constexpr std::string_view kTables = R"(
  CREATE TABLE bindings(
    id TEXT PRIMARY KEY,
    order_sha256 TEXT NOT NULL,
    case_id TEXT NOT NULL,
    serial TEXT NOT NULL UNIQUE REFERENCES stock_chips(serial),
    kdd BLOB NOT NULL CHECK(length(kdd) = 10),
    live INTEGER NOT NULL CHECK(live IN (0, 1)),
    bound_at TEXT NOT NULL,
    aa_key_sha256 TEXT UNIQUE,
    content_sha256 TEXT,
    sod BLOB,
    signed_at TEXT,
    signed_day TEXT,
    signature_logged INTEGER NOT NULL DEFAULT 0,
    CHECK((sod IS NULL) = (content_sha256 IS NULL) AND (sod IS NULL) = (signed_day IS NULL))
  ) STRICT;
  CREATE UNIQUE INDEX one_order_one_chip ON bindings(order_sha256) WHERE live = 1;
  CREATE INDEX bindings_by_case ON bindings(case_id);
  CREATE INDEX bindings_by_day ON bindings(signed_day);
  CREATE TABLE spent_nonces(nonce TEXT PRIMARY KEY, order_sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, data TEXT NOT NULL) STRICT;
)";

constexpr std::string_view kChipAuthenticationKeys = R"(
  ALTER TABLE bindings ADD COLUMN ca_key_sha256 TEXT;
  CREATE UNIQUE INDEX one_ca_key_one_chip ON bindings(ca_key_sha256);
)";

constexpr std::string_view kColumns =
    "id, order_sha256, case_id, serial, kdd, live, ifnull(aa_key_sha256, ''), ifnull(content_sha256, ''), sod, "
    "ifnull(signed_with, ''), ifnull(ca_key_sha256, '')";

Binding row(const db::Statement& at) {
  return {.id = at.text(0),
          .order_sha256 = at.text(1),
          .case_id = at.text(2),
          .serial = at.text(3),
          .kdd = at.blob(4),
          .live = at.integer(5) != 0,
          .aa_key_sha256 = at.text(6),
          .content_sha256 = at.text(7),
          .sod = at.blob(8),
          .signed_with = at.text(9),
          .ca_key_sha256 = at.text(10)};
}

std::optional<Binding> one(db::Connection& store, std::string_view condition, const std::string& value) {
  auto query = store.prepare(fmt::format("SELECT {} FROM bindings WHERE {}", kColumns, condition));
  query.with(value);
  return query.step() ? std::optional(row(query)) : std::nullopt;
}

std::optional<std::string> one_text(db::Connection& store, std::string_view sql, const std::string& value) {
  auto query = store.prepare(sql);
  query.with(value);
  return query.step() ? std::optional(query.text(0)) : std::nullopt;
}

// The administrator's `stock spoil` may come between a check and the act.
void must_be_live(std::int64_t changed) {
  if (changed == 1) return;
  throw base::Error(base::Fault::AskOperator, "recording a signature",
                    "the chip was written off at this very moment; nothing was handed out");
}

}  // namespace

std::span<const db::Migration> Ledger::migrations() {
  static const std::array<db::Migration, 4> migrations{{stock::kMigration,
                                                        {"bindings, nonces and outbox", kTables},
                                                        UseBook::kMigration,
                                                        {"keys for chip authentication", kChipAuthenticationKeys}}};
  return migrations;
}

std::optional<Binding> Ledger::by_id(const std::string& id) const {
  return one(store_, "id = ?1", id);
}

std::optional<Binding> Ledger::live_for_order(const std::string& order_sha256) const {
  return one(store_, "order_sha256 = ?1 AND live = 1", order_sha256);
}

std::optional<Binding> Ledger::by_serial(const std::string& serial) const {
  return one(store_, "serial = ?1", serial);
}

bool Ledger::case_signed_otherwise(const std::string& case_id, const std::string& order_sha256) const {
  auto query = store_.prepare(
      "SELECT 1 FROM bindings WHERE case_id = ?1 AND order_sha256 <> ?2 AND live = 1 AND sod IS NOT NULL LIMIT 1");
  query.with(case_id, order_sha256);
  return query.step();
}

std::optional<std::string> Ledger::nonce_spent_on(const std::string& nonce) const {
  return one_text(store_, "SELECT order_sha256 FROM spent_nonces WHERE nonce = ?1", nonce);
}

std::optional<std::string> Ledger::serial_with_aa_key(const std::string& aa_key_sha256) const {
  return one_text(store_, "SELECT serial FROM bindings WHERE aa_key_sha256 = ?1", aa_key_sha256);
}

std::optional<std::string> Ledger::serial_with_ca_key(const std::string& ca_key_sha256) const {
  return one_text(store_, "SELECT serial FROM bindings WHERE ca_key_sha256 = ?1", ca_key_sha256);
}

std::int64_t Ledger::signed_on(base::Date day) const {
  auto query = store_.prepare("SELECT count(*) FROM bindings WHERE signed_day = ?1");
  query.with(base::to_iso(day));
  return query.step() ? query.integer(0) : 0;
}

void Ledger::bind(const Binding& binding, const std::vector<std::string>& nonces, base::Moment now) {
  if (!stock_.mark_assigned(binding.serial)) {
    throw base::Error(base::Fault::AskOperator, "binding a chip to an order",
                      "the chip left the stock at this very moment; ask again");
  }
  store_
      .prepare(
          "INSERT INTO bindings(id, order_sha256, case_id, serial, kdd, live, bound_at) "
          "VALUES(?1, ?2, ?3, ?4, ?5, 1, ?6)")
      .run(binding.id, binding.order_sha256, binding.case_id, binding.serial, binding.kdd, base::to_rfc3339(now));
  auto spend =
      store_.prepare("INSERT INTO spent_nonces(nonce, order_sha256) VALUES(?1, ?2) ON CONFLICT(nonce) DO NOTHING");
  for (const std::string& nonce : nonces) spend.run(nonce, binding.order_sha256);
}

void Ledger::record_chip_keys(const std::string& id, const std::string& aa_key_sha256,
                              const std::string& ca_key_sha256) {
  must_be_live(
      store_
          .prepare("UPDATE bindings SET aa_key_sha256 = ?2, ca_key_sha256 = nullif(?3, '') WHERE id = ?1 AND live = 1")
          .run(id, aa_key_sha256, ca_key_sha256));
}

void Ledger::record_signature(const std::string& id, const std::string& content_sha256, base::ByteView sod,
                              const std::string& signed_with, base::Date day, base::Moment now) {
  const auto changed = store_
                           .prepare(
                               "UPDATE bindings SET content_sha256 = ?2, sod = ?3, signed_day = ?4, "
                               "signed_at = ?5, signed_with = ?6 WHERE id = ?1 AND live = 1 AND sod IS NULL")
                           .run(id, content_sha256, sod, base::to_iso(day), base::to_rfc3339(now), signed_with);
  must_be_live(changed);
}

void Ledger::write_off(const std::string& serial, const std::string& case_id) {
  base::ensure(stock_.mark_spoiled(serial, case_id), "a chip that was just found can be written off");
  store_.prepare("UPDATE bindings SET live = 0 WHERE serial = ?1").run(serial);
}

std::vector<Binding> Ledger::unlogged_signatures() const {
  std::vector<Binding> found;
  auto query = store_.prepare(
      fmt::format("SELECT {} FROM bindings WHERE sod IS NOT NULL AND signature_logged = 0 ORDER BY id", kColumns));
  while (query.step()) found.push_back(row(query));
  return found;
}

void Ledger::signature_logged(const std::string& id) {
  store_.prepare("UPDATE bindings SET signature_logged = 1 WHERE id = ?1").run(id);
}

void Ledger::post(const std::string& event, const nlohmann::json& data) {
  store_.prepare("INSERT INTO outbox(event, data) VALUES(?1, ?2)").run(event, data.dump());
}

std::vector<OutboxEvent> Ledger::outbox() const {
  std::vector<OutboxEvent> events;
  auto query = store_.prepare("SELECT id, event, data FROM outbox ORDER BY id");
  while (query.step()) events.push_back({query.integer(0), query.text(1), query.text(2)});
  return events;
}

void Ledger::posted(std::int64_t id) {
  store_.prepare("DELETE FROM outbox WHERE id = ?1").run(id);
}

}  // namespace signing
