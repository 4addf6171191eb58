#include "pki/admin/show.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"

namespace admin {

namespace {

namespace format = x509::format;
using nlohmann::json;

struct Known {
  asn1::Oid id;
  const char* name;
};

const char* name_of(const asn1::Oid& id) {
  static const std::array kKnown{
      Known{asn1::oid::kAuthorityKeyIdentifier, "AuthorityKeyIdentifier"},
      Known{asn1::oid::kSubjectKeyIdentifier, "SubjectKeyIdentifier"},
      Known{asn1::oid::kKeyUsage, "KeyUsage"},
      Known{asn1::oid::kPrivateKeyUsagePeriod, "PrivateKeyUsagePeriod"},
      Known{asn1::oid::kSubjectAltName, "SubjectAltName"},
      Known{asn1::oid::kIssuerAltName, "IssuerAltName"},
      Known{asn1::oid::kBasicConstraints, "BasicConstraints"},
      Known{asn1::oid::kCrlDistributionPoints, "CRLDistributionPoints"},
      Known{asn1::oid::kDocumentTypeList, "documentTypeList"},
      Known{format::oid::kExtendedKeyUsage, "ExtKeyUsage"},
      Known{format::oid::kCertificatePolicies, "CertificatePolicies"},
      Known{format::oid::kNameChange, "nameChange"},
      Known{format::oid::kServerAuth, "serverAuth"},
      Known{format::oid::kClientAuth, "clientAuth"},
      Known{asn1::oid::kEcdsaWithSha256, "ecdsa-with-SHA256"},
      Known{asn1::oid::kEcdsaWithSha384, "ecdsa-with-SHA384"},
      Known{asn1::oid::kEcdsaWithSha512, "ecdsa-with-SHA512"},
      Known{asn1::oid::kRsaEncryption, "rsaEncryption"},
  };
  for (const Known& known : kKnown) {
    if (known.id == id) return known.name;
  }
  return nullptr;
}

std::string name_or_dotted(const asn1::Oid& id) {
  const char* const name = name_of(id);
  return name != nullptr ? name : id.dotted();
}

std::string key_text(base::ByteView spki) {
  const format::PublicKeyInfo info = format::parse_public_key_info(spki);
  if (info.algorithm != format::oid::kEcPublicKey) {
    const int bits = crypto::openssl::rsa_bits(spki);
    return bits > 0 ? fmt::format("RSA, {} bits", bits) : name_or_dotted(info.algorithm);
  }
  if (info.named_curve) return fmt::format("EC, named curve {}", info.named_curve->dotted());
  const auto key = crypto::openssl::parse_public_key(spki);
  const bool standard = key && crypto::openssl::has_standard_parameters(key.get());
  return fmt::format("EC, {} bits, explicit parameters of {}", (info.key.size() - 1) / 2 * 8,
                     standard ? "a standardized curve" : "an unknown curve");
}

json usage_period(base::ByteView value) {
  const auto period = format::parse_usage_period(value);
  json out = json::object();
  if (period.not_before) out["not_before"] = base::to_rfc3339(*period.not_before);
  if (period.not_after) out["not_after"] = base::to_rfc3339(*period.not_after);
  return out;
}

json key_usage(base::ByteView value) {
  // RFC 5280 §4.2.1.3
  static constexpr std::array kBits{"digitalSignature", "nonRepudiation", "keyEncipherment",
                                    "dataEncipherment", "keyAgreement",   "keyCertSign",
                                    "cRLSign",          "encipherOnly",   "decipherOnly"};
  json out = json::array();
  for (const unsigned bit : format::parse_key_usage(value)) {
    out.push_back(bit < kBits.size() ? std::string(kBits.at(bit)) : std::to_string(bit));
  }
  return out;
}

json alternative_names(base::ByteView value) {
  json out = json::array();
  for (const auto& name : format::parse_alternative_names(value)) {
    out.push_back(name.kind == format::AlternativeName::Kind::Directory ? name.directory.text() : name.text);
  }
  return out;
}

json purposes(base::ByteView value) {
  json out = json::array();
  for (const asn1::Oid& purpose : format::parse_extended_key_usage(value)) out.push_back(name_or_dotted(purpose));
  return out;
}

// What the extension says, where this house knows it; else its octets.
json value_of(const format::Extension& extension) {
  using namespace asn1::oid;
  const base::ByteView value = extension.value;
  if (extension.id == kSubjectKeyIdentifier) return base::to_hex(format::parse_subject_key_identifier(value));
  if (extension.id == kAuthorityKeyIdentifier) {
    return base::to_hex(format::parse_authority_key_identifier(value).value_or(base::Bytes{}));
  }
  if (extension.id == kKeyUsage) return key_usage(value);
  if (extension.id == kPrivateKeyUsagePeriod) return usage_period(value);
  if (extension.id == kSubjectAltName || extension.id == kIssuerAltName) return alternative_names(value);
  if (extension.id == format::oid::kExtendedKeyUsage) return purposes(value);
  if (extension.id == kCrlDistributionPoints) return format::parse_crl_distribution_points(value);
  if (extension.id == kDocumentTypeList) return format::parse_document_types(value);
  if (extension.id == kBasicConstraints) {
    const auto constraints = format::parse_basic_constraints(value);
    json out{{"ca", constraints.ca}};
    if (constraints.path_length) out["path_length"] = *constraints.path_length;
    return out;
  }
  return base::to_hex(value);
}

json describe_extension(const format::Extension& extension) {
  json out{{"oid", extension.id.dotted()}, {"critical", extension.critical}};
  if (const char* const name = name_of(extension.id)) out["name"] = name;
  try {
    out["value"] = value_of(extension);
  } catch (const asn1::Malformed& what) {
    out["broken"] = what.what();
  }
  return out;
}

}  // namespace

base::Bytes certificate_of(base::ByteView file, const std::string& name) {
  constexpr std::string_view kDoing = "reading the certificate";
  const auto der = crypto::openssl::certificate_der(file);
  if (!der) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{}: is no X.509 certificate, neither DER nor PEM", name));
  }
  try {
    format::parse_certificate(*der);
  } catch (const asn1::Malformed& what) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{}: is no certificate of version 3 in DER: {}", name, what.what()));
  }
  return *der;
}

json describe(base::ByteView certificate) {
  const format::Certificate read = format::parse_certificate(certificate);
  json out{{"subject", read.body.subject.text()},
           {"issuer", read.body.issuer.text()},
           {"serial", base::to_hex(read.body.serial)},
           {"not_before", base::to_rfc3339(read.body.not_before)},
           {"not_after", base::to_rfc3339(read.body.not_after)},
           {"public_key", key_text(read.body.public_key)},
           {"signature_algorithm", name_or_dotted(format::algorithm_of(read.signature_algorithm))},
           {"sha256", base::to_hex(crypto::openssl::sha256(certificate))},
           {"extensions", json::array()}};
  for (const format::Extension& extension : read.body.extensions) {
    out["extensions"].push_back(describe_extension(extension));
  }
  return out;
}

std::string describe_text(base::ByteView certificate) {
  const json all = describe(certificate);
  std::string out;
  for (const char* const key :
       {"subject", "issuer", "serial", "not_before", "not_after", "public_key", "signature_algorithm", "sha256"}) {
    out += fmt::format("{:<20} {}\n", key, all[key].get<std::string>());
  }
  for (const json& extension : all["extensions"]) {
    const std::string name = extension.value("name", extension["oid"].get<std::string>());
    const json& value = extension.contains("value") ? extension["value"] : extension["broken"];
    out += fmt::format("{}{}: {}\n", name, extension["critical"].get<bool>() ? " (critical)" : "",
                       value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

}  // namespace admin
