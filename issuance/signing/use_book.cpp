#include "issuance/signing/use_book.h"

#include "issuance/signing/signed_cards.h"
#include "pki/base/core/error.h"

namespace signing {

const db::Migration UseBook::kMigration{"uses of document signers", R"(
  CREATE TABLE signer_uses(key TEXT PRIMARY KEY, uses INTEGER NOT NULL CHECK(uses >= 0)) STRICT, WITHOUT ROWID;
  ALTER TABLE bindings ADD COLUMN signed_with TEXT;
)"};

void UseBook::enter(const std::string& key, base::ByteView certificate) {
  auto known = store_.prepare("SELECT 1 FROM signer_uses WHERE key = ?1");
  if (known.with(key).step()) return;
  std::int64_t signed_before = 0;
  each_card_of(store_, certificate, [&](const SignedCard&) { ++signed_before; });
  store_.prepare("INSERT INTO signer_uses(key, uses) VALUES(?1, ?2)").run(key, signed_before);
}

std::int64_t UseBook::uses(const std::string& key) const {
  auto query = store_.prepare("SELECT uses FROM signer_uses WHERE key = ?1");
  return query.with(key).step() ? query.integer(0) : 0;
}

void UseBook::count(const std::string& key) {
  const auto counted = store_.prepare("UPDATE signer_uses SET uses = uses + 1 WHERE key = ?1").run(key);
  base::ensure(counted == 1, "a key was entered in the use book before it signs");
}

}  // namespace signing
