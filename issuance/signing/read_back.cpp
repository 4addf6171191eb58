#include "issuance/signing/read_back.h"

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/cms.h"
#include "pki/sod/format/lds_security_object.h"

namespace signing {

ReadBack::ReadBack(base::ByteView certificate) : certificate_(crypto::openssl::parse_certificate(certificate)) {
  if (certificate_) return;
  throw base::Error(base::Fault::FixConfiguration, "loading the document signer's certificate",
                    "OpenSSL does not read it; name the DER file that cccd-pki ds issue wrote");
}

bool ReadBack::holds(base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes) const {
  try {
    const auto content = crypto::openssl::verified_content(sod::format::unwrap(ef_sod), certificate_.get());
    return content && sod::format::parse(*content).hashes == hashes;
  } catch (const asn1::Malformed&) {
    return false;
  }
}

}  // namespace signing
