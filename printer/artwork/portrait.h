#pragma once
// A drawn bust that stands in for a photograph in demonstrations and tests: no picture of a person is needed, and none
// is shipped.

#include <cstdint>

#include "pki/base/core/bytes.h"

namespace artwork {

inline constexpr int kPortraitWidth = 480;  // pixels, 3:4 as captured
inline constexpr int kPortraitHeight = 640;
inline constexpr std::size_t kPortraitBudget = 15'000;  // bytes: what a chip has room for in DG2

// Baseline JPEG of at most `budget` bytes. The same seed gives the same bust: skin, hair, clothes and features vary.
// Throws base::Error{FixConfiguration} when the budget is too small for any quality.
base::Bytes sample_portrait(std::uint64_t seed, std::size_t budget = kPortraitBudget);

}  // namespace artwork
