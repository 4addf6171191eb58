// What a client of the register's service changes: by the register's rules, and said again without harm.

#include "issuance/attestation/attestation.h"
#include "tests/registry/api_world.h"
#include "tests/registry/told_order.h"

namespace {

using nlohmann::json;
using test::ApiTest;
using test::kChip;
using test::kNobody;
using test::kNumber;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ApiTest, ChangesFollowTheRulesOfTheRegisterAndMayBeSaidAgain) {
  const json open{{"purpose", "issuance"}, {"number", kNumber}, {"case", "2026-000001"}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "cases"}, open)), "200");
  EXPECT_EQ(said(post("issuing-station", {"v1", "cases"}, open)), "200");
  EXPECT_EQ(record().open_case, "2026-000001");
  json other = open;
  other["case"] = "2026-000002";
  EXPECT_THAT(codes(post("issuing-station", {"v1", "cases"}, other)), ElementsAre("OPEN_CASE"));
  const json close{{"purpose", "issuance"}, {"number", kNumber}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "cases", "2026-000001", "close"}, close)), "200");
  EXPECT_EQ(record().open_case, "");
  json card{{"purpose", "issuance"}, {"number", kNumber},      {"chip", kChip},
            {"case", "2026-000001"}, {"issued", "2026-11-23"}, {"status", "active"}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "cards"}, card)), "200");
  EXPECT_EQ(said(post("issuing-station", {"v1", "cards"}, card)), "200");
  card["case"] = "2026-000002";
  card["chip"] = "00000000000000A2";
  EXPECT_THAT(codes(post("issuing-station", {"v1", "cards"}, card)), ElementsAre("LIVE_CARD"));
  const json lost{{"purpose", "issuance"}, {"number", kNumber}, {"status", "lost"}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "cards", kChip, "status"}, lost)), "200");
  EXPECT_EQ(record().cards.at(0).status, "lost");
  json unknown = open;
  unknown["number"] = kNobody;
  EXPECT_THAT(codes(post("issuing-station", {"v1", "cases"}, unknown)), ElementsAre("PERSON_NOT_FOUND"));
  const json correction{{"purpose", "issuance"}, {"number", kNumber},         {"case", "2026-000003"},
                        {"field", "full_name"},  {"value", "Nguyễn Văn Mâu"}, {"asked_by", "P-0001"}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "corrections"}, correction)), "200");
  EXPECT_EQ(home.store(clock).open_corrections(10).size(), 1U);
}

TEST_F(ApiTest, TakesInAnOfficersStatementAboutTheNumberItIsSentFor) {
  const auto key = keystore::generate(keystore::Curve::P256, random);
  attestation::OfficerBook officers;
  officers.add({"H-1", "hoa", "001-HT-0001", "civil-status", key->public_key_named(), base::make_date(2020, 1, 1), {}},
               "test");
  officers.write(home.officers_file());
  const attestation::Attestation birth{.number = kNumber,
                                       .kind = "birth",
                                       .late = false,
                                       .account = "hoa",
                                       .office = "001-HT-0001",
                                       .force = "civil-status",
                                       .evidence = "birth-record",
                                       .evidence_sha256 = evidence::sha256_text("document"),
                                       .at = clock.now(),
                                       .nonce = base::to_base64url(random.bytes(16))};
  const auto send = [&](const std::string& number, const std::string& statement) {
    return post("issuing-station", {"v1", "attestations"},
                {{"purpose", "issuance"}, {"number", number}, {"statement", statement}});
  };
  EXPECT_EQ(said(send(kNobody, attestation::sign(birth, *key))), "400 REQUEST_MALFORMED");
  const auto stranger = keystore::generate(keystore::Curve::P256, random);
  EXPECT_THAT(codes(send(kNumber, attestation::sign(birth, *stranger))), ElementsAre("ATTESTATION_NOT_TRUSTED"));
  EXPECT_THAT(home.store(clock).attestations(test::number(kNumber), 0), IsEmpty());
  EXPECT_EQ(said(send(kNumber, attestation::sign(birth, *key))), "200");
  EXPECT_EQ(home.store(clock).attestations(test::number(kNumber), 0).size(), 1U);
}

TEST_F(ApiTest, HearsWhoApprovedAnOrderAndKeepsIt) {
  const test::KeyOf an = test::officer("P-1", "an", random), binh = test::officer("P-2", "binh", random),
                    chi = test::officer("P-3", "chi", random);
  const auto told = test::told(test::order(kNumber, "2026-000001", an, clock.now()), an, binh, chi, random);
  const json good = test::body_of(told);
  const auto send = [&](const json& body) { return post("issuing-station", {"v1", "approvals"}, body); };
  const auto changed = [&](const char* name, const json& value) {
    json body = good;
    body[name] = value;
    return said(send(body));
  };
  EXPECT_EQ(said(send(good)), "200");
  EXPECT_EQ(said(send(good)), "200") << "said again";
  EXPECT_EQ(accesses().back().access.operation, "approval");
  EXPECT_EQ(said(post("checkpoint", {"v1", "approvals"}, good)), "403 SCOPE_MISSING");
  EXPECT_EQ(changed("number", kNobody), "400 REQUEST_MALFORMED");
  EXPECT_EQ(changed("case", "2026-000002"), "400 REQUEST_MALFORMED");
  EXPECT_EQ(changed("approvals", json::array()), "400 REQUEST_MALFORMED");
  EXPECT_EQ(changed("approvals", json::array({1, 2})), "400 REQUEST_MALFORMED");
  EXPECT_EQ(changed("officers", json::array({json{{"person", "P-1"}, {"account", "an"}, {"key", "AAAA"}}})),
            "400 REQUEST_MALFORMED");
  json order = good.at("order");
  order.erase("nonce");
  EXPECT_EQ(changed("order", order), "400 REQUEST_MALFORMED");
  order = good.at("order");
  order["marks"] = "Sẹo";
  json other = good;
  other["order"] = order;
  EXPECT_THAT(codes(send(other)), testing::Contains("ORDER_CASE_CONFLICT"));
}

}  // namespace
