#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/keystore/key_components.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/keystore/pkcs11_token.h"

namespace keystore {

namespace {

constexpr std::string_view kDoing = "bringing a key into the token";

CK_OBJECT_HANDLE create(const Functions& functions, Session session, const std::string& label,
                        const base::Secret& key) {
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  const CK_OBJECT_CLASS type = CKO_SECRET_KEY;
  const CK_KEY_TYPE kind = CKK_AES;
  std::array wanted{attribute(CKA_CLASS, &type, sizeof type),
                    attribute(CKA_KEY_TYPE, &kind, sizeof kind),
                    attribute(CKA_TOKEN, &yes, sizeof yes),
                    attribute(CKA_PRIVATE, &yes, sizeof yes),
                    attribute(CKA_SENSITIVE, &yes, sizeof yes),
                    attribute(CKA_EXTRACTABLE, &no, sizeof no),
                    attribute(CKA_SIGN, &yes, sizeof yes),
                    attribute(CKA_ENCRYPT, &yes, sizeof yes),  // until its check value is compared
                    attribute(CKA_DECRYPT, &no, sizeof no),
                    attribute(CKA_WRAP, &no, sizeof no),
                    attribute(CKA_UNWRAP, &no, sizeof no),
                    attribute(CKA_LABEL, label.data(), label.size()),
                    attribute(CKA_VALUE, key.reveal().data(), key.size())};
  CK_OBJECT_HANDLE object = 0;
  check(functions.C_CreateObject(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()), &object), kDoing);
  return object;
}

base::Bytes check_value_in_token(const Functions& functions, Session session, CK_OBJECT_HANDLE object) {
  CK_MECHANISM how{CKM_AES_ECB, nullptr, 0};
  base::Bytes block(16, 0x01), answer(32);
  CK_ULONG size = static_cast<CK_ULONG>(answer.size());
  check(functions.C_EncryptInit(session, &how, object), kDoing);
  check(functions.C_Encrypt(session, block.data(), static_cast<CK_ULONG>(block.size()), answer.data(), &size), kDoing);
  answer.resize(3);
  return answer;
}

}  // namespace

void receive_token_secret(const std::string& text, const base::Secret& aes_key, const base::Secret& pin) {
  const TokenAddress address = parse_key_address(text);
  require_label(address.object);
  const auto token = Token::open(address, pin);
  const Functions& functions = token->functions();
  Token::Lease lease(*token);
  if (find_object(functions, lease.session(), CKO_SECRET_KEY, address.object)) {
    throw base::Error(
        base::Fault::FixConfiguration, std::string(kDoing),
        fmt::format("'{}' is there already and is not overwritten; choose another label", address.object));
  }
  const CK_OBJECT_HANDLE object = create(functions, lease.session(), address.object, aes_key);
  try {
    if (check_value_in_token(functions, lease.session(), object) != key_check_value(aes_key)) {
      throw base::Error(base::Fault::TreatAsAttack, std::string(kDoing),
                        "the token computes another check value than this program; the key is taken out again");
    }
    const CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE encrypts = attribute(CKA_ENCRYPT, &no, sizeof no);
    check(functions.C_SetAttributeValue(lease.session(), object, &encrypts, 1), kDoing);
  } catch (...) {
    lease.give_up();
    functions.C_DestroyObject(lease.session(), object);
    throw;
  }
}

}  // namespace keystore
