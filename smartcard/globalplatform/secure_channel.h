#pragma once
// Opens a secure channel to a GlobalPlatform security domain: in the protocol that the form demands and in no other.
// EXTERNAL AUTHENTICATE is sent only after the card has proved its keys: a wrong key set costs the card no try.

#include <memory>
#include <optional>
#include <span>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/globalplatform/channel_form.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/transport/session_channel.h"

namespace globalplatform {

// The security domain is selected already. One INITIALIZE UPDATE, and the card's cryptogram is held against each
// candidate in turn: so a chip whose PUT KEY was torn says under which keys it stands, and no try is spent on it.
// Findings instead of a channel: CHIP_KEYS_WRONG (the card cryptogram is of none of these keys: stopped before EXTERNAL
// AUTHENTICATE), CHIP_STATE_UNEXPECTED (the card knows no such key version, speaks another protocol or mode, blocks the
// key set, or refuses our cryptogram although its own was right). Key version 00 is the card's first key set.
struct OpenedChannel {
  // Commands with CLA 80 go in, protected ones (CLA 84) to the card; `card` must outlive it.
  std::unique_ptr<transport::SecureChannel> channel;
  std::optional<InitializeUpdate> card;
  std::size_t candidate = 0;        // which key set the card holds
  std::optional<DataKey> data_key;  // with the channel: what encrypts keys and secrets inside it
  base::Findings findings;
};
OpenedChannel open_secure_channel(transport::Channel& card, std::uint8_t key_version,
                                  std::span<const KeySet* const> candidates, const ChannelForm& form,
                                  base::Random& random);

// Whether a card that answered so to this host challenge holds these keys. It speaks what the form says (ensure).
bool proves_keys(const InitializeUpdate& card, const KeySet& keys, const ChannelForm& form,
                 base::ByteView host_challenge);

}  // namespace globalplatform
