#include "pki/admin/tls_ceremony.h"

#include <fmt/format.h>

#include "pki/admin/ca_book.h"
#include "pki/admin/new_files.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"

namespace admin {

namespace {

using keystore::Curve;
namespace fs = std::filesystem;
namespace issue = x509::issue;

void write_pem(const fs::path& file, base::ByteView der, std::string_view doing) {
  base::write_new_file(file, base::view_of(crypto::openssl::certificate_pem(der)), doing);
}

x509::format::Certificate read_authority(const fs::path& file) {
  constexpr const char* kDoing = "opening the TLS authority";
  const auto der = crypto::openssl::certificate_der(base::read_file(file, kDoing));
  try {
    if (der) return x509::format::parse_certificate(*der);
  } catch (const asn1::Malformed&) {
  }
  throw base::Error(base::Fault::FixConfiguration, kDoing, fmt::format("{}: is no certificate", file.string()));
}

}  // namespace

Issued create_tls_authority(const TlsCeremony& ceremony, const World& world) {
  constexpr std::string_view kDoing = "making a TLS authority";
  for (const char* const name : {"ca.pem", "ca.key", "ca.db"}) refuse_if_there(ceremony.out / name, kDoing);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::P256, ceremony.out / "ca.key", ceremony.password, world.random);
  CaBook book(ceremony.out / "ca.db", true, world.clock);
  const base::Bytes serial = book.reserve_serial("tls-ca", world.random);
  Issued issued;
  issued.certificate = issue::issue_tls_authority(ceremony.profile, key.key(), serial, world.clock.now(),
                                                  ceremony.days.value_or(ceremony.profile.authority.days));
  key.keep();
  book.record(serial, issued.certificate);
  write_pem(ceremony.out / "ca.pem", issued.certificate, kDoing);
  return issued;
}

Issued issue_tls(const TlsCeremony& ceremony, const fs::path& authority, const base::Secret& authority_password,
                 const issue::TlsHolder& holder, const World& world) {
  constexpr std::string_view kDoing = "issuing a TLS certificate";
  for (const char* const name : {"tls.pem", "tls.key"}) refuse_if_there(ceremony.out / name, kDoing);
  const bool is_server = !holder.server_names.empty();
  const int days = ceremony.days.value_or((is_server ? ceremony.profile.server : ceremony.profile.client).days);
  const base::Moment now = world.clock.now();
  const auto certificate = read_authority(authority / "ca.pem");
  Issued issued;
  issued.findings = issue::lint_tls_term(certificate, now, days);
  if (issued.findings.failed()) return issued;
  const auto authority_key = keystore::load_file(authority / "ca.key", authority_password);
  CaBook book(authority / "ca.db", false, world.clock);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::P256, ceremony.out / "tls.key", ceremony.password, world.random);
  const base::Bytes serial = book.reserve_serial(is_server ? "tls-server" : "tls-client", world.random);
  issued.certificate = issue::issue_tls_certificate(ceremony.profile, certificate, *authority_key, holder,
                                                    key.key().public_key_named(), serial, now, days);
  key.keep();
  book.record(serial, issued.certificate);
  write_pem(ceremony.out / "tls.pem", issued.certificate, kDoing);
  return issued;
}

}  // namespace admin
