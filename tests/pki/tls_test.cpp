// The authority of TLS and whom it certifies: what stands in the certificates and in the folders, and what is refused.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "pki/admin/show.h"
#include "pki/admin/tls_ceremony.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/issue/tls_certificate.h"
#include "tests/pki/command.h"
#include "tests/pki/support.h"

namespace {

namespace fs = std::filesystem;
namespace issue = x509::issue;
using testing::ElementsAre;
using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  static base::Secret password(const char* text) { return base::Secret(base::bytes_of(text)); }
  admin::TlsCeremony ceremony(const char* folder, const char* word, std::optional<int> days = {}) {
    return {folder_ / folder, password(word), issue::shipped_tls_profile(), days};
  }
  admin::Issued make_authority(std::optional<int> days = {}) {
    return admin::create_tls_authority(ceremony("ca", "one", days), world_);
  }
  admin::Issued certify(const char* folder, const issue::TlsHolder& holder, std::optional<int> days = {}) {
    return admin::issue_tls(ceremony(folder, "two", days), folder_ / "ca", password("one"), holder, world_);
  }
  static issue::TlsHolder server() {
    return {{*issue::server_name_from_text("registry.test"), *issue::server_name_from_text("127.0.0.1"),
             *issue::server_name_from_text("::1")},
            {}};
  }
  int run(std::vector<std::string> words) { return test::run_command(world_, std::move(words)); }
  // The extension's value in what `show` says of a certificate.
  static nlohmann::json extension(const base::Bytes& certificate, const std::string& name) {
    const auto shown = admin::describe(certificate);
    for (const auto& extension : shown["extensions"]) {
      if (extension.value("name", "") == name) return extension["value"];
    }
    return nullptr;
  }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{13};
  admin::World world_{clock_, random_};
};

TEST_F(TlsTest, AnAuthorityCertifiesAndAServerHasItsNames) {
  const base::Bytes authority = make_authority().certificate;
  EXPECT_EQ(extension(authority, "BasicConstraints"), nlohmann::json::parse(R"({"ca":true,"path_length":0})"));
  EXPECT_EQ(extension(authority, "KeyUsage"), nlohmann::json::parse(R"(["keyCertSign","cRLSign"])"));
  const base::Bytes certificate = certify("server", server()).certificate;
  EXPECT_EQ(extension(certificate, "SubjectAltName"), nlohmann::json::parse(R"(["registry.test","127.0.0.1","::1"])"));
  EXPECT_EQ(extension(certificate, "ExtKeyUsage"), nlohmann::json::parse(R"(["serverAuth"])"));
  EXPECT_EQ(extension(certificate, "BasicConstraints"), nullptr);
  const auto shown = admin::describe(certificate);
  EXPECT_EQ(shown["subject"], "C=VN, O=TEST, CN=registry.test");
  EXPECT_EQ(shown["issuer"], admin::describe(authority)["subject"]);
  EXPECT_EQ(shown["not_before"], "2026-11-23T08:00:00Z");
  EXPECT_EQ(shown["not_after"], "2027-12-25T08:00:00Z");  // 397 days
  EXPECT_EQ(shown["public_key"], "EC, named curve 1.2.840.10045.3.1.7");
}

TEST_F(TlsTest, AClientHasItsAccountAndNoNames) {
  make_authority();
  const base::Bytes certificate = certify("client", {{}, "tax-office"}, 30).certificate;
  EXPECT_EQ(admin::describe(certificate)["subject"], "C=VN, O=TEST, CN=tax-office");
  EXPECT_EQ(admin::describe(certificate)["not_after"], "2026-12-23T08:00:00Z");
  EXPECT_EQ(extension(certificate, "ExtKeyUsage"), nlohmann::json::parse(R"(["clientAuth"])"));
  EXPECT_EQ(extension(certificate, "SubjectAltName"), nullptr);
}

TEST_F(TlsTest, AFolderHoldsAPairThatFitsAndTheKeyIsItsOwners) {
  make_authority();
  const admin::Issued issued = certify("client", {{}, "tax-office"});
  EXPECT_EQ(crypto::openssl::certificate_der(base::read_file(folder_ / "client/tls.pem", "reading")),
            issued.certificate);
  const auto key = keystore::load_file(folder_ / "client/tls.key", password("two"));
  EXPECT_EQ(key->public_key_named(), x509::format::parse_certificate(issued.certificate).body.public_key);
  EXPECT_EQ(fs::status(folder_ / "client/tls.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder_ / "client").permissions(), fs::perms::owner_all);
}

TEST_F(TlsTest, NothingIsOverwritten) {
  make_authority();
  EXPECT_THROW(make_authority(), base::Error);
  certify("client", {{}, "tax-office"});
  const base::Bytes before = base::read_file(folder_ / "client/tls.key", "reading");
  EXPECT_THROW(certify("client", {{}, "tax-office"}), base::Error);
  EXPECT_EQ(base::read_file(folder_ / "client/tls.key", "reading"), before);
}

TEST_F(TlsTest, WhatCannotBeCertifiedLeavesNothing) {
  make_authority(100);
  EXPECT_THAT(certify("client", {{}, "tax-office"}, 101).findings.failing_codes(),
              ElementsAre("TLS_OUTLIVES_AUTHORITY"));
  clock_.set(*base::parse_rfc3339("2026-11-23T07:59:59Z"));
  EXPECT_THAT(certify("client", {{}, "tax-office"}, 1).findings.failing_codes(), ElementsAre("TLS_AUTHORITY_TIME"));
  clock_.set(*base::parse_rfc3339("2027-03-03T08:00:00Z"));
  EXPECT_THAT(certify("client", {{}, "tax-office"}, 1).findings.failing_codes(), ElementsAre("TLS_AUTHORITY_TIME"));
  clock_.set(*base::parse_rfc3339("2026-11-23T08:00:00Z"));
  EXPECT_THROW(
      admin::issue_tls(ceremony("client", "two", 1), folder_ / "ca", password("wrong"), {{}, "tax-office"}, world_),
      base::Error);
  EXPECT_FALSE(fs::exists(folder_ / "client"));
  EXPECT_EQ(certify("client", {{}, "tax-office"}, 100).findings.failing_codes(), std::vector<std::string>{});
}

TEST_F(TlsTest, AClientIsNoAuthority) {
  make_authority();
  certify("client", {{}, "tax-office"});
  fs::copy_file(folder_ / "client/tls.pem", folder_ / "client/ca.pem");
  fs::copy_file(folder_ / "client/tls.key", folder_ / "client/ca.key");
  const admin::Issued issued =
      admin::issue_tls(ceremony("next", "three", 1), folder_ / "client", password("two"), server(), world_);
  EXPECT_THAT(issued.findings.failing_codes(), ElementsAre("TLS_NO_AUTHORITY"));
}

TEST_F(TlsTest, AKeyOfAnotherAuthoritySignsNothing) {
  make_authority();
  admin::create_tls_authority(ceremony("other", "one"), world_);
  fs::copy_file(folder_ / "other/ca.key", folder_ / "ca/ca.key", fs::copy_options::overwrite_existing);
  EXPECT_THROW(certify("client", {{}, "tax-office"}), base::Error);
  EXPECT_FALSE(fs::exists(folder_ / "client/tls.key"));
}

TEST(TlsNames, AServerIsReachedByAHostNameOrAnAddress) {
  using Kind = x509::format::AlternativeName::Kind;
  EXPECT_EQ(issue::server_name_from_text("localhost")->kind, Kind::Dns);
  EXPECT_EQ(issue::server_name_from_text("a-1.example.vn")->kind, Kind::Dns);
  EXPECT_EQ(issue::server_name_from_text("10.0.0.1")->kind, Kind::Address);
  EXPECT_EQ(issue::server_name_from_text("fe80::1")->kind, Kind::Address);
  for (const std::string wrong : {"", ".", "a..b", "a.", "-a", "a-", "*.example.vn", "a b", "a_b", "10.0.0",
                                  "10.0.0.256", "https://a", "a:1", "đ.vn"}) {
    EXPECT_FALSE(issue::server_name_from_text(wrong)) << wrong;
  }
  EXPECT_FALSE(issue::server_name_from_text(std::string(64, 'a')));
}

TEST(TlsNames, AClientHasAnAccount) {
  EXPECT_TRUE(issue::is_client_name("station-01.hn_2"));
  for (const std::string wrong : {"", "a b", "a,b", "a/b", "đ", "a\n"})
    EXPECT_FALSE(issue::is_client_name(wrong)) << wrong;
  EXPECT_FALSE(issue::is_client_name(std::string(65, 'a')));
}

TEST(TlsProfiles, AMistakeIsNamedWithItsLine) {
  const auto refusal = [](const std::string& toml) {
    try {
      issue::parse_tls_profile(toml, "own.toml");
    } catch (const base::Error& error) {
      return error.seen();
    }
    return std::string();
  };
  const std::string good = "[authority]\nsubject = \"CN=A\"\ndays = 1\n[server]\nsubject = \"O=A\"\ndays = 1\n";
  const std::string client = "[client]\nsubject = \"O=A\"\ndays = 1\n";
  EXPECT_EQ(refusal(good + client), "");
  EXPECT_THAT(refusal(good), HasSubstr("client is missing"));
  EXPECT_THAT(refusal(good + client + "years = 1\n"), HasSubstr("own.toml:10: client.years is unknown here"));
  EXPECT_THAT(refusal(good + "[client]\nsubject = \"O=A\"\ndays = 0\n"),
              HasSubstr("client.days must be a whole number"));
  EXPECT_THAT(refusal(good + client + "[more]\n"), HasSubstr("more is unknown here"));
}

TEST_F(TlsTest, ACommandSaysWhatItNeeds) {
  base::write_text_file(folder_ / "word", "one\n", "writing");
  const std::string word = (folder_ / "word").string(), ca = (folder_ / "ca").string(), out = (folder_ / "s").string();
  EXPECT_EQ(run({"tls", "ca", "--out", ca, "--password-file", word, "--subject", "no name"}), 2);
  EXPECT_EQ(run({"tls", "ca", "--out", ca, "--password-file", word, "--days", "0"}), 2);
  EXPECT_EQ(run({"tls", "ca", "--out", ca, "--password-file", word}), 0);
  const std::vector<std::string> base{"tls", "issue",           "--ca", ca, "--ca-password-file", word, "--out",
                                      out,   "--password-file", word};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return run(more);
  };
  EXPECT_EQ(with({}), 2);
  EXPECT_EQ(with({"--server", "a", "--client", "b"}), 2);
  EXPECT_EQ(with({"--server", "*.a"}), 2);
  EXPECT_EQ(with({"--client", "a b"}), 2);
  EXPECT_EQ(with({"--client", "a", "--days", "5000"}), 1);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(with({"--server", "a.test", "--server", "127.0.0.1"}), 0);
  EXPECT_EQ(with({"--server", "a.test"}), 3);
}

}  // namespace
