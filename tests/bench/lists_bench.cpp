// What lists cost: a document signer judged with 100,000 revoked numbers loaded against none, and a real master list
// read and verified against the bare library calls that nobody can save.

#include <benchmark/benchmark.h>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/masterlist/format/master_list.h"
#include "pki/masterlist/judge/master_list.h"
#include "pki/sod/judge/signer_certificate.h"
#include "pki/x509/issue/crl.h"
#include "pki/x509/issue/issue.h"
#include "tests/support/vectors.h"

namespace {

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");
constexpr std::size_t kRevoked = 100'000;

template <class Permit, class Linted>
Permit permit_of(Linted linted) {
  auto* const permit = std::get_if<Permit>(&linted);
  base::ensure(permit != nullptr, "what the benchmark makes passes x509::issue::lint()");
  return std::move(*permit);
}

struct Authority {
  base::SeededRandom random{1};
  std::unique_ptr<keystore::SigningKey> csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
  std::unique_ptr<keystore::SigningKey> ds_key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  base::Bytes csca, no_crl, large_crl;
  crypto::openssl::X509Ptr ds;

  Authority() {
    using namespace x509::issue;
    const Profile& profile = shipped_profile();
    const int years = profile.card_validity.longest_years();
    csca = sign(permit_of<LintedCertificate>(x509::issue::lint(
                    csca_draft(profile, csca_key->public_key_explicit(), random_serial(random), kNow, years),
                    {.csca = nullptr, .now = kNow, .profile = profile})),
                *csca_key);
    const auto parsed = x509::format::parse_certificate(csca);
    ds = crypto::openssl::parse_certificate(
        sign(permit_of<LintedCertificate>(x509::issue::lint(
                 signer_draft(profile, parsed, ds_key->public_key_explicit(), random_serial(random), kNow, years),
                 {.csca = &parsed, .now = kNow, .profile = profile})),
             *csca_key));
    no_crl = crl(parsed, 0);
    large_crl = crl(parsed, kRevoked);
  }

  base::Bytes crl(const x509::format::Certificate& parsed, std::size_t revoked) {
    std::vector<x509::format::RevokedCertificate> entries;
    for (std::size_t i = 0; i < revoked; ++i) entries.push_back({x509::issue::random_serial(random), kNow});
    const auto draft = x509::issue::crl_draft({.csca = parsed,
                                               .former_names = {},
                                               .number = 1,
                                               .revoked = std::move(entries),
                                               .now = kNow,
                                               .next_update = kNow + std::chrono::days{30}});
    return x509::issue::sign(permit_of<x509::issue::LintedCrl>(x509::issue::lint(draft, {.csca = parsed, .now = kNow})),
                             *csca_key, csca);
  }

  trust::TrustStore store(const base::Bytes& list) const {
    trust::TrustStore trust;
    trust.add_anchor(csca, "benchmark");
    trust.add_crl(list, "benchmark");
    return trust;
  }
};

Authority& authority() {
  static Authority instance;
  return instance;
}

void judge_path(benchmark::State& state, const base::Bytes& list, std::size_t revoked) {
  const trust::TrustStore trust = authority().store(list);
  base::ensure(trust.revoked() == revoked && trust.unverified_lists() == 0, "the list is loaded");
  for (auto _ : state) {
    const auto findings = sod::judge::judge_signer_certificate(authority().ds.get(), trust, kNow);
    base::ensure(findings.empty(), "the signer is good and not revoked");
  }
}

void PathWithNoneRevoked(benchmark::State& state) {
  judge_path(state, authority().no_crl, 0);
}

void PathWithManyRevoked(benchmark::State& state) {
  judge_path(state, authority().large_crl, kRevoked);
}

void LoadManyRevoked(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(authority().store(authority().large_crl).revoked());
}

const base::Bytes& dutch_list() {
  static const base::Bytes file = vectors::load_binary("masterlists/NL_ML_2025-07-29.ml");
  return file;
}

// CMS_verify, and d2i_X509 of each certificate; where they begin is known beforehand.
void RawMasterList(benchmark::State& state) {
  const auto known = masterlist::judge::read(dutch_list());
  const auto signer = crypto::openssl::parse_certificate(known.signer);
  for (auto _ : state) {
    const unsigned char* at = dutch_list().data();
    const crypto::openssl::CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(dutch_list().size())));
    base::ensure(CMS_verify(cms.get(), nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1,
                 "the list verifies");
    for (const auto& entry : known.entries) {
      const unsigned char* der = entry.der.data();
      const crypto::openssl::X509Ptr one(d2i_X509(nullptr, &der, static_cast<long>(entry.der.size())));
      benchmark::DoNotOptimize(one.get());
    }
  }
}

void ReadMasterList(benchmark::State& state) {
  for (auto _ : state) {
    const auto list = masterlist::judge::read(dutch_list());
    base::ensure(list.findings.empty() && list.entries.size() == 394, "the list is read");
  }
}

BENCHMARK(PathWithNoneRevoked)->Unit(benchmark::kMicrosecond);
BENCHMARK(PathWithManyRevoked)->Unit(benchmark::kMicrosecond);
BENCHMARK(LoadManyRevoked)->Unit(benchmark::kMicrosecond);
BENCHMARK(RawMasterList)->Unit(benchmark::kMicrosecond);
BENCHMARK(ReadMasterList)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
