#include "pki/keystore/pkcs11_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/keystore/pkcs11_public_key.h"
#include "pki/keystore/pkcs11_token.h"
#include "pki/keystore/pkcs11_uses.h"
#include "pki/keystore/time_limit.h"
#include "pki/keystore/use_counter.h"

namespace keystore {

namespace {

constexpr std::string_view kSigning = "signing in the token";
constexpr std::string_view kMaking = "making a key in the token";

[[noreturn]] void refuse(std::string_view doing, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), std::string(seen));
}

CK_MECHANISM mechanism(CK_MECHANISM_TYPE type, void* parameter = nullptr, std::size_t size = 0) {
  return {type, parameter, static_cast<CK_ULONG>(size)};
}

// Hash and mask of RSASSA-PSS by the digest's length; the salt is as long.
CK_RSA_PKCS_PSS_PARAMS pss_of(std::size_t digest_size) {
  base::ensure(digest_size == 32 || digest_size == 48 || digest_size == 64, "a digest is SHA-256, -384 or -512");
  const CK_ULONG salt = static_cast<CK_ULONG>(digest_size);
  if (digest_size == 32) return {CKM_SHA256, CKG_MGF1_SHA256, salt};
  if (digest_size == 48) return {CKM_SHA384, CKG_MGF1_SHA384, salt};
  return {CKM_SHA512, CKG_MGF1_SHA512, salt};
}

struct Pair {
  CK_OBJECT_HANDLE private_key = 0;
  TokenPublicKey public_key;
};

Pair find_pair(const Functions& functions, Session session, const std::string& label) {
  constexpr std::string_view kDoing = "opening a key in the token";
  const auto private_key = find_object(functions, session, CKO_PRIVATE_KEY, label);
  const auto public_key = find_object(functions, session, CKO_PUBLIC_KEY, label);
  if (!private_key || !public_key) {
    refuse(kDoing, fmt::format("no pair of keys is called '{}'; cccd-pki key list shows what is there", label));
  }
  auto shown = read_public_key(functions, session, *public_key);
  if (!shown) refuse(kDoing, fmt::format("'{}' is a key of a kind that is not used here", label));
  return {*private_key, std::move(*shown)};
}

// What a key does in its token. Kept by the errand too that asks it, which may outlive the key's owner.
class KeyInToken {
 public:
  KeyInToken(std::shared_ptr<Token> token, std::string label) : token_(std::move(token)), label_(std::move(label)) {
    Token::Lease lease(*token_);
    Pair pair = find_pair(token_->functions(), lease.session(), label_);
    public_key_ = std::move(pair.public_key);
    handle_ = pair.private_key;
    handle_of_ = lease.connection();
  }

  const std::string& token() const { return token_->address().token; }
  const TokenPublicKey& public_key() const { return public_key_; }

  // A signature that did not come back binds nothing: after a lost connection it is asked for once more.
  base::Bytes sign(base::ByteView digest) {
    unsigned connection = token_->connection();
    base::Bytes signature;
    CK_RV answer = try_to_sign(digest, signature, connection);
    if (connection_lost(answer)) {
      token_->reconnect(connection);
      answer = try_to_sign(digest, signature, connection);
    }
    check(answer, kSigning);
    return signature;
  }

 private:
  CK_RV try_to_sign(base::ByteView digest, base::Bytes& signature, unsigned& connection) {
    const Functions& functions = token_->functions();
    const KeyKind kind = public_key_.kind;
    Token::Lease lease(*token_);
    connection = lease.connection();
    CK_RSA_PKCS_PSS_PARAMS pss{};
    CK_MECHANISM how = mechanism(CKM_ECDSA);
    if (is_rsa(kind)) {
      pss = pss_of(digest.size());
      how = mechanism(CKM_RSA_PKCS_PSS, &pss, sizeof pss);
    } else {
      digest = digest.first(std::min(digest.size(), order_size(kind)));  // FIPS 186-4 §6.4: the leftmost bits
    }
    signature.resize(signature_size(kind));
    CK_ULONG size = static_cast<CK_ULONG>(signature.size());
    CK_RV answer = functions.C_SignInit(lease.session(), &how, handle(lease));
    if (answer == CKR_OK) {
      answer = functions.C_Sign(lease.session(), const_cast<CK_BYTE*>(digest.data()),
                                static_cast<CK_ULONG>(digest.size()), signature.data(), &size);
      if (answer == CKR_OK && size != signature.size()) answer = CKR_GENERAL_ERROR;
    }
    if (answer != CKR_OK) lease.give_up();  // an operation may have been left open in it
    return answer;
  }

  // Looking a key up costs more than a signature with it (P-256: six times), so its handle is kept for the connection.
  CK_OBJECT_HANDLE handle(const Token::Lease& lease) {
    const std::lock_guard lock(mutex_);
    if (handle_of_ == lease.connection()) return handle_;
    const Pair pair = find_pair(token_->functions(), lease.session(), label_);
    if (pair.public_key.named != public_key_.named) {
      throw base::Error(base::Fault::TreatAsAttack, std::string(kSigning),
                        "another key stands under this label since the token was gone; nothing is signed with it");
    }
    handle_ = pair.private_key;
    handle_of_ = lease.connection();
    return handle_;
  }

  std::shared_ptr<Token> token_;
  std::string label_;
  TokenPublicKey public_key_;
  std::mutex mutex_;
  CK_OBJECT_HANDLE handle_ = 0;
  unsigned handle_of_ = 0;  // the connection that the handle is good for
};

class TokenKey final : public SigningKey {
 public:
  explicit TokenKey(std::shared_ptr<KeyInToken> key) : key_(std::move(key)) {}

  KeyKind kind() const override { return key_->public_key().kind; }
  base::Bytes public_key_named() const override { return key_->public_key().named; }
  base::Bytes public_key_explicit() const override { return key_->public_key().explicit_parameters; }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    return in_time(key_->token(), kSigning, kAnswerTime,
                   [key = key_, digest = base::Bytes(digest.begin(), digest.end())] { return key->sign(digest); });
  }

 private:
  std::shared_ptr<KeyInToken> key_;
};

// The key of this address, with its limit of uses when it has one.
std::unique_ptr<SigningKey> open_in(std::shared_ptr<Token> token, const std::string& label) {
  auto uses = find_uses(token, label);
  std::unique_ptr<SigningKey> key = std::make_unique<TokenKey>(std::make_shared<KeyInToken>(std::move(token), label));
  return counted(std::move(key), std::move(uses));
}

void generate_pair(const Functions& functions, Session session, const std::string& label, KeyKind kind,
                   Leaving leaving) {
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE, may_leave = leaving == Leaving::WrappedOnly ? CK_TRUE : CK_FALSE;
  const base::Bytes curve = is_rsa(kind) ? base::Bytes{} : curve_parameters(kind);
  const CK_ULONG bits = static_cast<CK_ULONG>(8 * signature_size(kind));
  const std::array<CK_BYTE, 3> exponent{0x01, 0x00, 0x01};
  std::vector<CK_ATTRIBUTE> shown{attribute(CKA_TOKEN, &yes, sizeof yes), attribute(CKA_PRIVATE, &no, sizeof no),
                                  attribute(CKA_VERIFY, &yes, sizeof yes),
                                  attribute(CKA_LABEL, label.data(), label.size())};
  if (is_rsa(kind)) {
    shown.push_back(attribute(CKA_MODULUS_BITS, &bits, sizeof bits));
    shown.push_back(attribute(CKA_PUBLIC_EXPONENT, exponent.data(), exponent.size()));
  } else {
    shown.push_back(attribute(CKA_EC_PARAMS, curve.data(), curve.size()));
  }
  std::vector<CK_ATTRIBUTE> hidden{
      attribute(CKA_TOKEN, &yes, sizeof yes),     attribute(CKA_PRIVATE, &yes, sizeof yes),
      attribute(CKA_SENSITIVE, &yes, sizeof yes), attribute(CKA_EXTRACTABLE, &may_leave, sizeof may_leave),
      attribute(CKA_SIGN, &yes, sizeof yes),      attribute(CKA_DECRYPT, &no, sizeof no),
      attribute(CKA_UNWRAP, &no, sizeof no),      attribute(CKA_LABEL, label.data(), label.size())};
  if (may_leave == CK_TRUE) hidden.push_back(attribute(CKA_WRAP_WITH_TRUSTED, &yes, sizeof yes));
  CK_MECHANISM how = mechanism(is_rsa(kind) ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN);
  CK_OBJECT_HANDLE public_key = 0, private_key = 0;
  check(functions.C_GenerateKeyPair(session, &how, shown.data(), static_cast<CK_ULONG>(shown.size()), hidden.data(),
                                    static_cast<CK_ULONG>(hidden.size()), &public_key, &private_key),
        kMaking);
  const auto made = read_public_key(functions, session, public_key);
  if (!made) token_failed(kMaking, CKR_DEVICE_ERROR);
  CK_ATTRIBUTE id = attribute(CKA_ID, made->identifier.data(), made->identifier.size());
  check(functions.C_SetAttributeValue(session, public_key, &id, 1), kMaking);
  check(functions.C_SetAttributeValue(session, private_key, &id, 1), kMaking);
}

bool flag_of(const Functions& functions, Session session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  const base::Bytes value = read_attribute(functions, session, object, type);
  return value.size() == 1 && value[0] != 0;
}

TokenKeyInfo describe(const Functions& functions, Session session, CK_OBJECT_HANDLE object) {
  const auto flag = [&](CK_ATTRIBUTE_TYPE type) { return flag_of(functions, session, object, type); };
  TokenKeyInfo info;
  info.label = base::text_of(read_attribute(functions, session, object, CKA_LABEL));
  info.id = read_attribute(functions, session, object, CKA_ID);
  info.local = flag(CKA_LOCAL);
  info.wrapped_only =
      flag(CKA_EXTRACTABLE) && flag(CKA_SENSITIVE) && flag(CKA_ALWAYS_SENSITIVE) && flag(CKA_WRAP_WITH_TRUSTED);
  info.extractable = !info.wrapped_only && (flag(CKA_EXTRACTABLE) || !flag(CKA_NEVER_EXTRACTABLE));
  return info;
}

std::string kind_of_pair(const Functions& functions, Session session, const std::string& label) {
  const auto pair = find_object(functions, session, CKO_PUBLIC_KEY, label);
  const auto shown = pair ? read_public_key(functions, session, *pair) : std::nullopt;
  return std::string(shown ? kind_name(shown->kind) : "of another kind");
}

std::vector<TokenKeyInfo> list(const TokenAddress& address, const base::Secret& pin) {
  const auto token = Token::open(address, pin);
  const Functions& functions = token->functions();
  Token::Lease lease(*token);
  std::vector<TokenKeyInfo> keys;
  for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_SECRET_KEY}) {
    for (const CK_OBJECT_HANDLE object : find_objects(functions, lease.session(), type)) {
      TokenKeyInfo info = describe(functions, lease.session(), object);
      if (!address.object.empty() && info.label != address.object) continue;
      const bool secret = type == CKO_SECRET_KEY;
      const bool wraps = secret && flag_of(functions, lease.session(), object, CKA_WRAP);
      info.kind = wraps ? "wrapping" : secret ? "secret" : kind_of_pair(functions, lease.session(), info.label);
      if (!secret) info.uses = read_uses(functions, lease.session(), info.label);
      keys.push_back(std::move(info));
    }
  }
  std::ranges::sort(keys, {}, &TokenKeyInfo::label);
  return keys;
}

void destroy(const TokenAddress& address, const base::Secret& pin) {
  constexpr std::string_view kDoing = "destroying a key in the token";
  const auto token = Token::open(address, pin);
  const Functions& functions = token->functions();
  Token::Lease lease(*token);
  bool any = false;
  for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY}) {  // the private one first
    if (const auto object = find_object(functions, lease.session(), type, address.object)) {
      check(functions.C_DestroyObject(lease.session(), *object), kDoing);
      any = true;
    }
  }
  if (!any) refuse(kDoing, fmt::format("no key is called '{}'", address.object));
  forget_uses(functions, lease.session(), address.object);
}

}  // namespace

std::unique_ptr<SigningKey> open_token_key(const std::string& text, const base::Secret& pin) {
  const TokenAddress address = parse_key_address(text);
  if (address.backup) {
    throw base::Error(base::Fault::UsedWrongly, "opening a key in the token",
                      "x-backup belongs where a key is made, and says nothing of one that is there");
  }
  return in_time(address.token, "opening a key in the token", kAnswerTime,
                 [address, pin = base::Secret::copy_of(pin.reveal())] {
                   return open_in(Token::open(address, pin), address.object);
                 });
}

std::unique_ptr<SigningKey> generate_token_key(const std::string& text, KeyKind kind, const base::Secret& pin,
                                               Leaving leaving) {
  const TokenAddress address = parse_key_address(text);
  require_label(address.object);
  if (address.backup) leaving = Leaving::WrappedOnly;
  return in_time(address.token, kMaking, kMakingTime,
                 [address, kind, leaving, pin = base::Secret::copy_of(pin.reveal())] {
                   auto token = Token::open(address, pin);
                   {
                     Token::Lease lease(*token);
                     for (const CK_OBJECT_CLASS type : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
                       refuse_if_taken(token->functions(), lease.session(), type, address.object, kMaking);
                     }
                     generate_pair(token->functions(), lease.session(), address.object, kind, leaving);
                   }
                   return open_in(std::move(token), address.object);
                 });
}

std::vector<TokenKeyInfo> list_token_keys(const std::string& text, const base::Secret& pin) {
  const TokenAddress address = parse_token_address(text);
  return in_time(address.token, "listing the token's keys", kAnswerTime,
                 [address, pin = base::Secret::copy_of(pin.reveal())] { return list(address, pin); });
}

void destroy_token_key(const std::string& text, const base::Secret& pin) {
  const TokenAddress address = parse_key_address(text);
  in_time(address.token, "destroying a key in the token", kAnswerTime,
          [address, pin = base::Secret::copy_of(pin.reveal())] { destroy(address, pin); });
}

}  // namespace keystore
