#include "pki/lint/rules.h"

#include <algorithm>
#include <array>

namespace lint {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kAll = [] {
    std::vector<Rule> all;
    for (const auto group : {body_rules, name_rules, extension_rules, purpose_rules, lifetime_rules, signer_rules,
                             crl_rules, signed_data_rules, lds_security_object_rules, list_rules, cvc_rules}) {
      const auto rows = group();
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return kAll;
}

bool is_sha2(const std::optional<asn1::Oid>& digest) {
  using namespace asn1::oid;
  static const std::array kAllowed{kSha224, kSha256, kSha384, kSha512};
  return digest && std::ranges::find(kAllowed, *digest) != kAllowed.end();
}

std::optional<std::string> hash_defect(const Node* signature_algorithm) {
  using namespace asn1::oid;
  static const std::array kGood{oid::kEcdsaSha224, kEcdsaWithSha256, kEcdsaWithSha384, kEcdsaWithSha512,
                                oid::kRsaSha224,   oid::kRsaSha256,  oid::kRsaSha384,  oid::kRsaSha512};
  const auto algorithm = algorithm_of(signature_algorithm);
  if (!algorithm) return "The signature algorithm cannot be read.";
  if (*algorithm == oid::kRsaPss) {
    // RFC 4055 §3.1: hash [0], mask generation [1] with a hash of its own; both SHA-1 when they are left out.
    const Node* const parameters = signature_algorithm->child(1);
    const Node* const hash = parameters == nullptr ? nullptr : parameters->find(0xA0);
    const Node* const mask = parameters == nullptr ? nullptr : parameters->find(0xA1);
    const Node* const mask_function = mask == nullptr ? nullptr : mask->child(0);
    const bool good = hash != nullptr && is_sha2(algorithm_of(hash->child(0))) && mask_function != nullptr &&
                      is_sha2(algorithm_of(mask_function->child(1)));
    return fires_if(!good, "A hash of RSASSA-PSS is not SHA-224, -256, -384 or -512.");
  }
  return fires_if(std::ranges::find(kGood, *algorithm) == kGood.end(),
                  "The hash of the signature is not SHA-224, -256, -384 or -512.");
}

std::optional<std::string> algorithm_defect(const Input& in, const Node* signature_algorithm) {
  if (auto defect = hash_defect(signature_algorithm)) return defect;
  const Policy* const policy = in.context.policy;
  return fires_if(policy != nullptr && !policy->signature_algorithm.empty() &&
                      !base::equal(policy->signature_algorithm, signature_algorithm->whole),
                  "The signature algorithm is not the one of the key that signs.");
}

base::Bytes authority_key_id(const ExtensionView* extension) {
  const Node* const id = extension == nullptr || !extension->value ? nullptr : extension->value->find(0x80);
  return id == nullptr ? base::Bytes{} : octets_of(*id);
}

base::Bytes subject_key_id(const CertificateView& certificate) {
  const ExtensionView* const extension = certificate.find(asn1::oid::kSubjectKeyIdentifier);
  return extension == nullptr || !extension->value ? base::Bytes{} : octets_of(*extension->value);
}

}  // namespace lint
