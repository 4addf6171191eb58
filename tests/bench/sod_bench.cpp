// What one card costs the signer: building the LDS and EF.SOD, signing, and judging the result, against the bare
// signature and the bare verifications that nobody can save. Keys are parsed and the anchor is checked once, not per
// card.

#include <benchmark/benchmark.h>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/sod/judge/passive_authentication.h"
#include "pki/x509/issue/issue.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/lds.h"
#include "tests/support/vectors.h"

namespace {

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");

base::Bytes certificate(const x509::format::Body& draft, const x509::format::Certificate* csca,
                        const keystore::SigningKey& issuer) {
  const auto& profile = x509::issue::shipped_profile();
  auto linted = x509::issue::lint(draft, {.csca = csca, .now = kNow, .profile = profile});
  auto* permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the shipped profile passes its own lint");
  return x509::issue::sign(std::move(*permit), issuer);
}

struct Authority {
  base::SeededRandom random{1};
  std::unique_ptr<keystore::SigningKey> csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
  base::Bytes csca, ds;
  std::unique_ptr<sod::issue::DocumentSigner> signer;
  std::unique_ptr<keystore::SigningKey> bare_ds_key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  trust::TrustStore trust;

  Authority() {
    const auto& profile = x509::issue::shipped_profile();
    const int years = profile.card_validity.longest_years();
    csca = certificate(x509::issue::csca_draft(profile, csca_key->public_key_explicit(),
                                               x509::issue::random_serial(random), kNow, years),
                       nullptr, *csca_key);
    const auto parsed = x509::format::parse_certificate(csca);
    auto key = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
    ds = certificate(x509::issue::signer_draft(profile, parsed, key->public_key_explicit(),
                                               x509::issue::random_serial(random), kNow, years),
                     &parsed, *csca_key);
    signer = std::make_unique<sod::issue::DocumentSigner>(std::move(key), ds);
    trust.add_anchor(csca, "benchmark");
  }
};

Authority& authority() {
  static Authority instance;
  return instance;
}

lds::Files build_files() {
  const auto number = *document::CitizenNumber::parse("001090000000");
  const auto mrz = document::build_mrz(number, "Nguyễn Văn Mẫu", base::make_date(1990, 1, 1), document::Sex::Male,
                                       base::make_date(2030, 1, 1));
  base::Bytes jpeg = base::hex("FFD8FFC0000B08028001E001011100");
  jpeg.resize(15000, 0x55);
  base::append(jpeg, base::hex("FFD9"));
  document::CardOrder order{
      .person = {.number = number, .full_name = "Nguyễn Văn Mẫu", .birth = base::make_date(1990, 1, 1)}};
  return {{lds::FileId::Dg1, lds::encode_dg1(mrz.text())},
          {lds::FileId::Dg2, lds::encode_dg2(*lds::face_image(std::move(jpeg)))},
          {lds::FileId::Dg13,
           document::encode_dg13(document::dg13_of(order, base::make_date(2026, 11, 23), "0123456789ABCDEF"))},
          {lds::FileId::Dg15, vectors::load_binary("synth/EF_DG15.bin")}};
}

// The judgement is the second witness without which no signature leaves: passive authentication of the finished card.
void BuildSignAndJudgeACard(benchmark::State& state) {
  Authority& a = authority();
  for (auto step : state) {
    const lds::Files files = build_files();
    std::map<int, base::Bytes> groups, hashes;
    for (const auto& [id, content] : files) {
      const auto number = lds::info(id).data_group;
      hashes[number] = crypto::openssl::sha256(content);
      groups[number] = content;
    }
    auto linted = sod::issue::lint(std::move(hashes), *a.signer, kNow, base::make_date(2030, 1, 1));
    const auto witness = [&](base::ByteView ef_sod, const std::map<int, base::Bytes>& signed_hashes) {
      const auto judged = sod::judge::passive_authentication(ef_sod, groups, a.trust, kNow);
      return judged.passed() && judged.signed_hashes == signed_hashes;
    };
    benchmark::DoNotOptimize(
        sod::issue::sign(std::get<sod::issue::LintedHashes>(std::move(linted)), *a.signer, witness));
  }
}
BENCHMARK(BuildSignAndJudgeACard)->Unit(benchmark::kMicrosecond);

// One raw signature by the issuer's library, nothing else.
void RawSignP384(benchmark::State& state) {
  const auto digest = crypto::openssl::sha256(base::bytes_of("benchmark"));
  for (auto step : state) benchmark::DoNotOptimize(authority().bare_ds_key->sign_unverified(digest));
}
BENCHMARK(RawSignP384)->Unit(benchmark::kMicrosecond);

void raw_verify(benchmark::State& state, const keystore::SigningKey& key, crypto::openssl::Hash hash) {
  const auto digest = crypto::openssl::digest(hash, base::bytes_of("benchmark"));
  const auto signature = key.sign_digest(digest);
  const auto parsed = crypto::openssl::parse_public_key(key.public_key_named());
  for (auto step : state)
    base::ensure(crypto::openssl::verify_ecdsa_plain(parsed.get(), digest, signature), "a raw signature verifies");
}

// What the judgement cannot save: the signature of the SOD, and that of the document signer's certificate.
void RawVerifyP384(benchmark::State& state) {
  raw_verify(state, *authority().bare_ds_key, crypto::openssl::Hash::Sha256);
}
BENCHMARK(RawVerifyP384)->Unit(benchmark::kMicrosecond);

void RawVerifyP512(benchmark::State& state) {
  raw_verify(state, *authority().csca_key, crypto::openssl::Hash::Sha512);
}
BENCHMARK(RawVerifyP512)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
