#pragma once
// The certificates of those who sign for themselves: officers, custodians of ceremonies, and whoever signs trust packs.
// Self-signed, P-256. Such a certificate vouches for nothing; who is trusted is decided where it is entered
// (docs/formats/trust-directory.md, ceremony-plan.md, trust-pack.md). What each says of itself is in the profile
// (pki/x509/issue/profiles/signatories.toml).

#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/name.h"

namespace x509::issue {

struct SignatoryProfile {
  struct Kind {
    format::Name subject;  // of officers and custodians without CN
    int days = 0;          // how long the certificate is valid
  };
  Kind officer, custodian, pack_signer;
};
const SignatoryProfile& shipped_signatory_profile();
// Throws Error{FixConfiguration} with file and line; an unknown key is one too.
SignatoryProfile parse_signatory_profile(std::string_view toml, const std::string& origin);
SignatoryProfile read_signatory_profile(const std::string& file);  // the shipped one when empty

// RFC 5280 version 3, ecdsa-with-SHA256, CN = account, key usage digitalSignature. DER.
base::Bytes issue_officer_certificate(const SignatoryProfile::Kind& kind, const keystore::SigningKey& key,
                                      const std::string& account, base::Moment now, base::Random& random);

// The same under the name of the kind, and for one purpose alone, critical: the signing of trust packs. DER.
base::Bytes issue_pack_signer(const SignatoryProfile::Kind& kind, const keystore::SigningKey& key, base::Moment now,
                              base::Random& random);

}  // namespace x509::issue
