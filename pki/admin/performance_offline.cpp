// The steps between a machine with network and an offline root: files out, files in. A request leaves with the minutes'
// hash; what comes from the other machine is taken when it is the very file that the plan names.

#include <fmt/format.h>

#include "pki/admin/performance.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/request.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/request.h"
#include "pki/x509/issue/request.h"

namespace admin {

namespace {

constexpr std::string_view kDoing = "performing the ceremony";
constexpr std::size_t kLargest = 64U << 10;  // octets of a request or certificate

// nullopt: it is another file than the one that was approved.
std::optional<base::Bytes> take(const CarriedFile& carried, base::Findings& findings) {
  base::Bytes content = base::read_file(carried.file, kDoing, kLargest);
  if (base::to_hex(crypto::openssl::sha256(content)) == carried.sha256) return content;
  findings.fail("CEREMONY_CARRIED_FILE", carried.file.filename().string(),
                "What was carried here is not the file whose hash the plan names.");
  return std::nullopt;
}

}  // namespace

std::optional<Performance::Applicant> Performance::applicant(const Step& step, base::Findings& findings) {
  if (!step.carried) {
    const keystore::SigningKey& key = keys_.make(*step.key);
    return Applicant{&key, key.public_key_explicit(), step.subject};
  }
  const auto file = take(*step.carried, findings);
  if (!file) return std::nullopt;
  try {
    auto request = x509::format::parse_request(*file);
    if (crypto::openssl::is_signed_request(*file)) {
      return Applicant{nullptr, std::move(request.public_key), step.subject ? step.subject : request.subject};
    }
    findings.fail("CEREMONY_REQUEST", "certificate request", "It is not signed by the key that it asks for.");
  } catch (const asn1::Malformed& what) {
    findings.fail("CEREMONY_REQUEST", "certificate request", fmt::format("It cannot be read: {}.", what.what()));
  }
  return std::nullopt;
}

base::Findings Performance::make_request(const Step& step) {
  const keystore::SigningKey& key = keys_.make(*step.key);
  const base::Bytes request = x509::issue::make_request(key, *step.subject);
  if (!crypto::openssl::is_signed_request(request)) {
    throw base::Error(base::Fault::TreatAsAttack, std::string(kDoing),
                      "OpenSSL does not confirm the request that was just made; nothing was given out");
  }
  write(step, step.request, request);
  return {};
}

base::Findings Performance::accept_certificate(const Step& step) {
  base::Findings findings;
  const auto file = take(*step.carried, findings);
  if (!file) return findings;
  const auto der = crypto::openssl::certificate_der(*file);
  const auto csca = crypto::openssl::certificate_der(plan_.read("csca", step.name).content);
  if (!der || !csca || crypto::openssl::is_ca_certificate(*der)) {
    findings.fail("CEREMONY_CARRIED_FILE", csca ? "received" : "csca", "It is no certificate of the kind that is due.");
    return findings;
  }
  // The table verifies the CSCA's signature too.
  findings.add(lint::lint(*der, {.issuer = *csca, .as_of = world_.clock.now()}));
  if (findings.failed()) return findings;
  const base::Bytes certified = read_certificate(*der, step.carried->file, kDoing).body.public_key;
  const keystore::SigningKey& key = keys_.open(*step.key, certified);
  // A rehearsal opens no store, and cannot say whose key it is.
  if (!keys_.is_rehearsal() && certified != key.public_key_explicit() && certified != key.public_key_named()) {
    findings.fail("CEREMONY_KEY_AND_CERTIFICATE", "received", "The key is not the one of the certificate.");
    return findings;
  }
  write(step, step.certificate, *der);
  return findings;
}

}  // namespace admin
