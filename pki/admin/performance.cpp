#include "pki/admin/performance.h"

#include <fmt/format.h>

#include <filesystem>

#include "pki/admin/new_files.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/issue.h"

namespace admin {

namespace {

namespace fs = std::filesystem;
namespace issue = x509::issue;
using issue::Kind;
using Do = Step::Do;

constexpr std::string_view kDoing = "performing the ceremony";

// In a rehearsal an authority stands in for itself: the same certificate over another key.
x509::format::Body over_key(const x509::format::Certificate& authority, const base::Bytes& public_key,
                            base::Bytes serial) {
  x509::format::Body body = authority.body;
  const base::Bytes key_id = issue::key_identifier(public_key);
  body.serial = std::move(serial);
  body.issuer = body.subject;
  body.public_key = public_key;
  body.signature_algorithm = issue::signature_algorithm_of(public_key).identifier;
  for (auto& extension : body.extensions) {
    if (extension.id == asn1::oid::kSubjectKeyIdentifier) {
      extension.value = x509::format::encode_subject_key_identifier(key_id);
    } else if (extension.id == asn1::oid::kAuthorityKeyIdentifier) {
      extension.value = x509::format::encode_authority_key_identifier(key_id);
    }
  }
  return body;
}

}  // namespace

Performance::Performance(const Plan& plan, KeyRoom& keys, fs::path out, const issue::Profile& profile,
                         const World& world, Journal journal)
    : plan_(plan), keys_(keys), out_(std::move(out)), profile_(profile), world_(world), journal_(std::move(journal)) {}

Performance::~Performance() = default;

Performed Performance::perform() {
  for (const Step& step : plan_.steps) {
    journal_(fmt::format("intent {}", step.name));
    base::Findings findings = perform(step);
    const bool refused = findings.failed();
    for (const base::Finding& finding : findings.list()) {
      base::Finding located = finding;
      located.where = fmt::format("step {}: {}", step.name, finding.where);
      performed_.findings.add(std::move(located));
    }
    journal_(fmt::format("{} {}", refused ? "refused" : "done", step.name));
    if (refused) break;
    keys_.keep();
  }
  for (const Step& step : plan_.steps) {
    if (performed_.findings.failed() || step.book.empty()) continue;
    const bool made = step.what != Do::Authority;
    if (!made && keys_.is_rehearsal()) continue;
    const fs::path book = made ? out_ / step.book : step.book;
    performed_.books.push_back({step.name, (made ? step.book : step.book.lexically_relative(plan_.folder)).string(),
                                base::to_hex(crypto::openssl::sha256(base::read_file(book, kDoing)))});
  }
  return performed_;
}

base::Findings Performance::perform(const Step& step) {
  switch (step.what) {
    case Do::Authority:
      return bring_authority(step);
    case Do::Csca:
      return make_csca(step);
    case Do::Certificate:
      return make_certificate(step);
    case Do::Cvca:
    case Do::Dv:
    case Do::Is:
      return make_card_verifiable(step);
    case Do::MasterList:
      return make_master_list(step);
    case Do::Crl:
      return make_revocation_list(step);
    case Do::Request:
      return make_request(step);
    case Do::Accept:
      return accept_certificate(step);
  }
  base::ensure(false, "a step does one of these");
  return {};
}

void Performance::write(const Step& step, const fs::path& file, base::ByteView content) {
  const fs::path path = out_ / file;
  make_folder(path.parent_path(), kDoing);
  base::write_new_file(path, content, kDoing);
  const base::Bytes read = base::read_file(path, kDoing);
  if (!std::ranges::equal(read, content)) {
    throw base::Error(base::Fault::AskOperator, std::string(kDoing),
                      fmt::format("{}: what was written does not read back; look at the disk", path.string()));
  }
  const std::string hash = base::to_hex(crypto::openssl::sha256(read));
  performed_.files.push_back({step.name, file.string(), hash});
  journal_(fmt::format("wrote {} {}", file.string(), hash));
}

Issued Performance::certify_into(const Certification& what, CaBook& book, const Step& step, const fs::path& file) {
  Issued issued = certify(what, book, world_.random);
  if (!issued.made()) return issued;
  keys_.keep();  // the book has a certificate over it, whatever the disk says now
  write(step, file, issued.certificate);
  return issued;
}

issue::Profile Performance::profile_for(const Step& step, const std::optional<x509::format::Name>& subject) const {
  issue::Profile profile = profile_;
  if (!subject) return profile;
  if (is_csca(step.kind)) profile.csca_subject = *subject;
  if (step.kind == Kind::DocumentSigner) profile.signer_subject = *subject;
  if (step.kind == Kind::MasterListSigner && profile.master_list_signer) {
    profile.master_list_signer->subject = *subject;
  }
  if (step.kind == Kind::SealSigner && profile.seal_signer) {
    profile.seal_signer->subject = *subject;
    for (auto& attribute : profile.seal_signer->subject.attributes) {
      attribute.string_type = x509::format::kPrintableString;
    }
  }
  return profile;
}

base::Findings Performance::bring_authority(const Step& step) {
  const base::Bytes& approved = plan_.read("authority", step.name).content;
  Authority authority{read_certificate(approved, step.certificate, kDoing), {}, nullptr, step.book, {}, {}};
  authority.may_not_certify = judge_issuer(authority.certificate, CaBook::look(step.book));
  authority.key = &keys_.open(*step.key, authority.certificate.body.public_key);
  base::Findings findings;
  if (keys_.is_rehearsal()) {
    authority.book = fmt::format("{}/{}.db", out_.string(), step.name);
    CaBook book(authority.book, true, world_.clock);
    const base::Bytes public_key = authority.key->public_key_explicit();
    const auto draft = [&](const base::Bytes& serial) { return over_key(authority.certificate, public_key, serial); };
    const Issued stand_in =
        certify({Kind::Csca, nullptr, *authority.key, profile_, authority.certificate.body.not_before, draft}, book,
                world_.random);
    if (!stand_in.made()) return stand_in.findings;
    authority.certificate = x509::format::parse_certificate(stand_in.certificate);
  } else if (authority.certificate.body.public_key != authority.key->public_key_explicit() &&
             authority.certificate.body.public_key != authority.key->public_key_named()) {
    findings.fail("CEREMONY_KEY_AND_CERTIFICATE", "authority", "The key is not the one of the certificate.");
    return findings;
  }
  authority.der = x509::format::assemble(authority.certificate.tbs, authority.certificate.signature_algorithm,
                                         authority.certificate.signature);
  authorities_.emplace(step.name, std::move(authority));
  return findings;
}

base::Findings Performance::make_csca(const Step& step) {
  const base::Moment now = world_.clock.now();
  const issue::Profile profile = profile_for(step, step.subject);
  const int years = profile.card_validity.longest_years();
  const keystore::SigningKey& key = keys_.make(*step.key);
  const Certification root{Kind::Csca, nullptr, key, profile, now, [&](const base::Bytes& serial) {
                             return issue::csca_draft(profile, key.public_key_explicit(), serial, now, years);
                           }};
  Authority authority;
  authority.key = &key;
  base::Findings findings;
  if (step.issuer.empty()) {
    findings = lint_only(root);
    if (findings.failed()) return findings;  // no book is left either
    authority.book = out_ / step.book;
    make_folder(authority.book.parent_path(), kDoing);
    CaBook book(authority.book, true, world_.clock);
    authority.der = certify_into(root, book, step, step.certificate).certificate;
    authority.certificate = x509::format::parse_certificate(authority.der);
  } else {
    findings = make_successor(step, root, authority);
    if (findings.failed()) return findings;
  }
  authorities_.emplace(step.name, std::move(authority));
  return findings;
}

base::Findings Performance::make_successor(const Step& step, const Certification& root, Authority& after) {
  const Authority& before = authorities_.at(step.issuer);
  if (before.may_not_certify.failed()) return before.may_not_certify;
  after.book = before.book;
  CaBook book(after.book, false, world_.clock);
  base::Findings findings = judge_before_signing(root, book);
  if (findings.failed()) return findings;
  const Certification link{
      Kind::CscaLink, &before.certificate, *before.key, root.profile, root.now, [&](const base::Bytes& serial) {
        return issue::link_draft(before.certificate, after.certificate, serial, root.now);
      }};
  after.certificate.body = root.draft(before.certificate.body.serial);  // no link says its successor's number
  findings = judge_before_signing(link, book);
  if (findings.failed()) return findings;
  const Signed signed_root = sign_certificate(root, book, world_.random);
  after.der = signed_root.issued.certificate;
  after.certificate = x509::format::parse_certificate(after.der);
  const Issued issued = certify_into(link, book, step, step.link);
  base::ensure(issued.made(), "a link that lint() let pass is made");
  after.links.push_back(issued.certificate);
  // From this line on the old key issues no list: everything that the new one needs for it is on disk.
  write(step, step.certificate, after.der);
  book.record(signed_root.serial, after.der);
  findings.add(signed_root.issued.findings);
  return findings;
}

base::Findings Performance::make_certificate(const Step& step) {
  const base::Moment now = world_.clock.now();
  const Authority& csca = authorities_.at(step.issuer);
  if (csca.may_not_certify.failed()) return csca.may_not_certify;
  base::Findings findings;
  const auto asked = applicant(step, findings);
  if (!asked) return findings;
  const issue::Profile profile = profile_for(step, asked->subject);
  Holder holder;
  holder.key = asked->key;
  const base::Bytes& public_key = asked->public_key;
  const Certification what{step.kind, &csca.certificate, *csca.key, profile, now, [&](const base::Bytes& serial) {
                             if (step.kind == Kind::MasterListSigner) {
                               return issue::master_list_signer_draft(profile, csca.certificate, public_key, serial,
                                                                      now);
                             }
                             if (step.kind == Kind::SealSigner) {
                               return issue::seal_signer_draft(profile, csca.certificate, public_key, serial, now);
                             }
                             return issue::signer_draft(profile, csca.certificate, public_key, serial, now,
                                                        profile.card_validity.longest_years());
                           }};
  CaBook book(csca.book, false, world_.clock);
  const Issued issued = certify_into(what, book, step, step.certificate);
  holder.certificate = issued.certificate;
  holders_.emplace(step.name, std::move(holder));
  return issued.findings;
}

}  // namespace admin
