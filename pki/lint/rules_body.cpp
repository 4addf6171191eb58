// 9303-12 Table 5: how a certificate is encoded, its serial number, its algorithms, its times.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;

std::optional<std::string> check_der(const Input& in) {
  if (!in.certificate->complete) return "It has not the fields of a certificate, or more than those.";
  const std::string defect = der_defect(in.tree);
  if (!defect.empty()) return fmt::format("It is not DER: {}.", defect);
  for (const ExtensionView& extension : in.certificate->extensions) {
    if (!extension.value) return fmt::format("The value of extension {} is no element.", extension.id.dotted());
    const std::string inner = der_defect(*extension.value, extension.id != asn1::oid::kDocumentTypeList);
    if (!inner.empty()) return fmt::format("Extension {} is not DER: {}.", extension.id.dotted(), inner);
  }
  return std::nullopt;
}

std::optional<std::string> check_version(const Input& in) {
  return fires_if(small_integer_of(in.certificate->version) != 2, "The version is not 3.");
}

base::ByteView serial_of(const Input& in) {
  return in.certificate->serial == nullptr ? base::ByteView{} : in.certificate->serial->value;
}

std::optional<std::string> check_serial_positive(const Input& in) {
  const base::ByteView serial = serial_of(in);
  const bool zero = std::ranges::all_of(serial, [](std::uint8_t octet) { return octet == 0; });
  return fires_if(serial.empty() || zero || (serial[0] & 0x80) != 0, "The serial number is not positive.");
}

std::optional<std::string> check_serial_length(const Input& in) {
  return fires_if(serial_of(in).size() > 20, "The serial number has more than 20 octets.");
}

std::optional<std::string> check_serial_minimal(const Input& in) {
  const base::ByteView serial = serial_of(in);
  const bool padded = serial.size() > 1 &&
                      ((serial[0] == 0 && (serial[1] & 0x80) == 0) || (serial[0] == 0xFF && (serial[1] & 0x80) != 0));
  return fires_if(padded, "The serial number begins with needless octets.");
}

std::optional<std::string> check_serial_unique(const Input& in) {
  if (in.context.history == nullptr) return std::nullopt;
  const base::ByteView serial = serial_of(in);
  const auto& used = in.context.history->serials;
  return fires_if(std::ranges::any_of(used, [&](const base::Bytes& one) { return base::equal(one, serial); }),
                  "The serial number was used before by this CSCA.");
}

std::optional<std::string> check_algorithms_equal(const Input& in) {
  const CertificateView& view = *in.certificate;
  const bool both = view.inner_algorithm != nullptr && view.outer_algorithm != nullptr;
  return fires_if(both && !base::equal(view.inner_algorithm->whole, view.outer_algorithm->whole),
                  "The two signature algorithms are not the same.");
}

std::optional<std::string> check_hash(const Input& in) {
  return algorithm_defect(in, in.certificate->inner_algorithm);
}

std::optional<std::string> check_pss(const Input& in) {
  static const std::array kVersion15{oid::kRsaMd5,    oid::kRsaSha1,   oid::kRsaSha224,
                                     oid::kRsaSha256, oid::kRsaSha384, oid::kRsaSha512};
  const auto algorithm = algorithm_of(in.certificate->inner_algorithm);
  return fires_if(algorithm && std::ranges::find(kVersion15, *algorithm) != kVersion15.end(),
                  "The RSA signature is of version 1.5 and not RSASSA-PSS.");
}

const Node* time_at(const Input& in, std::size_t index) {
  return in.certificate->validity == nullptr ? nullptr : in.certificate->validity->child(index);
}

std::optional<std::string> check_time_type(const Input& in) {
  const auto late = base::Moment(std::chrono::sys_days(base::make_date(2050, 1, 1)));
  for (const std::size_t index : {0U, 1U}) {
    const Node* const time = time_at(in, index);
    const auto moment = time_of(time);
    if (moment && (time->tag == 0x18) != (*moment >= late)) {
      return "A time is a GeneralizedTime before 2050 or a UTCTime after it.";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_time_form(const Input& in) {
  for (const std::size_t index : {0U, 1U}) {
    const Node* const time = time_at(in, index);
    if (time != nullptr && !(is_time_tag(time->tag) && is_der_time(*time))) {
      return "A time has no seconds, a fraction, an offset, or is none.";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_time_order(const Input& in) {
  const auto begins = in.certificate->not_before(), ends = in.certificate->not_after();
  return fires_if(begins && ends && *begins >= *ends, "The certificate ends before it begins.");
}

std::optional<std::string> check_unique_ids(const Input& in) {
  return fires_if(in.certificate->unique_ids, "It has a unique identifier of issuer or subject.");
}

// X.690 §11.5. RSASSA-PSS: SHA-1, its MGF1, a salt of 20 and trailer 1 are the defaults (RFC 4055 §3.1).
bool writes_pss_default(const Node* algorithm) {
  if (algorithm_of(algorithm) != oid::kRsaPss || algorithm->child(1) == nullptr) return false;
  const Node &parameters = *algorithm->child(1), *const hash = parameters.find(0xA0),
             *const salt = parameters.find(0xA2), *const trailer = parameters.find(0xA3);
  return (hash != nullptr && algorithm_of(hash->child(0)) == asn1::oid::kSha1) ||
         (salt != nullptr && small_integer_of(salt->child(0)) == 20) || trailer != nullptr;
}

std::optional<std::string> check_defaults(const Input& in) {
  for (const ExtensionView& extension : in.certificate->extensions) {
    if (extension.default_written) return fmt::format("Extension {} writes critical FALSE.", extension.id.dotted());
  }
  const ExtensionView* const constraints = in.certificate->find(asn1::oid::kBasicConstraints);
  const Node* const ca = constraints == nullptr || !constraints->value ? nullptr : constraints->value->find(0x01);
  if (ca != nullptr && ca->value.size() == 1 && ca->value[0] == 0) return "BasicConstraints writes cA FALSE.";
  return fires_if(writes_pss_default(in.certificate->inner_algorithm), "A default of RSASSA-PSS is written.");
}

std::optional<std::string> check_twice(const Input& in) {
  const auto& all = in.certificate->extensions;
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (std::any_of(all.begin(), at, [&](const ExtensionView& other) { return other.id == at->id; })) {
      return fmt::format("Extension {} occurs twice.", at->id.dotted());
    }
  }
  return std::nullopt;
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;

const std::array kRules{
    Rule{"CERT_DER", kCertificates, E, E, "9303-12 §7.1", "the whole certificate is DER", check_der},
    Rule{"CERT_VERSION_V3", kCertificates, E, E, "9303-12 Table 5", "version is 2 (v3)", check_version},
    Rule{"CERT_SERIAL_POSITIVE", kCertificates, E, E, "9303-12 Table 5", "serialNumber > 0", check_serial_positive},
    Rule{"CERT_SERIAL_MAX_20", kCertificates, E, E, "9303-12 Table 5", "serialNumber has at most 20 octets",
         check_serial_length},
    Rule{"CERT_SERIAL_MINIMAL", kCertificates, E, E, "9303-12 Table 5", "serialNumber in the shortest form",
         check_serial_minimal},
    Rule{"CERT_SERIAL_UNIQUE", kCertificates, E, E, "9303-12 §7.1.1.5",
         "serialNumber never used before by this CSCA (needs its history)", check_serial_unique},
    Rule{"CERT_SIGALG_EQUAL", kCertificates, E, E, "9303-12 Table 5",
         "tbs.signature equals signatureAlgorithm, parameters included", check_algorithms_equal},
    Rule{"CERT_HASH_ALLOWED", kCertificates, E, E, "9303-12 §4.1.6.4",
         "hash (and the hashes of PSS) is SHA-224, -256, -384 or -512", check_hash},
    Rule{"CERT_RSA_PSS", kCertificates, W, W, "9303-12 §4.1.6.1", "RSA signatures are RSASSA-PSS", check_pss},
    Rule{"CERT_TIME_TYPE", kCertificates, E, E, "9303-12 Table 5", "UTCTime through 2049, GeneralizedTime from 2050",
         check_time_type},
    Rule{"CERT_TIME_FORM", kCertificates, E, E, "9303-12 Table 5", "seconds present, ends in Z, no fraction, no offset",
         check_time_form},
    Rule{"CERT_TIME_ORDER", kCertificates, E, E, "9303-12 Table 5", "notBefore < notAfter", check_time_order},
    Rule{"CERT_NO_UNIQUE_ID", kCertificates, E, E, "9303-12 Table 5", "issuerUniqueID and subjectUniqueID absent",
         check_unique_ids},
    Rule{"CERT_NO_ENCODED_DEFAULT", kCertificates, E, E, "9303-12 Table 5", "no DEFAULT value is encoded",
         check_defaults},
    Rule{"CERT_EXTENSION_TWICE", kCertificates, E, E, "RFC 5280 §4.2", "no extension occurs twice", check_twice},
};

}  // namespace

std::span<const Rule> body_rules() {
  return kRules;
}

}  // namespace lint
