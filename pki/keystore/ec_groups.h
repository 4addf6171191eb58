#pragma once
// Botan's groups of our curves; for this room alone.

#include <botan/ec_group.h>

#include <optional>

#include "pki/keystore/signing_key.h"

namespace keystore {

Botan::EC_Group group_of(Curve curve);
std::optional<Curve> curve_of(const Botan::EC_Group& group);  // named or by its values

}  // namespace keystore
