#include "issuance/signing/rotation.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace signing {

namespace {

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "taking the document signers", std::move(seen));
}

}  // namespace

Rotation::Rotation(db::Connection& store, std::span<const OfferedSigner> offered) : book_(store) {
  if (offered.empty()) refuse("there is none; name at least one");
  for (const OfferedSigner& one : offered) {
    std::string key = evidence::key_id(one.signer.public_key());
    if (std::ranges::find(shares_, key, &Share::key) != shares_.end()) {
      refuse(fmt::format("the key {} is offered twice; its limit is one, so name it once", key));
    }
    book_.enter(key, one.signer.certificate());
    shares_.push_back({&one.signer, one.limit, std::move(key), ReadBack(one.signer.certificate())});
  }
}

std::variant<const Rotation::Share*, base::Findings> Rotation::whose_turn(base::Moment now) const {
  std::size_t spent = 0;
  for (const Share& share : shares_) {
    if (!share.signer->may_sign(now)) continue;
    if (!share.limit || book_.uses(share.key) < *share.limit) return &share;
    ++spent;
  }
  base::Findings findings;
  if (spent > 0) {
    findings.fail(
        "SIGNER_USES_SPENT", "document signer",
        fmt::format("Of {} document signers {} made as many signatures as they may, and no other may sign now.",
                    shares_.size(), spent));
  } else {
    findings.fail(
        "SIGNER_OUTSIDE_USAGE_PERIOD", "document signer",
        fmt::format("None of {} document signers may sign now: their usage periods have not begun or are over.",
                    shares_.size()));
  }
  return findings;
}

const base::Bytes& Rotation::certificate(base::Moment now) const {
  const auto turn = whose_turn(now);
  const auto* const share = std::get_if<const Share*>(&turn);
  return (share != nullptr ? **share : shares_.back()).signer->certificate();
}

}  // namespace signing
