#pragma once
// What the tests of the issuing side share: a folder that goes away, and keys made by OpenSSL.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/keystore/signing_key.h"

namespace test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The octets inside one PEM block, whatever its label.
base::Bytes pem_content(const std::string& pem);

// New keys by OpenSSL: encrypted PKCS#8 as DER (PBES2, AES-256-CBC), and unencrypted PKCS#8 as PEM.
base::Bytes openssl_encrypted_key(const char* curve, bool explicit_parameters, const std::string& password);
std::string openssl_plain_key_pem(const char* curve);
// The same for a private number that is known (vectors).
base::Bytes encrypted_key_of(const char* curve, base::ByteView private_number, const std::string& password);

// A test PKI, the same in every run: CSCA and document signer, made by pki/x509/issue with the shipped profile.
struct TestPki {
  base::Bytes csca, signer;  // certificates, DER
  std::unique_ptr<keystore::SigningKey> csca_key, signer_key;
};
TestPki make_pki(base::Moment now, std::uint64_t seed = 1);

// The second witness of sod::issue::sign: OpenSSL judges the file up to this CSCA, and it lists exactly these hashes.
std::function<bool(base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes)> openssl_witness(
    const base::Bytes& csca, base::Moment now);

// What is signed in an EF.SOD, walked to by hand.
struct SodParts {
  base::Bytes content;     // LDSSecurityObject, DER
  base::Bytes attributes;  // the signed attributes as SET
  base::Bytes signature;   // the OCTET STRING's content
};
SodParts parts_of_sod(base::ByteView ef_sod);

}  // namespace test
