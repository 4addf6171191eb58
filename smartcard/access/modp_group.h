#pragma once
// MODP groups of the standardized domain parameters (RFC 5114 §2).

#include "smartcard/access/domain_parameters.h"

namespace chip_access {

std::unique_ptr<DomainParameters> modp_group(std::int64_t id);  // nullptr outside 0-2
// The number of the group with these values, unsigned and without leading zeros.
std::optional<std::int64_t> modp_group_with(base::ByteView p, base::ByteView g);

}  // namespace chip_access
