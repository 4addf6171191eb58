#pragma once
// signer.db's use book: how many signatures each document signer's key was asked for, in its whole life. A use is
// counted before the key is asked, so a power cut counts one too many and never one too few.

#include <cstdint>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/db/connection.h"

namespace signing {

class UseBook {
 public:
  static const db::Migration kMigration;  // after the ledger's own tables
  explicit UseBook(db::Connection& store) : store_(store) {}

  // Opens the account of a key. One that is new to the book begins with the cards that the ledger shows under its
  // certificate (DER), so that a key which signed before there was a book is not taken for a fresh one.
  void enter(const std::string& key, base::ByteView certificate);
  std::int64_t uses(const std::string& key) const;
  void count(const std::string& key);  // inside the caller's transaction

 private:
  db::Connection& store_;
};

}  // namespace signing
