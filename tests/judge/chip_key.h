#pragma once
// DG15 of a key that a simulated chip holds: the one thing of a sample card that published data cannot give.

#include "pki/asn1/tlv.h"
#include "smartcard/lds/lds.h"
#include "smartcard/simulator/crypto.h"

namespace sample {

inline base::Bytes dg15_of(const simulator::AaKey& key) {
  asn1::TlvWriter numbers, algorithm, spki;
  numbers.unsigned_integer(key.modulus()).unsigned_integer(key.exponent());
  algorithm.oid(asn1::oid::kRsaEncryption).null();
  spki.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(numbers).view());
  return lds::encode_dg15(asn1::TlvWriter{}.sequence(spki).view());
}

}  // namespace sample
