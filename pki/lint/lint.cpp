#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pki/crypto/openssl/handles.h"
#include "pki/lint/rules.h"

namespace lint {

namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 16> kNames{{
    {Kind::CscaRoot, "csca"},
    {Kind::CscaLink, "csca-link"},
    {Kind::DocumentSigner, "ds"},
    {Kind::MasterListSigner, "master-list-signer"},
    {Kind::DeviationListSigner, "deviation-list-signer"},
    {Kind::Communication, "communication"},
    {Kind::SpocClient, "spoc-client"},
    {Kind::SpocServer, "spoc-server"},
    {Kind::Lds2Signer, "lds2-signer"},
    {Kind::SealSigner, "seal"},
    {Kind::Crl, "crl"},
    {Kind::Sod, "sod"},
    {Kind::MasterList, "master-list"},
    {Kind::DeviationList, "deviation-list"},
    {Kind::CvCertificate, "cvc"},
    {Kind::CvRequest, "cv-request"},
}};

base::Bytes without_armor(base::ByteView file) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const std::string text = base::text_of(file.first(std::min<std::size_t>(file.size(), 4096)));
  if (text.find(kBegin) == std::string::npos) return {file.begin(), file.end()};
  const crypto::openssl::BioPtr bio(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  base::Bytes content;
  if (PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) content.assign(data, data + size);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  ERR_clear_error();
  return content;
}

Kind kind_of_signer(const CertificateView& certificate) {
  const ExtensionView* const usage = certificate.find(oid::kExtendedKeyUsage);
  if (usage == nullptr || !usage->value) return Kind::DocumentSigner;
  static const std::array<std::pair<asn1::Oid, Kind>, 8> kPurposes{
      {{oid::kMasterListSigning, Kind::MasterListSigner},
       {oid::kDeviationListSigning, Kind::DeviationListSigner},
       {oid::kLds2Stamp, Kind::Lds2Signer},
       {oid::kLds2Visa, Kind::Lds2Signer},
       {oid::kLds2Biometrics, Kind::Lds2Signer},
       {oid::kSpocClient, Kind::SpocClient},
       {oid::kSpocServer, Kind::SpocServer},
       {oid::kSealSigner, Kind::SealSigner}}};
  for (const Node& purpose : usage->value->children) {
    const auto id = oid_of(&purpose);
    for (const auto& [known, kind] : kPurposes) {
      if (id == known) return kind;
    }
  }
  return Kind::Communication;
}

bool signs_certificates(const CertificateView& certificate) {
  const ExtensionView* const usage = certificate.find(asn1::oid::kKeyUsage);
  const bool long_enough = usage != nullptr && usage->value && usage->value->value.size() >= 2;
  return long_enough && (usage->value->value[1] & 0x04) != 0;  // keyCertSign, bit 5
}

Kind kind_of_certificate(const CertificateView& certificate) {
  if (!certificate.is_ca() && !signs_certificates(certificate)) return kind_of_signer(certificate);
  const bool one_name = certificate.issuer.node != nullptr && certificate.subject.node != nullptr &&
                        base::equal(certificate.issuer.node->whole, certificate.subject.node->whole);
  const base::Bytes authority = authority_key_id(certificate.find(asn1::oid::kAuthorityKeyIdentifier));
  const bool own_key = authority.empty() || authority == subject_key_id(certificate);
  return one_name && own_key ? Kind::CscaRoot : Kind::CscaLink;
}

bool looks_like_crl(const Node& root) {
  const Node* const tbs = root.child(0);
  if (tbs == nullptr) return false;
  const std::size_t first = tbs->child(0) != nullptr && tbs->child(0)->tag == 0x02 ? 1 : 0;
  const Node* const time = tbs->child(first + 2);
  return time != nullptr && is_time_tag(time->tag);
}

// nullopt: none of ours.
std::optional<Kind> kind_of(const Node& root) {
  if (root.tag == 0x77) return Kind::Sod;
  if (root.tag == 0x67) return Kind::CvRequest;
  if (root.tag == 0x7F21) {
    const Node* const body = root.find(0x7F4E);
    return body != nullptr && body->find(0x5F24) == nullptr ? Kind::CvRequest : Kind::CvCertificate;
  }
  if (root.tag != 0x30 || root.child(0) == nullptr) return std::nullopt;
  if (oid_of(root.child(0)) == asn1::oid::kSignedData) {
    SignedDataView data;
    read_signed_data(root, data);
    const auto type = oid_of(data.econtent_type);
    if (type == oid::kMasterList) return Kind::MasterList;
    return type == oid::kDeviationList ? Kind::DeviationList : Kind::Sod;
  }
  if (looks_like_crl(root)) return Kind::Crl;
  const CertificateView certificate = certificate_view(root);
  if (certificate.serial == nullptr || certificate.key.node == nullptr) return std::nullopt;
  return kind_of_certificate(certificate);
}

// 9303-12 App. C: what the sixth edition did not ask. A certificate does not name its edition; the seventh is of 2015.
bool is_of_sixth_edition(const Input& input) {
  const auto begins = input.certificate == nullptr ? std::nullopt : input.certificate->not_before();
  return begins && *begins < base::Moment(std::chrono::sys_days(base::make_date(2016, 1, 1)));
}

base::Findings judge(const Input& input) {
  base::Findings findings;
  const bool writing = input.context.purpose == Purpose::Write;
  const bool old = !writing && is_of_sixth_edition(input);
  for (const Rule& rule : rules()) {
    if (!rule.kinds.has(input.kind) || (old && rule.not_in_sixth)) continue;
    const auto broken = rule.check(input);
    if (!broken) continue;
    findings.add(
        {std::string(rule.id), writing ? rule.on_write : rule.on_read, std::string(kind_name(input.kind)), *broken});
  }
  return findings;
}

// Asked "as of": whether it was in force then.
void judge_validity(const Input& input, base::Findings& findings) {
  if (!input.context.as_of || input.context.purpose == Purpose::Write) return;
  const base::Moment when = *input.context.as_of;
  const std::string where(kind_name(input.kind));
  if (input.certificate != nullptr) {
    const auto begins = input.certificate->not_before(), ends = input.certificate->not_after();
    if ((begins && when < *begins) || (ends && when > *ends)) {
      findings.warn("LINT_NOT_IN_FORCE", where, "The certificate was not valid then.");
    }
  }
  if (input.crl != nullptr) {
    const auto from = time_of(input.crl->this_update), to = time_of(input.crl->next_update);
    if ((from && when < *from) || (to && when > *to)) {
      findings.warn("LINT_NOT_IN_FORCE", where, "The CRL was not the current one then.");
    }
  }
}

const Node* content_info_of(const Node& root) {
  return root.tag == 0x77 ? root.child(0) : &root;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return std::ranges::find(kNames, kind, &std::pair<Kind, std::string_view>::first)->second;
}

std::vector<std::string_view> kind_names(Kinds kinds) {
  std::vector<std::string_view> names;
  for (const auto& [kind, name] : kNames) {
    if (kinds.has(kind)) names.push_back(name);
  }
  return names;
}

std::optional<Kind> kind_of_name(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name, &std::pair<Kind, std::string_view>::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

base::Findings lint(base::ByteView file, const Context& context) {
  const base::Bytes bytes = without_armor(file);
  std::size_t used = 0;
  const auto tree = read_tree(bytes, &used);
  const auto kind = !tree ? std::nullopt : context.kind ? context.kind : kind_of(*tree);
  base::Findings findings;
  if (!kind) {
    findings.fail("LINT_UNKNOWN_OBJECT", "file",
                  "It is no certificate, CRL, EF.SOD, list or CV certificate, or it is cut off.");
    return findings;
  }
  const base::ByteView behind = base::ByteView(bytes).subspan(used);
  if (std::ranges::any_of(behind, [](std::uint8_t octet) { return octet != 0; })) {
    findings.fail("LINT_TRAILING_OCTETS", std::string(kind_name(*kind)), "Octets stand behind the object.");
  } else if (!behind.empty()) {
    findings.warn("LINT_ZERO_PADDING", std::string(kind_name(*kind)), "Zero octets stand behind the object.");
  }
  const auto issuer_tree = context.issuer.empty() ? std::nullopt : read_tree(context.issuer);
  std::optional<CertificateView> issuer, certificate;
  std::optional<CrlView> crl;
  SignedDataView data;
  Input input{*kind, tree->whole, *tree, context};
  if (issuer_tree && issuer_tree->tag == 0x30) input.issuer = &issuer.emplace(certificate_view(*issuer_tree));
  if (kCertificates.has(*kind)) input.certificate = &certificate.emplace(certificate_view(*tree));
  if (*kind == Kind::Crl) input.crl = &crl.emplace(crl_view(*tree));
  if (Kinds{Kind::Sod, Kind::MasterList, Kind::DeviationList}.has(*kind)) {
    if (const Node* const info = content_info_of(*tree)) read_signed_data(*info, data);
    input.signed_data = &data;
  }
  findings.add(judge(input));
  if (std::ranges::none_of(rules(), [&](const Rule& rule) { return rule.kinds.has(*kind); })) {
    findings.warn("LINT_NOT_JUDGED", std::string(kind_name(*kind)), "No rule speaks of this kind of object.");
  }
  judge_validity(input, findings);
  return findings;
}

base::Findings lint_to_be_signed(base::ByteView tbs, Context context) {
  context.purpose = Purpose::Write;
  context.signature_pending = true;
  // The signature algorithm inside stands outside as well (RFC 5280 §4.1.1.2); the signature is not there yet.
  const auto tree = read_tree(tbs);
  base::Bytes algorithm;
  if (tree) {
    const auto inner = std::ranges::find_if(
        tree->children, [](const Node& child) { return child.tag == 0x30 && algorithm_of(&child).has_value(); });
    if (inner != tree->children.end()) algorithm.assign(inner->whole.begin(), inner->whole.end());
  }
  asn1::TlvWriter parts;
  parts.raw(tbs).raw(algorithm).bit_string(base::Bytes{0});
  return lint(asn1::TlvWriter().sequence(parts).take(), context);
}

}  // namespace lint
