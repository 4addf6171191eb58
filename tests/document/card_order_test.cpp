#include "smartcard/document/card_order.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "smartcard/document/registry_answer.h"

namespace document {
namespace {

Person person() {
  return {.number = *CitizenNumber::parse("001090000000"),
          .full_name = "Nguyễn Văn Mẫu",
          .birth = base::make_date(1990, 1, 1),
          .nationality = "Việt Nam",
          .ethnicity = "Kinh",
          .religion = "Không",
          .residence = "Số 1 Phố Mẫu"};
}

CardOrder order() {
  return {.case_id = "2026-000001",
          .nonce = "AAAAAAAAAAAAAAAAAAAAAA",
          .person = person(),
          .marks = "Nốt ruồi",
          .reason = "NEW-14",
          .form = "adult-2024",
          .expiry = base::make_date(2030, 1, 1),
          .rule_set = "2026.11",
          .receiver_account = "an",
          .made_at = *base::parse_rfc3339("2026-11-23T08:00:00Z"),
          .expires_at = *base::parse_rfc3339("2026-11-30T08:00:00Z")};
}

RegistryAnswer answer() {
  RegistryAnswer a;
  a.number = "001090000000";
  a.case_id = "2026-000001";
  a.purpose = "issuance";
  a.at = *base::parse_rfc3339("2026-11-23T08:00:00Z");
  a.status = "found";
  a.person = person();
  a.citizen = a.alive = true;
  a.cards = {{"0123456789ABCDEF", "active", "2021-01-01"}};
  return a;
}

TEST(CardOrderTest, ComesBackFromItsJsonUnchanged) {
  const auto json = to_json(order());
  EXPECT_EQ(to_json(card_order_from_json(json)), json);
  CardOrder endless = order();
  endless.expiry.reset();
  EXPECT_EQ(card_order_from_json(to_json(endless)).expiry, std::nullopt);
}

// Law: without any one field, or with any one more, it is no order.
TEST(CardOrderTest, RefusesAMissingAForeignAndAMistypedField) {
  const auto good = to_json(order());
  for (const auto& [name, value] : good.items()) {
    auto missing = good;
    missing.erase(name);
    EXPECT_THROW(card_order_from_json(missing), base::Error) << name;
    auto mistyped = good;
    mistyped[name] = 7;
    EXPECT_THROW(card_order_from_json(mistyped), base::Error) << name;
  }
  for (const auto& [name, value] : good["person"].items()) {
    auto missing = good;
    missing["person"].erase(name);
    EXPECT_THROW(card_order_from_json(missing), base::Error) << name;
  }
  auto more = good;
  more["discount"] = "10";
  EXPECT_THROW(card_order_from_json(more), base::Error);
}

TEST(CardOrderTest, SaysOfFingersOnlyWhatThereIsToSay) {
  const auto without = to_json(order());
  EXPECT_FALSE(without.contains("dg3_sha256"));
  EXPECT_FALSE(without.contains("fingers_missing"));
  CardOrder one_finger = order();
  one_finger.dg3_sha256 = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
  one_finger.fingers_missing = "amputated";
  const auto json = to_json(one_finger);
  EXPECT_EQ(json["dg3_sha256"], one_finger.dg3_sha256);
  EXPECT_EQ(json["fingers_missing"], "amputated");
  EXPECT_EQ(to_json(card_order_from_json(json)), json);
  for (const char* name : {"dg3_sha256", "fingers_missing"}) {
    for (const nlohmann::json& bad : {nlohmann::json(""), nlohmann::json(7), nlohmann::json(nullptr)}) {
      auto changed = json;
      changed[name] = bad;
      EXPECT_THROW(card_order_from_json(changed), base::Error) << name << " " << bad;
    }
  }
}

TEST(CardOrderTest, HasPortraitAndItsFileOrNeither) {
  const auto childs = to_json(order());
  EXPECT_FALSE(childs.contains("portrait_sha256"));
  EXPECT_FALSE(childs.contains("dg2_sha256"));
  CardOrder with = order();
  with.portrait_sha256 = with.dg2_sha256 = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
  const auto json = to_json(with);
  EXPECT_EQ(to_json(card_order_from_json(json)), json);
  for (const char* name : {"portrait_sha256", "dg2_sha256"}) {
    auto half = json, empty = json;
    half.erase(name);
    empty[name] = "";
    EXPECT_THROW(card_order_from_json(half), base::Error) << name;
    EXPECT_THROW(card_order_from_json(empty), base::Error) << name;
  }
}

TEST(CardOrderTest, RefusesTextsThatCouldBeReadTwoWays) {
  for (const char* name : {"Nguye\xCC\x82\xCC\x83n", "A|B", "A\nB", "\xFF\xFE"}) {
    auto json = to_json(order());
    json["person"]["full_name"] = name;
    EXPECT_THROW(card_order_from_json(json), base::Error);
  }
}

TEST(CardOrderTest, ItsRefusalNamesTheFieldAndNeverItsValue) {
  auto json = to_json(order());
  json["person"]["birth"] = "1990-02-30";
  try {
    card_order_from_json(json);
    FAIL() << "a day that does not exist was taken";
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("birth"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("1990-02-30"), std::string::npos);
  }
}

TEST(RegistryAnswerTest, ComesBackFromItsJsonUnchanged) {
  const auto json = to_json(answer());
  EXPECT_EQ(to_json(registry_answer_from_json(json)), json);
}

TEST(RegistryAnswerTest, RefusesAMissingFieldAndAPersonThatWasNotFound) {
  const auto good = to_json(answer());
  for (const auto& [name, value] : good.items()) {
    auto missing = good;
    missing.erase(name);
    EXPECT_THROW(registry_answer_from_json(missing), base::Error) << name;
  }
  auto contradiction = good;
  contradiction["status"] = "not-found";
  EXPECT_THROW(registry_answer_from_json(contradiction), base::Error);
}

}  // namespace
}  // namespace document
