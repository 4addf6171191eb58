// A lying station asks for a chip: every way to show evidence that is not what it says. Nothing is bound, and the
// refusal stands in the log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/evidence/statement.h"
#include "tests/issuance/signing_world.h"

namespace {

using namespace signing_test;
using testing::Contains;
using testing::ElementsAre;

class SigningEvidence : public testing::Test {
 protected:
  std::vector<std::string> refusal(const signing::OrderEvidence& evidence, const std::string& serial = kSerial) {
    auto signer = world_.signer();
    const auto outcome = signer.assign(evidence, serial, kdd_of(serial), {});
    if (std::holds_alternative<base::Findings>(outcome)) {
      EXPECT_EQ(stock::Book(world_.store).count(stock::State::Assigned), 0) << "nothing is bound by a refusal";
    }
    return codes(outcome);
  }
  // The refusal of a case about an answer that was changed and signed by the registry.
  template <class Change>
  std::vector<std::string> refusal_about(Change change) {
    auto answer = world_.answer();
    change(answer);
    return refusal(world_.good_case_about(answer).evidence);
  }
  // The refusal of an order that was changed, then signed by the station and approved by two officers.
  template <class Change>
  std::vector<std::string> refusal_of(Change change) {
    const std::string answer = world_.sign_answer(world_.answer());
    auto order = world_.order(answer);
    change(order);
    return refusal(world_.case_of(order, answer).evidence);
  }
  World world_;
};

TEST_F(SigningEvidence, AGoodOrderGetsItsChipAndTheLogTellsIntentAndOutcome) {
  auto signer = world_.signer();
  const auto outcome = signer.assign(world_.good_case().evidence, kSerial, kdd_of(kSerial), {});
  ASSERT_TRUE(std::holds_alternative<signing::Assignment>(outcome)) << testing::PrintToString(codes(outcome));
  EXPECT_EQ(std::get<signing::Assignment>(outcome).serial, kSerial);
  EXPECT_THAT(world_.logged_events(), ElementsAre("trust.loaded", "chip.binding", "chip.bound"));
  EXPECT_FALSE(evidence::verify_log(world_.home.log_folder(), world_.log_key->public_key_named()).failed());
}

TEST_F(SigningEvidence, ARefusalIsLoggedWithItsCodesAndWithoutThePerson) {
  auto c = world_.good_case();
  c.evidence.approvals.pop_back();
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_MISSING"));
  std::string log;
  evidence::each_entry(world_.home.log_folder(), [&](const nlohmann::json& entry) { log += entry.dump(); });
  EXPECT_THAT(log, testing::HasSubstr("APPROVAL_MISSING"));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr(c.order.person.number.text())));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("Mẫu")));
}

// --- the order ----------------------------------------------------------------------------------------------------

TEST_F(SigningEvidence, RefusesAnOrderOfAStationThatNobodyEntered) {
  auto c = world_.good_case();
  c.evidence.order = evidence::sign_statement("order", document::to_json(c.order), *world_.rogue);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("ORDER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnOrderSignedByAnOfficerInPlaceOfTheStation) {
  auto c = world_.good_case();
  c.evidence.order = evidence::sign_statement("order", document::to_json(c.order), *world_.an);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("ORDER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAStatementOfAnotherTypeAsOrder) {
  auto c = world_.good_case();
  c.evidence.order = evidence::sign_statement("approval", document::to_json(c.order), *world_.station);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("ORDER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnOrderWithAFieldTooMany) {
  auto c = world_.good_case();
  auto payload = document::to_json(c.order);
  payload["vip"] = "yes";
  c.evidence.order = evidence::sign_statement("order", payload, *world_.station);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("ORDER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnOrderThatWouldWriteMoreThanACaseNumberIntoTheLog) {
  for (const std::string& name :
       {std::string(), std::string("Nguyễn Văn A"), std::string("2026\x1b[2J"), std::string(65, '1')}) {
    auto c = world_.good_case();
    c.order.case_id = name;
    EXPECT_THAT(refusal({world_.sign_order(c.order), c.evidence.answer, c.evidence.approvals}),
                ElementsAre("ORDER_NOT_TRUSTED"));
  }
}

TEST_F(SigningEvidence, RefusesAnOrderWhoseHashCouldBeGuessed) {
  for (const char* const nonce : {"", "AAAA", "not base64url!"}) {
    auto c = world_.good_case();
    c.order.nonce = nonce;
    EXPECT_THAT(refusal({world_.sign_order(c.order), c.evidence.answer, c.evidence.approvals}),
                ElementsAre("ORDER_NOT_TRUSTED"));
  }
}

TEST_F(SigningEvidence, RefusesGarbageInEveryPlaceOfTheEvidence) {
  const auto good = world_.good_case().evidence;
  for (const std::string& garbage : {std::string(), std::string("..."), std::string(100'000, 'A'),
                                     std::string("\xFF\xFE.\x00.x", 6), good.order.substr(0, good.order.size() - 2)}) {
    EXPECT_THAT(refusal({garbage, good.answer, good.approvals}), ElementsAre("ORDER_NOT_TRUSTED"));
    EXPECT_THAT(refusal({good.order, garbage, good.approvals}), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
    EXPECT_THAT(refusal({good.order, good.answer, {garbage, good.approvals[0]}}), testing::Not(testing::IsEmpty()));
  }
}

TEST_F(SigningEvidence, RefusesAnOrderPastItsEnd) {
  EXPECT_THAT(refusal_of([&](auto& o) { o.expires_at = world_.clock.now(); }), ElementsAre("ORDER_EXPIRED"));
}

TEST_F(SigningEvidence, RefusesAnOrderFromTheFuture) {
  EXPECT_THAT(refusal_of([&](auto& o) { o.made_at = world_.clock.now() + std::chrono::minutes{6}; }),
              ElementsAre("ORDER_EXPIRED"));
}

// --- the registry's answer ----------------------------------------------------------------------------------------

TEST_F(SigningEvidence, RefusesAnAnswerThatAnotherKeySigned) {
  const std::string forged = evidence::sign_statement("answer", document::to_json(world_.answer()), *world_.rogue);
  EXPECT_THAT(refusal(world_.case_of(world_.order(forged), forged).evidence),
              ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnAnswerThatTheStationSigned) {
  const std::string forged = evidence::sign_statement("answer", document::to_json(world_.answer()), *world_.station);
  EXPECT_THAT(refusal(world_.case_of(world_.order(forged), forged).evidence),
              ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnAnswerForAnotherCaseNumberOrPurpose) {
  EXPECT_THAT(refusal_about([](auto& a) { a.case_id = "2026-000002"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  EXPECT_THAT(refusal_about([](auto& a) { a.number = "001190012346"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
  EXPECT_THAT(refusal_about([](auto& a) { a.purpose = "show"; }), ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, AnAnswerCountsForSeventyTwoHoursToTheSecond) {
  using std::chrono::hours, std::chrono::seconds;
  EXPECT_THAT(refusal_about([&](auto& a) { a.at = world_.clock.now() - hours{72} - seconds{1}; }),
              ElementsAre("REGISTRY_ANSWER_STALE"));
  EXPECT_THAT(refusal_about([&](auto& a) { a.at = world_.clock.now() + std::chrono::minutes{6}; }),
              ElementsAre("REGISTRY_ANSWER_STALE"));
  EXPECT_THAT(refusal_about([&](auto& a) { a.at = world_.clock.now() - hours{72}; }), ElementsAre());
}

TEST_F(SigningEvidence, RefusesWhomTheRegistryDoesNotKnow) {
  EXPECT_THAT(refusal_about([](auto& a) {
                a.status = "not-found";
                a.person.reset();
              }),
              ElementsAre("PERSON_NOT_FOUND"));
}

TEST_F(SigningEvidence, RefusesACancelledNumberByItsName) {
  EXPECT_THAT(refusal_about([](auto& a) {
                a.status = "cancelled";
                a.person.reset();
              }),
              ElementsAre("NUMBER_CANCELLED"));
}

TEST_F(SigningEvidence, RefusesTheDeadTheForeignAndWhoHasAnotherCaseOrCard) {
  EXPECT_THAT(refusal_about([](auto& a) { a.alive = false; }), ElementsAre("PERSON_DEAD"));
  EXPECT_THAT(refusal_about([](auto& a) { a.citizen = false; }), ElementsAre("NOT_A_CITIZEN"));
  EXPECT_THAT(refusal_about([](auto& a) { a.open_case = "2026-000009"; }), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(refusal_about([](auto& a) {
                a.cards = {{kForeignSerial, "active", "2021-03-01"}};
              }),
              ElementsAre("LIVE_CARD"));
  EXPECT_THAT(refusal_about([](auto& a) {
                a.cards = {{"", "active", "2021-03-01"}};  // a card without a chip: an order that replaces none
              }),
              ElementsAre("LIVE_CARD"));
}

TEST_F(SigningEvidence, TheLiveCardMayBeTheOneThatTheOrderReplaces) {
  auto answer = world_.answer();
  answer.cards = {{kForeignSerial, "active", "2021-03-01"}};
  answer.open_case = answer.case_id;
  const std::string jws = world_.sign_answer(answer);
  auto order = world_.order(jws);
  order.replaces = kForeignSerial;
  EXPECT_THAT(refusal(world_.case_of(order, jws).evidence), ElementsAre());
}

TEST_F(SigningEvidence, RefusesAnOrderThatWasMadeForAnotherAnswer) {
  auto second = world_.answer();
  second.nonce = "CCCCCCCCCCCCCCCCCCCCCA";
  auto c = world_.good_case();
  c.evidence.answer = world_.sign_answer(second);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("ORDER_DIFFERS_FROM_ANSWER"));
}

TEST_F(SigningEvidence, NamesEveryFieldInWhichTheOrderDiffersAndNoValue) {
  const std::string answer = world_.sign_answer(world_.answer());
  auto order = world_.order(answer);
  order.person.full_name = "Lê Thị Khác";
  order.person.residence = "Nơi khác";
  order.person.sex = document::Sex::Male;
  auto signer = world_.signer();
  const auto outcome = signer.assign(world_.case_of(order, answer).evidence, kSerial, kdd_of(kSerial), {});
  ASSERT_THAT(codes(outcome), ElementsAre("ORDER_DIFFERS_FROM_ANSWER"));
  std::vector<std::string> where;
  for (const auto& finding : std::get<base::Findings>(outcome).list()) {
    where.push_back(finding.where);
    EXPECT_THAT(finding.text, testing::Not(testing::HasSubstr("Khác")));
  }
  EXPECT_THAT(where, testing::UnorderedElementsAre("full_name", "residence", "sex"));
}

// --- the approvals ------------------------------------------------------------------------------------------------

TEST_F(SigningEvidence, RefusesOneApprovalAndNone) {
  auto c = world_.good_case();
  c.evidence.approvals.pop_back();
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_MISSING"));
  c.evidence.approvals.clear();
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_MISSING"));
}

TEST_F(SigningEvidence, RefusesOneApprovalShownTwice) {
  auto c = world_.good_case();
  c.evidence.approvals[1] = c.evidence.approvals[0];
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVERS_NOT_DISTINCT"));
}

TEST_F(SigningEvidence, RefusesOnePersonWithTwoAccounts) {
  auto c = world_.good_case();
  c.evidence.approvals[1] = world_.approve(c.order, "duc", *world_.duc);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVERS_NOT_DISTINCT"));
}

TEST_F(SigningEvidence, RefusesTheReceiverAmongTheApprovers) {
  auto c = world_.good_case();
  c.evidence.approvals[1] = world_.approve(c.order, "chi", *world_.chi);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVER_IS_RECEIVER"));
}

TEST_F(SigningEvidence, RefusesTheReceiverUnderAnotherAccount) {
  const std::string answer = world_.sign_answer(world_.answer());
  auto order = world_.order(answer);
  order.receiver_account = "duc";  // an's second account
  EXPECT_THAT(refusal(world_.case_of(order, answer).evidence), ElementsAre("APPROVER_IS_RECEIVER"));
}

TEST_F(SigningEvidence, RefusesAReceiverWhomNobodyEntered) {
  EXPECT_THAT(refusal_of([](auto& o) { o.receiver_account = "nobody"; }), ElementsAre("OFFICER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnOfficerWhomTheStationKnowsAndTheDirectoryDoesNot) {
  auto c = world_.good_case();
  c.evidence.approvals[1] = world_.approve(c.order, "binh", *world_.rogue);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("OFFICER_NOT_TRUSTED"));
}

TEST_F(SigningEvidence, RefusesAnApprovalUnderATrustedNameThatAnotherKeySigned) {
  auto c = world_.good_case();
  std::string& jws = c.evidence.approvals[1];
  const std::string rogue = world_.approve(c.order, "binh", *world_.rogue);
  jws = jws.substr(0, jws.find('.')) + rogue.substr(rogue.find('.'));  // binh's header, the rogue's signature
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_FORGED"));
}

TEST_F(SigningEvidence, RefusesAnApprovalThatNamesAnotherAccountThanItsKeys) {
  auto c = world_.good_case();
  c.evidence.approvals[1] = world_.approve(c.order, "an", *world_.binh);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_FORGED"));
}

TEST_F(SigningEvidence, RefusesADecisionThatIsNotApprove) {
  auto c = world_.good_case();
  auto payload = approval::to_json(approval::make_approval(c.order, "binh", world_.clock.now(), world_.random));
  payload["decision"] = "refuse";
  c.evidence.approvals[1] = evidence::sign_statement("approval", payload, *world_.binh);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_FORGED"));
}

TEST_F(SigningEvidence, RefusesAnApprovalPastItsEndAndOneFromTheFuture) {
  auto c = world_.good_case();
  auto approval = approval::make_approval(c.order, "binh", world_.clock.now(), world_.random);
  approval.expires_at = world_.clock.now();
  c.evidence.approvals[1] = approval::sign(approval, *world_.binh);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_EXPIRED"));
  approval.expires_at = c.order.expires_at;
  approval.at = world_.clock.now() + std::chrono::minutes{6};
  c.evidence.approvals[1] = approval::sign(approval, *world_.binh);
  EXPECT_THAT(refusal(c.evidence), ElementsAre("APPROVAL_EXPIRED"));
}

TEST_F(SigningEvidence, RefusesApprovalsOfAnotherOrderOfTheSameCase) {
  const auto first = world_.good_case();
  auto order = first.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  auto second = world_.case_of(order, first.evidence.answer);
  second.evidence.approvals[1] = first.evidence.approvals[1];
  EXPECT_THAT(refusal(second.evidence), ElementsAre("APPROVAL_REPLAYED"));
}

TEST_F(SigningEvidence, RefusesANonceThatWasSpentOnAnotherOrder) {
  const auto first = world_.good_case();
  auto order = first.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  auto approval = approval::make_approval(first.order, "binh", world_.clock.now(), world_.random);
  auto spent = first;
  spent.evidence.approvals[1] = approval::sign(approval, *world_.binh);
  auto signer = world_.signer();
  ASSERT_THAT(codes(signer.assign(spent.evidence, kOtherSerial, kdd_of(kOtherSerial), {})), ElementsAre());
  approval.order_sha256 = approval::order_sha256(order);  // a broken token that repeats its nonce
  auto second = world_.case_of(order, first.evidence.answer);
  second.evidence.approvals[1] = approval::sign(approval, *world_.binh);
  EXPECT_THAT(codes(signer.assign(second.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre("APPROVAL_REPLAYED"));
}

// Every rule about approvals carries weight: without it, the attack that it answers gets a chip.
TEST_F(SigningEvidence, WithoutOneRuleItsAttackSucceeds) {
  const auto good = world_.good_case();
  const auto with = [&](std::string second) {
    auto evidence = good.evidence;
    evidence.approvals[1] = std::move(second);
    return evidence;
  };
  auto lonely = good.evidence;
  lonely.approvals.pop_back();
  const std::string by_rogue = world_.approve(good.order, "binh", *world_.rogue);
  const std::string& by_binh = good.evidence.approvals[1];
  auto expired = approval::make_approval(good.order, "binh", world_.clock.now(), world_.random);
  expired.expires_at = world_.clock.now();
  auto other_order = approval::make_approval(good.order, "binh", world_.clock.now(), world_.random);
  other_order.order_sha256 = evidence::sha256_text("another order");
  const std::vector<std::pair<std::string, signing::OrderEvidence>> attacks = {
      {"APPROVAL_MISSING", lonely},
      {"OFFICER_NOT_TRUSTED", with(by_rogue)},
      {"APPROVAL_FORGED", with(by_binh.substr(0, by_binh.find('.')) + by_rogue.substr(by_rogue.find('.')))},
      {"APPROVERS_NOT_DISTINCT", with(world_.approve(good.order, "duc", *world_.duc))},
      {"APPROVER_IS_RECEIVER", with(world_.approve(good.order, "chi", *world_.chi))},
      {"APPROVAL_EXPIRED", with(approval::sign(expired, *world_.binh))},
      {"APPROVAL_REPLAYED", with(approval::sign(other_order, *world_.binh))},
  };
  ASSERT_EQ(attacks.size(), approval::all_rules().size());
  for (const auto& [code, evidence] : attacks) {
    World world;  // the same seeds, so the same keys
    auto whole = world.signer();
    EXPECT_THAT(codes(whole.assign(evidence, kSerial, kdd_of(kSerial), {})), ElementsAre(code));
    auto holed = world.signer_without_rule(code);
    EXPECT_THAT(codes(holed.assign(evidence, kSerial, kdd_of(kSerial), {})), ElementsAre())
        << "without " << code << " nothing stands in the way";
  }
}

// --- the chip -----------------------------------------------------------------------------------------------------

TEST_F(SigningEvidence, RefusesAChipOutsideTheStock) {
  EXPECT_THAT(refusal(world_.good_case().evidence, kForeignSerial), ElementsAre("CHIP_NOT_IN_STOCK"));
}

TEST_F(SigningEvidence, RefusesDiversificationDataOfAnotherChip) {
  auto signer = world_.signer();
  const auto c = world_.good_case();
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kOtherSerial), {})),
              ElementsAre("CHIP_IDENTITY_MISMATCH"));
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, base::hex("564E"), {})), ElementsAre("CHIP_IDENTITY_MISMATCH"));
}

TEST_F(SigningEvidence, OneChipServesOneOrderAndOneOrderOneChip) {
  auto signer = world_.signer();
  const auto first = world_.good_case();
  ASSERT_THAT(codes(signer.assign(first.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre());
  auto order = first.order;
  order.nonce = "DDDDDDDDDDDDDDDDDDDDDA";
  const auto second = world_.case_of(order, first.evidence.answer);
  EXPECT_THAT(codes(signer.assign(second.evidence, kSerial, kdd_of(kSerial), {})),
              ElementsAre("CHIP_ALREADY_ASSIGNED"));
  EXPECT_THAT(codes(signer.assign(first.evidence, kOtherSerial, kdd_of(kOtherSerial), {})),
              ElementsAre("ORDER_HAS_ANOTHER_CHIP"));
}

TEST_F(SigningEvidence, AskingAgainAfterAPowerCutGivesTheSameChipAndKeys) {
  const auto c = world_.good_case();
  const auto ask = [&] {
    auto signer = world_.signer();
    return std::get<signing::Assignment>(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {}));
  };
  const auto first = ask();
  world_.clock.set(world_.clock.now() + std::chrono::hours{24 * 10});
  const auto again = ask();
  EXPECT_EQ(first.id, again.id);
  EXPECT_TRUE(base::equal(first.keys.enc.reveal(), again.keys.enc.reveal()));
  EXPECT_EQ(world_.logged_events().back(), "chip.keys.again");
}

TEST_F(SigningEvidence, AskingAgainWithOtherDiversificationDataGetsNoKeys) {
  auto signer = world_.signer();
  const auto c = world_.good_case();
  ASSERT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre());
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, base::concat({base::hex("0000"), base::hex(kSerial)}), {})),
              ElementsAre("CHIP_ALREADY_ASSIGNED", "ORDER_HAS_ANOTHER_CHIP"));
}

TEST_F(SigningEvidence, AWrittenOffChipGivesItsPlaceToAnother) {
  auto signer = world_.signer();
  const auto c = world_.good_case();
  ASSERT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre());
  db::Transaction change(world_.store);
  signing::Ledger(world_.store).write_off(kSerial, c.order.case_id);
  change.commit();
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre("CHIP_NOT_IN_STOCK"));
  EXPECT_THAT(codes(signer.assign(c.evidence, kOtherSerial, kdd_of(kOtherSerial), {})), ElementsAre());
}

// --- what is refused leaves a trace -------------------------------------------------------------------------------

TEST_F(SigningEvidence, LogsAnOrderThatItCouldNotOpen) {
  auto signer = world_.signer();
  auto c = world_.good_case();
  const auto request = world_.sign_request(c, "assignment");
  c.evidence.order = evidence::sign_statement("order", document::to_json(c.order), *world_.rogue);
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {.uid = 1234, .pid = 1})),
              ElementsAre("ORDER_NOT_TRUSTED"));
  auto forged = request;
  forged.evidence.order = c.evidence.order;
  EXPECT_THAT(codes(signer.sign(forged, {.uid = 1234, .pid = 1})), ElementsAre("ORDER_NOT_TRUSTED"));
  signer.refused_unread({.uid = 1234, .pid = 1});
  std::vector<std::string> refusals;
  evidence::each_entry(world_.home.log_folder(), [&](const nlohmann::json& entry) {
    if (entry.at("event") != "trust.loaded")
      refusals.push_back(entry.at("event").get<std::string>() + entry.at("data").dump());
  });
  EXPECT_THAT(refusals, ElementsAre(R"(chip.refused{"codes":["ORDER_NOT_TRUSTED"],"uid":1234})",
                                    R"(card.refused{"codes":["ORDER_NOT_TRUSTED"],"uid":1234})",
                                    R"(request.refused{"codes":["REQUEST_MALFORMED"],"uid":1234})"));
}

// --- the trust directory ------------------------------------------------------------------------------------------

TEST_F(SigningEvidence, WhomTheAdministratorRemovesCountsNoMoreWithoutARestart) {
  auto signer = world_.signer();
  const auto c = world_.good_case();
  auto entries = signing::read_trust(world_.home.trust());
  std::erase_if(entries, [](const auto& e) { return e.account == "binh"; });
  signing::write_trust(world_.home.trust(), entries);
  EXPECT_THAT(codes(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {})), ElementsAre("OFFICER_NOT_TRUSTED"));
  EXPECT_THAT(world_.logged_events(), ElementsAre("trust.loaded", "trust.loaded", "chip.refused"));
}

TEST_F(SigningEvidence, WhatTheAdministratorDidEntersTheLogWithTheNextRequest) {
  auto signer = world_.signer();
  signing::Ledger(world_.store).post("stock.added", {{"chips", 2}});
  signer.assign(world_.good_case().evidence, kSerial, kdd_of(kSerial), {});
  EXPECT_THAT(world_.logged_events(), Contains("stock.added").Times(1));
  signer.assign(world_.good_case().evidence, kSerial, kdd_of(kSerial), {});
  EXPECT_THAT(world_.logged_events(), Contains("stock.added").Times(1));
}

}  // namespace
