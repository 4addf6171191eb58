#include "pki/sod/issue/document_signer.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/lint/rule.h"
#include "pki/sod/format/lds_security_object.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/public_key.h"

namespace sod::issue {

namespace {

using asn1::TlvWriter;

[[noreturn]] void refuse(std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, "opening the document signer", std::string(seen));
}

x509::format::Certificate parse_own_certificate(const base::Bytes& der) {
  try {
    return x509::format::parse_certificate(der);
  } catch (const asn1::Malformed& what) {
    refuse(fmt::format("its certificate is none: {}", what.what()));
  }
}

x509::format::UsagePeriod usage_period_of(const x509::format::Certificate& certificate) {
  const auto* const extension = certificate.body.find(asn1::oid::kPrivateKeyUsagePeriod);
  if (extension == nullptr) refuse("its certificate has no private key usage period (Doc 9303-12 Table 6)");
  try {
    return x509::format::parse_usage_period(extension->value);
  } catch (const asn1::Malformed& what) {
    refuse(fmt::format("its certificate's private key usage period is broken: {}", what.what()));
  }
}

// 9303-12 Table 6: a document signer's key signs and certifies nothing, and its certificate lists document types. A
// CSCA or a list signer given by mistake is refused here, not found out by the first reader.
void require_document_signer(const x509::format::Certificate& certificate) {
  const auto* const usage = certificate.body.find(asn1::oid::kKeyUsage);
  const auto* const types = certificate.body.find(asn1::oid::kDocumentTypeList);
  try {
    if (usage != nullptr && types != nullptr &&
        x509::format::parse_key_usage(usage->value) == std::vector<unsigned>{0} &&
        !x509::format::parse_document_types(types->value).empty()) {
      return;
    }
  } catch (const asn1::Malformed& what) {
    refuse(fmt::format("its certificate is broken: {}", what.what()));
  }
  refuse("its certificate is not one of a document signer (digitalSignature alone, and a list of document types)");
}

// Attribute ::= SEQUENCE { attrType, attrValues SET OF }  (RFC 5652 §5.3), here always with one value
base::Bytes attribute(const asn1::Oid& type, base::Bytes value) {
  return TlvWriter{}.sequence(TlvWriter{}.oid(type).set_of({std::move(value)})).take();
}

// The signed attributes as the SET that is hashed (RFC 5652 §5.4); they are stored with tag A0 in its place.
// signingTime is left out: 9303-10 does not ask for it, nothing on a card is decided by it, and without it the same
// data give the same file.
base::Bytes signed_attributes(base::ByteView content) {
  return TlvWriter{}
      .set_of({attribute(asn1::oid::kContentType, TlvWriter{}.oid(asn1::oid::kLdsSecurityObject).take()),
               attribute(asn1::oid::kMessageDigest, TlvWriter{}.octet_string(crypto::botan::sha256(content)).take())})
      .take();
}

base::ByteView content_of_set(base::ByteView set) {
  return asn1::TlvReader(set).need(0x31);
}

}  // namespace

struct DocumentSigner::Prepared {
  base::Bytes digest_algorithm = x509::format::algorithm_identifier(asn1::oid::kSha256);
  base::Bytes signature_algorithm = x509::format::algorithm_identifier(asn1::oid::kEcdsaWithSha256);
  base::Bytes signer_identifier;  // IssuerAndSerialNumber
  base::Moment not_before, not_after;
  x509::format::UsagePeriod usage;
};

DocumentSigner::DocumentSigner(std::unique_ptr<keystore::SigningKey> key, base::Bytes certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)) {
  if (keystore::is_rsa(key_->kind())) refuse("its key is RSA, and this issuer signs with ECDSA; make an EC key");
  const x509::format::Certificate parsed = parse_own_certificate(certificate_);
  const base::Bytes& its_key = parsed.body.public_key;
  if (its_key != key_->public_key_explicit() && its_key != key_->public_key_named()) {
    refuse("its certificate is not the one of its key; give the pair that was made together");
  }
  require_document_signer(parsed);
  auto prepared = std::make_unique<Prepared>();
  prepared->signer_identifier =
      TlvWriter{}.sequence(TlvWriter{}.raw(parsed.issuer).put(0x02, parsed.body.serial)).take();
  prepared->not_before = parsed.body.not_before;
  prepared->not_after = parsed.body.not_after;
  prepared->usage = usage_period_of(parsed);
  prepared_ = std::move(prepared);
}

DocumentSigner::~DocumentSigner() = default;

base::Moment DocumentSigner::certificate_ends() const {
  return prepared_->not_after;
}

bool DocumentSigner::may_sign(base::Moment at) const {
  const auto& [begins, ends] = prepared_->usage;
  return (!begins || at >= *begins) && (!ends || at <= *ends) && at >= prepared_->not_before &&
         at <= prepared_->not_after;
}

namespace {

// RFC 5652 §5 as Doc 9303-10 Table 37 profiles it; the whole file (tag 77). An empty signature: what lint() looks at.
base::Bytes assemble(base::ByteView content, base::ByteView attributes, base::ByteView signature,
                     base::ByteView certificate, base::ByteView signer_identifier, base::ByteView digest_algorithm,
                     base::ByteView signature_algorithm) {
  TlvWriter signer_info;
  signer_info.integer(1)
      .raw(signer_identifier)
      .raw(digest_algorithm)
      .put(0xA0, content_of_set(attributes))
      .raw(signature_algorithm)
      .octet_string(signature);
  TlvWriter encapsulated;
  encapsulated.oid(asn1::oid::kLdsSecurityObject).put(0xA0, TlvWriter{}.octet_string(content));
  TlvWriter signed_data;
  signed_data.integer(3)
      .set_of({base::Bytes(digest_algorithm.begin(), digest_algorithm.end())})
      .sequence(encapsulated)
      .put(0xA0, certificate)
      .set_of({TlvWriter{}.sequence(signer_info).take()});
  TlvWriter content_info;
  content_info.oid(asn1::oid::kSignedData).put(0xA0, TlvWriter{}.sequence(signed_data));
  return format::wrap(TlvWriter{}.sequence(content_info).view());
}

}  // namespace

base::Bytes DocumentSigner::file_of(base::ByteView content, base::ByteView attributes, base::ByteView signature) const {
  return assemble(content, attributes, signature, certificate_, prepared_->signer_identifier,
                  prepared_->digest_algorithm, prepared_->signature_algorithm);
}

std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes> hashes, const DocumentSigner& signer,
                                                base::Moment now, std::optional<base::Date> card_expiry,
                                                Holder holder) {
  base::Findings findings;
  if (!signer.may_sign(now)) {
    findings.fail("SIGNER_OUTSIDE_USAGE_PERIOD", "document signer",
                  "The key may not sign now: its usage period has not begun or is over.");
  }
  base::Bytes content = format::encode({.hashes = hashes, .lds_version = {}, .unicode_version = {}});
  base::Bytes attributes = signed_attributes(content);
  // A card without end has no last day for the certificate to cover; its chip ends with the certificate, and the card
  // is exchanged before.
  const ::lint::Document card{"", "", card_expiry, std::nullopt, holder == Holder::SmallChild};
  findings.add(::lint::lint(signer.file_of(content, attributes, {}), {.purpose = ::lint::Purpose::Write,
                                                                      .kind = ::lint::Kind::Sod,
                                                                      .as_of = now,
                                                                      .signature_pending = true,
                                                                      .document = &card}));
  if (findings.failed()) return findings;
  return LintedHashes(std::move(hashes), std::move(content), std::move(attributes));
}

base::Bytes sign(LintedHashes permit, const DocumentSigner& signer, const SecondWitness& witness) {
  const LintedHashes spent = std::move(permit);
  base::ensure(!spent.hashes().empty(), "a permit is spent once");
  base::ensure(static_cast<bool>(witness), "nothing is signed without a second witness");
  // Verified once, in the finished file, by the witness below.
  const base::Bytes signature = signer.key_->sign_unverified(crypto::botan::sha256(spent.attributes_));
  base::Bytes file = signer.file_of(spent.content_, spent.attributes_, x509::format::ecdsa_signature(signature));
  if (witness(file, spent.hashes())) return file;
  throw base::Error(base::Fault::TreatAsAttack, "signing EF.SOD",
                    "the second witness does not confirm what was just signed; nothing was given out. Stop signing "
                    "with this key and this machine until the cause is known");
}

}  // namespace sod::issue
