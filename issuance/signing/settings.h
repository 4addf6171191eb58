#pragma once
// signer.toml: the limits of this signer. Every key is there (but allow_chips_without_ca, which is false when it is
// not) and is checked at start.

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace signing {

struct Settings {
  std::chrono::hours answer_max_age{72};  // a registry answer older than this signs nothing
  // An order made from an entry of an extract that is at most so old is signed without a live answer; 0: never.
  std::chrono::hours extract_max_age{0};
  std::chrono::minutes clock_skew{5};     // how far the registry's or the station's clock may be ahead of ours
  bool allow_chips_without_ca = false;    // whether a chip without EF.DG14 gets a signature
  std::int64_t daily_limit = 2000;        // cards signed on one day in Viet Nam
  std::chrono::seconds request_time{10};  // a connection that has not said everything by then is dropped
};

Settings read_settings(const std::filesystem::path& file);  // throws Error{FixConfiguration} with file:line
void write_settings(const std::filesystem::path& file, const Settings& settings);

}  // namespace signing
