#pragma once
// signer.db: which order got which chip, what was signed, which nonces are spent, the stock, and the outbox of events
// that still have to enter the audit log.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "issuance/stock/book.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace signing {

// One order bound to one chip. It lives until the chip is written off.
struct Binding {
  std::string id;
  std::string order_sha256;
  std::string case_id;
  std::string serial;
  base::Bytes kdd;
  bool live = true;
  std::string aa_key_sha256;   // base64url, empty until it was first told
  std::string content_sha256;  // base64url, empty until signed
  base::Bytes sod;             // empty until signed
  // Id of the document signer's key (rotation.h); empty until signed, and for what an older release signed.
  std::string signed_with = {};
  std::string ca_key_sha256 = {};  // of the key for chip authentication; empty also when the chip has none
  bool is_signed() const { return !sod.empty(); }
};

struct OutboxEvent {
  std::int64_t id = 0;
  std::string event;
  std::string data;  // JSON
};

class Ledger {
 public:
  explicit Ledger(db::Connection& store) : store_(store), stock_(store) {}
  static std::span<const db::Migration> migrations();

  db::Connection& store() { return store_; }
  stock::Book& stock() { return stock_; }
  std::optional<stock::Chip> stock_chip(const std::string& serial) const { return stock_.find(serial); }

  std::optional<Binding> by_id(const std::string& id) const;
  std::optional<Binding> live_for_order(const std::string& order_sha256) const;
  std::optional<Binding> by_serial(const std::string& serial) const;  // also when written off
  // Whether a live card of another order of this case is signed.
  bool case_signed_otherwise(const std::string& case_id, const std::string& order_sha256) const;
  std::optional<std::string> nonce_spent_on(const std::string& nonce) const;
  // The chip whose key this is.
  std::optional<std::string> serial_with_aa_key(const std::string& aa_key_sha256) const;
  std::optional<std::string> serial_with_ca_key(const std::string& ca_key_sha256) const;
  std::int64_t signed_on(base::Date day) const;

  // Each inside the caller's transaction.
  void bind(const Binding& binding, const std::vector<std::string>& nonces, base::Moment now);
  void record_chip_keys(const std::string& id, const std::string& aa_key_sha256, const std::string& ca_key_sha256);
  void record_signature(const std::string& id, const std::string& content_sha256, base::ByteView sod,
                        const std::string& signed_with, base::Date day, base::Moment now);
  void write_off(const std::string& serial, const std::string& case_id);

  // Signed, and the log does not say so yet (a power cut between the two).
  std::vector<Binding> unlogged_signatures() const;
  void signature_logged(const std::string& id);

  void post(const std::string& event, const nlohmann::json& data);
  std::vector<OutboxEvent> outbox() const;
  void posted(std::int64_t id);

 private:
  db::Connection& store_;
  stock::Book stock_;
};

}  // namespace signing
