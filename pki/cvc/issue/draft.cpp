#include "pki/cvc/issue/draft.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/algorithm.h"

namespace cvc::issue {

namespace {

const asn1::Oid& oid_of(format::Scheme scheme, format::Hash hash) {
  for (const format::Algorithm& algorithm : format::kAlgorithms) {
    if (algorithm.scheme == scheme && algorithm.hash == hash) return algorithm.oid;
  }
  base::ensure(false, "every pair that is issued has an identifier");
  return format::kAlgorithms.front().oid;
}

const asn1::Oid& algorithm_for(const format::PublicKey& key) {
  if (key.is_rsa()) {
    return oid_of(format::Scheme::RsaPss, key.modulus.size() > 384 ? format::Hash::Sha512 : format::Hash::Sha256);
  }
  if (key.p.size() <= 32) return oid_of(format::Scheme::Ecdsa, format::Hash::Sha256);
  return oid_of(format::Scheme::Ecdsa, key.p.size() <= 48 ? format::Hash::Sha384 : format::Hash::Sha512);
}

format::Body holder_draft(const format::Certificate& issuer, const format::Request& request, format::Role role,
                          format::Rights rights, Term term) {
  return {issuer.body.holder,
          format::without_parameters(request.key),
          request.holder,
          format::inspection_chat(role, rights),
          term.effective,
          term.expiration,
          {}};
}

}  // namespace

Term term_from(base::Date first, int days) {
  base::ensure(days >= 1, "a certificate is valid for a day or more");
  return {first, base::Date(std::chrono::sys_days(first) + std::chrono::days(days - 1))};
}

Term term_at(base::Moment now, int days) {
  Term term = term_from(base::date_in_viet_nam(now), days);
  term.effective = base::Date(std::chrono::floor<std::chrono::days>(now));
  return term;
}

Term term_within(base::Moment now, int days, const format::Certificate& issuer) {
  Term term = term_at(now, days);
  term.expiration = std::min(term.expiration, issuer.body.expiration);
  return term;
}

format::PublicKey public_key_of(const keystore::SigningKey& key) {
  format::PublicKey out = format::from_public_key_info(key.public_key_explicit(), format::kAlgorithms.front().oid);
  out.algorithm = algorithm_for(out);
  return out;
}

format::Body cvca_draft(const format::PublicKey& key, const std::string& holder, format::Rights rights, Term term) {
  return {holder,          key, holder, format::inspection_chat(format::Role::Cvca, rights), term.effective,
          term.expiration, {}};
}

format::Body link_draft(const format::Certificate& old, const format::Body& successor) {
  format::Body body = successor;
  body.authority = old.body.holder;
  return body;
}

format::Body dv_draft(const format::Certificate& cvca, const format::Request& request, format::Role role,
                      format::Rights rights, Term term) {
  return holder_draft(cvca, request, role, rights, term);
}

format::Body inspection_system_draft(const format::Certificate& dv, const format::Request& request,
                                     format::Rights rights, Term term) {
  return holder_draft(dv, request, format::Role::Terminal, rights, term);
}

}  // namespace cvc::issue
