#include "issuance/production/bench.h"

#include "pki/base/core/error.h"

namespace production {

globalplatform::KeySet key_set(const signing::CardKeys& keys) {
  return {.enc = base::Secret::copy_of(keys.enc.reveal()),
          .mac = base::Secret::copy_of(keys.mac.reveal()),
          .dek = base::Secret::copy_of(keys.dek.reveal())};
}

personalization::TransportKeys transport_keys(const Bench& bench, personalization::LifeCycle state) {
  if (bench.transport_keys != nullptr) {
    const auto& given = *bench.transport_keys;
    return {.version = given.version,
            .keys = {.enc = base::Secret::copy_of(given.keys.enc.reveal()),
                     .mac = base::Secret::copy_of(given.keys.mac.reveal()),
                     .dek = base::Secret::copy_of(given.keys.dek.reveal())}};
  }
  if (state == personalization::LifeCycle::Blank) {
    throw base::Error(base::Fault::UsedWrongly, "opening a chip",
                      "the chip is blank: --transport-keys names the file with its maker's keys");
  }
  return {.version = bench.profile.transport_key_version, .keys = {}};
}

void say_spoil_first(base::Findings& findings) {
  findings.note("SPOIL_FIRST", "case",
                "Hồ sơ đã có chip: hủy chip, báo ghi giảm, rồi kiểm tra lại / the case has a chip: cccd-station spoil, "
                "cccd-signer stock spoil, then cccd-station case vet");
}

std::variant<cases::ApprovedOrder, base::Findings> order_to_produce(cases::CaseStore& store, const std::string& case_id,
                                                                    const cases::Judges& judges) {
  const std::string state = store.journal().state(case_id);
  const bool is_signed = state == "signed" || state == "personalized" || state == "printed";
  auto loaded = is_signed ? store.load_signed(case_id, judges) : store.load_approved(case_id, judges);
  auto* findings = std::get_if<base::Findings>(&loaded);
  if (findings != nullptr && (is_signed || state == "assigned")) say_spoil_first(*findings);
  return loaded;
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
                  bound_before
                      ? "Chip đã gán không dùng được nữa / the chip bound to this case is terminated, blocked or "
                        "no more of its kind; spoil --without-chip gives it up"
                      : "Chip đã bị hủy hoặc không đúng loại / the chip was terminated or is not of this "
                        "kind; take another");
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
