// The register's service without its sockets: who gets in, what is told, what is written down, and what a hostile
// client can send.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/registry/routes.h"
#include "tests/registry/api_world.h"

namespace {

using nlohmann::json;
using test::ApiTest;
using test::kCertificate;
using test::kChip;
using test::kNobody;
using test::kNumber;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(ApiTest, LetsInWhoShowsACertificateThatItKnows) {
  net::HttpRequest asked = request("GET", {"v1", "health"}, "tax");
  EXPECT_EQ(said(api.handle(asked)), "200");
  asked.peer.shown = net::Shown::Nothing;
  EXPECT_EQ(said(api.handle(asked)), "401 CLIENT_CERTIFICATE_MISSING");
  asked.peer.shown = net::Shown::NotTrusted;
  EXPECT_EQ(said(api.handle(asked)), "401 CLIENT_CERTIFICATE_NOT_TRUSTED");
  asked.peer.shown = net::Shown::Expired;
  EXPECT_EQ(said(api.handle(asked)), "401 CLIENT_CERTIFICATE_EXPIRED");
  asked.peer.shown = net::Shown::Trusted;
  asked.peer.sha256 = std::string(64, 'f');
  EXPECT_EQ(said(api.handle(asked)), "403 CLIENT_UNKNOWN");
  registry::Clients(home.folder(), clock).remove("tax-01");
  EXPECT_EQ(said(get("tax", {"v1", "health"}, {})), "403 CLIENT_UNKNOWN") << "a client that was shut out";
}

TEST_F(ApiTest, TellsTheAttributesAskedForAndKeepsWhoAskedWhy) {
  const auto answer = get("insurance", {"v1", "persons", kNumber},
                          {{"purpose", "health-insurance"}, {"attributes", "full_name,birth,alive"}});
  ASSERT_EQ(said(answer), "200");
  EXPECT_EQ(json::parse(answer.body),
            (json{{"number", kNumber},
                  {"status", "found"},
                  {"attributes", {{"full_name", "Nguyễn Văn Mẫu"}, {"birth", "1990-01-01"}, {"alive", true}}}}));
  const auto kept = accesses();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].access.client, "insurance-01");
  EXPECT_EQ(kept[0].access.purpose, "health-insurance");
  EXPECT_EQ(kept[0].access.attributes, "full_name,birth,alive");
}

TEST_F(ApiTest, NamesTheScopeThatLacksAndKeepsNoLook) {
  const auto lacks = [&](const net::HttpResponse& answer) {
    EXPECT_EQ(said(answer), "403 SCOPE_MISSING");
    return json::parse(answer.body).at("scope").get<std::string>();
  };
  EXPECT_EQ(lacks(get("insurance", {"v1", "persons", kNumber},
                      {{"purpose", "health-insurance"}, {"attributes", "full_name,religion"}})),
            "health-insurance/read/religion");
  EXPECT_EQ(lacks(get("insurance", {"v1", "persons", kNumber}, {{"purpose", "issuance"}, {"attributes", "birth"}})),
            "issuance/read");
  EXPECT_EQ(lacks(get("checkpoint", {"v1", "persons", kNumber, "history"}, {{"purpose", "identity-check"}})),
            "identity-check/history");
  EXPECT_EQ(lacks(post("tax", {"v1", "answers"}, {{"purpose", "tax-code"}, {"number", kNumber}, {"case", "C"}})),
            "tax-code/answer");
  EXPECT_EQ(lacks(post("checkpoint", {"v1", "persons", kNumber, "verify"},
                       {{"purpose", "identity-check"},
                        {"predicates", {{{"attribute", "age"}, {"operator", ">="}, {"value", 37}}}}})),
            "identity-check/verify/age/37");
  EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(ApiTest, SaysWhichClaimsDisagreeAndAtWhichCharacter) {
  const auto answer = post("checkpoint", {"v1", "persons", kNumber, "match"},
                           {{"purpose", "identity-check"},
                            {"attributes", {{"full_name", "Nguyễn Văn Mầu"}, {"birth", "1990-01-01"}, {"sex", "Nữ"}}}});
  ASSERT_EQ(said(answer), "200");
  EXPECT_EQ(json::parse(answer.body),
            (json{{"number", kNumber},
                  {"status", "found"},
                  {"matches", false},
                  {"differences",
                   {{{"attribute", "full_name"}, {"character", 13}}, {{"attribute", "sex"}, {"character", 2}}}}}));
  EXPECT_THAT(answer.body, Not(HasSubstr("Mẫu"))) << "what the register holds is not told";
}

TEST_F(ApiTest, AShorterClaimDiffersWhereItEnds) {
  const auto character = [&](const std::string& claim) {
    const json body = json::parse(post("checkpoint", {"v1", "persons", kNumber, "match"},
                                       {{"purpose", "identity-check"}, {"attributes", {{"full_name", claim}}}})
                                      .body);
    return body.at("matches") == true ? 0 : body.at("differences").at(0).at("character").get<int>();
  };
  EXPECT_EQ(character("Nguyễn Văn Mẫu"), 0);
  EXPECT_EQ(character("Nguyễn Văn"), 11);
  EXPECT_EQ(character("Nguyễn Văn Mẫu A"), 15);
  EXPECT_EQ(character("X"), 1);
  EXPECT_EQ(character("Ng"), 3);
}

struct Yes {
  const char* predicate;
  bool holds;
};
class ApiVerify : public ApiTest, public testing::WithParamInterface<Yes> {};
TEST_P(ApiVerify, SaysYesOrNoWithoutTheValue) {
  const auto answer = post("public-service-portal", {"v1", "persons", kNumber, "verify"},
                           {{"purpose", "public-service"}, {"predicates", {json::parse(GetParam().predicate)}}});
  ASSERT_EQ(said(answer), "200") << answer.body;
  const json body = json::parse(answer.body);
  EXPECT_EQ(body.at("verified"), GetParam().holds);
  EXPECT_EQ(body.at("results").at(0).at("result"), GetParam().holds);
  EXPECT_THAT(answer.body, Not(HasSubstr("1990")));
}
// Born on 1990-01-01; today is 2026-11-23.
INSTANTIATE_TEST_SUITE_P(
    Predicates, ApiVerify,
    testing::Values(Yes{R"({"attribute":"age","operator":">=","value":14})", true},
                    Yes{R"({"attribute":"age","operator":"=","value":36})", true},
                    Yes{R"({"attribute":"age","operator":">","value":36})", false},
                    Yes{R"({"attribute":"age","operator":"<","value":37})", true},
                    Yes{R"({"attribute":"birth","operator":"<=","value":"1990-01-01"})", true},
                    Yes{R"({"attribute":"birth","operator":"<","value":"1990-01-01"})", false},
                    Yes{R"({"attribute":"full_name","operator":"=","value":"Nguyễn Văn Mẫu"})", true},
                    Yes{R"({"attribute":"full_name","operator":"!=","value":"Nguyễn Văn Mẫu"})", false},
                    Yes{R"({"attribute":"alive","operator":"=","value":true})", true},
                    Yes{R"({"attribute":"citizen","operator":"=","value":false})", false}));

TEST_F(ApiTest, APredicateAsksOfTheDayThatIsAskedAbout) {
  const json body{{"purpose", "public-service"},
                  {"as_of", "2003-12-31"},
                  {"predicates", {{{"attribute", "age"}, {"operator", ">="}, {"value", 14}}}}};
  EXPECT_EQ(json::parse(post("public-service-portal", {"v1", "persons", kNumber, "verify"}, body).body).at("verified"),
            false);
}

TEST_F(ApiTest, FindsByNameWithoutDiacriticsAndKeepsALookForEveryoneShown) {
  const json terms{{"purpose", "issuance"},
                   {"expressions", {{{"attribute", "full_name"}, {"operator", "contains"}, {"value", "mau nguyen"}}}},
                   {"attributes", {"full_name"}}};
  const auto answer = post("issuing-station", {"v1", "persons"}, terms);
  ASSERT_EQ(said(answer), "200") << answer.body;
  EXPECT_EQ(json::parse(answer.body).at("persons"),
            (json::array({{{"number", kNumber}, {"attributes", {{"full_name", "Nguyễn Văn Mẫu"}}}}})));
  ASSERT_EQ(accesses().size(), 1U);
  EXPECT_EQ(accesses()[0].access.operation, "find");
  json nobody = terms;
  nobody["expressions"][0]["value"] = "Zzyzx";
  EXPECT_EQ(json::parse(post("issuing-station", {"v1", "persons"}, nobody).body).at("persons"), json::array());
  EXPECT_EQ(registry::AccessBook(home.folder(), clock).unsettled(), 2U) << "a search that showed nobody is kept too";
}

TEST_F(ApiTest, AnUnknownNumberIsNotFoundAndTheQuestionIsKept) {
  const std::vector<net::HttpResponse> answers{
      get("issuing-station", {"v1", "persons", kNobody}, {{"purpose", "issuance"}, {"attributes", "birth"}}),
      get("issuing-station", {"v1", "persons", kNobody, "status"}, {{"purpose", "issuance"}}),
      get("issuing-station", {"v1", "persons", kNobody, "identities"}, {{"purpose", "issuance"}}),
      get("issuing-station", {"v1", "persons", kNobody, "history"}, {{"purpose", "issuance"}}),
      post("issuing-station", {"v1", "persons", kNobody, "match"},
           {{"purpose", "issuance"}, {"attributes", {{"sex", "Nam"}}}})};
  for (const auto& answer : answers) {
    EXPECT_EQ(said(answer), "404 PERSON_NOT_FOUND");
    EXPECT_THAT(answer.body, Not(HasSubstr(kNobody)));
  }
  EXPECT_EQ(accesses(kNobody).size(), answers.size());
}

TEST_F(ApiTest, ANumberThatWasReestablishedSaysWhichOneCameInstead) {
  const std::string fresh = "001090990002";
  {
    registry::Store store = home.store(clock);
    const base::Findings findings =
        store.record_event(test::number(kNumber), {.kind = registry::EventKind::NumberReestablished,
                                                   .on = base::make_date(2026, 11, 20),
                                                   .id = "",
                                                   .basis = "QD-1",
                                                   .changes = {},
                                                   .other = fresh,
                                                   .recorded_at = std::nullopt});
    ASSERT_FALSE(findings.failed()) << findings.failing_codes().at(0);
  }
  for (const auto& answer :
       {get("issuing-station", {"v1", "persons", kNumber}, {{"purpose", "issuance"}, {"attributes", "birth"}}),
        get("issuing-station", {"v1", "persons", kNumber, "status"}, {{"purpose", "issuance"}}),
        get("issuing-station", {"v1", "persons", kNumber, "identities"}, {{"purpose", "issuance"}}),
        post("issuing-station", {"v1", "persons", kNumber, "match"},
             {{"purpose", "issuance"}, {"attributes", {{"sex", "Nam"}}}})}) {
    ASSERT_EQ(said(answer), "200") << answer.body;
    const json body = json::parse(answer.body);
    EXPECT_EQ(body.at("status"), "cancelled");
    EXPECT_EQ(body.at("replaced_by"), fresh);
  }
  const json identities =
      json::parse(get("issuing-station", {"v1", "persons", fresh, "identities"}, {{"purpose", "issuance"}}).body);
  EXPECT_EQ(identities.at("former_numbers"), json::array({kNumber}));
}

TEST_F(ApiTest, AnswersASignedStatementAndWritesTheQuestionDown) {
  const auto answer = post("issuing-station", {"v1", "answers"},
                           {{"purpose", "issuance"}, {"number", kNumber}, {"case", "2026-000001"}});
  ASSERT_EQ(said(answer), "200") << answer.body;
  const auto payload =
      evidence::open_statement(json::parse(answer.body).at("answer").get<std::string>(), "answer", public_key);
  ASSERT_TRUE(payload);
  EXPECT_EQ(document::registry_answer_from_json(*payload).person, test::person(kNumber));
  ASSERT_EQ(accesses().size(), 1U);
  EXPECT_EQ(accesses()[0].access.case_id, "2026-000001");
  const std::string log = base::read_text_file(home.log_folder() / "log.jsonl", "reading a test's file");
  EXPECT_THAT(log, HasSubstr("\"reader\":\"issuing-station-01\""));
  EXPECT_THAT(log, Not(HasSubstr(kNumber)));
  EXPECT_FALSE(evidence::verify_log(home.log_folder(), public_key).failed());
}

TEST_F(ApiTest, TellsACitizenWhoAskedThroughTheServiceToo) {
  read("birth");
  const auto answer =
      get("public-service-portal", {"v1", "persons", kNumber, "accesses"}, {{"purpose", "citizen-request"}});
  ASSERT_EQ(said(answer), "200");
  const json list = json::parse(answer.body).at("accesses");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].at("client"), "issuing-station-01");
  EXPECT_EQ(list[0].at("attributes"), "birth");
  EXPECT_EQ(list[1].at("operation"), "accesses") << "this question stands there itself";
}

TEST_F(ApiTest, EveryLookIsInTheLogOnceAfterSettling) {
  for (int i = 0; i < 3; ++i) read("birth");
  api.settle();
  api.settle();
  for (const auto& kept : accesses()) EXPECT_TRUE(kept.log_index);
  EXPECT_FALSE(evidence::verify_log(home.log_folder(), public_key).failed());
}

TEST_F(ApiTest, AClientThatAsksTooOftenWaits) {
  net::HttpResponse last;
  for (int i = 0; i < 2'000 && last.status != 429; ++i) last = get("land", {"v1", "health"}, {});
  EXPECT_EQ(said(last), "429 RATE_LIMITED");
  ASSERT_FALSE(last.headers.empty());
  EXPECT_EQ(last.headers[0].first, "Retry-After");
  EXPECT_GE(std::stoi(last.headers[0].second), 1);
  EXPECT_EQ(said(get("tax", {"v1", "health"}, {})), "200") << "another client does not";
}

TEST_F(ApiTest, KnowsItsPathsAndMethodsOnly) {
  EXPECT_EQ(said(get("tax", {"v1"}, {})), "404 OPERATION_UNKNOWN");
  EXPECT_EQ(said(get("tax", {}, {})), "404 OPERATION_UNKNOWN");
  EXPECT_EQ(said(get("tax", {"v1", "persons", kNumber, "photo"}, {})), "404 OPERATION_UNKNOWN");
  const auto answer = api.handle(request("DELETE", {"v1", "persons", kNumber}, "tax"));
  EXPECT_EQ(said(answer), "405 METHOD_NOT_ALLOWED");
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>("Allow", "GET")));
}

// Every field of a body, left out, added, of another type, hostile: an answer of 400, nothing changed, nothing
// repeated.
TEST_F(ApiTest, RefusesEveryFieldMissingAddedOrOfAnotherForm) {
  const std::vector<std::pair<std::vector<std::string>, json>> good{
      {{"v1", "answers"}, {{"purpose", "issuance"}, {"number", kNumber}, {"case", "2026-000001"}}},
      {{"v1", "cases"}, {{"purpose", "issuance"}, {"number", kNumber}, {"case", "2026-000001"}}},
      {{"v1", "cases", "C", "close"}, {{"purpose", "issuance"}, {"number", kNumber}}},
      {{"v1", "cards"},
       {{"purpose", "issuance"},
        {"number", kNumber},
        {"chip", kChip},
        {"case", "C"},
        {"issued", "2026-11-23"},
        {"status", "active"}}},
      {{"v1", "cards", kChip, "status"}, {{"purpose", "issuance"}, {"number", kNumber}, {"status", "lost"}}}};
  for (const auto& [path, body] : good) {
    for (const auto& [field, value] : body.items()) {
      for (const json& bad : {json(1.5), json(nullptr), json::array({1}), json("%"), json("a\nb"), json("' OR 1=1 --"),
                              json(std::string(1, '\0')), json(std::string(60'000, '0')), json("\u202e001")}) {
        json changed = body;
        changed[field] = bad;
        const auto answer = post("issuing-station", path, changed);
        EXPECT_EQ(answer.status, 400) << field << " " << bad.dump().substr(0, 40) << " " << answer.body;
        EXPECT_THAT(answer.body, Not(HasSubstr(kNumber)));
      }
      json without = body;
      without.erase(field);
      EXPECT_EQ(said(post("issuing-station", path, without)), "400 REQUEST_MALFORMED") << field;
    }
    json more = body;
    more[kNumber] = "";
    const auto answer = post("issuing-station", path, more);
    EXPECT_EQ(said(answer), "400 REQUEST_MALFORMED");
    EXPECT_THAT(answer.body, Not(HasSubstr(kNumber))) << "the name of an unknown field is the client's text";
  }
  EXPECT_TRUE(record().cards.empty());
  EXPECT_TRUE(record().open_case.empty());
  EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(ApiTest, RefusesTextsThatCannotBeAPersons) {
  const auto match = [&](const std::string& name) {
    return said(post("issuing-station", {"v1", "persons", kNumber, "match"},
                     {{"purpose", "issuance"}, {"attributes", {{"full_name", name}}}}));
  };
  EXPECT_EQ(match("Nguye\u0302\u0303n"), "400 FIELD_NOT_NFC");
  EXPECT_EQ(match("Nguyễn\u200bVăn"), "400 FIELD_CHARACTER") << "a blank of no width";
  EXPECT_EQ(match("Nguyễn\u202eVăn"), "400 FIELD_CHARACTER") << "text turned round";
  EXPECT_EQ(match(std::string(401, 'a')), "400 FIELD_TOO_LONG");
  EXPECT_EQ(match("x\" OR 1=1"), "400 FIELD_CHARACTER");
  EXPECT_EQ(match("'; DROP TABLE persons --"), "200") << "letters that a text may hold are compared, never run";
  EXPECT_EQ(read("birth").at("status"), "found");
}

TEST_F(ApiTest, RefusesBodiesThatAreNoJsonObject) {
  net::HttpRequest asked = request("POST", {"v1", "answers"}, "issuing-station");
  asked.body = "{}";
  EXPECT_EQ(said(api.handle(asked)), "415 CONTENT_TYPE_UNSUPPORTED");
  asked.content_type = "application/json";
  for (const std::string& garbage : {std::string(), std::string("null"), std::string("[]"), std::string("{"),
                                     std::string("\xFF\xFE"), std::string(R"({"number":"1","number":"2"})"),
                                     std::string(60'000, '['), std::string("{\"a\":") + "\"\xC0\x80\"}"}) {
    asked.body = garbage;
    EXPECT_EQ(said(api.handle(asked)), "400 REQUEST_MALFORMED") << garbage.substr(0, 40);
  }
}

TEST_F(ApiTest, RefusesADayThatHasNotComeOrDoesNotExist) {
  for (const char* const day : {"2026-11-24", "2026-02-30", "2023-02-29", "yesterday", ""}) {
    EXPECT_EQ(said(get("issuing-station", {"v1", "persons", kNumber},
                       {{"purpose", "issuance"}, {"attributes", "birth"}, {"as_of", day}})),
              "400 REQUEST_MALFORMED")
        << day;
  }
  EXPECT_EQ(said(get("issuing-station", {"v1", "persons", kNumber},
                     {{"purpose", "issuance"}, {"attributes", "birth"}, {"as_of", "2024-02-29"}})),
            "200");
}

TEST_F(ApiTest, AClockSetBackIsAnswerableAndKeepsTheOrderOfLooks) {
  read("birth");
  clock.set(clock.now() - std::chrono::hours{72});
  EXPECT_EQ(read("full_name").at("status"), "found");
  api.settle();
  const auto kept = accesses();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[1].access.attributes, "full_name");
  EXPECT_FALSE(evidence::verify_log(home.log_folder(), public_key).failed());
}

TEST_F(ApiTest, ALogThatSomebodyCutIsAFailureAndNoAnswerIsGiven) {
  const json question{{"purpose", "issuance"}, {"number", kNumber}, {"case", "2026-000001"}};
  EXPECT_EQ(said(post("issuing-station", {"v1", "answers"}, question)), "200");
  std::filesystem::resize_file(home.log_folder() / "log.jsonl", 0);
  for (int i = 0; i < 3; ++i) {
    const auto answer = post("issuing-station", {"v1", "answers"}, question);
    EXPECT_EQ(said(answer), "500 REGISTER_FAILED");
    EXPECT_THAT(answer.body, Not(HasSubstr("checkpoint"))) << "the cause is the operator's to read";
  }
}

TEST_F(ApiTest, ABookThatIsLockedIsToldAndTheNextQuestionIsServed) {
  {
    db::Connection other = db::Connection::open(home.folder() / "access.db", db::Mode::Existing);
    const db::Transaction writing(other);
    const auto answer = get("issuing-station", {"v1", "persons", kNumber, "status"}, {{"purpose", "issuance"}});
    EXPECT_EQ(said(answer), "503 REGISTER_UNAVAILABLE");
    EXPECT_EQ(answer.headers.at(0).first, "Retry-After");
  }
  EXPECT_EQ(said(get("issuing-station", {"v1", "persons", kNumber, "status"}, {{"purpose", "issuance"}})), "200");
}

TEST(ApiOperations, EachHasAPatternAndANameOfItsOwn) {
  std::vector<std::string> names, places;
  for (const auto& operation : registry::operations()) {
    names.emplace_back(operation.id);
    places.push_back(std::string(operation.method) + " " + std::string(operation.pattern));
  }
  for (auto* list : {&names, &places}) {
    std::ranges::sort(*list);
    EXPECT_EQ(std::ranges::adjacent_find(*list), list->end());
  }
}

}  // namespace
