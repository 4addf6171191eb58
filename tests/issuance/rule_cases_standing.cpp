#include <array>

#include "tests/issuance/rule_cases.h"

namespace rule_cases {

namespace {

const std::array kStanding{
    speaks("PERSON_DEAD", "Dead", [](World& w) { w.answer.alive = false; }),
    silent("PERSON_DEAD", "Alive"),
    edge("PERSON_DEAD", false, "NobodyIsNotDead", [](World& w) { w.unknown("not-found"); }),

    speaks("NOT_A_CITIZEN", "Foreign",
           [](World& w) {
             w.answer.citizen = false;
             w.person().nationality = "Lào";
           }),
    silent("NOT_A_CITIZEN", "Citizen"),
    edge("NOT_A_CITIZEN", false, "AnOpenNationalityIsAnotherMatter",
         [](World& w) {
           w.answer.citizen = false;
           w.person().nationality = "Chưa xác định";
         }),

    speaks("NATIONALITY_UNDETERMINED", "Open",
           [](World& w) {
             w.answer.citizen = false;
             w.person().nationality = "Chưa xác định";
           }),
    silent("NATIONALITY_UNDETERMINED", "VietNam"),
    edge("NATIONALITY_UNDETERMINED", true, "OpenAndYetCalledACitizen",
         [](World& w) { w.person().nationality = "Chưa xác định được quốc tịch"; }),

    speaks("STANDING_DISAGREES", "DeathRecordedAndAlive", [](World& w) { w.lived("death"); }),
    speaks("STANDING_DISAGREES", "NationalityLostAndCitizen", [](World& w) { w.lived("nationality-lost"); }),
    silent("STANDING_DISAGREES", "NothingRecorded"),
    edge("STANDING_DISAGREES", false, "LostAndRegained",
         [](World& w) {
           w.lived("nationality-lost");
           w.lived("nationality-regained");
         }),
    edge("STANDING_DISAGREES", true, "RegainedAndLostAgain",
         [](World& w) {
           w.lived("nationality-regained");
           w.lived("nationality-lost");
         }),
    edge("STANDING_DISAGREES", false, "DeathRecordedAndDead",
         [](World& w) {
           w.answer.alive = false;
           w.lived("death");
         }),

    speaks("CARD_OF_A_NON_CITIZEN", "LiveCard",
           [](World& w) {
             w.answer.citizen = false;
             w.holds("active", "2021-05-05");
           }),
    silent("CARD_OF_A_NON_CITIZEN", "LiveCardOfACitizen", [](World& w) { w.holds("active", "2021-05-05"); }),
    edge("CARD_OF_A_NON_CITIZEN", false, "TheCardIsRevokedAlready",
         [](World& w) {
           w.answer.citizen = false;
           w.holds("revoked", "2021-05-05");
         }),

    speaks("PERSON_MISSING", "Missing", [](World& w) { w.answer.missing = true; }),
    silent("PERSON_MISSING", "NotMissing"),
    edge("PERSON_MISSING", false, "FoundAgain",
         [](World& w) {
           w.lived("missing");
           w.lived("found");
         }),

    speaks("CUSTODY_INSTITUTION", "Institution", [](World& w) { w.answer.custody = "compulsory-institution"; }),
    silent("CUSTODY_INSTITUTION", "Free"),
    edge("CUSTODY_INSTITUTION", false, "PrisonHasARuleOfItsOwn", [](World& w) { w.answer.custody = "prison"; }),

    speaks("CUSTODY_PRISON", "Prison", [](World& w) { w.answer.custody = "prison"; }),
    silent("CUSTODY_PRISON", "Free"),
    edge("CUSTODY_PRISON", false, "BeforeTheLawOf2023",
         [](World& w) {
           w.answer.custody = "prison";
           w.today = base::make_date(2024, 6, 30);
         }),

    speaks("DECREE_1999_CUSTODY", "Prison",
           [](World& w) {
             w.answer.custody = "prison";
             w.today = base::make_date(2010, 1, 1);
           }),
    silent("DECREE_1999_CUSTODY", "Free", [](World& w) { w.today = base::make_date(2010, 1, 1); }),
    edge("DECREE_1999_CUSTODY", true, "ItsLastDay",
         [](World& w) {
           w.answer.custody = "prison";
           w.today = base::make_date(2015, 12, 31);
         }),
    edge("DECREE_1999_CUSTODY", false, "TheDayOfTheLawOf2014",
         [](World& w) {
           w.answer.custody = "prison";
           w.today = base::make_date(2016, 1, 1);
         }),

    speaks("BIOMETRIC_HIT", "Hit", [](World& w) { w.answer.watch = {"biometric-hit"}; }),
    silent("BIOMETRIC_HIT", "NoHit"),
    edge("BIOMETRIC_HIT", false, "AnotherReasonToWatch", [](World& w) { w.answer.watch = {"wanted"}; }),

    speaks("WATCH_LISTED", "Wanted", [](World& w) { w.answer.watch = {"wanted"}; }),
    silent("WATCH_LISTED", "NotListed"),
    edge("WATCH_LISTED", false, "TheBiometricHitHasARuleOfItsOwn",
         [](World& w) { w.answer.watch = {"biometric-hit"}; }),
    edge("WATCH_LISTED", true, "BesideABiometricHit",
         [](World& w) {
           w.answer.watch = {"biometric-hit", "identity-fraud"};
         }),

    speaks("DUPLICATE_SAME", "Open",
           [](World& w) {
             w.answer.duplicates = {{"same", "open"}};
           }),
    silent("DUPLICATE_SAME", "None"),
    edge("DUPLICATE_SAME", false, "TwoOfficersSaidDifferentPersons",
         [](World& w) {
           w.answer.duplicates = {{"same", "different-persons"}};
         }),
    edge("DUPLICATE_SAME", true, "OneOfTwoIsOpen",
         [](World& w) {
           w.answer.duplicates = {{"same", "different-persons"}, {"same", "open"}};
         }),

    speaks("DUPLICATE_NEAR", "Open",
           [](World& w) {
             w.answer.duplicates = {{"near", "open"}};
           }),
    silent("DUPLICATE_NEAR", "None"),
    edge("DUPLICATE_NEAR", false, "TwoOfficersSaidDifferentPersons",
         [](World& w) {
           w.answer.duplicates = {{"near", "different-persons"}};
         }),

    speaks("DUPLICATE_CONFIRMED", "SamePerson",
           [](World& w) {
             w.answer.duplicates = {{"near", "same-person"}};
           }),
    silent("DUPLICATE_CONFIRMED", "None"),
    edge("DUPLICATE_CONFIRMED", false, "StillOpen",
         [](World& w) {
           w.answer.duplicates = {{"same", "open"}};
         }),

    speaks("OPEN_CASE", "Another", [](World& w) { w.answer.open_case = "2026-000009"; }),
    silent("OPEN_CASE", "None"),
    edge("OPEN_CASE", false, "ThisOne", [](World& w) { w.answer.open_case = w.answer.case_id; }),

    speaks("DEFENCE_DATA", "ADefenceOffice", [](World& w) { w.states("defence"); }),
    silent("DEFENCE_DATA", "NoDefenceOffice"),
    edge("DEFENCE_DATA", false, "AProvincialPoliceOffice", [](World& w) { w.states("provincial-police"); }),

    speaks("EXTRACT_AGE", "OfYesterday", [](World& w) { w.extracted(std::chrono::hours(24)); }),
    silent("EXTRACT_AGE", "ALiveAnswer"),
    edge("EXTRACT_AGE", true, "JustYoungEnough", [](World& w) { w.extracted(std::chrono::hours(72)); }),
    edge("EXTRACT_AGE", false, "AnHourTooOld", [](World& w) { w.extracted(std::chrono::hours(73)); }),

    speaks("EXTRACT_TOO_OLD", "OfLastWeek", [](World& w) { w.extracted(std::chrono::hours(7 * 24)); }),
    silent("EXTRACT_TOO_OLD", "ALiveAnswer"),
    edge("EXTRACT_TOO_OLD", false, "JustYoungEnough", [](World& w) { w.extracted(std::chrono::hours(72)); }),
    edge("EXTRACT_TOO_OLD", true, "AnHourTooOld", [](World& w) { w.extracted(std::chrono::hours(73)); }),
    edge("EXTRACT_TOO_OLD", true, "OfTomorrowBecauseAClockIsWrong",
         [](World& w) { w.extracted(std::chrono::hours(-24)); }),
    edge("EXTRACT_TOO_OLD", false, "AMinuteAheadOfThisClock", [](World& w) {
      w.extracted(std::chrono::hours(0));
      w.answer.at += std::chrono::minutes(1);
    })};

}  // namespace

std::span<const RuleCase> standing_cases() {
  return kStanding;
}

}  // namespace rule_cases
