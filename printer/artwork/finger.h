#pragma once
// A drawn ridge pattern that stands in for a captured finger in demonstrations: nobody's finger is needed, and none is
// shipped. A white band with the word DRAWING lies across it, so that no picture of this kind passes for a capture.

#include <cstdint>

#include "pki/base/core/bytes.h"

namespace artwork {

inline constexpr int kFingerWidth = 288;  // pixels at 500 an inch, as a flat finger is captured
inline constexpr int kFingerHeight = 384;
inline constexpr std::size_t kFingerBudget = 10'000;  // bytes: two of them go into DG3

// Gray baseline JPEG of at most `budget` bytes. The same seed gives the same pattern: loop or whorl, its middle, its
// ridges' width. Throws base::Error{FixConfiguration} when the budget is too small for any quality.
base::Bytes sample_finger(std::uint64_t seed, std::size_t budget = kFingerBudget);

}  // namespace artwork
