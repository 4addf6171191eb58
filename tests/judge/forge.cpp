#include "tests/judge/forge.h"

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "tests/support/vectors.h"

namespace forge {

namespace {

using asn1::TlvWriter;
using base::Bytes;
using base::ByteView;

asn1::Oid curve_oid(const std::string& name) {
  if (name == "prime256v1") return asn1::Oid{"1.2.840.10045.3.1.7"};
  if (name == "secp384r1") return asn1::Oid{"1.3.132.0.34"};
  if (name == "brainpoolP256r1") return asn1::Oid{"1.3.36.3.3.2.8.1.1.7"};
  return asn1::Oid{"1.3.36.3.3.2.8.1.1.11"};
}

// ECPrivateKey (RFC 5915), or the PKCS#1 form that the vectors hold.
crypto::openssl::PkeyPtr private_key(const std::string& name) {
  const auto key = vectors::load("sod.json").at("private_keys").at(name);
  Bytes der;
  if (key.at("type") == "RSA") {
    der = vectors::hex(key.at("pkcs1_der"));
  } else {
    TlvWriter fields;
    fields.integer(1).octet_string(vectors::hex(key.at("private")));
    fields.put(0xA0, TlvWriter{}.oid(curve_oid(key.at("curve"))));
    der = TlvWriter{}.sequence(fields).take();
  }
  const unsigned char* at = der.data();
  crypto::openssl::PkeyPtr out(d2i_PrivateKey(key.at("type") == "RSA" ? EVP_PKEY_RSA : EVP_PKEY_EC, nullptr, &at,
                                              static_cast<long>(der.size())));
  base::ensure(out != nullptr, "the vectors' private keys can be read");
  return out;
}

Bytes algorithm(const asn1::Oid& oid) {
  return TlvWriter{}.sequence(TlvWriter{}.oid(oid)).take();
}

Bytes attribute(const asn1::Oid& type, ByteView value) {
  return TlvWriter{}.sequence(TlvWriter{}.oid(type).set_of({Bytes(value.begin(), value.end())})).take();
}

Bytes security_object(const Sod& sod) {
  TlvWriter groups;
  for (const auto& [number, hash] : sod.hashes) {
    groups.sequence(TlvWriter{}.integer(number).octet_string(hash));
  }
  TlvWriter fields;
  fields.integer(sod.object_version).raw(algorithm(sod.hash)).sequence(groups);
  if (!sod.lds_version.empty()) {
    fields.sequence(TlvWriter{}.printable_string(sod.lds_version).printable_string("040000"));
  }
  return TlvWriter{}.sequence(fields).take();
}

Bytes signed_attributes(const Sod& sod, ByteView content) {
  std::vector<Bytes> list;
  const Bytes type = TlvWriter{}.oid(sod.content_type).take();
  for (int i = 0; i < sod.content_type_copies; ++i) list.push_back(attribute(asn1::oid::kContentType, type));
  const auto hash = crypto::openssl::hash_of(sod.digest).value_or(crypto::openssl::Hash::Sha256);
  list.push_back(
      attribute(asn1::oid::kMessageDigest, TlvWriter{}.octet_string(crypto::openssl::digest(hash, content)).take()));
  if (!sod.signing_time.empty()) {
    list.push_back(attribute(asn1::oid::kSigningTime, TlvWriter{}.put(0x18, sod.signing_time).take()));
  }
  return TlvWriter{}.set_of(std::move(list)).take();
}

Bytes signer_identifier(const Sod& sod) {
  const auto named = crypto::openssl::parse_certificate(certificate(sod.named_certificate));
  if (sod.by_key_identifier) {
    const ASN1_OCTET_STRING* const id = X509_get0_subject_key_id(named.get());
    return TlvWriter{}
        .put(0x80, ByteView(ASN1_STRING_get0_data(id), static_cast<std::size_t>(ASN1_STRING_length(id))))
        .take();
  }
  const unsigned char* name = nullptr;
  std::size_t size = 0;
  X509_NAME_get0_der(X509_get_issuer_name(named.get()), &name, &size);
  return TlvWriter{}
      .sequence(TlvWriter{}.raw({name, size}).integer(ASN1_INTEGER_get(X509_get0_serialNumber(named.get()))))
      .take();
}

Bytes signer_info(const Sod& sod, ByteView content) {
  const Bytes attributes = signed_attributes(sod, content);
  TlvWriter out;
  out.integer(sod.signer_version).raw(signer_identifier(sod)).raw(algorithm(sod.digest));
  if (sod.signed_attributes) {
    Bytes stored = attributes;
    stored[0] = 0xA0;  // [0] IMPLICIT; the signature is over the SET
    out.raw(stored);
  }
  out.raw(algorithm(sod.signature_algorithm));
  out.octet_string(sign(sod.signer_key, sod.digest, sod.signed_attributes ? ByteView(attributes) : content));
  return TlvWriter{}.sequence(out).take();
}

}  // namespace

std::vector<std::pair<int, Bytes>> hashes_of(const std::map<int, Bytes>& data_groups) {
  std::vector<std::pair<int, Bytes>> out;
  for (const auto& [number, file] : data_groups) out.emplace_back(number, crypto::openssl::sha256(file));
  return out;
}

Bytes make_signed_data(const Sod& sod, ByteView content) {
  std::vector<Bytes> digests;
  for (const asn1::Oid& oid : sod.announced_digests) digests.push_back(algorithm(oid));
  TlvWriter certificates;
  for (const std::string& name : sod.certificates) certificates.raw(certificate(name));
  TlvWriter encapsulated;
  encapsulated.oid(sod.content_type).put(0xA0, TlvWriter{}.octet_string(content));

  TlvWriter data;
  data.integer(sod.version).set_of(std::move(digests)).sequence(encapsulated);
  if (!sod.certificates.empty()) data.put(0xA0, certificates);
  std::vector<Bytes> signers;
  for (int i = 0; i < sod.signers; ++i) signers.push_back(signer_info(sod, content));
  data.set_of(std::move(signers));
  TlvWriter info;
  info.oid(asn1::oid::kSignedData).put(0xA0, TlvWriter{}.sequence(data));
  return TlvWriter{}.sequence(info).take();
}

Bytes make(const Sod& sod) {
  return TlvWriter{}.put(0x77, make_signed_data(sod, security_object(sod))).take();
}

std::map<int, Bytes> data_groups() {
  std::map<int, Bytes> out;
  for (const int number : {1, 2, 11, 12, 13, 14, 15}) {
    out[number] = vectors::load_binary("synth/EF_DG" + std::to_string(number) + ".bin");
  }
  return out;
}

Bytes certificate(const std::string& name) {
  return vectors::load_binary("synth/" + name + ".cer");
}

trust::TrustStore trust(bool with_crl) {
  trust::TrustStore out;
  for (const char* name : {"csca1_p384", "csca2_bp384_explicit", "csca_rsa4096_pss"}) {
    out.add_anchor(certificate(name), name);
  }
  if (with_crl) out.add_crl(vectors::load_binary("synth/crl_csca1.crl"), "crl_csca1.crl");
  return out;
}

base::Moment inspection_moment() {
  const auto day = base::parse_iso_date(vectors::load("sod.json").at("inspection_date").get<std::string>());
  return base::Moment{std::chrono::sys_days{*day}} + std::chrono::hours{12};
}

Bytes sign(const std::string& key, const asn1::Oid& digest, ByteView data) {
  const auto pkey = private_key(key);
  const crypto::openssl::MdCtxPtr context(EVP_MD_CTX_new());
  const EVP_MD* const hash = digest == asn1::oid::kSha512   ? EVP_sha512()
                             : digest == asn1::oid::kSha384 ? EVP_sha384()
                                                            : EVP_sha256();
  std::size_t size = 0;
  base::ensure(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, pkey.get()) == 1 &&
                   EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) == 1,
               "a test key signs");
  Bytes out(size);
  base::ensure(EVP_DigestSign(context.get(), out.data(), &size, data.data(), data.size()) == 1, "a test key signs");
  out.resize(size);
  return out;
}

}  // namespace forge
