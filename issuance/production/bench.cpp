#include "issuance/production/bench.h"

namespace production {

globalplatform::KeySet key_set(const signing::CardKeys& keys) {
  return {.enc = base::Secret::copy_of(keys.enc.reveal()),
          .mac = base::Secret::copy_of(keys.mac.reveal()),
          .dek = base::Secret::copy_of(keys.dek.reveal())};
}

std::variant<BoundChip, base::Findings> bind_chip(Bench& bench, const std::string& case_id,
                                                  const signing::OrderEvidence& evidence) {
  BoundChip bound{.identity = personalization::identify(bench.card, bench.profile), .assignment = {}};
  const auto refuse = [](std::string code, std::string text) {
    base::Findings findings;
    findings.fail(std::move(code), "chip", std::move(text));
    return findings;
  };
  const auto row = bench.store.card(case_id);
  const bool bound_before = row && !row->serial.empty();
  using personalization::LifeCycle;
  const LifeCycle state = bound.identity.state;
  if (bound_before && row->serial != bound.identity.serial) {
    return refuse("CHIP_IS_ANOTHER",
                  "Chip trong đầu đọc không phải chip đã gán cho hồ sơ này / the chip in the reader is not the one "
                  "bound to this case; put that one in");
  }
  if (state == LifeCycle::Terminated || state == LifeCycle::Foreign || bound.identity.kdd.empty()) {
    return refuse("CHIP_UNUSABLE",
                  "Chip đã bị hủy hoặc không đúng loại / the chip was terminated or is not of this kind; take another");
  }
  if (!bound_before && state == LifeCycle::Personalized) {
    return refuse("CHIP_NOT_BLANK", "Chip đã được ghi / the chip is personalized already; take a blank one");
  }
  auto answer = bench.signer.assign(evidence, bound.identity.serial, bound.identity.kdd);
  if (auto* refused = std::get_if<base::Findings>(&answer)) return std::move(*refused);
  bound.assignment = std::move(std::get<signing::Assignment>(answer));
  return bound;
}

}  // namespace production
