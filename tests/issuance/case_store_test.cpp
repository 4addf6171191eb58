#include "issuance/cases/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "issuance/cases/order.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/sample.h"

namespace {

using cases::CaseStore;
using cases::Role;

class CaseStoreTest : public testing::Test {
 protected:
  CaseStoreTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("case_store_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))),
        clock_(sample::now()),
        log_key_(keystore::generate(keystore::Curve::P256, random_)),
        station_key_(keystore::generate(keystore::Curve::P256, random_)),
        db_(fresh(folder_)),
        log_(evidence::Log::open(folder_ / "log", *log_key_, clock_)),
        store_((CaseStore::migrate(db_, clock_), db_), &log_, clock_, random_) {
    for (const auto& [account, person, role] :
         {std::tuple{"an", "P-1", Role::Receiver}, {"chi", "P-2", Role::Checker}, {"binh", "P-3", Role::Approver}}) {
      keys_[account] = keystore::generate(keystore::Curve::P256, random_);
      store_.officers().add({account, person, role, keys_[account]->public_key_named()}, clock_.now());
    }
    judges_ = std::make_unique<cases::Judges>(
        cases::Judges{sample::registry().public_key(), station_key_->public_key_named()});
  }

  static db::Connection fresh(const std::filesystem::path& folder) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return db::Connection::open(folder / "station.db", db::Mode::Create);
  }

  std::string open_case() {
    return std::get<std::string>(store_.open(sample::application(), store_.officers().need("an"), *keys_.at("an")));
  }

  cases::Step begin(const std::string& id, const std::string& event, const cases::Actor& actor) {
    auto begun = store_.journal().begin(id, event, actor, {});
    return std::get<cases::Step>(std::move(begun));
  }

  void vet(const std::string& id) {
    cases::Step step = begin(id, "vet", cases::kStation);
    const auto order = cases::make_order(sample::checked(id), "an", clock_.now(), random_);
    step.walk({"vetting-passed"}, {}, [&] {
      store_.keep_answer(id, sample::registry().sign(sample::answer(id)));
      store_.keep_order(id, approval::order_sha256(order), cases::sign_order(order, *station_key_));
    });
  }

  void approve(const std::string& id, const std::string& account, bool last) {
    const auto payload =
        evidence::open_statement(store_.current_order_jws(id), "order", station_key_->public_key_named());
    const auto content =
        approval::make_approval(document::card_order_from_json(*payload), account, clock_.now(), random_);
    cases::Step step = begin(id, "approve", {account, store_.officers().need(account).role});
    std::set<std::string> facts{"approval-counts"};
    if (last) facts.insert("two-officers");
    step.walk(facts, {}, [&] {
      store_.keep_approval(store_.current_order(id), content, approval::sign(content, *keys_[account]));
    });
  }

  base::Findings why_not_approved(const std::string& id) {
    auto loaded = store_.load_approved(id, *judges_);
    return std::holds_alternative<base::Findings>(loaded) ? std::get<base::Findings>(loaded) : base::Findings();
  }

  std::filesystem::path folder_;
  base::SeededRandom random_{5};
  base::FixedClock clock_;
  std::unique_ptr<keystore::SigningKey> log_key_, station_key_;
  db::Connection db_;
  evidence::Log log_;
  CaseStore store_;
  std::map<std::string, std::unique_ptr<keystore::SigningKey>> keys_;
  std::unique_ptr<cases::Judges> judges_;
};

TEST_F(CaseStoreTest, NumbersCasesByYear) {
  EXPECT_EQ(open_case(), "2026-000001");
  EXPECT_EQ(open_case(), "2026-000002");
  clock_.set(*base::parse_rfc3339("2026-12-31T17:00:00Z"));  // New Year's Day in Viet Nam
  EXPECT_EQ(open_case(), "2027-000001");
  EXPECT_EQ(store_.list().size(), 3U);
  EXPECT_EQ(store_.list()[0].state, "received");
}

TEST_F(CaseStoreTest, LetsOnlyAReceiverOpenACase) {
  const auto opened = store_.open(sample::application(), store_.officers().need("binh"), *keys_.at("binh"));
  ASSERT_TRUE(std::holds_alternative<base::Findings>(opened));
  EXPECT_TRUE(std::get<base::Findings>(opened).has("OFFICER_ROLE"));
  EXPECT_TRUE(store_.list().empty());
}

TEST_F(CaseStoreTest, OpensNoCaseInTheNameOfAnotherReceiver) {
  const auto opened = store_.open(sample::application(), store_.officers().need("an"), *keys_.at("binh"));
  ASSERT_TRUE(std::holds_alternative<base::Findings>(opened));
  EXPECT_TRUE(std::get<base::Findings>(opened).has("RECEIPT_NOT_TRUSTED"));
  EXPECT_TRUE(store_.list().empty());
}

TEST_F(CaseStoreTest, FindsAReceiverWhoDidNotSignTheReceipt) {
  store_.officers().add(
      {"dung", "P-4", Role::Receiver, keystore::generate(keystore::Curve::P256, random_)->public_key_named()},
      clock_.now());
  const std::string id = open_case();
  vet(id);
  EXPECT_EQ(why_not_approved(id).failing_codes(), std::vector<std::string>{"APPROVAL_MISSING"});
  db_.execute("UPDATE cases SET receiver = 'dung'");
  EXPECT_EQ(why_not_approved(id).failing_codes(), std::vector<std::string>{"RECEIPT_NOT_TRUSTED"});
  db_.execute("UPDATE cases SET receiver = 'an'");
  db_.execute("DELETE FROM receipts");
  EXPECT_EQ(why_not_approved(id).failing_codes(), std::vector<std::string>{"RECEIPT_NOT_TRUSTED"});
}

TEST_F(CaseStoreTest, TakesNoReceiptOfAnotherCase) {
  const std::string first = open_case(), second = open_case();
  vet(second);
  db_.execute("UPDATE receipts SET jws = (SELECT jws FROM receipts WHERE case_id = '2026-000001')");
  EXPECT_TRUE(why_not_approved(second).has("RECEIPT_NOT_TRUSTED"));
}

TEST_F(CaseStoreTest, WritesOneRowAndTwoLogEntriesAnArrow) {
  const std::string id = open_case();
  vet(id);
  const auto rows = store_.journal().rows(id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].event, "vet");
  EXPECT_EQ(rows[1].from, "received");
  EXPECT_EQ(rows[1].to, "checked");
  EXPECT_EQ(rows[1].intent_entry, 2);
  EXPECT_EQ(rows[1].outcome_entry, 3);
  EXPECT_EQ(log_.size(), 4U);
  EXPECT_TRUE(evidence::verify_log(folder_ / "log", log_key_->public_key_named()).empty());
}

TEST_F(CaseStoreTest, GivesBackAnApprovedOrderOnlyWithTwoOfficersSignatures) {
  const std::string id = open_case();
  EXPECT_TRUE(why_not_approved(id).has("CASE_NOT_CHECKED"));
  vet(id);
  EXPECT_EQ(why_not_approved(id).failing_codes(), std::vector<std::string>{"APPROVAL_MISSING"});
  approve(id, "chi", false);
  EXPECT_EQ(why_not_approved(id).failing_codes(), std::vector<std::string>{"APPROVAL_MISSING"});
  approve(id, "binh", true);
  EXPECT_TRUE(why_not_approved(id).empty());
  EXPECT_EQ(store_.journal().state(id), "approved");
}

TEST_F(CaseStoreTest, BelievesNoStatusThatSomebodyWroteIntoTheStore) {
  const std::string id = open_case();
  vet(id);
  db_.execute("UPDATE arrows SET to_state = 'approved' WHERE event = 'vet'");
  EXPECT_EQ(store_.journal().state(id), "approved");
  EXPECT_TRUE(why_not_approved(id).has("APPROVAL_MISSING"));
  auto accepted = store_.load_accepted(id, *judges_);
  ASSERT_TRUE(std::holds_alternative<base::Findings>(accepted));
  EXPECT_TRUE(std::get<base::Findings>(accepted).has("ACCEPTANCE_NOT_TRUSTED"));
}

TEST_F(CaseStoreTest, FindsAnApplicationThatWasChangedAfterApproval) {
  const std::string id = open_case();
  vet(id);
  approve(id, "chi", false);
  approve(id, "binh", true);
  db_.execute("UPDATE cases SET application = replace(application, 'mắt trái', 'mắt phải')");
  EXPECT_TRUE(why_not_approved(id).has("RECEIPT_NOT_TRUSTED"));  // the receiver signed for the one that came
}

TEST_F(CaseStoreTest, FindsAnAnswerThatTheRegistryDidNotGive) {
  const std::string id = open_case();
  vet(id);
  db_.execute("UPDATE answers SET jws = substr(jws, 1, length(jws) - 4) || 'AAAA'");
  EXPECT_TRUE(why_not_approved(id).has("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(CaseStoreTest, FindsAnOrderThatTheStationDidNotSign) {
  const std::string id = open_case();
  vet(id);
  db_.execute("UPDATE orders SET jws = substr(jws, 1, length(jws) - 4) || 'AAAA'");
  EXPECT_TRUE(why_not_approved(id).has("ORDER_NOT_TRUSTED"));
}

TEST_F(CaseStoreTest, LetsAnOrderEnd) {
  const std::string id = open_case();
  vet(id);
  approve(id, "chi", false);
  approve(id, "binh", true);
  clock_.set(sample::now() + cases::kOrderLife);
  EXPECT_TRUE(why_not_approved(id).has("ORDER_EXPIRED"));
}

TEST_F(CaseStoreTest, VoidsApprovalsWhenACaseIsVettedAnew) {
  const std::string id = open_case();
  vet(id);
  approve(id, "chi", false);
  approve(id, "binh", true);
  vet(id);
  EXPECT_EQ(store_.journal().state(id), "checked");
  EXPECT_TRUE(store_.approvals(id).empty());
  EXPECT_TRUE(why_not_approved(id).has("APPROVAL_MISSING"));
}

TEST_F(CaseStoreTest, TakesUpAnIntentWithoutOutcomeAgain) {
  const std::string id = open_case();
  { const cases::Step cut = begin(id, "vet", cases::kStation); }
  EXPECT_EQ(store_.journal().state(id), "received");
  EXPECT_EQ(store_.journal().rows(id).back().ended_at, "");
  cases::Step again = begin(id, "vet", cases::kStation);
  EXPECT_TRUE(again.resumed());
  again.walk({"vetting-held"}, {});
  EXPECT_EQ(store_.journal().state(id), "held");
  EXPECT_EQ(store_.journal().rows(id).size(), 2U);
}

TEST_F(CaseStoreTest, DoesNotApproveACaseThatWasRefusedAtThatMoment) {
  const std::string id = open_case();
  vet(id);
  cases::Step approval = begin(id, "approve", {"chi", Role::Checker});
  begin(id, "refuse", {"binh", Role::Approver}).walk({"reason-given"}, {});
  bool written = false;
  EXPECT_THROW(approval.walk({"approval-counts"}, {}, [&] { written = true; }), base::Error);
  EXPECT_FALSE(written);
  EXPECT_EQ(store_.journal().state(id), "refused");
}

TEST_F(CaseStoreTest, RecordsAStepThatWasNotAllowed) {
  const std::string id = open_case();
  auto begun = store_.journal().begin(id, "approve", {"binh", Role::Approver}, {});
  ASSERT_TRUE(std::holds_alternative<base::Findings>(begun));
  const auto row = store_.journal().rows(id).back();
  EXPECT_EQ(row.codes, std::vector<std::string>{"CASE_STATE"});
  EXPECT_EQ(row.to, "");
  EXPECT_EQ(store_.journal().state(id), "received");
}

TEST_F(CaseStoreTest, KeepsPersonalValuesOutOfTheLog) {
  const std::string id = open_case();
  vet(id);
  approve(id, "chi", false);
  const std::string log = base::read_text_file(folder_ / "log" / "log.jsonl", "reading the log");
  for (const char* value : {"001090000000", "Nguyễn", "Ba Đình", "mắt trái", "1990"}) {
    EXPECT_THAT(log, testing::Not(testing::HasSubstr(value)));
  }
}

TEST_F(CaseStoreTest, CanProveWhatTheLogCommittedTo) {
  const std::string id = open_case();
  auto row = db_.prepare("SELECT salt, commitment FROM salts WHERE case_id = ?1 AND name = 'number'");
  ASSERT_TRUE(row.with(id).step());
  const evidence::Commitment commitment{row.text(0), row.text(1)};
  EXPECT_TRUE(evidence::opens(commitment, "001090000000"));
  EXPECT_FALSE(evidence::opens(commitment, "001090000001"));
  EXPECT_THAT(base::read_text_file(folder_ / "log" / "log.jsonl", "reading the log"),
              testing::HasSubstr(commitment.value));
}

TEST_F(CaseStoreTest, RefusesAnAccountTwiceAndNamesThatIdentifyNothing) {
  EXPECT_THROW(store_.officers().add({"chi", "P-9", Role::Checker, {1}}, clock_.now()), base::Error);
  EXPECT_TRUE(cases::is_account_name("le.van-an_2"));
  for (const char* name : {"", "Le", "../x", ".x", "a/b", "a b", "an\n"})
    EXPECT_FALSE(cases::is_account_name(name)) << name;
  EXPECT_TRUE(cases::is_person_id("P-0001"));
  EXPECT_FALSE(cases::is_person_id("001090000000"));  // a citizen number would stand in every log
  EXPECT_FALSE(cases::is_person_id(""));
}

}  // namespace
