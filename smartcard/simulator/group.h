#pragma once
// The standardized domain parameters of PACE and Chip Authentication (ICAO Doc 9303-11 §9.5.1: DH 0-2, EC 8-18) on
// Botan, and what the chip computes in them. Elements are as they travel: 04 ‖ x ‖ y with coordinates as long as the
// field, or a number as long as the prime; private numbers are as long as the order.

#include <cstdint>
#include <memory>
#include <optional>

#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace simulator {

class Group {
 public:
  // nullptr: no such set.
  static std::unique_ptr<Group> standardized(std::uint8_t id);
  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  virtual ~Group() = default;

  virtual bool elliptic() const = 0;
  asn1::Tag key_tag() const { return elliptic() ? 0x86 : 0x84; }  // in a public key data object (TR-03110-3 D.3)
  virtual base::Bytes generator() const = 0;
  // From 1 to the order less 1; draws as many octets as the order has, again when they do not fit.
  virtual base::Secret random_number(base::Random& random) const = 0;
  // Of the right form and size, on the curve or in the subgroup, and not the neutral element.
  virtual bool is_public_key(base::ByteView element) const = 0;

  // number · element. The element must be a public key; randomness blinds. Empty: the neutral element.
  virtual base::Bytes multiply(base::ByteView element, base::ByteView number, base::Random& random) const = 0;
  // a + b, or their product. Empty: the neutral element.
  virtual base::Bytes combine(base::ByteView a, base::ByteView b) const = 0;
  // What the key derivation takes of a shared element: x, or all of it.
  virtual base::Bytes secret_of(base::ByteView element) const = 0;
  // TR-03110-3 A.2.2.3: x, or SHA-1 of the element.
  virtual base::Bytes compressed(base::ByteView element) const = 0;
  // a / b modulo the order, for the chip authentication mapping (9303-11 §4.4.3.5.2).
  virtual base::Bytes quotient(base::ByteView a, base::ByteView b) const = 0;
  // The integrated mapping's f_G (9303-11 §4.4.3.3.1, §4.4.3.4): pseudo-random octets to a generator; nullopt: there is
  // none for these octets, or the set has no such mapping.
  virtual std::optional<base::Bytes> map(base::ByteView pseudo_random) const = 0;
  virtual std::size_t prime_bits() const = 0;
  // SubjectPublicKeyInfo (DER), EC with a named curve.
  virtual base::Bytes public_key_info(base::ByteView element) const = 0;
};

std::unique_ptr<Group> elliptic_group(std::uint8_t id);  // 8-18
std::unique_ptr<Group> modular_group(std::uint8_t id);   // 0-2

// The name of the curve with this prime in Botan; nullptr: none of 8-18.
const char* curve_name_of_prime(base::ByteView prime);

}  // namespace simulator
