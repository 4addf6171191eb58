#pragma once
// RSA keys that no chip may have.

#include "pki/asn1/tlv.h"
#include "smartcard/lds/lds.h"

namespace signing_test {

// EF.DG15 with a number of so many octets, all `octet`, as modulus (RFC 3279 §2.3.1). With exponent 1 whoever sees a
// challenge can answer it.
inline base::Bytes rsa_dg15(std::size_t octets, std::uint8_t octet, std::int64_t exponent) {
  asn1::TlvWriter numbers, algorithm, key;
  numbers.unsigned_integer(base::Bytes(octets, octet)).integer(exponent);
  algorithm.oid(asn1::oid::kRsaEncryption).null();
  key.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(numbers).view());
  return lds::encode_dg15(asn1::TlvWriter{}.sequence(key).view());
}

}  // namespace signing_test
