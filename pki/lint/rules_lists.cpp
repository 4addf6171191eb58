// 9303-12 §9 and §10, Tables 18 and 19: master lists and deviation lists.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

const SignerView* first_signer(const Input& in) {
  return in.signed_data->signers.empty() ? nullptr : &in.signed_data->signers.front();
}

const CertificateView* signer_certificate(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return signer == nullptr ? nullptr : in.signed_data->signer_certificate(*signer);
}

std::optional<std::string> check_container(const Input& in, const asn1::Oid& type) {
  if (small_integer_of(in.signed_data->version) != 3) return "The version of SignedData is not 3.";
  if (oid_of(in.signed_data->econtent_type) != type || !in.signed_data->has_content) {
    return "eContentType is another one, or there is no content.";
  }
  const std::string defect = der_defect(in.tree);
  if (defect.empty()) return std::nullopt;
  return fmt::format("It is not DER: {}.", defect);
}

std::optional<std::int64_t> list_version(const Input& in) {
  const auto& content = in.signed_data->content_tree;
  return content ? small_integer_of(content->child(0)) : std::nullopt;
}

std::optional<std::string> check_ml_type(const Input& in) {
  return check_container(in, oid::kMasterList);
}

std::optional<std::string> check_ml_version(const Input& in) {
  return fires_if(list_version(in) != 0, "The version of the list is not 0.");
}

std::optional<std::string> check_dl_type(const Input& in) {
  if (auto broken = check_container(in, oid::kDeviationList)) return broken;
  return fires_if(list_version(in) != 0, "The version of the list is not 0.");
}

bool has_purpose(const CertificateView& certificate, const asn1::Oid& purpose) {
  const ExtensionView* const usage = certificate.find(oid::kExtendedKeyUsage);
  return usage != nullptr && usage->critical && usage->value &&
         std::ranges::any_of(usage->value->children, [&](const Node& one) { return oid_of(&one) == purpose; });
}

std::optional<std::string> check_signer(const Input& in, const asn1::Oid& purpose) {
  if (first_signer(in) == nullptr) return "It has no signer.";
  const CertificateView* const certificate = signer_certificate(in);
  if (certificate == nullptr) return "The signer's certificate is not in it.";
  // That a CSCA signs is said by ML_NOT_SIGNED_BY_CSCA.
  return fires_if(!certificate->is_ca() && !has_purpose(*certificate, purpose),
                  "The signer's certificate is not one for signing such lists.");
}

std::optional<std::string> check_ml_signer(const Input& in) {
  return check_signer(in, oid::kMasterListSigning);
}

std::optional<std::string> check_dl_signer(const Input& in) {
  return check_signer(in, oid::kDeviationListSigning);
}

std::optional<std::string> check_csca_present(const Input& in) {
  const CertificateView* const signer = signer_certificate(in);
  if (signer == nullptr || signer->is_ca() || signer->issuer.node == nullptr) return std::nullopt;
  const bool there = std::ranges::any_of(in.signed_data->certificate_list, [&](const CertificateView& one) {
    return one.is_ca() && one.subject.node != nullptr &&
           base::equal(one.subject.node->whole, signer->issuer.node->whole);
  });
  return fires_if(!there, "The CSCA of the signer is not among the certificates.");
}

std::optional<std::string> check_not_by_csca(const Input& in) {
  const CertificateView* const signer = signer_certificate(in);
  return fires_if(signer != nullptr && signer->is_ca(), "A CSCA signed the list itself.");
}

std::optional<std::string> check_crls(const Input& in) {
  return fires_if(in.signed_data->crls != nullptr, "It carries CRLs.");
}

std::optional<std::string> check_one_signer(const Input& in) {
  return fires_if(in.signed_data->signers.size() > 1, "It has more than one signer.");
}

std::optional<std::string> check_sid(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return fires_if(signer != nullptr && signer->sid != nullptr && signer->sid->tag == 0x30,
                  "The signer is not named by its SubjectKeyIdentifier.");
}

std::optional<std::string> check_signing_time(const Input& in) {
  const SignerView* const signer = first_signer(in);
  if (signer == nullptr) return std::nullopt;
  for (const asn1::Oid& type : {kContentType, kMessageDigest, kSigningTime}) {
    if (signer->attribute_values(type).size() != 1) {
      return "The signed attributes are not contentType, messageDigest and signingTime, each once.";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_entries(const Input& in) {
  const Node* const list = master_list_certificates(*in.signed_data);
  if (list == nullptr) return "There is no list of certificates.";
  const auto others =
      std::ranges::count_if(list->children, [](const Node& one) { return !certificate_view(one).is_ca(); });
  if (others == 0) return std::nullopt;
  return fmt::format("{} of {} entries are no CSCA.", others, list->children.size());
}

std::optional<std::string> check_entry_profile(const Input& in) {
  const Node* const list = master_list_certificates(*in.signed_data);
  if (list == nullptr) return std::nullopt;
  const auto faulty = std::ranges::count_if(list->children, [](const Node& one) {
    return certificate_view(one).is_ca() && lint(one.whole, Context{}).failed();
  });
  if (faulty == 0) return std::nullopt;
  return fmt::format("{} of {} entries break rules for a CSCA.", faulty, list->children.size());
}

// --- deviation lists ---

std::optional<std::string> check_unsigned(const Input& in) {
  const SignerView* const signer = first_signer(in);
  return fires_if(signer != nullptr && signer->unsigned_attributes != nullptr, "It has unsigned attributes.");
}

const Node* deviations(const Input& in) {
  const auto& content = in.signed_data->content_tree;
  return content ? content->find(0x31) : nullptr;
}

std::optional<std::string> check_digest_algorithm(const Input& in) {
  const Node* const list = deviations(in);
  if (list == nullptr || in.signed_data->content_tree->find(0x30) != nullptr) return std::nullopt;
  const bool used = std::ranges::any_of(list->children, [](const Node& deviation) {
    const Node* const documents = deviation.child(0);
    return documents != nullptr && documents->find(0x83) != nullptr;  // certificateDigest
  });
  return fires_if(used, "A signer is named by a digest and digestAlgorithm is missing.");
}

std::optional<std::string> check_types(const Input& in) {
  const Node* const list = deviations(in);
  if (list == nullptr) return std::nullopt;
  const std::string prefix = oid::kDeviationList.dotted() + ".";
  for (const Node& deviation : list->children) {
    const Node* const descriptions = deviation.child(1);
    if (descriptions == nullptr) continue;
    for (const Node& description : descriptions->children) {
      const auto type = oid_of(description.find(0x06));
      if (!type || !type->dotted().starts_with(prefix)) return "A deviation's type is not under 2.23.136.1.1.7.";
    }
  }
  return std::nullopt;
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kMl{Kind::MasterList}, kDl{Kind::DeviationList}, kBoth = kMl | kDl;
constexpr std::string_view kTable18 = "9303-12 Table 18", kBothTables = "9303-12 Table 18, 19";

const std::array kRules{
    Rule{"ML_CONTENT_TYPE", kMl, E, E, kTable18, "SignedData version 3, eContentType 2.23.136.1.1.2, DER",
         check_ml_type},
    Rule{"ML_VERSION_0", kMl, E, E, "9303-12 §9.2", "CscaMasterList.version 0", check_ml_version},
    Rule{"ML_SIGNER_CERT_PRESENT", kMl, E, E, kTable18, "the signer's certificate is inside and for signing such lists",
         check_ml_signer},
    Rule{"ML_SIGNER_CSCA_PRESENT", kMl, E, W, "9303-12 §5.3, Table 18", "the signer's CSCA is among the certificates",
         check_csca_present},
    Rule{"ML_NOT_SIGNED_BY_CSCA", kMl, E, E, "9303-12 §5.3", "the signer's certificate is not a CA", check_not_by_csca},
    Rule{"ML_CRLS_ABSENT", kBoth, E, E, kBothTables, "crls absent", check_crls},
    Rule{"ML_ONE_SIGNERINFO", kBoth, W, W, kBothTables, "one signerInfo", check_one_signer},
    Rule{"ML_SID_SKI", kBoth, W, W, kBothTables, "sid is subjectKeyIdentifier", check_sid},
    Rule{"ML_SIGNING_TIME", kBoth, E, E, kBothTables,
         "signedAttrs with signingTime (besides contentType, messageDigest)", check_signing_time},
    Rule{"ML_ENTRIES_ARE_CSCA", kMl, E, E, "9303-12 §5.3", "each entry has cA TRUE", check_entries},
    Rule{"ML_ENTRY_PROFILE", kMl, W, W, "9303-12 §5.3", "each entry keeps the rules for a CSCA", check_entry_profile},
    Rule{"DL_CONTENT_TYPE", kDl, E, E, "9303-12 Table 19, §10.2",
         "version 3, eContentType 2.23.136.1.1.7, DER, list version 0", check_dl_type},
    Rule{"DL_SIGNER_CERT_PRESENT", kDl, E, E, "9303-12 Table 19",
         "the signer's certificate is inside and for signing such lists", check_dl_signer},
    Rule{"DL_UNSIGNED_ATTRS_ABSENT", kDl, E, E, "9303-12 Table 19", "unsignedAttrs absent", check_unsigned},
    Rule{"DL_DIGEST_ALG_WHEN_USED", kDl, E, E, "9303-12 §10.2", "certificateDigest used => digestAlgorithm present",
         check_digest_algorithm},
    Rule{"DL_TYPE_KNOWN", kDl, W, W, "9303-12 §10.2", "deviationType lies under 2.23.136.1.1.7", check_types},
};

}  // namespace

std::span<const Rule> list_rules() {
  return kRules;
}

}  // namespace lint
