#pragma once
// What PACE, Chip and Terminal Authentication have in common on the wire.

#include <optional>
#include <string>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/secure_messaging/keys.h"
#include "smartcard/transport/channel.h"

namespace chip_access {

secure_messaging::Cipher session_cipher(lds::Cipher cipher);

// GENERAL AUTHENTICATE 00 86 00 00 Lc 7C { objects } 00 (ISO 7816-4 §11.5.5); `more`: a link of the chain, CLA 10.
// longest_answer: octets that a good answer may have; over 256 the command asks for them with an extended Le.
// Throws Error{AskOperator} when that needs extended length and the reader has none.
apdu::Response general_authenticate(transport::Channel& channel, base::ByteView objects, bool more,
                                    std::size_t longest_answer);
// The content of the answer's 7C; of an answer without data nothing, as some chips give it for an empty 7C. Throws
// asn1::Malformed.
base::ByteView dynamic_data(base::ByteView answer);

// Chip authentication with AES: MSE:Set AT 00 22 41 A4 Lc 80 protocol [84 key id], then GENERAL AUTHENTICATE
// 7C { 80 terminal_key } (9303-11 §6.2.3.2; TR-03110-3 B.2.2). The content of the answer's 7C; nullopt: the chip does
// not agree, and `why` is the sentence.
std::optional<base::Bytes> send_terminal_key(transport::Channel& secured, const asn1::Oid& protocol,
                                             std::optional<std::int64_t> key_id, base::ByteView terminal_key,
                                             std::string& why);

// 7F49 { 06 protocol, 86 | 84 public key }, the input of an authentication token (9303-11 §4.4.3.4), and its MAC.
base::Bytes authentication_token(secure_messaging::Cipher cipher, base::ByteView mac_key, const asn1::Oid& protocol,
                                 lds::Agreement agreement, base::ByteView public_key);

// A command whose data may be long: as it stands where the reader carries it, else, or when the chip answers 6700, in a
// chain (ISO 7816-4 §5.3.3).
apdu::Response transmit_long(transport::Channel& channel, const apdu::Command& command);

// An unsigned number in as few octets as it needs.
base::Bytes shortest(std::int64_t number);

}  // namespace chip_access
