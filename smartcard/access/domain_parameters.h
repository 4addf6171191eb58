#pragma once
// The standardized domain parameters (ICAO Doc 9303-11 §9.5.1) with the arithmetic that PACE and Chip Authentication
// need, by OpenSSL. Elements are octets as they travel: 04 ‖ x ‖ y of a curve, a number as long as p of a MODP group.

#include <memory>
#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/lds/security_infos.h"

namespace chip_access {

class DomainParameters {
 public:
  // nullptr for a number that names none: 0-2 MODP, 8-18 curves.
  static std::unique_ptr<DomainParameters> standardized(std::int64_t id);
  virtual ~DomainParameters();

  virtual lds::Agreement agreement() const = 0;
  virtual base::Bytes generator() const = 0;
  // Right length, on the curve and not infinity; of a MODP group: between 2 and p - 2 and of order q.
  virtual bool is_element(base::ByteView element) const = 0;
  // k·P or y^k; empty when the result is neutral. element: is_element() holds.
  virtual base::Bytes multiply(base::ByteView scalar, base::ByteView element) const = 0;
  // P + Q or x·y; empty when neutral.
  virtual base::Bytes combine(base::ByteView a, base::ByteView b) const = 0;
  // §4.4.3.3.2: the element that a pseudo-random number means; nullopt where there is none (the curve's p is 1 mod 4,
  // or the number is one of the few that lead nowhere).
  virtual std::optional<base::Bytes> map_to_element(base::ByteView pseudo_random) const = 0;
  // The secret of a key agreement: x, or the element itself.
  virtual base::Bytes shared_secret(base::ByteView element) const = 0;
  // Comp() of §7.1.2: x, or SHA-1 of the number.
  virtual base::Bytes compress(base::ByteView element) const = 0;
  virtual std::size_t field_bits() const = 0;

  // 1 … order - 1, as long as the order: drawn anew until it lies there.
  base::Secret draw_private_key(base::Random& random) const;
  base::Bytes multiply_generator(base::ByteView scalar) const { return multiply(scalar, generator()); }

 protected:
  virtual base::Bytes order() const = 0;  // without leading zeros
};

// The public key of a chip as it stands in a SubjectPublicKeyInfo.
struct AgreementKey {
  std::int64_t domain_parameters = 0;
  base::Bytes element;
};
// nullopt: malformed, or parameters that are no standardized set. Whether the element lies there is not looked at.
std::optional<AgreementKey> parse_agreement_key(base::ByteView spki);
// The set that an AlgorithmIdentifier means: by number, by name, or by values that are a standardized set's.
std::optional<std::int64_t> standardized_parameters(base::ByteView algorithm_identifier);

}  // namespace chip_access
