#include <array>

#include "tests/issuance/attested.h"
#include "tests/issuance/rule_cases.h"

namespace rule_cases {

namespace {

using attested::by;

// The rules themselves are tested in their own room; here, that vetting holds a case by each of them.
const std::array kAttestation{
    speaks("CITIZENSHIP_NOT_ATTESTED", "Nobody", [](World& w) { w.nobody_confirmed("citizenship"); }),
    silent("CITIZENSHIP_NOT_ATTESTED", "Enough"),
    edge("CITIZENSHIP_NOT_ATTESTED", true, "ResidenceIsNoCitizenship",
         [](World& w) {
           w.nobody_confirmed("citizenship");
           w.states("provincial-police");
         }),

    speaks("BIRTH_NOT_ATTESTED", "Nobody", [](World& w) { w.nobody_confirmed("birth"); }),
    silent("BIRTH_NOT_ATTESTED", "Enough"),
    edge("BIRTH_NOT_ATTESTED", false, "OneOfTwo",
         [](World& w) { w.answer.attestations.erase(w.answer.attestations.begin()); }),

    speaks("CITIZENSHIP_COMMUNE_ALONE", "TwoOfCommunePolice",
           [](World& w) {
             w.nobody_confirmed("citizenship");
             w.answer.attestations.push_back(by("citizenship", "X-1", "001-CP-1", "commune-police", "declaration"));
             w.answer.attestations.push_back(by("citizenship", "X-2", "001-CP-2", "commune-police", "declaration"));
           }),
    silent("CITIZENSHIP_COMMUNE_ALONE", "Enough"),
    edge("CITIZENSHIP_COMMUNE_ALONE", false, "OneOfTwoIsAnotherForce",
         [](World& w) {
           w.nobody_confirmed("citizenship");
           w.answer.attestations.push_back(by("citizenship", "X-1", "001-CP-1", "commune-police", "declaration"));
           w.answer.attestations.push_back(by("citizenship", "H-1", "001-HT-1", "civil-status", "birth-record"));
         }),

    speaks("CITIZENSHIP_ONE_OFFICER", "One",
           [](World& w) {
             w.nobody_confirmed("citizenship");
             w.answer.attestations.push_back(by("citizenship", "H-1", "001-HT-1", "civil-status", "birth-record"));
           }),
    silent("CITIZENSHIP_ONE_OFFICER", "Two"),
    edge("CITIZENSHIP_ONE_OFFICER", true, "OnePersonInTwoOffices",
         [](World& w) {
           w.nobody_confirmed("citizenship");
           w.answer.attestations.push_back(by("citizenship", "H-1", "001-HT-1", "civil-status", "birth-record"));
           w.answer.attestations.push_back(by("citizenship", "H-1", "002-HT-1", "consulate", "birth-record"));
         }),

    speaks("LATE_ONE_SOURCE", "OneLateStatement",
           [](World& w) {
             w.nobody_confirmed("birth");
             w.answer.attestations.push_back(by("birth", "H-1", "001-HT-1", "civil-status", "birth-record", true));
           }),
    silent("LATE_ONE_SOURCE", "InTime"),
    edge("LATE_ONE_SOURCE", true, "TwoOfOneOffice",
         [](World& w) {
           w.nobody_confirmed("birth");
           w.answer.attestations.push_back(by("birth", "H-1", "001-HT-1", "civil-status", "birth-record", true));
           w.answer.attestations.push_back(by("birth", "H-2", "001-HT-1", "civil-status", "witnesses", true));
         }),
    edge("LATE_ONE_SOURCE", false, "TwoIndependentSources",
         [](World& w) {
           w.nobody_confirmed("birth");
           w.answer.attestations.push_back(by("birth", "H-1", "001-HT-1", "civil-status", "birth-record", true));
           w.answer.attestations.push_back(by("birth", "T-1", "001-CT-1", "provincial-police", "witnesses", true));
         }),

    speaks("RECORD_NOT_ATTESTED", "OnlyWitnesses",
           [](World& w) {
             for (auto& stated : w.answer.attestations) stated.evidence = "witnesses";
           }),
    silent("RECORD_NOT_ATTESTED", "ACivilStatusOfficeOnItsRecord"),
    edge("RECORD_NOT_ATTESTED", true, "ARecordThatTheForceDoesNotKeep",
         [](World& w) {
           for (auto& stated : w.answer.attestations) stated.force = "provincial-police";
         }),

    speaks("CITIZENSHIP_BY_RECEIVER", "TheReceiverIsOneOfTwo", [](World& w) { w.around.receiver = "T-1"; }),
    silent("CITIZENSHIP_BY_RECEIVER", "TheReceiverConfirmedNothing"),
    edge("CITIZENSHIP_BY_RECEIVER", false, "EnoughWithoutTheReceiver", [](World& w) {
      w.around.receiver = "T-1";
      for (const char* kind : {"birth", "citizenship"}) {
        w.answer.attestations.push_back(by(kind, "C-1", "001-TA-1", "court", "court-decision"));
      }
    })};

}  // namespace

std::span<const RuleCase> attestation_cases() {
  return kAttestation;
}

}  // namespace rule_cases
