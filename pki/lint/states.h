#pragma once
// Two-letter codes of States and the codes of the same States in an MRZ (9303-3 Section 5).

#include <string_view>

namespace lint {

bool is_state(std::string_view two_letters);                                // "VN"
bool is_of_state(std::string_view mrz_code, std::string_view two_letters);  // "VNM" of "VN"; "D" of "DE"

}  // namespace lint
