// The key files, read back by our own loader and by OpenSSL, the other library.

#include "pki/keystore/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/keystore/pkcs8_rounds.h"
#include "pki/x509/format/public_key.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

using keystore::Curve;
using test::TemporaryFolder;

constexpr std::size_t kFewRounds = 1000;

base::Secret password() {
  return base::Secret(base::bytes_of("a password for tests"));
}

class EveryCurve : public testing::TestWithParam<Curve> {};

TEST_P(EveryCurve, SignaturesStandForTheOtherLibrary) {
  base::SeededRandom random(1);
  const auto key = keystore::generate(GetParam(), random);
  const auto pkey = crypto::openssl::parse_public_key(key->public_key_explicit());
  ASSERT_TRUE(pkey);
  EXPECT_TRUE(crypto::openssl::has_standard_parameters(pkey.get()));
  for (const auto hash :
       {crypto::openssl::Hash::Sha256, crypto::openssl::Hash::Sha384, crypto::openssl::Hash::Sha512}) {
    base::Bytes digest = crypto::openssl::digest(hash, base::view_of("some text"));
    const base::Bytes signature = key->sign_digest(digest);
    EXPECT_EQ(signature.size(), 2 * keystore::order_size(GetParam()));
    EXPECT_TRUE(crypto::openssl::verify_ecdsa_plain(pkey.get(), digest, signature));
    EXPECT_EQ(signature, key->sign_digest(digest)) << "RFC 6979: the same digest gives the same signature";
    digest[0] ^= 1;
    EXPECT_FALSE(crypto::openssl::verify_ecdsa_plain(pkey.get(), digest, signature));
  }
}

TEST_P(EveryCurve, AFileGivesTheSameKeyBackWithBothEncodings) {
  const TemporaryFolder folder;
  base::SeededRandom random(2);
  keystore::detail::generate_into_file(GetParam(), folder / "a.key", password(), random, kFewRounds);
  base::SeededRandom same(2);
  const auto made = keystore::generate(GetParam(), same);
  const auto loaded = keystore::load_file(folder / "a.key", password());
  EXPECT_EQ(loaded->curve(), GetParam());
  EXPECT_EQ(loaded->public_key_named(), made->public_key_named());
  EXPECT_EQ(loaded->public_key_explicit(), made->public_key_explicit());
  EXPECT_GT(loaded->public_key_explicit().size(), loaded->public_key_named().size() + 100);
}

TEST_P(EveryCurve, AKeyIsOfItsCurveByNameAndByValuesAndOfNoneWhenAValueIsAnother) {
  base::SeededRandom random(4);
  const auto key = keystore::generate(GetParam(), random);
  EXPECT_EQ(keystore::kind_of_public_key(key->public_key_named()), GetParam());
  const base::Bytes written_out = key->public_key_explicit();
  EXPECT_EQ(keystore::kind_of_public_key(written_out), GetParam());
  const base::Bytes generator = x509::format::parse_public_key_info(written_out).base_point;
  base::Bytes other = written_out;
  const auto at = std::search(other.begin(), other.end(), generator.begin(), generator.end());
  ASSERT_NE(at, other.end());
  at[static_cast<std::ptrdiff_t>(generator.size()) - 1] ^= 1;
  EXPECT_EQ(keystore::kind_of_public_key(other), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(KeystoreTest, EveryCurve,
                         testing::Values(Curve::P256, Curve::P384, Curve::P521, Curve::BrainpoolP256r1,
                                         Curve::BrainpoolP384r1, Curve::BrainpoolP512r1));

// RSASSA-PSS (RFC 8017 §8.1) as OpenSSL reads it, with the salt as long as the digest.
TEST(KeystoreTest, RsaKeysSignWithPss) {
  const TemporaryFolder folder;
  base::SeededRandom random(21);
  keystore::detail::generate_into_file(keystore::KeyKind::Rsa3072, folder / "rsa.key", password(), random, kFewRounds);
  const auto key = keystore::open(folder / "rsa.key", password());
  EXPECT_EQ(key->kind(), keystore::KeyKind::Rsa3072);
  EXPECT_EQ(key->public_key_named(), key->public_key_explicit());
  const auto pkey = crypto::openssl::parse_public_key(key->public_key_named());
  for (const auto hash :
       {crypto::openssl::Hash::Sha256, crypto::openssl::Hash::Sha384, crypto::openssl::Hash::Sha512}) {
    base::Bytes digest = crypto::openssl::digest(hash, base::view_of("some text"));
    const base::Bytes signature = key->sign_digest(digest);
    EXPECT_EQ(signature.size(), keystore::signature_size(key->kind()));
    EXPECT_TRUE(crypto::openssl::verify_rsa_pss(pkey.get(), digest, signature));
    digest[0] ^= 1;
    EXPECT_FALSE(crypto::openssl::verify_rsa_pss(pkey.get(), digest, signature));
  }
}

TEST(KeystoreTest, AKindIsCalledByOneName) {
  for (const char* const name :
       {"P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "RSA-3072", "RSA-4096"}) {
    const auto kind = keystore::kind_from_name(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(keystore::kind_name(*kind), name);
  }
  EXPECT_FALSE(keystore::kind_from_name("RSA-2048"));
}

// Signs, but with a bit of its own.
class BentKey final : public keystore::SigningKey {
 public:
  explicit BentKey(std::unique_ptr<keystore::SigningKey> honest) : honest_(std::move(honest)) {}
  keystore::KeyKind kind() const override { return honest_->kind(); }
  base::Bytes public_key_named() const override { return honest_->public_key_named(); }
  base::Bytes public_key_explicit() const override { return honest_->public_key_explicit(); }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    base::Bytes signature = honest_->sign_unverified(digest);
    signature.back() ^= 0x01;
    return signature;
  }

 private:
  std::unique_ptr<keystore::SigningKey> honest_;
};

TEST(KeystoreTest, ASignatureThatTheOtherLibraryDeniesNeverLeaves) {
  base::SeededRandom random(22);
  const BentKey key(keystore::generate(Curve::P384, random));
  try {
    key.sign_digest(crypto::openssl::sha256(base::view_of("some text")));
    FAIL() << "it left";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
  }
}

// ECParameters (RFC 3279 §2.3.5) in our SubjectPublicKeyInfo, value by value against the published curve.
void expect_parameters(const base::Bytes& spki, const nlohmann::json& curve) {
  asn1::TlvReader outer(spki);
  asn1::TlvReader info(outer.need(0x30));
  asn1::TlvReader algorithm(info.need(0x30));
  EXPECT_EQ(asn1::read_oid(algorithm.need(0x06)), asn1::Oid("1.2.840.10045.2.1"));
  asn1::TlvReader parameters(algorithm.need(0x30));
  algorithm.end();
  EXPECT_EQ(asn1::read_integer(parameters.need(0x02)), 1);
  asn1::TlvReader field(parameters.need(0x30));
  EXPECT_EQ(asn1::read_oid(field.need(0x06)), asn1::Oid("1.2.840.10045.1.1"));
  EXPECT_EQ(base::to_hex(asn1::read_unsigned_integer(field.need(0x02))), curve["p"]);
  asn1::TlvReader coefficients(parameters.need(0x30));
  EXPECT_EQ(base::to_hex(coefficients.need(0x04)), curve["a"]);
  EXPECT_EQ(base::to_hex(coefficients.need(0x04)), curve["b"]);
  coefficients.end();  // no seed
  const std::string generator = "04" + curve["gx"].get<std::string>() + curve["gy"].get<std::string>();
  EXPECT_EQ(base::to_hex(parameters.need(0x04)), generator);
  EXPECT_EQ(base::to_hex(asn1::read_unsigned_integer(parameters.need(0x02))), curve["n"]);
  EXPECT_EQ(asn1::read_integer(parameters.need(0x02)), curve["h"].get<int>());
  parameters.end();
}

TEST(KeystoreTest, ExplicitParametersAreThePublishedCurves) {
  const auto published = vectors::load("domain_params.json");
  base::SeededRandom random(3);
  const std::map<int, Curve> ours{{12, Curve::P256},
                                  {13, Curve::BrainpoolP256r1},
                                  {15, Curve::P384},
                                  {16, Curve::BrainpoolP384r1},
                                  {17, Curve::BrainpoolP512r1},
                                  {18, Curve::P521}};
  std::size_t seen = 0;
  for (const auto& curve : published["ec"]) {
    const auto found = ours.find(curve["id"].get<int>());
    if (found == ours.end()) continue;
    SCOPED_TRACE(curve["name"].get<std::string>());
    expect_parameters(keystore::generate(found->second, random)->public_key_explicit(), curve);
    ++seen;
  }
  EXPECT_EQ(seen, ours.size());
}

TEST(KeystoreTest, TheShippedFileIsReadByOpenSslAndOnlyByItsOwner) {
  const TemporaryFolder folder;
  base::SeededRandom random(4);
  keystore::generate_into_file(Curve::BrainpoolP384r1, folder / "ds.key", password(), random);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "ds.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  const std::string pem = base::read_text_file(folder / "ds.key", "reading back");
  const crypto::openssl::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::string secret = "a password for tests";
  const crypto::openssl::PkeyPtr read(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, secret.data()));
  ASSERT_TRUE(read) << crypto::openssl::drain_errors();
  const auto ours =
      crypto::openssl::parse_public_key(keystore::load_file(folder / "ds.key", password())->public_key_named());
  EXPECT_EQ(EVP_PKEY_eq(read.get(), ours.get()), 1);
}

// EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC 8018 §A.4), to the last parameter.
TEST(KeystoreTest, TheShippedFileIsPbes2WithAes256AndSixHundredThousandRounds) {
  const TemporaryFolder folder;
  base::SeededRandom random(5);
  keystore::detail::generate_into_file(Curve::P256, folder / "a.key", password(), random, base::kShippedPasswordRounds);
  const base::Bytes der = test::pem_content(base::read_text_file(folder / "a.key", "reading back"));
  asn1::TlvReader outer(der);
  asn1::TlvReader info(outer.need(0x30));
  asn1::TlvReader algorithm(info.need(0x30));
  EXPECT_EQ(asn1::read_oid(algorithm.need(0x06)), asn1::Oid("1.2.840.113549.1.5.13"));  // PBES2
  asn1::TlvReader pbes2(algorithm.need(0x30));
  asn1::TlvReader kdf(pbes2.need(0x30));
  EXPECT_EQ(asn1::read_oid(kdf.need(0x06)), asn1::Oid("1.2.840.113549.1.5.12"));  // PBKDF2
  asn1::TlvReader kdf_parameters(kdf.need(0x30));
  EXPECT_GE(kdf_parameters.need(0x04).size(), 8U);  // salt
  EXPECT_EQ(asn1::read_integer(kdf_parameters.need(0x02)), 600'000);
  EXPECT_EQ(asn1::read_integer(kdf_parameters.maybe(0x02).value_or(base::ByteView{})), 32);
  asn1::TlvReader prf(kdf_parameters.need(0x30));
  EXPECT_EQ(asn1::read_oid(prf.need(0x06)), asn1::Oid("1.2.840.113549.2.9"));  // hmacWithSHA256
  asn1::TlvReader cipher(pbes2.need(0x30));
  EXPECT_EQ(asn1::read_oid(cipher.need(0x06)), asn1::Oid("2.16.840.1.101.3.4.1.42"));  // aes256-CBC
}

// A key that OpenSSL wrote, with explicit parameters or named, opens here; so does its DER form.
TEST(KeystoreTest, KeysWrittenByOpenSslOpen) {
  const TemporaryFolder folder;
  for (const bool explicit_parameters : {false, true}) {
    const base::Bytes der = test::openssl_encrypted_key("brainpoolP384r1", explicit_parameters, "a password for tests");
    base::write_new_file(folder / (explicit_parameters ? "e.key" : "n.key"), der, "writing");
    const auto key = keystore::load_file(folder / (explicit_parameters ? "e.key" : "n.key"), password());
    EXPECT_EQ(key->curve(), Curve::BrainpoolP384r1);
  }
}

void expect_refused(const std::filesystem::path& file, const base::Secret& with, const std::string& part) {
  try {
    keystore::load_file(file, with);
    FAIL() << "opened " << file;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.seen(), testing::HasSubstr(part));
  }
}

TEST(KeystoreTest, AWrongPasswordIsOneClearLine) {
  const TemporaryFolder folder;
  base::SeededRandom random(6);
  keystore::detail::generate_into_file(Curve::P256, folder / "a.key", password(), random, kFewRounds);
  for (int i = 0; i < 40; ++i) {  // a wrong key leaves good padding once in 256 tries
    const base::Secret wrong(base::bytes_of("not it " + std::to_string(i)));
    expect_refused(folder / "a.key", wrong, "password is wrong");
  }
}

TEST(KeystoreTest, RefusesWhatIsNoEncryptedKeyOfOurs) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, base::ByteView content) {
    base::write_new_file(folder / name, content, "writing");
    return folder / name;
  };
  expect_refused(write("empty", {}), password(), "no encrypted PKCS#8");
  expect_refused(write("text", base::view_of("hello")), password(), "no encrypted PKCS#8");
  expect_refused(folder / "absent", password(), "No such file");
  expect_refused(write("plain", base::view_of(test::openssl_plain_key_pem("P-256"))), password(), "PRIVATE KEY");
  expect_refused(write("p224", test::openssl_encrypted_key("P-224", false, "a password for tests")), password(),
                 "curve");

  base::SeededRandom random(7);
  keystore::detail::generate_into_file(Curve::P256, folder / "good", password(), random, kFewRounds);
  base::Bytes der = test::pem_content(base::read_text_file(folder / "good", "reading back"));
  for (std::size_t cut = 0; cut < der.size(); cut += 7) {
    expect_refused(write(("cut" + std::to_string(cut)).c_str(), base::ByteView(der).first(cut)), password(),
                   "no encrypted PKCS#8");
  }
}

TEST(KeystoreTest, RefusesToOverwriteAKey) {
  const TemporaryFolder folder;
  base::SeededRandom random(8);
  base::write_new_file(folder / "a.key", base::view_of("precious"), "writing");
  EXPECT_THROW(keystore::detail::generate_into_file(Curve::P256, folder / "a.key", password(), random, kFewRounds),
               base::Error);
  EXPECT_EQ(base::read_text_file(folder / "a.key", "reading back"), "precious");
}

// RFC 6979 §A.2.5, ECDSA over P-256 with SHA-256, messages "sample" and "test".
TEST(KeystoreTest, SignsAsRfc6979Shows) {
  const TemporaryFolder folder;
  const base::Bytes secret = base::hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
  base::write_new_file(folder / "rfc.key", test::encrypted_key_of("P-256", secret, "a password for tests"), "writing");
  const auto key = keystore::load_file(folder / "rfc.key", password());
  EXPECT_EQ(base::to_hex(key->sign_digest(crypto::openssl::sha256(base::view_of("sample")))),
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
  EXPECT_EQ(base::to_hex(key->sign_digest(crypto::openssl::sha256(base::view_of("test")))),
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
            "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083");
}

// Another implementation's deterministic signatures, on a NIST and on a Brainpool curve.
TEST(KeystoreTest, SignsTheSyntheticDocumentsAsTheirMakerDid) {
  const TemporaryFolder folder;
  const auto keys = vectors::load("sod.json")["private_keys"];
  for (const auto& [signer, file] : {std::pair{"ds1", "synth/EF_SOD_ok_p256_sha256.bin"},
                                     std::pair{"ds2", "synth/EF_SOD_ok_brainpool_explicit.bin"}}) {
    SCOPED_TRACE(file);
    const std::string curve = keys[signer]["curve"];
    const base::Bytes encrypted =
        test::encrypted_key_of(curve.c_str(), vectors::hex(keys[signer]["private"]), "a password for tests");
    base::write_new_file(folder / signer, encrypted, "writing");
    const auto key = keystore::load_file(folder / signer, password());
    const test::SodParts sod = test::parts_of_sod(vectors::load_binary(file));
    const base::Bytes ours = key->sign_digest(crypto::openssl::sha256(sod.attributes));
    EXPECT_EQ(x509::format::ecdsa_signature(ours), sod.signature);
    EXPECT_EQ(x509::format::plain_signature(sod.signature, 32), ours);
  }
}

}  // namespace
