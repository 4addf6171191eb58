#pragma once
// The register's tables, as numbered migrations.

#include <span>

#include "pki/base/db/connection.h"

namespace registry {

std::span<const db::Migration> migrations();  // of a SQLite file
std::span<const db::Migration>
postgresql_migrations();  // of a PostgreSQL database, the first after the layout of spread.h

}  // namespace registry
