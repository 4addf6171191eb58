// 9303-12 §7.1.1.1 and Table 5: issuer, subject; §4.1.6: the public key.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"
#include "pki/lint/states.h"

namespace lint {

namespace {

using base::Severity;

constexpr asn1::Tag kPrintable = 0x13, kUtf8 = 0x0C;

bool two_capitals(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

// The first finding about the issuer, then the subject.
template <class Ask>
std::optional<std::string> of_both(const Input& in, Ask ask) {
  if (auto said = ask(in.certificate->issuer, "issuer")) return said;
  return ask(in.certificate->subject, "subject");
}

std::optional<std::string> check_one_country(const NameView& name, std::string_view whose) {
  const std::size_t count = name.all_of(oid::kCountryName).size();
  if (count == 1) return std::nullopt;
  return fmt::format("The {} has {} country names and must have one.", whose, count);
}

std::optional<std::string> check_issuer_country(const Input& in) {
  return check_one_country(in.certificate->issuer, "issuer");
}

std::optional<std::string> check_subject_country(const Input& in) {
  return check_one_country(in.certificate->subject, "subject");
}

std::optional<std::string> check_uppercase(const Input& in) {
  return of_both(in, [](const NameView& name, std::string_view whose) -> std::optional<std::string> {
    const auto all = name.all_of(oid::kCountryName);
    const bool good = std::ranges::all_of(all, [](const NameAttribute* one) { return two_capitals(one->value); });
    if (good) return std::nullopt;
    return fmt::format("The country of the {} is not two upper-case letters.", whose);
  });
}

std::optional<std::string> check_printable(const Input& in) {
  return of_both(in, [](const NameView& name, std::string_view whose) -> std::optional<std::string> {
    for (const NameAttribute& one : name.attributes) {
      const bool meant = one.type == oid::kCountryName || one.type == oid::kSerialNumberAttribute;
      if (meant && one.string_type != kPrintable) {
        return fmt::format("A country or serial number of the {} is no PrintableString.", whose);
      }
    }
    return std::nullopt;
  });
}

std::optional<std::string> check_directory_string(const Input& in) {
  return of_both(in, [](const NameView& name, std::string_view whose) -> std::optional<std::string> {
    for (const NameAttribute& one : name.attributes) {
      const bool other = one.type == oid::kCountryName || one.type == oid::kSerialNumberAttribute;
      if (!other && one.string_type != kPrintable && one.string_type != kUtf8) {
        return fmt::format("The {} has a text that is neither PrintableString nor UTF8String.", whose);
      }
    }
    return std::nullopt;
  });
}

std::optional<std::string> check_known_country(const Input& in) {
  return of_both(in, [](const NameView& name, std::string_view whose) -> std::optional<std::string> {
    const std::string code = name.first_of(oid::kCountryName);
    if (!two_capitals(code) || is_state(code)) return std::nullopt;
    return fmt::format("The country of the {} is no code of a State.", whose);
  });
}

std::string capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::optional<std::string> check_country_match(const Input& in) {
  const std::string issuer = capitals(in.certificate->issuer.first_of(oid::kCountryName));
  const std::string subject = capitals(in.certificate->subject.first_of(oid::kCountryName));
  return fires_if(!issuer.empty() && !subject.empty() && issuer != subject,
                  "Issuer and subject are of different countries.");
}

std::optional<std::string> check_common_name(const Input& in) {
  return of_both(in, [](const NameView& name, std::string_view whose) -> std::optional<std::string> {
    if (!name.all_of(oid::kCommonName).empty()) return std::nullopt;
    return fmt::format("The {} has no common name.", whose);
  });
}

std::optional<std::string> check_name_chains(const Input& in) {
  if (in.issuer == nullptr || in.issuer->subject.node == nullptr || in.certificate->issuer.node == nullptr) {
    return std::nullopt;
  }
  return fires_if(!base::equal(in.issuer->subject.node->whole, in.certificate->issuer.node->whole),
                  "The issuer is not the CSCA's subject, value for value.");
}

// --- the key ---

bool is_ec(const Input& in) {
  return in.certificate->key.ec != EcParameters::None;
}

std::optional<std::string> check_explicit(const Input& in) {
  return fires_if(is_ec(in) && in.certificate->key.ec != EcParameters::Explicit,
                  "The EC key's parameters are named or left out and have to be written out.");
}

bool has_explicit_parameters(const Input& in) {
  return in.certificate->key.ec == EcParameters::Explicit;
}

std::optional<std::string> check_cofactor(const Input& in) {
  return fires_if(has_explicit_parameters(in) && !in.certificate->key.cofactor, "The EC parameters have no cofactor.");
}

bool is_compressed(const KeyView& key) {
  const bool point = !key.point.empty() && key.point.front() == 0x04;
  const bool base_point = key.ec != EcParameters::Explicit || (!key.base_point.empty() && key.base_point[0] == 0x04);
  return key.ec != EcParameters::None && !(point && base_point);
}

std::optional<std::string> check_uncompressed(const Input& in) {
  return fires_if(is_compressed(in.certificate->key), "The public point or the base point is compressed.");
}

std::optional<std::string> check_known_curve(const Input& in) {
  const KeyView& key = in.certificate->key;
  return fires_if(has_explicit_parameters(in) && !is_compressed(key) && !on_known_curve(key.node->whole),
                  "The EC parameters are not those of a standardized curve, or the point is not on it.");
}

std::optional<std::string> check_key_length(const Input& in) {
  const Policy* const policy = in.context.policy;
  const KeyView& key = in.certificate->key;
  if (policy == nullptr || key.bits == 0) return std::nullopt;
  const int least = is_ec(in) ? policy->least_ec_bits : policy->least_rsa_bits;
  if (key.bits >= least) return std::nullopt;
  return fmt::format("The key has {} bits; the policy asks for {}.", key.bits, least);
}

std::optional<std::string> check_ecdsa_only(const Input& in) {
  return fires_if(!is_ec(in), "The signer's key is not for ECDSA.");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;

const std::array kRules{
    Rule{"CERT_EC_EXPLICIT", kCertificates, E, E, "9303-12 §4.1.6.3", "EC parameters are ECParameters, not a name",
         check_explicit},
    Rule{"CERT_EC_COFACTOR", kCertificates, E, E, "9303-12 §4.1.6.3", "ECParameters contain the cofactor",
         check_cofactor},
    Rule{"CERT_EC_UNCOMPRESSED", kCertificates, E, E, "9303-12 §4.1.6.3", "public point and base point begin with 04",
         check_uncompressed},
    Rule{"CERT_EC_KNOWN_CURVE", kCertificates, E, W, "9303-12 §4.1.6", "explicit parameters are a standardized curve's",
         check_known_curve},
    Rule{"CERT_KEY_LENGTH_POLICY", kCertificates, E, W, "9303-12 §4.1.6",
         "the key is as long as the policy asks (needs a policy)", check_key_length},
    Rule{"CERT_ISSUER_COUNTRY", kCertificates, E, E, "9303-12 §7.1.1.1.1", "the issuer has exactly one countryName",
         check_issuer_country},
    Rule{"CERT_SUBJECT_COUNTRY", kCertificates, E, E, "9303-12 §7.1.1.1.1", "the subject has exactly one countryName",
         check_subject_country},
    Rule{"CERT_COUNTRY_UPPERCASE", kCertificates, E, E, "9303-12 Table 5", "countryName is two upper-case letters",
         check_uppercase},
    Rule{"CERT_COUNTRY_PRINTABLE", kCertificates, E, E, "9303-12 Table 5",
         "countryName and the serialNumber attribute are PrintableString", check_printable},
    Rule{"CERT_COUNTRY_KNOWN", kCertificates, E, W, "9303-12 §7.1.1.1.1", "countryName is the code of a State",
         check_known_country},
    Rule{"CERT_COUNTRY_MATCH", kCertificates, E, E, "9303-12 Table 5", "issuer and subject are of one country",
         check_country_match},
    Rule{"CERT_COMMON_NAME", kCertificates, E, E, "9303-12 §7.1.1.1.1", "issuer and subject have a commonName",
         check_common_name},
    Rule{"CERT_DIRECTORY_STRING", kCertificates, E, E, "9303-12 Table 5",
         "other texts of names are PrintableString or UTF8String", check_directory_string},
    Rule{"CERT_ISSUER_NAME_CHAINS", kCertificates.without({Kind::CscaRoot}), E, E, "9303-12 App. D.1.1.3",
         "the issuer is the issuing CSCA's subject, value for value (needs the issuer)", check_name_chains},
    Rule{"SIGNER_ECDSA_ONLY", kShortSigners, E, E, "9303-12 §4.1.7, §4.1.8", "the subject's key is an EC key",
         check_ecdsa_only},
};

}  // namespace

std::span<const Rule> name_rules() {
  return kRules;
}

}  // namespace lint
