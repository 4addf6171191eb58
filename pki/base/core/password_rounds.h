#pragma once
// What guessing a password costs: PBKDF2 rounds of every file that a password opens (RFC 8018 §5.2). The build for
// tests makes hundreds of such files and opens thousands; with CCCD_QUICK_KEYS, which no hardened build takes, it costs
// less.

namespace base {

inline constexpr int kShippedPasswordRounds = 600'000;
#ifdef CCCD_QUICK_KEYS
inline constexpr int kPasswordRounds = 10'000;
#else
inline constexpr int kPasswordRounds = kShippedPasswordRounds;
#endif

}  // namespace base
