#pragma once
// A hash as it is compared by ear: groups of four for the eye, one word a digit for the voice (ICAO's spelling alphabet
// for the letters).

#include <string>
#include <string_view>

namespace admin {

std::string in_groups(std::string_view hex);  // "3F2A 91C0 …", eight groups a line
std::string spoken(std::string_view hex);     // "three foxtrot two alfa, nine one charlie zero, …"

}  // namespace admin
