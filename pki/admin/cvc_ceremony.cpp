#include "pki/admin/cvc_ceremony.h"

#include <fmt/format.h>

#include "pki/admin/ca_book.h"
#include "pki/admin/cv_certify.h"
#include "pki/admin/new_files.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"
#include "pki/lint/rule.h"

namespace admin {

namespace {

namespace fs = std::filesystem;
namespace format = cvc::format;
namespace issue = cvc::issue;

[[noreturn]] void refuse(std::string_view doing, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), seen);
}

// Where an authority's key is: where the ceremony was told, else a file in the authority's folder.
std::string key_address(const fs::path& folder, const std::string& kind, const std::string& key) {
  return key.empty() ? (folder / (kind + ".key")).string() : key;
}

void refuse_overwriting(const fs::path& folder, std::initializer_list<const char*> names, std::string_view doing) {
  for (const char* const name : names) refuse_if_there(folder / name, doing);
  make_folder(folder, doing);
}

base::Bytes sign_one(const format::Body& draft, const issue::LintContext& context, const keystore::SigningKey& issuer,
                     CaBook& book, std::string_view purpose, base::Findings& findings) {
  Issued issued = certify_card_verifiable(draft, context, issuer, book, purpose);
  findings.add(issued.findings);
  return std::move(issued.certificate);
}

// 9303-12 §8.1.1.5 by the table of rules: a successor's request is signed by a key that was certified here, is the same
// holder's, and is still in its time. Who asks for the first time, or again in person, has no such key to show.
void check_request(base::ByteView file, const format::Request& request, const CvGrant& grant, const CaBook& book,
                   const format::PublicKey& issuer_key, base::Moment now, base::Findings& findings) {
  lint::History history;
  for (const CaBook::ReferenceEntry& entry : book.references()) {
    if (!entry.certificate.empty()) history.cv_certificates.push_back(entry.certificate);
  }
  const lint::CvKeys keys{format::encode(issuer_key), {}};
  const bool in_person = grant.first && !request.outer;
  findings.add(lint::lint(
      file,
      {.kind = lint::Kind::CvRequest, .history = in_person ? nullptr : &history, .as_of = now, .cv_keys = &keys}));
  if (!request.outer && !grant.first && !findings.has("CVREQ_OUTER_SIGNATURE")) {
    findings.fail("CVREQ_OUTER_SIGNATURE", "cv-request",
                  "No certified key signed it; for a first certificate see the holder in person and say --first.");
  }
}

}  // namespace

format::Certificate read_cv_certificate(const fs::path& file) {
  constexpr const char* kDoing = "reading a CV certificate";
  try {
    return format::parse_certificate(base::read_file(file, kDoing, 64U << 10));
  } catch (const asn1::Malformed& what) {
    refuse(kDoing, fmt::format("{}: is none: {}", file.string(), what.what()));
  }
}

CvAuthority open_cv_authority(const fs::path& folder, const std::string& kind, const std::string& key,
                              const base::Secret& secret) {
  CvAuthority authority{folder, kind, read_cv_certificate(folder / (kind + ".cvcert")),
                        keystore::open(key_address(folder, kind, key), secret)};
  const format::PublicKey own = issue::public_key_of(*authority.key);
  const format::PublicKey& certified = authority.certificate.body.key;
  if (own.point != certified.point || own.modulus != certified.modulus) {
    refuse("opening a CV authority", fmt::format("{}: certificate and key are no pair", folder.string()));
  }
  return authority;
}

Issued create_cvca(const NewCvKey& made, keystore::Curve curve, format::Rights rights, int days, const World& world) {
  constexpr std::string_view kDoing = "making a CVCA";
  refuse_overwriting(made.out, {"cvca.cvcert", "cvca.key", "ca.db"}, kDoing);
  NewKey key(curve, key_address(made.out, "cvca", made.key), made.secret, world.random);
  const format::PublicKey own = issue::public_key_of(key.key());
  const base::Date today = world.clock.today();
  const format::Body draft = issue::cvca_draft(own, made.holder, rights, issue::term_at(world.clock.now(), days));
  const issue::LintContext context{nullptr, own, own, today};
  Issued issued;
  if (const auto trial = issue::lint(draft, context); std::holds_alternative<base::Findings>(trial)) {
    issued.findings = std::get<base::Findings>(trial);
    return issued;
  }
  CaBook book(made.out / "ca.db", true, world.clock);
  key.keep();
  issued.certificate = sign_one(draft, context, key.key(), book, "cvca", issued.findings);
  base::write_new_file(made.out / "cvca.cvcert", issued.certificate, kDoing);
  return issued;
}

Issued succeed_cvca(const CvAuthority& old, const NewCvKey& made, keystore::Curve curve, int days, const World& world) {
  constexpr std::string_view kDoing = "making a CVCA's successor";
  refuse_overwriting(made.out, {"cvca.cvcert", "link.cvcert", "cvca.key", "ca.db"}, kDoing);
  NewKey key(curve, key_address(made.out, "cvca", made.key), made.secret, world.random);
  const format::PublicKey own = issue::public_key_of(key.key());
  const base::Date today = world.clock.today();
  const format::Body draft =
      issue::cvca_draft(own, made.holder, old.certificate.body.chat.rights(), issue::term_at(world.clock.now(), days));
  const issue::LintContext by_old{&old.certificate, issue::public_key_of(*old.key), own, today};
  const issue::LintContext by_itself{nullptr, own, own, today};
  Issued issued;
  {
    CaBook book(old.folder / "ca.db", false, world.clock);
    const base::Bytes link =
        sign_one(issue::link_draft(old.certificate, draft), by_old, *old.key, book, "cvca-link", issued.findings);
    if (link.empty()) return issued;
    key.keep();
    base::write_new_file(made.out / "link.cvcert", link, kDoing);
    base::Findings same;  // what lint() said of the link holds for it too
    issued.certificate = sign_one(draft, by_itself, key.key(), book, "cvca", same);
    base::ensure(issued.made(), "what may be linked may certify itself");
    base::write_new_file(made.out / "cvca.cvcert", issued.certificate, kDoing);
  }
  std::error_code error;
  fs::rename(old.folder / "ca.db", made.out / "ca.db", error);
  if (error) {
    refuse(kDoing, fmt::format("everything is made, but {}/ca.db cannot move to {} ({}); move it by hand",
                               old.folder.string(), made.out.string(), error.message()));
  }
  return issued;
}

base::Bytes request_cv(const NewCvKey& made, const std::string& kind, const std::string& authority,
                       keystore::Curve curve, const CvAuthority* previous, const World& world) {
  constexpr std::string_view kDoing = "making a certificate request";
  const std::string request_name = kind + ".cvreq", key_name = kind + ".key";
  refuse_overwriting(made.out, {request_name.c_str(), key_name.c_str()}, kDoing);
  if (!format::split_reference(made.holder)) {
    throw base::Error(
        base::Fault::UsedWrongly, std::string(kDoing),
        "a holder reference is country, name of 1 to 9 characters and five of 0-9 A-Z, like VNDVPOLVN001");
  }
  NewKey key(curve, key_address(made.out, kind, made.key), made.secret, world.random);
  base::Bytes request = issue::make_request(key.key(), made.holder, authority);
  if (previous != nullptr) {
    request = issue::countersign(request, *previous->key, previous->certificate.body.holder);
  }
  if (kind == "dv" && !fs::exists(made.out / "ca.db")) CaBook(made.out / "ca.db", true, world.clock);
  base::write_new_file(made.out / request_name, request, kDoing);
  key.keep();
  return request;
}

Issued certify_cv(const CvAuthority& authority, base::ByteView file, const CvGrant& grant, const World& world) {
  Issued issued;
  std::optional<format::Request> request;
  try {
    request = format::parse_request(file);
  } catch (const asn1::Malformed& what) {
    issued.findings.fail("CVREQ_MALFORMED", "certificate request", what.what());
    return issued;
  }
  const format::PublicKey issuer_key = issue::public_key_of(*authority.key);
  const base::Date today = world.clock.today();
  CaBook book(authority.folder / "ca.db", false, world.clock);
  for (const CaBook::ReferenceEntry& entry : book.references()) {
    if (entry.authority != authority.certificate.body.holder || entry.holder != request->holder) continue;
    if (entry.certificate.empty()) continue;
    const auto made = format::parse_certificate(entry.certificate);
    if (made.body.key.point == request->key.point && made.body.key.modulus == request->key.modulus) {
      issued.certificate = entry.certificate;  // asked again after a lost answer
      return issued;
    }
    issued.findings.fail(
        "CVREQ_REFERENCE_USED", "certificate request",
        fmt::format("{} was certified for another key; ask under the next sequence number", entry.holder));
    return issued;
  }
  check_request(file, *request, grant, book, issuer_key, world.clock.now(), issued.findings);
  if (issued.findings.failed()) return issued;
  const issue::Term term = issue::term_within(world.clock.now(), grant.days, authority.certificate);
  const format::Body draft = grant.role == format::Role::Terminal
                                 ? issue::inspection_system_draft(authority.certificate, *request, grant.rights, term)
                                 : issue::dv_draft(authority.certificate, *request, grant.role, grant.rights, term);
  const issue::LintContext context{&authority.certificate, issuer_key, request->key, today};
  issued.certificate = sign_one(draft, context, *authority.key, book,
                                grant.role == format::Role::Terminal ? "is" : "dv", issued.findings);
  return issued;
}

}  // namespace admin
