#pragma once
// The second witness: what Botan signed is verified by OpenSSL and read back before it leaves the signer.

#include <map>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace signing {

class ReadBack {
 public:
  // The DS certificate, DER, parsed once. Throws Error{FixConfiguration} when OpenSSL cannot read it.
  explicit ReadBack(base::ByteView certificate);
  // The file carries this certificate octet for octet and no other, has one signer, verifies under the certificate's
  // key, and its content lists exactly these hashes (ICAO Doc 9303-10 §4.6.2). From any thread.
  bool holds(base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes) const;

 private:
  base::Bytes der_;
  crypto::openssl::X509Ptr certificate_;
};

}  // namespace signing
