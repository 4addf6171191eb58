// Elliptic curves of the standardized domain parameters.

#include "smartcard/access/curve.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;
using GroupPtr = std::unique_ptr<EC_GROUP, openssl::FreeWith<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, openssl::FreeWith<EC_POINT_clear_free>>;
using ContextPtr = std::unique_ptr<BN_CTX, openssl::FreeWith<BN_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, openssl::FreeWith<BN_clear_free>>;

constexpr std::int64_t kFirst = 8;
constexpr std::array kCurves{NID_X9_62_prime192v1, NID_brainpoolP192r1, NID_secp224r1,       NID_brainpoolP224r1,
                             NID_X9_62_prime256v1, NID_brainpoolP256r1, NID_brainpoolP320r1, NID_secp384r1,
                             NID_brainpoolP384r1,  NID_brainpoolP512r1, NID_secp521r1};

void must(bool done) {
  base::ensure(done, "OpenSSL computes on a standardized curve");
}

NumberPtr number(ByteView octets) {
  NumberPtr out(BN_secure_new());
  must(out && BN_bin2bn(octets.data(), static_cast<int>(octets.size()), out.get()) != nullptr);
  BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

class Curve final : public DomainParameters {
 public:
  explicit Curve(int nid) : group_(EC_GROUP_new_by_curve_name(nid)) {
    must(group_ != nullptr);
    octets_ = (field_bits() + 7) / 8;
  }
  lds::Agreement agreement() const override { return lds::Agreement::Ecdh; }
  Bytes generator() const override { return octets(EC_GROUP_get0_generator(group_.get())); }
  bool is_element(ByteView element) const override { return point(element) != nullptr; }
  Bytes multiply(ByteView scalar, ByteView element) const override {
    const ContextPtr context(BN_CTX_secure_new());
    const PointPtr p = point(element);
    const PointPtr out(EC_POINT_new(group_.get()));
    must(context && p && out &&
         EC_POINT_mul(group_.get(), out.get(), nullptr, p.get(), number(scalar).get(), context.get()) == 1);
    return octets(out.get());
  }
  Bytes combine(ByteView a, ByteView b) const override {
    const PointPtr p = point(a);
    const PointPtr q = point(b);
    const PointPtr out(EC_POINT_new(group_.get()));
    must(p && q && out && EC_POINT_add(group_.get(), out.get(), p.get(), q.get(), nullptr) == 1);
    return octets(out.get());
  }
  std::optional<Bytes> map_to_element(ByteView pseudo_random) const override;
  Bytes shared_secret(ByteView element) const override {
    const ByteView x = element.subspan(1, octets_);
    return {x.begin(), x.end()};
  }
  Bytes compress(ByteView element) const override { return shared_secret(element); }
  std::size_t field_bits() const override { return static_cast<std::size_t>(EC_GROUP_get_degree(group_.get())); }

 private:
  Bytes order() const override {
    const BIGNUM* n = EC_GROUP_get0_order(group_.get());
    Bytes out(static_cast<std::size_t>(BN_num_bytes(n)));
    BN_bn2bin(n, out.data());
    return out;
  }
  // Only 04 ‖ x ‖ y of the field's length; OpenSSL refuses x or y above p and what is not on the curve.
  PointPtr point(ByteView element) const {
    if (element.size() != 1 + 2 * octets_ || element[0] != POINT_CONVERSION_UNCOMPRESSED) return nullptr;
    PointPtr out(EC_POINT_new(group_.get()));
    if (!out || EC_POINT_oct2point(group_.get(), out.get(), element.data(), element.size(), nullptr) != 1 ||
        EC_POINT_is_at_infinity(group_.get(), out.get()) == 1 ||
        EC_POINT_is_on_curve(group_.get(), out.get(), nullptr) != 1) {
      openssl::drain_errors();
      return nullptr;
    }
    return out;
  }
  Bytes octets(const EC_POINT* p) const {
    if (EC_POINT_is_at_infinity(group_.get(), p) == 1) return {};
    Bytes out(1 + 2 * octets_);
    must(EC_POINT_point2oct(group_.get(), p, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(), nullptr) ==
         out.size());
    return out;
  }

  GroupPtr group_;
  std::size_t octets_ = 0;
};

// One number modulo p after another; the operations of Curve::map_to_element by their names in the clause.
class Field {
 public:
  explicit Field(const EC_GROUP* group) : context_(BN_CTX_new()), p_(BN_new()), a_(BN_new()), b_(BN_new()) {
    must(context_ && p_ && a_ && b_ && EC_GROUP_get_curve(group, p_.get(), a_.get(), b_.get(), context_.get()) == 1);
  }
  NumberPtr product(const NumberPtr& x, const NumberPtr& y) const {
    NumberPtr out(BN_new());
    must(out && BN_mod_mul(out.get(), x.get(), y.get(), p_.get(), context_.get()) == 1);
    return out;
  }
  NumberPtr sum(const NumberPtr& x, const NumberPtr& y) const {
    NumberPtr out(BN_new());
    must(out && BN_mod_add(out.get(), x.get(), y.get(), p_.get(), context_.get()) == 1);
    return out;
  }
  NumberPtr negative(const NumberPtr& x) const {
    NumberPtr out(BN_new());
    must(out && BN_mod_sub(out.get(), zero().get(), x.get(), p_.get(), context_.get()) == 1);
    return out;
  }
  NumberPtr inverse(const NumberPtr& x) const {
    NumberPtr out(BN_mod_inverse(nullptr, x.get(), p_.get(), context_.get()));
    must(out != nullptr);
    return out;
  }
  NumberPtr power(const NumberPtr& x, const NumberPtr& exponent) const {
    NumberPtr out(BN_new());
    must(out && BN_mod_exp(out.get(), x.get(), exponent.get(), p_.get(), context_.get()) == 1);
    return out;
  }
  // x^3 + a·x + b
  NumberPtr curve_at(const NumberPtr& x) const { return sum(product(sum(product(x, x), a_), x), b_); }
  static NumberPtr zero() {
    NumberPtr out(BN_new());
    must(out != nullptr);
    return out;
  }
  const NumberPtr& a() const { return a_; }
  const NumberPtr& b() const { return b_; }
  const BIGNUM* p() const { return p_.get(); }

 private:
  ContextPtr context_;
  NumberPtr p_, a_, b_;
};

// ICAO Doc 9303-11 App. B.2 (simplified SWU map for p = 3 mod 4).
std::optional<Bytes> Curve::map_to_element(ByteView pseudo_random) const {
  const Field field(group_.get());
  if (BN_is_bit_set(field.p(), 0) == 0 || BN_is_bit_set(field.p(), 1) == 0) return std::nullopt;
  const ContextPtr context(BN_CTX_new());
  NumberPtr t(BN_new());
  must(context && t && BN_mod(t.get(), number(pseudo_random).get(), field.p(), context.get()) == 1);
  const NumberPtr one = number(Bytes{1});
  const NumberPtr alpha = field.negative(field.product(t, t));
  const NumberPtr denominator = field.sum(alpha, field.product(alpha, alpha));
  if (BN_is_zero(denominator.get()) == 1) return std::nullopt;
  const NumberPtr x2 = field.product(field.product(field.negative(field.b()), field.inverse(field.a())),
                                     field.sum(one, field.inverse(denominator)));
  const NumberPtr x3 = field.product(alpha, x2);
  const NumberPtr h2 = field.curve_at(x2);
  const NumberPtr u = field.product(field.product(field.product(t, t), t), h2);
  // A = h2^(p - 1 - (p + 1) / 4)
  NumberPtr exponent(BN_dup(field.p()));
  must(exponent && BN_add_word(exponent.get(), 1) == 1 && BN_rshift(exponent.get(), exponent.get(), 2) == 1 &&
       BN_sub(exponent.get(), field.p(), exponent.get()) == 1 && BN_sub_word(exponent.get(), 1) == 1);
  const NumberPtr root = field.power(h2, exponent);
  const bool first = BN_is_one(field.product(field.product(root, root), h2).get()) == 1;
  const NumberPtr y = field.product(root, first ? h2 : u);
  Bytes out(1 + 2 * octets_, 0);
  out[0] = POINT_CONVERSION_UNCOMPRESSED;
  const int width = static_cast<int>(octets_);
  must(BN_bn2binpad((first ? x2 : x3).get(), &out[1], width) == width &&
       BN_bn2binpad(y.get(), &out[1 + octets_], width) == width);
  if (!is_element(out)) return std::nullopt;
  return out;
}

}  // namespace

std::unique_ptr<DomainParameters> curve(std::int64_t id) {
  if (id < kFirst || id >= kFirst + static_cast<std::int64_t>(kCurves.size())) return nullptr;
  return std::make_unique<Curve>(kCurves.at(static_cast<std::size_t>(id - kFirst)));
}

std::optional<std::int64_t> curve_with_name(int nid) {
  for (std::size_t i = 0; i < kCurves.size(); ++i) {
    if (kCurves.at(i) == nid) return kFirst + static_cast<std::int64_t>(i);
  }
  return std::nullopt;
}

}  // namespace chip_access
