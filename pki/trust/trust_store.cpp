#include "pki/trust/trust_store.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/trust/anchor.h"
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

// Every list of a PEM file, or the one of a DER file with nothing behind it; none when one is damaged.
std::vector<CrlPtr> parse_crls(base::ByteView file) {
  std::vector<CrlPtr> out;
  if (is_pem(file)) {
    const BioPtr bio(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
    ERR_clear_error();
    while (CrlPtr list{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) out.push_back(std::move(list));
    // Only the end of the file may end the list: a damaged one in its middle would take those behind it along.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) out.clear();
    crypto::openssl::drain_errors();
    return out;
  }
  const unsigned char* at = file.data();
  CrlPtr list{d2i_X509_CRL(nullptr, &at, static_cast<long>(file.size()))};
  if (list && at == file.data() + file.size()) out.push_back(std::move(list));
  return out;
}

X509Ptr parse_judged(base::ByteView der) {
  X509Ptr certificate = crypto::openssl::parse_certificate(der);
  base::ensure(certificate != nullptr, "a certificate that was judged can be read");
  return certificate;
}

Anchor make_anchor(base::Bytes der) {
  X509Ptr certificate = parse_judged(der);
  Anchor anchor;
  anchor.der = std::move(der);
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

// The anchor whose key signed the list; null: none.
const Anchor* signer_of(X509_CRL* crl, const std::vector<Anchor>& anchors) {
  const auto found = std::ranges::find_if(anchors, [crl](const Anchor& anchor) {
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(anchor.certificate.get())) == 0 &&
           (X509_get_key_usage(anchor.certificate.get()) & KU_CRL_SIGN) != 0 &&
           X509_CRL_verify(crl, X509_get0_pubkey(anchor.certificate.get())) == 1;
  });
  crypto::openssl::drain_errors();
  return found == anchors.end() ? nullptr : &*found;
}

void keep_once(base::Bytes der, TrustStore::State& state) {
  if (std::ranges::any_of(state.anchors, [&](const Anchor& a) { return a.der == der; })) return;
  Anchor anchor = make_anchor(std::move(der));
  anchor.member = state.authorities.add(anchor.certificate.get());
  state.anchors.push_back(std::move(anchor));
}

void join_by(base::ByteView link, TrustStore::State& state) {
  state.authorities.add_link(parse_judged(link).get());
}

// The anchor that signed it, and those of its State that bear one of the names that it had before.
std::vector<std::size_t> members_of(X509_CRL* crl, const Anchor& signer, const TrustStore::State& state) {
  using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
  std::vector<std::size_t> members{signer.member};
  const NamesPtr names(static_cast<GENERAL_NAMES*>(X509_CRL_get_ext_d2i(crl, NID_issuer_alt_name, nullptr, nullptr)));
  const std::string country = country_of(X509_CRL_get_issuer(crl));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DIRNAME || country.empty() || country_of(name->d.directoryName) != country) continue;
    const auto former = state.authorities.named(name->d.directoryName);
    members.insert(members.end(), former.begin(), former.end());
  }
  crypto::openssl::drain_errors();
  return members;
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

std::optional<base::Moment> distrusted_since(const TrustStore::State& trust, const EVP_PKEY* key, base::Moment as_of) {
  std::optional<base::Moment> since;
  for (const Distrust& one : trust.distrusts) {
    const EVP_PKEY* const its = X509_get0_pubkey(one.certificate.get());
    if (one.from > as_of || (since && *since <= one.from) || its == nullptr || EVP_PKEY_eq(its, key) != 1) continue;
    since = one.from;
  }
  crypto::openssl::drain_errors();
  return since;
}

base::Findings TrustStore::offer_anchors(base::ByteView file, const std::string& origin) {
  OfferedFile offered = take_apart(file, origin);
  for (std::size_t i = 0; i < offered.messages.size(); ++i) {
    offered.findings.fail("ANCHOR_IS_MESSAGE", origin,
                          "It is a CMS message, such as a master list, and no certificate.");
  }
  if (!offered.lists.empty() && offered.certificates.empty()) {
    offered.findings.fail("ANCHOR_UNREADABLE", origin, "It is a revocation list and no certificate; give it as one.");
  } else if (!offered.lists.empty()) {
    offered.findings.note("ANCHOR_FOREIGN_BLOCK", origin, "A revocation list in it is left aside; give it as one.");
  }
  for (std::size_t i = 0; i < offered.certificates.size(); ++i) {
    const std::string where =
        offered.certificates.size() == 1 ? origin : fmt::format("{}, certificate {}", origin, i + 1);
    const base::Findings judged = judge_anchor(offered.certificates[i], where);
    offered.findings.add(judged);
    if (is_link(judged)) join_by(offered.certificates[i], *state_);
    if (!judged.failed()) keep_once(std::move(offered.certificates[i]), *state_);
  }
  return offered.findings;
}

void TrustStore::add_anchor(base::ByteView certificate, const std::string& origin) {
  OfferedFile offered = take_apart(certificate, origin);
  if (!offered.messages.empty() || (!offered.lists.empty() && offered.certificates.empty()))
    wrong_file("CSCA certificate", origin, "it is no certificate, neither DER nor PEM");
  for (const base::Finding& finding : offered.findings.list()) {
    if (finding.severity != base::Severity::Note) wrong_file("CSCA certificate", origin, finding.text);
  }
  std::vector<bool> links;
  for (const base::Bytes& one : offered.certificates) {
    const base::Findings judged = judge_anchor(one, origin);
    links.push_back(is_link(judged) && state_->authorities.vouch_for(parse_judged(one).get()));
    for (const base::Finding& finding : judged.list()) {
      if (finding.severity == base::Severity::Fail && !links.back())
        wrong_file("CSCA certificate", origin, finding.text);
    }
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i]) {
      join_by(offered.certificates[i], *state_);
    } else {
      keep_once(std::move(offered.certificates[i]), *state_);
    }
  }
}

void TrustStore::distrust(base::ByteView certificate, base::Moment from) {
  X509Ptr parsed = crypto::openssl::parse_certificate(certificate);
  if (!parsed) {
    throw base::Error(base::Fault::FixConfiguration, "distrusting a CSCA certificate", "it is no certificate");
  }
  state_->distrusts.push_back({std::move(parsed), from});
}

void TrustStore::add_anchor_file(const std::string& path) {
  add_anchor(base::read_file(path, "loading the CSCA certificate"), path);
}

std::size_t TrustStore::size() const {
  return state_->anchors.size();
}

void TrustStore::add_crl(base::ByteView crl, const std::string& origin) {
  const auto lists = parse_crls(crl);
  if (lists.empty()) wrong_file("revocation list", origin, "it is no CRL, neither DER nor PEM");
  for (const CrlPtr& list : lists) {
    const auto this_update = moment_of(X509_CRL_get0_lastUpdate(list.get()));
    const auto next_update = moment_of(X509_CRL_get0_nextUpdate(list.get()));
    const Anchor* const signer = signer_of(list.get(), state_->anchors);
    if (!this_update || !next_update || has_critical_extension(list.get()) || signer == nullptr) {
      ++state_->unverified_lists;
      continue;
    }
    state_->revocation_lists.push_back({members_of(list.get(), *signer, *state_), revoked_serials(list.get()),
                                        *this_update, *next_update, X509_get0_pubkey(signer->certificate.get())});
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

const Policy& TrustStore::policy() const {
  return state_->policy;
}

void TrustStore::set_policy(const Policy& policy) {
  state_->policy = policy;
}

void TrustStore::set_status_list(StatusList list) {
  state_->status_list = std::move(list);
}

void TrustStore::add_crl_file(const std::string& path) {
  add_crl(base::read_file(path, "loading the revocation list"), path);
}

}  // namespace trust
