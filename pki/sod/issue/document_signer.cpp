#include "pki/sod/issue/document_signer.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/sod/format/lds_security_object.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/public_key.h"

namespace sod::issue {

namespace {

using asn1::TlvWriter;

constexpr std::size_t kSha256Size = 32;
constexpr std::string_view kCard = "document security object";
constexpr std::string_view kSigner = "document signer";

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

void lint_hashes(const std::map<int, base::Bytes>& hashes, base::Findings& findings) {
  if (!hashes.contains(1) || !hashes.contains(2)) {
    findings.fail("LDSO_DG1_DG2", std::string(kCard), "A document has at least data groups 1 and 2.");
  }
  for (const auto& [number, hash] : hashes) {
    if (number < 1 || number > 16) {
      findings.fail("LDSO_DG_NUMBER", std::string(kCard), fmt::format("There is no data group {}.", number));
    }
    if (hash.size() != kSha256Size) {
      findings.fail("LDSO_HASH_LENGTH", std::string(kCard),
                    fmt::format("The hash of data group {} has {} octets and SHA-256 gives {}.", number, hash.size(),
                                kSha256Size));
    }
  }
}

// The first moment after the card's last day, which is a day in Viet Nam (UTC+7).
base::Moment end_of_card(base::Date last_day) {
  return std::chrono::sys_days(last_day) + std::chrono::days(1) - std::chrono::hours(7);
}

}  // namespace

std::variant<LintedHashes, base::Findings> lint(std::map<int, base::Bytes> hashes, const DocumentSigner& signer,
                                                base::Moment now, std::optional<base::Date> card_expiry) {
  base::Findings findings;
  lint_hashes(hashes, findings);
  const auto& certificate = *signer.prepared_;
  if (!signer.may_sign(now)) {
    findings.fail("SIGNER_OUTSIDE_USAGE_PERIOD", std::string(kSigner),
                  "The key may not sign now: its usage period has not begun or is over.");
  }
  // 9303-12 §4.1.1.1: the certificate stands as long as every document signed under it. A card without end has no last
  // day to cover; its chip ends with the certificate, and the card is exchanged before.
  if (card_expiry && end_of_card(*card_expiry) - std::chrono::seconds(1) > certificate.not_after) {
    findings.fail("CARD_OUTLIVES_DS", std::string(kSigner),
                  fmt::format("The card ends on {} and the signer's certificate before, on {}.",
                              base::to_iso(*card_expiry), base::to_rfc3339(certificate.not_after)));
  }
  if (findings.failed()) return findings;
  return LintedHashes(std::move(hashes));
}

// RFC 5652 §5 as Doc 9303-10 Table 37 profiles it.
base::Bytes sign(LintedHashes permit, const DocumentSigner& signer, const SecondWitness& witness) {
  const LintedHashes spent = std::move(permit);
  base::ensure(!spent.hashes().empty(), "a permit is spent once");
  base::ensure(static_cast<bool>(witness), "nothing is signed without a second witness");
  const auto& fixed = *signer.prepared_;
  const base::Bytes content = format::encode({.hashes = spent.hashes(), .lds_version = {}, .unicode_version = {}});
  const base::Bytes attributes = signed_attributes(content);
  // Verified once, in the finished file, by the witness below.
  const base::Bytes signature = signer.key_->sign_unverified(crypto::botan::sha256(attributes));

  TlvWriter signer_info;
  signer_info.integer(1)
      .raw(fixed.signer_identifier)
      .raw(fixed.digest_algorithm)
      .put(0xA0, content_of_set(attributes))
      .raw(fixed.signature_algorithm)
      .octet_string(x509::format::ecdsa_signature(signature));
  TlvWriter encapsulated;
  encapsulated.oid(asn1::oid::kLdsSecurityObject).put(0xA0, TlvWriter{}.octet_string(content));
  TlvWriter signed_data;
  signed_data.integer(3)
      .set_of({fixed.digest_algorithm})
      .sequence(encapsulated)
      .put(0xA0, signer.certificate_)
      .set_of({TlvWriter{}.sequence(signer_info).take()});
  TlvWriter content_info;
  content_info.oid(asn1::oid::kSignedData).put(0xA0, TlvWriter{}.sequence(signed_data));
  base::Bytes file = format::wrap(TlvWriter{}.sequence(content_info).view());
  if (witness(file, spent.hashes())) return file;
  throw base::Error(base::Fault::TreatAsAttack, "signing EF.SOD",
                    "the second witness does not confirm what was just signed; nothing was given out. Stop signing "
                    "with this key and this machine until the cause is known");
}

}  // namespace sod::issue
