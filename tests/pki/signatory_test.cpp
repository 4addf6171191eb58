// Certificates of those who sign for themselves: what they say and how long they hold is the profile's.

#include "pki/x509/issue/signatory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/admin/show.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/keystore/signing_key.h"
#include "tests/pki/command.h"
#include "tests/pki/support.h"

namespace {

namespace issue = x509::issue;
using testing::HasSubstr;

constexpr std::string_view kOwn = R"([officer]
subject = "C=VN,O=Phòng Cảnh sát"
days = 365
[custodian]
subject = "C=VN,O=Key keepers"
days = 730
[pack_signer]
subject = "C=VN,O=Checkpoints,CN=Packs 7"
days = 90
)";

class Signatories : public testing::Test {
 protected:
  std::string seen_by_openssl(const base::Bytes& der) const {
    const auto x509 = crypto::openssl::parse_certificate(der);
    if (!x509 || X509_verify(x509.get(), X509_get0_pubkey(x509.get())) != 1) return "not its own";
    const std::unique_ptr<BIO, crypto::openssl::FreeWith<BIO_free_all>> text(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(text.get(), X509_get_subject_name(x509.get()), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* at = nullptr;
    const long size = BIO_get_mem_data(text.get(), &at);
    int days = 0, seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x509.get()), X509_get0_notAfter(x509.get()));
    return std::string(at, static_cast<std::size_t>(size)) + " " + std::to_string(days);
  }

  int run(std::vector<std::string> words) { return test::run_command(world_, std::move(words)); }
  std::string made(const char* file) const { return seen_by_openssl(base::read_file(folder_ / file, "reading")); }
  std::string at(const char* file) const { return (folder_ / file).string(); }

  test::TemporaryFolder folder_;
  base::SeededRandom random_{7};
  const std::unique_ptr<keystore::SigningKey> key_ = keystore::generate(keystore::Curve::P256, random_);
  const base::Moment now_ = *base::parse_rfc3339("2026-11-27T08:00:00Z");
  base::FixedClock clock_{now_};
  admin::World world_{clock_, random_};
};

TEST_F(Signatories, AreCalledAndLastAsTheProfileSays) {
  const auto own = issue::parse_signatory_profile(kOwn, "own.toml");
  EXPECT_EQ(seen_by_openssl(issue::issue_officer_certificate(own.officer, *key_, "binh", now_, random_)),
            "CN=binh,O=Phòng Cảnh sát,C=VN 365");
  EXPECT_EQ(seen_by_openssl(issue::issue_officer_certificate(own.custodian, *key_, "custodian-1", now_, random_)),
            "CN=custodian-1,O=Key keepers,C=VN 730");
  EXPECT_EQ(seen_by_openssl(issue::issue_pack_signer(own.pack_signer, *key_, now_, random_)),
            "CN=Packs 7,O=Checkpoints,C=VN 90");
}

TEST_F(Signatories, TheCommandsTakeTheirOwnProfileOrTheShippedOne) {
  base::write_text_file(folder_ / "own.toml", std::string(kOwn), "writing");
  base::write_text_file(folder_ / "word", "correct horse\n", "writing");
  EXPECT_EQ(run({"pack", "signer", "--out", at("packs"), "--password-file", at("word"), "--profile", at("own.toml")}),
            0);
  EXPECT_EQ(made("packs/pack.cer"), "CN=Packs 7,O=Checkpoints,C=VN 90");
  EXPECT_THAT(admin::describe(base::read_file(folder_ / "packs/pack.cer", "reading")).dump(),
              HasSubstr(R"("value":["2.25.99318728602246707649845582830829001304"])"));
  EXPECT_EQ(run({"pack", "signer", "--out", at("named"), "--password-file", at("word"), "--profile", at("own.toml"),
                 "--subject", "C=VN,CN=Another"}),
            0);
  EXPECT_EQ(made("named/pack.cer"), "CN=Another,C=VN 90");
  EXPECT_EQ(run({"ceremony", "custodian", "--name", "custodian-1", "--out", at("custodians"), "--password-file",
                 at("word"), "--profile", at("own.toml")}),
            0);
  EXPECT_EQ(made("custodians/custodian-1.cer"), "CN=custodian-1,O=Key keepers,C=VN 730");
  EXPECT_EQ(
      run({"ceremony", "custodian", "--name", "custodian-2", "--out", at("custodians"), "--password-file", at("word")}),
      0);
  EXPECT_EQ(made("custodians/custodian-2.cer"), "CN=custodian-2,C=VN 1095");
  EXPECT_EQ(run({"ceremony", "custodian", "--name", "custodian-3", "--out", at("custodians"), "--password-file",
                 at("word"), "--profile", at("word")}),
            3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "custodians/custodian-3.key"));
}

TEST_F(Signatories, AMistakeInTheirProfileIsNamedWithItsLine) {
  const auto refusal = [](std::string toml, const std::string& what, const std::string& with) {
    toml.replace(toml.find(what), what.size(), with);
    try {
      issue::parse_signatory_profile(toml, "own.toml");
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.seen();
    }
    return std::string("taken");
  };
  const std::string good(kOwn);
  EXPECT_EQ(refusal(good, "365", "366"), "taken");
  EXPECT_THAT(refusal(good, "O=Key keepers", "CN=Key keepers"), HasSubstr("own.toml:5: subject must be without CN"));
  EXPECT_THAT(refusal(good, "days = 365", "days = 0"), HasSubstr("officer.days must be a whole number"));
  EXPECT_THAT(refusal(good, "days = 730", "years = 2"), HasSubstr("custodian.days is missing"));
  EXPECT_THAT(refusal(good, "days = 90", "days = 90\nyears = 2"),
              HasSubstr("own.toml:10: pack_signer.years is unknown"));
}

}  // namespace
