#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "pki/keystore/key_components.h"
#include "pki/keystore/pkcs11_aes.h"
#include "pki/keystore/pkcs11_secret.h"
#include "pki/pkcs11/time_limit.h"
#include "pki/pkcs11/token.h"

namespace keystore {

namespace {

constexpr std::string_view kReceiving = "bringing a key into the token";
constexpr std::string_view kMaking = "making a key in the token";
constexpr std::string_view kDeriving = "deriving a key in the token";
constexpr std::size_t kBlock = 16;

// What an AES key is for. Its attributes do not change any more: who has the PIN cannot let it decrypt what was
// wrapped.
enum class Purpose { CheckValue, Mac, Wrapping };

class SecretTemplate {
 public:
  SecretTemplate(Purpose purpose, const std::string& label, Leaving leaving = Leaving::Never)
      : stays_(purpose != Purpose::CheckValue),
        private_(purpose == Purpose::Mac),
        mac_(purpose == Purpose::Mac),
        encrypts_(purpose == Purpose::CheckValue),
        wraps_(purpose == Purpose::Wrapping),
        leaves_(leaving == Leaving::WrappedOnly),
        label_(label) {
    add(CKA_CLASS, type_);
    add(CKA_KEY_TYPE, kind_);
    add(CKA_TOKEN, stays_);
    add(CKA_PRIVATE, private_);  // the security officer makes wrapping keys, and sees no private object
    add(CKA_SENSITIVE, yes_);
    add(CKA_EXTRACTABLE, leaves_);
    if (leaves_ == CK_TRUE) add(CKA_WRAP_WITH_TRUSTED, yes_);
    add(CKA_MODIFIABLE, no_);
    add(CKA_SIGN, mac_);
    add(CKA_VERIFY, no_);
    add(CKA_ENCRYPT, encrypts_);
    add(CKA_DECRYPT, no_);
    add(CKA_DERIVE, no_);
    add(CKA_WRAP, wraps_);
    add(CKA_UNWRAP, wraps_);
    if (wraps_ == CK_TRUE) {
      add(CKA_TRUSTED, yes_);
      all_.push_back(pkcs11::attribute(CKA_UNWRAP_TEMPLATE, carried_.data(), carried_.size() * sizeof(CK_ATTRIBUTE)));
    }
    all_.push_back(pkcs11::attribute(CKA_LABEL, label_.data(), label_.size()));
  }
  SecretTemplate(const SecretTemplate&) = delete;
  SecretTemplate& operator=(const SecretTemplate&) = delete;

  std::vector<CK_ATTRIBUTE> with(CK_ATTRIBUTE one) const {
    auto all = all_;
    all.push_back(one);
    return all;
  }

 private:
  static CK_BBOOL flag(bool value) { return value ? CK_TRUE : CK_FALSE; }
  template <class Value>
  void add(CK_ATTRIBUTE_TYPE type, const Value& value) {
    all_.push_back(pkcs11::attribute(type, &value, sizeof value));
  }

  const CK_BBOOL yes_ = CK_TRUE, no_ = CK_FALSE;
  const CK_OBJECT_CLASS type_ = CKO_SECRET_KEY;
  const CK_KEY_TYPE kind_ = CKK_AES;
  const CK_BBOOL stays_, private_, mac_, encrypts_, wraps_, leaves_;
  const std::string label_;
  // What comes out of its wrapping stays in the token, whatever the caller asks for.
  const std::array<CK_ATTRIBUTE, 3> carried_{pkcs11::attribute(CKA_PRIVATE, &yes_, sizeof yes_),
                                             pkcs11::attribute(CKA_SENSITIVE, &yes_, sizeof yes_),
                                             pkcs11::attribute(CKA_EXTRACTABLE, &no_, sizeof no_)};
  std::vector<CK_ATTRIBUTE> all_;
};

CK_OBJECT_HANDLE create(const pkcs11::Functions& functions, pkcs11::Session session, const SecretTemplate& like,
                        const base::Secret& key) {
  auto wanted = like.with(pkcs11::attribute(CKA_VALUE, key.reveal().data(), key.size()));
  CK_OBJECT_HANDLE object = 0;
  pkcs11::check(functions.C_CreateObject(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()), &object),
                kReceiving);
  return object;
}

base::Bytes check_value_in_token(const pkcs11::Functions& functions, pkcs11::Session session, CK_OBJECT_HANDLE object) {
  CK_MECHANISM how{CKM_AES_ECB, nullptr, 0};
  base::Bytes block(kBlock, 0x01), answer(2 * kBlock);
  CK_ULONG size = static_cast<CK_ULONG>(answer.size());
  pkcs11::check(functions.C_EncryptInit(session, &how, object), kReceiving);
  pkcs11::check(functions.C_Encrypt(session, block.data(), static_cast<CK_ULONG>(block.size()), answer.data(), &size),
                kReceiving);
  answer.resize(3);
  return answer;
}

// Asked of a key of this session alone, which may encrypt; the one that stays may not.
void agree_on_check_value(const pkcs11::Functions& functions, pkcs11::Session session, const base::Secret& key) {
  const CK_OBJECT_HANDLE object = create(functions, session, {Purpose::CheckValue, "check value"}, key);
  const base::Bytes theirs = check_value_in_token(functions, session, object);
  pkcs11::check(functions.C_DestroyObject(session, object), kReceiving);
  if (theirs == key_check_value(key)) return;
  throw base::Error(base::Fault::TreatAsAttack, std::string(kReceiving),
                    "the token computes another check value than this program; the key was not kept");
}

void receive(const pkcs11::Functions& functions, pkcs11::Session session, const std::string& label, Purpose purpose,
             const base::Secret& key) {
  pkcs11::refuse_if_taken(functions, session, CKO_SECRET_KEY, label, kReceiving);
  agree_on_check_value(functions, session, key);
  create(functions, session, {purpose, label}, key);
}

// A session of the security officer, for one act; it goes with its login.
class OfficerSession {
 public:
  OfficerSession(const pkcs11::Address& address, const base::Secret& pin)
      : functions_(pkcs11::functions_of(address.module)) {
    const CK_SLOT_ID slot = pkcs11::slot_of(functions_, address.token);
    pkcs11::check(functions_.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_),
                  kReceiving);
    try {
      if (pkcs11::log_in(functions_, slot, session_, CKU_SO, pin)) return;
      throw base::Error(base::Fault::FixConfiguration, std::string(kReceiving),
                        "the token refuses the security officer's PIN; one try is spent");
    } catch (const base::Error&) {
      functions_.C_CloseSession(session_);
      throw;
    }
  }
  OfficerSession(const OfficerSession&) = delete;
  OfficerSession& operator=(const OfficerSession&) = delete;
  ~OfficerSession() {
    functions_.C_Logout(session_);
    functions_.C_CloseSession(session_);
  }
  const pkcs11::Functions& functions() const { return functions_; }
  pkcs11::Session session() const { return session_; }

 private:
  const pkcs11::Functions& functions_;
  pkcs11::Session session_ = 0;
};

void generate(const pkcs11::Address& address, CK_ULONG octets, const base::Secret& pin, Leaving leaving) {
  const auto token = pkcs11::Token::open(address, pin);
  pkcs11::Token::Lease lease(*token);
  pkcs11::refuse_if_taken(token->functions(), lease.session(), CKO_SECRET_KEY, address.object, kMaking);
  const SecretTemplate like(Purpose::Mac, address.object, leaving);
  auto wanted = like.with(pkcs11::attribute(CKA_VALUE_LEN, &octets, sizeof octets));
  CK_MECHANISM how{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE object = 0;
  pkcs11::check(token->functions().C_GenerateKey(lease.session(), &how, wanted.data(),
                                                 static_cast<CK_ULONG>(wanted.size()), &object),
                kMaking);
}

class MacInToken {
 public:
  MacInToken(std::shared_ptr<pkcs11::Token> token, std::string label)
      : token_(std::move(token)), label_(std::move(label)) {
    pkcs11::Token::Lease lease(*token_);
    const pkcs11::Session session = lease.session();
    const auto octets = aes_octets_in_token(token_->functions(), session, find(session));
    if (!octets) {
      throw base::Error(base::Fault::FixConfiguration, std::string(kDeriving),
                        fmt::format("the token does not tell that '{}' is an AES key of 16, 24 or 32 octets; keys are "
                                    "derived from such alone",
                                    label_));
    }
    size_ = *octets;
  }
  const std::string& token() const { return token_->address().token; }
  std::size_t size() const { return size_; }

  // Looked up for each answer: a chip's keys are derived once in its life.
  base::Bytes mac(base::ByteView message) {
    return token_->insist([&](pkcs11::Session session) {
      const pkcs11::Functions& functions = token_->functions();
      CK_MECHANISM how{CKM_AES_CMAC, nullptr, 0};
      base::Bytes answer(kBlock);
      CK_ULONG size = kBlock;
      pkcs11::check(functions.C_SignInit(session, &how, find(session)), kDeriving);
      pkcs11::check(functions.C_Sign(session, const_cast<CK_BYTE*>(message.data()),
                                     static_cast<CK_ULONG>(message.size()), answer.data(), &size),
                    kDeriving);
      if (size != kBlock) pkcs11::token_failed(kDeriving, CKR_GENERAL_ERROR);
      return answer;
    });
  }

 private:
  CK_OBJECT_HANDLE find(pkcs11::Session session) const {
    const auto key = pkcs11::find_object(token_->functions(), session, CKO_SECRET_KEY, label_);
    if (key) return *key;
    throw base::Error(base::Fault::FixConfiguration, std::string(kDeriving),
                      fmt::format("no secret key is called '{}'; cccd-pki key list shows what is there", label_));
  }

  std::shared_ptr<pkcs11::Token> token_;
  std::string label_;
  std::size_t size_ = 0;
};

class TokenMacKey final : public MacKey {
 public:
  explicit TokenMacKey(std::shared_ptr<MacInToken> key) : key_(std::move(key)) {}
  base::Secret mac(base::ByteView message) const override {
    return pkcs11::in_time(key_->token(), kDeriving, pkcs11::kAnswerTime,
                           [key = key_, message = base::Bytes(message.begin(), message.end())] {
                             return base::Secret(key->mac(message));
                           });
  }
  std::size_t size() const override { return key_->size(); }

 private:
  std::shared_ptr<MacInToken> key_;
};

std::optional<CK_ULONG> number(const base::Bytes& value) {
  CK_ULONG out = 0;
  if (value.size() != sizeof out) return std::nullopt;
  std::memcpy(&out, value.data(), sizeof out);
  return out;
}

base::Secret copy(const base::Secret& secret) {
  return base::Secret::copy_of(secret.reveal());
}

}  // namespace

// The length is asked of an AES key alone: of some other kinds that is an error (CKR_ATTRIBUTE_TYPE_INVALID).
std::optional<std::size_t> aes_octets_in_token(const pkcs11::Functions& functions, pkcs11::Session session,
                                               CK_OBJECT_HANDLE object) {
  const auto read = [&](CK_ATTRIBUTE_TYPE type) { return pkcs11::read_attribute(functions, session, object, type); };
  if (number(read(CKA_KEY_TYPE)) != CKK_AES) return std::nullopt;
  const CK_ULONG octets = number(read(CKA_VALUE_LEN)).value_or(0);
  if (octets == 0) return aes_octets(base::text_of(read(CKA_ID)));
  return aes_kind(octets).empty() ? std::nullopt : std::optional<std::size_t>(octets);
}

void receive_token_secret(const std::string& text, const base::Secret& aes_key, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  pkcs11::require_label(address.object);
  pkcs11::in_time(address.token, kReceiving, pkcs11::kAnswerTime, [address, key = copy(aes_key), pin = copy(pin)] {
    const auto token = pkcs11::Token::open(address, pin);
    pkcs11::Token::Lease lease(*token);
    receive(token->functions(), lease.session(), address.object, Purpose::Mac, key);
  });
}

void receive_wrapping_key(const std::string& text, const base::Secret& aes_key, const base::Secret& officer_pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  pkcs11::require_label(address.object);
  pkcs11::in_time(address.token, kReceiving, pkcs11::kAnswerTime,
                  [address, key = copy(aes_key), pin = copy(officer_pin)] {
                    const OfficerSession officer(address, pin);
                    receive(officer.functions(), officer.session(), address.object, Purpose::Wrapping, key);
                  });
}

void generate_token_secret(const std::string& text, std::size_t octets, const base::Secret& pin, Leaving leaving) {
  base::ensure(!aes_kind(octets).empty(), "an AES key has 16, 24 or 32 octets");
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  pkcs11::require_label(address.object);
  if (address.backup) leaving = Leaving::WrappedOnly;
  pkcs11::in_time(address.token, kMaking, pkcs11::kAnswerTime, [address, octets, leaving, pin = copy(pin)] {
    generate(address, static_cast<CK_ULONG>(octets), pin, leaving);
  });
}

std::unique_ptr<MacKey> open_token_secret(const std::string& text, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  return pkcs11::in_time(address.token, kDeriving, pkcs11::kAnswerTime,
                         [address, pin = copy(pin)]() -> std::unique_ptr<MacKey> {
                           return std::make_unique<TokenMacKey>(
                               std::make_shared<MacInToken>(pkcs11::Token::open(address, pin), address.object));
                         });
}

}  // namespace keystore
