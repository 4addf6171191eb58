#include "pki/keystore/pkcs11_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/keystore/mac_key.h"
#include "pki/keystore/pkcs11_aes.h"
#include "pki/keystore/pkcs11_public_key.h"
#include "pki/keystore/pkcs11_uses.h"
#include "pki/keystore/use_counter.h"
#include "pki/pkcs11/key_pair.h"
#include "pki/pkcs11/time_limit.h"

namespace keystore {

namespace {

constexpr std::string_view kSigning = "signing in the token";
constexpr std::string_view kOpening = "opening a key in the token";
constexpr std::string_view kMaking = "making a key in the token";

[[noreturn]] void refuse(std::string_view doing, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), std::string(seen));
}

class TokenKey final : public SigningKey {
 public:
  TokenKey(std::shared_ptr<pkcs11::KeyPair> pair, TokenPublicKey shown)
      : pair_(std::move(pair)), public_key_(std::move(shown)) {}

  KeyKind kind() const override { return public_key_.kind; }
  base::Bytes public_key_named() const override { return public_key_.named; }
  base::Bytes public_key_explicit() const override { return public_key_.explicit_parameters; }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    return pkcs11::in_time(
        pair_->token().address().token, kSigning, pkcs11::kAnswerTime,
        [pair = pair_, digest = base::Bytes(digest.begin(), digest.end())] { return pair->sign(digest); });
  }

 private:
  std::shared_ptr<pkcs11::KeyPair> pair_;  // kept too by the errand that asks it, which may outlive this
  TokenPublicKey public_key_;
};

// The key of this address, with its limit of uses when it has one.
std::unique_ptr<SigningKey> open_in(std::shared_ptr<pkcs11::Token> token, const std::string& label) {
  auto uses = find_uses(token, label);
  auto pair = std::make_shared<pkcs11::KeyPair>(std::move(token), label);
  auto shown = known_key(pair->public_values());
  if (!shown) refuse(kOpening, fmt::format("'{}' is a key of a kind that is not used here", label));
  std::unique_ptr<SigningKey> key = std::make_unique<TokenKey>(std::move(pair), std::move(*shown));
  return counted(std::move(key), std::move(uses));
}

void generate_pair(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label, KeyKind kind,
                   Leaving leaving) {
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE, may_leave = leaving == Leaving::WrappedOnly ? CK_TRUE : CK_FALSE;
  const base::Bytes curve = is_rsa(kind) ? base::Bytes{} : curve_parameters(kind);
  const CK_ULONG bits = static_cast<CK_ULONG>(8 * signature_size(kind));
  const std::array<CK_BYTE, 3> exponent{0x01, 0x00, 0x01};
  std::vector<CK_ATTRIBUTE> shown{
      pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes), pkcs11::attribute(CKA_PRIVATE, &no, sizeof no),
      pkcs11::attribute(CKA_VERIFY, &yes, sizeof yes), pkcs11::attribute(CKA_LABEL, label.data(), label.size())};
  if (is_rsa(kind)) {
    shown.push_back(pkcs11::attribute(CKA_MODULUS_BITS, &bits, sizeof bits));
    shown.push_back(pkcs11::attribute(CKA_PUBLIC_EXPONENT, exponent.data(), exponent.size()));
  } else {
    shown.push_back(pkcs11::attribute(CKA_EC_PARAMS, curve.data(), curve.size()));
  }
  std::vector<CK_ATTRIBUTE> hidden{pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_PRIVATE, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_SENSITIVE, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_EXTRACTABLE, &may_leave, sizeof may_leave),
                                   pkcs11::attribute(CKA_SIGN, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_DECRYPT, &no, sizeof no),
                                   pkcs11::attribute(CKA_UNWRAP, &no, sizeof no),
                                   pkcs11::attribute(CKA_LABEL, label.data(), label.size())};
  if (may_leave == CK_TRUE) hidden.push_back(pkcs11::attribute(CKA_WRAP_WITH_TRUSTED, &yes, sizeof yes));
  CK_MECHANISM how{is_rsa(kind) ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0, private_key = 0;
  pkcs11::check(
      functions.C_GenerateKeyPair(session, &how, shown.data(), static_cast<CK_ULONG>(shown.size()), hidden.data(),
                                  static_cast<CK_ULONG>(hidden.size()), &public_key, &private_key),
      kMaking);
  const auto made = read_public_key(functions, session, public_key);
  if (!made) pkcs11::token_failed(kMaking, CKR_DEVICE_ERROR);
  CK_ATTRIBUTE id = pkcs11::attribute(CKA_ID, made->identifier.data(), made->identifier.size());
  pkcs11::check(functions.C_SetAttributeValue(session, public_key, &id, 1), kMaking);
  pkcs11::check(functions.C_SetAttributeValue(session, private_key, &id, 1), kMaking);
}

bool flag_of(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE object,
             CK_ATTRIBUTE_TYPE type) {
  const base::Bytes value = pkcs11::read_attribute(functions, session, object, type);
  return value.size() == 1 && value[0] != 0;
}

TokenKeyInfo describe(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE object) {
  const auto flag = [&](CK_ATTRIBUTE_TYPE type) { return flag_of(functions, session, object, type); };
  TokenKeyInfo info;
  info.label = base::text_of(pkcs11::read_attribute(functions, session, object, CKA_LABEL));
  info.id = pkcs11::read_attribute(functions, session, object, CKA_ID);
  info.local = flag(CKA_LOCAL);
  info.wrapped_only =
      flag(CKA_EXTRACTABLE) && flag(CKA_SENSITIVE) && flag(CKA_ALWAYS_SENSITIVE) && flag(CKA_WRAP_WITH_TRUSTED);
  info.extractable = !info.wrapped_only && (flag(CKA_EXTRACTABLE) || !flag(CKA_NEVER_EXTRACTABLE));
  return info;
}

std::string kind_of_pair(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label) {
  const auto pair = pkcs11::find_object(functions, session, CKO_PUBLIC_KEY, label);
  const auto shown = pair ? read_public_key(functions, session, *pair) : std::nullopt;
  return std::string(shown ? kind_name(shown->kind) : "of another kind");
}

std::string kind_of_secret(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE object) {
  const auto octets = aes_octets_in_token(functions, session, object);
  return octets ? std::string(aes_kind(*octets)) : "secret";
}

std::vector<TokenKeyInfo> list(const pkcs11::Address& address, const base::Secret& pin) {
  const auto token = pkcs11::Token::open(address, pin);
  const pkcs11::Functions& functions = token->functions();
  pkcs11::Token::Lease lease(*token);
  std::vector<TokenKeyInfo> keys;
  for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_SECRET_KEY}) {
    for (const CK_OBJECT_HANDLE object : pkcs11::find_objects(functions, lease.session(), type)) {
      TokenKeyInfo info = describe(functions, lease.session(), object);
      if (!address.object.empty() && info.label != address.object) continue;
      const bool secret = type == CKO_SECRET_KEY;
      const bool wraps = secret && flag_of(functions, lease.session(), object, CKA_WRAP);
      info.kind = wraps    ? "wrapping"
                  : secret ? kind_of_secret(functions, lease.session(), object)
                           : kind_of_pair(functions, lease.session(), info.label);
      if (!secret) info.uses = read_uses(functions, lease.session(), info.label);
      keys.push_back(std::move(info));
    }
  }
  std::ranges::sort(keys, {}, &TokenKeyInfo::label);
  return keys;
}

void destroy(const pkcs11::Address& address, const base::Secret& pin) {
  constexpr std::string_view kDoing = "destroying a key in the token";
  const auto token = pkcs11::Token::open(address, pin);
  const pkcs11::Functions& functions = token->functions();
  pkcs11::Token::Lease lease(*token);
  bool any = false;
  for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY}) {  // the private one first
    if (const auto object = pkcs11::find_object(functions, lease.session(), type, address.object)) {
      pkcs11::check(functions.C_DestroyObject(lease.session(), *object), kDoing);
      any = true;
    }
  }
  if (!any) refuse(kDoing, fmt::format("no key is called '{}'", address.object));
  forget_uses(functions, lease.session(), address.object);
}

}  // namespace

std::unique_ptr<SigningKey> open_token_key(const std::string& text, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  if (address.backup) {
    throw base::Error(base::Fault::UsedWrongly, std::string(kOpening),
                      "x-backup belongs where a key is made, and says nothing of one that is there");
  }
  return pkcs11::in_time(address.token, kOpening, pkcs11::kAnswerTime,
                         [address, pin = base::Secret::copy_of(pin.reveal())] {
                           return open_in(pkcs11::Token::open(address, pin), address.object);
                         });
}

std::unique_ptr<SigningKey> generate_token_key(const std::string& text, KeyKind kind, const base::Secret& pin,
                                               Leaving leaving) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  pkcs11::require_label(address.object);
  if (address.backup) leaving = Leaving::WrappedOnly;
  return pkcs11::in_time(
      address.token, kMaking, pkcs11::kMakingTime, [address, kind, leaving, pin = base::Secret::copy_of(pin.reveal())] {
        auto token = pkcs11::Token::open(address, pin);
        {
          pkcs11::Token::Lease lease(*token);
          for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
            pkcs11::refuse_if_taken(token->functions(), lease.session(), type, address.object, kMaking);
          }
          generate_pair(token->functions(), lease.session(), address.object, kind, leaving);
        }
        return open_in(std::move(token), address.object);
      });
}

std::vector<TokenKeyInfo> list_token_keys(const std::string& text, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_address(text);
  return pkcs11::in_time(address.token, "listing the token's keys", pkcs11::kAnswerTime,
                         [address, pin = base::Secret::copy_of(pin.reveal())] { return list(address, pin); });
}

void destroy_token_key(const std::string& text, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  pkcs11::in_time(address.token, "destroying a key in the token", pkcs11::kAnswerTime,
                  [address, pin = base::Secret::copy_of(pin.reveal())] { destroy(address, pin); });
}

}  // namespace keystore
