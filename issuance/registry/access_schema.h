#pragma once
// The tables of access.db: the book of accesses and the clients of the service.

#include <span>

#include "pki/base/db/connection.h"

namespace registry {

std::span<const db::Migration> access_migrations();

}  // namespace registry
