#pragma once
// The words that synthetic citizens are made of: family names, given names, communes, streets. Common ones first, so
// that a draw may favour the beginning; together they hold every letter of the Vietnamese alphabet with every tone.

#include <span>
#include <string_view>

namespace registry::words {

using Words = std::span<const std::string_view>;

Words family_names();
Words rare_family_names();
Words middle_names_male();
Words middle_names_female();
Words given_names_male();
Words given_names_female();
Words rare_full_names_male();  // Central Highlands, royal lines, four and five words, apostrophes
Words rare_full_names_female();
Words communes();
Words streets();
Words ethnicities();
Words religions();
Words countries();

}  // namespace registry::words
