#include "pki/sod/judge/passive_authentication.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/crypto/openssl/certificate.h"
#include "pki/sod/judge/security_object.h"
#include "pki/sod/judge/signed_data.h"
#include "pki/sod/judge/signer_certificate.h"
#include "pki/sod/judge/sod_signature.h"
#include "pki/trust/trust_state.h"

namespace sod::judge {

namespace {

constexpr const char* kWhere = "EF.SOD";
constexpr const char* kStatusList = "status list";
const asn1::Oid kSecurityInfos{"0.4.0.127.0.7.3.2.1"};  // TR-03110-3 A.1.2.5: id-SecurityObject

// EF.SOD = 77 { ContentInfo } (9303-10 §4.6.2); zero bytes behind it are padding of the file. Throws Malformed.
base::ByteView content_info_of(base::ByteView ef_sod, base::Findings& findings) {
  asn1::TlvReader file{ef_sod, asn1::Lengths::Lenient};
  const base::ByteView content_info = file.need(0x77);
  if (file.had_long_lengths()) {
    findings.warn("SOD_LONG_LENGTH", kWhere, "The file's length is written with needless octets.");
  }
  if (!file.at_end()) {
    if (std::ranges::any_of(file.rest(), [](std::uint8_t octet) { return octet != 0; })) {
      throw asn1::Malformed(fmt::format("{} unsigned octets follow it", file.rest().size()));
    }
    findings.warn("SOD_TRAILING_BYTES", kWhere,
                  fmt::format("{} zero bytes follow the object; they are ignored.", file.rest().size()));
  }
  return content_info;
}

// sid issuerAndSerialNumber is compared byte by byte, so that the unsigned copy cannot differ from the certificate.
bool names(const SignerInfo& signer, X509* certificate) {
  if (!signer.key_identifier.empty()) {
    const ASN1_OCTET_STRING* const id = X509_get0_subject_key_id(certificate);
    return id != nullptr && base::equal(signer.key_identifier,
                                        {ASN1_STRING_get0_data(id), static_cast<std::size_t>(ASN1_STRING_length(id))});
  }
  const unsigned char* name = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(X509_get_issuer_name(certificate), &name, &size) != 1) return false;
  if (!base::equal(signer.issuer, {name, size})) return false;
  unsigned char* serial = nullptr;
  const int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
  const bool same =
      serial_size > 0 &&
      base::equal(asn1::TlvReader{{serial, static_cast<std::size_t>(serial_size)}}.need(0x02), signer.serial);
  OPENSSL_free(serial);
  return same;
}

// The certificate that sid names (RFC 5652 §5.3); others beside it make no trust.
crypto::openssl::X509Ptr signer_certificate(const SignedData& data, PassiveAuthentication& out) {
  for (const base::ByteView der : data.certificates) {
    crypto::openssl::X509Ptr certificate = crypto::openssl::parse_certificate(der);
    if (!certificate || !names(data.signers.front(), certificate.get())) continue;
    out.signer_certificate.assign(der.begin(), der.end());
    out.signer_subject = subject_text(certificate.get());
    out.document_types = document_types(certificate.get());
    out.issuing_states = state_codes(certificate.get());
    return certificate;
  }
  out.findings.fail("DS_MISSING", kWhere, "The certificate of the document signer is not in the object.");
  return nullptr;
}

// A lost card is as genuine as it ever was; the list of its State knows better.
void judge_status(base::ByteView content, X509* signer, const trust::TrustStore::State& trust, base::Moment as_of,
                  base::Findings& findings) {
  const auto& list = trust.status_list;
  if (!list || list->country != trust::country_of(X509_get_issuer_name(signer))) return;
  if (const auto status = list->find(trust::card_id(content), as_of)) {
    switch (*status) {
      case trust::CardStatus::Lost:
        return findings.fail("CARD_LOST", kStatusList, "The card was reported lost.");
      case trust::CardStatus::Revoked:
        return findings.fail("CARD_REVOKED", kStatusList, "The card was revoked.");
      case trust::CardStatus::Exchanged:
        return findings.fail("CARD_EXCHANGED", kStatusList, "Another card was issued in place of this one.");
    }
  }
  if (as_of <= list->next_due) return;
  if (!trust.policy.crl_grace || as_of <= list->next_due + *trust.policy.crl_grace) {
    findings.warn("CARD_STATUS_STALE", kStatusList, "The next status list is due; load it.");
  } else {
    findings.fail("CARD_STATUS_TOO_OLD", kStatusList, "The status list is older than the policy allows.");
  }
}

// The document signer's certificate; nullptr when there is none, or more than one signer.
crypto::openssl::X509Ptr judge_object(const SignedData& data, const asn1::Oid& content_type, PassiveAuthentication& out,
                                      const trust::TrustStore& trust, base::Moment as_of) {
  if (data.signers.size() != 1) {
    out.findings.fail("SOD_SIGNER_COUNT", kWhere,
                      fmt::format("The object has {} signers; a document has one.", data.signers.size()));
    return nullptr;
  }
  judge_envelope(data, content_type, out.findings);
  crypto::openssl::X509Ptr certificate = signer_certificate(data, out);
  if (!certificate) return nullptr;
  judge_signature(data, certificate.get(), out.findings);
  out.findings.add(judge_signer_certificate(certificate.get(), trust, as_of));
  return certificate;
}

}  // namespace

PassiveAuthentication passive_authentication(base::ByteView ef_sod, const std::map<int, base::Bytes>& data_groups,
                                             const trust::TrustStore& trust, base::Moment as_of) {
  PassiveAuthentication out;
  try {
    const SignedData data = parse_signed_data(content_info_of(ef_sod, out.findings));
    if (const auto signer = judge_object(data, asn1::oid::kLdsSecurityObject, out, trust, as_of)) {
      judge_status(data.content, signer.get(), trust.state(), as_of, out.findings);
    }
    if (auto object = read_security_object(data.content, out.findings)) {
      out.lds_version = object->lds_version;
      out.unicode_version = object->unicode_version;
      if (!object->hashes.empty()) compare_data_groups(*object, data_groups, out.findings);
      out.signed_hashes = std::move(object->hashes);
    }
  } catch (const asn1::Malformed& why) {
    out.findings.fail("SOD_ENCODING", kWhere, fmt::format("The object is malformed: {}.", why.what()));
  }
  return out;
}

base::Findings judge_card_security(base::ByteView file, const trust::TrustStore& trust, base::Moment as_of) {
  PassiveAuthentication out;
  try {
    judge_object(parse_signed_data(file), kSecurityInfos, out, trust, as_of);
  } catch (const asn1::Malformed& why) {
    out.findings.fail("SOD_ENCODING", "EF.CardSecurity", fmt::format("The object is malformed: {}.", why.what()));
  }
  return out.findings;
}

std::optional<trust::CardId> card_id(base::ByteView ef_sod) {
  try {
    base::Findings unjudged;
    return trust::card_id(parse_signed_data(content_info_of(ef_sod, unjudged)).content);
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

std::vector<int> listed_data_groups(base::ByteView ef_sod) {
  std::vector<int> out;
  try {
    base::Findings unjudged;
    const SignedData data = parse_signed_data(content_info_of(ef_sod, unjudged));
    if (const auto object = read_security_object(data.content, unjudged)) {
      for (const auto& [number, hash] : object->hashes) out.push_back(number);
    }
  } catch (const asn1::Malformed&) {
    out.clear();  // the judgement says SOD_ENCODING
  }
  return out;
}

}  // namespace sod::judge
