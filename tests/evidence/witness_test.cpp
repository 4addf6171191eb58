#include "pki/evidence/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kTesting = "handling a test's file";

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    std::filesystem::create_directories(log());
    base::write_file(log() / "witness.pub", witness->public_key_named(), kTesting);
    base::write_text_file(log() / "witnesses.toml",
                          "unwitnessed_hours = 24\n[[witness]]\nname = \"registry\"\nkey = \"witness.pub\"\n",
                          kTesting);
  }
  std::filesystem::path log() const { return folder / "log"; }
  base::Bytes owner_key() const { return owner->public_key_named(); }
  void act(const std::string& folder_name = "log", const std::string& what = "2026-000001") {
    evidence::Log log = evidence::Log::open(folder / folder_name, *owner, clock);
    log.append("order.signing", {{"case", what}});
    log.append("order.signed", {{"case", what}});
    log.checkpoint();
  }
  std::string question(std::size_t since, const std::string& folder_name = "log") const {
    return evidence::ask_witness(folder / folder_name, owner_key(), since);
  }
  evidence::Cosigned asked(const std::string& request) const {
    return evidence::cosign(folder / "memory", owner_key(), request, *witness, clock);
  }
  // The whole round; entries seen by the witness.
  void round() {
    const auto answer = asked(question(evidence::witnessed_size(log(), owner_key())));
    ASSERT_FALSE(answer.findings.failed());
    const auto policy = evidence::own_witness_policy(log());
    EXPECT_THAT(evidence::keep_cosigned(log(), owner_key(), *policy, answer.line + "\n").list(), IsEmpty());
  }
  base::Findings verify(std::chrono::hours later = std::chrono::hours{0}) const {
    return evidence::verify_log(log(), owner_key(),
                                {.policy = evidence::own_witness_policy(log()), .now = clock.now() + later});
  }

  test::Folder folder;
  base::SeededRandom random{17};
  std::unique_ptr<keystore::SigningKey> owner = keystore::generate(keystore::Curve::P256, random);
  std::unique_ptr<keystore::SigningKey> witness = keystore::generate(keystore::Curve::P256, random);
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{9}};
};

TEST_F(WitnessTest, ALogThatGrowsIsWitnessedAgainAndAgain) {
  for (std::size_t i = 1; i <= 7; ++i) {
    act();
    round();
    EXPECT_EQ(evidence::witnessed_size(log(), owner_key()), 2 * i);
  }
  EXPECT_THAT(verify(std::chrono::hours{9000}).list(), IsEmpty());
}

TEST_F(WitnessTest, TheFirstSightIsSaid) {
  act();
  EXPECT_TRUE(asked(question(0)).findings.has("WITNESS_FIRST_SEEN"));
  act();
  EXPECT_THAT(asked(question(2)).findings.list(), IsEmpty());
}

TEST_F(WitnessTest, WhatAWitnessSignsNamesTheLogAndItsRoot) {
  act();
  const auto line = json::parse(asked(question(0)).line);
  const auto said =
      evidence::open_statement(line.at("witness").get<std::string>(), "witness", witness->public_key_named());
  const auto checkpoint = evidence::open_statement(line.at("checkpoint").get<std::string>(), "checkpoint", owner_key());
  ASSERT_TRUE(said && checkpoint);
  EXPECT_EQ(*said, (json{{"at", "2026-11-23T09:00:00Z"},
                         {"log", evidence::key_id(owner_key())},
                         {"root", checkpoint->at("root")},
                         {"size", 2}}));
}

TEST_F(WitnessTest, AnotherHistoryIsRefused) {
  act();
  round();
  act("other", "2026-000009");
  act("other", "2026-000009");
  const auto refused = asked(question(2, "other"));
  EXPECT_THAT(refused.findings.failing_codes(), ElementsAre("WITNESS_FORKED"));
  EXPECT_EQ(refused.line, "");
  act();  // and the refusal left the memory as it was
  round();
}

TEST_F(WitnessTest, AnotherHistoryOfTheSameLengthIsRefused) {
  act();
  round();
  act("other", "2026-000009");
  EXPECT_THAT(asked(question(2, "other")).findings.failing_codes(), ElementsAre("WITNESS_FORKED"));
}

TEST_F(WitnessTest, ALogThatWentBackIsRefused) {
  act();
  const std::string early = question(0);
  act();
  round();
  EXPECT_THAT(asked(early).findings.failing_codes(), ElementsAre("WITNESS_ROLLED_BACK"));
}

TEST_F(WitnessTest, AProofFromElsewhereIsSentBack) {
  act();
  round();
  act();
  EXPECT_THAT(asked(question(0)).findings.failing_codes(), ElementsAre("WITNESS_PROOF_FROM_ELSEWHERE"));
  EXPECT_THAT(asked(question(3)).findings.failing_codes(), ElementsAre("WITNESS_PROOF_FROM_ELSEWHERE"));
}

TEST_F(WitnessTest, AQuestionThatIsNoneIsRefused) {
  act();
  const std::string good = question(0);
  for (const std::string& bad : {std::string(), std::string("{}"), good + " ", good.substr(1), "[" + good + "]"}) {
    EXPECT_THAT(asked(bad).findings.failing_codes(), ElementsAre("WITNESS_REQUEST_MALFORMED")) << bad;
  }
  EXPECT_THAT(
      evidence::cosign(folder / "memory", witness->public_key_named(), good, *witness, clock).findings.failing_codes(),
      ElementsAre("WITNESS_CHECKPOINT_SIGNATURE"));
}

TEST_F(WitnessTest, AMemoryThatSomebodyChangedStopsTheWitness) {
  act();
  round();
  const auto file = folder / "memory" / (evidence::key_id(owner_key()) + ".jsonl");
  std::string text = base::read_text_file(file, kTesting);
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  base::write_text_file(file, text, kTesting);
  act();
  EXPECT_THROW(asked(question(2)), base::Error);
}

TEST_F(WitnessTest, AnAnswerOfSomebodyElseIsNotKept) {
  act();
  const auto stranger = keystore::generate(keystore::Curve::P256, random);
  const auto answer = evidence::cosign(folder / "memory", owner_key(), question(0), *stranger, clock);
  const auto policy = *evidence::own_witness_policy(log());
  EXPECT_THAT(evidence::keep_cosigned(log(), owner_key(), policy, answer.line).failing_codes(),
              ElementsAre("LOG_WITNESS_SIGNATURE"));
  EXPECT_FALSE(std::filesystem::exists(log() / "witnesses.jsonl"));
}

TEST_F(WitnessTest, AnEntryThatWaitsLongerThanThePolicyAllowsIsFound) {
  act();
  EXPECT_THAT(verify(std::chrono::hours{24}).list(), IsEmpty());
  EXPECT_THAT(verify(std::chrono::hours{25}).failing_codes(), ElementsAre("LOG_UNWITNESSED"));
  round();
  EXPECT_THAT(verify(std::chrono::hours{25}).list(), IsEmpty());
  clock.set(clock.now() + std::chrono::hours{48});
  act();
  EXPECT_THAT(verify(std::chrono::hours{24}).list(), IsEmpty());
  EXPECT_THAT(verify(std::chrono::hours{25}).failing_codes(), ElementsAre("LOG_UNWITNESSED"));
}

TEST_F(WitnessTest, AnOwnerWhoRewritesItsLogIsFoundByWhatTheWitnessSigned) {
  act();
  round();
  std::filesystem::remove(log() / "log.jsonl");
  std::filesystem::remove(log() / "checkpoints.jsonl");
  act("log", "2026-000009");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_FORKED"));
}

TEST_F(WitnessTest, APolicyIsReadStrictly) {
  for (const char* const bad :
       {"unwitnessed_hours = 24\n", "unwitnessed_hours = -1\n[[witness]]\nname = \"a\"\nkey = \"witness.pub\"\n",
        "unwitnessed_hours = 1\nmore = 1\n[[witness]]\nname = \"a\"\nkey = \"witness.pub\"\n",
        "unwitnessed_hours = 1\n[[witness]]\nname = \"a\"\nkey = \"none.pub\"\n"}) {
    base::write_text_file(log() / "witnesses.toml", bad, kTesting);
    EXPECT_THROW(evidence::own_witness_policy(log()), base::Error) << bad;
  }
}

TEST_F(WitnessTest, AQuestionNeedsACheckpointAndTheEntriesItSigns) {
  EXPECT_THROW(question(0), base::Error);
  act();
  EXPECT_THROW(question(3), base::Error);
  std::string text = base::read_text_file(log() / "log.jsonl", kTesting);
  text.replace(text.find("000001"), 6, "000002");
  base::write_text_file(log() / "log.jsonl", text, kTesting);
  EXPECT_THROW(question(0), base::Error);
}

}  // namespace
