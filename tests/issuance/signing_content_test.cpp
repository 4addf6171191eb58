// A lying station asks for a signature: other data groups, another day, another key, the same order twice. And the good
// path, judged by OpenSSL's own program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "issuance/signing/signed_cards.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/statement.h"
#include "pki/sod/format/lds_security_object.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "tests/issuance/signing_world.h"
#include "tests/issuance/unsound_key.h"

extern char** environ;  // NOLINT: POSIX names it so

namespace {

using namespace signing_test;
using testing::ElementsAre;

// The exit code of a program found on PATH.
int run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return -1;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class SigningContent : public testing::Test {
 protected:
  SigningContent() { bind(); }

  void bind() {
    auto signer = world_.signer();
    auto outcome = signer.assign(case_.evidence, kSerial, kdd_of(kSerial), {});
    ASSERT_TRUE(std::holds_alternative<signing::Assignment>(outcome));
    assignment_ = std::get<signing::Assignment>(outcome).id;
  }
  signing::SignRequest good() { return world_.sign_request(case_, assignment_); }
  auto sign(const signing::SignRequest& request) {
    auto signer = world_.signer();
    return signer.sign(request, {});
  }
  std::vector<std::string> refusal(const signing::SignRequest& request) {
    const auto outcome = sign(request);
    const auto binding = signing::Ledger(world_.store).by_id(assignment_);
    if (std::holds_alternative<base::Findings>(outcome)) {
      EXPECT_FALSE(binding->is_signed());
    }
    return codes(outcome);
  }

  // A second case, with the other chip of the stock.
  auto sign_the_next_case() {
    auto answer = world_.answer();
    answer.case_id = "2026-000002";
    const std::string jws = world_.sign_answer(answer);
    auto order = world_.order(jws);
    order.case_id = "2026-000002";
    const auto second = world_.case_of(order, jws);
    auto signer = world_.signer();
    const auto assignment =
        std::get<signing::Assignment>(signer.assign(second.evidence, kOtherSerial, kdd_of(kOtherSerial), {}));
    return signer.sign(world_.sign_request(second, assignment.id, kOtherSerial), {});
  }

  World world_;
  World::Case case_ = world_.good_case();
  std::string assignment_;
};

TEST_F(SigningContent, SignsWhatWasApprovedAndTheLogTellsIntentAndOutcome) {
  const auto outcome = sign(good());
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(outcome)) << testing::PrintToString(codes(outcome));
  EXPECT_THAT(world_.logged_events(),
              ElementsAre("trust.loaded", "chip.binding", "chip.bound", "card.signing", "card.signed"));
  EXPECT_FALSE(evidence::verify_log(world_.home.log_folder(), world_.log_key->public_key_named()).failed());
}

TEST_F(SigningContent, TheBookTellsWhichCardsASignerSigned) {
  const auto cards_of = [&](base::ByteView certificate) {
    std::vector<std::string> out;
    signing::each_card_of(world_.store, certificate, [&](const signing::SignedCard& card) {
      out.push_back(card.case_id + " " + card.serial + " " + card.day + (card.live ? " live" : ""));
    });
    return out;
  };
  EXPECT_TRUE(cards_of(document_signer().certificate()).empty());  // bound, not yet signed
  sign(good());
  const auto binding = signing::Ledger(world_.store).by_id(assignment_);
  EXPECT_THAT(cards_of(document_signer().certificate()), ElementsAre(binding->case_id + " " + binding->serial + " " +
                                                                     base::to_iso(world_.clock.today()) + " live"));
  base::Bytes other = document_signer().certificate();
  other.back() ^= 1U;
  EXPECT_TRUE(cards_of(other).empty());
}

TEST_F(SigningContent, OpensslsOwnProgramVerifiesTheSod) {
  const auto sod = std::get<base::Bytes>(sign(good()));
  const auto file = [&](const char* name, base::ByteView content) {
    base::write_file(world_.folder / name, content, "writing a test's file");
    return (world_.folder / name).string();
  };
  const std::string cms = file("sod.cms", sod::format::unwrap(sod));
  const std::string content = (world_.folder / "content").string();
  ASSERT_EQ(run({"openssl", "cms", "-verify", "-inform", "DER", "-in", cms, "-noverify", "-out", content}), 0);
  const auto hashes = sod::format::parse(base::read_file(content, "reading a test's file")).hashes;
  const auto request = good();
  EXPECT_EQ(hashes, (std::map<int, base::Bytes>{{1, crypto::openssl::sha256(request.dg1)},
                                                {2, request.dg2_sha256},
                                                {3, request.dg3_sha256},
                                                {13, crypto::openssl::sha256(request.dg13)},
                                                {14, crypto::openssl::sha256(request.dg14)},
                                                {15, crypto::openssl::sha256(request.dg15)}}));
}

TEST_F(SigningContent, TheReadBackRefusesOneChangedOctetAndOneOtherHash) {
  const auto sod = std::get<base::Bytes>(sign(good()));
  const signing::ReadBack read_back(document_signer().certificate());
  auto hashes = std::map<int, base::Bytes>{{1, crypto::openssl::sha256(good().dg1)},
                                           {2, good().dg2_sha256},
                                           {3, good().dg3_sha256},
                                           {13, crypto::openssl::sha256(good().dg13)},
                                           {14, crypto::openssl::sha256(good().dg14)},
                                           {15, crypto::openssl::sha256(good().dg15)}};
  EXPECT_TRUE(read_back.holds(sod, hashes));
  auto changed = sod;
  changed.back() ^= 1;
  EXPECT_FALSE(read_back.holds(changed, hashes));
  // The certificate that travels in the file is not what OpenSSL verifies under: it is compared.
  auto other = sod;
  const base::Bytes& certificate = document_signer().certificate();
  const auto at = std::search(other.begin(), other.end(), certificate.begin(), certificate.end());
  ASSERT_NE(at, other.end());
  at[static_cast<std::ptrdiff_t>(certificate.size()) - 1] ^= 1;
  EXPECT_FALSE(read_back.holds(other, hashes));
  hashes[2][0] ^= 1;
  EXPECT_FALSE(read_back.holds(sod, hashes));
}

// A key whose signatures are one bit off, with the certificate of the honest one.
class LyingKey final : public keystore::SigningKey {
 public:
  explicit LyingKey(Key honest) : honest_(std::move(honest)) {}
  keystore::KeyKind kind() const override { return honest_->kind(); }
  base::Bytes public_key_named() const override { return honest_->public_key_named(); }
  base::Bytes public_key_explicit() const override { return honest_->public_key_explicit(); }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    base::Bytes signature = honest_->sign_unverified(digest);
    signature.back() ^= 0x01;
    return signature;
  }

 private:
  Key honest_;
};

TEST_F(SigningContent, ASignatureThatTheReadBackRefusesIsNeitherGivenOutNorRecorded) {
  base::SeededRandom random(5);
  Key honest = keystore::generate(keystore::Curve::BrainpoolP384r1, random);
  base::Bytes certificate = certificate_for(*honest, world_.clock.now());
  const sod::issue::DocumentSigner lying(std::make_unique<LyingKey>(std::move(honest)), std::move(certificate));
  auto signer = world_.signer_with(lying);
  try {
    signer.sign(good(), {});
    FAIL() << "a broken signature left the signer";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
  }
  EXPECT_FALSE(signing::Ledger(world_.store).by_id(assignment_)->is_signed());
  EXPECT_EQ(world_.logged_events().back(), "card.signing") << "an intent without an outcome";
}

// --- data groups --------------------------------------------------------------------------------------------------

TEST_F(SigningContent, RefusesAnotherMrz) {
  auto request = good();
  const auto& p = case_.order.person;
  request.dg1 =
      lds::encode_dg1(document::build_mrz(p.number, "Lê Thị Khác", p.birth, p.sex, case_.order.expiry).text());
  EXPECT_THAT(refusal(request), ElementsAre("DG1_DIFFERS_FROM_ORDER"));
  request.dg1 = good().dg1;
  request.dg1.push_back(0);
  EXPECT_THAT(refusal(request), ElementsAre("DG1_DIFFERS_FROM_ORDER"));
}

TEST_F(SigningContent, RefusesAnotherFace) {
  auto request = good();
  request.dg2_sha256[31] ^= 1;
  EXPECT_THAT(refusal(request), ElementsAre("DG2_DIFFERS_FROM_ORDER"));
}

TEST_F(SigningContent, RefusesOtherFingersAndNoneWhereSomeWereApproved) {
  auto request = good();
  request.dg3_sha256[31] ^= 1;
  EXPECT_THAT(refusal(request), ElementsAre("DG3_DIFFERS_FROM_ORDER"));
  request.dg3_sha256.clear();
  EXPECT_THAT(refusal(request), ElementsAre("DG3_DIFFERS_FROM_ORDER"));
}

// The two officers approved a card without fingers, for the reason that the order states.
TEST_F(SigningContent, RefusesFingersThatNobodyApproved) {
  World world;
  const std::string answer = world.sign_answer(world.answer());
  auto order = world.order(answer);
  order.dg3_sha256.clear();
  order.fingers_missing = "amputated";
  const auto c = world.case_of(order, answer);
  auto signer = world.signer();
  const auto assignment = std::get<signing::Assignment>(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {}));
  auto request = world.sign_request(c, assignment.id);
  request.dg3_sha256 = crypto::openssl::sha256(base::view_of("DG3"));
  EXPECT_THAT(codes(signer.sign(request, {})), ElementsAre("DG3_DIFFERS_FROM_ORDER"));
  request.dg3_sha256.clear();
  const auto sod = signer.sign(request, {});
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sod)) << testing::PrintToString(codes(sod));
  EXPECT_TRUE(signing::ReadBack(document_signer().certificate())
                  .holds(std::get<base::Bytes>(sod), {{1, crypto::openssl::sha256(request.dg1)},
                                                      {2, request.dg2_sha256},
                                                      {13, crypto::openssl::sha256(request.dg13)},
                                                      {14, crypto::openssl::sha256(request.dg14)},
                                                      {15, crypto::openssl::sha256(request.dg15)}}));
}

TEST_F(SigningContent, RefusesDg13OfAnotherDayAnotherChipAndAnotherPerson) {
  auto request = good();
  const auto today = world_.clock.today();
  auto order = case_.order;
  order.person.religion = "Khác";
  for (const auto& fields :
       {document::dg13_of(case_.order, base::add_years(today, 1), kSerial),
        document::dg13_of(case_.order, today, kOtherSerial), document::dg13_of(order, today, kSerial)}) {
    request.dg13 = document::encode_dg13(fields);
    EXPECT_THAT(refusal(request), ElementsAre("DG13_DIFFERS_FROM_ORDER"));
  }
}

TEST_F(SigningContent, RefusesAnAaKeyThatIsNone) {
  auto request = good();
  for (const base::Bytes& bad :
       {base::Bytes{}, base::hex("6F00"), lds::encode_dg15(rsa_public_key(1024)),
        lds::encode_dg15(ec_public_key("secp224r1")), lds::encode_dg15(ec_public_key("secp256k1")),
        base::concat({good().dg15, base::hex("00")}), rsa_dg15(256, 0xC1, 1), rsa_dg15(256, 0xC1, 65536),
        rsa_dg15(256, 0xC2, 65537), rsa_dg15(513, 0xC1, 65537)}) {
    request.dg15 = bad;
    EXPECT_THAT(refusal(request), ElementsAre("DG15_MALFORMED"));
  }
}

TEST_F(SigningContent, RefusesADg14ThatIsNotTheCards) {
  const base::Bytes key = ec_public_key();
  base::Bytes off_curve = key;
  off_curve.back() ^= 1;
  const std::pair<const char*, std::function<void(lds::SecurityInfos&)>> changes[] = {
      {"no PACE", [](auto& infos) { infos.pace.clear(); }},
      {"PACE by integrated mapping", [](auto& infos) { infos.pace[0].mapping = lds::Mapping::Integrated; }},
      {"PACE on another curve", [](auto& infos) { infos.pace[0].parameter_id = 12; }},
      {"a second PACE with 3DES",
       [](auto& infos) { infos.pace.push_back({.cipher = lds::Cipher::TripleDes, .parameter_id = 13}); }},
      {"no protocol for the key", [](auto& infos) { infos.chip_authentication.clear(); }},
      {"chip authentication with 3DES",
       [](auto& infos) { infos.chip_authentication[0].cipher = lds::Cipher::TripleDes; }},
      {"chip authentication of version 2", [](auto& infos) { infos.chip_authentication[0].version = 2; }},
      {"a protocol for another key", [](auto& infos) { infos.chip_authentication[0].key_id = 2; }},
      {"no key", [](auto& infos) { infos.chip_keys.clear(); }},
      {"two keys", [](auto& infos) { infos.chip_keys.push_back({.public_key = ec_public_key(), .key_id = 2}); }},
      {"a key off its curve", [&](auto& infos) { infos.chip_keys[0].public_key = off_curve; }},
      {"a key on a weak curve", [](auto& infos) { infos.chip_keys[0].public_key = ec_public_key("secp224r1"); }},
      {"a key on no standardized curve",
       [](auto& infos) { infos.chip_keys[0].public_key = ec_public_key("secp256k1"); }},
      {"an RSA key", [](auto& infos) { infos.chip_keys[0].public_key = rsa_public_key(); }},
      {"no terminal authentication", [](auto& infos) { infos.terminal_authentication.clear(); }},
      {"terminal authentication of version 2", [](auto& infos) { infos.terminal_authentication[0].version = 2; }},
      {"something unknown beside it", [](auto& infos) {
         infos.others.push_back(
             {asn1::Oid("1.2.3"), asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.oid(asn1::Oid("1.2.3"))).take()});
       }}};
  auto request = good();
  for (const auto& [name, change] : changes) {
    auto infos = security_infos_of(key);
    change(infos);
    request.dg14 = lds::encode_dg14(infos);
    EXPECT_THAT(refusal(request), ElementsAre("DG14_NOT_ACCEPTED")) << name;
  }
  for (const base::Bytes& bad : {base::hex("6E00"), base::concat({good().dg14, base::hex("00")})}) {
    request.dg14 = bad;
    EXPECT_THAT(refusal(request), ElementsAre("DG14_NOT_ACCEPTED"));
  }
  request.dg14 = lds::encode_dg14(security_infos_of(key));
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(sign(request)));
}

// 9303-11 §9.2.4: EF.DG14 names the algorithm of an ECDSA key in EF.DG15, and of no other key.
TEST_F(SigningContent, TakesAnEcdsaKeyWithTheSignatureThatDg14Names) {
  auto request = good();
  auto names = [infos = security_infos_of(ec_public_key())](const std::vector<asn1::Oid>& named) mutable {
    infos.active_authentication.clear();
    for (const auto& oid : named) infos.active_authentication.push_back({.signature_algorithm = oid});
    return lds::encode_dg14(infos);
  };
  const asn1::Oid good_oid = lds::kEcdsaPlainSha256;
  request.dg14 = names({good_oid});
  EXPECT_THAT(refusal(request), ElementsAre("DG14_NOT_ACCEPTED")) << "the key is RSA";
  request.dg15 = lds::encode_dg15(ec_public_key("prime256v1"));
  for (const auto& bad : std::vector<std::vector<asn1::Oid>>{
           {}, {good_oid, good_oid}, {lds::kEcdsaPlainSha224}, {asn1::oid::kEcdsaWithSha256}}) {
    request.dg14 = names(bad);
    EXPECT_THAT(refusal(request), ElementsAre("DG14_NOT_ACCEPTED"));
  }
  world_.settings.allow_chips_without_ca = true;
  request.dg14.clear();
  EXPECT_THAT(refusal(request), ElementsAre("DG14_MISSING")) << "nobody could know how it signs";
  request.dg14 = names({good_oid});
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(sign(request)));
}

TEST_F(SigningContent, DemandsAKeyForChipAuthenticationUnlessTheAdministratorDoesNot) {
  auto request = good();
  request.dg14.clear();
  world_.settings.allow_chips_without_ca = false;
  EXPECT_THAT(refusal(request), ElementsAre("DG14_MISSING"));
  world_.settings.allow_chips_without_ca = true;
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(sign(request)));
}

TEST_F(SigningContent, RefusesTheChipAuthenticationKeyOfAnotherChip) {
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  world_.dg15 = lds::encode_dg15(rsa_public_key());
  EXPECT_THAT(codes(sign_the_next_case()), ElementsAre("CA_KEY_OF_ANOTHER_CHIP"));
}

TEST_F(SigningContent, RefusesTheAaKeyOfAnotherChip) {
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  world_.dg14 = lds::encode_dg14(security_infos_of(ec_public_key()));
  EXPECT_THAT(codes(sign_the_next_case()), ElementsAre("AA_KEY_OF_ANOTHER_CHIP"));
}

TEST_F(SigningContent, RefusesASecondAaKeyOfAChipThatToldOne) {
  db::Transaction change(world_.store);
  signing::Ledger(world_.store).record_chip_keys(assignment_, evidence::sha256_text("the first key"), "");
  change.commit();
  EXPECT_THAT(refusal(good()), ElementsAre("AA_KEY_CHANGED", "CA_KEY_CHANGED"));
}

TEST_F(SigningContent, RefusesASecondChipAuthenticationKeyOfAChipThatToldOneAndNoneInItsPlace) {
  const auto aa_key = lds::parse_dg15(good().dg15);
  db::Transaction change(world_.store);
  signing::Ledger(world_.store)
      .record_chip_keys(assignment_, evidence::sha256_bytes(*aa_key), evidence::sha256_text("the first key"));
  change.commit();
  EXPECT_THAT(refusal(good()), ElementsAre("CA_KEY_CHANGED"));
  auto request = good();
  request.dg14.clear();
  world_.settings.allow_chips_without_ca = true;
  EXPECT_THAT(refusal(request), ElementsAre("CA_KEY_CHANGED"));
}

// --- time and number ----------------------------------------------------------------------------------------------

TEST_F(SigningContent, RefusesWhenTheValidityIsAnotherThanApproved) {
  World world;
  const std::string answer = world.sign_answer(world.answer());
  auto order = world.order(answer);
  order.expiry = base::make_date(2049, 5, 17);  // nine years more than the table gives
  const auto c = world.case_of(order, answer);
  auto signer = world.signer();
  const auto assignment = std::get<signing::Assignment>(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {}));
  EXPECT_THAT(codes(signer.sign(world.sign_request(c, assignment.id), {})), ElementsAre("VALIDITY_CHANGED"));
}

TEST_F(SigningContent, ChecksTheEvidenceAgainWhenItSigns) {
  world_.clock.set(world_.clock.now() + std::chrono::hours{71});  // the answer is 72 hours old, the order has ended
  EXPECT_THAT(refusal(good()), ElementsAre("ORDER_EXPIRED"));
  world_.clock.set(world_.clock.now() + std::chrono::hours{1});
  EXPECT_THAT(refusal(good()), ElementsAre("REGISTRY_ANSWER_STALE"));
}

TEST_F(SigningContent, RefusesOtherApprovalsThanTwoGoodOnesAlsoWhenItSigns) {
  auto request = good();
  request.evidence.approvals.pop_back();
  EXPECT_THAT(refusal(request), ElementsAre("APPROVAL_MISSING"));
}

TEST_F(SigningContent, StopsAtTheDailyLimitAndGoesOnTheNextDay) {
  world_.settings.daily_limit = 0;
  EXPECT_THAT(refusal(good()), ElementsAre("SIGNING_LIMIT_REACHED"));
  world_.settings.daily_limit = 1;
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
}

// --- once ---------------------------------------------------------------------------------------------------------

TEST_F(SigningContent, RefusesAnAssignmentThatIsUnknownWrittenOffOrOfAnotherOrder) {
  auto request = good();
  request.assignment = "AAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_THAT(refusal(request), ElementsAre("ASSIGNMENT_UNKNOWN"));
  auto order = case_.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  EXPECT_THAT(refusal(world_.sign_request(world_.case_of(order, case_.evidence.answer), assignment_)),
              ElementsAre("ASSIGNMENT_UNKNOWN"));
  db::Transaction change(world_.store);
  signing::Ledger(world_.store).write_off(kSerial, case_.order.case_id);
  change.commit();
  EXPECT_THAT(refusal(good()), ElementsAre("ASSIGNMENT_UNKNOWN"));
}

TEST_F(SigningContent, AChipThatIsWrittenOffWhileItIsSignedStopsThatRequestAndNotTheSigner) {
  db::Transaction change(world_.store);
  signing::Ledger ledger(world_.store);
  ledger.write_off(kSerial, case_.order.case_id);
  EXPECT_THROW(ledger.record_chip_keys(assignment_, "key", ""), base::Error);
  EXPECT_THROW(ledger.record_signature(assignment_, "content", base::hex("77"), "key", world_.clock.today(), {}),
               base::Error);
}

TEST_F(SigningContent, TheSameContentGetsTheSameSodEvenDaysLater) {
  const auto request = good();
  const auto first = std::get<base::Bytes>(sign(request));
  world_.clock.set(world_.clock.now() + std::chrono::hours{24 * 9});
  EXPECT_EQ(std::get<base::Bytes>(sign(request)), first);
  EXPECT_THAT(world_.logged_events(), testing::Contains("card.signed").Times(1));
}

TEST_F(SigningContent, RefusesASignedOrderWithOtherContent) {
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  auto request = good();
  request.dg15 = lds::encode_dg15(rsa_public_key());
  EXPECT_THAT(codes(sign(request)), ElementsAre("ORDER_ALREADY_SIGNED"));
  auto signer = world_.signer();
  EXPECT_THAT(codes(signer.assign(case_.evidence, kOtherSerial, kdd_of(kOtherSerial), {})),
              ElementsAre("ORDER_ALREADY_SIGNED"));
}

TEST_F(SigningContent, RefusesASecondOrderOfACaseWhoseCardIsSigned) {
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  auto order = case_.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  auto signer = world_.signer();
  EXPECT_THAT(codes(signer.assign(world_.case_of(order, case_.evidence.answer).evidence, kOtherSerial,
                                  kdd_of(kOtherSerial), {})),
              ElementsAre("ORDER_ALREADY_SIGNED"));
}

TEST_F(SigningContent, TwoOrdersOfOneCaseBoundToTwoChipsStillGiveOneCard) {
  auto order = case_.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  const auto second = world_.case_of(order, case_.evidence.answer);
  auto signer = world_.signer();
  const auto assignment =
      std::get<signing::Assignment>(signer.assign(second.evidence, kOtherSerial, kdd_of(kOtherSerial), {}));
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  world_.take_another_chip();
  const auto request = world_.sign_request(second, assignment.id, kOtherSerial);
  EXPECT_THAT(codes(sign(request)), ElementsAre("ORDER_ALREADY_SIGNED"));
}

TEST_F(SigningContent, ASpoiledCardsOrderIsSignedAgainForAnotherChip) {
  ASSERT_TRUE(std::holds_alternative<base::Bytes>(sign(good())));
  db::Transaction change(world_.store);
  signing::Ledger(world_.store).write_off(kSerial, case_.order.case_id);
  change.commit();
  auto signer = world_.signer();
  const auto assignment =
      std::get<signing::Assignment>(signer.assign(case_.evidence, kOtherSerial, kdd_of(kOtherSerial), {}));
  world_.take_another_chip();
  const auto request = world_.sign_request(case_, assignment.id, kOtherSerial);
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(signer.sign(request, {})));
}

TEST_F(SigningContent, ASignatureThatAPowerCutKeptOutOfTheLogEntersItAtTheNextStart) {
  db::Transaction change(world_.store);
  signing::Ledger(world_.store)
      .record_signature(assignment_, "content", base::hex("7700"), "key", world_.clock.today(), world_.clock.now());
  change.commit();
  world_.signer();
  EXPECT_THAT(world_.logged_events(), testing::Contains("card.signed").Times(1));
  world_.signer();
  EXPECT_THAT(world_.logged_events(), testing::Contains("card.signed").Times(1));
}

}  // namespace
