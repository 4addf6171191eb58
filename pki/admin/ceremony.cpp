#include "pki/admin/ceremony.h"

#include "pki/admin/ca_book.h"
#include "pki/admin/certify.h"
#include "pki/admin/new_files.h"
#include "pki/base/core/files.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/issue/issue.h"

namespace admin {

namespace {

using keystore::Curve;
using x509::issue::Kind;
namespace fs = std::filesystem;

int years_of(const Ceremony& ceremony) {
  return ceremony.card_validity_years.value_or(ceremony.profile.card_validity.longest_years());
}

std::string address_of(const Ceremony& ceremony, const char* file) {
  return ceremony.key_address.empty() ? (ceremony.out / file).string() : ceremony.key_address;
}

}  // namespace

Issued create_csca(const Ceremony& ceremony, const World& world) {
  constexpr std::string_view kDoing = "making a CSCA";
  for (const char* const name : {"csca.cer", "csca.key", "ca.db"}) refuse_if_there(ceremony.out / name, kDoing);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::BrainpoolP512r1, address_of(ceremony, "csca.key"), ceremony.password, world.random);
  const base::Moment now = world.clock.now();
  const Certification what{Kind::Csca, nullptr, key.key(), ceremony.profile, now, [&](const base::Bytes& serial) {
                             return x509::issue::csca_draft(ceremony.profile, key.key().public_key_explicit(), serial,
                                                            now, years_of(ceremony));
                           }};
  Issued issued{lint_only(what), {}};
  if (issued.findings.failed()) return issued;  // no book is left either
  CaBook book(ceremony.out / "ca.db", true, world.clock);
  issued = certify(what, book, world.random);
  key.keep();
  base::write_new_file(ceremony.out / "csca.cer", issued.certificate, kDoing);
  return issued;
}

Issued issue_document_signer(const Ceremony& ceremony, const fs::path& csca_folder, const base::Secret& csca_password,
                             const World& world, const std::string& csca_key_address,
                             const fs::path& csca_certificate) {
  constexpr std::string_view kDoing = "issuing a document signer";
  for (const char* const name : {"ds.cer", "ds.key"}) refuse_if_there(ceremony.out / name, kDoing);
  const auto csca =
      read_certificate(csca_certificate.empty() ? csca_folder / "csca.cer" : csca_certificate, "opening the CSCA");
  const auto csca_key =
      keystore::open(csca_key_address.empty() ? (csca_folder / "csca.key").string() : csca_key_address, csca_password);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::BrainpoolP384r1, address_of(ceremony, "ds.key"), ceremony.password, world.random);
  const base::Moment now = world.clock.now();
  const Certification what{
      Kind::DocumentSigner, &csca, *csca_key, ceremony.profile, now, [&](const base::Bytes& serial) {
        return x509::issue::signer_draft(ceremony.profile, csca, key.key().public_key_explicit(), serial, now,
                                         years_of(ceremony));
      }};
  CaBook book(csca_folder / "ca.db", false, world.clock);
  refuse_other_book(book, csca, csca_folder / "ca.db", kDoing);
  Issued issued = certify(what, book, world.random);
  if (!issued.made()) return issued;
  key.keep();
  base::write_new_file(ceremony.out / "ds.cer", issued.certificate, kDoing);
  return issued;
}

}  // namespace admin
