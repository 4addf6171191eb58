// The drill of a leaked signer key: from the signer's cards to the list and to what is made anew.

#include "pki/admin/drill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/admin/ca_book.h"
#include "pki/admin/status_list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"
#include "tests/pki/support.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kReading = "reading a test's file";
constexpr const char* kCards =
    R"({"case":"2026-000002","live":true,"serial":"0000000000000002","signed":"2026-11-20"}
{"case":"2026-000001","live":true,"serial":"0000000000000001","signed":"2026-11-18"}
{"case":"2026-000003","live":false,"serial":"0000000000000003","signed":"2026-11-18"}
)";

class DrillTest : public testing::Test {
 protected:
  DrillTest() {
    csca_ = make("csca", true).certificate;
    signer_ = make("ds", false).certificate;
  }
  admin::Issued make(const char* folder, bool root) {
    const admin::Ceremony ceremony{folder_ / folder, password(), x509::issue::shipped_profile(), {}};
    return root ? admin::create_csca(ceremony, world_)
                : admin::issue_document_signer(ceremony, folder_ / "csca", password(), world_);
  }
  static base::Secret password() { return base::Secret(base::bytes_of("a password of the test")); }
  admin::SignerLeak leak(const char* out) const {
    admin::SignerLeak leak;
    leak.crl.book = folder_ / "csca/ca.db";
    leak.crl.certificate = folder_ / "csca/csca.cer";
    leak.crl.key = (folder_ / "csca/csca.key").string();
    leak.crl.password = password();
    leak.crl.out = folder_ / out / "csca.crl";
    leak.signer = signer_;
    leak.cards = admin::read_signed_cards(kCards, "cards.jsonl");
    leak.out = folder_ / out;
    return leak;
  }
  std::string text(const char* file) const { return base::read_text_file(folder_ / file, kReading); }
  std::size_t revoked() const { return admin::CaBook(folder_ / "csca/ca.db", false, clock_).revocations().size(); }

  test::TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  base::SeededRandom random_{11};
  admin::World world_{clock_, random_};
  base::Bytes csca_, signer_;
};

TEST_F(DrillTest, ALeakIsAnsweredWithTheListTheStatusAndWhatIsMadeAnew) {
  const auto answer = admin::answer_signer_leak(leak("leak"), false, world_);
  ASSERT_TRUE(answer.crl.made());
  EXPECT_EQ(answer.live, 2U);
  EXPECT_THAT(answer.days, ElementsAre(std::pair(base::make_date(2026, 11, 18), std::size_t{2}),
                                       std::pair(base::make_date(2026, 11, 20), std::size_t{1})));
  const auto crl = x509::format::parse_crl(base::read_file(folder_ / "leak/csca.crl", kReading));
  ASSERT_EQ(crl.body.revoked.size(), 1U);
  EXPECT_EQ(crl.body.revoked[0].serial, x509::format::parse_certificate(signer_).body.serial);
  EXPECT_EQ(text("leak/cards.csv"),
            "case,serial,signed,live\n2026-000001,0000000000000001,2026-11-18,1\n"
            "2026-000003,0000000000000003,2026-11-18,0\n2026-000002,0000000000000002,2026-11-20,1\n");
  EXPECT_EQ(text("leak/status.jsonl"),
            "{\"case\":\"2026-000001\",\"reason\":\"signer-leaked\",\"serial\":\"0000000000000001\",\"since\":\"2026-"
            "11-23\",\"status\":\"revoked\"}\n"
            "{\"case\":\"2026-000002\",\"reason\":\"signer-leaked\",\"serial\":\"0000000000000002\",\"since\":\"2026-"
            "11-23\",\"status\":\"revoked\"}"
            "\n");
  EXPECT_EQ(text("leak/reissue.jsonl"),
            "{\"case\":\"2026-000001\",\"replaces\":\"0000000000000001\",\"signed\":\"2026-11-18\"}\n"
            "{\"case\":\"2026-000002\",\"replaces\":\"0000000000000002\",\"signed\":\"2026-11-20\"}\n");
}

TEST_F(DrillTest, ARehearsalRevokesNothing) {
  const auto answer = admin::answer_signer_leak(leak("rehearsal"), true, world_);
  EXPECT_FALSE(answer.crl.made());
  EXPECT_EQ(answer.files.size(), 3U);
  EXPECT_EQ(revoked(), 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "rehearsal/csca.crl"));
}

TEST_F(DrillTest, WhatStandsThereIsNotOverwrittenAndThenNothingIsRevoked) {
  admin::answer_signer_leak(leak("leak"), true, world_);
  EXPECT_THROW(admin::answer_signer_leak(leak("leak"), false, world_), base::Error);
  EXPECT_EQ(revoked(), 0U);
}

TEST_F(DrillTest, ASignerThatIsRevokedAlreadyIsNotRevokedAgain) {
  admin::revoke_certificate(folder_ / "csca/ca.db", x509::format::parse_certificate(signer_).body.serial, "lost",
                            world_);
  EXPECT_TRUE(admin::answer_signer_leak(leak("leak"), false, world_).crl.made());
  EXPECT_EQ(revoked(), 1U);
}

TEST_F(DrillTest, OnlyADocumentSignerOfTheBookIsMeant) {
  auto wrong = leak("leak");
  wrong.signer = csca_;
  EXPECT_THROW(admin::answer_signer_leak(wrong, false, world_), base::Error);
  wrong.signer = test::make_pki(clock_.now()).signer;
  EXPECT_THROW(admin::answer_signer_leak(wrong, false, world_), base::Error);
  EXPECT_EQ(revoked(), 0U);
}

constexpr const char* kNamedCards =
    R"({"card":"01000000000000000000000000000000","case":"2026-000001","live":true,"serial":"0000000000000001","signed":"2026-11-18"}
{"card":"02000000000000000000000000000000","case":"2026-000002","live":true,"serial":"0000000000000002","signed":"2026-11-18"}
{"card":"03000000000000000000000000000000","case":"2026-000003","live":false,"serial":"0000000000000003","signed":"2026-11-19"}
{"card":"04000000000000000000000000000000","case":"2026-000004","live":true,"serial":"0000000000000004","signed":"2026-11-20"}
)";

TEST(StatusListOfTheReaders, NamesTheCardsThatAreClosedOrWrittenOff) {
  admin::ClosedChips closed;
  admin::read_closed_chips(R"({"case":"2026-000001","serial":"0000000000000001","since":"2026-11-21","status":"lost"}
{"serial":"0000000000000002","since":"2026-11-20","status":"exchanged"}
{"serial":"00000000000000AA","since":"2026-11-20","status":"lost"})",
                           "closed.jsonl", closed);
  admin::read_closed_chips(
      R"({"reason":"signer-leaked","serial":"0000000000000002","since":"2026-11-22","status":"revoked"})",
      "status.jsonl", closed);
  const base::Moment now = *base::parse_rfc3339("2026-11-23T08:00:00Z");
  const auto made = admin::make_status_list(admin::read_signed_cards(kNamedCards, "x"), closed, "VN", now,
                                            now + std::chrono::hours{24});
  const auto list = trust::parse_status_list(trust::encode_status_list(made.list));
  const std::map<trust::CardStatus, trust::Cards> due{
      {trust::CardStatus::Lost, {{trust::CardId{1}, base::make_date(2026, 11, 21)}}},
      {trust::CardStatus::Revoked,
       {{trust::CardId{2}, base::make_date(2026, 11, 20)},     // the graver of the two, from the earlier day on
        {trust::CardId{3}, base::make_date(2026, 11, 19)}}}};  // written off: since it was signed
  EXPECT_EQ(list.cards, due);
  EXPECT_EQ(list.size(), 3U);
  EXPECT_THAT(made.unsigned_chips, ElementsAre("00000000000000AA"));
}

TEST(StatusListOfTheReaders, ALineThatIsNoClosedCardIsNamed) {
  for (const char* const bad :
       {"{}", R"({"serial":"0000000000000001","since":"2026-11-20","status":"active"})",
        R"({"serial":"01","since":"2026-11-20","status":"lost"})", R"({"serial":"0000000000000001","status":"lost"})",
        R"({"serial":"0000000000000001","since":"2026-02-30","status":"lost"})",
        R"({"serial":"0000000000000001","since":"2026-11-20","status":"lost","name":"x"})", "nonsense"}) {
    admin::ClosedChips closed;
    try {
      admin::read_closed_chips(
          std::string(R"({"serial":"0000000000000001","since":"2026-11-20","status":"lost"})") + "\n" + bad, "x",
          closed);
      FAIL() << bad;
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("x:2:"));
    }
  }
}

TEST(SignedCards, ALineThatIsNoneIsNamed) {
  const std::string good = R"({"case":"2026-000002","live":true,"serial":"0000000000000002","signed":"2026-11-20"})";
  EXPECT_TRUE(admin::read_signed_cards("", "x").empty());
  EXPECT_EQ(admin::read_signed_cards(good, "x").size(), 1U);
  for (const std::string& bad : std::initializer_list<std::string>{
           std::string("{}"), std::string(), good + good, std::string(good).replace(9, 4, "a,b;"),
           R"({"case":"2026-000002","live":1,"serial":"0000000000000002","signed":"2026-11-20"})",
           R"({"case":"2026-000002","live":true,"serial":"02","signed":"2026-11-20"})",
           R"({"case":"2026-000002","live":true,"serial":"0000000000000004","signed":"2026-02-30"})", good}) {
    try {
      admin::read_signed_cards(good + "\n" + bad + "\n", "cards.jsonl");
      ADD_FAILURE() << bad;
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("cards.jsonl:2")) << bad;
    }
  }
}

}  // namespace
