// The files of a TLS connection: what is taken, and what is refused in one clear line.

#include "pki/base/net/tls_identity.h"

#include <gmock/gmock.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "tests/net/tls_world.h"

namespace {

using testing::HasSubstr;

template <class Load>
std::string refusal(Load load) {
  try {
    load();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return "";
}

class TlsFiles : public testing::Test {
 protected:
  void SetUp() override {
    world.client("one");
    world.client("two");
  }
  std::string load(const std::string& certificate, const std::string& key, const char* word = test::kPassword) {
    return refusal([&] {
      net::TlsIdentity::from_files(world.folder() / certificate, world.folder() / key,
                                   base::Secret(base::bytes_of(word)));
    });
  }
  void write(const std::string& name, std::string_view text) {
    base::write_text_file(world.folder() / name, text, "writing");
  }
  std::string read(const std::string& name) { return base::read_text_file(world.folder() / name, "reading"); }

  test::TlsWorld world;
};

TEST_F(TlsFiles, APairIsTakenInPemAndTheCertificateInDer) {
  EXPECT_EQ(load("one.pem", "one.key"), "");
  base::write_file(world.folder() / "one.der",
                   *crypto::openssl::certificate_der(base::read_file(world.folder() / "one.pem", "reading")),
                   "writing");
  EXPECT_EQ(load("one.der", "one.key"), "");
  write("chain.pem", read("one.pem") + read("ca.pem"));
  EXPECT_EQ(load("chain.pem", "one.key"), "");
}

TEST_F(TlsFiles, WhatIsWrongIsNamed) {
  EXPECT_THAT(load("one.pem", "one.key", "other"), HasSubstr("one.key: cannot be opened"));
  EXPECT_THAT(load("one.pem", "two.key"), HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(load("one.key", "one.key"), HasSubstr("holds no X.509 certificate"));
  EXPECT_THAT(load("one.pem", "one.pem"), HasSubstr("is no encrypted PKCS#8 key"));
  EXPECT_THAT(load("none.pem", "one.key"), HasSubstr("none.pem"));
  write("cut.pem", read("one.pem").substr(0, 200));
  EXPECT_THAT(load("cut.pem", "one.key"), HasSubstr("cut.pem: holds no X.509 certificate, or a damaged one"));
  write("half.pem", read("one.pem") + read("ca.pem").substr(0, 200));
  EXPECT_THAT(load("half.pem", "one.key"), HasSubstr("damaged"));
}

// RFC 5958 without encryption, made by `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
TEST_F(TlsFiles, AKeyThatLiesOpenIsRefused) {
  write("open.key",
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
        "-----END PRIVATE KEY-----\n");
  EXPECT_THAT(load("one.pem", "open.key"), HasSubstr("is no encrypted PKCS#8 key"));
}

TEST_F(TlsFiles, AnAuthorityIsAnAuthoritysCertificate) {
  const auto authorities = [&](const std::string& name) {
    return refusal([&] { net::TlsAuthorities::from_file(world.folder() / name); });
  };
  EXPECT_EQ(authorities("ca.pem"), "");
  write("both.pem", read("ca.pem") + read("foreign.pem"));
  EXPECT_EQ(authorities("both.pem"), "");
  EXPECT_THAT(authorities("one.pem"), HasSubstr("no authority"));
  write("empty.pem", "");
  EXPECT_THAT(authorities("empty.pem"), HasSubstr("holds no X.509 certificate"));
}

}  // namespace
