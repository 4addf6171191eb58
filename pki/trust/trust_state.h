#pragma once
// What a trust store holds, for the judges (pki/*/judge) that walk it. Nobody else includes this.

#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/trust/authority.h"
#include "pki/trust/trust_store.h"

namespace trust {

struct Anchor {
  crypto::openssl::X509Ptr certificate;
  crypto::openssl::X509StorePtr store;  // holds this certificate alone: a path has one step (9303-12 App. D)
  base::Bytes der;
  base::Bytes key_id;      // SubjectKeyIdentifier, empty when absent
  std::size_t member = 0;  // its number in State::authorities
};

// One verified list. It speaks for every certificate of its CSCA, under whichever key and name (9303-12 §4.1.5): for
// the authority of the anchor that signed it, and for those whose names it tells as former ones (Table 10,
// IssuerAltName).
struct RevocationList {
  std::vector<std::size_t> members;  // one of State::authorities for each of them
  std::vector<base::Bytes> serials;  // sorted; big-endian, no leading zero
  base::Moment this_update;
  base::Moment next_update;
  EVP_PKEY* signer = nullptr;  // the anchor's key, owned by the anchor
};

struct Distrust {
  crypto::openssl::X509Ptr certificate;
  base::Moment from;
};

struct TrustStore::State {
  std::vector<Anchor> anchors;
  Authorities authorities;  // of the anchors and the link certificates
  std::vector<RevocationList> revocation_lists;
  std::size_t unverified_lists = 0;
  std::vector<Distrust> distrusts;
  Policy policy;
  std::optional<StatusList> status_list;
};

// The moment from which this key is distrusted, when that has come as of the moment asked; nullopt: it is not.
std::optional<base::Moment> distrusted_since(const TrustStore::State& trust, const EVP_PKEY* key, base::Moment as_of);

// The countryName of a name in upper case (9303-12 Table 5 wants it so, and older certificates have it otherwise);
// empty when it has none.
std::string country_of(const X509_NAME* name);
// A serial number's magnitude, big-endian, no leading zero.
base::Bytes serial_bytes(const ASN1_INTEGER* serial);
// nullopt: not a time.
std::optional<base::Moment> moment_of(const ASN1_TIME* time);

}  // namespace trust
