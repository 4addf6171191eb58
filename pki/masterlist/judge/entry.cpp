#include "pki/masterlist/judge/entry.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/trust/trust_state.h"

namespace masterlist::judge {

namespace {

// RFC 2253, in UTF-8, from the country on; control characters stay escaped.
std::string text_of(const X509_NAME* name) {
  const crypto::openssl::BioPtr out(BIO_new(BIO_s_mem()));
  constexpr unsigned long kForm =
      (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_DN_REV) | ASN1_STRFLGS_UTF8_CONVERT;
  if (X509_NAME_print_ex(out.get(), name, 0, kForm) < 0) crypto::openssl::drain_errors();
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string{};
}

std::string moment_text(const ASN1_TIME* time) {
  const auto moment = trust::moment_of(time);
  crypto::openssl::drain_errors();
  return moment ? base::to_rfc3339(*moment) : "not a time";
}

std::string oid_text(const ASN1_OBJECT* oid) {
  char text[80] = "";
  OBJ_obj2txt(text, sizeof text, oid, 1);
  return text;
}

std::string algorithm_text(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  const int nid = OBJ_obj2nid(oid);
  return nid == NID_undef ? oid_text(oid) : OBJ_nid2sn(nid);
}

std::string key_text(X509* certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    crypto::openssl::drain_errors();
    return "cannot be read";
  }
  char curve[80] = "an unknown curve";
  std::size_t size = 0;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
    return fmt::format("{}, {} bits", OBJ_nid2sn(EVP_PKEY_get_base_id(key)), EVP_PKEY_get_bits(key));
  }
  if (EVP_PKEY_get_group_name(key, curve, sizeof curve, &size) != 1) crypto::openssl::drain_errors();
  return fmt::format("EC, {}", curve);
}

base::Bytes key_octets(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  base::Bytes out;
  if (size > 0) out.assign(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::string serial_text(X509* certificate) {
  return base::to_hex(trust::serial_bytes(X509_get0_serialNumber(certificate)));
}

void add_extensions(X509* certificate, std::map<std::string, std::string>& fields) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* const extension = X509_get_ext(certificate, i);
    const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(extension);
    std::string& field = fields[oid_text(X509_EXTENSION_get_object(extension))];
    if (!field.empty()) field += "; ";  // one that stands twice
    field += X509_EXTENSION_get_critical(extension) != 0 ? "critical " : "";
    field += base::to_hex({ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))});
  }
}

}  // namespace

EntryFields fields_of(const Entry& entry) {
  X509* const certificate = entry.certificate.get();
  base::ensure(certificate != nullptr, "only a certificate that could be read has fields");
  EntryFields out;
  out.country = trust::country_of(X509_get_subject_name(certificate));
  out.self_issued = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  const X509_ALGOR* algorithm = X509_get0_tbs_sigalg(certificate);
  out.fields = {{"subject", text_of(X509_get_subject_name(certificate))},
                {"issuer", text_of(X509_get_issuer_name(certificate))},
                {"serial", serial_text(certificate)},
                {"not_before", moment_text(X509_get0_notBefore(certificate))},
                {"not_after", moment_text(X509_get0_notAfter(certificate))},
                {"public_key", key_text(certificate)},
                {"public_key_sha256", base::to_hex(crypto::openssl::sha256(key_octets(certificate)))},
                {"signature_algorithm", algorithm_text(algorithm)},
                {"sha256", base::to_hex(crypto::openssl::sha256(entry.der))}};
  add_extensions(certificate, out.fields);
  return out;
}

std::string name_of(const Entry& entry) {
  if (!entry.certificate) return "a certificate that cannot be read";
  return fmt::format("{}, {}", text_of(X509_get_subject_name(entry.certificate.get())),
                     serial_text(entry.certificate.get()));
}

}  // namespace masterlist::judge
