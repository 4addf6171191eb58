#pragma once
// A Secure Channel key set, what is said about it without showing it, and how keys and other secrets are sent to a card
// inside a session.

#include <cstdint>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace globalplatform {

// Static keys, all of one length: of SCP03 AES keys of 16, 24 or 32 bytes (GPCS v2.3 Amendment D §4.1.1), of SCP02
// two-key 3DES keys of 16 bytes (GPCS v2.3 table E-3).
struct KeySet {
  base::Secret enc, mac, dek;
};

// The cipher that a security domain's keys are for.
enum class KeyKind : std::uint8_t { Aes, TripleDes };

// Key check value (GPCS v2.3 §B.6): the first three bytes of the cipher over one block, of octets 01 with AES, of zeros
// with 3DES.
base::Bytes key_check_value(KeyKind kind, const base::Secret& key);

inline constexpr std::size_t kTripleDesKeySize = 16;  // bytes

// Whether a 3DES key of 16 bytes is no stronger than single DES: both halves are one key, the parity bits aside.
bool is_single_des(const base::Secret& key);

// The key under which a session sends other keys, and what stays secret beyond the channel.
class DataKey {
 public:
  // SCP03: the static data encryption key itself, AES-CBC with a zero vector (Amendment D §4.1.1, §6.2.8).
  static DataKey of_scp03(const base::Secret& static_dek) { return {KeyKind::Aes, static_dek}; }
  // SCP02: a session key made of it, 3DES in ECB mode (GPCS v2.3 §E.4.7).
  static DataKey of_scp02(const base::Secret& session_dek) { return {KeyKind::TripleDes, session_dek}; }

  KeyKind kind() const { return kind_; }
  // A key stays as it is, one of 24 bytes filled up with zeros (its length is told beside it); anything else is padded
  // with 80 00* first.
  base::Bytes encrypt_key(const base::Secret& key) const;
  base::Bytes encrypt(base::ByteView data) const;
  // The data field of PUT KEY 80 D8 <old version> 81 (GPCS v2.3 §11.8.2, Amendment D §7.2): three keys of this kind
  // with their check values.
  base::Bytes put_key_data(std::uint8_t new_version, const KeySet& new_keys) const;

 private:
  DataKey(KeyKind kind, const base::Secret& key) : kind_(kind), key_(base::Secret::copy_of(key.reveal())) {}
  base::Bytes encrypt_blocks(base::ByteView blocks) const;

  KeyKind kind_;
  base::Secret key_;
};

// What the card answers to PUT KEY when it took exactly these keys: version ‖ three check values.
base::Bytes put_key_answer(KeyKind kind, std::uint8_t new_version, const KeySet& new_keys);

}  // namespace globalplatform
