// 9303-12 §7.1.1.2 to §7.1.1.6: alternative names, purposes, CRL distribution points, document types.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"
#include "pki/lint/states.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

// GeneralName (RFC 5280 §4.2.1.6)
constexpr asn1::Tag kEmail = 0x81, kDns = 0x82, kDirectory = 0xA4, kUri = 0x86;

// The alternative names that are there, subject's first.
std::vector<const Node*> alternative_names(const Input& in) {
  std::vector<const Node*> all;
  for (const asn1::Oid& id : {kSubjectAltName, kIssuerAltName}) {
    const ExtensionView* const extension = in.certificate->find(id);
    if (extension != nullptr && extension->value) all.push_back(&*extension->value);
  }
  return all;
}

std::optional<NameView> directory_of(const Node& names) {
  const Node* const tagged = names.find(kDirectory);
  return tagged == nullptr || tagged->child(0) == nullptr ? std::nullopt : std::optional(name_view(tagged->child(0)));
}

// `broken` is asked about each directory name that has a locality.
template <class Broken>
std::optional<std::string> any_locality(const Input& in, Broken broken, std::string_view text) {
  for (const Node* const names : alternative_names(in)) {
    const auto directory = directory_of(*names);
    if (directory && !directory->all_of(oid::kLocalityName).empty() && broken(*directory)) return std::string(text);
  }
  return std::nullopt;
}

std::optional<std::string> check_directory_name(const Input& in) {
  for (const Node* const names : alternative_names(in)) {
    const auto directory = directory_of(*names);
    if (!directory || directory->all_of(oid::kLocalityName).empty()) {
      return "An alternative name has no directory name with a locality.";
    }
  }
  return std::nullopt;
}

bool is_mrz_code(std::string_view code) {
  return code == "D" || (code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; }));
}

std::optional<std::string> check_locality_code(const Input& in) {
  return any_locality(
      in, [](const NameView& name) { return !is_mrz_code(name.first_of(oid::kLocalityName)); },
      "The locality of an alternative name is no code of the MRZ.");
}

std::optional<std::string> check_no_other_attribute(const Input& in) {
  return any_locality(
      in,
      [](const NameView& name) {
        return std::ranges::any_of(name.attributes, [](const NameAttribute& one) {
          return one.type != oid::kLocalityName && one.type != oid::kStateOrProvinceName;
        });
      },
      "The directory name of an alternative name holds more than the State's codes.");
}

std::optional<std::string> check_state_when_ambiguous(const Input& in) {
  const Policy* const policy = in.context.policy;
  if (policy == nullptr || policy->state_or_province.empty()) return std::nullopt;
  return any_locality(
      in, [&](const NameView& name) { return name.first_of(oid::kStateOrProvinceName) != policy->state_or_province; },
      "The directory name of an alternative name does not say which authority of the State.");
}

std::optional<std::string> check_contact(const Input& in) {
  for (const Node* const names : alternative_names(in)) {
    const bool contact = std::ranges::any_of(
        names->children, [](const Node& name) { return name.tag == kEmail || name.tag == kDns || name.tag == kUri; });
    if (!contact) return "An alternative name gives no address of the issuer.";
  }
  return std::nullopt;
}

std::optional<std::string> check_code_fits(const Input& in) {
  const ExtensionView* const names = in.certificate->find(kSubjectAltName);
  if (names == nullptr || !names->value) return std::nullopt;
  const auto directory = directory_of(*names->value);
  if (!directory) return std::nullopt;
  const std::string code = directory->first_of(oid::kLocalityName);
  const std::string country = in.certificate->subject.first_of(oid::kCountryName);
  if (!is_mrz_code(code) || !is_state(country)) return std::nullopt;
  return fires_if(!is_of_state(code, country), "The locality is not of the State that the subject names.");
}

std::optional<std::string> check_equal_names(const Input& in) {
  const ExtensionView* const of_subject = in.certificate->find(kSubjectAltName);
  const ExtensionView* const of_issuer = in.certificate->find(kIssuerAltName);
  return fires_if(of_subject != nullptr && of_issuer != nullptr && !base::equal(of_subject->octets, of_issuer->octets),
                  "The two alternative names of a root differ.");
}

// --- purposes ---

std::vector<asn1::Oid> purposes(const ExtensionView& extension) {
  std::vector<asn1::Oid> all;
  if (!extension.value) return all;
  for (const Node& purpose : extension.value->children) {
    if (const auto id = oid_of(&purpose)) all.push_back(*id);
  }
  return all;
}

// Present, critical and one of its purposes is `wanted`.
std::optional<std::string> needs_purpose(const Input& in, const asn1::Oid& wanted) {
  const ExtensionView* const extension = in.certificate->find(oid::kExtendedKeyUsage);
  if (extension == nullptr || !extension->critical) return "ExtKeyUsage is missing or not critical.";
  const auto all = purposes(*extension);
  return fires_if(std::ranges::find(all, wanted) == all.end(), "ExtKeyUsage is not for this signer.");
}

std::optional<std::string> check_master_list_purpose(const Input& in) {
  return needs_purpose(in, oid::kMasterListSigning);
}

std::optional<std::string> check_deviation_list_purpose(const Input& in) {
  return needs_purpose(in, oid::kDeviationListSigning);
}

std::optional<std::string> check_purpose_present(const Input& in) {
  const ExtensionView* const extension = in.certificate->find(oid::kExtendedKeyUsage);
  return fires_if(extension == nullptr || !extension->critical, "ExtKeyUsage is missing or not critical.");
}

std::optional<std::string> check_spoc_purpose(const Input& in) {
  const ExtensionView* const extension = in.certificate->find(oid::kExtendedKeyUsage);
  if (extension == nullptr) return std::nullopt;
  const auto all = purposes(*extension);
  const asn1::Oid& wanted = in.kind == Kind::SpocClient ? oid::kSpocClient : oid::kSpocServer;
  return fires_if(std::ranges::find(all, wanted) == all.end(), "ExtKeyUsage is not the one of this end of SPOC.");
}

std::optional<std::string> check_spoc_dns(const Input& in) {
  const ExtensionView* const names = in.certificate->find(kSubjectAltName);
  if (names == nullptr || !names->value) return std::nullopt;
  return fires_if(names->value->find(kDns) == nullptr, "SubjectAltName names no host.");
}

std::optional<std::string> check_spoc_name(const Input& in) {
  const std::string wanted = in.kind == Kind::SpocClient ? "SPOC TLS client" : "SPOC TLS server";
  const auto names = in.certificate->subject.all_of(oid::kCommonName);
  return fires_if(!names.empty() && names.front()->value != wanted, "The common name is not the one of SPOC.");
}

// --- CRL distribution points ---

// Every distribution point's GeneralNames.
std::vector<const Node*> point_names(const Input& in) {
  std::vector<const Node*> all;
  const ExtensionView* const points = in.certificate->find(kCrlDistributionPoints);
  if (points == nullptr || !points->value) return all;
  for (const Node& point : points->value->children) {
    const Node* const named = point.find(0xA0);
    const Node* const full = named == nullptr ? nullptr : named->find(0xA0);
    if (full == nullptr) continue;
    for (const Node& name : full->children) all.push_back(&name);
  }
  return all;
}

std::optional<std::string> check_point_scheme(const Input& in) {
  for (const Node* const name : point_names(in)) {
    const std::string url = base::text_of(name->value);
    const bool known = url.starts_with("https://") || url.starts_with("http://") || url.starts_with("ldap://");
    if (name->tag != kUri || !known) return "A CRL distribution point is no ldap, http or https address.";
  }
  return std::nullopt;
}

std::optional<std::string> check_point_plain(const Input& in) {
  const ExtensionView* const points = in.certificate->find(kCrlDistributionPoints);
  if (points == nullptr || !points->value) return std::nullopt;
  const bool more = std::ranges::any_of(points->value->children, [](const Node& point) {
    return point.find(0x81) != nullptr || point.find(0xA2) != nullptr;
  });
  return fires_if(more, "A CRL distribution point has reasons or a cRLIssuer.");
}

std::optional<std::string> check_pkd_form(const Input& in) {
  const std::string country = in.certificate->issuer.first_of(oid::kCountryName);
  for (const Node* const name : point_names(in)) {
    const std::string url = base::text_of(name->value);
    if (url.find("//pkddownload") == std::string::npos) continue;
    const std::size_t at = url.rfind("/CRLs/");
    const std::string file = at == std::string::npos ? "" : url.substr(at + 6);
    const std::string code = file.substr(0, file.find_first_of("_."));
    const bool good = file.ends_with(".crl") && file.size() > 4 && (!is_state(country) || is_of_state(code, country));
    if (!good) return "An address at the PKD does not end in /CRLs/CODE.crl with the code of this State.";
  }
  return std::nullopt;
}

// --- document types ---

const Node* document_types(const Input& in) {
  const ExtensionView* const types = in.certificate->find(kDocumentTypeList);
  if (types == nullptr || !types->value) return nullptr;
  return types->value->find(0x31);
}

std::optional<std::string> check_document_type_syntax(const Input& in) {
  const ExtensionView* const extension = in.certificate->find(kDocumentTypeList);
  if (extension == nullptr) return std::nullopt;
  const Node* const types = document_types(in);
  const bool shape = types != nullptr && extension->value->children.size() == 2 &&
                     small_integer_of(extension->value->child(0)) == 0 && der_defect(*types).empty();
  const bool good = shape && std::ranges::all_of(types->children, [](const Node& type) {
                      return type.tag == 0x13 && (type.value.size() == 1 || type.value.size() == 2);
                    });
  return fires_if(!good, "documentTypeList is not version 0 with a sorted SET of one or two characters each.");
}

std::optional<std::string> check_document_types_there(const Input& in) {
  const Node* const types = document_types(in);
  return fires_if(types != nullptr && types->children.empty(), "The signer may sign no type of document.");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kNamed = kCertificates.without(kShortSigners);  // those with alternative names
constexpr std::string_view kNames = "9303-12 §7.1.1.2";

const std::array kRules{
    Rule{"ALTNAME_DIRECTORY_NAME", kNamed, E, E, kNames, "contains a directoryName with localityName",
         check_directory_name, true},
    Rule{"ALTNAME_LOCALITY_CODE", kNamed, E, E, kNames, "localityName is a State's code as in the MRZ",
         check_locality_code, true},
    Rule{"ALTNAME_NO_OTHER_ATTRIBUTE", kNamed, E, E, kNames,
         "directoryName holds only localityName and stateOrProvinceName", check_no_other_attribute, true},
    Rule{"ALTNAME_STATE_WHEN_AMBIGUOUS", kNamed, E, E, kNames,
         "stateOrProvinceName is the authority's code where the MRZ code is shared (needs a policy)",
         check_state_when_ambiguous, true},
    Rule{"ALTNAME_CONTACT", kNamed, W, W, kNames, "at least one rfc822Name, dNSName or URI", check_contact, true},
    Rule{"ALTNAME_CODE_FITS_COUNTRY", kNamed, E, W, "9303-12 §6.1.1",
         "localityName is of the State that the subject's countryName names", check_code_fits, true},
    Rule{"ROOT_SAN_EQUALS_IAN",
         {Kind::CscaRoot},
         E,
         E,
         kNames,
         "both alternative names are identical",
         check_equal_names},
    Rule{"ML_SIGNER_EKU",
         {Kind::MasterListSigner},
         E,
         E,
         "9303-12 §7.1.1.3",
         "ExtKeyUsage critical, contains 2.23.136.1.1.3",
         check_master_list_purpose},
    Rule{"DL_SIGNER_EKU",
         {Kind::DeviationListSigner},
         E,
         E,
         "9303-12 §7.1.1.3",
         "ExtKeyUsage critical, contains 2.23.136.1.1.8",
         check_deviation_list_purpose},
    Rule{"COMM_EKU_PRESENT", kCommunication, E, E, "9303-12 Table 6", "ExtKeyUsage present and critical",
         check_purpose_present},
    Rule{"SPOC_EKU", kSpoc, E, E, "9303-12 §7.2.1", "2.23.136.1.1.10.1 for the client, .10.2 for the server",
         check_spoc_purpose},
    Rule{"SPOC_SERVER_DNS_NAME",
         {Kind::SpocServer},
         E,
         E,
         "9303-12 §7.2.1",
         "SubjectAltName has a dNSName",
         check_spoc_dns},
    Rule{"SPOC_COMMON_NAME", kSpoc, W, W, "9303-12 §7.2.1", "commonName `SPOC TLS client` / `SPOC TLS server`",
         check_spoc_name},
    Rule{"CRLDP_SCHEME", kNamed, E, E, "9303-12 Table 6", "every point is an ldap, http or https URI",
         check_point_scheme},
    Rule{"CRLDP_NO_REASONS_ISSUER", kNamed, E, E, "9303-12 Table 6", "reasons and cRLIssuer absent", check_point_plain},
    Rule{"CRLDP_PKD_FORM", kNamed, W, W, "9303-12 §7.1.1.4", "PKD addresses end in /CRLs/CODE.crl with the right code",
         check_pkd_form},
    Rule{"DOCTYPE_SYNTAX",
         {Kind::DocumentSigner, Kind::SealSigner},
         E,
         E,
         "9303-12 §7.1.1.6",
         "version 0, SET OF PrintableString of 1 or 2 characters, sorted",
         check_document_type_syntax},
    Rule{"DOCTYPE_NOT_EMPTY",
         {Kind::DocumentSigner, Kind::SealSigner},
         E,
         W,
         "9303-12 §7.1.1.6",
         "at least one type",
         check_document_types_there},
};

}  // namespace

std::span<const Rule> purpose_rules() {
  return kRules;
}

}  // namespace lint
