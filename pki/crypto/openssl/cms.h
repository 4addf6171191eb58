#pragma once
// CMS SignedData (RFC 5652 §5) judged by OpenSSL against one known signer certificate, without a chain: what an issuer
// asks of its own product before it leaves.

#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

// The signed content, if the SignedData verifies under this certificate's key; else nullopt. Certificates inside the
// message are not considered. Never throws on foreign input.
std::optional<base::Bytes> verified_content(base::ByteView signed_data, X509* signer);

}  // namespace crypto::openssl
