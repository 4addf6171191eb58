#pragma once
// A distinguished name in a hand-written file.

#include <fmt/format.h>

#include "pki/base/toml/strict_toml.h"
#include "pki/x509/format/name.h"
#include "pki/x509/format/oids.h"

namespace x509::issue {

// Error{FixConfiguration} with file and line when it is none.
inline format::Name name_of(const strict_toml::Table& table, std::string_view key) {
  auto name = format::name_from_text(table.text(key));
  if (!name) table.refuse(key, fmt::format("{} must be a name like C=VN,O=TEST,CN=Test CSCA", key));
  return std::move(*name);
}

}  // namespace x509::issue
