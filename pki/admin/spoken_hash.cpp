#include "pki/admin/spoken_hash.h"

#include <array>

#include "pki/base/core/error.h"

namespace admin {

namespace {

constexpr std::size_t kGroup = 4, kGroupsALine = 8;

std::string_view word(char digit) {
  constexpr std::array<std::string_view, 16> kWords{"zero",    "one",   "two",   "three",  "four", "five",
                                                    "six",     "seven", "eight", "nine",   "alfa", "bravo",
                                                    "charlie", "delta", "echo",  "foxtrot"};
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::size_t at = kDigits.find(digit);
  base::ensure(at != std::string_view::npos, "a hash is upper-case hexadecimal");
  return kWords[at];
}

}  // namespace

std::string in_groups(std::string_view hex) {
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += kGroup) {
    if (at != 0) out += at % (kGroup * kGroupsALine) == 0 ? '\n' : ' ';
    out += hex.substr(at, kGroup);
  }
  return out;
}

std::string spoken(std::string_view hex) {
  std::string out;
  for (std::size_t at = 0; at < hex.size(); ++at) {
    if (at != 0) out += at % kGroup == 0 ? ", " : " ";
    out += word(hex[at]);
  }
  return out;
}

}  // namespace admin
