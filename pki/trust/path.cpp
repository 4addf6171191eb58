#include "pki/trust/path.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/public_key.h"

namespace trust {

namespace {

base::Bytes authority_key_id(X509* certificate) {
  const ASN1_OCTET_STRING* const id = X509_get0_authority_key_id(certificate);
  if (id == nullptr) return {};
  return {ASN1_STRING_get0_data(id), ASN1_STRING_get0_data(id) + ASN1_STRING_length(id)};
}

// Everything is told, and the check goes on.
int on_path_error(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const int error = X509_STORE_CTX_get_error(context);
  X509* const certificate = X509_STORE_CTX_get_current_cert(context);
  const bool standard_curve = error == X509_V_ERR_EC_KEY_EXPLICIT_PARAMS && certificate != nullptr &&
                              X509_get0_pubkey(certificate) != nullptr &&
                              crypto::openssl::has_standard_parameters(X509_get0_pubkey(certificate));
  const bool date = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (!standard_curve && !date) static_cast<std::vector<int>*>(X509_STORE_CTX_get_app_data(context))->push_back(error);
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

}  // namespace

const Anchor* choose_anchor(X509* certificate, const std::vector<Anchor>& anchors) {
  const base::Bytes wanted = authority_key_id(certificate);
  std::vector<const Anchor*> fitting;
  for (const Anchor& anchor : anchors) {
    if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(anchor.certificate.get())) != 0) {
      continue;
    }
    const bool can_differ = wanted.empty() || anchor.key_id.empty();
    if (can_differ || wanted == anchor.key_id) fitting.push_back(&anchor);
  }
  if (fitting.empty()) return nullptr;
  if (fitting.size() == 1 && !wanted.empty()) return fitting.front();
  const auto by_trial = std::ranges::find_if(fitting, [certificate](const Anchor* anchor) {
    return X509_verify(certificate, X509_get0_pubkey(anchor->certificate.get())) == 1;
  });
  crypto::openssl::drain_errors();
  if (by_trial != fitting.end()) return *by_trial;
  return wanted.empty() ? nullptr : fitting.front();
}

std::vector<int> path_errors(X509* certificate, const Anchor& anchor, base::Moment as_of) {
  const crypto::openssl::X509StoreCtxPtr context(X509_STORE_CTX_new());
  base::ensure(context && X509_STORE_CTX_init(context.get(), anchor.store.get(), certificate, nullptr) == 1,
               "a path check can be prepared");
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, as_of.time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(parameters, 1);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);  // 112 bits: no SHA-1, no RSA below 2048
  std::vector<int> errors;
  X509_STORE_CTX_set_app_data(context.get(), &errors);
  X509_STORE_CTX_set_verify_cb(context.get(), on_path_error);
  if (X509_verify_cert(context.get()) != 1 && errors.empty()) errors.push_back(X509_V_ERR_UNSPECIFIED);
  crypto::openssl::drain_errors();
  return errors;
}

}  // namespace trust
