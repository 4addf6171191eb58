#pragma once
// Elliptic curves of the standardized domain parameters.

#include "smartcard/access/domain_parameters.h"

namespace chip_access {

std::unique_ptr<DomainParameters> curve(std::int64_t id);  // nullptr outside 8-18
std::optional<std::int64_t> curve_with_name(int nid);      // the number of an OpenSSL curve

}  // namespace chip_access
