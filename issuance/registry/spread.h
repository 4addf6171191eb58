#pragma once
// How a register lies on PostgreSQL: every table that is keyed by a number is parted by it, and the parts may lie on
// several servers. One number lives in one part, so no transaction touches two servers; what is unique is unique in its
// part, and what is unique over all numbers is claimed in a table of its own (docs/decisions/partitions.md).

#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/secret.h"
#include "pki/base/db/address.h"
#include "pki/base/db/connection.h"

namespace registry {

inline constexpr int kMostPartitions = 256;

struct Spread {
  int partitions = 4;                      // for ever: a number's part is its hash modulo this
  std::vector<db::Address> others;         // the parts go round: the store's own server first, then these
  const base::Secret* password = nullptr;  // of the user on the other servers; null: they ask for none
};

// Makes the register's tables in an empty database, or brings those that are there up to date (their spread stays).
// Whether the other servers can be reached and are empty is found out here. Error{FixConfiguration} for a database
// whose order of texts is not byte by byte, or where another register lies.
void migrate_postgresql(db::Connection& database, const base::Clock& clock, const Spread& spread = {});

}  // namespace registry
