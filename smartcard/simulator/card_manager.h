#pragma once
// The card manager (issuer security domain, A000000151000000): who may change what on the chip, and in which order
// (GlobalPlatform Card Specification v2.3 §9–§11, SCP03 by Amendment D or SCP02 by Annex E). Life cycle:
// docs/formats/virtual-chip.md.

#include <memory>
#include <optional>

#include "pki/base/core/random.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/personalization_run.h"
#include "smartcard/simulator/secure_channel.h"
#include "smartcard/simulator/state.h"

namespace simulator {

inline constexpr std::uint32_t kMostFailures = 10;  // wrong authentications in a row, then the key set is blocked

class CardManager {
 public:
  CardManager(Memory& memory, base::Random& random) : memory_(memory), random_(random) {}

  // Power, reset, another application: the secure channel and an unfinished personalization run are gone.
  void forget();
  bool secured() const { return channel_ && channel_->authenticated(); }
  // Selected by SELECT: the answer (FCI with P2 = 00).
  apdu::Response selected(const apdu::Command& select);
  // A command with CLA 00, 80 or 84 while the card manager is selected.
  apdu::Response process(const apdu::Command& command);
  // GET DATA, 80 CA or 00 CA: 0045, 0066, 00E0, 9F7F.
  apdu::Response get_data(const apdu::Command& command) const;

 private:
  apdu::Response process_plain(const apdu::Command& command);
  apdu::Response process_iso(const apdu::Command& command);
  apdu::Response process_secured(const apdu::Command& command);
  apdu::Response process_managed(const apdu::Command& command);

  apdu::Response initialize_update(const apdu::Command& command);
  std::unique_ptr<SecureChannel> begin_scp02(base::ByteView host_challenge);
  std::unique_ptr<SecureChannel> begin_scp03(base::ByteView host_challenge);
  apdu::Response external_authenticate(const apdu::Command& command);
  apdu::Response put_key(const apdu::Command& command);
  apdu::Response install(const apdu::Command& command);
  apdu::Response install_application(base::ByteView data);
  apdu::Response install_for_personalization(base::ByteView data);
  apdu::Response store_data(const apdu::Command& command);
  apdu::Response set_status(const apdu::Command& command);
  apdu::Response lock_application(base::ByteView data);
  apdu::Response get_status(const apdu::Command& command);

  Memory& memory_;
  base::Random& random_;
  std::unique_ptr<SecureChannel> channel_;
  std::optional<PersonalizationRun> run_;
  std::size_t status_given_ = 0;  // entries of GET STATUS that went before 6310
};

}  // namespace simulator
