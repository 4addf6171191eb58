#pragma once
// How long a card runs (Luật 26/2023 Đ21): to the holder's birthday at the next of 14, 25, 40, 60; a card issued within
// two years before a milestone runs to the following one; past the last there is no end.

#include <optional>
#include <span>

#include "pki/base/core/clock.h"

namespace document {

// The table itself, so that certificate lifetimes are computed from it and not copied.
std::span<const int> validity_milestones();  // 14, 25, 40, 60

// nullopt: no expiry (issued from 58 on). The holder is born on or before `issue`.
std::optional<base::Date> card_expiry(base::Date birth, base::Date issue);

// TT 16/2024: the card of a holder who is younger on the day of issue carries neither portrait nor fingers.
inline constexpr int kPortraitFrom = 6;  // completed years
bool is_small_child(base::Date birth, base::Date issue);

// The longest run of a card that does end, in whole years: computed from the table (22: issued at 38, ends at 60).
int longest_card_validity_years();

}  // namespace document
