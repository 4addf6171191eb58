// The steps of a plan that are not X.509 certificates: the readers' card-verifiable ones, and the master list.

#include "pki/admin/crl_ceremony.h"
#include "pki/admin/cv_certify.h"
#include "pki/admin/new_files.h"
#include "pki/admin/performance.h"
#include "pki/base/core/error.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"
#include "pki/masterlist/issue/master_list.h"

namespace admin {

namespace {

using Do = Step::Do;
namespace fs = std::filesystem;

cvc::format::Rights rights_of(const Step& step) {
  if (step.what == Do::Cvca) return {true, true};
  return {step.rights.find("fingers") != std::string::npos, step.rights.find("iris") != std::string::npos};
}

}  // namespace

cvc::format::Body Performance::card_verifiable_draft(const Step& step, const keystore::SigningKey& key,
                                                     const CardVerifiable* above) const {
  const base::Moment now = world_.clock.now();
  if (above == nullptr) {
    return cvc::issue::cvca_draft(cvc::issue::public_key_of(key), step.reference, rights_of(step),
                                  cvc::issue::term_at(now, step.days));
  }
  const auto request =
      cvc::format::parse_request(cvc::issue::make_request(key, step.reference, above->certificate.body.holder));
  const auto term = cvc::issue::term_within(now, step.days, above->certificate);
  if (step.what == Do::Is) {
    return cvc::issue::inspection_system_draft(above->certificate, request, rights_of(step), term);
  }
  const auto role = step.foreign ? cvc::format::Role::ForeignDv : cvc::format::Role::DomesticDv;
  return cvc::issue::dv_draft(above->certificate, request, role, rights_of(step), term);
}

base::Findings Performance::make_card_verifiable(const Step& step) {
  const keystore::SigningKey& key = keys_.make(*step.key);
  const auto own_key = cvc::issue::public_key_of(key);
  const CardVerifiable* const above = step.issuer.empty() ? nullptr : &card_verifiable_.at(step.issuer);
  const cvc::format::Body body = card_verifiable_draft(step, key, above);
  const cvc::issue::LintContext context{.issuer = above == nullptr ? nullptr : &above->certificate,
                                        .issuer_key = above == nullptr ? own_key : above->key_with_parameters,
                                        .holder_key = own_key,
                                        .today = world_.clock.today()};
  if (auto trial = cvc::issue::lint(body, context); std::holds_alternative<base::Findings>(trial)) {
    return std::get<base::Findings>(std::move(trial));  // no book is left either
  }
  const fs::path book_file = above == nullptr ? out_ / step.book : above->book;
  if (above == nullptr) make_folder(book_file.parent_path(), "performing the ceremony");
  CaBook book(book_file, above == nullptr, world_.clock);
  const char* const purpose = step.what == Do::Cvca ? "cvca" : step.what == Do::Dv ? "dv" : "is";
  Issued issued = certify_card_verifiable(body, context, above == nullptr ? key : *above->key, book, purpose);
  if (!issued.made()) return std::move(issued.findings);
  const base::Bytes& certificate = issued.certificate;
  write(step, step.certificate, certificate);
  card_verifiable_.emplace(step.name,
                           CardVerifiable{cvc::format::parse_certificate(certificate), own_key, &key, book_file});
  return std::move(issued.findings);
}

base::Findings Performance::make_master_list(const Step& step) {
  const Holder& signer = holders_.at(step.issuer);
  masterlist::issue::Order order{
      {}, signer.certificate, authorities_.at(plan_.step(step.issuer).issuer).der, world_.clock.now()};
  for (const std::string& name : step.of) {
    const Authority& csca = authorities_.at(name);
    order.certificates.push_back(csca.der);
    order.certificates.insert(order.certificates.end(), csca.links.begin(), csca.links.end());
  }
  auto linted = masterlist::issue::lint(order);
  if (auto* const refused = std::get_if<base::Findings>(&linted)) return std::move(*refused);
  auto& permit = std::get<masterlist::issue::LintedMasterList>(linted);
  base::Findings remarks = permit.remarks();
  write(step, step.certificate, masterlist::issue::sign(std::move(permit), *signer.key));
  return remarks;
}

base::Findings Performance::make_revocation_list(const Step& step) {
  const Authority& csca = authorities_.at(step.issuer);
  const evidence::FolderLock lock = lock_lists(csca.book);
  CaBook book(csca.book, false, world_.clock);
  IssuedCrl issued = make_crl(book, csca.certificate, *csca.key, std::chrono::days(step.days), world_);
  if (issued.made()) write(step, step.certificate, issued.crl);
  return std::move(issued.findings);
}

}  // namespace admin
