// A station that worked from an extract of the register, and every way in which it could make more of the extract than
// it is: without a live answer that says the same, nothing is bound and nothing is signed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "issuance/signing/protocol.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/signing_world.h"

namespace {

using namespace signing_test;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

class SigningExtract : public testing::Test {
 protected:
  // What the register wrote about the person into an extract of two days ago.
  document::RegistryAnswer entry() const {
    auto answer = world_.answer();
    answer.case_id = "";
    answer.extract = "X-20261121T030000Z";
    answer.at = world_.clock.now() - hours{48};
    answer.version = 7;
    return answer;
  }
  // What it answers now: another question, the same person.
  document::RegistryAnswer live() const {
    auto answer = world_.answer();
    answer.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
    answer.version = 8;  // the case was marked as open in between
    answer.open_case = answer.case_id;
    return answer;
  }
  World::Case case_with(const document::RegistryAnswer& of_order, const std::string& live_answer) {
    auto c = world_.good_case_about(of_order);
    c.evidence.live_answer = live_answer;
    return c;
  }
  std::vector<std::string> refusal(const signing::OrderEvidence& evidence) {
    auto signer = world_.signer();
    const auto outcome = signer.assign(evidence, kSerial, kdd_of(kSerial), {});
    if (std::holds_alternative<base::Findings>(outcome)) {
      EXPECT_EQ(stock::Book(world_.store).count(stock::State::Assigned), 0) << "nothing is bound by a refusal";
      EXPECT_EQ(world_.logged_events().back(), "chip.refused");
    }
    return codes(outcome);
  }
  std::vector<std::string> refusal_with(const std::string& live_answer) {
    return refusal(case_with(entry(), live_answer).evidence);
  }
  // The refusal of an order from the extract, with a live answer that was changed and signed by the registry.
  template <class Change>
  std::vector<std::string> refusal_about(Change change) {
    auto answer = live();
    change(answer);
    return refusal_with(world_.sign_answer(answer));
  }
  World world_;
};

// --- what is right ------------------------------------------------------------------------------------------------

TEST_F(SigningExtract, AnOrderFromAnExtractIsSignedWithALiveAnswerThatSaysTheSame) {
  const auto c = case_with(entry(), world_.sign_answer(live()));
  auto signer = world_.signer();
  const auto outcome = signer.assign(c.evidence, kSerial, kdd_of(kSerial), {});
  ASSERT_TRUE(std::holds_alternative<signing::Assignment>(outcome)) << testing::PrintToString(codes(outcome));
  const auto signed_now = signer.sign(world_.sign_request(c, std::get<signing::Assignment>(outcome).id), {});
  EXPECT_THAT(codes(signed_now), IsEmpty());
}

TEST_F(SigningExtract, ALiveAnswerBesideALiveOneIsJudgedAsWell) {
  auto dead = live();
  dead.alive = false;
  EXPECT_THAT(refusal(case_with(world_.answer(), world_.sign_answer(dead)).evidence), ElementsAre("PERSON_DEAD"));
  EXPECT_THAT(refusal(case_with(world_.answer(), world_.sign_answer(live())).evidence), IsEmpty());
}

TEST_F(SigningExtract, TheLiveAnswerTravelsInTheRequest) {
  const auto c = case_with(entry(), world_.sign_answer(live()));
  auto signer = world_.signer();
  const std::string request = signing::assign_request(c.evidence, kSerial, kdd_of(kSerial));
  EXPECT_EQ(nlohmann::json::parse(signing::handle(request, signer, {})).at("result"), "done");
  auto without = nlohmann::json::parse(request);
  without["evidence"].erase("live_answer");
  const auto refused = nlohmann::json::parse(signing::handle(without.dump(), signer, {}));
  EXPECT_EQ(refused.at("findings").at(0).at("code"), "REQUEST_MALFORMED");
}

// --- no live answer -----------------------------------------------------------------------------------------------

TEST_F(SigningExtract, AnExtractAloneSignsNothing) {
  EXPECT_THAT(refusal_with(""), ElementsAre("LIVE_ANSWER_MISSING"));
}

TEST_F(SigningExtract, AChipThatWasBoundIsNotSignedByTheExtractAlone) {
  auto c = case_with(entry(), world_.sign_answer(live()));
  auto signer = world_.signer();
  const auto bound = signer.assign(c.evidence, kSerial, kdd_of(kSerial), {});
  c.evidence.live_answer = "";
  EXPECT_THAT(codes(signer.sign(world_.sign_request(c, std::get<signing::Assignment>(bound).id), {})),
              ElementsAre("LIVE_ANSWER_MISSING"));
}

TEST_F(SigningExtract, APolicyNamesHowOldAnExtractMayBeToTheSecond) {
  world_.settings.extract_max_age = hours{48};
  auto entry_of = [&](base::Moment at) {
    auto answer = entry();
    answer.at = at;
    return answer;
  };
  const base::Moment oldest = world_.clock.now() - hours{48};
  EXPECT_THAT(refusal(case_with(entry_of(oldest - std::chrono::seconds{1}), "").evidence),
              ElementsAre("LIVE_ANSWER_MISSING"));
  EXPECT_THAT(refusal(case_with(entry_of(world_.clock.now() + std::chrono::minutes{6}), "").evidence),
              ElementsAre("REGISTRY_ANSWER_STALE"));
  EXPECT_THAT(refusal(case_with(entry_of(oldest), "").evidence), IsEmpty());
}

TEST_F(SigningExtract, APolicySparesNoOtherCheck) {
  world_.settings.extract_max_age = hours{72};
  auto dead = entry();
  dead.alive = false;
  EXPECT_THAT(refusal(case_with(dead, "").evidence), ElementsAre("PERSON_DEAD"));
  auto foreign = entry();
  foreign.citizen = false;
  EXPECT_THAT(refusal(case_with(foreign, "").evidence), ElementsAre("NOT_A_CITIZEN"));
  auto holder = entry();
  holder.cards = {{kForeignSerial, "active", "2021-03-01"}};
  EXPECT_THAT(refusal(case_with(holder, "").evidence), ElementsAre("LIVE_CARD"));
  auto one_approval = case_with(entry(), "");
  one_approval.evidence.approvals.pop_back();
  EXPECT_THAT(refusal(one_approval.evidence), ElementsAre("APPROVAL_MISSING"));
}

TEST_F(SigningExtract, APolicyForExtractsMakesNoLiveAnswerOlder) {
  world_.settings.extract_max_age = hours{720};
  auto old = world_.answer();
  old.at = world_.clock.now() - hours{73};
  EXPECT_THAT(refusal(case_with(old, "").evidence), ElementsAre("REGISTRY_ANSWER_STALE"));
}

// --- a live answer that is none -----------------------------------------------------------------------------------

TEST_F(SigningExtract, AnEntryOfAnExtractIsNoLiveAnswer) {
  EXPECT_THAT(refusal_with(world_.sign_answer(entry())), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  auto newer = entry();
  newer.extract = "X-20261123T020000Z";
  newer.at = world_.clock.now();
  EXPECT_THAT(refusal_with(world_.sign_answer(newer)), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningExtract, AnEntryIsNoneWhenItNamesACaseAndAnAnswerIsNoneWhenItNamesNone) {
  auto entry_with_case = entry();
  entry_with_case.case_id = world_.answer().case_id;
  EXPECT_THAT(refusal(case_with(entry_with_case, world_.sign_answer(live())).evidence),
              ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  auto of_no_case = world_.answer();
  of_no_case.case_id = "";
  EXPECT_THAT(refusal(case_with(of_no_case, "").evidence), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  EXPECT_THAT(refusal_about([](auto& a) { a.case_id = ""; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningExtract, RefusesALiveAnswerOfAnotherCaseNumberOrPurpose) {
  EXPECT_THAT(refusal_about([](auto& a) { a.case_id = "2026-000002"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  EXPECT_THAT(refusal_about([](auto& a) { a.number = "001190054321"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  EXPECT_THAT(refusal_about([](auto& a) { a.purpose = "statistics"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningExtract, RefusesALiveAnswerThatNoTrustedRegistrySigned) {
  for (const auto* const key : {world_.rogue.get(), world_.station.get(), world_.an.get()}) {
    EXPECT_THAT(refusal_with(evidence::sign_statement("answer", document::to_json(live()), *key)),
                ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  }
  EXPECT_THAT(refusal_with(evidence::sign_statement("extract", document::to_json(live()), *world_.registry)),
              ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  const std::string good = world_.sign_answer(live());
  for (const std::string& garbage : {std::string("..."), std::string(1000, 'A'), good.substr(0, good.size() - 2)}) {
    EXPECT_THAT(refusal_with(garbage), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  }
}

TEST_F(SigningExtract, RefusesAnExtractThatNoTrustedRegistrySigned) {
  auto c = case_with(entry(), world_.sign_answer(live()));
  const std::string forged = evidence::sign_statement("answer", document::to_json(entry()), *world_.rogue);
  auto order = world_.order(forged);
  auto evidence = world_.case_of(order, forged).evidence;
  evidence.live_answer = c.evidence.live_answer;
  EXPECT_THAT(refusal(evidence), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningExtract, RefusesALiveAnswerFromTheFutureOrOlderThanAnAnswerMayBe) {
  EXPECT_THAT(refusal_about([&](auto& a) { a.at = world_.clock.now() - hours{72} - std::chrono::seconds{1}; }),
              ElementsAre("REGISTRY_ANSWER_STALE"));
  EXPECT_THAT(refusal_about([&](auto& a) { a.at = world_.clock.now() + std::chrono::minutes{6}; }),
              ElementsAre("REGISTRY_ANSWER_STALE"));
}

// --- a live answer that says something else -----------------------------------------------------------------------

TEST_F(SigningExtract, WhatHappenedSinceTheExtractStopsTheCard) {
  EXPECT_THAT(refusal_about([](auto& a) { a.alive = false; }), ElementsAre("PERSON_DEAD"));
  EXPECT_THAT(refusal_about([](auto& a) { a.citizen = false; }), ElementsAre("NOT_A_CITIZEN"));
  EXPECT_THAT(refusal_about([](auto& a) { a.open_case = "2026-000009"; }), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(refusal_about([](auto& a) {
                a.cards = {{kForeignSerial, "active", "2026-11-22"}};
              }),
              ElementsAre("LIVE_CARD"));
  EXPECT_THAT(refusal_about([](auto& a) {
                a.status = "cancelled";
                a.person = std::nullopt;
              }),
              ElementsAre("NUMBER_CANCELLED"));
  EXPECT_THAT(refusal_about([](auto& a) {
                a.status = "not-found";
                a.person = std::nullopt;
              }),
              ElementsAre("PERSON_NOT_FOUND"));
}

TEST_F(SigningExtract, ADifferenceInAnyMemberOfThePersonsStandingStopsTheCard) {
  using Change = std::function<void(document::RegistryAnswer&)>;
  const std::pair<const char*, Change> changes[] = {
      {"full_name", [](auto& a) { a.person->full_name = "Lê Thị Khác"; }},
      {"residence", [](auto& a) { a.person->residence = "Nơi khác"; }},
      {"cards",
       [](auto& a) {
         a.cards = {{kForeignSerial, "lost", "2021-03-01"}};
       }},
      {"missing", [](auto& a) { a.missing = true; }},
      {"custody", [](auto& a) { a.custody = "prison"; }},
      {"watch", [](auto& a) { a.watch = {"identity-fraud"}; }},
      {"duplicates",
       [](auto& a) {
         a.duplicates = {{"same", "open"}};
       }},
      {"events",
       [](auto& a) {
         a.events.push_back({"moved", "2026-11-22"});
       }},
      {"attestations", [](auto& a) { a.attestations.push_back({.kind = "birth", .late = true}); }},
      {"replaced_by", [](auto& a) { a.replaced_by = "001190054321"; }},
  };
  for (const auto& [member, change] : changes) {
    auto answer = live();
    change(answer);
    auto signer = world_.signer();
    const auto outcome =
        signer.assign(case_with(entry(), world_.sign_answer(answer)).evidence, kSerial, kdd_of(kSerial), {});
    ASSERT_THAT(codes(outcome), ElementsAre("LIVE_ANSWER_DIFFERS")) << member;
    const auto& list = std::get<base::Findings>(outcome).list();
    ASSERT_EQ(list.size(), 1U) << member;
    EXPECT_EQ(list.front().where, member);
    EXPECT_THAT(list.front().text, testing::Not(testing::HasSubstr("khác"))) << "no value is told";
  }
}

TEST_F(SigningExtract, AnOrderForTheLiveAnswerIsNotOneForTheExtract) {
  auto c = case_with(entry(), world_.sign_answer(live()));
  c.order.registry_answer_sha256 = evidence::sha256_text(c.evidence.live_answer);
  auto evidence = world_.case_of(c.order, c.evidence.answer).evidence;
  evidence.live_answer = c.evidence.live_answer;
  EXPECT_THAT(refusal(evidence), ElementsAre("ORDER_DIFFERS_FROM_ANSWER"));
}

}  // namespace
