#include <botan/ec_group.h>
#include <botan/numthry.h>

#include <algorithm>
#include <vector>

#include "pki/base/core/error.h"
#include "smartcard/simulator/chip_random.h"
#include "smartcard/simulator/group.h"

namespace simulator {

namespace {

using Botan::BigInt;

struct Curve {
  std::uint8_t id;
  const char* name;
};
constexpr Curve kCurves[] = {{8, "secp192r1"},       {9, "brainpool192r1"}, {10, "secp224r1"},
                             {11, "brainpool224r1"}, {12, "secp256r1"},     {13, "brainpool256r1"},
                             {14, "brainpool320r1"}, {15, "secp384r1"},     {16, "brainpool384r1"},
                             {17, "brainpool512r1"}, {18, "secp521r1"}};

BigInt number_of(base::ByteView bytes) {
  return BigInt(bytes.data(), bytes.size());
}

base::Bytes octets(const BigInt& number, std::size_t size) {
  base::Bytes bytes(size);
  BigInt::encode_1363(bytes.data(), bytes.size(), number);
  return bytes;
}

class EllipticGroup final : public Group {
 public:
  explicit EllipticGroup(const char* name) : group_(name), field_((group_.get_p_bits() + 7) / 8) {}

  bool elliptic() const override { return true; }
  std::size_t prime_bits() const override { return group_.get_p_bits(); }
  base::Bytes generator() const override { return encode(group_.get_base_point()); }

  base::Secret random_number(base::Random& random) const override {
    const std::size_t size = group_.get_order_bytes();
    const unsigned spare = static_cast<unsigned>(8 * size - group_.get_order_bits());
    for (;;) {
      base::Bytes bytes = random.bytes(size);
      bytes[0] = static_cast<std::uint8_t>(bytes[0] & (0xFFU >> spare));
      const BigInt number = number_of(bytes);
      if (!number.is_zero() && number < group_.get_order()) return base::Secret(std::move(bytes));
    }
  }

  bool is_public_key(base::ByteView element) const override { return decode(element).has_value(); }

  base::Bytes multiply(base::ByteView element, base::ByteView number, base::Random& random) const override {
    const auto point = decode(element);
    base::ensure(point.has_value(), "only a checked public key is multiplied");
    ChipRandom rng(random);
    std::vector<BigInt> workspace;
    return encode(group_.blinded_var_point_multiply(*point, number_of(number), rng, workspace));
  }

  base::Bytes combine(base::ByteView a, base::ByteView b) const override { return encode(*decode(a) + *decode(b)); }

  base::Bytes secret_of(base::ByteView element) const override {
    const base::ByteView x = element.subspan(1, field_);
    return {x.begin(), x.end()};
  }
  base::Bytes compressed(base::ByteView element) const override { return secret_of(element); }

  base::Bytes quotient(base::ByteView a, base::ByteView b) const override {
    const BigInt inverse = group_.inverse_mod_order(number_of(b));
    return octets(group_.multiply_mod_order(number_of(a), inverse), group_.get_order_bytes());
  }

  // Simplified Shallue-van de Woestijne-Ulas in affine coordinates. It needs p = 3 mod 4: not so for P-224.
  std::optional<base::Bytes> map(base::ByteView pseudo_random) const override {
    const BigInt& p = group_.get_p();
    const BigInt& a = group_.get_a();
    const BigInt& b = group_.get_b();
    if (p % 4 != 3) return std::nullopt;
    const BigInt t = number_of(pseudo_random) % p;
    const BigInt alpha = (p - (t * t) % p) % p;
    const BigInt sum = (alpha + alpha * alpha) % p;
    if (sum.is_zero()) return std::nullopt;
    const BigInt x2 = ((p - b) * Botan::inverse_mod(a, p) % p) * ((1 + Botan::inverse_mod(sum, p)) % p) % p;
    const BigInt x3 = alpha * x2 % p;
    const BigInt h2 = (x2 * x2 % p * x2 + a * x2 + b) % p;
    const BigInt u = t * t % p * t % p * h2 % p;
    const BigInt root = Botan::power_mod(h2, p - 1 - (p + 1) / 4, p);
    const bool second = root * root % p * h2 % p == 1;
    const base::Bytes point = base::concat(
        {base::Bytes{0x04}, octets(second ? x2 : x3, field_), octets(root * (second ? h2 : u) % p, field_)});
    if (!is_public_key(point)) return std::nullopt;
    return point;
  }

  base::Bytes public_key_info(base::ByteView element) const override {
    asn1::TlvWriter algorithm;
    algorithm.oid(asn1::Oid{"1.2.840.10045.2.1"}).oid(asn1::Oid{group_.get_curve_oid().to_string()});
    return asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.sequence(algorithm).bit_string(element)).take();
  }

 private:
  base::Bytes encode(const Botan::PointGFp& point) const {
    if (point.is_zero()) return {};
    return point.encode(Botan::PointGFp::UNCOMPRESSED);
  }

  // Uncompressed, coordinates below p, on the curve. All these curves have cofactor 1.
  std::optional<Botan::PointGFp> decode(base::ByteView element) const {
    if (element.size() != 1 + 2 * field_ || element[0] != 0x04) return std::nullopt;
    const BigInt x = number_of(element.subspan(1, field_));
    const BigInt y = number_of(element.subspan(1 + field_));
    if (x >= group_.get_p() || y >= group_.get_p()) return std::nullopt;
    try {
      Botan::PointGFp point = group_.point(x, y);
      if (!point.on_the_curve() || point.is_zero()) return std::nullopt;
      return point;
    } catch (const Botan::Exception&) {
      return std::nullopt;
    }
  }

  Botan::EC_Group group_;
  std::size_t field_;  // octets of a coordinate
};

}  // namespace

std::unique_ptr<Group> elliptic_group(std::uint8_t id) {
  const auto* const found = std::ranges::find(kCurves, id, &Curve::id);
  return found == std::end(kCurves) ? nullptr : std::make_unique<EllipticGroup>(found->name);
}

const char* curve_name_of_prime(base::ByteView prime) {
  for (const Curve& curve : kCurves) {
    if (Botan::EC_Group(curve.name).get_p() == number_of(prime)) return curve.name;
  }
  return nullptr;
}

std::unique_ptr<Group> Group::standardized(std::uint8_t id) {
  return id < 8 ? modular_group(id) : elliptic_group(id);
}

}  // namespace simulator
