#pragma once
// A symmetric key that travels in components: each custodian brings one, with its check value, and none of them knows
// the key, which is the exclusive or of all.

#include <span>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace keystore {

// GlobalPlatform Amendment D §4.1.4: the first three octets of AES(key, 16 × 01).
base::Bytes key_check_value(const base::Secret& aes_key);

// One component as its custodian types it: hexadecimal of 16, 24 or 32 octets, a blank, its check value in six digits.
// who: names it in messages. Error{FixConfiguration} when it is none, or its check value is another.
base::Secret read_component(const base::Secret& line, const std::string& who);

// At least two, of one length, none twice; the sum has this check value. Error{FixConfiguration}.
base::Secret combine_components(std::span<const base::Secret> components, base::ByteView check_value);

}  // namespace keystore
