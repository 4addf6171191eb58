#include "pki/x509/issue/crl.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/crl.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/algorithm.h"

namespace x509::issue {

format::CrlBody crl_draft(const CrlOrder& order) {
  format::CrlBody body;
  body.signature_algorithm = signature_algorithm_of(order.csca.body.public_key).identifier;
  body.issuer = order.csca.body.subject;
  body.this_update = order.now;
  body.next_update = order.next_update;
  body.revoked = order.revoked;
  std::ranges::sort(body.revoked, {}, &format::RevokedCertificate::serial);
  if (const auto* const id = order.csca.body.find(asn1::oid::kSubjectKeyIdentifier)) {
    body.extensions.push_back(
        {asn1::oid::kAuthorityKeyIdentifier, false,
         format::encode_authority_key_identifier(format::parse_subject_key_identifier(id->value))});
  }
  body.extensions.push_back({format::oid::kCrlNumber, false, format::encode_crl_number(order.number)});
  std::vector<format::AlternativeName> names;
  for (const format::Name& name : order.former_names) {
    names.push_back({format::AlternativeName::Kind::Directory, {}, name});
  }
  if (!names.empty()) {
    body.extensions.push_back({asn1::oid::kIssuerAltName, false, format::encode_alternative_names(names)});
  }
  return body;
}

base::Bytes sign(LintedCrl permit, const keystore::SigningKey& csca_key, base::ByteView csca) {
  constexpr const char* kDoing = "signing a revocation list";
  const LintedCrl spent = std::move(permit);
  base::ensure(!spent.tbs_.empty(), "a permit is spent once");
  if (spent.issuer_key_ != csca_key.public_key_explicit() && spent.issuer_key_ != csca_key.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, kDoing,
                      "the key is not the one of the CSCA certificate; give the pair that was made together");
  }
  const SignatureAlgorithm algorithm = signature_algorithm_of(spent.issuer_key_);
  const base::Bytes signature = csca_key.sign_digest(digest_of(spent.tbs_, algorithm.hash));
  base::Bytes crl = format::assemble(spent.tbs_, algorithm.identifier, signature_value(algorithm, signature));
  if (!crypto::openssl::crl_is_signed_by(crl, csca)) {
    throw base::Error(base::Fault::TreatAsAttack, kDoing,
                      "OpenSSL does not confirm the list that was just made; nothing was given out. Stop using this "
                      "key and this machine until the cause is known");
  }
  return crl;
}

}  // namespace x509::issue
