#include "pki/pkcs11/key_pair.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"

namespace pkcs11 {

namespace {

constexpr std::string_view kSigning = "signing in the token";
constexpr std::string_view kOpening = "opening a key in the token";
constexpr std::uint8_t kUncompressed = 0x04;  // also the tag of an OCTET STRING

// CKA_EC_POINT is an OCTET STRING around the point; some modules leave it out. Both begin with 04. A coordinate has an
// even number of octets on every curve here, and a point that is taken for an OCTET STRING would hold odd ones.
base::Bytes point_of(base::Bytes attribute) {
  try {
    asn1::TlvReader outer(attribute);
    const base::ByteView inner = outer.need(0x04);
    outer.end();
    if (inner.size() % 4 == 1 && inner.front() == kUncompressed) return {inner.begin(), inner.end()};
  } catch (const asn1::Malformed&) {
  }
  return attribute;
}

// Hash and mask of RSASSA-PSS by the digest's length; the salt is as long.
CK_RSA_PKCS_PSS_PARAMS pss_of(std::size_t digest_size) {
  base::ensure(digest_size == 32 || digest_size == 48 || digest_size == 64, "a digest is SHA-256, -384 or -512");
  const CK_ULONG salt = static_cast<CK_ULONG>(digest_size);
  if (digest_size == 32) return {CKM_SHA256, CKG_MGF1_SHA256, salt};
  if (digest_size == 48) return {CKM_SHA384, CKG_MGF1_SHA384, salt};
  return {CKM_SHA512, CKG_MGF1_SHA512, salt};
}

base::Bytes without_leading_zeros(base::Bytes number) {
  number.erase(number.begin(), std::ranges::find_if(number, [](std::uint8_t octet) { return octet != 0; }));
  return number;
}

struct Handles {
  CK_OBJECT_HANDLE private_key = 0;
  PublicValues shown;
};

Handles find_pair(const Functions& functions, Session session, const std::string& label) {
  const auto private_key = find_object(functions, session, CKO_PRIVATE_KEY, label);
  const auto public_key = find_object(functions, session, CKO_PUBLIC_KEY, label);
  if (!private_key || !public_key) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kOpening),
                      fmt::format("no pair of keys is called '{}'; cccd-pki key list shows what is there", label));
  }
  return {*private_key, read_public_values(functions, session, *public_key)};
}

}  // namespace

std::size_t PublicValues::signature_size() const {
  if (type != KeyType::EllipticCurve) return value.size();
  return value.empty() ? 0 : value.size() - 1;
}

PublicValues read_public_values(const Functions& functions, Session session, CK_OBJECT_HANDLE object) {
  CK_KEY_TYPE type = 0;
  CK_ATTRIBUTE wanted{CKA_KEY_TYPE, &type, sizeof type};
  check(functions.C_GetAttributeValue(session, object, &wanted, 1), "reading a key's attributes");
  const auto read = [&](CK_ATTRIBUTE_TYPE what) { return read_attribute(functions, session, object, what); };
  if (type == CKK_EC) return {KeyType::EllipticCurve, read(CKA_EC_PARAMS), point_of(read(CKA_EC_POINT))};
  if (type == CKK_RSA) return {KeyType::Rsa, read(CKA_PUBLIC_EXPONENT), without_leading_zeros(read(CKA_MODULUS))};
  return {};
}

KeyPair::KeyPair(std::shared_ptr<Token> token, std::string label) : token_(std::move(token)), label_(std::move(label)) {
  Token::Lease lease(*token_);
  Handles pair = find_pair(token_->functions(), lease.session(), label_);
  public_ = std::move(pair.shown);
  handle_ = pair.private_key;
  handle_of_ = lease.connection();
}

base::Bytes KeyPair::sign(base::ByteView digest) {
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

CK_RV KeyPair::try_to_sign(base::ByteView digest, base::Bytes& signature, unsigned& connection) {
  const Functions& functions = token_->functions();
  Token::Lease lease(*token_);
  connection = lease.connection();
  CK_RSA_PKCS_PSS_PARAMS pss{};
  CK_MECHANISM how{CKM_ECDSA, nullptr, 0};
  signature.resize(public_.signature_size());
  if (public_.type == KeyType::Rsa) {
    pss = pss_of(digest.size());
    how = {CKM_RSA_PKCS_PSS, &pss, sizeof pss};
  } else {
    digest = digest.first(std::min(digest.size(), signature.size() / 2));  // FIPS 186-4 §6.4: the leftmost bits
  }
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
CK_OBJECT_HANDLE KeyPair::handle(const Token::Lease& lease) {
  const std::lock_guard lock(mutex_);
  if (handle_of_ == lease.connection()) return handle_;
  const Handles pair = find_pair(token_->functions(), lease.session(), label_);
  if (pair.shown != public_) {
    throw base::Error(base::Fault::TreatAsAttack, std::string(kSigning),
                      "another key stands under this label since the token was gone; nothing is signed with it");
  }
  handle_ = pair.private_key;
  handle_of_ = lease.connection();
  return handle_;
}

}  // namespace pkcs11
