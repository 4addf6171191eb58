#include "pki/masterlist/judge/master_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/trust/trust_state.h"

namespace masterlist::judge {

namespace {

using crypto::openssl::CmsPtr;
using crypto::openssl::FreeWith;
using crypto::openssl::X509Ptr;

constexpr const char* kWhere = "master list";
constexpr int kOnlyOne = -3;  // CMS_signed_get0_data_by_OBJ: the attribute stands once and has one value

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
struct FreeBorrowed {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
struct FreeCrls {
  void operator()(STACK_OF(X509_CRL) * stack) const noexcept { sk_X509_CRL_pop_free(stack, X509_CRL_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), FreeStack>;

base::Bytes der_of(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(certificate, &encoded);
  base::Bytes out;
  if (size > 0) out.assign(encoded, encoded + size);
  OPENSSL_free(encoded);
  return out;
}

// The whole file or a file with zero bytes behind it; null: no CMS.
CmsPtr parse_cms(base::ByteView file, base::Findings& findings) {
  const unsigned char* at = file.data();
  CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(file.size())));
  crypto::openssl::drain_errors();
  if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) {
    findings.fail("ML_UNREADABLE", kWhere, "The file is no CMS SignedData.");
    return nullptr;
  }
  const base::ByteView rest = file.subspan(static_cast<std::size_t>(at - file.data()));
  if (std::ranges::any_of(rest, [](std::uint8_t octet) { return octet != 0; })) {
    findings.fail("ML_ENCODING", kWhere, fmt::format("{} unsigned octets follow the message.", rest.size()));
  } else if (!rest.empty()) {
    findings.warn("ML_TRAILING_BYTES", kWhere, fmt::format("{} zero bytes follow the message.", rest.size()));
  }
  return cms;
}

std::string dotted(const ASN1_OBJECT* oid) {
  char text[80] = "";
  OBJ_obj2txt(text, sizeof text, oid, 1);
  return text;
}

void check_frame(CMS_ContentInfo* cms, base::Findings& findings) {
  if (dotted(CMS_get0_eContentType(cms)) != format::kCscaMasterList.dotted()) {
    findings.fail("ML_CONTENT_TYPE", kWhere, "What is signed does not claim to be a master list.");
  }
  const std::unique_ptr<STACK_OF(X509_CRL), FreeCrls> crls(CMS_get1_crls(cms));
  if (crls && sk_X509_CRL_num(crls.get()) > 0) {
    findings.warn("ML_CRLS_ABSENT", kWhere, "The message carries revocation lists, which it may not.");
  }
  const int signers = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms));
  if (signers != 1) {
    findings.warn("ML_ONE_SIGNERINFO", kWhere, fmt::format("The message has {} signers.", signers));
  }
}

// RFC 5652 §11: OpenSSL checks the digest and not that the signed type is the type of what is there.
void check_attributes(CMS_SignerInfo* signer, MasterList& list) {
  const auto* const type = static_cast<const ASN1_OBJECT*>(
      CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_contentType), kOnlyOne, V_ASN1_OBJECT));
  if (type == nullptr || dotted(type) != format::kCscaMasterList.dotted()) {
    list.findings.fail("ML_CONTENT_TYPE", kWhere, "The signed content type is not that of a master list.");
  }
  for (const int tag : {V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME}) {
    const auto* const time = static_cast<const ASN1_TIME*>(
        CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), kOnlyOne, tag));
    if (time != nullptr) list.signed_at = trust::moment_of(time);
  }
  if (!list.signed_at) list.findings.warn("ML_SIGNING_TIME", kWhere, "It does not say when it was signed.");
  crypto::openssl::drain_errors();
}

// The signer's certificate, out of those in the message.
X509* take_signer(CMS_SignerInfo* signer, STACK_OF(X509) * certificates, MasterList& list) {
  X509* found = nullptr;
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    X509* const one = sk_X509_value(certificates, i);
    if (found == nullptr && CMS_SignerInfo_cert_cmp(signer, one) == 0) {
      found = one;
      list.signer = der_of(one);
    } else {
      list.companions.push_back(der_of(one));
    }
  }
  ASN1_OCTET_STRING* key_id = nullptr;
  CMS_SignerInfo_get0_signer_id(signer, &key_id, nullptr, nullptr);
  if (key_id == nullptr) {
    list.findings.warn("ML_SID_SKI", kWhere, "The signer is named by issuer and number, not by key identifier.");
  }
  return found;
}

void verify(CMS_ContentInfo* cms, MasterList& list) {
  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms);
  if (sk_CMS_SignerInfo_num(signers) < 1) {
    return list.findings.fail("ML_SIGNATURE", kWhere, "Nobody has signed it.");
  }
  CMS_SignerInfo* const signer = sk_CMS_SignerInfo_value(signers, 0);
  const Certificates certificates(CMS_get1_certs(cms));
  X509* const certificate = take_signer(signer, certificates.get(), list);
  if (certificate == nullptr) {
    return list.findings.fail("ML_SIGNER_CERT_PRESENT", kWhere, "The signer's certificate is not in the message.");
  }
  check_attributes(signer, list);
  // Exactly this certificate: nothing else in the message may stand in for it.
  const std::unique_ptr<STACK_OF(X509), FreeBorrowed> known(sk_X509_new_null());
  sk_X509_push(known.get(), certificate);
  constexpr unsigned kFlags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
  if (CMS_verify(cms, known.get(), nullptr, nullptr, nullptr, kFlags) != 1) {
    list.findings.fail("ML_SIGNATURE", kWhere, "The signature does not verify with the signer's key.");
  }
  crypto::openssl::drain_errors();
}

void take_entries(MasterList& list) {
  std::set<base::ByteView,
           decltype([](base::ByteView a, base::ByteView b) { return std::ranges::lexicographical_compare(a, b); })>
      seen;
  std::size_t number = 0;
  for (const base::ByteView der : format::parse(list.content)) {
    const std::string where = fmt::format("certificate {}", ++number);
    list.entries.push_back({der, crypto::openssl::parse_certificate(der)});
    if (!list.entries.back().certificate) {
      list.findings.warn("ML_ENTRY_UNREADABLE", where, "It cannot be read as a certificate.");
    }
    if (!seen.insert(der).second) list.findings.warn("ML_ENTRY_TWICE", where, "It stands in the list twice.");
  }
}

}  // namespace

MasterList read(base::ByteView file) {
  MasterList list;
  const CmsPtr cms = parse_cms(file, list.findings);
  if (!cms) return list;
  check_frame(cms.get(), list.findings);
  ASN1_OCTET_STRING** const content = CMS_get0_content(cms.get());
  if (content == nullptr || *content == nullptr) {
    list.findings.fail("ML_UNREADABLE", kWhere, "There is nothing in the message.");
    return list;
  }
  verify(cms.get(), list);
  const unsigned char* const octets = ASN1_STRING_get0_data(*content);
  list.content.assign(octets, octets + ASN1_STRING_length(*content));
  try {
    take_entries(list);
  } catch (const asn1::Malformed& what) {
    list.findings.fail("ML_ENCODING", kWhere, fmt::format("The list is malformed: {}.", what.what()));
  }
  return list;
}

}  // namespace masterlist::judge
