#pragma once
// A certificate for people and for scripts. Shows what stands there and judges nothing.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pki/base/core/bytes.h"

namespace admin {

// file: DER or PEM; name: for messages. Error{FixConfiguration} when it is no certificate of version 3.
base::Bytes certificate_of(base::ByteView file, const std::string& name);

nlohmann::json describe(base::ByteView certificate);    // docs/formats/keys.md
std::string describe_text(base::ByteView certificate);  // the same, one line each

}  // namespace admin
