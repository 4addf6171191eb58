#pragma once
// A drawn bust that stands in for a photograph in demonstrations and tests: no picture of a person is needed, and none
// is shipped.

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"
#include "smartcard/document/citizen_number.h"

namespace artwork {

inline constexpr int kPortraitWidth = 480;  // pixels, 3:4 as captured
inline constexpr int kPortraitHeight = 640;
inline constexpr std::size_t kPortraitBudget = 15'000;  // bytes: what a chip has room for in DG2

// Baseline JPEG of at most `budget` bytes. The same seed gives the same bust: skin, hair, clothes and features vary.
// `sex` chooses the hair, so that a card's picture fits its field; without it the seed does. Throws
// base::Error{FixConfiguration} when the budget is too small for any quality.
base::Bytes sample_portrait(std::uint64_t seed, std::size_t budget = kPortraitBudget,
                            std::optional<document::Sex> sex = std::nullopt);

}  // namespace artwork
