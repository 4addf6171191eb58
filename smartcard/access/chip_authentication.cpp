#include "smartcard/access/chip_authentication.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "pki/asn1/tlv.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/access/exchange.h"
#include "smartcard/secure_messaging/secured_channel.h"

namespace chip_access {

namespace {

using base::Bytes;
using base::Secret;

constexpr const char* kWhere = "chip authentication";
constexpr asn1::Tag kKeyReference = 0x84, kTerminalKey = 0x91;

// A protocol and a key that belong together.
struct Agreed {
  lds::ChipAuthenticationInfo info;
  AgreementKey key;
  std::optional<std::int64_t> key_id;  // to be named, because the chip has several
};

// §9.2.5: without a ChipAuthenticationInfo for a key, 3DES is meant.
std::vector<lds::ChipAuthenticationInfo> infos_for(const lds::ChipAuthenticationPublicKeyInfo& key,
                                                   const lds::SecurityInfos& infos) {
  std::vector<lds::ChipAuthenticationInfo> found;
  for (const lds::ChipAuthenticationInfo& info : infos.chip_authentication) {
    if (info.version == 1 && info.agreement == key.agreement && info.key_id == key.key_id) found.push_back(info);
  }
  if (found.empty() && infos.chip_authentication.empty()) {
    found.push_back({key.agreement, lds::Cipher::TripleDes, 1, key.key_id});
  }
  return found;
}

// The strongest that can be run, or why there is none.
std::variant<Agreed, std::string> choose(const lds::SecurityInfos& infos) {
  std::optional<Agreed> best;
  std::string fault = "EF.DG14 names no key for chip authentication";
  for (const lds::ChipAuthenticationPublicKeyInfo& row : infos.chip_keys) {
    if (infos.chip_keys.size() > 1 && (!row.key_id || *row.key_id < 0)) {
      fault = "EF.DG14 names several keys and does not tell them apart";
      continue;
    }
    const auto key = parse_agreement_key(row.public_key);
    const auto group = key ? DomainParameters::standardized(key->domain_parameters) : nullptr;
    if (!group || group->agreement() != row.agreement || !group->is_element(key->element)) {
      fault = "the key in EF.DG14 is malformed, not on its curve, or of no standardized domain parameters";
      continue;
    }
    const auto protocols = infos_for(row, infos);
    if (protocols.empty()) fault = "EF.DG14 names no protocol of version 1 for its key";
    for (const lds::ChipAuthenticationInfo& info : protocols) {
      if (best && best->info.cipher >= info.cipher) continue;
      best = Agreed{info, *key, infos.chip_keys.size() > 1 ? row.key_id : std::nullopt};
    }
  }
  if (best) return std::move(*best);
  return fault;
}

// The chip's answer to the terminal's key, as a sentence; empty when it agrees.
std::string refusal(const apdu::Response& answer, const char* step) {
  return answer.sw.ok() ? std::string{} : fmt::format("The chip refuses {}: {}.", step, apdu::describe(answer.sw));
}

// 3DES: MSE:Set KAT 00 22 41 A6 Lc 91 key [84 reference] (§6.2.3.1)
std::string send_for_3des(transport::Channel& secured, const Agreed& agreed, base::ByteView key) {
  asn1::TlvWriter data;
  data.put(kTerminalKey, key);
  if (agreed.key_id) data.put(kKeyReference, shortest(*agreed.key_id));
  return refusal(transmit_long(secured, {0x00, 0x22, 0x41, 0xA6, data.take(), std::nullopt}), "the terminal's key");
}

std::string send_for_aes(transport::Channel& secured, const Agreed& agreed, base::ByteView key) {
  std::string why;
  send_terminal_key(secured, lds::chip_authentication_protocol(agreed.info), agreed.key_id, key, why);
  return why;
}

}  // namespace

ChipAuthenticationResult chip_authentication(transport::Channel& card,
                                             std::unique_ptr<transport::SecureChannel> secured,
                                             const lds::SecurityInfos& infos, base::Random& random) {
  ChipAuthenticationResult result;
  result.secured = std::move(secured);
  const auto choice = choose(infos);
  if (const auto* why = std::get_if<std::string>(&choice)) {
    result.findings.fail("CHIP_AUTHENTICATION_NOT_POSSIBLE", kWhere, fmt::format("Not possible: {}.", *why));
    return result;
  }
  const auto& agreed = std::get<Agreed>(choice);
  const auto group = DomainParameters::standardized(agreed.key.domain_parameters);
  const Secret private_key = group->draw_private_key(random);
  const Bytes public_key = group->multiply_generator(private_key.reveal());
  const std::string why = agreed.info.cipher == lds::Cipher::TripleDes
                              ? send_for_3des(*result.secured, agreed, public_key)
                              : send_for_aes(*result.secured, agreed, public_key);
  if (!why.empty()) {
    result.findings.fail("CHIP_AUTHENTICATION_FAILED", kWhere, why);
    return result;
  }
  const Secret shared(group->multiply(private_key.reveal(), agreed.key.element));
  if (shared.empty()) {
    result.findings.fail("CHIP_AUTHENTICATION_FAILED", kWhere, "The chip's key leads to no secret.");
    return result;
  }
  const Secret k(group->shared_secret(shared.reveal()));
  const auto cipher = session_cipher(agreed.info.cipher);
  result.terminal_key = group->compress(public_key);
  result.secured = std::make_unique<secure_messaging::SecuredChannel>(
      card, secure_messaging::Session(cipher, secure_messaging::derive_session_keys(cipher, k.reveal())));
  return result;
}

std::string chip_authentication_fault(const lds::SecurityInfos& infos) {
  const auto choice = choose(infos);
  const auto* const why = std::get_if<std::string>(&choice);
  return why != nullptr ? *why : std::string{};
}

}  // namespace chip_access
