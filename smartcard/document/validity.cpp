#include "smartcard/document/validity.h"

#include <algorithm>
#include <array>

#include "pki/base/core/error.h"

namespace document {

namespace {

// Luật 26/2023/QH15 Đ21.1.
constexpr std::array kMilestones{14, 25, 40, 60};
// Đ21.2: issued within two years before a milestone, the card runs to the following one.
constexpr int kEarlyYears = 2;

}  // namespace

std::span<const int> validity_milestones() {
  return kMilestones;
}

std::optional<base::Date> card_expiry(base::Date birth, base::Date issue) {
  base::ensure(birth <= issue, "a card is issued on or after its holder's birth");
  for (const int milestone : kMilestones) {
    if (issue < base::add_years(birth, milestone - kEarlyYears)) return base::add_years(birth, milestone);
  }
  return std::nullopt;
}

bool is_small_child(base::Date birth, base::Date issue) {
  return birth <= issue && base::age_at(birth, issue) < kPortraitFrom;
}

// A card that ends at milestone m is issued, at the earliest, when the window of the milestone before it opens.
int longest_card_validity_years() {
  int longest = kMilestones.front();
  for (std::size_t i = 1; i < kMilestones.size(); ++i) {
    longest = std::max(longest, kMilestones[i] - (kMilestones[i - 1] - kEarlyYears));
  }
  return longest;
}

}  // namespace document
