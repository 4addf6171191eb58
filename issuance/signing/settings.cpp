#include "issuance/signing/settings.h"

#include <fmt/format.h>

#include "issuance/signing/toml_file.h"
#include "pki/base/core/files.h"

namespace signing {

Settings read_settings(const std::filesystem::path& file) {
  const TomlFile toml(file, "reading the signer's settings");
  const auto& root = toml.root();
  toml.only(root, {"answer_max_age_hours", "extract_max_age_hours", "clock_skew_minutes", "allow_chips_without_ca",
                   "daily_limit", "request_seconds"});
  return {.answer_max_age = std::chrono::hours{toml.integer(root, "answer_max_age_hours", 1, 24 * 30)},
          .extract_max_age = std::chrono::hours{toml.integer(root, "extract_max_age_hours", 0, 24 * 30)},
          .clock_skew = std::chrono::minutes{toml.integer(root, "clock_skew_minutes", 0, 60)},
          .allow_chips_without_ca = toml.flag(root, "allow_chips_without_ca"),
          .daily_limit = toml.integer(root, "daily_limit", 0, 1'000'000),
          .request_time = std::chrono::seconds{toml.integer(root, "request_seconds", 1, 300)}};
}

void write_settings(const std::filesystem::path& file, const Settings& settings) {
  const std::string text = fmt::format(
      "# cccd-signer's limits; read when it starts (docs/formats/trust-directory.md).\n"
      "answer_max_age_hours = {}  # an older registry answer signs nothing\n"
      "extract_max_age_hours = {}  # so old may an extract be that signs without a live answer; 0: none signs alone\n"
      "clock_skew_minutes = {}     # how far other clocks may be ahead of this one\n"
      "allow_chips_without_ca = {}  # whether a chip without EF.DG14 gets a signature\n"
      "daily_limit = {}         # cards signed on one day in Viet Nam\n"
      "request_seconds = {}       # a connection that is slower is dropped\n",
      settings.answer_max_age.count(), settings.extract_max_age.count(), settings.clock_skew.count(),
      settings.allow_chips_without_ca, settings.daily_limit, settings.request_time.count());
  base::write_new_file(file, base::view_of(text), "writing the signer's settings");
}

}  // namespace signing
