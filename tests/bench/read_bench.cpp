// What an inspection costs the terminal beside its public-key operations: a whole read (PACE, chip authentication,
// passive authentication, DG1, DG2 of 15 kB, DG13) with the card's answers at hand, against the same operations by bare
// OpenSSL. The card runs once; then its answers are replayed, so its work is in neither.

#include <benchmark/benchmark.h>
#include <openssl/ec.h>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"
#include "smartcard/inspection/card_inspection.h"
#include "tests/judge/forge.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

namespace openssl = crypto::openssl;

struct Exchange {
  apdu::Command command;
  apdu::Response answer;
};

class Recorder final : public transport::Channel {
 public:
  explicit Recorder(transport::Channel& card) : card_(card) {}
  apdu::Response transmit(const apdu::Command& command) override {
    exchanges.push_back({command, card_.transmit(command)});
    return exchanges.back().answer;
  }
  bool extended_length() const override { return true; }
  std::vector<Exchange> exchanges;

 private:
  transport::Channel& card_;
};

class Replay final : public transport::Channel {
 public:
  explicit Replay(const std::vector<Exchange>& exchanges) : next_(exchanges.begin()), end_(exchanges.end()) {}
  apdu::Response transmit(const apdu::Command& command) override {
    base::ensure(next_ != end_ && next_->command == command, "the same seed asks the same");
    return (next_++)->answer;
  }
  bool extended_length() const override { return true; }

 private:
  std::vector<Exchange>::const_iterator next_, end_;
};

inspection::Report read(transport::Channel& card, const trust::TrustStore& trust, const std::string& mrz) {
  base::SeededRandom random(4);
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  how.can = full_chip::kCan;
  how.policy.active_authentication = inspection::Demand::Never;
  return inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
}

void ReadACard(benchmark::State& state) {
  full_chip::InProcessCard card(full_chip::with_a_large_portrait());
  const trust::TrustStore trust = forge::trust();
  const std::string mrz = sample::mrz();
  Recorder recorder(card);
  base::ensure(read(recorder, trust, mrz).verdict == inspection::Verdict::Genuine, "the recorded card is genuine");
  for (auto step : state) {
    Replay replay(recorder.exchanges);
    base::ensure(read(replay, trust, mrz).verdict == inspection::Verdict::Genuine, "the replayed card is genuine");
  }
}
BENCHMARK(ReadACard)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime();

using GroupPtr = std::unique_ptr<EC_GROUP, openssl::FreeWith<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, openssl::FreeWith<EC_POINT_free>>;
using ContextPtr = std::unique_ptr<BN_CTX, openssl::FreeWith<BN_CTX_free>>;

// Generic mapping on brainpoolP256r1: the mapping key, H, s·G, the key, the secret. Chip authentication: the key, the
// secret. The scalars are as long as the order.
void agree(const EC_GROUP* group, const EC_POINT* other, const BIGNUM* scalar, BN_CTX* context, EC_POINT* out) {
  for (int i = 0; i < 3; ++i) EC_POINT_mul(group, out, scalar, nullptr, nullptr, context);
  for (int i = 0; i < 4; ++i) EC_POINT_mul(group, out, nullptr, other, scalar, context);
  benchmark::DoNotOptimize(out);
}

struct Signature {
  openssl::PkeyPtr key;
  base::Bytes digest, signature;
  bool verifies() const {
    const openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
    return EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  }
};

Signature signed_by(const std::string& key, const std::string& certificate, const asn1::Oid& hash) {
  const auto holder = openssl::parse_certificate(forge::certificate(certificate));
  const base::Bytes data(64, 0x5A);
  return {openssl::PkeyPtr(X509_get_pubkey(holder.get())), openssl::digest(openssl::hash_of(hash).value(), data),
          forge::sign(key, hash, data)};
}

void RawOperationsOfARead(benchmark::State& state) {
  const GroupPtr group(EC_GROUP_new_by_curve_name(NID_brainpoolP256r1));
  const ContextPtr context(BN_CTX_new());
  const openssl::BignumPtr scalar(BN_dup(EC_GROUP_get0_order(group.get())));
  BN_sub_word(scalar.get(), 0x1234567);
  const PointPtr other(EC_POINT_new(group.get())), out(EC_POINT_new(group.get()));
  EC_POINT_mul(group.get(), other.get(), scalar.get(), nullptr, nullptr, context.get());
  const Signature sod = signed_by("ds1", "ds1_p256", asn1::oid::kSha256);
  const Signature certificate = signed_by("csca1", "csca1_p384", asn1::oid::kSha384);
  for (auto step : state) {
    agree(group.get(), other.get(), scalar.get(), context.get(), out.get());
    base::ensure(sod.verifies() && certificate.verifies(), "the raw signatures verify");
  }
}
BENCHMARK(RawOperationsOfARead)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime();

}  // namespace

BENCHMARK_MAIN();
