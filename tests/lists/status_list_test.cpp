// Status lists: a card that its State reported lost or revoked is refused although all that it carries is signed.

#include "pki/trust/status_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/sod/judge/passive_authentication.h"
#include "smartcard/inspection/inspect.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using testing::ElementsAre;
using testing::IsEmpty;
using trust::CardId;
using trust::CardStatus;

base::Moment at(const char* text) {
  return *base::parse_rfc3339(text);
}
const base::Moment kMade = at("2026-02-15T00:00:00Z");

const base::Date kSince = base::make_date(2026, 2, 10);

trust::StatusList some_list() {
  return {.country = "UT",
          .made_at = kMade,
          .next_due = kMade + std::chrono::hours{24},
          .cards = {{CardStatus::Lost, {{CardId{1}, kSince}, {CardId{2}, kSince}}},
                    {CardStatus::Exchanged, {{CardId{3}, kSince}}}}};
}

TEST(StatusListTest, WhatIsWrittenIsRead) {
  const auto list = trust::parse_status_list(trust::encode_status_list(some_list()));
  EXPECT_EQ(list, some_list());
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.find(CardId{2}, kMade), CardStatus::Lost);
  EXPECT_EQ(list.find(CardId{3}, kMade), CardStatus::Exchanged);
  EXPECT_EQ(list.find(CardId{4}, kMade), std::nullopt);
}

// The day is one in Viet Nam: it begins at 17:00 UTC of the day before.
TEST(StatusListTest, ACardIsNoLongerGoodFromItsDayOn) {
  const auto list = trust::parse_status_list(trust::encode_status_list(some_list()));
  EXPECT_EQ(list.find(CardId{2}, at("2026-02-09T16:59:59Z")), std::nullopt);
  EXPECT_EQ(list.find(CardId{2}, at("2026-02-09T17:00:00Z")), CardStatus::Lost);
}

TEST(StatusListTest, WhatIsNoneIsRefused) {
  const Bytes good = trust::encode_status_list(some_list());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(trust::parse_status_list(base::ByteView(good).first(size)), asn1::Malformed) << size;
  }
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text(good.begin(), good.end());
    text.replace(text.find(from), from.size(), to);
    return Bytes(text.begin(), text.end());
  };
  EXPECT_THROW(trust::parse_status_list(changed("list-2", "list-1")), asn1::Malformed);
  EXPECT_THROW(trust::parse_status_list(changed("UT", "uT")), asn1::Malformed);
  EXPECT_THROW(trust::parse_status_list(changed("2026-02-16", "2026-02-14")), asn1::Malformed);
  const auto days = static_cast<std::uint32_t>(std::chrono::sys_days(kSince).time_since_epoch().count());
  const std::string day{'\0', '\0', static_cast<char>(days >> 8), static_cast<char>(days & 0xFF)};
  EXPECT_THROW(trust::parse_status_list(changed(day, std::string{'\x7F', '\0', '\0', '\0'})), asn1::Malformed);
  EXPECT_THROW(trust::parse_status_list(changed(std::string(1, '\1') + std::string(15, '\0'), std::string(16, '\3'))),
               asn1::Malformed);  // no longer in order
  EXPECT_THROW(trust::parse_status_list(
                   changed(std::string(1, '\3') + std::string(15, '\0'), std::string(1, '\2') + std::string(15, '\0'))),
               asn1::Malformed);  // lost and exchanged at once
}

TEST(StatusListTest, ACardHasOneSpelling) {
  const CardId card{0xAB, 1};
  EXPECT_EQ(trust::to_text(card), "AB010000000000000000000000000000");
  EXPECT_EQ(trust::parse_card_id(trust::to_text(card)), card);
  EXPECT_EQ(trust::parse_card_id("AB01"), std::nullopt);
  EXPECT_EQ(trust::card_status_of(trust::card_status_name(CardStatus::Revoked)), CardStatus::Revoked);
  EXPECT_EQ(trust::card_status_of("active"), std::nullopt);
}

// --- what a judge makes of it ---

class CardStatusTest : public testing::Test {
 protected:
  CardStatusTest() {
    files_[lds::FileId::Sod] = vectors::load_binary("synth/EF_SOD_ok_p256_sha256.bin");
    for (const int number : {1, 2, 11, 12, 13, 14, 15}) {
      files_[lds::data_group(number)->id] = vectors::load_binary("synth/EF_DG" + std::to_string(number) + ".bin");
    }
    trust_.add_anchor(vectors::load_binary("synth/csca1_p384.cer"), "csca1");
    trust_.add_crl(vectors::load_binary("synth/crl_csca1.crl"), "crl1");
    trust_.set_policy({.crl_grace = std::chrono::hours{72}, .clock_floor = std::nullopt});
    card_ = *sod::judge::card_id(files_[lds::FileId::Sod]);
  }
  inspection::Report judge(const char* as_of = "2026-02-15T12:00:00Z") {
    return inspection::inspect_files(files_, trust_, at(as_of));
  }
  void list(CardStatus status, const CardId& card, const char* country = "UT") {
    trust::StatusList list = some_list();
    list.country = country;
    list.cards = {{status, {{card, kSince}}}};
    trust_.set_status_list(trust::parse_status_list(trust::encode_status_list(list)));
  }
  lds::Files files_;
  trust::TrustStore trust_;
  CardId card_{};
};

TEST_F(CardStatusTest, ACardOnTheListIsRefusedForItsReason) {
  const std::pair<CardStatus, const char*> reasons[] = {{CardStatus::Lost, "CARD_LOST"},
                                                        {CardStatus::Revoked, "CARD_REVOKED"},
                                                        {CardStatus::Exchanged, "CARD_EXCHANGED"}};
  for (const auto& [status, code] : reasons) {
    list(status, card_);
    const auto report = judge();
    EXPECT_EQ(report.verdict, inspection::Verdict::NotGenuine);
    EXPECT_THAT(report.reasons(), ElementsAre(code));
  }
}

TEST_F(CardStatusTest, AsOfADayBeforeItWasLostItIsGood) {
  list(CardStatus::Lost, card_);
  EXPECT_THAT(judge("2026-02-09T12:00:00Z").reasons(), IsEmpty());
  EXPECT_THAT(judge("2026-02-10T12:00:00Z").reasons(), ElementsAre("CARD_LOST"));
}

TEST_F(CardStatusTest, ACardThatIsNotOnItIsAsGoodAsBefore) {
  list(CardStatus::Lost, CardId{1});
  const auto report = judge();
  EXPECT_EQ(report.verdict, inspection::Verdict::DataAuthentic);
  EXPECT_THAT(report.reasons(), IsEmpty());
}

TEST_F(CardStatusTest, AnotherStatesListSaysNothing) {
  list(CardStatus::Lost, card_, "VN");
  EXPECT_EQ(judge().verdict, inspection::Verdict::DataAuthentic);
  EXPECT_EQ(judge("2026-03-15T00:00:00Z").verdict, inspection::Verdict::DataAuthentic);
}

TEST_F(CardStatusTest, ThePaddingAroundWhatIsSignedHidesNoCard) {
  files_[lds::FileId::Sod].push_back(0);
  list(CardStatus::Lost, card_);
  EXPECT_THAT(judge().reasons(), ElementsAre("CARD_LOST"));
}

TEST_F(CardStatusTest, AnOldListWarnsAndThenLeavesTheQuestionOpen) {
  const auto has = [](const inspection::Report& report, const char* code) {
    return std::ranges::any_of(report.findings.list(), [&](const base::Finding& one) { return one.code == code; });
  };
  list(CardStatus::Lost, CardId{1});
  const auto due = judge("2026-02-16T00:00:00Z"), stale = judge("2026-02-19T00:00:00Z");
  EXPECT_FALSE(has(due, "CARD_STATUS_STALE"));
  EXPECT_TRUE(has(stale, "CARD_STATUS_STALE"));
  EXPECT_EQ(stale.verdict, inspection::Verdict::DataAuthentic);
  const auto old = judge("2026-02-19T00:00:01Z");
  EXPECT_EQ(old.verdict, inspection::Verdict::Undecided);
  EXPECT_THAT(old.reasons(), ElementsAre("CARD_STATUS_TOO_OLD"));
  list(CardStatus::Lost, card_);
  EXPECT_THAT(judge("2026-02-20T00:00:00Z").reasons(), ElementsAre("CARD_LOST"));  // lost by a list of any age
}

}  // namespace
