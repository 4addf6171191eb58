#pragma once
// Step 2 of PACE: from the nonce and what both sides send, the generator of the key agreement (9303-11 §4.4.3.3).

#include <optional>

#include "pki/base/core/bytes.h"
#include "smartcard/access/domain_parameters.h"
#include "smartcard/secure_messaging/keys.h"

namespace chip_access {

// §4.4.3.3.1: s·G + H. H: the secret element that the mapping keys agree on. Empty when neutral.
base::Bytes map_generic(const DomainParameters& group, base::ByteView nonce, base::ByteView h);

// §4.4.3.3.2: the nonce's length for the cipher, and R_p(s, t) as an element; nullopt where there is none.
std::size_t integrated_nonce_size(secure_messaging::Cipher cipher);
std::optional<base::Bytes> map_integrated(const DomainParameters& group, secure_messaging::Cipher cipher,
                                          base::ByteView chip_nonce, base::ByteView terminal_nonce);

}  // namespace chip_access
