#include "issuance/registry/answers.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class AnswerTest : public test::RegistryTest {
 protected:
  void SetUp() override { add(test::person()); }
  evidence::Log open_log() { return evidence::Log::open(folder / "log", *key, clock); }
  std::string ask(const document::CitizenNumber& number) {
    evidence::Log log = open_log();
    return registry::give_answer({number, "2026-000001", "issuance", "station-001", "issuing-station"}, store, book,
                                 log, *key, random);
  }
  registry::AccessBook book{folder.path(), clock};
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  const document::CitizenNumber who = test::number("001090990001");
};

TEST_F(AnswerTest, IsAStatementSignedByTheRegistersKey) {
  const auto payload = evidence::open_statement(ask(who), "answer", key->public_key_named());
  ASSERT_TRUE(payload);
  const auto answer = document::registry_answer_from_json(*payload);
  EXPECT_EQ(answer.person, test::person());
  EXPECT_EQ(answer.status, "found");
  EXPECT_EQ(answer.case_id, "2026-000001");
}

TEST_F(AnswerTest, AnUnknownNumberIsAnsweredAndLoggedToo) {
  const auto nobody = test::number("001090999999");
  const auto payload = evidence::open_statement(ask(nobody), "answer", key->public_key_named());
  ASSERT_TRUE(payload);
  EXPECT_EQ(document::registry_answer_from_json(*payload).status, "not-found");
  EXPECT_EQ(book.accesses(nobody).size(), 1U);
}

TEST_F(AnswerTest, EveryQuestionIsInTheLogAndOpensWithItsSaltOnly) {
  const std::string jws = ask(who);
  ask(who);
  const auto reads = book.accesses(who);
  ASSERT_EQ(reads.size(), 2U);
  EXPECT_EQ(reads[0].access.client, "station-001");
  EXPECT_EQ(reads[0].access.role, "issuing-station");
  EXPECT_EQ(reads[0].access.purpose, "issuance");
  EXPECT_EQ(reads[0].access.case_id, "2026-000001");
  EXPECT_EQ(reads[0].access.operation, "answer");
  EXPECT_NE(reads[0].salt, reads[1].salt);
  std::vector<nlohmann::json> entries;
  evidence::each_entry(folder / "log", [&](const nlohmann::json& entry) { entries.push_back(entry); });
  ASSERT_EQ(entries.size(), 2U);
  const auto& data = entries.at(static_cast<std::size_t>(*reads[0].log_index)).at("data");
  EXPECT_EQ(data.at("case"), "2026-000001");
  EXPECT_EQ(data.at("answer_sha256"), evidence::sha256_text(jws));
  EXPECT_TRUE(evidence::opens({reads[0].salt, data.at("number_commitment")}, who.text()));
  EXPECT_FALSE(evidence::opens({reads[0].salt, data.at("number_commitment")}, "001090990002"));
  EXPECT_THAT(evidence::verify_log(folder / "log", key->public_key_named()).list(), IsEmpty());
}

TEST_F(AnswerTest, TheLogHoldsNoPerson) {
  ask(who);
  for (const char* const file : {"log.jsonl", "checkpoints.jsonl"}) {
    const std::string text = base::read_text_file(folder / "log" / file, "reading a test file");
    EXPECT_THAT(text, Not(HasSubstr(who.text())));
    EXPECT_THAT(text, Not(HasSubstr("Mẫu")));
  }
}

TEST_F(AnswerTest, WithoutALogThereIsNoAnswerAndTheQuestionIsKept) {
  evidence::Log log = open_log();
  std::filesystem::remove_all(folder / "log");
  EXPECT_THROW(registry::give_answer({who, "C", "issuance", "x", "y"}, store, book, log, *key, random), base::Error);
  ASSERT_EQ(book.accesses(who).size(), 1U);
  EXPECT_FALSE(book.accesses(who)[0].log_index);
}

TEST(ReferenceTest, IsShortAndPlain) {
  for (const char* const good : {"2026-000001", "issuance", "a.b_c"}) EXPECT_TRUE(registry::is_reference(good)) << good;
  for (const std::string& bad :
       {std::string{}, std::string("a b"), std::string("a\n"), std::string("ă"), std::string(65, 'a')})
    EXPECT_FALSE(registry::is_reference(bad)) << bad;
}

}  // namespace
