#include "smartcard/inspection/trust_pack.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/trust/pack.h"

namespace inspection {

namespace {

constexpr const char* kDoing = "taking the trust pack";

std::optional<trust::SeenPack> last_seen(const std::filesystem::path& file) {
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) return std::nullopt;
  const auto seen = trust::parse_seen_pack(base::read_text_file(file, kDoing));
  if (!seen) {
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      fmt::format("{}: does not say which pack was taken last; it was changed by hand", file.string()));
  }
  return seen;
}

}  // namespace

trust::TrustStore take_pack(const std::filesystem::path& pack, const std::filesystem::path& signer,
                            const std::filesystem::path& seen) {
  const auto certificate = trust::read_certificate_file(signer, kDoing);
  const auto last = last_seen(seen);
  const trust::OpenedPack opened = trust::open_pack(base::read_file(pack, kDoing), certificate, last);
  if (!opened.pack) {
    const base::Finding& why = opened.findings.list().front();
    throw base::Error(base::Fault::TreatAsAttack, fmt::format("{} {}", kDoing, pack.string()),
                      fmt::format("{} ({})", why.text, why.code));
  }
  trust::TrustStore store = trust::load_pack(*opened.pack);
  if (last != opened.seen) base::write_text_file(seen, trust::to_text(opened.seen), kDoing);
  return store;
}

}  // namespace inspection
