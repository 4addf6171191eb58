#include "pki/admin/certify.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"

namespace admin {

namespace {

namespace issue = x509::issue;

// The draft carries a number only once it is reserved; what lint() sees before has a stand-in of the same form.
const base::Bytes kStandInSerial(16, 0x55);

std::variant<issue::LintedCertificate, base::Findings> judge(const Certification& what, const base::Bytes& serial,
                                                             const lint::History* history) {
  return issue::lint(
      what.draft(serial),
      {.csca = what.issuer, .now = what.now, .profile = what.profile, .kind = what.kind, .history = history});
}

bool is_revoked(const std::vector<CaBook::Revocation>& revocations, const base::Bytes& serial) {
  return std::ranges::find(revocations, serial, &CaBook::Revocation::serial) != revocations.end();
}

}  // namespace

lint::History history_of(const CaBook& book) {
  lint::History history;
  const auto revocations = book.revocations();
  std::optional<x509::format::Certificate> newest;
  std::vector<base::Bytes> names;  // of the authority, the newest one's last
  for (const CaBook::Entry& entry : book.entries()) {
    history.serials.push_back(entry.serial);
    if (entry.purpose != issue::kind_name(issue::Kind::Csca) || entry.certificate.empty()) continue;
    auto root = x509::format::parse_certificate(entry.certificate);
    names.push_back(x509::format::encode(root.body.subject));
    if (is_revoked(revocations, entry.serial)) continue;  // the one before it signs again
    if (newest && newest->body.not_before > root.body.not_before) continue;
    newest = std::move(root);
    history.newest_csca = entry.certificate;
  }
  if (!names.empty()) history.former_names = std::move(names);
  if (const auto last = book.latest_crl()) history.previous_crl = last->crl;
  for (const CaBook::ReferenceEntry& entry : book.references()) {
    if (!entry.certificate.empty()) history.cv_certificates.push_back(entry.certificate);
  }
  return history;
}

base::Findings lint_only(const Certification& what, const lint::History* history) {
  auto linted = judge(what, kStandInSerial, history);
  if (auto* const findings = std::get_if<base::Findings>(&linted)) return std::move(*findings);
  return std::get<issue::LintedCertificate>(linted).remarks();
}

namespace {

void refuse_revoked(const x509::format::Certificate& csca, const CaBook& book, base::Findings& findings) {
  if (!is_revoked(book.revocations(), csca.body.serial)) return;
  findings.fail("CSCA_REVOKED", "issuer", "The certificate of the CSCA that would sign is revoked.");
}

}  // namespace

base::Findings judge_issuer(const x509::format::Certificate& csca, const CaBook& book) {
  base::Findings findings;
  refuse_revoked(csca, book, findings);
  const lint::History history = history_of(book);
  // By the key, as the rule of this name has it: the same key under another number is no other signer.
  if (history.newest_csca &&
      x509::format::parse_certificate(*history.newest_csca).body.public_key != csca.body.public_key) {
    findings.fail("KEYS_NEWEST_KEY_SIGNS", "issuer",
                  "The book holds a newer certificate of this CSCA, whose key signs all that is issued now.");
  }
  return findings;
}

base::Findings judge_before_signing(const Certification& what, const CaBook& book) {
  const lint::History history = history_of(book);
  base::Findings findings = lint_only(what, &history);
  if (what.issuer != nullptr) refuse_revoked(*what.issuer, book, findings);
  return findings;
}

Signed sign_certificate(const Certification& what, CaBook& book, base::Random& random) {
  Signed done{{judge_before_signing(what, book), {}}, {}};
  if (done.issued.findings.failed()) return done;
  const lint::History history = history_of(book);  // without the number that is reserved now
  done.serial = book.reserve_serial(issue::kind_name(what.kind), random);
  auto linted = judge(what, done.serial, &history);
  auto* const permit = std::get_if<issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "a serial number does not change what lint() thinks of a certificate");
  book.intend(done.serial, permit->to_be_signed());
  done.issued.certificate = issue::sign(std::move(*permit), what.key);
  return done;
}

Issued certify(const Certification& what, CaBook& book, base::Random& random) {
  Signed done = sign_certificate(what, book, random);
  if (done.issued.made()) book.record(done.serial, done.issued.certificate);
  return std::move(done.issued);
}

void refuse_other_book(const CaBook& book, const x509::format::Certificate& authority,
                       const std::filesystem::path& file, std::string_view doing) {
  const auto entry = book.find(authority.body.serial);
  if (entry &&
      entry->certificate == x509::format::assemble(authority.tbs, authority.signature_algorithm, authority.signature)) {
    return;
  }
  throw base::Error(
      base::Fault::FixConfiguration, std::string(doing),
      fmt::format("{} does not hold the authority's certificate: it is another one's book", file.string()));
}

x509::format::Certificate read_certificate(const std::filesystem::path& file, std::string_view doing) {
  return read_certificate(base::read_file(file, doing, 1U << 20), file, doing);
}

x509::format::Certificate read_certificate(base::ByteView content, const std::filesystem::path& file,
                                           std::string_view doing) {
  try {
    if (const auto der = crypto::openssl::certificate_der(content)) return x509::format::parse_certificate(*der);
    return x509::format::parse_certificate(content);
  } catch (const asn1::Malformed& what) {
    throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                      fmt::format("{}: is no certificate: {}", file.string(), what.what()));
  }
}

}  // namespace admin
