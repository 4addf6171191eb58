#pragma once
// Where a register's store lies, as registry.toml names it: the file registry.db beside it, or a PostgreSQL database.

#include <filesystem>
#include <string>
#include <vector>

#include "issuance/registry/store.h"

namespace registry {

struct Place {
  std::string url;                      // "postgresql://user@host:port/database", without a password; empty: the file
  std::filesystem::path password_file;  // of that user, from the register's directory; empty: ~/.pgpass, or none
};

// How a new register is laid out on PostgreSQL, for ever.
struct NewPlace {
  Place place;
  int partitions = 4;
  std::vector<std::string> also = {};  // URLs of further servers; the same password opens them
};

// An empty store. Error{FixConfiguration}: the file or a register in that database is there already; what
// migrate_postgresql() says about the servers.
void make_store(const std::filesystem::path& folder, const NewPlace& made, const base::Clock& clock);
Store open_store(const std::filesystem::path& folder, const Place& place, const base::Clock& clock, db::Mode mode);

// The lines of registry.toml; empty for the file.
std::string settings_of(const Place& place);

}  // namespace registry
