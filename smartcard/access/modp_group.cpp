#include "smartcard/access/modp_group.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;
using ContextPtr = std::unique_ptr<BN_CTX, openssl::FreeWith<BN_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, openssl::FreeWith<BN_clear_free>>;

constexpr std::array kNames{"dh_1024_160", "dh_2048_224", "dh_2048_256"};

void must(bool done) {
  base::ensure(done, "OpenSSL computes in a standardized MODP group");
}

NumberPtr number(ByteView octets) {
  NumberPtr out(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  must(out != nullptr);
  BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

class ModpGroup final : public DomainParameters {
 public:
  explicit ModpGroup(const char* name) {
    std::string text(name);
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, text.data(), 0),
                                OSSL_PARAM_construct_end()};
    const openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "DHX", nullptr));
    EVP_PKEY* key = nullptr;
    auto list = parameters;
    must(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
         EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEY_PARAMETERS, list.data()) == 1);
    const openssl::PkeyPtr owner(key);
    p_ = value(key, OSSL_PKEY_PARAM_FFC_P);
    q_ = value(key, OSSL_PKEY_PARAM_FFC_Q);
    g_ = value(key, OSSL_PKEY_PARAM_FFC_G);
  }
  lds::Agreement agreement() const override { return lds::Agreement::Dh; }
  Bytes generator() const override { return octets(g_); }
  bool is_element(ByteView element) const override {
    if (element.size() != static_cast<std::size_t>(BN_num_bytes(p_.get()))) return false;
    const NumberPtr y = number(element);
    const NumberPtr last(BN_dup(p_.get()));
    must(last && BN_sub_word(last.get(), 1) == 1);
    if (BN_cmp(y.get(), BN_value_one()) <= 0 || BN_cmp(y.get(), last.get()) >= 0) return false;
    return BN_is_one(power(y, q_).get()) == 1;
  }
  Bytes multiply(ByteView scalar, ByteView element) const override {
    return unless_neutral(power(number(element), number(scalar)));
  }
  Bytes combine(ByteView a, ByteView b) const override {
    const ContextPtr context(BN_CTX_new());
    NumberPtr out(BN_new());
    must(context && out && BN_mod_mul(out.get(), number(a).get(), number(b).get(), p_.get(), context.get()) == 1);
    return unless_neutral(out);
  }
  // App. B.1: R_p^((p - 1) / q)
  std::optional<Bytes> map_to_element(ByteView pseudo_random) const override {
    const ContextPtr context(BN_CTX_new());
    const NumberPtr exponent(BN_dup(p_.get()));
    NumberPtr base_number(BN_new());
    must(context && exponent && base_number && BN_sub_word(exponent.get(), 1) == 1 &&
         BN_div(exponent.get(), nullptr, exponent.get(), q_.get(), context.get()) == 1 &&
         BN_mod(base_number.get(), number(pseudo_random).get(), p_.get(), context.get()) == 1);
    const Bytes out = octets(power(base_number, exponent));
    if (!is_element(out)) return std::nullopt;
    return out;
  }
  Bytes shared_secret(ByteView element) const override { return {element.begin(), element.end()}; }
  Bytes compress(ByteView element) const override { return openssl::digest(openssl::Hash::Sha1, element); }
  std::size_t field_bits() const override { return static_cast<std::size_t>(BN_num_bits(p_.get())); }
  bool has_values(ByteView p, ByteView g) const {
    return BN_cmp(number(p).get(), p_.get()) == 0 && BN_cmp(number(g).get(), g_.get()) == 0;
  }

 private:
  static NumberPtr value(EVP_PKEY* key, const char* name) {
    BIGNUM* out = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &out) == 1);
    return NumberPtr(out);
  }
  NumberPtr power(const NumberPtr& x, const NumberPtr& exponent) const {
    const ContextPtr context(BN_CTX_secure_new());
    NumberPtr out(BN_new());
    must(context && out &&
         BN_mod_exp_mont_consttime(out.get(), x.get(), exponent.get(), p_.get(), context.get(), nullptr) == 1);
    return out;
  }
  Bytes octets(const NumberPtr& x) const {
    Bytes out(static_cast<std::size_t>(BN_num_bytes(p_.get())));
    must(BN_bn2binpad(x.get(), out.data(), static_cast<int>(out.size())) >= 0);
    return out;
  }
  Bytes unless_neutral(const NumberPtr& x) const {
    return BN_is_one(x.get()) == 1 || BN_is_zero(x.get()) == 1 ? Bytes{} : octets(x);
  }
  Bytes order() const override {
    Bytes out(static_cast<std::size_t>(BN_num_bytes(q_.get())));
    BN_bn2bin(q_.get(), out.data());
    return out;
  }

  NumberPtr p_, q_, g_;
};

}  // namespace

std::unique_ptr<DomainParameters> modp_group(std::int64_t id) {
  if (id < 0 || id >= static_cast<std::int64_t>(kNames.size())) return nullptr;
  return std::make_unique<ModpGroup>(kNames.at(static_cast<std::size_t>(id)));
}

std::optional<std::int64_t> modp_group_with(base::ByteView p, base::ByteView g) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (ModpGroup(kNames.at(i)).has_values(p, g)) return static_cast<std::int64_t>(i);
  }
  return std::nullopt;
}

}  // namespace chip_access
