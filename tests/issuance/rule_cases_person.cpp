#include <array>

#include "tests/issuance/rule_cases.h"
#include "tests/support/pictures.h"

namespace rule_cases {

namespace {

const std::array kIdentity{
    speaks("NUMBER_MALFORMED", "ElevenDigits", [](World& w) { w.application.number = "00109000000"; }),
    silent("NUMBER_MALFORMED", "TwelveDigits"),
    edge("NUMBER_MALFORMED", true, "TwelveCharactersOneALetter",
         [](World& w) { w.application.number = "00109000000O"; }),

    speaks("PROVINCE_UNKNOWN", "AGap", [](World& w) { w.application.number = "003090000000"; }),
    silent("PROVINCE_UNKNOWN", "HaNoi"),
    edge("PROVINCE_UNKNOWN", false, "TheLastOfTheTable", [](World& w) { w.application.number = "096090000000"; }),
    edge("PROVINCE_UNKNOWN", true, "TheOneAfterIt", [](World& w) { w.application.number = "097090000000"; }),

    speaks("PERSON_NOT_FOUND", "NobodyThere", [](World& w) { w.unknown("not-found"); }),
    silent("PERSON_NOT_FOUND", "Found"),
    edge("PERSON_NOT_FOUND", false, "CancelledIsNotUnknown", [](World& w) { w.unknown("cancelled"); }),

    speaks("NUMBER_CANCELLED", "Replaced",
           [](World& w) {
             w.unknown("cancelled");
             w.answer.replaced_by = "001090000009";
           }),
    silent("NUMBER_CANCELLED", "Found"),
    edge("NUMBER_CANCELLED", false, "TheNewNumberOfOneThatWasCancelled",
         [](World& w) {
           w.person().cancelled_number = "001090000009";
           w.lived("number-reestablished");
         }),

    speaks("NUMBER_OF_ANOTHER", "OtherNameAndBirth",
           [](World& w) {
             w.application.full_name = "Trần Thị Khác";
             w.application.birth = base::make_date(1985, 5, 5);
           }),
    silent("NUMBER_OF_ANOTHER", "AllAgrees"),
    edge("NUMBER_OF_ANOTHER", false, "OnlyTheName", [](World& w) { w.application.full_name = "Trần Thị Khác"; }),

    speaks("NAME_DIFFERS", "OtherName", [](World& w) { w.application.full_name = "Trần Văn Mẫu"; }),
    silent("NAME_DIFFERS", "SameName"),
    edge("NAME_DIFFERS", true, "OneDiacritic", [](World& w) { w.application.full_name = "Nguyễn Văn Mấu"; }),
    edge("NAME_DIFFERS", true, "CaseOnly", [](World& w) { w.application.full_name = "NGUYỄN VĂN MẪU"; }),
    edge("NAME_DIFFERS", true, "DWithoutItsStroke",
         [](World& w) {
           w.person().full_name = "Đinh Văn Mẫu";
           w.application.full_name = "Dinh Văn Mẫu";
         }),

    speaks("BIRTH_DIFFERS", "OtherYear", [](World& w) { w.application.birth = base::make_date(1991, 1, 1); }),
    silent("BIRTH_DIFFERS", "SameDay"),
    edge("BIRTH_DIFFERS", true, "DayAndMonthSwapped",
         [](World& w) {
           w.born(1990, 2, 1);
           w.application.birth = base::make_date(1990, 1, 2);
         }),
    edge("BIRTH_DIFFERS", false, "TheLeapDay", [](World& w) { w.born(1992, 2, 29); }),

    speaks("SEX_DIFFERS", "OtherSex", [](World& w) { w.application.sex = document::Sex::Female; }),
    silent("SEX_DIFFERS", "SameSex"),
    edge("SEX_DIFFERS", false, "BothUnlikeTheNumber",
         [](World& w) { w.application.sex = w.person().sex = document::Sex::Female; }),

    speaks("NUMBER_DISAGREES", "OtherYear",
           [](World& w) { w.person().birth = w.application.birth = base::make_date(1991, 1, 1); }),
    silent("NUMBER_DISAGREES", "YearAndSexFit"),
    edge("NUMBER_DISAGREES", false, "TheLastDayOfTheCentury", [](World& w) { w.born(1999, 12, 31); }),
    edge("NUMBER_DISAGREES", true, "TheSameYearACenturyLater",
         [](World& w) { w.person().birth = w.application.birth = base::make_date(1890, 1, 1); }),

    speaks("NUMBER_PROVINCE_DIFFERS", "AnotherProvince",
           [](World& w) { w.person().place_of_birth = "Xã Thử, Cà Mau"; }),
    silent("NUMBER_PROVINCE_DIFFERS", "TheNumbersProvince"),
    edge("NUMBER_PROVINCE_DIFFERS", false, "TheNameSinceTheMerger",
         [](World& w) {
           w.application.number = "024090000000";
           w.person().place_of_birth = "Phường Thử, Bắc Ninh";
         }),
    edge("NUMBER_PROVINCE_DIFFERS", true, "ThatNameBeforeTheMerger",
         [](World& w) {
           w.application.number = "024090000000";
           w.person().place_of_birth = "Phường Thử, Bắc Ninh";
           w.today = base::make_date(2025, 6, 30);
         }),
    edge("NUMBER_PROVINCE_DIFFERS", false, "APlaceAbroad",
         [](World& w) { w.person().place_of_birth = "Viêng Chăn, Lào"; })};

const std::array kCapture{
    speaks("FORM_AGE_MISMATCH", "FiveYearsOnTheAdultForm", [](World& w) { w.born(2021, 11, 1); }),
    silent("FORM_AGE_MISMATCH", "AdultOnTheAdultForm"),
    edge("FORM_AGE_MISMATCH", false, "SixToday", [](World& w) { w.born(2020, 11, 23); }),
    edge("FORM_AGE_MISMATCH", true, "SixTomorrow", [](World& w) { w.born(2020, 11, 24); }),
    edge("FORM_AGE_MISMATCH", true, "SixTodayOnTheChildForm",
         [](World& w) {
           w.born(2020, 11, 23);
           w.application.form = "child-2024";
         }),

    edge("FORM_AGE_MISMATCH", false, "SixTomorrowOnTheChildForm",
         [](World& w) {
           w.born(2020, 11, 24);
           w.application.form = "child-2024";
         }),

    speaks("REPRESENTATIVE_MISSING", "TenYearsAlone", [](World& w) { w.born(2016, 1, 1); }),
    silent("REPRESENTATIVE_MISSING", "TenYearsWithTheMother",
           [](World& w) {
             w.born(2016, 1, 1);
             w.application.representative = vetting::Representative{"001190000001", "mother"};
           }),
    edge("REPRESENTATIVE_MISSING", false, "FourteenToday", [](World& w) { w.born(2012, 11, 23); }),
    edge("REPRESENTATIVE_MISSING", true, "FourteenTomorrow", [](World& w) { w.born(2012, 11, 24); }),
    edge("REPRESENTATIVE_MISSING", true, "HimselfAsHisRepresentative",
         [](World& w) {
           w.born(2016, 1, 1);
           w.application.representative = vetting::Representative{w.application.number, "guardian"};
         }),
    edge("REPRESENTATIVE_MISSING", true, "ARepresentativeWithoutANumber",
         [](World& w) {
           w.born(2016, 1, 1);
           w.application.representative = vetting::Representative{"CMND-123456789", "father"};
         }),

    speaks("PORTRAIT_MISSING", "None", [](World& w) { w.application.portrait.clear(); }),
    silent("PORTRAIT_MISSING", "There"),
    edge("PORTRAIT_MISSING", false, "TheChildFormHasNone",
         [](World& w) {
           w.application.portrait.clear();
           w.application.form = "child-2024";
         }),

    speaks("PORTRAIT_OF_CHILD", "OnTheChildForm", [](World& w) { w.application.form = "child-2024"; }),
    silent("PORTRAIT_OF_CHILD", "OnTheAdultForm"),
    edge("PORTRAIT_OF_CHILD", false, "AChildOnTheAdultForm", [](World& w) { w.born(2021, 1, 1); }),

    speaks("PORTRAIT_NOT_JPEG", "AGif", [](World& w) { w.application.portrait = base::bytes_of("GIF89a"); }),
    silent("PORTRAIT_NOT_JPEG", "AJpeg"),
    edge("PORTRAIT_NOT_JPEG", true, "AJpegCutInItsHeader", [](World& w) { w.application.portrait.resize(8); }),

    speaks("PORTRAIT_SIZE", "TooHeavy", [](World& w) { w.weigh(31'000); }),
    silent("PORTRAIT_SIZE", "AsCaptured"),
    edge("PORTRAIT_SIZE", false, "ExactlyTheMostBytes", [](World& w) { w.weigh(30'000); }),
    edge("PORTRAIT_SIZE", true, "OneByteMore", [](World& w) { w.weigh(30'001); }),

    speaks("FINGERS_MISSING", "None", [](World& w) { w.application.fingers.clear(); }),
    silent("FINGERS_MISSING", "Two"),
    edge("FINGERS_MISSING", true, "OneAndNoReason", [](World& w) { w.application.fingers.pop_back(); }),
    edge("FINGERS_MISSING", false, "OneAndAReason", [](World& w) { w.lacks_fingers(1, "amputated"); }),

    speaks("FINGERS_NOT_TAKEN", "NoneAndAReason", [](World& w) { w.lacks_fingers(2, "unreadable"); }),
    silent("FINGERS_NOT_TAKEN", "Two"),
    edge("FINGERS_NOT_TAKEN", true, "OneAndAReason", [](World& w) { w.lacks_fingers(1, "amputated"); }),
    edge("FINGERS_NOT_TAKEN", false, "NoneAndNoReason", [](World& w) { w.application.fingers.clear(); }),

    speaks("FINGERS_NOT_IMAGES", "AGif", [](World& w) { w.application.fingers[1].image = base::bytes_of("GIF89a"); }),
    silent("FINGERS_NOT_IMAGES", "TwoPngs"),
    edge("FINGERS_NOT_IMAGES", true, "InColor",
         [](World& w) { w.application.fingers[0].image = w.application.portrait; }),
    edge("FINGERS_NOT_IMAGES", true, "CutInItsHeader", [](World& w) { w.application.fingers[0].image.resize(20); }),

    speaks("FINGERS_SIZE", "TooHeavy", [](World& w) { w.application.fingers[1].image.resize(20'000); }),
    silent("FINGERS_SIZE", "AsCaptured"),
    edge("FINGERS_SIZE", false, "ExactlyTheMostBytes", [](World& w) { w.application.fingers[0].image.resize(15'000); }),
    edge("FINGERS_SIZE", true, "OneByteMore", [](World& w) { w.application.fingers[0].image.resize(15'001); }),
    edge("FINGERS_SIZE", false, "TheSmallestSides",
         [](World& w) { w.application.fingers[0].image = pictures::gray_png(120, 1000); }),
    edge("FINGERS_SIZE", true, "OnePixelTooNarrow",
         [](World& w) { w.application.fingers[0].image = pictures::gray_png(119, 400); }),
    edge("FINGERS_SIZE", true, "OnePixelTooHigh",
         [](World& w) { w.application.fingers[0].image = pictures::gray_png(300, 1001); }),

    speaks("FINGERS_AGE_MISMATCH", "AnAdultExcusedAsAChild", [](World& w) { w.lacks_fingers(2, "under-six"); }),
    silent("FINGERS_AGE_MISMATCH", "AnAdultWithFingers"),
    edge("FINGERS_AGE_MISMATCH", true, "TakenOneDayBeforeTheSixthBirthday", [](World& w) { w.born(2020, 11, 24); }),
    edge("FINGERS_AGE_MISMATCH", false, "TakenOnTheSixthBirthday", [](World& w) { w.born(2020, 11, 23); }),
    edge("FINGERS_AGE_MISMATCH", false, "NotTakenOneDayBeforeTheSixthBirthday",
         [](World& w) {
           w.born(2020, 11, 24);
           w.lacks_fingers(2, "under-six");
         }),

    speaks("DG13_LONG_TEXT", "ALongResidence", [](World& w) { w.person().residence = std::string(150, 'a'); }),
    silent("DG13_LONG_TEXT", "ShortTexts"),
    edge("DG13_LONG_TEXT", false, "TheLongestThatFits", [](World& w) { w.person().residence = std::string(122, 'a'); }),
    edge("DG13_LONG_TEXT", true, "OneByteMore", [](World& w) { w.person().residence = std::string(123, 'a'); }),
    edge("DG13_LONG_TEXT", true, "LettersOfTwoBytes",
         [](World& w) {
           w.person().residence.clear();
           for (int i = 0; i < 62; ++i) w.person().residence += "Đ";
         }),
    edge("DG13_LONG_TEXT", true, "FatherAndMotherTogether", [](World& w) {
      w.person().father = std::string(58, 'a');
      w.person().mother = std::string(59, 'b');
    })};

}  // namespace

std::span<const RuleCase> identity_cases() {
  return kIdentity;
}

std::span<const RuleCase> capture_cases() {
  return kCapture;
}

}  // namespace rule_cases
