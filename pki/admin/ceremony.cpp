#include "pki/admin/ceremony.h"

#include <fmt/format.h>

#include "pki/admin/ca_book.h"
#include "pki/admin/new_files.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/issue/issue.h"

namespace admin {

namespace {

using keystore::Curve;
namespace fs = std::filesystem;

int years_of(const Ceremony& ceremony) {
  return ceremony.card_validity_years.value_or(ceremony.profile.card_validity.longest_years());
}

std::string address_of(const Ceremony& ceremony, const char* file) {
  return ceremony.key_address.empty() ? (ceremony.out / file).string() : ceremony.key_address;
}

// The draft carries a number only once it is reserved; what lint() sees before has a stand-in of the same form.
const base::Bytes kStandInSerial(16, 0x55);

std::variant<x509::issue::LintedCertificate, base::Findings> lint(const x509::format::Body& draft,
                                                                  const x509::format::Certificate* csca,
                                                                  const Ceremony& ceremony, base::Moment now) {
  return x509::issue::lint(draft, {.csca = csca, .now = now, .profile = ceremony.profile});
}

// Lints, reserves, signs, writes. Nothing is reserved and no key is left when lint() refuses.
template <class MakeDraft, class OpenBook>
Issued certify(const Ceremony& ceremony, NewKey& key, const keystore::SigningKey& issuer,
               const x509::format::Certificate* csca, std::string_view purpose, const World& world,
               MakeDraft make_draft, OpenBook open_book) {
  const base::Moment now = world.clock.now();
  Issued issued;
  const auto trial = lint(make_draft(kStandInSerial, now), csca, ceremony, now);
  if (const auto* const findings = std::get_if<base::Findings>(&trial)) {
    issued.findings = *findings;
    return issued;
  }
  CaBook book = open_book();
  const base::Bytes serial = book.reserve_serial(purpose, world.random);
  auto linted = lint(make_draft(serial, now), csca, ceremony, now);
  auto* const permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "a serial number does not change what lint() thinks of a certificate");
  issued.findings = permit->remarks();
  issued.certificate = x509::issue::sign(std::move(*permit), issuer);
  key.keep();
  book.record(serial, issued.certificate);
  return issued;
}

x509::format::Certificate read_csca(const fs::path& file) {
  try {
    return x509::format::parse_certificate(base::read_file(file, "opening the CSCA"));
  } catch (const asn1::Malformed& what) {
    throw base::Error(base::Fault::FixConfiguration, "opening the CSCA",
                      fmt::format("{}: is no certificate: {}", file.string(), what.what()));
  }
}

}  // namespace

Issued create_csca(const Ceremony& ceremony, const World& world) {
  constexpr std::string_view kDoing = "making a CSCA";
  for (const char* const name : {"csca.cer", "csca.key", "ca.db"}) refuse_if_there(ceremony.out / name, kDoing);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::BrainpoolP512r1, address_of(ceremony, "csca.key"), ceremony.password, world.random);
  const auto draft = [&](const base::Bytes& serial, base::Moment now) {
    return x509::issue::csca_draft(ceremony.profile, key.key().public_key_explicit(), serial, now, years_of(ceremony));
  };
  const auto book = [&] { return CaBook(ceremony.out / "ca.db", true, world.clock); };
  Issued issued = certify(ceremony, key, key.key(), nullptr, "csca", world, draft, book);
  if (issued.made()) base::write_new_file(ceremony.out / "csca.cer", issued.certificate, kDoing);
  return issued;
}

Issued issue_document_signer(const Ceremony& ceremony, const fs::path& csca_folder, const base::Secret& csca_password,
                             const World& world, const std::string& csca_key_address) {
  constexpr std::string_view kDoing = "issuing a document signer";
  for (const char* const name : {"ds.cer", "ds.key"}) refuse_if_there(ceremony.out / name, kDoing);
  const auto csca = read_csca(csca_folder / "csca.cer");
  const auto csca_key =
      keystore::open(csca_key_address.empty() ? (csca_folder / "csca.key").string() : csca_key_address, csca_password);
  make_folder(ceremony.out, kDoing);
  NewKey key(Curve::BrainpoolP384r1, address_of(ceremony, "ds.key"), ceremony.password, world.random);
  const auto draft = [&](const base::Bytes& serial, base::Moment now) {
    return x509::issue::signer_draft(ceremony.profile, csca, key.key().public_key_explicit(), serial, now,
                                     years_of(ceremony));
  };
  const auto book = [&] { return CaBook(csca_folder / "ca.db", false, world.clock); };
  Issued issued = certify(ceremony, key, *csca_key, &csca, "ds", world, draft, book);
  if (issued.made()) base::write_new_file(ceremony.out / "ds.cer", issued.certificate, kDoing);
  return issued;
}

}  // namespace admin
