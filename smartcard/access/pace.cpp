#include "smartcard/access/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/symmetric.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/access/exchange.h"
#include "smartcard/access/pace_mapping.h"
#include "smartcard/secure_messaging/secured_channel.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;
using base::Secret;
using secure_messaging::Cipher;

constexpr const char* kWhere = "PACE";
constexpr std::uint8_t kPasswordKey = 3;  // §9.7.1.2: KDF_pi counts 3
constexpr std::int64_t kP224 = 10;        // its p is 1 mod 4: no integrated mapping
// §4.4.4: the objects of the exchange, the terminal's and the chip's.
constexpr asn1::Tag kNonce = 0x80, kMapTerminal = 0x81, kMapChip = 0x82, kKeyTerminal = 0x83, kKeyChip = 0x84,
                    kTokenTerminal = 0x85, kTokenChip = 0x86, kTrustPoint = 0x87, kTrustPointBefore = 0x88,
                    kChipData = 0x8A;
constexpr std::size_t kRoomAround = 16;  // octets of tags and lengths around a key

// The chip's side did not keep to the protocol, or refused: an answer, told as a finding.
struct Stop {
  std::string code, text;
};
[[noreturn]] void wrong(std::string text) {
  throw Stop{"PACE_CHIP_ANSWER", std::move(text)};
}

// One run of the protocol.
class Run {
 public:
  Run(transport::Channel& card, const PaceChoice& choice, const Password& password, base::Random& random)
      : card_(card),
        choice_(choice),
        password_(password),
        random_(random),
        group_(DomainParameters::standardized(choice.domain_parameters)),
        cipher_(session_cipher(choice.info.cipher)),
        protocol_(lds::pace_protocol(choice.info)) {
    base::ensure(group_ && group_->agreement() == choice.info.agreement, "the choice comes from supported_pace()");
  }
  PaceResult run();

 private:
  void select();
  Secret nonce();
  Bytes mapped_generator(const Secret& nonce);
  Bytes generic_mapping(const Secret& nonce);
  Bytes integrated_mapping(const Secret& nonce);
  secure_messaging::SessionKeys agree(ByteView generator);
  void authenticate(const secure_messaging::SessionKeys& keys);
  void read_chip_data(asn1::TlvReader& objects, const secure_messaging::SessionKeys& keys);
  Bytes exchange_elements(asn1::Tag ours, ByteView element, asn1::Tag theirs, const char* what);
  Bytes step(ByteView objects, bool more, const char* what);

  transport::Channel& card_;
  const PaceChoice& choice_;
  const Password& password_;
  base::Random& random_;
  std::unique_ptr<DomainParameters> group_;
  Cipher cipher_;
  asn1::Oid protocol_;
  Bytes chip_mapping_key_, chip_key_, terminal_key_;
  PaceResult result_;
};

// MSE:Set AT 00 22 C1 A4 Lc 80 protocol 83 password [84 domain parameters] [7F4C rights] (§4.4.4.1; TR-03110-3 B.14.1)
void Run::select() {
  asn1::TlvWriter data;
  data.put(kNonce, protocol_.content()).put(kKeyTerminal, Bytes{static_cast<std::uint8_t>(password_.reference)});
  if (choice_.named) data.put(kKeyChip, shortest(*choice_.info.parameter_id));
  if (choice_.chat) data.raw(cvc::format::encode(*choice_.chat));
  const apdu::Response answer = card_.transmit({0x00, 0x22, 0xC1, 0xA4, data.take(), std::nullopt});
  // 63Cx says how many tries of a PIN are left; a PIN or PUK is tried while there is one.
  const bool tries = (answer.sw.value & 0xFFF0) == 0x63C0 && (answer.sw.value & 0x000F) != 0;
  if (!answer.sw.ok() && !tries) {
    throw Stop{"PACE_REFUSED", fmt::format("The chip refuses the protocol or the kind of password it was offered: {}.",
                                           apdu::describe(answer.sw))};
  }
}

// GENERAL AUTHENTICATE; the content of the answer's 7C.
Bytes Run::step(ByteView objects, bool more, const char* what) {
  const std::size_t longest = 2 * ((group_->field_bits() + 7) / 8) + kRoomAround;
  const apdu::Response answer = general_authenticate(
      card_, objects, more, group_->agreement() == lds::Agreement::Dh ? longest / 2 + kRoomAround : longest);
  if (!answer.sw.ok()) {
    throw Stop{more ? "PACE_REFUSED" : "PACE_PASSWORD",
               more ? fmt::format("Asked for {}, the chip answered {}.", what, apdu::describe(answer.sw))
                    : fmt::format("The chip refuses the password: {}. It is not this card's, or was read wrongly.",
                                  apdu::describe(answer.sw))};
  }
  const ByteView data = dynamic_data(answer.data);
  return {data.begin(), data.end()};
}

// §4.4.3.1 step 1: z = E(K_pi, s).
Secret Run::nonce() {
  const Bytes data = step({}, true, "its nonce");
  asn1::TlvReader objects(data, asn1::Lengths::Lenient);
  const ByteView z = objects.need(kNonce);
  objects.end();
  const std::size_t block = secure_messaging::block_size(cipher_);
  const bool fits = choice_.info.mapping == lds::Mapping::Integrated
                        ? z.size() == integrated_nonce_size(cipher_)
                        : !z.empty() && z.size() % block == 0 && z.size() <= 64;
  if (!fits) wrong(fmt::format("The chip's nonce has {} bytes.", z.size()));
  const Secret key = secure_messaging::derive_key(cipher_, password_.secret.reveal(), kPasswordKey);
  return Secret(secure_messaging::cbc_decrypt(cipher_, key.reveal(), z));
}

Bytes Run::exchange_elements(asn1::Tag ours, ByteView element, asn1::Tag theirs, const char* what) {
  const Bytes data = step(asn1::TlvWriter{}.put(ours, element).view(), true, what);
  asn1::TlvReader objects(data, asn1::Lengths::Lenient);
  const ByteView other = objects.need(theirs);
  objects.end();
  if (!group_->is_element(other)) wrong(fmt::format("What the chip sent as {} is no element of the group.", what));
  if (base::equal(other, element)) wrong(fmt::format("The chip sent the terminal's own key back as {}.", what));
  return {other.begin(), other.end()};
}

// §4.4.3.3.1
Bytes Run::generic_mapping(const Secret& nonce) {
  const Secret key = group_->draw_private_key(random_);
  chip_mapping_key_ =
      exchange_elements(kMapTerminal, group_->multiply_generator(key.reveal()), kMapChip, "its mapping key");
  const Secret h(group_->multiply(key.reveal(), chip_mapping_key_));
  if (h.empty()) wrong("The chip's mapping key leads to no secret.");
  return map_generic(*group_, nonce.reveal(), h.reveal());
}

// §4.4.3.3.2. Chips answer with an empty 82, an empty 7C or nothing at all.
Bytes Run::integrated_mapping(const Secret& nonce) {
  const Bytes terminal_nonce = random_.bytes(secure_messaging::key_size(cipher_));
  const Bytes data = step(asn1::TlvWriter{}.put(kMapTerminal, terminal_nonce).view(), true, "the mapping");
  asn1::TlvReader objects(data, asn1::Lengths::Lenient);
  objects.maybe(kMapChip);
  objects.end();
  return map_integrated(*group_, cipher_, nonce.reveal(), terminal_nonce).value_or(Bytes{});
}

Bytes Run::mapped_generator(const Secret& nonce) {
  Bytes generator =
      choice_.info.mapping == lds::Mapping::Integrated ? integrated_mapping(nonce) : generic_mapping(nonce);
  if (generator.empty()) wrong("The nonces lead to no generator.");
  return generator;
}

// §4.4.3.1 steps 3a to 3d
secure_messaging::SessionKeys Run::agree(ByteView generator) {
  const Secret key = group_->draw_private_key(random_);
  terminal_key_ = group_->multiply(key.reveal(), generator);
  chip_key_ = exchange_elements(kKeyTerminal, terminal_key_, kKeyChip, "its key");
  const Secret shared(group_->multiply(key.reveal(), chip_key_));
  if (shared.empty()) wrong("The chip's key leads to no secret.");
  const Secret k(group_->shared_secret(shared.reveal()));
  return secure_messaging::derive_session_keys(cipher_, k.reveal());
}

// §4.4.3.1 step 4: each side's token is a MAC over the other's key.
void Run::authenticate(const secure_messaging::SessionKeys& keys) {
  const lds::Agreement agreement = group_->agreement();
  const Bytes ours = authentication_token(cipher_, keys.mac.reveal(), protocol_, agreement, chip_key_);
  const Bytes data = step(asn1::TlvWriter{}.put(kTokenTerminal, ours).view(), false, "its token");
  asn1::TlvReader objects(data, asn1::Lengths::Lenient);
  const ByteView theirs = objects.need(kTokenChip);
  if (!base::equal_in_constant_time(
          theirs, authentication_token(cipher_, keys.mac.reveal(), protocol_, agreement, terminal_key_))) {
    wrong("The chip's token is wrong: it does not know the password, or its answer was changed.");
  }
  read_chip_data(objects, keys);
  objects.end();
}

// DO 87, 88: references of the chip's CVCA keys (TR-03110-2 §3.2.3.1). DO 8A: §4.4.3.3.3, A_IC = E(KS_enc, CA_IC) with
// the IV E(KS_enc, -1).
void Run::read_chip_data(asn1::TlvReader& objects, const secure_messaging::SessionKeys& keys) {
  for (const asn1::Tag tag : {kTrustPoint, kTrustPointBefore}) {
    if (const auto reference = objects.maybe(tag)) result_.trust_points.push_back(base::text_of(*reference));
  }
  const auto encrypted = objects.maybe(kChipData);
  for (const asn1::Tag tag : {kTrustPoint, kTrustPointBefore}) {
    if (const auto reference = objects.maybe(tag)) result_.trust_points.push_back(base::text_of(*reference));
  }
  if (choice_.info.mapping != lds::Mapping::ChipAuthentication) return;
  ChipAuthenticationMapping& mapping = result_.mapping.emplace();
  mapping.domain_parameters = choice_.domain_parameters;
  mapping.mapping_key = chip_mapping_key_;
  const std::size_t block = secure_messaging::block_size(cipher_);
  if (!encrypted || encrypted->empty() || encrypted->size() % block != 0) {
    mapping.fault =
        encrypted ? "the chip's authentication data is not whole blocks" : "the chip gave no authentication data";
    return;
  }
  const Bytes iv = openssl::aes_encrypt_block(keys.enc.reveal(), Bytes(block, 0xFF));
  const Secret padded(openssl::aes_cbc_decrypt(keys.enc.reveal(), iv, *encrypted));
  auto plain = openssl::unpad_80(padded.reveal(), block);
  if (plain) {
    mapping.ca_ic = std::move(*plain);
  } else {
    mapping.fault = "the padding of the chip's authentication data is wrong";
  }
}

PaceResult Run::run() {
  try {
    select();
    secure_messaging::SessionKeys keys = agree(mapped_generator(nonce()));
    authenticate(keys);
    result_.id_picc = group_->compress(chip_key_);
    result_.secured =
        std::make_unique<secure_messaging::SecuredChannel>(card_, secure_messaging::Session(cipher_, std::move(keys)));
  } catch (const Stop& stop) {
    result_.findings.fail(stop.code, kWhere, stop.text);
  } catch (const asn1::Malformed& error) {
    result_.findings.fail("PACE_CHIP_ANSWER", kWhere, fmt::format("The chip's answer is malformed: {}.", error.what()));
  }
  return std::move(result_);
}

// The standardized set that a PACEInfo means; nullopt when it means none.
std::optional<std::int64_t> parameters_of(const lds::PaceInfo& info, const lds::SecurityInfos& infos) {
  const auto described = std::ranges::find_if(infos.pace_parameters, [&](const lds::PaceDomainParameterInfo& row) {
    const Bytes& cipherless = row.protocol.content();
    const asn1::Oid protocol = lds::pace_protocol(info);
    return row.parameter_id == info.parameter_id &&
           base::equal(ByteView(protocol.content()).first(protocol.content().size() - 1), cipherless);
  });
  if (described != infos.pace_parameters.end()) return standardized_parameters(described->domain_parameter);
  return info.parameter_id;
}

std::optional<PaceChoice> choice_of(const lds::PaceInfo& info, const lds::SecurityInfos& infos) {
  const auto parameters = parameters_of(info, infos);
  if (info.version != 2 || !parameters) return std::nullopt;
  const auto group = DomainParameters::standardized(*parameters);
  if (!group || group->agreement() != info.agreement) return std::nullopt;
  if (info.mapping == lds::Mapping::Integrated && *parameters == kP224) return std::nullopt;
  if (info.parameter_id.value_or(0) < 0) return std::nullopt;
  const bool ambiguous = std::ranges::any_of(infos.pace, [&](const lds::PaceInfo& other) {
    return lds::pace_protocol(other) == lds::pace_protocol(info) && other.parameter_id != info.parameter_id;
  });
  return PaceChoice{info, *parameters, ambiguous && info.parameter_id};
}

}  // namespace

Password password_of(PasswordReference reference, std::string_view text) {
  if (reference != PasswordReference::Mrz) return {reference, Secret(base::bytes_of(text))};
  return {reference, Secret(openssl::digest(openssl::Hash::Sha1, base::view_of(text)))};
}

std::vector<PaceChoice> supported_pace(const lds::SecurityInfos& card_access) {
  std::vector<PaceChoice> choices;
  for (const lds::PaceInfo& info : card_access.pace) {
    if (auto choice = choice_of(info, card_access)) choices.push_back(std::move(*choice));
  }
  std::ranges::stable_sort(choices, [](const PaceChoice& a, const PaceChoice& b) {
    const auto rank = [](const PaceChoice& x) {
      return std::tuple(x.info.agreement != lds::Agreement::Ecdh, x.info.mapping, -static_cast<int>(x.info.cipher));
    };
    return rank(a) < rank(b);
  });
  return choices;
}

PaceResult pace(transport::Channel& card, const PaceChoice& choice, const Password& password, base::Random& random) {
  return Run(card, choice, password, random).run();
}

base::Findings judge_chip_authentication_mapping(const ChipAuthenticationMapping& mapping,
                                                 const std::vector<lds::ChipAuthenticationPublicKeyInfo>& chip_keys) {
  base::Findings findings;
  const auto failed = [&](std::string why) {
    findings.fail("CHIP_AUTHENTICATION_FAILED", "chip authentication mapping", std::move(why));
  };
  const auto group = DomainParameters::standardized(mapping.domain_parameters);
  base::ensure(group != nullptr, "the mapping comes from pace()");
  if (mapping.ca_ic.empty()) {
    failed(fmt::format("The chip proved no key: {}.", mapping.fault));
    return findings;
  }
  bool tried = false;
  for (const lds::ChipAuthenticationPublicKeyInfo& info : chip_keys) {
    const auto key = parse_agreement_key(info.public_key);
    if (!key || key->domain_parameters != mapping.domain_parameters || !group->is_element(key->element)) continue;
    tried = true;
    if (base::equal(group->multiply(mapping.ca_ic, key->element), mapping.mapping_key)) return findings;
  }
  failed(tried ? "The chip does not hold the key that EF.CardSecurity names."
               : "EF.CardSecurity names no key over the domain parameters of PACE.");
  return findings;
}

}  // namespace chip_access
