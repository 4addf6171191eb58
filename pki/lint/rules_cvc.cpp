// CV certificates and their requests (9303-12 §7.2, §8.1; TR-03110-3 C). A field that is not there is CVC_FIELD_ORDER's
// to say; the other rules are then silent.

#include <algorithm>
#include <array>

#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/format/request.h"
#include "pki/cvc/judge/signature.h"
#include "pki/lint/rules.h"

namespace lint {

namespace {

namespace format = cvc::format;
namespace tag = cvc::format::tag;

constexpr Kinds kCv{Kind::CvCertificate};
constexpr Kinds kBoth{Kind::CvCertificate, Kind::CvRequest};
constexpr Kinds kRequests{Kind::CvRequest};

struct Fields {
  const Node* object = nullptr;  // 7F21
  const Node *body = nullptr, *profile = nullptr, *authority = nullptr, *key = nullptr, *holder = nullptr,
             *chat = nullptr, *from = nullptr, *to = nullptr;
};

Fields fields_of(const Node& tree) {
  Fields fields;
  fields.object = tree.tag == tag::kAuthentication ? tree.find(tag::kCertificate) : &tree;
  fields.body = fields.object == nullptr ? nullptr : fields.object->find(tag::kBody);
  if (fields.body == nullptr) return fields;
  fields.profile = fields.body->find(tag::kProfile);
  fields.authority = fields.body->find(tag::kAuthorityReference);
  fields.key = fields.body->find(tag::kPublicKey);
  fields.holder = fields.body->find(tag::kHolderReference);
  fields.chat = fields.body->find(tag::kChat);
  fields.from = fields.body->find(tag::kEffective);
  fields.to = fields.body->find(tag::kExpiration);
  return fields;
}

std::string text_of(const Node* node) {
  return node == nullptr ? std::string() : base::text_of(node->value);
}

const Node* bits_of(const Fields& fields) {
  const Node* const bits = fields.chat == nullptr ? nullptr : fields.chat->find(tag::kDiscretionaryData);
  return bits == nullptr || bits->value.empty() ? nullptr : bits;
}

bool is_cvca(const Fields& fields) {
  const Node* const bits = bits_of(fields);
  return bits != nullptr && (bits->value[0] & 0xC0) == 0xC0;
}

bool self_signed(const Fields& fields) {
  return fields.authority != nullptr && fields.holder != nullptr &&
         base::equal(fields.authority->value, fields.holder->value);
}

// How many of an EC key's five parameters are there; nullopt: no EC key.
std::optional<std::size_t> parameters_in(const Fields& fields) {
  if (fields.key == nullptr || fields.key->find(0x86) == nullptr) return std::nullopt;
  std::size_t found = 0;
  for (const asn1::Tag parameter : {0x81U, 0x82U, 0x83U, 0x84U, 0x85U}) {
    if (fields.key->find(parameter) != nullptr) ++found;
  }
  return found;
}
constexpr std::size_t kAllParameters = 5;

std::optional<base::Date> day_of(const Node* node) {
  if (node == nullptr) return std::nullopt;
  try {
    return format::read_day(node->value);
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

// The certificate above, if one was given; a self-signed one is its own.
std::optional<Node> issuer_tree(const Input& input) {
  auto tree = input.context.issuer.empty() ? std::nullopt : read_tree(input.context.issuer);
  return tree && tree->tag == tag::kCertificate ? tree : std::nullopt;
}

// Algorithm and size of a key as words to compare.
std::string key_form(const Node* key) {
  if (key == nullptr) return {};
  const Node* const number = key->find(0x86) != nullptr ? key->find(0x86) : key->find(0x81);
  const auto algorithm = oid_of(key->find(tag::kOid));
  return fmt::format("{} {}", algorithm ? algorithm->dotted() : "?", number == nullptr ? 0 : number->value.size());
}

std::optional<std::string> profile_0(const Input& input) {
  const Node* const profile = fields_of(input.tree).profile;
  return fires_if(profile != nullptr && !base::equal(profile->value, base::Bytes{0}),
                  "The profile identifier is not 00.");
}

std::optional<std::string> field_order(const Input& input) {
  std::vector<asn1::Tag> outer, inner;
  for (const Node& child : input.tree.children) outer.push_back(child.tag);
  const Fields fields = fields_of(input.tree);
  if (fields.body != nullptr) {
    for (const Node& child : fields.body->children) inner.push_back(child.tag);
  }
  if (!inner.empty() && inner.back() == tag::kExtensions) inner.pop_back();
  const bool right =
      outer == std::vector<asn1::Tag>{tag::kBody, tag::kSignature} &&
      inner == std::vector<asn1::Tag>{tag::kProfile, tag::kAuthorityReference, tag::kPublicKey, tag::kHolderReference,
                                      tag::kChat,    tag::kEffective,          tag::kExpiration};
  return fires_if(!right, "A field is missing, foreign or out of its place.");
}

std::optional<std::string> chr_form(const Input& input) {
  const Node* const holder = fields_of(input.tree).holder;
  return fires_if(holder != nullptr && !format::split_reference(text_of(holder)),
                  "The holder reference is not country, 1 to 9 characters and five of 0-9 A-Z.");
}

std::optional<std::string> chr_sequence_country(const Input& input) {
  const Fields fields = fields_of(input.tree);
  const auto holder = format::split_reference(text_of(fields.holder));
  if (!holder || fields.authority == nullptr || fields.authority->value.size() < 2) return std::nullopt;
  return fires_if(holder->sequence.substr(0, 2) != text_of(fields.authority).substr(0, 2),
                  "The sequence number does not begin with the country of the authority that certifies.");
}

std::optional<std::string> car_equals_issuer_chr(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Fields fields = fields_of(input.tree);
  if (!issuer || fields.authority == nullptr) return std::nullopt;
  return fires_if(text_of(fields.authority) != text_of(fields_of(*issuer).holder),
                  "The authority reference is not the issuer's holder reference.");
}

std::optional<std::string> domain_parameters(const Input& input) {
  const Fields fields = fields_of(input.tree);
  const auto found = parameters_in(fields);
  if (!found) return std::nullopt;
  if (input.kind == Kind::CvRequest) return fires_if(*found != kAllParameters, "The request lacks domain parameters.");
  if (!is_cvca(fields)) return fires_if(*found != 0, "The key of a DV or terminal brings domain parameters.");
  if (self_signed(fields)) return fires_if(*found != kAllParameters, "The CVCA's domain parameters are not whole.");
  return fires_if(*found != 0 && *found != kAllParameters, "The link's domain parameters are not whole.");
}

std::optional<std::string> link_new_parameters(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Fields fields = fields_of(input.tree);
  if (!issuer || !is_cvca(fields) || self_signed(fields) || parameters_in(fields) != 0U) return std::nullopt;
  return fires_if(key_form(fields.key) != key_form(fields_of(*issuer).key),
                  "The link changes the parameters and does not give the new ones.");
}

std::optional<std::string> integer_minimal(const Input& input) {
  const Node* const key = fields_of(input.tree).key;
  if (key == nullptr) return std::nullopt;
  for (const Node& child : key->children) {
    const bool point = key->find(0x86) != nullptr && (child.tag == 0x84 || child.tag == 0x86);
    if (child.tag == tag::kOid) continue;
    const bool good = !child.value.empty() && (point ? child.value[0] == 0x04 : child.value[0] != 0);
    if (!good)
      return fmt::format("Element {:X} begins with what is not needed, or is no uncompressed point.", child.tag);
  }
  return std::nullopt;
}

std::optional<std::string> date_form(const Input& input) {
  const Fields fields = fields_of(input.tree);
  if (fields.from == nullptr || fields.to == nullptr) return std::nullopt;
  const auto from = day_of(fields.from), to = day_of(fields.to);
  return fires_if(!from || !to || *from > *to, "A date is no day of YYMMDD, or the last day stands before the first.");
}

std::optional<std::string> validity_range(const Input& input) {
  const Fields fields = fields_of(input.tree);
  const auto from = day_of(fields.from), to = day_of(fields.to);
  const Node* const bits = bits_of(fields);
  if (!from || !to || *from > *to || bits == nullptr) return std::nullopt;
  const auto days = (std::chrono::sys_days(*to) - std::chrono::sys_days(*from)).count() + 1;
  const bool terminal = (bits->value[0] & 0xC0) == 0;
  const auto [least, most] = is_cvca(fields) ? std::pair{181, 1097} : terminal ? std::pair{1, 32} : std::pair{14, 93};
  return fires_if(days < least || days > most,
                  fmt::format("It is valid for {} days; {} to {} are meant.", days, least, most));
}

// A key with its parameters; nullopt: not known or no key.
std::optional<format::PublicKey> whole_key(base::ByteView element) {
  try {
    asn1::TlvReader reader(element);
    return reader.at_end() ? std::nullopt : std::optional(format::parse_public_key(reader.need(tag::kPublicKey)));
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

std::optional<std::string> same_algorithm(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Fields fields = fields_of(input.tree);
  if (!issuer || is_cvca(fields) || fields.key == nullptr) return std::nullopt;
  const CvKeys* const keys = input.context.cv_keys;
  const auto above = keys == nullptr ? std::nullopt : whole_key(keys->issuer);
  const auto below = keys == nullptr ? std::nullopt : whole_key(keys->holder);
  if (above && below && !format::same_parameters(*above, *below))
    return "The parameters or key size are not the issuer's.";
  return fires_if(key_form(fields.key) != key_form(fields_of(*issuer).key),
                  "Algorithm or key size is not the issuer's.");
}

std::optional<std::string> rights_not_wider(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Node* const mine = bits_of(fields_of(input.tree));
  const Node* const its = issuer ? bits_of(fields_of(*issuer)) : nullptr;
  if (mine == nullptr || its == nullptr) return std::nullopt;
  for (std::size_t at = 0; at < mine->value.size(); ++at) {
    const int mask = at == 0 ? 0x3F : 0xFF;  // the role is no right
    const int above = at < its->value.size() ? its->value[at] : 0;
    if ((mine->value[at] & mask & ~above) != 0) return "It has a right that its issuer has not.";
  }
  return std::nullopt;
}

// The kind of terminal (7F4C's identifier).
std::optional<asn1::Oid> terminal_of(const Fields& fields) {
  return fields.chat == nullptr ? std::nullopt : oid_of(fields.chat->find(tag::kOid));
}

std::optional<std::string> terminal_type(const Input& input) {
  const auto issuer = issuer_tree(input);
  if (!issuer) return std::nullopt;
  return fires_if(terminal_of(fields_of(input.tree)) != terminal_of(fields_of(*issuer)),
                  "Its kind of terminal is not its issuer's.");
}

// CVCA over CVCA (link) and DV, DV over terminal; a CVCA over itself.
std::optional<std::string> role_order(const Input& input) {
  const Fields fields = fields_of(input.tree);
  const Node* const mine = bits_of(fields);
  if (mine == nullptr) return std::nullopt;
  if (self_signed(fields)) return fires_if(!is_cvca(fields), "Only a CVCA certifies itself.");
  const auto issuer = issuer_tree(input);
  const Node* const its = issuer ? bits_of(fields_of(*issuer)) : nullptr;
  if (its == nullptr) return std::nullopt;
  const int above = its->value[0] & 0xC0, below = mine->value[0] & 0xC0;
  const bool fits = above == 0xC0 ? below != 0 : above != 0 && below == 0;
  return fires_if(!fits, "Its issuer's role does not certify its own.");
}

std::optional<std::string> issuer_valid(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Fields fields = fields_of(input.tree);
  if (!issuer || self_signed(fields)) return std::nullopt;
  auto made = day_of(fields.from);
  if (input.context.purpose == Purpose::Write && input.context.as_of) {
    made = std::chrono::floor<std::chrono::days>(*input.context.as_of);
  }
  const auto from = day_of(fields_of(*issuer).from), to = day_of(fields_of(*issuer).to);
  return fires_if(made && from && to && (*made < *from || *made > *to),
                  "It is made on a day on which its issuer is not valid.");
}

std::optional<std::string> outlives_issuer(const Input& input) {
  const auto issuer = issuer_tree(input);
  const Fields fields = fields_of(input.tree);
  if (!issuer || is_cvca(fields)) return std::nullopt;
  const auto mine = day_of(fields.to), its = day_of(fields_of(*issuer).to);
  return fires_if(mine && its && *mine > *its, "It ends after its issuer.");
}

// 9303-10 Table 98: octet 1, bit 2 appends certificates; in octets 2 to 17 the upper bit of each pair writes and
// activates a file of biometrics, the lower one reads it.
std::optional<std::string> lds2_write(const Input& input) {
  const Fields fields = fields_of(input.tree);
  const Node* const extensions = fields.body == nullptr ? nullptr : fields.body->find(tag::kExtensions);
  if (extensions == nullptr) return std::nullopt;
  constexpr int kAppends = 0x02, kWriteBits = 0xAA;
  for (const Node& extension : extensions->children) {
    const Node* const bits = extension.find(tag::kDiscretionaryData);
    if (oid_of(extension.find(tag::kOid)) != oid::kLds2BiometricsRights || bits == nullptr || bits->value.empty()) {
      continue;
    }
    const bool writes =
        std::ranges::any_of(bits->value.subspan(1), [](int octet) { return (octet & kWriteBits) != 0; });
    if (writes && (bits->value[0] & kAppends) == 0) {
      return "It writes or activates files of biometrics and may not append the certificate that signed them.";
    }
  }
  return std::nullopt;
}

// --- requests ---

// 9303-12 §8.1.1.5: who was certified here before is asked for the signature of the key that is being succeeded.
std::optional<std::string> outer_signature(const Input& input) {
  const History* const history = input.context.history;
  const CvKeys* const keys = input.context.cv_keys;
  if (history == nullptr || input.context.signature_pending) return std::nullopt;
  try {
    const auto request = format::parse_request(input.bytes);
    const auto asked = format::split_reference(request.holder);
    std::optional<format::Certificate> signer;
    bool known = false;  // the holder, under some sequence number
    for (const base::Bytes& file : history->cv_certificates) {
      const auto certificate = format::parse_certificate(file);
      const auto holder = format::split_reference(certificate.body.holder);
      if (!holder || !asked || holder->country != asked->country || holder->mnemonic != asked->mnemonic) continue;
      known = true;
      if (request.outer && request.outer->authority == certificate.body.holder) signer = certificate;
    }
    if (!request.outer) return fires_if(known, "The holder was certified before, and none of its keys signed this.");
    if (!signer) return "The outer signature names no key of this holder that was certified here.";
    const auto day = input.context.as_of ? std::optional(base::date_in_viet_nam(*input.context.as_of)) : std::nullopt;
    if (day && signer->body.expiration < *day) return "The key of the outer signature is out of its time.";
    const auto above = keys == nullptr ? std::nullopt : whole_key(keys->issuer);
    const auto& key = signer->body.key;
    const cvc::judge::VerifyingKey verifier(above ? format::with_parameters(key, *above) : key);
    return fires_if(!verifier.verifies(request.outer->signed_part, request.outer->signature),
                    "The outer signature is not by the key that it names.");
  } catch (const asn1::Malformed&) {
    return std::nullopt;  // other rules say so
  }
}

std::optional<std::string> inner_signature(const Input& input) {
  if (input.context.signature_pending) return std::nullopt;
  try {
    const auto request = format::parse_request(input.bytes);
    if (!request.key.has_parameters()) return std::nullopt;  // CVC_DOMAIN_PARAMETERS
    const cvc::judge::VerifyingKey own(request.key);
    if (!own.usable()) return "The key inside is on no standardized curve, or not on its curve.";
    return fires_if(!own.verifies(request.signed_part, request.signature),
                    "The inner signature is not by the key inside.");
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

constexpr auto kFail = base::Severity::Fail, kWarn = base::Severity::Warn;

const std::array kRules{
    Rule{"CVC_PROFILE_0", kBoth, kFail, kFail, "9303-12 §7.2.2.1", "5F29 = 00", profile_0},
    Rule{"CVC_FIELD_ORDER", kCv, kFail, kFail, "9303-12 Table 11",
         "5F29, 42, 7F49, 5F20, 7F4C, 5F25, 5F24, optional 65, then 5F37", field_order},
    Rule{"CVC_CHR_FORM", kBoth, kFail, kFail, "9303-12 Table 12",
         "country, mnemonic 1..9, five-character sequence, at most 16 octets", chr_form},
    Rule{"CVC_CHR_SEQUENCE_COUNTRY", kCv, kFail, kWarn, "9303-12 §7.2.2.2",
         "sequence begins with the certifying CA's country", chr_sequence_country},
    Rule{"CVC_CAR_EQUALS_ISSUER_CHR", kCv, kFail, kFail, "9303-12 §7.2.2.2",
         "needs the issuer: CAR = CHR of the issuer", car_equals_issuer_chr},
    Rule{"CVC_DOMAIN_PARAMETERS", kBoth, kFail, kFail, "9303-12 §7.2.2.3, Table 16",
         "all in self-signed CVCA and requests, none in DV and IS, all or none in link", domain_parameters},
    Rule{"CVC_LINK_NEW_PARAMETERS", kCv, kFail, kFail, "9303-12 §7.2.2.3",
         "needs the issuer: parameters present when they changed", link_new_parameters},
    Rule{"CVC_INTEGER_MINIMAL", kBoth, kFail, kFail, "9303-12 §7.2.3.1",
         "public-key integers without leading 00, points begin 04", integer_minimal},
    Rule{"CVC_DATE_FORM", kCv, kFail, kFail, "9303-12 §7.2.3.1.3",
         "six octets 00..09, real calendar date, 5F25 <= 5F24", date_form},
    Rule{"CVC_VALIDITY_RANGE", kCv, kWarn, kWarn, "9303-12 Table 2",
         "CVCA 6 months-3 years, DV 2 weeks-3 months, IS 1 day-1 month", validity_range},
    Rule{"CVC_SAME_ALGORITHM", kCv, kFail, kFail, "9303-12 §4.2.1",
         "needs the issuer: algorithm and size equal in the chain (links excepted)", same_algorithm},
    Rule{"CVC_RIGHTS_NOT_WIDER", kCv, kFail, kFail, "9303-12 §3.2.2", "needs the issuer: no right beyond its own",
         rights_not_wider},
    Rule{"CVC_TERMINAL_TYPE", kCv, kFail, kFail, "TR-03110-3 C.4", "needs the issuer: one kind of terminal in a chain",
         terminal_type},
    Rule{"CVC_ROLE_ORDER", kCv, kFail, kFail, "9303-12 §3.2, 9303-10 §5.4.1",
         "needs the issuer: CVCA over CVCA and DV, DV over terminal; only a CVCA over itself", role_order},
    Rule{"CVC_ISSUER_NOT_VALID", kCv, kFail, kWarn, "9303-12 §4.2", "needs the issuer: made while it is valid",
         issuer_valid},
    Rule{"CVC_OUTLIVES_ISSUER", kCv, kFail, kWarn, "9303-12 §4.2",
         "needs the issuer: a DV or terminal ends with it at the latest", outlives_issuer},
    Rule{"CVC_LDS2_WRITE_NEEDS_MORE", kCv, kFail, kFail, "9303-10 Table 98 note 2",
         "no write/activate bits for a holder that has read rights only", lds2_write},
    Rule{"CVREQ_OUTER_SIGNATURE", kRequests, kFail, kFail, "9303-12 §8.1.1.5",
         "needs the history: a known holder's request is signed by its certified key, over 7F21 and 42",
         outer_signature},
    Rule{"CVREQ_INNER_SIGNATURE", kRequests, kFail, kFail, "9303-12 §8.1.1.5",
         "verifies with the key inside, over 7F4E", inner_signature},
};

}  // namespace

std::span<const Rule> cvc_rules() {
  return kRules;
}

}  // namespace lint
