// 9303-10 §4.6.2, Table 37: an EF.SOD as CMS SignedData.

#include <algorithm>
#include <array>

#include "pki/crypto/openssl/hash.h"
#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

std::optional<std::string> check_tag(const Input& in) {
  const bool good =
      in.tree.tag == 0x77 && in.tree.children.size() == 1 && oid_of(in.tree.children[0].child(0)) == kSignedData;
  return fires_if(!good, "It is not one ContentInfo with SignedData inside tag 77.");
}

// The order of the signed attributes, whose tag is A0, has a rule of its own.
std::optional<std::string> check_der(const Input& in) {
  const std::string defect = der_defect(in.tree);
  if (defect.empty()) return std::nullopt;
  return fmt::format("It is not DER: {}.", defect);
}

std::optional<std::string> check_version(const Input& in) {
  return fires_if(small_integer_of(in.signed_data->version) != 3, "The version of SignedData is not 3.");
}

std::optional<std::string> check_content_type(const Input& in) {
  return fires_if(oid_of(in.signed_data->econtent_type) != kLdsSecurityObject || !in.signed_data->has_content,
                  "eContentType is not ldsSecurityObject, or there is no content.");
}

const SignerView* first_signer(const Input& in) {
  return in.signed_data->signers.empty() ? nullptr : &in.signed_data->signers.front();
}

const CertificateView* signer_certificate(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return signer == nullptr ? nullptr : in.signed_data->signer_certificate(*signer);
}

std::optional<std::string> check_certificate(const Input& in) {
  return fires_if(first_signer(in) != nullptr && signer_certificate(in) == nullptr,
                  "The certificate of the signer is not in it.");
}

std::optional<std::string> check_crls(const Input& in) {
  return fires_if(in.signed_data->crls != nullptr, "It carries CRLs.");
}

std::optional<std::string> check_one_signer(const Input& in) {
  const std::size_t count = in.signed_data->signers.size();
  if (count == 1) return std::nullopt;
  return fmt::format("It has {} signers and should have one.", count);
}

std::optional<std::string> check_sid(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return fires_if(signer != nullptr && (signer->sid == nullptr || signer->sid->tag != 0x30),
                  "The signer is not named by issuer and serial number.");
}

std::optional<std::string> check_signer_version(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr || signer->sid == nullptr) return std::nullopt;
  const std::int64_t due = signer->sid->tag == 0x30 ? 1 : 3;
  return fires_if(small_integer_of(signer->version) != due,
                  "The version of SignerInfo is not the one of its signer identifier.");
}

std::optional<std::string> check_attributes(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return fires_if(signer != nullptr && signer->signed_attributes == nullptr, "It has no signed attributes.");
}

// The one value of a signed attribute; null when there is not exactly one.
const Node* one_value(const SignerView& signer, const asn1::Oid& type) {
  const auto all = signer.attribute_values(type);
  return all.size() == 1 && all.front()->children.size() == 1 ? all.front()->child(0) : nullptr;
}

std::optional<std::string> check_content_type_attribute(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr || signer->signed_attributes == nullptr) return std::nullopt;
  const auto type = oid_of(one_value(*signer, kContentType));
  return fires_if(!type || type != oid_of(in.signed_data->econtent_type),
                  "There is not one contentType attribute that is eContentType.");
}

std::optional<std::string> check_digest_attribute(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr || signer->signed_attributes == nullptr) return std::nullopt;
  const auto algorithm = algorithm_of(signer->digest_algorithm);
  const auto hash = algorithm ? crypto::openssl::hash_of(*algorithm) : std::nullopt;
  const Node* const value = one_value(*signer, kMessageDigest);
  const bool good =
      hash && value != nullptr && octets_of(*value) == crypto::openssl::digest(*hash, in.signed_data->content);
  return fires_if(!good, "There is not one messageDigest attribute that is the hash of the content.");
}

// What is signed (RFC 5652 §5.4): the attributes as SET OF in DER, or the content itself.
base::Bytes signed_octets(const Input& in, const SignerView& signer, bool sort) {
  if (signer.signed_attributes == nullptr) return in.signed_data->content;
  std::vector<base::Bytes> elements;
  base::Bytes as_they_stand;
  for (const Node& one : signer.signed_attributes->children) {
    elements.emplace_back(one.whole.begin(), one.whole.end());
    base::append(as_they_stand, one.whole);
  }
  return sort ? asn1::TlvWriter().set_of(elements).take() : asn1::TlvWriter().put(0x31, as_they_stand).take();
}

std::optional<std::string> check_attributes_der(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr || signer->signed_attributes == nullptr) return std::nullopt;
  const bool sorted = signed_octets(in, *signer, true) == signed_octets(in, *signer, false);
  return fires_if(!sorted, "The signed attributes are not sorted.");
}

std::optional<std::string> check_unsigned(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return fires_if(signer != nullptr && signer->unsigned_attributes != nullptr, "It has unsigned attributes.");
}

bool has_parameters(const Node* algorithm) {
  return algorithm != nullptr && algorithm->children.size() > 1;
}

std::optional<std::string> check_no_null(const Input& in) {
  const SignedDataView& data = *in.signed_data;
  bool written = first_signer(in) != nullptr && has_parameters(first_signer(in)->digest_algorithm);
  if (data.digest_algorithms != nullptr) {
    for (const Node& one : data.digest_algorithms->children) written = written || has_parameters(&one);
  }
  if (in.kind == Kind::Sod) written = written || has_parameters(lds_view(data).hash_algorithm);
  return fires_if(written, "A digest algorithm is written with parameters.");
}

std::optional<std::string> check_digest_listed(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr || in.signed_data->digest_algorithms == nullptr) return std::nullopt;
  const auto mine = algorithm_of(signer->digest_algorithm);
  const bool listed = std::ranges::any_of(in.signed_data->digest_algorithms->children,
                                          [&](const Node& one) { return algorithm_of(&one) == mine; });
  return fires_if(!listed, "The signer's digest algorithm is not in digestAlgorithms.");
}

std::optional<std::string> check_hashes(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr) return std::nullopt;
  const auto of_groups = algorithm_of(lds_view(*in.signed_data).hash_algorithm);
  if (!is_sha2(algorithm_of(signer->digest_algorithm)) || (of_groups && !is_sha2(of_groups))) {
    return "A digest algorithm is not SHA-224, -256, -384 or -512.";
  }
  // rsaEncryption alone names no hash; then it is the digest algorithm's.
  if (algorithm_of(signer->signature_algorithm) == asn1::oid::kRsaEncryption) return std::nullopt;
  return hash_defect(signer->signature_algorithm);
}

std::optional<std::string> check_signature(const Input& in) {
  const SignerView* const signer = first_signer(in);
  const CertificateView* const certificate = signer_certificate(in);
  if (in.context.signature_pending || certificate == nullptr || certificate->key.node == nullptr) return std::nullopt;
  const base::ByteView key = certificate->key.node->whole;
  const bool good = signer_verifies(*signer, signed_octets(in, *signer, true), key) ||
                    signer_verifies(*signer, signed_octets(in, *signer, false), key);
  return fires_if(!good, "The signature does not verify under the certificate that it names.");
}

// --- beside its document ---

std::optional<std::string> check_outlives(const Input& in) {
  const CertificateView* const certificate = signer_certificate(in);
  const auto ends = certificate == nullptr ? std::nullopt : certificate->not_after();
  if (in.context.document == nullptr || !in.context.document->expires || !ends) return std::nullopt;
  const base::Moment last_day = std::chrono::sys_days(*in.context.document->expires);
  // Ours ends with its last day, a day in Viet Nam; where in the world another's does, nobody says.
  constexpr auto kLastSecond = std::chrono::hours(24 - 7) - std::chrono::seconds(1);
  return fires_if((in.context.purpose == Purpose::Write ? last_day + kLastSecond : last_day) > *ends,
                  "The document expires after the certificate of its signer.");
}

std::optional<std::string> check_signed_in_use(const Input& in) {
  const CertificateView* const certificate = signer_certificate(in);
  if (certificate == nullptr || in.context.document == nullptr || !in.context.document->issued) return std::nullopt;
  const ExtensionView* const period = certificate->find(kPrivateKeyUsagePeriod);
  if (period == nullptr || !period->value) return std::nullopt;
  const auto day_of = [&](asn1::Tag tag) -> std::optional<base::Date> {
    const Node* const found = period->value->find(tag);
    if (found == nullptr) return std::nullopt;
    Node time = *found;
    time.tag = 0x18;
    const auto moment = time_of(&time);
    return moment ? std::optional(base::date_in_viet_nam(*moment)) : std::nullopt;
  };
  const auto begins = day_of(0x80), ends = day_of(0x81);
  const base::Date issued = *in.context.document->issued;
  return fires_if((begins && issued < *begins) || (ends && issued > *ends),
                  "The document was issued outside the usage period of its signer's key.");
}

std::optional<std::string> check_covers_document(const Input& in) {
  const CertificateView* const certificate = signer_certificate(in);
  if (certificate == nullptr || in.context.document == nullptr || in.context.document->code.empty())
    return std::nullopt;
  const ExtensionView* const types = certificate->find(kDocumentTypeList);
  const Node* const list = types == nullptr || !types->value ? nullptr : types->value->find(0x31);
  if (list == nullptr) return std::nullopt;
  const std::string& code = in.context.document->code;
  const bool covered = std::ranges::any_of(list->children, [&](const Node& type) {
    const std::string value = base::text_of(type.value);
    return value == code || (value.size() == 1 && code.starts_with(value));
  });
  return fires_if(!covered, "The signer may not sign this type of document.");
}

std::optional<std::string> check_state(const Input& in) {
  if (in.issuer == nullptr || in.context.document == nullptr) return std::nullopt;
  const ExtensionView* const names = in.issuer->find(kSubjectAltName);
  const Node* const directory = names == nullptr || !names->value ? nullptr : names->value->find(0xA4);
  if (directory == nullptr || directory->child(0) == nullptr) return std::nullopt;
  return fires_if(name_view(directory->child(0)).first_of(oid::kLocalityName) != in.context.document->issuing_state,
                  "The State of the document is not the one of its CSCA.");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kSod{Kind::Sod}, kAll{Kind::Sod, Kind::MasterList, Kind::DeviationList};
constexpr std::string_view kTable37 = "9303-10 Table 37";

const std::array kRules{
    Rule{"SOD_TAG_77", kSod, E, E, "9303-10 §4.6.2", "tag 77 with one ContentInfo of SignedData", check_tag},
    Rule{"SOD_DER", kSod, E, W, "9303-10 §4.6.2.2", "DER: definite lengths, SETs sorted", check_der},
    Rule{"SOD_VERSION_3", kSod, E, E, kTable37, "SignedData.version 3", check_version},
    Rule{"SOD_ECONTENT_TYPE", kSod, E, E, kTable37, "eContentType 2.23.136.1.1.1, eContent present",
         check_content_type},
    Rule{"SOD_DS_CERT_PRESENT", kSod, E, W, "9303-10 Table 37, D-1", "the certificate that the signer names is inside",
         check_certificate},
    Rule{"SOD_CRLS_ABSENT", kSod, W, W, kTable37, "crls not used", check_crls},
    Rule{"SOD_ONE_SIGNERINFO", kSod, W, W, kTable37, "exactly one signerInfo", check_one_signer},
    Rule{"SOD_SID_ISSUER_SERIAL", kSod, W, W, kTable37, "sid is issuerAndSerialNumber", check_sid},
    Rule{"SOD_SIGNERINFO_VERSION", kAll, E, E, "9303-10 Table 37, 9303-12 Table 18",
         "1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier", check_signer_version},
    Rule{"SOD_SIGNED_ATTRS_PRESENT", kSod, E, E, kTable37, "signedAttrs present", check_attributes},
    Rule{"SOD_SIGNED_ATTRS_CONTENT_TYPE", kSod, E, E, "9303-10 Table 37, RFC 5652 §11.1",
         "one contentType attribute = eContentType", check_content_type_attribute},
    Rule{"SOD_SIGNED_ATTRS_DIGEST", kSod, E, E, "9303-10 Table 37, RFC 5652 §11.2",
         "one messageDigest attribute = hash of eContent", check_digest_attribute},
    Rule{"SOD_SIGNED_ATTRS_DER", kSod, E, E, "RFC 5652 §5.4", "signedAttrs stand in DER", check_attributes_der},
    Rule{"SOD_UNSIGNED_ATTRS", kSod, W, W, kTable37, "unsignedAttrs absent", check_unsigned},
    Rule{"SOD_DIGEST_NO_NULL", kSod, E, W, "9303-10 §4.6.2.3 note 2", "digest algorithms without parameters",
         check_no_null},
    Rule{"SOD_DIGEST_LISTED", kSod, E, E, "RFC 5652 §5.1", "the signer's digest algorithm is in digestAlgorithms",
         check_digest_listed},
    Rule{"SOD_HASH_ALLOWED", kSod, E, E, "9303-12 §4.1.6.4", "SHA-224, -256, -384 or -512 everywhere", check_hashes},
    Rule{"SOD_SIGNATURE_VALID", kSod, E, E, kTable37, "verifies under the certificate that sid names", check_signature},
    Rule{"CARD_OUTLIVES_DS", kSod, E, E, "9303-12 §4.1.1.1",
         "the document expires before its signer's certificate (needs the document)", check_outlives},
    Rule{"SOD_SIGNED_IN_DS_PKUP", kSod, W, W, "9303-12 §4.1.1",
         "issued in the usage period of the signer's key (needs the document)", check_signed_in_use},
    Rule{"DOCTYPE_COVERS_DOCUMENT", kSod, E, E, "9303-12 §7.1.1.6",
         "the MRZ's document code is in the signer's list (needs the document)", check_covers_document},
    Rule{"SOD_STATE_MATCHES_SAN", kSod, E, E, "9303-12 §6.1.1, §7.1.1.2",
         "the MRZ's State is the one of the CSCA's SubjectAltName (needs the document and the issuer)", check_state},
    Rule{"ML_DIGEST_NO_NULL",
         {Kind::MasterList},
         E,
         W,
         "9303-12 §9.1 note",
         "digest algorithms without parameters",
         check_no_null},
};

}  // namespace

std::span<const Rule> signed_data_rules() {
  return kRules;
}

}  // namespace lint
