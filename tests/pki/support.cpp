#include "tests/pki/support.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/sod/format/lds_security_object.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/x509/issue/issue.h"

namespace test {

using namespace crypto::openssl;

namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

base::Bytes encrypt(EVP_PKEY* key, const std::string& password) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const int length = static_cast<int>(password.size());
  base::ensure(
      i2d_PKCS8PrivateKey_bio(bio.get(), key, EVP_aes_256_cbc(), password.data(), length, nullptr, nullptr) == 1,
      "OpenSSL encrypts a key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  const auto* const first = reinterpret_cast<const std::uint8_t*>(data);
  return {first, first + size};
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cccd-test-XXXXXX").string();
  base::ensure(::mkdtemp(pattern.data()) != nullptr, "a temporary folder can be made");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

base::Bytes pem_content(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  base::ensure(PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1, "a PEM block was written");
  base::Bytes content(data, data + size);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return content;
}

base::Bytes openssl_encrypted_key(const char* curve, bool explicit_parameters, const std::string& password) {
  const PkeyPtr key(EVP_EC_gen(curve));
  base::ensure(key != nullptr, "OpenSSL knows the curve");
  const char* const encoding = explicit_parameters ? OSSL_PKEY_EC_ENCODING_EXPLICIT : OSSL_PKEY_EC_ENCODING_GROUP;
  base::ensure(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, encoding) == 1,
               "OpenSSL takes the encoding");
  return encrypt(key.get(), password);
}

std::string openssl_plain_key_pem(const char* curve) {
  const PkeyPtr key(EVP_EC_gen(curve));
  const BioPtr bio(BIO_new(BIO_s_mem()));
  base::ensure(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
               "OpenSSL writes a key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

base::Bytes encrypted_key_of(const char* curve, base::ByteView private_number, const std::string& password) {
  const GroupPtr group(
      EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve) != 0 ? OBJ_txt2nid(curve) : EC_curve_nist2nid(curve)));
  const BignumPtr number(BN_bin2bn(private_number.data(), static_cast<int>(private_number.size()), nullptr));
  const PointPtr point(EC_POINT_new(group.get()));
  base::ensure(EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) == 1, "a point is made");
  base::Bytes encoded(200);
  encoded.resize(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                                    encoded.size(), nullptr));
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size());
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  base::ensure(EVP_PKEY_fromdata_init(context.get()) == 1 &&
                   EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) == 1,
               "OpenSSL builds a key from its number");
  const PkeyPtr key(made);
  return encrypt(key.get(), password);
}

namespace {

base::Bytes issue(const x509::format::Body& draft, const x509::issue::LintContext& context,
                  const keystore::SigningKey& issuer) {
  auto linted = x509::issue::lint(draft, context);
  auto* const permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the test PKI keeps its profile");
  return x509::issue::sign(std::move(*permit), issuer);
}

}  // namespace

TestPki make_pki(base::Moment now, std::uint64_t seed) {
  using namespace x509::issue;
  base::SeededRandom random(seed);
  const Profile& profile = shipped_profile();
  const int years = profile.card_validity.longest_years();
  TestPki pki;
  pki.csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
  pki.signer_key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  pki.csca = issue(csca_draft(profile, pki.csca_key->public_key_explicit(), random_serial(random), now, years),
                   {.csca = nullptr, .now = now, .profile = profile}, *pki.csca_key);
  const auto csca = x509::format::parse_certificate(pki.csca);
  pki.signer =
      issue(signer_draft(profile, csca, pki.signer_key->public_key_explicit(), random_serial(random), now, years),
            {.csca = &csca, .now = now, .profile = profile}, *pki.csca_key);
  return pki;
}

std::function<bool(base::ByteView, const std::map<int, base::Bytes>&)> openssl_witness(const base::Bytes& csca,
                                                                                       base::Moment now) {
  const auto trust = std::make_shared<trust::TrustStore>();
  trust->add_anchor(csca, "csca.cer");
  return [trust, now](base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes) {
    const auto judged = sod::judge::passive_authentication(ef_sod, {}, *trust, now);
    return judged.passed() && judged.signed_hashes == hashes;
  };
}

SodParts parts_of_sod(base::ByteView ef_sod) {
  using asn1::TlvReader;
  const auto copy = [](base::ByteView view) { return base::Bytes(view.begin(), view.end()); };
  TlvReader content_info(TlvReader(sod::format::unwrap(ef_sod)).need(0x30));
  content_info.need(0x06);
  TlvReader signed_data(TlvReader(content_info.need(0xA0)).need(0x30));
  signed_data.need(0x02);
  signed_data.need(0x31);
  TlvReader encapsulated(signed_data.need(0x30));
  encapsulated.need(0x06);
  SodParts parts;
  parts.content = copy(TlvReader(encapsulated.need(0xA0)).need(0x04));
  signed_data.maybe(0xA0);
  TlvReader signer_info(TlvReader(signed_data.need(0x31)).need(0x30));
  for (const asn1::Tag tag : {0x02U, 0x30U, 0x30U}) signer_info.need(tag);
  parts.attributes = asn1::TlvWriter{}.put(0x31, signer_info.need(0xA0)).take();
  signer_info.need(0x30);
  parts.signature = copy(signer_info.need(0x04));
  return parts;
}

}  // namespace test
