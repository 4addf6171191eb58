#pragma once
// The three letters of an issuing state or nationality in an MRZ (ICAO Doc 9303-3 §5): ISO 3166-1, with the codes that
// ICAO adds.

#include <string_view>

namespace document {

// `code` as it stands in the MRZ, without fillers: "VNM", "D", "RKS".
bool is_state_code(std::string_view code);

}  // namespace document
