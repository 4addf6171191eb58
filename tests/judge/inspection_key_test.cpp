// An inspection system's key and certificates from their files (OpenSSL), and what they open at the chip (Botan).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"
#include "pki/cvc/judge/signature.h"
#include "pki/keystore/pkcs8_rounds.h"
#include "smartcard/access/inspection_key.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/dg3.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/group.h"
#include "tests/judge/sample_card.h"
#include "tests/pki/shim.h"
#include "tests/pki/softhsm.h"
#include "tests/pki/support.h"
#include "tests/support/vectors.h"

namespace {

namespace fs = std::filesystem;
namespace issue = cvc::issue;
using chip_access::InspectionCredentials;
using cvc::format::Certificate;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const base::Date kToday = base::make_date(2026, 11, 27);
constexpr const char* kPassword = "gate 7, lane 2";

base::Secret secret(std::string_view text) {
  return base::Secret::copy_of(base::view_of(text));
}

// The chain of ca_ta.json, another program's, as files; its inspection system's key under our password.
class InspectionKeyTest : public ::testing::Test {
 protected:
  static const nlohmann::json& vector() {
    static const nlohmann::json json = vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"];
    return json;
  }
  fs::path write(const std::string& name, base::ByteView content) const {
    base::write_new_file(folder / name, content, "writing a test's file", base::Access::OwnerOnly);
    return folder / name;
  }
  fs::path certificate(const std::string& name) const {
    const fs::path file = folder / (name + ".cvcert");
    return fs::exists(file) ? file : write(name + ".cvcert", vectors::hex(vector()[name]["der"]));
  }
  fs::path key_of(const std::string& name) const {
    return write(name + ".key",
                 test::encrypted_key_of("P-256", vectors::hex(vector()[name]["private_key"]), kPassword));
  }
  std::string refusal(const fs::path& key, const std::vector<fs::path>& chain,
                      std::string_view password = kPassword) const {
    try {
      chip_access::load_inspection_system(key, secret(password), chain);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder;
};

bool signs_for(const InspectionCredentials& credentials, const cvc::format::PublicKey& parameters) {
  const base::Bytes message = base::bytes_of("ID_PICC, the chip's challenge, the terminal's key");
  const auto& key = credentials.inspection_system.body.key;
  const base::Bytes digest = crypto::openssl::sha256(message);
  return cvc::judge::VerifyingKey(cvc::format::with_parameters(key, parameters))
      .verifies(message, credentials.sign(digest));
}

TEST_F(InspectionKeyTest, FindsTheCertificateOfTheKeyAndSignsAsItSays) {
  const auto credentials = chip_access::load_inspection_system(
      key_of("is"), secret(kPassword),
      {certificate("dv"), certificate("is_expired"), certificate("is"), certificate("link_1_2")});
  EXPECT_EQ(credentials.inspection_system.body.holder, "UTISDE00001");
  EXPECT_EQ(credentials.others.size(), 3U);
  EXPECT_EQ(chip_access::chain_for(credentials, {"UTCVCA00001"}).size(), 3U);
  const auto cvca = cvc::format::parse_certificate(vectors::hex(vector()["cvca2"]["der"]));
  EXPECT_TRUE(signs_for(credentials, cvca.body.key));
}

TEST_F(InspectionKeyTest, SaysWhatToMend) {
  const fs::path key = key_of("is"), is = certificate("is"), dv = certificate("dv");
  EXPECT_THAT(refusal(key, {is, dv}), IsEmpty());
  EXPECT_THAT(refusal(key, {is, dv}, "gate 8"), AllOf(HasSubstr("is.key"), HasSubstr("the password is wrong")));
  EXPECT_THAT(refusal(key_of("dv"), {is, dv}), HasSubstr("it is not the key of the certificate of UTISDE00001"));
  EXPECT_THAT(refusal(key, {dv, certificate("link_1_2")}),
              HasSubstr("none of them is an inspection system's: UTDVDE00001 (domestic DV), UTCVCA00002 (CVCA)"));
  EXPECT_THAT(refusal(key, {}), HasSubstr("none was given"));
  EXPECT_THAT(refusal(is, {is}), HasSubstr("no encrypted PKCS#8 key"));
  EXPECT_THAT(refusal(key, {key}), HasSubstr("it is no CV certificate"));
  EXPECT_THAT(refusal(folder / "away.key", {is}), HasSubstr("away.key"));
}

TEST_F(InspectionKeyTest, TakesNoKeyThatLiesOpenOrDamaged) {
  const fs::path is = certificate("is");
  EXPECT_THAT(refusal(write("open.key", base::view_of(test::openssl_plain_key_pem("P-256"))), {is}),
              HasSubstr("no encrypted PKCS#8 key"));
  base::Bytes sealed = test::encrypted_key_of("P-256", vectors::hex(vector()["is"]["private_key"]), kPassword);
  sealed.push_back(0);
  EXPECT_THAT(refusal(write("longer.key", sealed), {is}), HasSubstr("no encrypted PKCS#8 key"));
  sealed.pop_back();
  sealed.back() ^= 0x01;
  EXPECT_THAT(refusal(write("damaged.key", sealed), {is}), HasSubstr("damaged"));
}

// Keys and certificates as our own commands make them.
Certificate spent(std::variant<issue::LintedCertificate, base::Findings> linted, const keystore::SigningKey& key) {
  return cvc::format::parse_certificate(issue::sign(std::move(std::get<issue::LintedCertificate>(linted)), key));
}

// An inspection system's certificate for `key`, under a DV and a CVCA that share a key of the same kind.
Certificate certified(const keystore::SigningKey& key) {
  base::SeededRandom random(6);
  const auto dv_key = keystore::generate(key.kind(), random);
  const auto own = issue::public_key_of(key), dv_own = issue::public_key_of(*dv_key);
  const issue::LintContext cvca_context{nullptr, dv_own, dv_own, kToday};
  const Certificate cvca = spent(
      issue::lint(issue::cvca_draft(dv_own, "VNCVCAVN001", {true, true}, issue::term_from(kToday, issue::kCvcaDays)),
                  cvca_context),
      *dv_key);
  const auto ask = [&](const keystore::SigningKey& by, const char* holder, const Certificate& above) {
    return cvc::format::parse_request(issue::make_request(by, holder, above.body.holder));
  };
  const Certificate dv =
      spent(issue::lint(issue::dv_draft(cvca, ask(*dv_key, "VNDVPOLVN001", cvca), cvc::format::Role::DomesticDv,
                                        {true, false}, issue::term_from(kToday, issue::kDvDays)),
                        {&cvca, dv_own, dv_own, kToday}),
            *dv_key);
  return spent(issue::lint(issue::inspection_system_draft(
                               dv, ask(key, "VNISGATE7VN001", dv), {true, false},
                               issue::term_within(std::chrono::sys_days(kToday), issue::kInspectionSystemDays, dv)),
                           {&dv, dv_own, own, kToday}),
               *dv_key);
}

fs::path certificate_file_of(const keystore::SigningKey& key, const test::TemporaryFolder& folder) {
  base::write_new_file(folder / "is.cvcert", certified(key).whole, "writing a test's file", base::Access::OwnerOnly);
  return folder / "is.cvcert";
}

bool signs_for_the_chip(const InspectionCredentials& credentials, const keystore::SigningKey& key) {
  const base::Bytes message = base::bytes_of("a challenge");
  const auto hash = key.kind() == keystore::KeyKind::BrainpoolP384r1 ? crypto::openssl::Hash::Sha384
                    : key.kind() == keystore::KeyKind::P521          ? crypto::openssl::Hash::Sha512
                                                                     : crypto::openssl::Hash::Sha256;
  return cvc::judge::VerifyingKey(issue::public_key_of(key))
      .verifies(message, credentials.sign(crypto::openssl::digest(hash, message)));
}

class OwnInspectionKeyTest : public testing::TestWithParam<keystore::KeyKind> {
 protected:
  test::TemporaryFolder folder;
  base::SeededRandom random{5};
};
INSTANTIATE_TEST_SUITE_P(Kinds, OwnInspectionKeyTest,
                         testing::Values(keystore::KeyKind::P256, keystore::KeyKind::BrainpoolP384r1,
                                         keystore::KeyKind::P521, keystore::KeyKind::Rsa3072));

TEST_P(OwnInspectionKeyTest, IsOpenedByTheOtherLibrary) {
  const fs::path file = folder / "is.key";
  keystore::detail::generate_into_file(GetParam(), file, secret(kPassword), random, 1000);
  const auto key = keystore::load_file(file, secret(kPassword));
  const auto credentials =
      chip_access::load_inspection_system(file, secret(kPassword), {certificate_file_of(*key, folder)});
  EXPECT_TRUE(signs_for_the_chip(credentials, *key));
}

// --- in a token ---

TEST_P(OwnInspectionKeyTest, SignsInItsTokenAsItsCertificateSays) {
  test::SoftHsm hsm;
  hsm.make_token("READER");
  const std::string address = hsm.address("READER", "is");
  const auto key = keystore::generate_at(address, GetParam(), test::SoftHsm::pin(), random);
  const fs::path certificate = certificate_file_of(*key, folder);
  const auto credentials = chip_access::load_inspection_system(address, test::SoftHsm::pin(), {certificate});
  EXPECT_EQ(credentials.inspection_system.body.holder, "VNISGATE7VN001");
  EXPECT_TRUE(signs_for_the_chip(credentials, *key));
}

class InspectionTokenTest : public testing::Test {
 protected:
  InspectionTokenTest() {
    hsm.make_token("READER");
    key = keystore::generate_at(address(), keystore::KeyKind::P256, test::SoftHsm::pin(), random);
    certificate = certificate_file_of(*key, folder);
  }
  std::string address(const std::string& object = "is", const std::string& module = test::kSoftHsm) const {
    return hsm.address("READER", object, module);
  }
  InspectionCredentials load(const std::string& where, const base::Secret& pin = test::SoftHsm::pin()) const {
    return chip_access::load_inspection_system(where, pin, {certificate});
  }

  test::TemporaryFolder folder;
  base::SeededRandom random{5};
  test::SoftHsm hsm;
  std::unique_ptr<keystore::SigningKey> key;
  fs::path certificate;
};

TEST_F(InspectionTokenTest, SaysWhatToMend) {
  using test::expect_error;
  expect_error(base::Fault::FixConfiguration, "no pair of keys is called 'was'", [&] { load(address("was")); });
  expect_error(base::Fault::AskOperator, "no token is called 'GATE'",
               [&] { load(hsm.address("GATE", "is", test::kSoftHsm)); });
  expect_error(base::Fault::UsedWrongly, "object=LABEL", [&] { load(address("")); });
  keystore::generate_at(address("other"), keystore::KeyKind::P256, test::SoftHsm::pin(), random);
  expect_error(base::Fault::FixConfiguration, "not the key of the certificate of VNISGATE7VN001",
               [&] { load(address("other")); });
}

TEST_F(InspectionTokenTest, ShowsNoChipASignatureThatOpenSslDoesNotConfirm) {
  const auto credentials = load(address("is", test::kShim));
  const test::Shim shim;
  shim.plan(kShimCorrupt, 2, nullptr);  // C_SignInit, then C_Sign
  test::expect_error(base::Fault::TreatAsAttack, "no chip was shown it",
                     [&] { credentials.sign(base::Bytes(32, 0x5A)); });
  EXPECT_STREQ(shim.planned(), "C_Sign");
  EXPECT_TRUE(signs_for_the_chip(credentials, *key));
}

TEST_F(InspectionTokenTest, ComesBackWhenItsTokenWasPulledOut) {
  const auto credentials = load(address("is", test::kShim));
  const test::Shim shim;
  shim.plan(kShimLoseToken, 1, nullptr);
  EXPECT_TRUE(signs_for_the_chip(credentials, *key));
}

// --- at the chip ---

class InProcessCard final : public transport::Channel {
 public:
  InProcessCard(simulator::StateStore& store, base::Random& random) : chip_(store, random) {}
  apdu::Response transmit(const apdu::Command& command) override {
    return apdu::decode_response(chip_.transmit(apdu::encode(command))).value();
  }
  bool extended_length() const override { return true; }

 private:
  simulator::Chip chip_;
};

// PACE with the CAN, chip authentication, and a finger for those whom the vector's first CVCA lets in.
class TerminalAtTheChipTest : public InspectionKeyTest {
 protected:
  static constexpr std::uint8_t kBrainpoolP256r1 = 13;

  static lds::Files files(base::ByteView chip_point) {
    lds::Files out = sample::card();
    out.erase(lds::FileId::Dg15);
    const lds::SecurityInfos access{.pace = {{.parameter_id = kBrainpoolP256r1}}};
    lds::SecurityInfos infos{.pace = access.pace, .chip_authentication = {{}}, .terminal_authentication = {{}}};
    infos.chip_keys.push_back(
        {.public_key = simulator::Group::standardized(kBrainpoolP256r1)->public_key_info(chip_point)});
    const base::Bytes wsq = base::hex("FFA0FFA8000341FFA2001100FF01900258000000000000000000");
    out[lds::FileId::CardAccess] = lds::encode_security_infos(access);
    out[lds::FileId::Dg3] = lds::encode_dg3({lds::finger_image(lds::Finger::RightIndex, wsq).value()});
    out[lds::FileId::Dg14] = lds::encode_dg14(infos);
    out[lds::FileId::Com] = lds::encode_com({1, 2, 3, 13, 14});
    return sample::sign_again(out);
  }

  static simulator::State state() {
    const nlohmann::json example = vectors::load("ca_ta.json")["cases"][9];
    simulator::State state;
    state.serial = base::hex("0123456789ABCDEF");
    state.application = simulator::ApplicationState::Personalized;
    const auto key = [] { return base::Secret(base::Bytes(16, 0x40)); };
    state.keys = {.version = 0x31, .enc = key(), .mac = key(), .dek = key()};
    for (const auto& [id, content] : files(vectors::hex(example["chip_static_public"]))) {
      if (id == lds::FileId::CardAccess) {
        state.master_files[0x011C] = content;
      } else {
        state.files[static_cast<std::uint16_t>(id)] = content;
      }
    }
    state.access.bac = false;
    state.pace.emplace(std::uint8_t{2}, secret("123456"));
    state.chip_keys.push_back({0, kBrainpoolP256r1, base::Secret(vectors::hex(example["chip_static_private"]))});
    state.trust_points = {vectors::hex(vector()["cvca1"]["der"])};
    state.date = base::hex("020500010001");
    return state;
  }

  static inspection::Report inspect(const InspectionCredentials* credentials) {
    simulator::MemoryStore store(state());
    base::SeededRandom chip_random(3), random(4);
    InProcessCard card(store, chip_random);
    const trust::TrustStore trust = forge::trust();
    inspection::CardInspection how{
        .optical_mrz = {}, .trust = trust, .as_of = forge::inspection_moment(), .random = random, .can = "123456"};
    how.inspection_system = credentials;
    return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
  }
};

TEST_F(TerminalAtTheChipTest, ReadsTheFingerWithItsKeyAndNotWithout) {
  const inspection::Report without = inspect(nullptr);
  EXPECT_EQ(without.verdict, inspection::Verdict::Genuine) << to_text(without);
  EXPECT_FALSE(without.document.contains("fingers"));
  EXPECT_TRUE(without.findings.has("DG3_NOT_READ"));
  const auto credentials = chip_access::load_inspection_system(
      key_of("is"), secret(kPassword), {certificate("link_1_2"), certificate("dv"), certificate("is")});
  const inspection::Report report = inspect(&credentials);
  EXPECT_EQ(report.verdict, inspection::Verdict::Genuine) << to_text(report);
  ASSERT_TRUE(report.document.contains("fingers")) << to_text(report);
  EXPECT_EQ(report.document["fingers"],
            nlohmann::json::parse(
                R"([{"finger": "right_index", "format": "wsq", "width": 600, "height": 400, "bytes": 26}])"));
  EXPECT_FALSE(report.findings.has("DG3_NOT_READ"));
}

TEST_F(TerminalAtTheChipTest, AChainThatDoesNotReachTheChipsAuthorityOpensNothing) {
  const auto credentials =
      chip_access::load_inspection_system(key_of("is"), secret(kPassword), {certificate("dv"), certificate("is")});
  const inspection::Report report = inspect(&credentials);
  EXPECT_TRUE(report.findings.has("TERMINAL_AUTHENTICATION_NOT_POSSIBLE")) << to_text(report);
  EXPECT_FALSE(report.document.contains("fingers"));
}

}  // namespace
