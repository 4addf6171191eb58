#include "pki/trust/trust_store.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/trust/trust_state.h"

namespace trust {

namespace {

using crypto::openssl::BioPtr;
using crypto::openssl::FreeWith;
using crypto::openssl::X509Ptr;
using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;

[[noreturn]] void wrong_file(const std::string& what, const std::string& origin, std::string seen) {
  crypto::openssl::drain_errors();
  throw base::Error(base::Fault::FixConfiguration, fmt::format("loading the {} {}", what, origin), std::move(seen));
}

bool is_pem(base::ByteView file) {
  return base::text_of(file.first(std::min<std::size_t>(file.size(), 4096))).find("-----BEGIN ") != std::string::npos;
}

// Every object of a PEM file, or the one of a DER file with nothing behind it; none when one is damaged.
template <class Pointer, class ReadPem, class ReadDer>
std::vector<Pointer> parse_all(base::ByteView file, ReadPem read_pem, ReadDer read_der) {
  std::vector<Pointer> out;
  if (is_pem(file)) {
    const BioPtr bio(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
    ERR_clear_error();
    while (Pointer object{read_pem(bio.get(), nullptr, nullptr, nullptr)}) out.push_back(std::move(object));
    // Only the end of the file may end the list: a damaged object in its middle would take those behind it along.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) out.clear();
    crypto::openssl::drain_errors();
    return out;
  }
  const unsigned char* at = file.data();
  Pointer object{read_der(nullptr, &at, static_cast<long>(file.size()))};
  if (object && at == file.data() + file.size()) out.push_back(std::move(object));
  return out;
}

base::Bytes der_of(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(certificate, &encoded);
  base::ensure(size > 0, "a parsed certificate can be encoded");
  base::Bytes out(encoded, encoded + size);
  OPENSSL_free(encoded);
  return out;
}

// 9303-12 §7.1 Table 6 (CSCA): cA, keyCertSign, standardized domain parameters, its own signature.
void check_anchor(X509* certificate, const std::string& origin) {
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_INVALID) != 0) {
    wrong_file("CSCA certificate", origin, "an extension in it is malformed; fetch the certificate again");
  }
  if ((flags & EXFLAG_CA) == 0 || (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0) {
    wrong_file("CSCA certificate", origin,
               "it is not a CA certificate (basicConstraints cA and keyUsage keyCertSign); give the CSCA certificate, "
               "not the document signer's");
  }
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr || !crypto::openssl::has_standard_parameters(key)) {
    wrong_file("CSCA certificate", origin, "its key does not lie on a standardized curve");
  }
  if (X509_verify(certificate, key) != 1) {
    wrong_file("CSCA certificate", origin,
               "its self-signature does not verify (a link certificate is no anchor); fetch the root certificate");
  }
}

Anchor make_anchor(X509Ptr certificate) {
  Anchor anchor;
  anchor.der = der_of(certificate.get());
  if (const ASN1_OCTET_STRING* const id = X509_get0_subject_key_id(certificate.get())) {
    anchor.key_id.assign(ASN1_STRING_get0_data(id), ASN1_STRING_get0_data(id) + ASN1_STRING_length(id));
  }
  anchor.store.reset(X509_STORE_new());
  base::ensure(anchor.store && X509_STORE_add_cert(anchor.store.get(), certificate.get()) == 1,
               "a store takes its first certificate");
  anchor.certificate = std::move(certificate);
  return anchor;
}

// 9303-12 §7.1.4: no CRL extension of the profile is critical; a critical one (issuingDistributionPoint,
// deltaCRLIndicator) would make this a partial list.
bool has_critical_extension(const X509_CRL* crl) {
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)) != 0) return true;
  }
  return false;
}

bool is_signed_by_an_anchor(X509_CRL* crl, const std::vector<Anchor>& anchors) {
  const bool found = std::ranges::any_of(anchors, [crl](const Anchor& anchor) {
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(anchor.certificate.get())) == 0 &&
           (X509_get_key_usage(anchor.certificate.get()) & KU_CRL_SIGN) != 0 &&
           X509_CRL_verify(crl, X509_get0_pubkey(anchor.certificate.get())) == 1;
  });
  crypto::openssl::drain_errors();
  return found;
}

std::vector<base::Bytes> revoked_serials(X509_CRL* crl) {
  std::vector<base::Bytes> serials;
  const STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    serials.push_back(serial_bytes(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  }
  std::ranges::sort(serials);
  return serials;
}

}  // namespace

std::string country_of(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_countryName, -1);
  if (at < 0) return {};
  const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  std::string code(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text)));
  for (char& c : code) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return code;
}

base::Bytes serial_bytes(const ASN1_INTEGER* serial) {
  const unsigned char* const data = ASN1_STRING_get0_data(serial);
  base::Bytes out(data, data + ASN1_STRING_length(serial));
  out.erase(out.begin(), std::ranges::find_if(out, [](std::uint8_t octet) { return octet != 0; }));
  return out;
}

std::optional<base::Moment> moment_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return base::Moment{std::chrono::seconds{timegm(&parts)}};
}

TrustStore::TrustStore() : state_(std::make_unique<State>()) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

void TrustStore::add_anchor(base::ByteView certificate, const std::string& origin) {
  auto certificates = parse_all<X509Ptr>(certificate, PEM_read_bio_X509, d2i_X509);
  if (certificates.empty()) wrong_file("CSCA certificate", origin, "it is no certificate, neither DER nor PEM");
  for (X509Ptr& one : certificates) {
    check_anchor(one.get(), origin);
    Anchor anchor = make_anchor(std::move(one));
    const bool known = std::ranges::any_of(state_->anchors, [&](const Anchor& a) { return a.der == anchor.der; });
    if (!known) state_->anchors.push_back(std::move(anchor));
  }
}

void TrustStore::add_anchor_file(const std::string& path) {
  add_anchor(base::read_file(path, "loading the CSCA certificate"), path);
}

std::size_t TrustStore::size() const {
  return state_->anchors.size();
}

void TrustStore::add_crl(base::ByteView crl, const std::string& origin) {
  const auto lists = parse_all<CrlPtr>(crl, PEM_read_bio_X509_CRL, d2i_X509_CRL);
  if (lists.empty()) wrong_file("revocation list", origin, "it is no CRL, neither DER nor PEM");
  for (const CrlPtr& list : lists) {
    const auto this_update = moment_of(X509_CRL_get0_lastUpdate(list.get()));
    const auto next_update = moment_of(X509_CRL_get0_nextUpdate(list.get()));
    if (!this_update || !next_update || has_critical_extension(list.get()) ||
        !is_signed_by_an_anchor(list.get(), state_->anchors)) {
      ++state_->unverified_lists;
      continue;
    }
    state_->revocation_lists.push_back(
        {country_of(X509_CRL_get_issuer(list.get())), revoked_serials(list.get()), *this_update, *next_update});
  }
}

std::size_t TrustStore::revoked() const {
  std::size_t count = 0;
  for (const RevocationList& list : state_->revocation_lists) count += list.serials.size();
  return count;
}

std::size_t TrustStore::unverified_lists() const {
  return state_->unverified_lists;
}

void TrustStore::set_policy(const Policy& policy) {
  state_->policy = policy;
}

void TrustStore::add_crl_file(const std::string& path) {
  add_crl(base::read_file(path, "loading the revocation list"), path);
}

}  // namespace trust
