// 9303-12 §7.1.2, §7.1.3, Tables 7 and 8: the short certificates of LDS2 and seal signers. And who signed whom.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

bool only(const Input& in, std::initializer_list<asn1::Oid> allowed) {
  return std::ranges::all_of(in.certificate->extensions, [&](const ExtensionView& extension) {
    return std::ranges::find(allowed, extension.id) != allowed.end();
  });
}

std::optional<std::string> check_lds2_extensions(const Input& in) {
  return fires_if(!only(in, {kAuthorityKeyIdentifier, oid::kExtendedKeyUsage}),
                  "It has more than AuthorityKeyIdentifier and ExtKeyUsage.");
}

std::optional<std::string> check_seal_extensions(const Input& in) {
  return fires_if(!only(in, {kAuthorityKeyIdentifier, oid::kExtendedKeyUsage, kDocumentTypeList}),
                  "It has more than AuthorityKeyIdentifier, ExtKeyUsage and documentTypeList.");
}

std::optional<std::string> check_subject(const Input& in) {
  const bool exact = std::ranges::all_of(in.certificate->subject.attributes, [](const NameAttribute& one) {
    return one.type == oid::kCountryName || one.type == oid::kCommonName;
  });
  const std::size_t names = in.certificate->subject.all_of(oid::kCommonName).size();
  return fires_if(!exact || names > 1, "The subject is not a country and a common name alone.");
}

std::optional<std::string> check_lds2_name(const Input& in) {
  return fires_if(in.certificate->subject.first_of(oid::kCommonName).size() > 9,
                  "The common name has more than nine characters.");
}

std::optional<std::string> check_seal_name(const Input& in) {
  const auto names = in.certificate->subject.all_of(oid::kCommonName);
  if (names.size() != 1 || check_subject(in)) return std::nullopt;
  const std::string& value = names.front()->value;
  const bool letters = value.size() == 2 && std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; });
  return fires_if(!letters || names.front()->string_type != 0x13,
                  "The common name is not two upper-case letters in a PrintableString.");
}

// Critical, not empty, and every purpose among these.
std::optional<std::string> needs_only(const Input& in, std::initializer_list<asn1::Oid> allowed) {
  const ExtensionView* const extension = in.certificate->find(oid::kExtendedKeyUsage);
  const bool there =
      extension != nullptr && extension->critical && extension->value && !extension->value->children.empty();
  if (!there) return "ExtKeyUsage is missing, empty or not critical.";
  const bool good = std::ranges::all_of(extension->value->children, [&](const Node& purpose) {
    const auto id = oid_of(&purpose);
    return id && std::ranges::find(allowed, *id) != allowed.end();
  });
  return fires_if(!good, "ExtKeyUsage has a purpose of other signers.");
}

std::optional<std::string> check_lds2_purpose(const Input& in) {
  return needs_only(in, {oid::kLds2Stamp, oid::kLds2Visa, oid::kLds2Biometrics});
}

std::optional<std::string> check_seal_purpose(const Input& in) {
  return needs_only(in, {oid::kSealSigner});
}

std::optional<std::string> check_lds2_size(const Input& in) {
  if (in.bytes.size() <= 900) return std::nullopt;
  return fmt::format("It has {} octets; a record on the chip has room for 900.", in.bytes.size());
}

// --- who signed whom ---

std::optional<std::string> check_signature(const Input& in) {
  if (in.issuer == nullptr || in.context.signature_pending || in.issuer->key.node == nullptr) return std::nullopt;
  return fires_if(!verifies(in.bytes, in.issuer->key.node->whole),
                  "The signature does not verify under the issuer's key.");
}

std::optional<std::string> check_self_signed(const Input& in) {
  const CertificateView& own = *in.certificate;
  if (own.issuer.node == nullptr || own.subject.node == nullptr || own.key.node == nullptr) return std::nullopt;
  if (!base::equal(own.issuer.node->whole, own.subject.node->whole)) {
    return "Issuer and subject of a root are not one name.";
  }
  return fires_if(!in.context.signature_pending && !verifies(in.bytes, own.key.node->whole),
                  "The signature does not verify under the root's own key.");
}

std::optional<std::string> check_link_signature(const Input& in) {
  if (in.issuer == nullptr || in.issuer->key.node == nullptr || in.certificate->key.node == nullptr) {
    return std::nullopt;
  }
  if (base::equal(in.issuer->key.node->whole, in.certificate->key.node->whole)) {
    return "The link certifies the key that signs it.";
  }
  return fires_if(!in.context.signature_pending && !verifies(in.bytes, in.issuer->key.node->whole),
                  "The signature does not verify under the key of the CSCA before.");
}

bool changes_name(const Input& in) {
  const CertificateView& own = *in.certificate;
  return own.issuer.node != nullptr && own.subject.node != nullptr &&
         !base::equal(own.issuer.node->whole, own.subject.node->whole);
}

std::optional<std::string> check_name_change(const Input& in) {
  return fires_if(changes_name(in) && in.certificate->find(oid::kNameChange) == nullptr,
                  "The CSCA changes its name and nameChange is missing.");
}

std::optional<std::string> check_spurious_change(const Input& in) {
  return fires_if(!changes_name(in) && in.certificate->find(oid::kNameChange) != nullptr,
                  "nameChange is there and the name stays.");
}

// §4.1.4.3. The link that brings a new key is the last thing that the old one signs. Of what is signed already it is
// asked only where a newer key was there at the time: not of what an older key signed before, nor of what a newer one
// signed that was revoked since.
std::optional<std::string> check_newest_key(const Input& in) {
  const History* const history = in.context.history;
  if (history == nullptr || !history->newest_csca) return std::nullopt;
  const auto tree = read_tree(*history->newest_csca);
  if (!tree) return std::nullopt;
  const CertificateView newest = certificate_view(*tree);
  const base::Bytes key = subject_key_id(newest);
  const bool brings_it = in.kind == Kind::CscaLink && subject_key_id(*in.certificate) == key;
  if (key.empty() || brings_it || authority_key_id(in.certificate->find(kAuthorityKeyIdentifier)) == key) {
    return std::nullopt;
  }
  if (!in.context.signature_pending) {
    const auto made = newest.not_before(), signed_at = in.certificate->not_before();
    const auto signers = in.issuer == nullptr ? std::nullopt : in.issuer->not_before();
    if (!made || !signed_at || !signers || *signers > *made || *signed_at <= *made) return std::nullopt;
  }
  return "It is signed by an older key of the CSCA.";
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kLds2{Kind::Lds2Signer}, kSeal{Kind::SealSigner}, kLink{Kind::CscaLink};

const std::array kRules{
    Rule{"LDS2_EXT_ALLOWLIST", kLds2, E, E, "9303-12 §7.1.2 Table 7",
         "extensions are AuthorityKeyIdentifier and ExtKeyUsage alone", check_lds2_extensions},
    Rule{"LDS2_SUBJECT_EXACT", kLds2, E, E, "9303-12 §7.1.2", "subject = countryName + commonName, nothing else",
         check_subject},
    Rule{"LDS2_CN_MAX_9", kLds2, E, E, "9303-12 §7.1.2", "commonName of nine characters at most", check_lds2_name},
    Rule{"LDS2_EKU_EXACT", kLds2, E, E, "9303-12 §7.1.2",
         "ExtKeyUsage critical, one or more of 2.23.136.1.1.9.8.1, .2, .3", check_lds2_purpose},
    Rule{"LDS2_CERT_MAX_900", kLds2, E, E, "9303-12 §7.1.2, 9303-10 Table 83", "900 octets at most", check_lds2_size},
    Rule{"BCS_EXT_ALLOWLIST", kSeal, E, E, "9303-12 §7.1.3 Table 8",
         "only AuthorityKeyIdentifier, ExtKeyUsage, documentTypeList", check_seal_extensions},
    Rule{"BCS_SUBJECT_EXACT", kSeal, E, E, "9303-12 §7.1.3", "subject = countryName + commonName, nothing else",
         check_subject},
    Rule{"BCS_CN_TWO_UPPERCASE", kSeal, E, E, "9303-12 §7.1.3", "commonName is two upper-case letters, PrintableString",
         check_seal_name},
    Rule{"BCS_EKU_EXACT", kSeal, E, E, "9303-12 §7.1.3", "ExtKeyUsage critical, exactly 2.23.136.1.1.11.1",
         check_seal_purpose},
    Rule{"CERT_SIGNATURE_VALID", kCertificates.without(kCsca), E, E, "9303-12 App. D.1.1.3",
         "the signature verifies under the issuer's key (needs the issuer)", check_signature},
    Rule{"ROOT_SELF_SIGNED",
         {Kind::CscaRoot},
         E,
         E,
         "9303-12 §3.1",
         "issuer = subject, and the signature verifies with the own key",
         check_self_signed},
    Rule{"LINK_OLD_KEY_SIGNS", kLink, E, E, "9303-12 §4.1.4.3",
         "verifies under the CSCA key before; the certified key is another one (needs the issuer)",
         check_link_signature},
    Rule{"LINK_NAMECHANGE_CONSISTENT", kLink, E, E, "9303-12 §7.1.1.5",
         "issuer differs from subject => nameChange present", check_name_change},
    Rule{"LINK_NAMECHANGE_SPURIOUS", kLink, W, W, "9303-12 §7.1.1.5", "issuer = subject => nameChange absent",
         check_spurious_change},
    Rule{"KEYS_NEWEST_KEY_SIGNS", kCertificates.without(kCommunication | Kinds{Kind::CscaRoot}), E, E,
         "9303-12 §4.1.4.3",
         "signed with the newest CSCA key that was there and is not revoked (needs the history and the issuer)",
         check_newest_key},
};

}  // namespace

std::span<const Rule> signer_rules() {
  return kRules;
}

}  // namespace lint
