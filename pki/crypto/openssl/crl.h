#pragma once
// A revocation list judged by OpenSSL against one known certificate: what an issuer asks of its own product before it
// leaves. Lists of others are judged in pki/trust.

#include "pki/base/core/bytes.h"

namespace crypto::openssl {

// crl, certificate: DER. Whether the certificate's subject is the list's issuer and its key verifies the list. Never
// throws on foreign input.
bool crl_is_signed_by(base::ByteView crl, base::ByteView certificate);

}  // namespace crypto::openssl
