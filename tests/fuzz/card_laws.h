#pragma once
// The laws of the evil card, as the seeded driver and libFuzzer (card_fuzzer.cpp) run them.

#include "tests/fuzz/law.h"

namespace fuzz {

// The inspector at a chip that rewrites what it says (rewritten_card.h). The first octet of an input says how it is
// inspected, the script follows.
std::vector<Law> rewriting_laws();
inline constexpr std::size_t kBeforeTheScript = 1;
bool is_rewriting(const Law& law);

}  // namespace fuzz
