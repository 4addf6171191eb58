#include "pki/keystore/pkcs11_backup.h"

#include <fmt/format.h>

#include "pki/crypto/openssl/hash.h"
#include "pki/keystore/pkcs11_public_key.h"
#include "pki/keystore/pkcs11_secret.h"
#include "pki/keystore/pkcs11_uses.h"
#include "pki/pkcs11/time_limit.h"
#include "pki/pkcs11/token.h"

namespace keystore {

namespace {

constexpr std::string_view kBackingUp = "backing a key up";
constexpr std::string_view kRestoring = "restoring a key";
constexpr std::string_view kAes = "AES";
constexpr std::size_t kCheckValue = 5;
constexpr std::size_t kWrapBlock = 8;  // that RFC 5649 adds to what it wraps

[[noreturn]] void refuse(std::string_view doing, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), std::move(seen));
}

CK_MECHANISM key_wrap() {
  return {CKM_AES_KEY_WRAP_PAD, nullptr, 0};
}

CK_OBJECT_HANDLE need(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_CLASS type,
                      const std::string& label, std::string_view doing) {
  if (const auto found = pkcs11::find_object(functions, session, type, label)) return *found;
  refuse(doing, fmt::format("no such key is called '{}'; cccd-pki key list shows what is there", label));
}

base::Bytes wrap(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE wrapping,
                 CK_OBJECT_HANDLE key) {
  CK_MECHANISM how = key_wrap();
  CK_ULONG size = 0;
  CK_RV answer = functions.C_WrapKey(session, &how, wrapping, key, nullptr, &size);
  base::Bytes wrapped(answer == CKR_OK ? size : 0);
  if (answer == CKR_OK) answer = functions.C_WrapKey(session, &how, wrapping, key, wrapped.data(), &size);
  if (answer == CKR_KEY_UNEXTRACTABLE || answer == CKR_KEY_NOT_WRAPPABLE) {
    refuse(kBackingUp, answer == CKR_KEY_UNEXTRACTABLE
                           ? "the key never leaves its token; only one made with --backup does"
                           : "the wrapping key is not marked as trusted; bring it in with key receive --for wrapping");
  }
  pkcs11::check(answer, kBackingUp);
  wrapped.resize(size);
  return wrapped;
}

base::Bytes check_value_of(const MacKey& key) {
  const base::Secret mac = key.mac(base::Bytes(16, 0x00));
  const base::ByteView octets = mac.reveal();
  return {octets.begin(), octets.begin() + kCheckValue};
}

WrappedKey back_up(const pkcs11::Address& address, const std::string& wrapping_key, const base::Secret& pin) {
  const auto token = pkcs11::Token::open(address, pin);
  const pkcs11::Functions& functions = token->functions();
  pkcs11::Token::Lease lease(*token);
  const pkcs11::Session session = lease.session();
  const auto wrapping = need(functions, session, CKO_SECRET_KEY, wrapping_key, kBackingUp);
  WrappedKey out{.label = address.object,
                 .wrapping_key = wrapping_key,
                 .kind = std::string(kAes),
                 .public_key = {},
                 .check_value = {},
                 .wrapped = {}};
  const auto secret = pkcs11::find_object(functions, session, CKO_SECRET_KEY, address.object);
  if (secret) {
    out.wrapped = wrap(functions, session, wrapping, *secret);
    return out;
  }
  const auto key = need(functions, session, CKO_PRIVATE_KEY, address.object, kBackingUp);
  const auto shown =
      read_public_key(functions, session, need(functions, session, CKO_PUBLIC_KEY, address.object, kBackingUp));
  if (!shown) refuse(kBackingUp, "it is a key of a kind that is not used here");
  out.kind = kind_name(shown->kind);
  out.public_key = shown->named;
  out.wrapped = wrap(functions, session, wrapping, key);
  out.uses = read_uses(functions, session, address.object);
  return out;
}

// --- into the other token -----------------------------------------------------------------------------------------

// Whether the key is EC, RSA or AES decides its class and type; what it may do is the same as for one made there.
CK_OBJECT_HANDLE unwrap(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE wrapping,
                        const WrappedKey& backup, const base::Bytes& id) {
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  const bool aes = backup.kind == kAes;
  const CK_OBJECT_CLASS type = aes ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
  const CK_KEY_TYPE kind = aes ? CKK_AES : is_rsa(*kind_from_name(backup.kind)) ? CKK_RSA : CKK_EC;
  std::vector<CK_ATTRIBUTE> wanted{pkcs11::attribute(CKA_CLASS, &type, sizeof type),
                                   pkcs11::attribute(CKA_KEY_TYPE, &kind, sizeof kind),
                                   pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_PRIVATE, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_SENSITIVE, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_EXTRACTABLE, &no, sizeof no),
                                   pkcs11::attribute(CKA_SIGN, &yes, sizeof yes),
                                   pkcs11::attribute(CKA_DECRYPT, &no, sizeof no),
                                   pkcs11::attribute(CKA_UNWRAP, &no, sizeof no),
                                   pkcs11::attribute(CKA_ID, id.data(), id.size()),
                                   pkcs11::attribute(CKA_LABEL, backup.label.data(), backup.label.size())};
  if (aes) {  // which else may wrap and encrypt where it is not said
    for (const CK_ATTRIBUTE_TYPE use : {CKA_WRAP, CKA_ENCRYPT, CKA_VERIFY, CKA_DERIVE}) {
      wanted.push_back(pkcs11::attribute(use, &no, sizeof no));
    }
  }
  CK_MECHANISM how = key_wrap();
  CK_OBJECT_HANDLE key = 0;
  const CK_RV answer = functions.C_UnwrapKey(session, &how, wrapping, const_cast<CK_BYTE*>(backup.wrapped.data()),
                                             static_cast<CK_ULONG>(backup.wrapped.size()), wanted.data(),
                                             static_cast<CK_ULONG>(wanted.size()), &key);
  if (answer == CKR_OK) return key;
  refuse(kRestoring,
         fmt::format("the token does not unwrap it ({}): the backup is damaged, or was wrapped under another "
                     "key than '{}' is here",
                     pkcs11::return_value_name(answer), backup.wrapping_key));
}

// Takes what was unwrapped out again unless it proved to be the key of the backup.
class Restored {
 public:
  Restored(const pkcs11::Functions& functions, pkcs11::Session session, std::string label)
      : functions_(functions), session_(session), label_(std::move(label)) {}
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;
  ~Restored() {
    if (stays_) return;
    for (const CK_OBJECT_HANDLE object : objects_) functions_.C_DestroyObject(session_, object);
    try {
      forget_uses(functions_, session_, label_);
    } catch (const base::Error&) {
      // The token is gone, and what is in it with it; listing its keys tells.
    }
  }
  void add(CK_OBJECT_HANDLE object) { objects_.push_back(object); }
  void stay() { stays_ = true; }

 private:
  const pkcs11::Functions& functions_;
  pkcs11::Session session_;
  std::string label_;
  std::vector<CK_OBJECT_HANDLE> objects_;
  bool stays_ = false;
};

// A pair signs, and OpenSSL judges by the public key that the backup tells; AES answers with its check value.
void try_out(const std::string& text, const WrappedKey& backup, const base::Secret& pin) {
  if (backup.kind != kAes) {
    open_token_key(text, pin)->sign_digest(crypto::openssl::sha256(backup.wrapped));
  } else if (check_value_of(*open_token_secret(text, pin)) != backup.check_value) {
    throw base::Error(base::Fault::TreatAsAttack, std::string(kRestoring),
                      "what was unwrapped is another key than the backup says; it was taken out again");
  }
}

void restore(const std::string& text, const pkcs11::Address& address, const WrappedKey& backup,
             const base::Secret& pin) {
  const bool aes = backup.kind == kAes;
  if (backup.uses && backup.uses->uses >= backup.uses->limit) refuse_spent(*backup.uses);
  const auto token = pkcs11::Token::open(address, pin);
  const pkcs11::Functions& functions = token->functions();
  pkcs11::Token::Lease lease(*token);
  const pkcs11::Session session = lease.session();
  for (const CK_OBJECT_CLASS type : {CKO_SECRET_KEY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
    pkcs11::refuse_if_taken(functions, session, type, backup.label, kRestoring);
  }
  const auto wrapping = need(functions, session, CKO_SECRET_KEY, backup.wrapping_key, kRestoring);
  Restored restored(functions, session, backup.label);
  base::Bytes id;
  if (aes) {
    id = base::bytes_of(aes_kind(backup.wrapped.size() - kWrapBlock));  // not every token tells its length
  } else {
    restored.add(create_public_key(functions, session, backup.label, backup.public_key, id));
  }
  restored.add(unwrap(functions, session, wrapping, backup, id));
  if (backup.uses) begin_uses(functions, session, backup.label, *backup.uses);
  try_out(text, backup, pin);
  restored.stay();
}

}  // namespace

WrappedKey back_up_token_key(const std::string& text, const std::string& wrapping_key, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  return pkcs11::in_time(address.token, kBackingUp, pkcs11::kAnswerTime,
                         [text, address, wrapping_key, pin = base::Secret::copy_of(pin.reveal())] {
                           WrappedKey backup = back_up(address, wrapping_key, pin);
                           if (backup.kind == kAes) backup.check_value = check_value_of(*open_token_secret(text, pin));
                           return backup;
                         });
}

void restore_token_key(const std::string& text, const WrappedKey& backup, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  if (address.object != backup.label) {
    refuse(kRestoring, fmt::format("the backup is of '{}'; a key keeps its label", backup.label));
  }
  if (backup.kind != kAes && !kind_from_name(backup.kind)) {
    refuse(kRestoring, fmt::format("'{}' is no kind of key", backup.kind));
  }
  pkcs11::in_time(
      address.token, kRestoring, pkcs11::kAnswerTime,
      [text, address, backup, pin = base::Secret::copy_of(pin.reveal())] { restore(text, address, backup, pin); });
}

}  // namespace keystore
