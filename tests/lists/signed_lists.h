#pragma once
// A test authority that signs lists: its CSCA and a master list signer, the same in every run.

#include "pki/base/core/clock.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/issue/issue.h"

namespace test {

struct ListAuthority {
  base::Bytes csca, signer;  // certificates, DER
  std::unique_ptr<keystore::SigningKey> csca_key, signer_key;
};
ListAuthority make_list_authority(base::Moment now, std::uint64_t seed = 7);

// A root of this key, DER.
base::Bytes make_root(const keystore::SigningKey& key, base::Moment now, base::Bytes serial,
                      const char* name = "C=VN,CN=Test CSCA");
// The link from one root to the next, signed by the old key, DER.
base::Bytes make_link(const base::Bytes& from, const keystore::SigningKey& key, const base::Bytes& to, base::Moment now,
                      base::Bytes serial);

}  // namespace test
