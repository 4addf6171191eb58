#pragma once
// Makes a card out of a blank chip, along its life (docs/formats/virtual-chip.md, docs/formats/chip-profile.md):
//
//   identify  -> which chip is it, and where does it stand?
//   prepare   -> card keys in place of the transport keys, LDS application installed, the chip's own keys made on it
//   write     -> data groups, EF.SOD, EF.COM, and what opens them
//   lock      -> personalized: nothing can be written any more
//   terminate -> spoiled: the chip never works again
//
// Each step asks the card where it stands and does what is left, so a card that was pulled before or after any command
// is repaired by running the step again. What the card is not fit for comes back as findings: CHIP_NOT_BLANK (it is
// personalized already), CHIP_KEYS_WRONG (it holds other keys; found before EXTERNAL AUTHENTICATE, so it costs no try),
// CHIP_STATE_UNEXPECTED (anything else that a chip of this profile does not do). A card that was pulled, a reader or a
// service that fails is thrown as base::Error.

#include <functional>
#include <string>
#include <string_view>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/block_size.h"
#include "smartcard/personalization/lock_proof.h"
#include "smartcard/personalization/profile.h"
#include "smartcard/personalization/store_plan.h"
#include "smartcard/personalization/transport_keys.h"
#include "smartcard/transport/channel.h"

namespace personalization {

enum class LifeCycle {
  Blank,         // holds the transport keys
  Prepared,      // holds card keys, can be written
  Personalized,  // locked
  Terminated,
  Foreign,  // not a chip of this profile, or one whose keys are blocked
};
std::string_view life_cycle_name(LifeCycle state);  // "blank", …

struct ChipIdentity {
  std::string serial;  // 16 hexadecimal digits in upper case; empty when the chip tells none
  base::Bytes kdd;     // key diversification data, 10 bytes; empty when terminated or foreign
  std::uint8_t key_version = 0;
  LifeCycle state = LifeCycle::Foreign;
};
// Without authentication, and without a try counted.
ChipIdentity identify(transport::Channel& card, const Profile& profile = virtual_lds_profile());

struct PreparedChip {
  std::string serial;
  // What the chip's keys are told with; empty when a finding failed, and EF.DG14 when the profile has no such key.
  base::Bytes dg14, dg15;
  base::Findings findings;
};
// `assigned` is the chip for which card_keys were derived; another one in the reader is CHIP_STATE_UNEXPECTED and stays
// as it is. Each run makes new keys: a caller that has recorded some goes on with write().
PreparedChip prepare(transport::Channel& card, const Profile& profile, const ChipIdentity& assigned,
                     const TransportKeys& transport_keys, const globalplatform::KeySet& card_keys,
                     base::Random& random);

// what: the object being written ("EF.DG2"); bytes written so far, and in all.
using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

// Writes every file given, EF.CardAccess and what opens the card, in the profile's order, from the beginning, in blocks
// as large as `blocks` knows this reader and this profile to carry; what it does not know is found out first
// (block_size.h), and forgotten when the writing is cut off. Throws Error{FixConfiguration} when the profile has no
// place for a file.
base::Findings write(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
                     const lds::Files& files, const CardAccess& access, base::Random& random, BlockMemory& blocks,
                     const Progress& progress = {});

// A chip that is locked already and holds card_keys is done. Each time the lock is proven (lock_proof.h): findings
// CHIP_NOT_LOCKED when the chip took what it must refuse.
Locked lock(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
            base::Random& random);

// Both through one channel. `written` is called between them; nothing is locked that was not written whole.
Locked write_and_lock(transport::Channel& card, const Profile& profile, const globalplatform::KeySet& card_keys,
                      const lds::Files& files, const CardAccess& access, base::Random& random, BlockMemory& blocks,
                      const Progress& progress = {}, const std::function<void()>& written = {});

// Under the card keys, or under the transport keys while it is blank. A terminated chip is done.
base::Findings terminate(transport::Channel& card, const Profile& profile, const TransportKeys& transport_keys,
                         const globalplatform::KeySet& card_keys, base::Random& random);

}  // namespace personalization
