// The book of accesses: what it keeps, and that every row stands in the log exactly once, wherever a process was
// killed.

#include "issuance/registry/access_book.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "issuance/registry/access_schema.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "tests/registry/people.h"

namespace {

using nlohmann::json;
using registry::Access;
using registry::AccessBook;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kNumber = "001090990001";

class AccessBookTest : public testing::Test {
 protected:
  evidence::Log open_log() { return evidence::Log::open(log_folder, *key, clock); }
  Access access(const std::string& number, const std::string& operation = "read") {
    return {.number = test::number(number),
            .client = "insurance-01",
            .role = "insurance",
            .purpose = "health-insurance",
            .operation = operation,
            .attributes = "birth,full_name",
            .case_id = ""};
  }
  void answered_alone(AccessBook& book, evidence::Log& log) {
    book.keep_alone(access(kNumber, "answer"), random, [&](const evidence::Commitment& commitment) {
      return log.append("answer.given", {{"number_commitment", commitment.value}});
    });
  }
  // How often each commitment stands in the log.
  std::map<std::string, int> logged() {
    std::map<std::string, int> times;
    evidence::each_entry(log_folder, [&](const json& entry) {
      const json& data = entry.at("data");
      if (entry.at("event") == "answer.given") ++times[data.at("number_commitment").get<std::string>()];
      if (entry.at("event") != "accesses") return;
      for (const json& kind : data.at("accesses")) {
        for (const json& commitment : kind.at("number_commitments")) ++times[commitment.get<std::string>()];
      }
    });
    return times;
  }
  // Every row about kNumber stands in the log once, in the entry that it names.
  void expect_each_logged_once(AccessBook& book, std::size_t rows) {
    const auto kept = book.accesses(test::number(kNumber));
    const auto times = logged();
    ASSERT_EQ(kept.size(), rows);
    EXPECT_EQ(times.size(), rows);
    std::vector<std::string> entries;
    evidence::each_entry(log_folder, [&](const json& entry) { entries.push_back(entry.dump()); });
    for (const auto& row : kept) {
      ASSERT_TRUE(times.contains(row.commitment));
      EXPECT_EQ(times.at(row.commitment), 1);
      ASSERT_TRUE(row.log_index);
      EXPECT_NE(entries.at(static_cast<std::size_t>(*row.log_index)).find(row.commitment), std::string::npos);
      EXPECT_TRUE(evidence::opens({row.salt, row.commitment}, kNumber));
    }
    EXPECT_EQ(book.unsettled(), 0U);
    EXPECT_THAT(evidence::verify_log(log_folder, key->public_key_named()).list(), IsEmpty());
  }

  test::Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  base::SeededRandom random{5};
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  std::filesystem::path log_folder = folder / "log";
};

TEST_F(AccessBookTest, TellsWhoAskedWhatWhenAndWhy) {
  AccessBook book(folder.path(), clock);
  book.keep(access(kNumber), random);
  book.keep(access("001090990002"), random);
  const auto kept = book.accesses(test::number(kNumber));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].access.client, "insurance-01");
  EXPECT_EQ(kept[0].access.purpose, "health-insurance");
  EXPECT_EQ(kept[0].access.operation, "read");
  EXPECT_EQ(kept[0].access.attributes, "birth,full_name");
  EXPECT_EQ(kept[0].at, clock.now());
  EXPECT_FALSE(kept[0].log_index) << "it waits for the next batch";
  EXPECT_EQ(book.unsettled(), 2U);
}

TEST_F(AccessBookTest, GivesTheNewestWhenThereAreMoreThanTheLimit) {
  AccessBook book(folder.path(), clock);
  for (const char* const operation : {"read", "match", "verify"}) book.keep(access(kNumber, operation), random);
  const auto kept = book.accesses(test::number(kNumber), 2);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].access.operation, "match");
  EXPECT_EQ(kept[1].access.operation, "verify");
}

TEST_F(AccessBookTest, BringsEveryRowIntoTheLogOnce) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  for (int i = 0; i < 3; ++i) book.keep(access(kNumber), random);
  answered_alone(book, log);
  EXPECT_EQ(book.settle(log, log_folder), 3U);
  EXPECT_EQ(book.settle(log, log_folder), 0U) << "nothing is left";
  book.keep(access(kNumber), random);
  EXPECT_EQ(book.settle(log, log_folder), 1U);
  expect_each_logged_once(book, 5);
}

TEST_F(AccessBookTest, ManyRowsGoIntoSeveralEntriesThatFitALine) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  Access wide = access(kNumber);
  wide.client = std::string(64, 'c');
  wide.purpose = std::string(64, 'p');
  book.keep(std::vector<Access>(4'500, wide), random);
  EXPECT_EQ(book.settle(log, log_folder), 4'500U);
  EXPECT_EQ(log.size(), 3U);
  expect_each_logged_once(book, 4'500);
}

TEST_F(AccessBookTest, ABatchThatTheLogHasAndTheBookDoesNotKnowOfIsNotLoggedAgain) {
  {
    AccessBook book(folder.path(), clock);
    evidence::Log log = open_log();
    for (int i = 0; i < 3; ++i) book.keep(access(kNumber), random);
    book.settle(log, log_folder);
  }
  // As after a kill between the entry and the note of its index.
  db::Connection::open(folder / "access.db", db::Mode::Existing).execute("UPDATE batches SET log_index = NULL");
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  EXPECT_EQ(book.settle(log, log_folder), 0U);
  expect_each_logged_once(book, 3);
}

TEST_F(AccessBookTest, ABatchThatWasClaimedAndNotLoggedIsLoggedAtTheNextStart) {
  {
    AccessBook book(folder.path(), clock);
    for (int i = 0; i < 3; ++i) book.keep(access(kNumber), random);
  }
  db::Connection::open(folder / "access.db", db::Mode::Existing)
      .execute("INSERT INTO batches(first, last) VALUES(1, 2)");
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  EXPECT_EQ(book.settle(log, log_folder), 3U);
  expect_each_logged_once(book, 3);
}

TEST_F(AccessBookTest, AnAnswerThatWasCutOffBeforeItsEntryJoinsABatch) {
  {
    AccessBook book(folder.path(), clock);
    evidence::Log log = open_log();
    book.keep(access(kNumber), random);
    EXPECT_THROW(book.keep_alone(access(kNumber, "answer"), random,
                                 [](const evidence::Commitment&) -> std::size_t {
                                   throw base::Error(base::Fault::AskOperator, "writing", "the disk is full");
                                 }),
                 base::Error);
    book.keep(access(kNumber), random);
    EXPECT_EQ(book.settle(log, log_folder), 3U);
  }
  AccessBook book(folder.path(), clock);
  expect_each_logged_once(book, 3);
}

TEST_F(AccessBookTest, AnAnswerThatWasCutOffAfterItsEntryIsFoundInTheLog) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  answered_alone(book, log);
  db::Connection::open(folder / "access.db", db::Mode::Existing).execute("UPDATE accesses SET log_index = NULL");
  EXPECT_EQ(book.unsettled(), 1U);
  EXPECT_EQ(book.settle(log, log_folder), 0U);
  log.checkpoint();
  expect_each_logged_once(book, 1);
}

TEST_F(AccessBookTest, SeveralThreadsKeepAndSettleAtOnce) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  base::SystemRandom chance;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        book.keep(access(kNumber), chance);
        if (i % 7 == 0) book.settle(log, log_folder);
        if (i % 9 == 0) {
          book.keep_alone(access(kNumber, "answer"), chance, [&](const evidence::Commitment& commitment) {
            return log.append("answer.given", {{"number_commitment", commitment.value}});
          });
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  book.settle(log, log_folder);
  log.checkpoint();
  expect_each_logged_once(book, 4 * 20 + 4 * 3);
}

TEST_F(AccessBookTest, TheLogHoldsNoNumberAndNoRowMakesAnotherOneGuessable) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  book.keep(access(kNumber), random);
  Access nobody = access(kNumber, "find");
  nobody.number.reset();
  book.keep(nobody, random);
  EXPECT_EQ(book.settle(log, log_folder), 2U);
  const std::string text = base::read_text_file(log_folder / "log.jsonl", "reading a test file");
  EXPECT_THAT(text, Not(HasSubstr(kNumber)));
  EXPECT_THAT(text, HasSubstr("health-insurance"));
  EXPECT_THAT(text, HasSubstr("\"find\""));
}

// A clock that is set back makes times go back, never the order of rows or of the log.
TEST_F(AccessBookTest, AClockSetBackDisordersNothing) {
  AccessBook book(folder.path(), clock);
  evidence::Log log = open_log();
  book.keep(access(kNumber, "read"), random);
  book.settle(log, log_folder);
  clock.set(clock.now() - std::chrono::hours{48});
  book.keep(access(kNumber, "match"), random);
  book.settle(log, log_folder);
  const auto kept = book.accesses(test::number(kNumber));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[1].access.operation, "match");
  EXPECT_LT(kept[1].at, kept[0].at);
  expect_each_logged_once(book, 2);
}

}  // namespace
