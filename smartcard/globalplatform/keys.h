#pragma once
// A Secure Channel key set and what is said about it without showing it.

#include <cstdint>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace globalplatform {

// SCP03 static keys (GPCS v2.3 Amendment D §4.1.1): AES keys of 16, 24 or 32 bytes, all of one length.
struct KeySet {
  base::Secret enc, mac, dek;
};

// Key check value of an AES key: the first three bytes of AES over sixteen octets 01 (GPCS v2.3 §B.6).
base::Bytes key_check_value(const base::Secret& key);

// Data encrypted with the static data encryption key: AES-CBC with a zero vector (Amendment D §4.1.1, §6.2.8).
// A key stays as it is, one of 24 bytes filled up with zeros (its length is told beside it); anything else is padded
// with 80 00* first.
base::Bytes encrypt_key_with_dek(const base::Secret& dek, const base::Secret& key);
base::Bytes encrypt_with_dek(const base::Secret& dek, base::ByteView data);

// The data field of PUT KEY 80 D8 <old version> 81 (GPCS v2.3 §11.8.2, Amendment D §7.2): three AES keys with their
// check values under the current DEK.
base::Bytes put_key_data(std::uint8_t new_version, const KeySet& new_keys, const base::Secret& current_dek);
// What the card answers when it took exactly these keys: version ‖ three check values.
base::Bytes put_key_answer(std::uint8_t new_version, const KeySet& new_keys);

}  // namespace globalplatform
