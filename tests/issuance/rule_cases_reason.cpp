#include <array>

#include "tests/issuance/rule_cases.h"

namespace rule_cases {

namespace {

const std::array kReason{
    speaks("LIVE_CARD", "AFirstCardBesideALiveOne", [](World& w) { w.holds("active", "2021-05-05"); }),
    silent("LIVE_CARD", "NoCard"),
    edge("LIVE_CARD", false, "OnlyALostOne", [](World& w) { w.holds("lost", "2021-05-05"); }),
    edge("LIVE_CARD", false, "AnExchangeOfTheLiveOne",
         [](World& w) {
           w.asks("EX-REQ");
           w.holds("active", "2021-05-05");
         }),

    speaks("NO_CARD_TO_REPLACE", "ExchangeOfNothing", [](World& w) { w.asks("EX-REQ"); }),
    silent("NO_CARD_TO_REPLACE", "ExchangeOfALiveCard",
           [](World& w) {
             w.asks("EX-REQ");
             w.holds("active", "2021-05-05");
           }),
    edge("NO_CARD_TO_REPLACE", true, "ExchangeOfARevokedCard",
         [](World& w) {
           w.asks("EX-REQ");
           w.holds("revoked", "2021-05-05");
         }),
    edge("NO_CARD_TO_REPLACE", false, "ReissueOfALostCard",
         [](World& w) {
           w.asks("RE-LOST");
           w.holds("lost", "2021-05-05");
         }),
    edge("NO_CARD_TO_REPLACE", false, "ANewNumberMayHaveNoCardYet", [](World& w) { w.asks("EX-PIN"); }),

    speaks("OLD_CARD_LOST", "ExchangeOfALostCard",
           [](World& w) {
             w.asks("EX-ERR");
             w.holds("lost", "2021-05-05");
           }),
    silent("OLD_CARD_LOST", "ExchangeOfALiveCard",
           [](World& w) {
             w.asks("EX-ERR");
             w.holds("active", "2021-05-05");
           }),
    edge("OLD_CARD_LOST", false, "AnEarlierCardWasLost",
         [](World& w) {
           w.asks("EX-ERR");
           w.holds("lost", "2018-05-05");
           w.holds("active", "2021-05-05");
         }),
    edge("OLD_CARD_LOST", true, "DamagedBeyondUseAndYetLost",
         [](World& w) {
           w.asks("RE-DAMAGED");
           w.holds("lost", "2021-05-05");
         }),
    edge("OLD_CARD_LOST", false, "AReissueForLoss",
         [](World& w) {
           w.asks("RE-LOST");
           w.holds("lost", "2021-05-05");
         }),

    speaks("OLD_CARD_TO_WITHDRAW", "Exchange",
           [](World& w) {
             w.asks("EX-IDENT");
             w.holds("active", "2021-05-05");
           }),
    silent("OLD_CARD_TO_WITHDRAW", "AFirstCard"),
    edge("OLD_CARD_TO_WITHDRAW", false, "ANewNumberWithoutACard", [](World& w) { w.asks("EX-PIN"); }),

    speaks("LOST_CARD_STILL_LIVE", "Live",
           [](World& w) {
             w.asks("RE-LOST");
             w.holds("active", "2021-05-05");
           }),
    silent("LOST_CARD_STILL_LIVE", "ReportedBefore",
           [](World& w) {
             w.asks("RE-LOST");
             w.holds("lost", "2021-05-05");
           }),
    edge("LOST_CARD_STILL_LIVE", false, "DamagedIsNotLost",
         [](World& w) {
           w.asks("RE-DAMAGED");
           w.holds("active", "2021-05-05");
         }),

    speaks("AGE_REASON_MISMATCH", "AnAdultAsAChild", [](World& w) { w.asks("NEW-U14"); }),
    silent("AGE_REASON_MISMATCH", "AnAdultAsAnAdult"),
    edge("AGE_REASON_MISMATCH", false, "FourteenToday", [](World& w) { w.born(2012, 11, 23); }),
    edge("AGE_REASON_MISMATCH", true, "FourteenTomorrow", [](World& w) { w.born(2012, 11, 24); }),
    edge("AGE_REASON_MISMATCH", true, "ThirteenYearsBornOnALeapDay",
         [](World& w) {
           w.born(2012, 2, 29);
           w.today = base::make_date(2026, 2, 27);
         }),
    edge("AGE_REASON_MISMATCH", false, "AMilestoneTwoYearsAhead",
         [](World& w) {
           w.asks("EX-AGE");
           w.born(1988, 11, 23);
           w.holds("active", "2021-05-05");
         }),
    edge("AGE_REASON_MISMATCH", true, "AMilestoneTwoYearsAndADayAhead",
         [](World& w) {
           w.asks("EX-AGE");
           w.born(1988, 11, 24);
           w.holds("active", "2021-05-05");
         }),

    speaks("NAME_CHANGE_NOT_REGISTERED", "NothingCorrected", [](World& w) { w.asks("EX-NAME"); }),
    silent("NAME_CHANGE_NOT_REGISTERED", "NameCorrected",
           [](World& w) {
             w.asks("EX-NAME");
             w.lived("name-corrected");
           }),
    edge("NAME_CHANGE_NOT_REGISTERED", false, "BirthCorrected",
         [](World& w) {
           w.asks("EX-NAME");
           w.lived("birth-corrected");
         }),
    edge("NAME_CHANGE_NOT_REGISTERED", true, "SexCorrectedIsAnotherReason",
         [](World& w) {
           w.asks("EX-NAME");
           w.lived("sex-corrected");
         }),

    speaks("NUMBER_NOT_REESTABLISHED", "NoCancelledNumber", [](World& w) { w.asks("EX-PIN"); }),
    silent("NUMBER_NOT_REESTABLISHED", "ACancelledNumber",
           [](World& w) {
             w.asks("EX-PIN");
             w.person().cancelled_number = "001090000009";
           }),
    edge("NUMBER_NOT_REESTABLISHED", false, "TheEventAlone",
         [](World& w) {
           w.asks("EX-PIN");
           w.lived("number-reestablished");
         }),

    speaks("NATIONALITY_NOT_REGAINED", "NothingRecorded",
           [](World& w) {
             w.asks("RE-NAT");
             w.holds("revoked", "2021-05-05");
           }),
    silent("NATIONALITY_NOT_REGAINED", "Regained",
           [](World& w) {
             w.asks("RE-NAT");
             w.lived("nationality-regained");
           }),
    edge("NATIONALITY_NOT_REGAINED", true, "LostOnly",
         [](World& w) {
           w.asks("RE-NAT");
           w.lived("nationality-lost");
         }),

    speaks("CARD_HAS_NEW_UNITS", "IssuedAfter",
           [](World& w) {
             w.asks("EX-ADMIN");
             w.holds("active", "2026-01-01");
           }),
    silent("CARD_HAS_NEW_UNITS", "IssuedBefore",
           [](World& w) {
             w.asks("EX-ADMIN");
             w.holds("active", "2021-05-05");
           }),
    edge("CARD_HAS_NEW_UNITS", true, "IssuedOnTheDay",
         [](World& w) {
           w.asks("EX-ADMIN");
           w.holds("active", "2025-07-01");
         }),
    edge("CARD_HAS_NEW_UNITS", false, "IssuedTheDayBefore", [](World& w) {
      w.asks("EX-ADMIN");
      w.holds("active", "2025-06-30");
    })};

}  // namespace

std::span<const RuleCase> reason_cases() {
  return kReason;
}

}  // namespace rule_cases
