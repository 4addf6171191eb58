#include "pki/cms/issue/signed_data.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/cms.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/time.h"
#include "pki/x509/issue/algorithm.h"

namespace cms::issue {

namespace {

using asn1::TlvWriter;
using x509::issue::Hash;

constexpr const char* kDoing = "signing a list";
constexpr std::int64_t kVersion3 = 3;

asn1::Oid oid_of(Hash hash) {
  return hash == Hash::Sha256 ? asn1::oid::kSha256 : hash == Hash::Sha384 ? asn1::oid::kSha384 : asn1::oid::kSha512;
}

// Attribute ::= SEQUENCE { attrType, attrValues SET OF }, here always with one value
base::Bytes attribute(const asn1::Oid& type, base::Bytes value) {
  return TlvWriter{}.sequence(TlvWriter{}.oid(type).set_of({std::move(value)})).take();
}

x509::format::Certificate parse_signer(const base::Bytes& der) {
  try {
    return x509::format::parse_certificate(der);
  } catch (const asn1::Malformed& what) {
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      fmt::format("the signer's certificate cannot be read: {}", what.what()));
  }
}

base::Bytes key_identifier_of(const x509::format::Certificate& signer) {
  const auto* const id = signer.body.find(asn1::oid::kSubjectKeyIdentifier);
  if (id == nullptr) {
    throw base::Error(base::Fault::FixConfiguration, kDoing, "the signer's certificate has no key identifier");
  }
  return x509::format::parse_subject_key_identifier(id->value);
}

base::ByteView content_of_set(base::ByteView set) {
  return asn1::TlvReader(set).need(0x31);
}

// The other library reads the finished message and gives back what it says was signed.
void confirm(base::ByteView message, const Content& content) {
  const auto signer = crypto::openssl::parse_certificate(content.signer);
  const auto seen = signer ? crypto::openssl::verified_content(message, signer.get()) : std::nullopt;
  if (seen && *seen == content.octets) return;
  throw base::Error(base::Fault::TreatAsAttack, kDoing,
                    "OpenSSL does not confirm the signature that was just made; nothing was given out. Stop using this "
                    "key and this machine until the cause is known");
}

// What is signed (RFC 5652 §5.4): the attributes as a SET.
base::Bytes attributes_of(const Content& content, const x509::issue::SignatureAlgorithm& algorithm) {
  const base::Bytes digest = x509::issue::digest_of(content.octets, algorithm.hash);
  return TlvWriter{}
      .set_of({attribute(asn1::oid::kContentType, TlvWriter{}.oid(content.type).take()),
               attribute(asn1::oid::kMessageDigest, TlvWriter{}.octet_string(digest).take()),
               attribute(asn1::oid::kSigningTime, x509::format::encode_time(content.signing_time))})
      .take();
}

base::Bytes message_of(const Content& content, const x509::format::Certificate& signer,
                       const x509::issue::SignatureAlgorithm& algorithm, const base::Bytes& attributes,
                       const base::Bytes& signature) {
  const base::Bytes digest_algorithm = x509::format::algorithm_identifier(oid_of(algorithm.hash));
  TlvWriter signer_info;
  signer_info.integer(kVersion3)
      .put(0x80, key_identifier_of(signer))
      .raw(digest_algorithm)
      .put(0xA0, content_of_set(attributes))
      .raw(algorithm.identifier)
      .octet_string(signature);
  std::vector<base::Bytes> certificates = content.others;
  certificates.push_back(content.signer);
  TlvWriter encapsulated;
  encapsulated.oid(content.type).put(0xA0, TlvWriter{}.octet_string(content.octets));
  TlvWriter signed_data;
  signed_data.integer(kVersion3)
      .set_of({digest_algorithm})
      .sequence(encapsulated)
      .put(0xA0, content_of_set(TlvWriter{}.set_of(std::move(certificates)).take()))
      .set_of({TlvWriter{}.sequence(signer_info).take()});
  TlvWriter content_info;
  content_info.oid(asn1::oid::kSignedData).put(0xA0, TlvWriter{}.sequence(signed_data));
  return TlvWriter{}.sequence(content_info).take();
}

}  // namespace

base::Bytes unsigned_data(const Content& content) {
  const x509::format::Certificate signer = parse_signer(content.signer);
  const auto algorithm = x509::issue::signature_algorithm_of(signer.body.public_key);
  return message_of(content, signer, algorithm, attributes_of(content, algorithm), base::Bytes{0});
}

base::Bytes signed_data(const Content& content, const keystore::SigningKey& key) {
  const x509::format::Certificate signer = parse_signer(content.signer);
  const base::Bytes& its_key = signer.body.public_key;
  if (its_key != key.public_key_explicit() && its_key != key.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      "the signer's certificate is not the one of its key; give the pair that was made together");
  }
  const auto algorithm = x509::issue::signature_algorithm_of(its_key);
  const base::Bytes attributes = attributes_of(content, algorithm);
  const base::Bytes signature = key.sign_digest(x509::issue::digest_of(attributes, algorithm.hash));
  base::Bytes message =
      message_of(content, signer, algorithm, attributes, x509::issue::signature_value(algorithm, signature));
  confirm(message, content);
  return message;
}

}  // namespace cms::issue
