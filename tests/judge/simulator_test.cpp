// The inspector (OpenSSL) at the chip (Botan): access, secure messaging, reading, passive and active authentication,
// with nothing between them but command and response APDUs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/access/access.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/evidence.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/inspection/verdict.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/crypto.h"
#include "tests/judge/chip_key.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace {

using inspection::Report;
using inspection::Verdict;
using lds::FileId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InProcessCard final : public transport::Channel {
 public:
  InProcessCard(simulator::StateStore& store, base::Random& random, bool extended)
      : chip_(store, random), extended_(extended) {}
  apdu::Response transmit(const apdu::Command& command) override {
    return apdu::decode_response(chip_.transmit(apdu::encode(command))).value();
  }
  bool extended_length() const override { return extended_; }

 private:
  simulator::Chip chip_;
  bool extended_;
};

const simulator::AaKey& chip_key() {
  static base::SeededRandom random(7);
  static const simulator::AaKey key = simulator::AaKey::generate(random);
  return key;
}

lds::Files signed_files() {
  lds::Files files = sample::card();
  files[FileId::Dg15] = sample::dg15_of(chip_key());
  return sample::sign_again(std::move(files));
}

simulator::State personalized(const lds::Files& files) {
  simulator::State state;
  state.serial = base::hex("0123456789ABCDEF");
  state.application = simulator::ApplicationState::Personalized;
  const auto key = [] { return base::Secret(base::Bytes(16, 0x40)); };
  state.keys = {.version = 0x31, .enc = key(), .mac = key(), .dek = key()};
  for (const auto& [id, content] : files) state.files[static_cast<std::uint16_t>(id)] = content;
  const auto information = document::parse_mrz(sample::mrz()).fields.value().bac_information;
  chip_access::BacKeys bac = chip_access::derive_bac_keys(information);
  state.bac = simulator::BacKeys{std::move(bac.enc), std::move(bac.mac)};
  state.aa_key = chip_key().pkcs8();
  return state;
}

Report inspect(const simulator::State& state, const std::string& mrz, bool extended = true,
               lds::Files* read = nullptr) {
  simulator::MemoryStore store(state);
  base::SeededRandom chip_random(3), random(4);
  InProcessCard card(store, chip_random, extended);
  return inspection::inspect_card(card, mrz, forge::trust(), forge::inspection_moment(), random, read);
}

TEST(InspectorAtTheChip, FindsAPersonalizedCardGenuine) {
  const lds::Files files = signed_files();
  lds::Files read;
  const Report report = inspect(personalized(files), sample::mrz(), /*extended=*/true, &read);
  EXPECT_EQ(report.verdict, Verdict::Genuine);
  EXPECT_THAT(report.reasons(), IsEmpty());
  EXPECT_EQ(read, files);
}

TEST(InspectorAtTheChip, ProvesAChipByEcdsaOnEitherCurve) {
  base::SeededRandom random(8);
  for (const auto kind : {simulator::AaKey::Kind::P256, simulator::AaKey::Kind::BrainpoolP256r1}) {
    const auto key = simulator::AaKey::generate(random, kind);
    lds::Files files = sample::card();
    files[FileId::Dg15] = lds::encode_dg15(key.public_key_info());
    simulator::State state = personalized(sample::sign_again(std::move(files)));
    state.aa_key = key.pkcs8();
    const Report report = inspect(state, sample::mrz(), /*extended=*/false);
    EXPECT_EQ(report.verdict, Verdict::Genuine) << to_text(report);
    const simulator::State clone = cloned_state(state, random);
    EXPECT_THAT(inspect(clone, sample::mrz()).reasons(), ElementsAre("ACTIVE_AUTHENTICATION_FAILED"));
  }
}

// The answer to the challenge does not fit a short answer: that is the reader's limit and no mark against the card.
TEST(InspectorAtTheChip, AReaderWithoutExtendedLengthIsTheWorldsFault) {
  try {
    inspect(personalized(signed_files()), sample::mrz(), /*extended=*/false);
    FAIL() << "a verdict was given";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("extended length"));
  }
}

TEST(InspectorAtTheChip, ReadsALongFileThroughSecureMessaging) {
  lds::Files files = signed_files();
  files[FileId::Dg7] = asn1::TlvWriter{}.put(0x67, base::Bytes(50000, 0xA5)).take();
  files = sample::sign_again(std::move(files));
  lds::Files read;
  EXPECT_EQ(inspect(personalized(files), sample::mrz(), /*extended=*/true, &read).verdict, Verdict::Genuine);
  EXPECT_EQ(read, files);
}

TEST(InspectorAtTheChip, ReadsALongFileThroughShortAnswers) {
  lds::Files files = sample::card();
  files.erase(FileId::Dg15);
  files[FileId::Com] = lds::encode_com({1, 2, 7, 13});
  files[FileId::Dg7] = asn1::TlvWriter{}.put(0x67, base::Bytes(50000, 0xA5)).take();
  files = sample::sign_again(std::move(files));
  lds::Files read;
  const Report report = inspect(personalized(files), sample::mrz(), /*extended=*/false, &read);
  EXPECT_THAT(report.reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_EQ(read == files, true) << to_text(report);
}

TEST(InspectorAtTheChip, FindsACloneOut) {
  base::SeededRandom random(9);
  const Report report = inspect(cloned_state(personalized(signed_files()), random), sample::mrz());
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), ElementsAre("ACTIVE_AUTHENTICATION_FAILED"));
}

TEST(InspectorAtTheChip, FindsAFlippedBitOut) {
  lds::Files files = signed_files();
  files[FileId::Dg2][1000] ^= 0x01;
  EXPECT_THAT(inspect(personalized(files), sample::mrz()).reasons(), ElementsAre("DG2_HASH_MISMATCH"));
}

TEST(InspectorAtTheChip, AnotherCardsPrintDoesNotOpenTheChip) {
  std::string other = sample::mrz();
  other[5] = other[5] == '1' ? '2' : '1';
  const Report report = inspect(personalized(signed_files()), other);
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_TRUE(report.findings.has("BAC_REFUSED"));
}

TEST(InspectorAtTheChip, ABlankChipHasNoIdentityApplication) {
  simulator::State blank = personalized({});
  blank.application = simulator::ApplicationState::Absent;
  EXPECT_THAT(inspect(blank, sample::mrz()).reasons(), ElementsAre("LDS_APPLICATION_MISSING"));
}

// --- evidence: the same again without the chip ---

inspection::Evidence evidence_of_a_good_card() {
  simulator::MemoryStore store(personalized(signed_files()));
  base::SeededRandom chip_random(3), random(4);
  InProcessCard card(store, chip_random, true);
  const std::string mrz = sample::mrz();
  const trust::TrustStore trust = forge::trust();
  inspection::Evidence out{.made_at = forge::inspection_moment(), .optical_mrz = mrz};
  const inspection::CardInspection how{mrz, trust, out.made_at, random};
  out.report = to_json(inspection::inspect_card(card, how, &out.record));
  return inspection::parse_evidence(to_text(out), "evidence.json");
}

TEST(EvidenceOfAnInspection, IsJudgedAgainWithoutTheCard) {
  const inspection::Evidence evidence = evidence_of_a_good_card();
  EXPECT_EQ(evidence.report.at("verdict"), "GENUINE");
  const Report report = inspect_evidence(evidence, forge::trust(), forge::inspection_moment());
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic) << to_text(report);
  const auto proof = std::ranges::find(report.steps, "active_authentication", &inspection::Step::name);
  EXPECT_EQ(proof->result, inspection::StepResult::Passed);
  const Report later = inspect_evidence(evidence, forge::trust(), *base::parse_rfc3339("2090-01-01T00:00:00Z"));
  EXPECT_THAT(later.reasons(), testing::Contains("DS_EXPIRED"));
}

TEST(EvidenceOfAnInspection, DoesNotBelieveWhatWasChangedInIt) {
  const inspection::Evidence good = evidence_of_a_good_card();
  inspection::Evidence answer = good;
  answer.record.response[100] ^= 0x01;
  EXPECT_THAT(inspect_evidence(answer, forge::trust(), good.made_at).reasons(),
              ElementsAre("ACTIVE_AUTHENTICATION_FAILED"));
  inspection::Evidence portrait = good;
  portrait.record.files[FileId::Dg2][1000] ^= 0x01;
  EXPECT_THAT(inspect_evidence(portrait, forge::trust(), good.made_at).reasons(), ElementsAre("DG2_HASH_MISMATCH"));
  inspection::Evidence print = good;
  print.optical_mrz.replace(2 * 31, 3, "XXX");
  EXPECT_THAT(inspect_evidence(print, forge::trust(), good.made_at).reasons(), ElementsAre("MRZ_MISMATCH"));
}

TEST(EvidenceOfAnInspection, ThatIsNoneIsAFaultOfOurs) {
  for (const char* text : {"", "{}", "[]", R"({"format":"cccd-card-evidence","version":2})"}) {
    EXPECT_THROW(inspection::parse_evidence(text, "evidence.json"), base::Error) << text;
  }
}

// A relay that changes one bit of one protected answer, at every place of the conversation in turn.
class ChangingCard final : public transport::Channel {
 public:
  ChangingCard(transport::Channel& card, std::size_t at) : card_(card), at_(at) {}
  apdu::Response transmit(const apdu::Command& command) override {
    apdu::Response answer = card_.transmit(command);
    // Counted from SELECT of the application on: nobody protects what stands before it.
    counting_ = counting_ || (command.ins == 0xA4 && command.p1 == 0x04);
    if (!counting_) return answer;
    if (++count_ == at_ && !answer.data.empty()) answer.data[answer.data.size() / 2] ^= 0x01;
    return answer;
  }
  bool extended_length() const override { return true; }
  std::size_t count() const { return count_; }

 private:
  transport::Channel& card_;
  std::size_t at_;
  std::size_t count_ = 0;
  bool counting_ = false;
};

TEST(InspectorAtTheChip, NoChangedAnswerIsBelieved) {
  const simulator::State state = personalized(signed_files());
  const auto inspect_with_change_at = [&](std::size_t at, std::size_t* commands) {
    simulator::MemoryStore store(state);
    base::SeededRandom chip_random(3), random(4);
    InProcessCard card(store, chip_random, true);
    ChangingCard relay(card, at);
    Report report = inspection::inspect_card(relay, sample::mrz(), forge::trust(), forge::inspection_moment(), random);
    if (commands != nullptr) *commands = relay.count();
    return report;
  };
  std::size_t commands = 0;
  ASSERT_EQ(inspect_with_change_at(0, &commands).verdict, Verdict::Genuine);
  for (std::size_t at = 2; at <= commands; ++at) {  // the first answer, to SELECT, carries no data
    const Report report = inspect_with_change_at(at, nullptr);
    EXPECT_EQ(report.verdict, Verdict::NotGenuine) << at;
    const bool at_the_door = report.findings.has("BAC_REFUSED") || report.findings.has("BAC_CHIP_ANSWER");
    EXPECT_TRUE(at <= 3 ? at_the_door : report.findings.has("SECURE_MESSAGING_BROKEN")) << at;
  }
}

}  // namespace
