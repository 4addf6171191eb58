// A token that fails, is pulled out, answers late, hangs or bends its answer at call k, for every k of a run of fifty
// signatures, over certificates, CRLs and EF.SODs: nothing false comes out, and of the serial numbers none is used
// twice or unaccounted for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "issuance/signing/read_back.h"
#include "pki/admin/ca_book.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/pkcs11/time_limit.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/issue/crl.h"
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
  std::map<std::int64_t, base::Bytes> crls;         // by their number
  std::vector<base::Bytes> sods;
  std::size_t reserved = 0;
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

template <class Permit, class Linted>
Permit permit_of(Linted linted) {
  auto* const permit = std::get_if<Permit>(&linted);
  base::ensure(permit != nullptr, "what the test makes passes lint()");
  return std::move(*permit);
}

// Thousands of numbers are reserved here: in memory, since that they outlast a power cut is not this test's matter.
struct FoldersInMemory {
  FoldersInMemory() {
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  }
};

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
    csca_ = certificate(x509::issue::csca_draft(profile_, csca_key->public_key_explicit(),
                                                x509::issue::random_serial(random_), kNow, years_),
                        nullptr, *csca_key);
    parsed_csca_ = x509::format::parse_certificate(csca_);
    signer_ = certificate(signer_draft(x509::issue::random_serial(random_)), &*parsed_csca_, *csca_key);
    judge_ = crypto::openssl::parse_public_key(csca_key->public_key_named());
    read_back_ = std::make_unique<signing::ReadBack>(signer_);
  }

  std::string address(const std::string& label) const { return hsm_.address("PKI", label, kShim); }
  x509::format::Body signer_draft(const base::Bytes& serial) const {
    return x509::issue::signer_draft(profile_, *parsed_csca_, signer_public_, serial, kNow, years_);
  }
  base::Bytes certificate(const x509::format::Body& draft, const x509::format::Certificate* csca,
                          const keystore::SigningKey& issuer) const {
    return x509::issue::sign(permit_of<x509::issue::LintedCertificate>(
                                 x509::issue::lint(draft, {.csca = csca, .now = kNow, .profile = profile_})),
                             issuer);
  }

  Keys open_keys() const {
    return {keystore::open(address("csca"), SoftHsm::pin()),
            std::make_unique<sod::issue::DocumentSigner>(keystore::open(address("ds"), SoftHsm::pin()), signer_)};
  }

  void issue_certificate(const Keys& keys, Outside& outside) {
    const base::Bytes serial = book_.reserve_serial("ds", random_);
    reserved_.insert(serial);
    ++outside.reserved;
    base::Bytes made = certificate(signer_draft(serial), &*parsed_csca_, *keys.csca);
    base::ensure(outside.certificates.emplace(serial, std::move(made)).second, "a serial number is used once");
  }

  void issue_crl(const Keys& keys, Outside& outside) {
    const std::int64_t number = ++crl_number_;
    const auto draft = x509::issue::crl_draft({.csca = *parsed_csca_,
                                               .former_names = {},
                                               .number = number,
                                               .revoked = {},
                                               .now = kNow,
                                               .next_update = kNow + std::chrono::days{30}});
    auto permit = permit_of<x509::issue::LintedCrl>(x509::issue::lint(draft, {.csca = *parsed_csca_, .now = kNow}));
    outside.crls.emplace(number, x509::issue::sign(std::move(permit), *keys.csca, csca_));
  }

  void issue_sod(const Keys& keys, Outside& outside) const {
    auto permit = permit_of<sod::issue::LintedHashes>(
        sod::issue::lint(hashes_of_card(outside.sods.size()), *keys.signer, kNow, std::nullopt));
    outside.sods.push_back(sod::issue::sign(
        std::move(permit), *keys.signer,
        [this](base::ByteView ef_sod, const auto& hashes) { return read_back_->holds(ef_sod, hashes); }));
  }

  // Ten certificates, ten CRLs and thirty EF.SODs in turn.
  void issue_one(const Keys& keys, Outside& outside) {
    const std::size_t turn = outside.objects() % 5;
    if (turn == 0) return issue_certificate(keys, outside);
    if (turn == 1) return issue_crl(keys, outside);
    issue_sod(keys, outside);
  }

  // As an operator does: what fails is looked at and begun again with the next number.
  Outside run(ShimFault fault, unsigned long call) {
    Outside outside;
    reserved_.clear();
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
      ASSERT_TRUE(reserved_.contains(serial)) << "call " << call;
      ASSERT_TRUE(is_good_certificate(der, serial)) << "call " << call;
    }
    for (const auto& [number, der] : outside.crls) ASSERT_TRUE(is_good_crl(der)) << "call " << call;
    for (std::size_t card = 0; card < outside.sods.size(); ++card) {
      ASSERT_TRUE(read_back_->holds(outside.sods[card], hashes_of_card(card))) << "call " << call;
    }
    ASSERT_EQ(reserved_.size(), outside.reserved) << "call " << call;
    ASSERT_LE(outside.reserved,
              outside.certificates.size() + static_cast<std::size_t>(outside.alarms + outside.failures))
        << "call " << call;
    const Told told = told_of(fault, shim_.planned());
    ASSERT_GE(outside.alarms + outside.failures, told.least) << shim_.planned() << ", call " << call;
    ASSERT_LE(outside.alarms + outside.failures, told.most) << shim_.planned() << ", call " << call;
  }

  // What the authority's book on disk says, read back: every number of every run stands there, once.
  void expect_book_of(std::size_t reserved) const {
    const auto entries = book_.entries();
    std::set<base::Bytes> numbers;
    for (const auto& entry : entries) numbers.insert(entry.serial);
    EXPECT_EQ(entries.size(), reserved);
    EXPECT_EQ(numbers.size(), reserved);
  }

  FoldersInMemory in_memory_;  // before any folder is made
  TemporaryFolder folder_;
  base::FixedClock clock_{kNow};
  admin::CaBook book_{folder_ / "ca.db", true, clock_};
  SoftHsm hsm_;
  Shim shim_;
  base::SeededRandom random_{5};
  const x509::issue::Profile& profile_ = x509::issue::shipped_profile();
  const int years_ = profile_.card_validity.longest_years();
  base::Bytes csca_, signer_, signer_public_;  // certificates, DER; SubjectPublicKeyInfo
  std::optional<x509::format::Certificate> parsed_csca_;
  crypto::openssl::PkeyPtr judge_;
  std::unique_ptr<signing::ReadBack> read_back_;
  std::set<base::Bytes> reserved_;
  std::int64_t crl_number_ = 0;
};

TEST_P(FaultyToken, AtEveryCallOfARunOfFiftyNothingFalseLeaves) {
  const Outside undisturbed = run(kShimNone, 0);
  expect_good(undisturbed, kShimNone, 0);
  std::size_t reserved = undisturbed.reserved;
  const unsigned long calls = shim_.calls();
  std::map<std::string, int> went_wrong;
  for (unsigned long call = 1; call <= calls; ++call) {
    const Outside outside = run(GetParam(), call);
    expect_good(outside, GetParam(), call);
    if (HasFatalFailure()) return;
    ++went_wrong[shim_.planned()];
    reserved += outside.reserved;
  }
  expect_book_of(reserved);
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
