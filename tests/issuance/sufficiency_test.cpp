// The rules of sufficiency: each fires, does not fire, and at its border does the right thing.

#include "issuance/attestation/sufficiency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "tests/issuance/attested.h"

namespace {

using attested::by;
using attested::enough;
using document::Attested;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const base::Date kToday = base::make_date(2026, 11, 23);

std::vector<std::string> codes(const std::vector<Attested>& statements, std::string_view receiver = "R-1",
                               base::Date today = kToday) {
  std::vector<std::string> codes;
  for (const auto& shortfall : attestation::judge(statements, receiver, today)) codes.push_back(shortfall.code);
  return codes;
}

Attested record_of_birth() {
  return by("birth", "H-1", "001-HT-0001", "civil-status", "birth-record");
}
Attested commune(const std::string& officer, const std::string& office = "001-CX-0001") {
  return by("citizenship", officer, office, "commune-police", "birth-record");
}
Attested province(const std::string& officer) {
  return by("citizenship", officer, "001-CT-0001", "provincial-police", "birth-record");
}

TEST(Sufficiency, ABatchOfTwoIndependentOfficersIsEnough) {
  EXPECT_THAT(codes(enough()), IsEmpty());
}

TEST(Sufficiency, NobodyConfirmedAnything) {
  EXPECT_THAT(codes({}), UnorderedElementsAre("CITIZENSHIP_NOT_ATTESTED", "BIRTH_NOT_ATTESTED"));
}

TEST(Sufficiency, AResidenceConfirmsNeitherBirthNorCitizenship) {
  EXPECT_THAT(codes({by("residence", "C-1", "001-CX-0001", "commune-police", "residence-file")}),
              UnorderedElementsAre("CITIZENSHIP_NOT_ATTESTED", "BIRTH_NOT_ATTESTED"));
}

TEST(Sufficiency, CitizenshipWithoutABirthIsHalf) {
  EXPECT_THAT(codes({commune("C-1"), by("citizenship", "H-1", "001-HT-0001", "civil-status", "birth-record")}),
              ElementsAre("BIRTH_NOT_ATTESTED"));
}

TEST(Sufficiency, AnyNumberOfCommunePoliceIsNotEnough) {
  EXPECT_THAT(codes({record_of_birth(), commune("C-1"), commune("C-2", "001-CX-0002"), commune("C-3", "079-CX-0001")}),
              ElementsAre("CITIZENSHIP_COMMUNE_ALONE"));
  EXPECT_THAT(codes({record_of_birth(), commune("C-1"), province("P-1")}), IsEmpty());
}

TEST(Sufficiency, OneOfficerIsOneWhateverTheAccountsOfficesAndForces) {
  EXPECT_THAT(codes({record_of_birth(), province("P-1")}), ElementsAre("CITIZENSHIP_ONE_OFFICER"));
  EXPECT_THAT(codes({record_of_birth(), province("P-1"),
                     by("citizenship", "P-1", "001-BCA-1", "ministry-police", "birth-record")}),
              ElementsAre("CITIZENSHIP_ONE_OFFICER"));
  EXPECT_THAT(codes({record_of_birth(), province("P-1"), province("P-2")}), IsEmpty());
}

TEST(Sufficiency, TheReceiverCountsForNothing) {
  const std::vector<Attested> with_receiver{record_of_birth(), province("P-1"), commune("R-1")};
  EXPECT_THAT(codes(with_receiver, "R-1"), ElementsAre("CITIZENSHIP_BY_RECEIVER"));
  EXPECT_THAT(codes(with_receiver, "R-2"), IsEmpty());
  auto more = with_receiver;
  more.push_back(commune("C-9"));
  EXPECT_THAT(codes(more, "R-1"), IsEmpty()) << "without the receiver two are left";
}

TEST(Sufficiency, TheReceiverIsNoSourceOfALateRegistrationAndHidesNone) {
  std::vector<Attested> late{by("birth", "H-1", "001-HT-0001", "civil-status", "birth-record"),
                             by("birth", "R-1", "001-CX-0001", "commune-police", "witnesses", true), commune("C-1"),
                             province("P-1")};
  EXPECT_THAT(codes(late, "R-1"), ElementsAre("CITIZENSHIP_BY_RECEIVER"));
  EXPECT_THAT(codes(late, "R-2"), IsEmpty());
}

class LateRegistration : public testing::Test {
 protected:
  std::vector<std::string> second_source(const std::string& officer, const std::string& office,
                                         const std::string& force) {
    return codes({by("birth", "H-1", "001-HT-0001", "civil-status", "birth-record", true),
                  by("birth", officer, office, force, "witnesses"), commune("C-1"), province("P-1")});
  }
};

TEST_F(LateRegistration, NeedsAnotherOfficerAnotherOfficeAndAnotherForce) {
  EXPECT_THAT(second_source("P-1", "001-CT-0001", "provincial-police"), IsEmpty());
  EXPECT_THAT(second_source("H-1", "001-CT-0001", "provincial-police"), ElementsAre("LATE_ONE_SOURCE"));
  EXPECT_THAT(second_source("P-1", "001-HT-0001", "provincial-police"), ElementsAre("LATE_ONE_SOURCE"));
  EXPECT_THAT(second_source("H-2", "079-HT-0001", "civil-status"), ElementsAre("LATE_ONE_SOURCE"));
}

TEST(Sufficiency, ATimelyBirthNeedsOneSource) {
  EXPECT_THAT(codes({record_of_birth(), commune("C-1"), province("P-1")}), IsEmpty());
}

TEST(Sufficiency, SomebodyWhoKeepsTheRecordHasToSaySo) {
  auto birth = by("birth", "P-9", "002-CT-0001", "provincial-police", "birth-record");
  EXPECT_THAT(codes({birth, commune("C-1"), province("P-1")}), ElementsAre("RECORD_NOT_ATTESTED"))
      << "police saw a paper; they do not keep the book of births";
  birth = by("birth", "H-1", "001-HT-0001", "civil-status", "witnesses");
  EXPECT_THAT(codes({birth, commune("C-1"), province("P-1")}), ElementsAre("RECORD_NOT_ATTESTED"))
      << "the keeper speaks of witnesses, not of the record";
  birth.evidence = "birth-record";
  EXPECT_THAT(codes({birth, commune("C-1"), province("P-1")}), IsEmpty());
}

TEST(Sufficiency, ACourtKeepsItsDecisionsAndNoBirths) {
  const auto court = [](const std::string& evidence) {
    return by("citizenship", "T-1", "001-TA-0001", "court", evidence);
  };
  const auto birth = by("birth", "P-9", "002-CT-0001", "provincial-police", "parents-record");
  EXPECT_THAT(codes({birth, court("court-decision"), province("P-1")}), IsEmpty());
  EXPECT_THAT(codes({birth, court("birth-record"), province("P-1")}), ElementsAre("RECORD_NOT_ATTESTED"));
}

TEST(Sufficiency, ARuleCountsFromItsFirstDay) {
  EXPECT_THAT(codes({}, "R-1", base::make_date(2024, 6, 30)), IsEmpty());
  EXPECT_THAT(codes({}, "R-1", base::make_date(2024, 7, 1)), testing::SizeIs(2));
}

TEST(Sufficiency, WithoutARuleItsShortfallIsGoneAndNoOther) {
  for (const auto& rule : attestation::Rules::shipped().all()) {
    const auto fewer = attestation::Rules::shipped().without(rule.id);
    EXPECT_EQ(fewer.all().size() + 1, attestation::Rules::shipped().all().size());
    EXPECT_NE(fewer.version(), attestation::Rules::shipped().version());
    for (const auto& shortfall : attestation::judge({}, "", kToday, fewer)) EXPECT_NE(shortfall.code, rule.id);
  }
}

TEST(SufficiencyRules, AreRefusedWithFileAndLine) {
  constexpr const char* kRule =
      "version='1'\n[records]\nbirth-record=['civil-status']\n[[rule]]\nid='A'\nwhen='always'\nof=['birth']\n"
      "legal='l'\nvi='v'\nen='e'\nsince=2024-07-01\n";
  EXPECT_NO_THROW(attestation::Rules::parse(std::string(kRule) + "least=1\n", "f"));
  for (const char* const wrong :
       {"", "least=9\n", "least=1\nunknown=1\n", "least=1\napart=['colour']\n", "least=1\nnot_only=['army']\n",
        "least=1\nagain=true\n", "least=-1\n", "least=1\nuntil='never'\n"}) {
    try {
      attestation::Rules::parse(std::string(kRule) + wrong, "f");
      ADD_FAILURE() << "was taken: " << wrong;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_THAT(error.seen(), testing::StartsWith("f:"));
    }
  }
}

}  // namespace
