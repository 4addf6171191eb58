#include "pki/evidence/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kWriting = "writing a test file";

class LogTest : public testing::Test {
 protected:
  evidence::Log open() { return evidence::Log::open(folder.path(), *key, clock); }
  base::Findings verify(const std::vector<std::string>& witnessed = {}) const {
    return evidence::verify_log(folder.path(), key->public_key_named(), {.checkpoints = witnessed});
  }
  std::string text(const std::string& file = "log.jsonl") const {
    return base::read_text_file(folder / file, "reading a test file");
  }
  void write(const std::string& content, const std::string& file = "log.jsonl") const {
    base::write_text_file(folder / file, content, kWriting);
  }
  // Three entries under a checkpoint.
  std::string fill() {
    evidence::Log log = open();
    log.append("case.opened", {{"case", "2026-000001"}});
    log.append("order.signing", {{"case", "2026-000001"}});
    log.append("order.signed", {{"case", "2026-000001"}});
    return log.checkpoint();
  }
  void expect_attack() {
    try {
      open();
      ADD_FAILURE() << "the log was opened";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
    }
  }

  test::Folder folder;
  base::SeededRandom random{11};
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{9}};
};

TEST_F(LogTest, KeepsEntriesInOrderAcrossOpenings) {
  {
    evidence::Log log = open();
    EXPECT_EQ(log.size(), 0U);
    EXPECT_EQ(log.append("case.opened", {{"case", "2026-000001"}}), 0U);
    EXPECT_EQ(log.append("case.vetted", json::object()), 1U);
  }
  evidence::Log log = open();
  EXPECT_EQ(log.size(), 2U);
  EXPECT_EQ(log.append("order.signed", {{"n", 1}}), 2U);
  std::vector<json> entries;
  evidence::each_entry(folder.path(), [&](const json& entry) { entries.push_back(entry); });
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0], (json{{"at", "2026-11-23T09:00:00Z"},
                              {"data", {{"case", "2026-000001"}}},
                              {"event", "case.opened"},
                              {"index", 0}}));
  EXPECT_EQ(text().substr(0, text().find('\n')),
            R"({"at":"2026-11-23T09:00:00Z","data":{"case":"2026-000001"},"event":"case.opened","index":0})");
}

TEST_F(LogTest, AnUntouchedLogHasNoFindings) {
  fill();
  EXPECT_THAT(verify().list(), IsEmpty());
}

TEST_F(LogTest, ACheckpointIsTheRootSigned) {
  const std::string jws = fill();
  const auto payload = evidence::open_statement(jws, "checkpoint", key->public_key_named());
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->at("size"), 3);
  std::vector<base::Bytes> leaves;
  std::ifstream in(folder / "log.jsonl");
  for (std::string line; std::getline(in, line);) leaves.push_back(evidence::leaf_hash(base::view_of(line)));
  EXPECT_EQ(payload->at("root"), base::to_base64url(evidence::merkle_root(leaves)));
}

TEST_F(LogTest, EntriesBehindTheLastCheckpointAreWarnedOf) {
  fill();
  open().append("case.closed", json::object());
  const auto findings = verify();
  EXPECT_FALSE(findings.failed());
  EXPECT_TRUE(findings.has("LOG_TAIL_UNSIGNED"));
}

TEST_F(LogTest, ACutTailIsFound) {
  fill();
  const std::string whole = text();
  write(whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_TAIL_CUT"));
  expect_attack();
}

TEST_F(LogTest, AnEmptiedLogIsFound) {
  fill();
  write("");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_TAIL_CUT"));
  expect_attack();
}

TEST_F(LogTest, ARemovedLogIsFoundByItsCheckpointsAndByAWitness) {
  const std::string witness = fill();
  std::filesystem::remove(folder / "log.jsonl");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_TAIL_CUT"));
  std::filesystem::remove(folder / "checkpoints.jsonl");
  EXPECT_THAT(verify({witness}).failing_codes(), ElementsAre("LOG_ROLLED_BACK"));
}

TEST_F(LogTest, ATailCutWithItsCheckpointIsFoundByAWitness) {
  const std::string early = fill();
  const std::string entries = text(), checkpoints = text("checkpoints.jsonl");
  evidence::Log log = open();
  log.append("order.signed", {{"case", "2026-000002"}});
  const std::string late = log.checkpoint();
  write(entries);
  write(checkpoints, "checkpoints.jsonl");
  EXPECT_THAT(verify().list(), IsEmpty());  // nothing in the folder tells
  EXPECT_THAT(verify({early}).list(), IsEmpty());
  EXPECT_THAT(verify({early, late}).failing_codes(), ElementsAre("LOG_ROLLED_BACK"));
}

TEST_F(LogTest, AnEntryChangedAfterwardsIsFound) {
  fill();
  std::string changed = text();
  changed.replace(changed.find("2026-000001"), 11, "2026-000009");
  write(changed);
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_ROOT_MISMATCH"));
  expect_attack();
}

TEST_F(LogTest, EveryFlippedByteOfTheEntriesIsFound) {
  fill();
  const std::string whole = text();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x04);
    write(changed);
    EXPECT_TRUE(verify().failed()) << i;
  }
}

TEST_F(LogTest, EntriesExchangedOrRepeatedAreFound) {
  fill();
  const std::string whole = text();
  const auto first = whole.find('\n') + 1, second = whole.find('\n', first) + 1;
  write(whole.substr(first, second - first) + whole.substr(0, first) + whole.substr(second));
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_ENTRIES_REORDERED"));
  write(whole.substr(0, first) + whole);
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_ENTRY_REPLAYED"));
}

TEST_F(LogTest, AnEntryThatIsNotCanonicalIsFoundWhereverItStands) {
  fill();
  const std::string whole = text();
  for (const char* const line :
       {"", "{}", "{\"at\":\"2026-11-23T09:00:00Z\",\"data\":{},\"event\":\"x\",\"index\":4}",
        "{\"at\":\"2026-11-23T09:00:00Z\", \"data\":{},\"event\":\"x\",\"index\":3}",
        "{\"at\":\"2026-11-23\",\"data\":{},\"event\":\"x\",\"index\":3}",
        "{\"at\":\"2026-11-23T09:00:00Z\",\"event\":\"x\",\"index\":3}",
        "{\"at\":\"2026-11-23T09:00:00Z\",\"data\":{},\"event\":\"x\",\"index\":3,\"more\":1}", "not json"}) {
    write(whole + line + "\n");
    EXPECT_TRUE(verify().failed()) << line;
    expect_attack();
  }
}

TEST_F(LogTest, ACheckpointOfAnotherKeyIsFound) {
  fill();
  const std::string good = text("checkpoints.jsonl");
  const auto other = keystore::generate(keystore::Curve::P256, random);
  const std::string forged = evidence::sign_statement(
      "checkpoint", {{"at", "2026-11-23T09:00:00Z"}, {"root", evidence::sha256_text("x")}, {"size", 3}}, *other);
  write(good + R"({"checkpoint":")" + forged + "\"}\n", "checkpoints.jsonl");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_CHECKPOINT_SIGNATURE"));
  expect_attack();
  write(good + "no checkpoint\n", "checkpoints.jsonl");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_CHECKPOINT_SIGNATURE"));
  EXPECT_TRUE(evidence::verify_log(folder.path(), other->public_key_named()).has("LOG_CHECKPOINT_SIGNATURE"));
}

TEST_F(LogTest, CheckpointsThatGoBackAreFound) {
  evidence::Log log = open();
  log.append("a", json::object());
  log.checkpoint();
  log.append("b", json::object());
  log.checkpoint();
  const std::string lines = text("checkpoints.jsonl");
  const auto first = lines.find('\n') + 1;
  write(lines.substr(first) + lines.substr(0, first), "checkpoints.jsonl");
  EXPECT_THAT(verify().failing_codes(), ElementsAre("LOG_CHECKPOINT_ORDER"));
}

TEST_F(LogTest, RemovedCheckpointsLeaveTheEntriesUnsigned) {
  fill();
  std::filesystem::remove(folder / "checkpoints.jsonl");
  const auto findings = verify();
  EXPECT_FALSE(findings.failed());
  EXPECT_TRUE(findings.has("LOG_TAIL_UNSIGNED"));
}

TEST_F(LogTest, AnUnfinishedLineOfAPowerCutIsRepairedAndSaid) {
  fill();
  const std::string whole = text();
  write(whole + R"({"at":"2026-11-23T09:00)");
  write(text("checkpoints.jsonl") + "{\"check", "checkpoints.jsonl");
  EXPECT_FALSE(verify().failed());
  EXPECT_TRUE(verify().has("LOG_TAIL_TORN"));
  evidence::Log log = open();
  EXPECT_EQ(log.size(), 4U);
  EXPECT_EQ(
      text().substr(whole.size()),
      "{\"at\":\"2026-11-23T09:00:00Z\",\"data\":{\"unfinished_bytes\":23},\"event\":\"log.repaired\",\"index\":3}\n");
  log.checkpoint();
  EXPECT_THAT(verify().list(), IsEmpty());
}

TEST_F(LogTest, SeveralLogsOverOneFolderNumberWithoutGaps) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([this, w] {
      evidence::Log log = open();
      for (int i = 0; i < 10; ++i) log.append("test.written", {{"writer", w}, {"i", i}});
      log.checkpoint();
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(open().size(), 40U);
  EXPECT_FALSE(verify().failed());
}

TEST_F(LogTest, AFileShortenedUnderAnOpenLogStopsIt) {
  evidence::Log log = open();
  log.append("a", json::object());
  log.append("b", json::object());
  std::filesystem::resize_file(folder / "log.jsonl", 10);
  EXPECT_THROW(log.append("c", json::object()), base::Error);
}

TEST_F(LogTest, AMissingLogIsSaidPlainly) {
  EXPECT_THROW(verify(), base::Error);
  EXPECT_THROW(evidence::each_entry(folder / "none", [](const json&) {}), base::Error);
}

TEST(CommitmentTest, OpensForItsValueOnlyAndDiffersEachTime) {
  base::SeededRandom random(3);
  const auto first = evidence::commit("001090000000", random);
  const auto second = evidence::commit("001090000000", random);
  EXPECT_NE(first.salt, second.salt);
  EXPECT_NE(first.value, second.value);
  EXPECT_TRUE(evidence::opens(first, "001090000000"));
  EXPECT_FALSE(evidence::opens(first, "001090000001"));
  EXPECT_FALSE(evidence::opens({second.salt, first.value}, "001090000000"));
  EXPECT_FALSE(evidence::opens({"", first.value}, "001090000000"));
  EXPECT_FALSE(evidence::opens({"!", "!"}, "001090000000"));
  EXPECT_EQ(base::parse_base64url(first.salt)->size(), 16U);
}

}  // namespace
