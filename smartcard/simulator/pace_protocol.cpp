#include "smartcard/simulator/pace_protocol.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/cvc/format/certificate.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

// bsi-de protocols(2) smartcard(2) PACE(4); then the mapping and the cipher.
const base::Bytes kPace = base::hex("04007F0007020204");
constexpr std::uint16_t kCardAccess = 0x011C;
constexpr asn1::Tag kDynamicData = 0x7C;

std::optional<PaceOffer> offer_of(base::ByteView protocol) {
  if (protocol.size() != kPace.size() + 2 || !base::equal(protocol.first(kPace.size()), kPace)) return std::nullopt;
  PaceOffer offer;
  offer.protocol.assign(protocol.begin(), protocol.end());
  const std::uint8_t mapping = protocol[kPace.size()];
  const std::uint8_t cipher = protocol[kPace.size() + 1];
  if (mapping == 0 || mapping > 6 || mapping == 5 || cipher < 1 || cipher > 4) return std::nullopt;
  offer.elliptic = mapping % 2 == 0;
  offer.mapping = mapping <= 2   ? PaceMapping::Generic
                  : mapping <= 4 ? PaceMapping::Integrated
                                 : PaceMapping::ChipAuthentication;
  offer.suite = static_cast<Suite>(cipher);
  if (offer.mapping == PaceMapping::ChipAuthentication && offer.suite == Suite::TripleDes) return std::nullopt;
  return offer;
}

std::optional<std::uint8_t> one_octet(std::optional<base::ByteView> value) {
  return value && value->size() == 1 ? std::optional(value->front()) : std::nullopt;
}

}  // namespace

std::vector<PaceOffer> pace_offers(base::ByteView card_access) {
  std::vector<PaceOffer> offers;
  try {
    asn1::TlvReader file(card_access);
    for (asn1::TlvReader set(file.need(0x31)); !set.at_end();) {
      asn1::TlvReader info(set.need(0x30));
      auto offer = offer_of(info.need(0x06));
      if (!offer || asn1::read_integer(info.need(0x02)) != 2) continue;
      const auto parameters = info.maybe(0x02);
      const std::int64_t id = parameters ? asn1::read_integer(*parameters) : -1;
      if (id < 0 || id > 31 || (id >= 8) != offer->elliptic) continue;
      offer->parameters = static_cast<std::uint8_t>(id);
      offers.push_back(std::move(*offer));
    }
  } catch (const asn1::Malformed&) {
    // what stands before the fault is served
  }
  return offers;
}

// Constants of §4.4.3.3.2, for ciphers with keys of 128 bits and of 192 or 256 bits.
base::Bytes integrated_mapping_octets(Suite suite, base::ByteView s, base::ByteView t, std::size_t prime_bits) {
  const bool small = key_size(suite) == 16;
  const base::Bytes c0 = base::hex(small ? "A668892A7C41E3CA739F40B057D85904"
                                         : "D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676");
  const base::Bytes c1 = base::hex(small ? "A4E136AC725F738B01C1F60217C188AD"
                                         : "54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517");
  const base::Bytes zero(block_size(suite));
  base::Bytes key = encrypt(suite, t.first(key_size(suite)), zero, s);
  base::Bytes octets;
  while (8 * octets.size() < prime_bits + 64) {
    key.resize(key_size(suite));
    base::append(octets, encrypt(suite, key, zero, c1));
    key = encrypt(suite, key, zero, c0);
  }
  return octets;
}

apdu::StatusWord Pace::set_at(base::ByteView data) {
  step_ = Step::None;
  success_.reset();
  try {
    asn1::TlvReader in(data);
    const base::ByteView protocol = in.need(0x80);
    const auto password = one_octet(in.need(0x83));
    std::optional<std::uint8_t> parameters;
    wanted_.reset();
    while (!in.at_end()) {
      if (!parameters && in.peek() == asn1::Tag{0x84}) {
        parameters = one_octet(in.need(0x84));
        if (!parameters) return kWrongData;
      } else {
        wanted_ = cvc::format::parse_chat(in.need(0x7F4C));
      }
    }
    if (!password) return kWrongData;
    return choose(protocol, *password, parameters);
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
}

apdu::StatusWord Pace::choose(base::ByteView protocol, std::uint8_t password, std::optional<std::uint8_t> parameters) {
  if (!(*memory_)->master_files.contains(kCardAccess)) return kWrongData;
  std::vector<PaceOffer> offers = pace_offers((*memory_)->master_files.at(kCardAccess));
  std::erase_if(offers, [&](const PaceOffer& offer) { return !base::equal(offer.protocol, protocol); });
  if (offers.empty()) return kWrongData;
  if (!(*memory_)->pace.contains(password)) return kReferenceNotFound;
  if (parameters) {
    std::erase_if(offers, [&](const PaceOffer& offer) { return offer.parameters != *parameters; });
    if (offers.empty()) return kReferenceNotFound;
  }
  if (offers.size() != 1) return kWrongData;  // several parameter sets, and the terminal does not say which
  offer_ = offers.front();
  group_ = Group::standardized(offer_.parameters);
  if (!group_) return kReferenceNotFound;
  if (offer_.mapping == PaceMapping::ChipAuthentication && mapping_key(offer_.parameters) == nullptr) {
    return kReferenceNotFound;
  }
  password_key_ = derive_key(offer_.suite, (*memory_)->pace.at(password).reveal(), kDerivePassword);
  generator_ = group_->generator();
  step_ = Step::Nonce;
  return kDone;
}

const ChipKey* Pace::mapping_key(std::uint8_t parameters) const {
  const auto found = std::ranges::find((*memory_)->chip_keys, parameters, &ChipKey::parameters);
  return found == (*memory_)->chip_keys.end() ? nullptr : &*found;
}

apdu::Response Pace::general_authenticate(const apdu::Command& command) {
  const Step step = std::exchange(step_, Step::None);  // a refusal ends the run
  if (step == Step::None) return answer(kConditionsNotSatisfied);
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if ((command.cla == 0x00) != (step == Step::Confirm)) return answer(kWrongData);
  password_wrong_ = false;
  std::optional<base::Bytes> content;
  try {
    asn1::TlvReader in(command.data);
    const base::ByteView dynamic = in.need(kDynamicData);
    in.end();
    step_ = step;
    content = answer_to(dynamic);
  } catch (const asn1::Malformed&) {
    content.reset();
  }
  if (!content) {
    step_ = Step::None;
    return answer(password_wrong_ ? kAuthenticationFailed : kWrongData);
  }
  step_ = step == Step::Nonce   ? Step::Map
          : step == Step::Map   ? Step::Agree
          : step == Step::Agree ? Step::Confirm
                                : Step::None;
  return {asn1::TlvWriter{}.put(kDynamicData, *content).take(), kDone};
}

std::optional<base::Bytes> Pace::answer_to(base::ByteView content) {
  switch (step_) {
    case Step::Nonce:
      return nonce(content);
    case Step::Map:
      return map(content);
    case Step::Agree:
      return agree(content);
    default:
      return confirm(content);
  }
}

// §4.4.3.2: z = E(K_pi, s). The integrated mapping needs a nonce as long as the key, in whole blocks.
std::optional<base::Bytes> Pace::nonce(base::ByteView content) {
  if (!content.empty()) return std::nullopt;
  const bool longer = offer_.mapping == PaceMapping::Integrated && key_size(offer_.suite) > 16;
  nonce_ = random_->secret(longer ? 32 : 16);
  const base::Bytes z =
      encrypt(offer_.suite, password_key_.reveal(), base::Bytes(block_size(offer_.suite)), nonce_.reveal());
  return asn1::TlvWriter{}.put(0x80, z).take();
}

// §4.4.3.3.
std::optional<base::Bytes> Pace::map(base::ByteView content) {
  asn1::TlvReader in(content);
  const base::ByteView theirs = in.need(0x81);
  in.end();
  if (offer_.mapping == PaceMapping::Integrated) {
    if (theirs.size() != key_size(offer_.suite)) return std::nullopt;
    const auto mapped =
        group_->map(integrated_mapping_octets(offer_.suite, nonce_.reveal(), theirs, group_->prime_bits()));
    if (!mapped) return std::nullopt;
    ++memory_->effort().agreements;
    generator_ = *mapped;
    return asn1::TlvWriter{}.put(0x82, base::Bytes{}).take();
  }
  if (!group_->is_public_key(theirs)) return std::nullopt;
  memory_->effort().agreements += 3;
  mapping_number_ = group_->random_number(*random_);
  const base::Bytes mine = group_->multiply(group_->generator(), mapping_number_.reveal(), *random_);
  if (base::equal(mine, theirs)) return std::nullopt;
  const base::Bytes h = group_->multiply(theirs, mapping_number_.reveal(), *random_);
  const base::Bytes s = group_->multiply(group_->generator(), nonce_.reveal(), *random_);
  if (h.empty() || s.empty()) return std::nullopt;
  generator_ = group_->combine(s, h);
  if (!group_->is_public_key(generator_)) return std::nullopt;
  return asn1::TlvWriter{}.put(0x82, mine).take();
}

std::optional<base::Bytes> Pace::agree(base::ByteView content) {
  asn1::TlvReader in(content);
  const base::ByteView theirs = in.need(0x83);
  in.end();
  if (!group_->is_public_key(theirs)) return std::nullopt;
  memory_->effort().agreements += 2;
  const base::Secret number = group_->random_number(*random_);
  own_key_ = group_->multiply(generator_, number.reveal(), *random_);
  if (base::equal(own_key_, theirs)) return std::nullopt;  // §4.4.1: the public keys must differ
  terminal_key_.assign(theirs.begin(), theirs.end());
  const base::Bytes element = group_->multiply(theirs, number.reveal(), *random_);
  if (element.empty()) return std::nullopt;
  const base::Secret shared(group_->secret_of(element));
  enc_ = derive_key(offer_.suite, shared.reveal(), kDeriveEnc);
  mac_ = derive_key(offer_.suite, shared.reveal(), kDeriveMac);
  return asn1::TlvWriter{}.put(0x84, own_key_).take();
}

// §4.4.3.4: the token is over the other side's public key.
base::Bytes Pace::token_over(base::ByteView public_key) const {
  asn1::TlvWriter inner;
  inner.put(0x06, offer_.protocol).put(group_->key_tag(), public_key);
  return authentication_token(offer_.suite, mac_.reveal(), asn1::TlvWriter{}.put(0x7F49, inner).view());
}

std::optional<base::Bytes> Pace::confirm(base::ByteView content) {
  asn1::TlvReader in(content);
  const base::ByteView token = in.need(0x85);
  in.end();
  if (!base::equal_in_constant_time(token, token_over(own_key_))) {
    password_wrong_ = true;
    return std::nullopt;
  }
  asn1::TlvWriter out;
  out.put(0x86, token_over(terminal_key_));
  if (wanted_) {  // §4.4.4: 87 the current CVCA's reference, 88 the one before
    asn1::Tag tag = 0x87;
    for (const base::Bytes& certificate : (*memory_)->trust_points) {
      out.put(tag++, cvc::format::parse_certificate(certificate).body.holder);
    }
  }
  if (offer_.mapping == PaceMapping::ChipAuthentication) out.put(0x8A, chip_authentication_data());
  const base::Bytes ssc(block_size(offer_.suite));
  base::Bytes id_picc = group_->compressed(own_key_);
  success_ =
      PaceSuccess{SecureMessaging(offer_.suite, std::move(enc_), std::move(mac_), ssc), std::move(id_picc), wanted_};
  return out.take();
}

// §4.4.3.5.2: CA_IC = SK_map / SK_IC, enciphered under the new key with the IV E(K, -1).
base::Bytes Pace::chip_authentication_data() const {
  const ChipKey* const key = mapping_key(offer_.parameters);
  const base::Secret proof(group_->quotient(mapping_number_.reveal(), key->secret.reveal()));
  const base::Bytes iv = encrypt_block(offer_.suite, enc_.reveal(), base::Bytes(kAesBlock, 0xFF));
  return encrypt(offer_.suite, enc_.reveal(), iv, pad(proof.reveal(), kAesBlock));
}

}  // namespace simulator
