#include "smartcard/personalization/lock_proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "smartcard/personalization/card_session.h"

namespace personalization {

namespace {

using base::Bytes;

class Prover {
 public:
  explicit Prover(Locked& out) : out_(out) {}
  void tried(std::string probe, apdu::StatusWord sw) { answered(std::move(probe), sw, is_refusal(sw.value)); }
  void answered(std::string probe, apdu::StatusWord sw, bool refused) {
    if (!refused) {
      out_.findings.fail(kNotLocked, kWhere,
                         fmt::format("'{}' on the locked chip: it answered {}", probe, apdu::describe(sw)));
    }
    out_.proof.push_back({std::move(probe), sw.value, refused});
  }

 private:
  Locked& out_;
};

// The keys that test cards are sold with: 40 41 … 4F for AES-128; longer ones count on, or begin again.
std::vector<Bytes> well_known_keys(std::size_t octets) {
  Bytes counting(octets), again(octets);
  for (std::size_t i = 0; i < octets; ++i) {
    counting[i] = static_cast<std::uint8_t>(0x40 + i);
    again[i] = static_cast<std::uint8_t>(0x40 + i % 16);
  }
  return {counting, again};
}

// The card cryptogram tells without a try; 9000 alone is no acceptance.
void try_default_keys(transport::Channel& card, const Profile& profile, base::Random& random, Prover& prover) {
  const globalplatform::ChannelForm& form = profile.channel;
  const Bytes challenge = random.bytes(globalplatform::octets_of(form.mode));
  const apdu::Response answer = card.transmit({0x80, 0x50, 0x00, 0x00, challenge, 256});
  const auto told = answer.sw.ok() ? globalplatform::parse_initialize_update(answer.data) : std::nullopt;
  if (!told || !globalplatform::speaks(*told, form)) return prover.tried("default keys", answer.sw);
  const bool opens = std::ranges::any_of(well_known_keys(profile.key_size), [&](const Bytes& octets) {
    const auto key = [&octets] { return base::Secret::copy_of(octets); };
    const globalplatform::KeySet keys{.enc = key(), .mac = key(), .dek = key()};
    return globalplatform::proves_keys(*told, keys, form, challenge);
  });
  prover.answered("default keys", answer.sw, !opens);
}

}  // namespace

bool is_refusal(std::uint16_t status) {
  const int sw1 = status >> 8;
  return sw1 == 0x69 || sw1 == 0x6A || status == 0x6D00 || status == 0x6E00;
}

Locked prove_lock(transport::Channel& card, const Profile& profile, CardSession& session,
                  const globalplatform::KeySet& card_keys, base::Random& random) {
  Locked out;
  Prover prover(out);
  prover.tried("INSTALL [for personalization] under the card keys", session.try_install_for_personalization());
  prover.tried("PUT KEY under the card keys", session.try_put_key(card_keys));
  const apdu::Response transport_keys =
      card.transmit({0x80, 0x50, profile.transport_key_version, 0x00,
                     random.bytes(globalplatform::octets_of(profile.channel.mode)), 256});
  prover.tried("a channel under the transport keys", transport_keys.sw);
  try_default_keys(card, profile, random, prover);
  const apdu::Response selected = select(card, profile.instance, 0x0C);
  if (!selected.sw.ok()) {
    out.findings.fail(
        kStateUnexpected, kWhere,
        fmt::format("selecting the locked application: the card answered {}", apdu::describe(selected.sw)));
    return out;
  }
  if (!profile.stores(StoredObject::Kind::BacKeys)) {
    prover.tried("basic access control", card.transmit({0x00, 0x84, 0x00, 0x00, {}, 8}).sw);
  }
  prover.tried("UPDATE BINARY in the clear", card.transmit({0x00, 0xD6, 0x9E, 0x00, {0x60}, std::nullopt}).sw);
  prover.tried("CREATE FILE in the clear",
               card.transmit({0x00, 0xE0, 0x00, 0x00, base::hex("630400010110"), std::nullopt}).sw);
  prover.tried("PUT DATA in the clear", card.transmit({0x00, 0xDA, 0x00, 0x62, base::hex("6200"), std::nullopt}).sw);
  prover.tried("STORE DATA in the clear",
               card.transmit({0x80, 0xE2, 0x88, 0x00, base::hex("010101FF"), std::nullopt}).sw);
  return out;
}

}  // namespace personalization
