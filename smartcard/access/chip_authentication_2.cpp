#include "smartcard/access/chip_authentication_2.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/access/exchange.h"
#include "smartcard/secure_messaging/secured_channel.h"

namespace chip_access {

namespace {

using base::Bytes;
using base::Secret;

constexpr const char* kWhere = "chip authentication";
constexpr asn1::Tag kNonce = 0x81, kToken = 0x82;  // inside 7C
constexpr std::size_t kNonceSize = 8;

// The chip's key for this choice out of the signed file; nullopt with the reason in `why`.
std::optional<AgreementKey> key_for(const ChipAuthentication2Choice& choice, const lds::SecurityInfos& card_security,
                                    std::string& why) {
  if (std::ranges::find(card_security.chip_authentication, choice.info) == card_security.chip_authentication.end()) {
    why = "EF.CardSecurity does not name the protocol that EF.CardAccess offers";
    return std::nullopt;
  }
  std::optional<AgreementKey> found;
  for (const lds::ChipAuthenticationPublicKeyInfo& row : card_security.chip_keys) {
    const bool other =
        row.agreement != choice.info.agreement || (choice.info.key_id && row.key_id != choice.info.key_id);
    if (other) continue;
    if (found) {
      why = "EF.CardSecurity names several keys and does not tell them apart";
      return std::nullopt;
    }
    found = parse_agreement_key(row.public_key);
    const auto group = DomainParameters::standardized(choice.domain_parameters);
    if (!found || found->domain_parameters != choice.domain_parameters || !group->is_element(found->element)) {
      why = "the key in EF.CardSecurity is malformed, or lies not in the domain parameters of EF.CardAccess";
      return std::nullopt;
    }
  }
  if (!found) why = "EF.CardSecurity holds no key for the protocol";
  return found;
}

struct Answer {
  Bytes nonce, token;
};

// The chip's 81 nonce, 82 token (TR-03110-3 B.2.2). nullopt with the reason in `why`.
std::optional<Answer> exchange(transport::Channel& secured, const ChipAuthentication2Choice& choice,
                               base::ByteView public_key, std::string& why) {
  const auto content =
      send_terminal_key(secured, lds::chip_authentication_protocol(choice.info), choice.info.key_id, public_key, why);
  if (!content) return std::nullopt;
  try {
    asn1::TlvReader objects(*content, asn1::Lengths::Lenient);
    const base::ByteView nonce = objects.need(kNonce), token = objects.need(kToken);
    objects.end();
    if (nonce.size() != kNonceSize) throw asn1::Malformed("a nonce has eight octets");
    return Answer{{nonce.begin(), nonce.end()}, {token.begin(), token.end()}};
  } catch (const asn1::Malformed& error) {
    why = fmt::format("The chip's answer is malformed: {}.", error.what());
    return std::nullopt;
  }
}

}  // namespace

std::optional<ChipAuthentication2Choice> supported_chip_authentication_2(const lds::SecurityInfos& card_access) {
  const bool terminal_first =
      std::ranges::any_of(card_access.terminal_authentication,
                          [](const lds::TerminalAuthenticationInfo& info) { return info.version == 2; });
  if (!terminal_first) return std::nullopt;
  std::optional<ChipAuthentication2Choice> best;
  for (const lds::ChipAuthenticationInfo& info : card_access.chip_authentication) {
    if (info.version != 2 || (info.key_id && *info.key_id < 0)) continue;
    if (best && best->info.cipher >= info.cipher) continue;
    for (const lds::ChipAuthenticationDomainParameterInfo& row : card_access.chip_parameters) {
      if (row.agreement != info.agreement || row.key_id != info.key_id) continue;
      const auto set = standardized_parameters(row.domain_parameter);
      const auto group = set ? DomainParameters::standardized(*set) : nullptr;
      if (group && group->agreement() == info.agreement) best = ChipAuthentication2Choice{info, *set};
    }
  }
  return best;
}

EphemeralKey draw_ephemeral_key(const ChipAuthentication2Choice& choice, base::Random& random) {
  const auto group = DomainParameters::standardized(choice.domain_parameters);
  EphemeralKey key{group->draw_private_key(random), {}, {}};
  key.public_key = group->multiply_generator(key.private_key.reveal());
  key.compressed = group->compress(key.public_key);
  return key;
}

ChipAuthenticationResult chip_authentication_2(transport::Channel& card,
                                               std::unique_ptr<transport::SecureChannel> secured,
                                               const ChipAuthentication2Choice& choice, const EphemeralKey& key,
                                               const lds::SecurityInfos& card_security) {
  ChipAuthenticationResult result;
  result.secured = std::move(secured);
  std::string why;
  const auto chip_key = key_for(choice, card_security, why);
  if (!chip_key) {
    result.findings.fail("CHIP_AUTHENTICATION_NOT_POSSIBLE", kWhere, fmt::format("Not possible: {}.", why));
    return result;
  }
  const auto answer = exchange(*result.secured, choice, key.public_key, why);
  if (!answer) {
    result.findings.fail("CHIP_AUTHENTICATION_FAILED", kWhere, why);
    return result;
  }
  const auto group = DomainParameters::standardized(choice.domain_parameters);
  const Secret shared(group->multiply(key.private_key.reveal(), chip_key->element));
  if (shared.empty()) {
    result.findings.fail("CHIP_AUTHENTICATION_FAILED", kWhere, "The chip's key leads to no secret.");
    return result;
  }
  const Secret k(group->shared_secret(shared.reveal()));
  const Secret seed(base::concat({k.reveal(), answer->nonce}));  // TR-03110-3 A.2.3: KDF(K, r)
  const auto cipher = session_cipher(choice.info.cipher);
  auto keys = secure_messaging::derive_session_keys(cipher, seed.reveal());
  const Bytes token = authentication_token(cipher, keys.mac.reveal(), lds::chip_authentication_protocol(choice.info),
                                           choice.info.agreement, key.public_key);
  if (!base::equal_in_constant_time(token, answer->token)) {
    result.findings.fail("CHIP_AUTHENTICATION_FAILED", kWhere,
                         "The chip's token is wrong: it does not hold the key of EF.CardSecurity.");
    return result;
  }
  result.terminal_key = key.compressed;
  result.token_right = true;
  result.secured =
      std::make_unique<secure_messaging::SecuredChannel>(card, secure_messaging::Session(cipher, std::move(keys)));
  return result;
}

}  // namespace chip_access
