#pragma once
// Botan's groups of our curves; for this room alone.

#include <botan/ec_group.h>

#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/keystore/signing_key.h"

namespace keystore {

Botan::EC_Group group_of(Curve curve);
std::optional<Curve> curve_of(const Botan::EC_Group& group);  // named or by its values
// The named form (an OID, DER) of parameters that are written out as 9303-12 §4.1.6 wants them, where they are those of
// our curves to the octet; nullopt for all others, however near they come.
std::optional<base::Bytes> name_for(base::ByteView explicit_parameters);

}  // namespace keystore
