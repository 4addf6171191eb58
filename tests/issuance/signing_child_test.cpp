// What the signer leaves out of a card, and for whom: portrait and fingers of a child under six, by the birth date.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smartcard/document/validity.h"
#include "tests/issuance/signing_world.h"

namespace {

using namespace signing_test;
using testing::ElementsAre;

// Neither may leave out what is due: an adult's order, and a child's that turned six after it was approved.
TEST(SigningAChildsCard, SignsWithoutPortraitForAChildUnderSixAndForNobodyElse) {
  const auto sign_born = [](base::Date birth) {
    World world;
    document::RegistryAnswer registered = world.answer();
    registered.person->number =
        *document::CitizenNumber::parse(fmt::format("0012{:02}000000", static_cast<int>(birth.year()) % 100));
    registered.number = registered.person->number.text();
    registered.person->birth = birth;
    const std::string answer = world.sign_answer(registered);
    auto order = world.order(answer);
    order.person = *registered.person;
    order.reason = "NEW-U14";
    order.form = "child-2024";
    order.expiry = document::card_expiry(birth, world.clock.today());
    order.portrait_sha256 = order.dg2_sha256 = order.dg3_sha256 = "";
    order.fingers_missing = "under-six";
    const auto c = world.case_of(order, answer);
    auto signer = world.signer();
    const auto assignment = std::get<signing::Assignment>(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {}));
    auto request = world.sign_request(c, assignment.id);
    request.dg2_sha256.clear();
    return codes(signer.sign(request, {}));
  };
  const base::Date today = World().clock.today();
  const base::Date six_today = base::add_years(today, -6);
  EXPECT_THAT(sign_born(base::Date(std::chrono::sys_days(six_today) + std::chrono::days{1})), testing::IsEmpty());
  EXPECT_THAT(sign_born(six_today), ElementsAre("BIOMETRICS_DUE"));
}

TEST(SigningAChildsCard, RefusesAnOrderOfAnAdultWithoutPortraitAndOneThatExcusesItsFingersAsAChilds) {
  const auto refusal_of = [](const auto& change) {
    World world;
    const std::string answer = world.sign_answer(world.answer());
    auto order = world.order(answer);
    change(order);
    const auto c = world.case_of(order, answer);
    auto signer = world.signer();
    const auto assignment = std::get<signing::Assignment>(signer.assign(c.evidence, kSerial, kdd_of(kSerial), {}));
    auto request = world.sign_request(c, assignment.id);
    if (order.dg2_sha256.empty()) request.dg2_sha256.clear();
    return codes(signer.sign(request, {}));
  };
  EXPECT_THAT(refusal_of([](document::CardOrder& o) { o.portrait_sha256 = o.dg2_sha256 = ""; }),
              ElementsAre("BIOMETRICS_DUE"));
  EXPECT_THAT(refusal_of([](document::CardOrder& o) {
                o.dg3_sha256 = "";
                o.fingers_missing = "under-six";
              }),
              ElementsAre("BIOMETRICS_DUE"));
}

}  // namespace
