#pragma once
// The register's tables, as numbered migrations.

#include <span>

#include "pki/base/db/connection.h"

namespace registry {

std::span<const db::Migration> migrations();

}  // namespace registry
