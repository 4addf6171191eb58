#pragma once
// The tables of access.db: the book of accesses and the clients of the service.

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>

#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace registry {

std::span<const db::Migration> access_migrations();

// access.db, opened once for all that a process does with it: a connection that another one writes beside has to read
// its pages anew for every question.
struct AccessDatabase {
  // folder: the register's directory. Makes the file when it is missing. A commit survives the kill of the process; a
  // power cut may take the last moments, unless connection.sync() was called.
  AccessDatabase(const std::filesystem::path& folder, const base::Clock& clock);
  std::mutex threads;  // held while the connection is used
  db::Connection connection;
};

}  // namespace registry
