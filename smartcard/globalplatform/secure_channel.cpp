#include "smartcard/globalplatform/secure_channel.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "smartcard/globalplatform/scp02.h"
#include "smartcard/globalplatform/scp03.h"

namespace globalplatform {

namespace {

using base::Bytes;
using base::ByteView;

constexpr const char* kWhere = "secure channel";

std::string name_of(const ChannelForm& form) {
  if (form.protocol == Protocol::Scp02) return "SCP02";
  return fmt::format("SCP03 in S{} mode", octets_of(form.mode));
}

Scp02Session begin_scp02(const KeySet& keys, const ChannelForm& form, ByteView host_challenge,
                         const InitializeUpdate& card) {
  return {keys, form.level, host_challenge, card.sequence_counter, card.card_challenge};
}

Scp03Session begin_scp03(const KeySet& keys, const ChannelForm& form, ByteView host_challenge,
                         const InitializeUpdate& card) {
  return {keys, form.level, host_challenge, card.card_challenge};
}

DataKey data_key_of(const Scp02Session& session, const KeySet& /*keys*/) {
  return session.data_key();
}

DataKey data_key_of(const Scp03Session& /*session*/, const KeySet& keys) {
  return DataKey::of_scp03(keys.dek);
}

void refuse(OpenedChannel& out, const char* code, std::string text) {
  out.findings.fail(code, kWhere, std::move(text));
}

// Keys of another length are not this card's.
bool may_be_keys(const KeySet& keys, const ChannelForm& form) {
  if (form.protocol == Protocol::Scp03) return true;
  return keys.enc.size() == kTripleDesKeySize && keys.mac.size() == kTripleDesKeySize &&
         keys.dek.size() == kTripleDesKeySize;
}

// The card has answered INITIALIZE UPDATE; what is left is its proof and EXTERNAL AUTHENTICATE.
template <class Begin>
void authenticate(transport::Channel& card, std::span<const KeySet* const> candidates, const ChannelForm& form,
                  const Begin& begin, OpenedChannel& out) {
  for (; out.candidate < candidates.size(); ++out.candidate) {
    if (!may_be_keys(*candidates[out.candidate], form)) continue;
    auto session = begin(*candidates[out.candidate]);
    if (!session.verify_card(out.card->card_cryptogram)) continue;
    const apdu::Response opened = card.transmit(session.external_authenticate());
    if (!opened.sw.ok()) {
      refuse(out, "CHIP_STATE_UNEXPECTED",
             fmt::format("EXTERNAL AUTHENTICATE: the card answered {}", apdu::describe(opened.sw)));
      return;
    }
    out.data_key.emplace(data_key_of(session, *candidates[out.candidate]));
    out.channel = std::make_unique<transport::SessionChannel<decltype(session)>>(card, std::move(session));
    return;
  }
  refuse(
      out, "CHIP_KEYS_WRONG",
      fmt::format("the card's key set {:02X} is not the one we hold; nothing was tried on it", out.card->key_version));
}

}  // namespace

// INITIALIZE UPDATE 80 50 <key version> 00 Lc host challenge 00.
OpenedChannel open_secure_channel(transport::Channel& card, std::uint8_t key_version,
                                  std::span<const KeySet* const> candidates, const ChannelForm& form,
                                  base::Random& random) {
  OpenedChannel out;
  const Bytes host_challenge = random.bytes(octets_of(form.mode));
  const apdu::Response answer = card.transmit({0x80, 0x50, key_version, 0x00, host_challenge, 256});
  if (!answer.sw.ok()) {
    refuse(out, "CHIP_STATE_UNEXPECTED",
           fmt::format("INITIALIZE UPDATE with key version {:02X}: the card answered {}", key_version,
                       apdu::describe(answer.sw)));
    return out;
  }
  out.card = parse_initialize_update(answer.data);
  if (!out.card || (key_version != 0 && out.card->key_version != key_version) || !speaks(*out.card, form)) {
    refuse(out, "CHIP_STATE_UNEXPECTED",
           fmt::format("the card does not speak {} with this key version", name_of(form)));
    return out;
  }
  if (form.protocol == Protocol::Scp02) {
    authenticate(
        card, candidates, form, [&](const KeySet& keys) { return begin_scp02(keys, form, host_challenge, *out.card); },
        out);
  } else {
    authenticate(
        card, candidates, form, [&](const KeySet& keys) { return begin_scp03(keys, form, host_challenge, *out.card); },
        out);
  }
  return out;
}

bool proves_keys(const InitializeUpdate& card, const KeySet& keys, const ChannelForm& form, ByteView host_challenge) {
  base::ensure(speaks(card, form), "keys are proved in the protocol that the card speaks");
  if (!may_be_keys(keys, form)) return false;
  return form.protocol == Protocol::Scp02
             ? begin_scp02(keys, form, host_challenge, card).verify_card(card.card_cryptogram)
             : begin_scp03(keys, form, host_challenge, card).verify_card(card.card_cryptogram);
}

}  // namespace globalplatform
