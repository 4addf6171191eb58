#pragma once
// What production works with: one reader with a chip in it, the signer, the store, the trust of this station's own
// inspection. Everything of the outside world is passed in.

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "issuance/cases/store.h"
#include "issuance/signing/client.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/trust/trust_store.h"
#include "printer/artwork/artwork.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/personalization/personalizer.h"
#include "smartcard/transport/channel.h"

namespace production {

// One line a step as it ends: Vietnamese, English, how long it took.
using Report = std::function<void(std::string_view vi, std::string_view en, std::chrono::milliseconds took)>;

struct Bench {
  cases::CaseStore& store;
  const cases::Judges judges;
  signing::SignerClient& signer;
  transport::Channel& card;
  const personalization::Profile& profile;
  personalization::BlockMemory& blocks;                  // of this reader and this profile
  const personalization::TransportKeys* transport_keys;  // nullptr: no blank chip can be begun
  // The faces of a card of this form, "adult-2024" or "child-2024".
  std::function<artwork::Layout(const std::string& form)> layout;
  const trust::TrustStore& trust;
  const base::Bytes& trust_point;  // the CVCA that the chip is to trust, 7F21; empty: none
  const keystore::SigningKey& station_key;
  const base::Clock& clock;
  base::Random& random;
  std::filesystem::path work;  // of this case
  // Takes the card's power and gives it again, so that it is met as a gate meets it; empty: it is so on this channel.
  std::function<void()> restart_card = {};
  Report report = {};  // may be empty
  personalization::Progress progress = {};
};

globalplatform::KeySet key_set(const signing::CardKeys& keys);
// The keys of the chip's maker, for a chip in this state: only a blank one answers to them, and only for that one must
// they have been given (Error{UsedWrongly}).
personalization::TransportKeys transport_keys(const Bench& bench, personalization::LifeCycle state);

// The order that the case's card is made by. One whose data are signed is judged as of its signature: it may be
// finished after the order's end. A case that has a chip and no order that counts gets the note SPOIL_FIRST with the
// findings.
std::variant<cases::ApprovedOrder, base::Findings> order_to_produce(cases::CaseStore& store, const std::string& case_id,
                                                                    const cases::Judges& judges);
void say_spoil_first(base::Findings& findings);

// The chip that the case has, or the one in the reader for a case that has none: identified, and bound by the signer
// (again, for a case that has it already: the keys come from there). Findings: CHIP_IS_ANOTHER, or the signer's.
struct BoundChip {
  personalization::ChipIdentity identity;
  signing::Assignment assignment;
};
std::variant<BoundChip, base::Findings> bind_chip(Bench& bench, const std::string& case_id,
                                                  const signing::OrderEvidence& evidence);

}  // namespace production
