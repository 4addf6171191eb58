// What the SOD line adds to its raw operations: from hashes to a finished EF.SOD that the signer's own witness has read
// back, against one signature and one verification with handles at hand. Through the file store on one and two threads,
// and through SoftHSM2 against calls of the bare PKCS #11 module.

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <cstring>

#include "issuance/signing/read_back.h"
#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/sod/issue/document_signer.h"
#include "pki/x509/issue/issue.h"
#include "tests/pki/softhsm.h"

namespace {

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T08:00:00Z");
constexpr auto kCurve = keystore::Curve::BrainpoolP384r1;
constexpr const char* kToken = "line";
constexpr const char* kObject = "ds-line";

base::Bytes certificate(const x509::format::Body& draft, const x509::format::Certificate* csca,
                        const keystore::SigningKey& issuer) {
  auto linted = x509::issue::lint(draft, {.csca = csca, .now = kNow, .profile = x509::issue::shipped_profile()});
  auto* permit = std::get_if<x509::issue::LintedCertificate>(&linted);
  base::ensure(permit != nullptr, "the shipped profile passes its own lint");
  return x509::issue::sign(std::move(*permit), issuer);
}

// A document signer over a key of either store, and the witness that cccd-signer puts behind it.
struct Line {
  base::Bytes public_key;
  std::unique_ptr<sod::issue::DocumentSigner> signer;
  std::unique_ptr<signing::ReadBack> read_back;

  explicit Line(std::unique_ptr<keystore::SigningKey> key) : public_key(key->public_key_named()) {
    const auto& profile = x509::issue::shipped_profile();
    const int years = profile.card_validity.longest_years();
    base::SeededRandom random(1);
    const auto csca_key = keystore::generate(keystore::Curve::BrainpoolP512r1, random);
    const auto csca = x509::format::parse_certificate(
        certificate(x509::issue::csca_draft(profile, csca_key->public_key_explicit(),
                                            x509::issue::random_serial(random), kNow, years),
                    nullptr, *csca_key));
    const base::Bytes own = certificate(x509::issue::signer_draft(profile, csca, key->public_key_explicit(),
                                                                  x509::issue::random_serial(random), kNow, years),
                                        &csca, *csca_key);
    read_back = std::make_unique<signing::ReadBack>(own);
    signer = std::make_unique<sod::issue::DocumentSigner>(std::move(key), own);
  }

  void issue_one(const std::map<int, base::Bytes>& hashes) const {
    auto linted = sod::issue::lint(hashes, *signer, kNow, base::make_date(2030, 1, 1));
    benchmark::DoNotOptimize(
        sod::issue::sign(std::get<sod::issue::LintedHashes>(std::move(linted)), *signer,
                         [this](base::ByteView ef_sod, const std::map<int, base::Bytes>& signed_hashes) {
                           return read_back->holds(ef_sod, signed_hashes);
                         }));
  }
};

const base::Bytes& digest() {
  static const base::Bytes made = crypto::openssl::sha256(base::bytes_of("benchmark"));
  return made;
}

void sign_cards(benchmark::State& state, const Line& line) {
  const std::map<int, base::Bytes> hashes{{1, digest()}, {2, digest()}, {13, digest()}, {15, digest()}};
  for (auto step : state) line.issue_one(hashes);
}

std::unique_ptr<keystore::SigningKey> file_key() {
  base::SeededRandom random(2);
  return keystore::generate(kCurve, random);  // the key of a file, once it is read
}

const Line& file_line() {
  static const Line line(file_key());
  return line;
}

void LineFile(benchmark::State& state) {
  sign_cards(state, file_line());
}
void LineFileTwoThreads(benchmark::State& state) {
  sign_cards(state, file_line());
}

void RawFile(benchmark::State& state) {
  static const auto key = file_key();
  const auto parsed = crypto::openssl::parse_public_key(key->public_key_named());
  for (auto step : state) {
    base::ensure(crypto::openssl::verify_ecdsa_plain(parsed.get(), digest(), key->sign_unverified(digest())),
                 "a raw signature verifies");
  }
}

// --- the token ----------------------------------------------------------------------------------------------------

test::SoftHsm& hsm() {
  static test::SoftHsm made;
  return made;
}

const Line& token_line() {
  static const Line line([] {
    hsm().make_token(kToken);
    base::SystemRandom random;
    return keystore::generate_at(hsm().address(kToken, kObject), kCurve, hsm().pin(), random);
  }());
  return line;
}

void LineToken(benchmark::State& state) {
  sign_cards(state, token_line());
}

// The module itself, as a small C program uses it: session, key and public key are found once. The process is logged in
// already, through the line's own session.
struct BareToken {
  CK_FUNCTION_LIST* functions = nullptr;
  CK_SESSION_HANDLE session = 0;
  CK_OBJECT_HANDLE key = 0;

  static void ok(CK_RV value) { base::ensure(value == CKR_OK, "the bare module does as it is told"); }
  BareToken() {
    void* const module = ::dlopen(test::kSoftHsm, RTLD_NOW);
    base::ensure(module != nullptr, "SoftHSM2 is installed");
    CK_C_GetFunctionList list = nullptr;
    void* const symbol = ::dlsym(module, "C_GetFunctionList");
    std::memcpy(&list, &symbol, sizeof list);
    ok(list(&functions));
    CK_ULONG count = 8;
    CK_SLOT_ID slots[8];
    ok(functions->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count && key == 0; ++i) find_key(slots[i]);
    base::ensure(key != 0, "the line's key is in one of the slots");
  }
  void find_key(CK_SLOT_ID slot) {
    CK_OBJECT_CLASS type = CKO_PRIVATE_KEY;
    std::string label = kObject;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &type, sizeof type}, {CKA_LABEL, label.data(), label.size()}};
    CK_ULONG found = 0;
    ok(functions->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session));
    ok(functions->C_FindObjectsInit(session, wanted, 2));
    ok(functions->C_FindObjects(session, &key, 1, &found));
    ok(functions->C_FindObjectsFinal(session));
    if (found == 0) key = 0;
  }
  base::Bytes sign(base::Bytes data) const {
    CK_MECHANISM how{CKM_ECDSA, nullptr, 0};
    base::Bytes signature(keystore::signature_size(kCurve));
    CK_ULONG size = signature.size();
    ok(functions->C_SignInit(session, &how, key));
    ok(functions->C_Sign(session, data.data(), data.size(), signature.data(), &size));
    return signature;
  }
};

void RawToken(benchmark::State& state) {
  const auto parsed = crypto::openssl::parse_public_key(token_line().public_key);
  static const BareToken token;
  for (auto step : state) {
    base::ensure(crypto::openssl::verify_ecdsa_plain(parsed.get(), digest(), token.sign(digest())),
                 "a bare signature verifies");
  }
}

BENCHMARK(RawFile)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(LineFile)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(LineFileTwoThreads)->Unit(benchmark::kMicrosecond)->UseRealTime()->Threads(2);
BENCHMARK(RawToken)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(LineToken)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
