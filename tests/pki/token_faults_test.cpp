// A token that fails, is pulled out, answers late, hangs or bends its answer at call k, for every k of a run of fifty
// signatures, over certificates, CRLs and EF.SODs: nothing false comes out, and of the serial numbers none is used
// twice or unaccounted for. Certificates and lists are made as cccd-pki makes them: admin::certify(), admin::make_crl()
// and the authority's book.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "issuance/signing/read_back.h"
#include "pki/admin/certify.h"
#include "pki/admin/crl_ceremony.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/pkcs11/time_limit.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/format/crl.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/issue.h"
#include "tests/pki/shim.h"
#include "tests/pki/softhsm.h"

namespace {

using test::kShim;
using test::Shim;
using test::SoftHsm;
using test::TemporaryFolder;

constexpr std::size_t kRun = 50;
const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");

// How often the operator hears of one wrong call. A signature is C_SignInit and C_Sign: a lost token comes back for it
// and is not told. The others open the token and its keys: told, not repeated. Closing is nobody's failure.
struct Told {
  int least, most;
};

Told told_of(ShimFault fault, std::string_view call) {
  const bool signs = call == "C_SignInit" || call == "C_Sign";
  const bool closes = call == "C_Logout" || call == "C_CloseSession" || call.empty();
  // Of another token in the machine, or to see the tries left: no answer may be as good as one.
  const bool looks_around = call == "C_GetTokenInfo";
  if (fault == kShimNone || fault == kShimDelay || (closes && fault != kShimHang)) return {0, 0};
  if (fault == kShimLoseToken && signs) return {0, 0};
  if (fault == kShimCorrupt) return call == "C_Sign" ? Told{1, 1} : call == "C_SignInit" ? Told{0, 0} : Told{0, 1};
  return {looks_around || closes ? 0 : 1, 1};
}

// What is outside after a run: what was given out, and what the operator saw go wrong.
struct Outside {
  std::map<base::Bytes, base::Bytes> certificates;  // by serial number
  std::vector<base::Bytes> crls;
  std::vector<base::Bytes> sods;
  int alarms = 0, failures = 0;
  std::size_t objects() const { return certificates.size() + crls.size() + sods.size(); }
};

std::map<int, base::Bytes> hashes_of_card(std::size_t card) {
  std::map<int, base::Bytes> hashes;
  for (const int group : {1, 2, 13, 15}) {
    hashes[group] = crypto::openssl::sha256(base::view_of(std::to_string(card) + "/" + std::to_string(group)));
  }
  return hashes;
}

std::int64_t number_of(const base::Bytes& crl) {
  return x509::format::parse_crl_number(x509::format::parse_crl(crl).body.find(x509::format::oid::kCrlNumber)->value);
}

class FaultyToken : public testing::TestWithParam<ShimFault> {
 protected:
  struct Keys {
    std::unique_ptr<keystore::SigningKey> csca;
    std::unique_ptr<sod::issue::DocumentSigner> signer;
  };

  FaultyToken() {
    hsm_.make_token("PKI");
    for (const char* const label : {"csca", "ds"}) {
      keystore::generate_at(address(label), keystore::KeyKind::P256, SoftHsm::pin(), random_);
    }
    const auto csca_key = keystore::open(address("csca"), SoftHsm::pin());
    const auto signer_key = keystore::open(address("ds"), SoftHsm::pin());
    signer_public_ = signer_key->public_key_explicit();
    const admin::Certification root{
        x509::issue::Kind::Csca, nullptr, *csca_key, profile_, kNow, [&](const auto& serial) {
          return x509::issue::csca_draft(profile_, csca_key->public_key_explicit(), serial, kNow, years_);
        }};
    {
      admin::CaBook book(folder_ / "first.db", true, clock_);
      csca_ = made(admin::certify(root, book, random_));
      parsed_csca_ = x509::format::parse_certificate(csca_);
      signer_ = made(admin::certify(signer_by(*csca_key), book, random_));
    }
    judge_ = crypto::openssl::parse_public_key(csca_key->public_key_named());
    read_back_ = std::make_unique<signing::ReadBack>(signer_);
  }

  std::string address(const std::string& label) const { return hsm_.address("PKI", label, kShim); }
  static base::Bytes made(admin::Issued issued) {
    base::ensure(issued.made(), "what the test makes passes lint()");
    return std::move(issued.certificate);
  }
  admin::Certification signer_by(const keystore::SigningKey& csca) const {
    return {
        x509::issue::Kind::DocumentSigner, &*parsed_csca_, csca, profile_, clock_.now(), [this](const auto& serial) {
          return x509::issue::signer_draft(profile_, *parsed_csca_, signer_public_, serial, clock_.now(), years_);
        }};
  }

  Keys open_keys() const {
    return {keystore::open(address("csca"), SoftHsm::pin()),
            std::make_unique<sod::issue::DocumentSigner>(keystore::open(address("ds"), SoftHsm::pin()), signer_)};
  }

  void issue_certificate(const Keys& keys, Outside& outside) {
    base::Bytes made = FaultyToken::made(admin::certify(signer_by(*keys.csca), *book_, random_));
    const base::Bytes serial = x509::format::parse_certificate(made).body.serial;
    base::ensure(outside.certificates.emplace(serial, std::move(made)).second, "a serial number is used once");
  }

  void issue_crl(const Keys& keys, Outside& outside) {
    const auto alone = admin::lock_lists(folder_ / "ca.db");
    clock_.set(clock_.now() + std::chrono::hours{48});  // one that nothing was revoked for is not signed earlier
    auto issued = admin::make_crl(*book_, *parsed_csca_, *keys.csca, std::chrono::days{30}, {clock_, random_});
    base::ensure(issued.made(), "what the test makes passes lint()");
    outside.crls.push_back(std::move(issued.crl));
  }

  void issue_sod(const Keys& keys, Outside& outside) const {
    auto linted = sod::issue::lint(hashes_of_card(outside.sods.size()), *keys.signer, kNow, std::nullopt);
    auto* const permit = std::get_if<sod::issue::LintedHashes>(&linted);
    base::ensure(permit != nullptr, "what the test makes passes lint()");
    outside.sods.push_back(sod::issue::sign(
        std::move(*permit), *keys.signer,
        [this](base::ByteView ef_sod, const auto& hashes) { return read_back_->holds(ef_sod, hashes); }));
  }

  // Five certificates, five CRLs and forty EF.SODs in turn.
  void issue_one(const Keys& keys, Outside& outside) {
    const std::size_t turn = outside.objects() % 10;
    if (turn == 0) return issue_certificate(keys, outside);
    if (turn == 1) return issue_crl(keys, outside);
    issue_sod(keys, outside);
  }

  // The authority's book as it was before the run: what a run costs does not grow with those before.
  void open_book() {
    book_.reset();
    for (const char* const rest : {"ca.db-wal", "ca.db-shm"}) std::filesystem::remove(folder_ / rest);
    std::filesystem::copy_file(folder_ / "first.db", folder_ / "ca.db",
                               std::filesystem::copy_options::overwrite_existing);
    clock_.set(kNow);
    book_.emplace(folder_ / "ca.db", false, clock_);
  }

  // As an operator does: what fails is looked at and begun again with the next number.
  Outside run(ShimFault fault, unsigned long call) {
    Outside outside;
    open_book();
    shim_.plan(fault, call, pkcs11::detail::let_time_run_out);
    std::optional<Keys> keys;
    for (int tries = 0; outside.objects() < kRun && tries < 60; ++tries) {
      try {
        if (!keys) keys = open_keys();
        issue_one(*keys, outside);
      } catch (const base::Error& error) {
        (error.fault() == base::Fault::TreatAsAttack ? outside.alarms : outside.failures) += 1;
        if (fault == kShimHang) shim_.pull_out();
        keys.reset();
      }
    }
    keys.reset();
    shim_.pull_out();
    return outside;
  }

  bool is_good_certificate(base::ByteView der, const base::Bytes& serial) const {
    const auto x509 = crypto::openssl::parse_certificate(der);
    return x509 && X509_verify(x509.get(), judge_.get()) == 1 &&
           x509::format::parse_certificate(der).body.serial == serial;
  }
  bool is_good_crl(base::ByteView der) const {
    const unsigned char* at = der.data();
    const std::unique_ptr<X509_CRL, crypto::openssl::FreeWith<X509_CRL_free>> crl(
        d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    return crl && X509_CRL_verify(crl.get(), judge_.get()) == 1;
  }

  // No bad object outside, no serial number twice, none unaccounted for.
  void expect_good(const Outside& outside, ShimFault fault, unsigned long call) {
    ASSERT_EQ(outside.objects(), kRun) << "call " << call;
    for (const auto& [serial, der] : outside.certificates) {
      ASSERT_TRUE(is_good_certificate(der, serial)) << "call " << call;
    }
    for (const auto& der : outside.crls) ASSERT_TRUE(is_good_crl(der)) << "call " << call;
    for (std::size_t card = 0; card < outside.sods.size(); ++card) {
      ASSERT_TRUE(read_back_->holds(outside.sods[card], hashes_of_card(card))) << "call " << call;
    }
    const auto unlucky = static_cast<std::size_t>(outside.alarms + outside.failures);
    expect_book(outside, unlucky, call);
    if (HasFatalFailure()) return;
    const Told told = told_of(fault, shim_.planned());
    ASSERT_GE(outside.alarms + outside.failures, told.least) << shim_.planned() << ", call " << call;
    ASSERT_LE(outside.alarms + outside.failures, told.most) << shim_.planned() << ", call " << call;
  }

  // What the authority's book on disk says, read back: its certificates and its last list are those outside, every
  // number stands there once, and one without an outcome is one that the operator saw go wrong.
  void expect_book(const Outside& outside, std::size_t unlucky, unsigned long call) const {
    const admin::CaBook read = admin::CaBook::look(folder_ / "ca.db");
    std::map<base::Bytes, base::Bytes> recorded;
    std::set<base::Bytes> numbers;
    std::size_t without = 0;
    for (const auto& entry : read.entries()) {
      ASSERT_TRUE(numbers.insert(entry.serial).second) << "call " << call;
      if (entry.certificate == csca_ || entry.certificate == signer_) continue;
      if (entry.certificate.empty()) {
        ++without;
      } else {
        recorded.emplace(entry.serial, entry.certificate);
      }
    }
    ASSERT_EQ(recorded, outside.certificates) << "call " << call;
    ASSERT_EQ(read.latest_crl()->crl, outside.crls.back()) << "call " << call;
    std::int64_t last = 0;
    for (const auto& der : outside.crls) {
      const std::int64_t number = number_of(der);
      ASSERT_GT(number, last) << "call " << call;
      without += static_cast<std::size_t>(number - last - 1);
      last = number;
    }
    ASSERT_LE(without, unlucky) << "call " << call;
  }

  TemporaryFolder folder_;
  base::FixedClock clock_{kNow};
  std::optional<admin::CaBook> book_;
  SoftHsm hsm_;
  Shim shim_;
  base::SeededRandom random_{5};
  const x509::issue::Profile& profile_ = x509::issue::shipped_profile();
  const int years_ = profile_.card_validity.longest_years();
  base::Bytes csca_, signer_, signer_public_;  // certificates, DER; SubjectPublicKeyInfo
  std::optional<x509::format::Certificate> parsed_csca_;
  crypto::openssl::PkeyPtr judge_;
  std::unique_ptr<signing::ReadBack> read_back_;
};

TEST_P(FaultyToken, AtEveryCallOfARunOfFiftyNothingFalseLeaves) {
  const Outside undisturbed = run(kShimNone, 0);
  expect_good(undisturbed, kShimNone, 0);
  const unsigned long calls = shim_.calls();
  std::map<std::string, int> went_wrong;
  for (unsigned long call = 1; call <= calls; ++call) {
    const Outside outside = run(GetParam(), call);
    expect_good(outside, GetParam(), call);
    if (HasFatalFailure()) return;
    ++went_wrong[shim_.planned()];
  }
  EXPECT_EQ(went_wrong["C_SignInit"], static_cast<int>(kRun)) << "each signature was disturbed where it begins";
  EXPECT_EQ(went_wrong["C_Sign"], static_cast<int>(kRun)) << "and where it is made";
  EXPECT_GT(went_wrong["C_FindObjects"], 0) << "and the opening of the keys before them";
}

INSTANTIATE_TEST_SUITE_P(TokenTest, FaultyToken,
                         testing::Values(kShimFail, kShimLoseToken, kShimDelay, kShimCorrupt, kShimHang));

TEST(HangingToken, IsNamedAndAskedNothingMoreUntilItComesBack) {
  SoftHsm hsm;
  hsm.make_token("DS");
  const Shim shim;
  base::SeededRandom random(1);
  const std::string address = hsm.address("DS", "ds-1", kShim);
  const auto key = keystore::generate_at(address, keystore::KeyKind::P256, SoftHsm::pin(), random);
  const base::Bytes digest = crypto::openssl::sha256(base::view_of("some text"));
  const auto seen = [&] {
    try {
      key->sign_digest(digest);
      return std::string("it signed");
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::AskOperator);
      EXPECT_EQ(error.doing(), "signing in the token");
      return error.seen();
    }
  };
  shim.plan(kShimHang, 1, pkcs11::detail::let_time_run_out);
  EXPECT_THAT(seen(), testing::HasSubstr("the token 'DS' hangs: it has not answered for"));
  const unsigned long calls = shim.calls();
  EXPECT_THAT(seen(), testing::HasSubstr("the token 'DS' hangs: it has not answered an earlier question"));
  EXPECT_EQ(shim.calls(), calls) << "nothing more is asked of it";
  shim.pull_out();
  EXPECT_EQ(seen(), "it signed");
}

}  // namespace
