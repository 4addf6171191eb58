#include "issuance/station/station.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/cases/order.h"
#include "issuance/station/answers.h"
#include "issuance/station/registry_https.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"

#include "tests/issuance/station_world.h"
#include "tests/support/vectors.h"

namespace {

using station::Station;
using station_world::StationTest;
using testing::HasSubstr;

TEST_F(StationTest, LeadsACaseToTwoApprovals) {
  const std::string id = open();
  const auto vetted = station->vet(id, registry);
  EXPECT_TRUE(vetted.findings.empty());
  EXPECT_EQ(vetted.state, "checked");
  EXPECT_EQ(approve(id, "chi").state, "approved-once");
  EXPECT_EQ(approve(id, "binh").state, "approved");
  EXPECT_TRUE(std::holds_alternative<cases::ApprovedOrder>(station->store().load_approved(id, station->judges())));
  EXPECT_EQ(registry.told, std::vector<std::string>{"open " + id});
}

TEST_F(StationTest, OpensNoCaseForAMalformedApplication) {
  const std::size_t before = station->store().list().size();
  auto application = sample::application_json();
  application["birth"] = "01/01/1990";
  const auto answer =
      station->open_case(application.dump(), ".", station->store().officers().need("an"), *keys.at("an"));
  EXPECT_EQ(answer.findings.failing_codes(), std::vector<std::string>{"APPLICATION_MALFORMED"});
  EXPECT_EQ(station->store().list().size(), before);
  const auto report = station::to_json(answer);
  EXPECT_EQ(report.at("verdict"), "NOT ISSUED");
  EXPECT_EQ(report.at("reasons"), nlohmann::json::array({"APPLICATION_MALFORMED"}));
}

TEST_F(StationTest, SendsANumberThatIsNoneNowhere) {
  auto application = sample::application_json();
  application["number"] = "0010900000";
  const auto opened =
      station->open_case(application.dump(), ".", station->store().officers().need("an"), *keys.at("an"));
  const auto answer = station->vet(opened.case_id, registry);
  EXPECT_EQ(answer.findings.failing_codes(), std::vector<std::string>{"NUMBER_MALFORMED"});
  EXPECT_EQ(answer.state, "refused");
  EXPECT_TRUE(registry.asked.empty());
}

TEST_F(StationTest, DoesNotBelieveAnAnswerThatTheRegistryDidNotSign) {
  const std::string id = open();
  registry.forger = keys.at("binh").get();
  const auto answer = station->vet(id, registry);
  EXPECT_EQ(answer.findings.failing_codes(), std::vector<std::string>{"REGISTRY_ANSWER_NOT_TRUSTED"});
  EXPECT_EQ(answer.state, "received");
  registry.forger = nullptr;
  EXPECT_EQ(station->vet(id, registry).state, "checked");
}

TEST_F(StationTest, HoldsACaseAndVetsItAgain) {
  const std::string id = open();
  registry.change = [](auto& answer) { answer.person->full_name = "Nguyễn Văn Khác"; };
  EXPECT_EQ(station->vet(id, registry).state, "held");
  registry.change = {};
  EXPECT_EQ(station->vet(id, registry).state, "checked");
}

TEST_F(StationTest, HoldsACaseWhenTheRegistryKnowsAnotherOpenOne) {
  const std::string id = open();
  registry.refusal.fail("OPEN_CASE", "number", "another case is open");
  const auto answer = station->vet(id, registry);
  EXPECT_EQ(answer.findings.failing_codes(), std::vector<std::string>{"OPEN_CASE"});
  EXPECT_EQ(answer.state, "held");
}

TEST_F(StationTest, EndsACaseOfADeadPersonAndGivesTheNumberFree) {
  const std::string id = open();
  registry.change = [](auto& answer) { answer.alive = false; };
  EXPECT_EQ(station->vet(id, registry).state, "refused");
  EXPECT_EQ(registry.told, std::vector<std::string>{"closed " + id});
  EXPECT_TRUE(station->vet(id, registry).findings.has("CASE_STATE"));
}

TEST_F(StationTest, LetsNeitherReceiverNorTheSamePersonApprove) {
  const std::string id = open();
  station->vet(id, registry);
  EXPECT_EQ(approve(id, "an").findings.failing_codes(), std::vector<std::string>{"APPROVER_IS_RECEIVER"});
  EXPECT_EQ(approve(id, "binh").state, "approved-once");
  EXPECT_EQ(approve(id, "binh2").findings.failing_codes(), std::vector<std::string>{"APPROVERS_NOT_DISTINCT"});
  EXPECT_EQ(approve(id, "binh").findings.failing_codes(), std::vector<std::string>{"APPROVERS_NOT_DISTINCT"});
  EXPECT_EQ(approve(id, "dung").findings.failing_codes(), std::vector<std::string>{"OFFICER_ROLE"});
  EXPECT_EQ(state(id), "approved-once");
  EXPECT_EQ(station->store().approvals(id).size(), 1U);
}

TEST_F(StationTest, TellsReceiverAndBothApproversThatACardWillHoldNoFingers) {
  auto application = sample::application_json();
  application.erase("fingers");
  application["fingers_missing"] = "amputated";
  const std::string id =
      station->open_case(application.dump(), ".", station->store().officers().need("an"), *keys.at("an")).case_id;
  const auto told = [](const station::StepAnswer& answer) {
    const auto& list = answer.findings.list();
    return std::ranges::any_of(list, [](const base::Finding& one) { return one.code == "FINGERS_NOT_TAKEN"; });
  };
  EXPECT_TRUE(told(station->vet(id, registry)));
  const auto first = approve(id, "chi");
  EXPECT_TRUE(told(first)) << first.state;
  EXPECT_TRUE(told(approve(id, "binh")));
  EXPECT_EQ(state(id), "approved");
  EXPECT_NE(station::show_case_text(station->store(), id).find("amputated"), std::string::npos);
  const auto order =
      evidence::open_statement(station->store().current_order_jws(id), "order", station->judges().station_key);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->at("fingers_missing"), "amputated");
  EXPECT_FALSE(order->contains("dg3_sha256"));
}

TEST_F(StationTest, ShowsTheApproverWhichFingersThereAreAndTheOrderNamesTheirFile) {
  const std::string id = open();
  station->vet(id, registry);
  EXPECT_NE(station::show_case_text(station->store(), id).find("right_index, left_index"), std::string::npos);
  EXPECT_EQ(station::show_case(station->store(), id)["application"]["fingers"],
            nlohmann::json({"right_index", "left_index"}));
  const auto order =
      evidence::open_statement(station->store().current_order_jws(id), "order", station->judges().station_key);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->at("dg3_sha256"), evidence::sha256_bytes(*cases::dg3_of(sample::application())));
}

TEST_F(StationTest, ApprovesNothingThatWasNotVetted) {
  EXPECT_EQ(approve(open(), "binh").findings.failing_codes(), std::vector<std::string>{"CASE_NOT_CHECKED"});
}

TEST_F(StationTest, RefusesACaseWithAReasonThatStaysOutOfTheLog) {
  const std::string id = open();
  const std::string reason = "Ảnh không đúng người nộp hồ sơ";
  EXPECT_EQ(
      station->refuse(id, station->store().officers().need("binh"), {reason, "Luật 26/2023/QH15 Đ23"}, registry).state,
      "refused");
  EXPECT_EQ(station->store().reasons(id), std::vector<std::string>{reason});
  EXPECT_THAT(base::read_text_file(home.log() / "log.jsonl", "reading"), testing::Not(HasSubstr("người nộp")));
  EXPECT_THROW(station::check_reason(""), base::Error);
  EXPECT_THROW(station::check_reason("a\nb"), base::Error);
}

TEST_F(StationTest, KnowsOnlyItsOwnCases) {
  EXPECT_THROW(station->vet("2026-999999", registry), base::Error);
  EXPECT_THROW(station->store().officers().need("nobody"), base::Error);
}

TEST_F(StationTest, ShowsACaseInVietnameseFirst) {
  const std::string id = open();
  station->vet(id, registry);
  EXPECT_THAT(station::show_case_text(station->store(), id), HasSubstr("đã kiểm tra / checked"));
  const auto shown = station::show_case(station->store(), id);
  EXPECT_EQ(shown.at("state"), "checked");
  EXPECT_FALSE(shown.at("application").contains("contact"));
  EXPECT_EQ(shown.at("arrows").size(), 2U);
}

TEST_F(StationTest, LogsWhatWasPostedWhileTheLogWasClosed) {
  const std::string log = base::read_text_file(home.log() / "log.jsonl", "reading");
  EXPECT_THAT(log, HasSubstr("\"station.made\""));
  EXPECT_THAT(log, HasSubstr("\"officer.added\""));
  const auto owner = base::read_file(home.log_public(), "reading");
  EXPECT_TRUE(evidence::verify_log(home.log(), owner).empty());
}

TEST_F(StationTest, MakesAnOfficersCertificateThatOpensslReads) {
  const base::Bytes der = base::read_file(home.officer_certificate("binh"), "reading");
  EXPECT_TRUE(crypto::openssl::certificate_der(der));
  EXPECT_NE(der, base::read_file(home.officer_certificate("chi"), "reading"));
}

TEST_F(StationTest, RefusesAFolderThatHoldsSomething) {
  EXPECT_THROW(station::make_station(home, {}, station_world::password(), random, clock), base::Error);
  EXPECT_THROW(
      station::add_officer(home, {"an", "P-9", cases::Role::Checker}, station_world::password(), clock, random),
      base::Error);
}

TEST_F(StationTest, ReadsWithoutAPassword) {
  Station reading(home, clock, random);
  EXPECT_FALSE(reading.store().officers().list().empty());
}

// What the chips are given as their trust point is the certificate that a CVCA gave itself, nothing below it.
TEST(TrustPointTest, IsTheCertificateThatACvcaGaveItself) {
  const auto chain = vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"];
  test::Folder folder;
  const auto written = [&](const char* name) {
    base::write_file(folder / name, vectors::hex(chain.at(name).at("der")), "writing a test file");
    return folder / name;
  };
  EXPECT_EQ(station::read_trust_point(written("cvca1")), vectors::hex(chain.at("cvca1").at("der")));
  for (const char* const name : {"dv", "link_1_2", "is"}) {
    EXPECT_THROW(station::read_trust_point(written(name)), base::Error) << name;
  }
  base::write_text_file(folder / "text", "no certificate", "writing a test file");
  EXPECT_THROW(station::read_trust_point(folder / "text"), base::Error);
  EXPECT_THROW(station::read_trust_point(folder / "nowhere"), base::Error);
}

struct WrongSetting {
  const char* name;
  const char* toml;
  const char* says;
};

class WrongSettings : public testing::TestWithParam<WrongSetting> {};

TEST_P(WrongSettings, AreNamedWithFileAndLine) {
  test::Folder folder;
  base::write_text_file(folder / "station.toml", GetParam().toml, "writing");
  try {
    station::read_settings({folder.path()});
    FAIL() << "it was read";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.what(), testing::ContainsRegex("station.toml:[0-9]+: "));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().says));
  }
}

constexpr WrongSetting kWrong[] = {
    {"NoToml", "version = ", ""},
    {"NoVersion", "[trust]\ncsca = []\n", "version"},
    {"OtherVersion", "version = 2\n[trust]\ncsca = []\n", "version"},
    {"VersionText", "version = \"1\"\n[trust]\ncsca = []\n", "version"},
    {"UnknownKey", "version = 1\nspeed = 3\n[trust]\ncsca = []\n", "speed"},
    {"NoTrust", "version = 1\n", "[trust]"},
    {"TrustWithoutList", "version = 1\n[trust]\n", "csca"},
    {"AnchorANumber", "version = 1\n[trust]\ncsca = [1]\n", "csca"},
    {"AnchorThatIsNot", "version = 1\n[trust]\ncsca = [\"no.cer\"]\n", "not there"},
    {"TrustPointThatIsNot", "version = 1\n[trust]\ncsca = []\ncvca = \"no.cvcert\"\n", "not there"},
    {"TrustPointANumber", "version = 1\n[trust]\ncsca = []\ncvca = 1\n", "cvca"},
    {"RegistryWithoutUrl", "version = 1\n[registry]\n[trust]\ncsca = []\n", "url"},
    {"RegistryUrlEmpty", "version = 1\n[registry]\nurl = \"\"\n[trust]\ncsca = []\n", "url"},
    {"RegistryWithoutCertificate", "version = 1\n[registry]\nurl = \"https://a:1\"\n[trust]\ncsca = []\n",
     "certificate"},
    {"RegistryCertificateThatIsNot",
     "version = 1\n[registry]\nurl = \"https://a:1\"\ncertificate = \"no.pem\"\n[trust]\ncsca = []\n", "not there"},
    {"RegistryWithItsPassword", "version = 1\n[registry]\nurl = \"u\"\npassword_file = \"p\"\n[trust]\ncsca = []\n",
     "password_file"},
    {"RegistryAtASocket", "version = 1\n[registry]\nsocket = \"x\"\n[trust]\ncsca = []\n", "socket"},
    {"SocketEmpty", "version = 1\n[signer]\nsocket = \"\"\n[trust]\ncsca = []\n", "socket"},
    {"SocketMissing", "version = 1\n[signer]\n[trust]\ncsca = []\n", "socket"},
    {"LayoutThatIsNot", "version = 1\n[trust]\ncsca = []\n[production]\nlayout = \"no.toml\"\n", "layout"},
};
INSTANTIATE_TEST_SUITE_P(EveryField, WrongSettings, testing::ValuesIn(kWrong),
                         [](const auto& param) { return std::string(param.param.name); });

// A registry over HTTPS that gives prepared answers and keeps what it was asked.
class RegistryOverHttps : public testing::Test {
 protected:
  void problem(int status, const std::string& code, const std::string& detail = "x") {
    reply = net::problem(status, code, "title", detail);
  }
  std::string method, target;
  nlohmann::json asked;
  net::HttpResponse reply;
  station::RegistryHttps registry{[this](std::string_view how, std::string_view where, std::string_view body) {
    method = how;
    target = where;
    asked = body.empty() ? nlohmann::json() : nlohmann::json::parse(body);
    return reply;
  }};
};

TEST_F(RegistryOverHttps, IsAskedForOneCaseAndPurpose) {
  reply.body = R"({"answer":"header.payload.signature"})";
  EXPECT_EQ(registry.answer("001090000000", "2026-000001"), "header.payload.signature");
  EXPECT_EQ(method + " " + target, "POST /v1/answers");
  EXPECT_EQ(asked, (nlohmann::json{{"number", "001090000000"}, {"case", "2026-000001"}, {"purpose", "issuance"}}));
}

TEST_F(RegistryOverHttps, TakesChangesAndItsFindingsComeBack) {
  reply.body = R"({"done":true})";
  EXPECT_TRUE(registry.mark("001090000000", "2026-000001", true).empty());
  EXPECT_EQ(target, "/v1/cases");
  EXPECT_TRUE(registry.mark("001090000000", "2026-000001", false).empty());
  EXPECT_EQ(target, "/v1/cases/2026-000001/close");
  EXPECT_TRUE(registry.record_card("001090000000", "2026-000001", {"0A", "0B", base::make_date(2026, 11, 23)}).empty());
  EXPECT_EQ(asked, (nlohmann::json{{"number", "001090000000"},
                                   {"purpose", "issuance"},
                                   {"chip", "0A"},
                                   {"case", "2026-000001"},
                                   {"issued", "2026-11-23"},
                                   {"status", "active"},
                                   {"replaces", "0B"}}));
  EXPECT_TRUE(registry.revoke_card("001090000000", "0A").empty());
  EXPECT_EQ(target, "/v1/cards/0A/status");
  EXPECT_EQ(asked.at("status"), "revoked");
  reply = net::problem(409, "CHANGE_REFUSED", "refused", "x");
  auto body = nlohmann::json::parse(reply.body);
  body["findings"] = {{{"code", "OPEN_CASE"}, {"severity", "fail"}, {"where", "number"}, {"text", "x"}}};
  reply.body = body.dump();
  EXPECT_TRUE(registry.mark("001090000000", "2026-000001", true).has("OPEN_CASE"));
}

TEST_F(RegistryOverHttps, TellsAVersionAndThatANumberIsUnknown) {
  reply.body = R"({"number":"001090000000","status":"found","version":7,"alive":true})";
  const auto status = registry.status("001090000000");
  EXPECT_EQ(method + " " + target, "GET /v1/persons/001090000000/status?purpose=issuance");
  EXPECT_EQ(status.status, "found");
  EXPECT_EQ(status.version, 7);
  problem(404, "PERSON_NOT_FOUND");
  EXPECT_EQ(registry.status("001090000000").status, "not-found");
  problem(404, "OPERATION_UNKNOWN");
  EXPECT_THROW(registry.status("001090000000"), base::Error);
}

TEST_F(RegistryOverHttps, TakesAWantedCorrection) {
  reply.body = R"({"done":true})";
  EXPECT_TRUE(registry.request_correction("001090000000", "C", {"full_name", "Nguyễn Văn Mẫu", "P-0001"}).empty());
  EXPECT_EQ(target, "/v1/corrections");
  EXPECT_EQ(asked, (nlohmann::json{{"number", "001090000000"},
                                   {"purpose", "issuance"},
                                   {"case", "C"},
                                   {"field", "full_name"},
                                   {"value", "Nguyễn Văn Mẫu"},
                                   {"asked_by", "P-0001"}}));
}

TEST_F(RegistryOverHttps, ItsFailureIsThrownByItsRemedyAndNamesNobody) {
  const auto fault = [&] {
    try {
      registry.answer("001090000000", "2026-000001");
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("001090000000")));
      EXPECT_THAT(error.what(), HasSubstr("asking the population registry"));
      return error.fault();
    }
    ADD_FAILURE() << "it answered";
    return base::Fault::UsedWrongly;
  };
  problem(503, "REGISTER_UNAVAILABLE");
  EXPECT_EQ(fault(), base::Fault::AskOperator);
  problem(429, "RATE_LIMITED");
  EXPECT_EQ(fault(), base::Fault::AskOperator);
  problem(403, "SCOPE_MISSING");
  EXPECT_EQ(fault(), base::Fault::FixConfiguration);
  problem(401, "CLIENT_CERTIFICATE_EXPIRED");
  EXPECT_EQ(fault(), base::Fault::FixConfiguration);
  for (const char* const bad : {"nonsense", "", "{}", "[]", R"({"answer":7})", R"({"answer":""})"}) {
    reply = {.status = 200, .content_type = "application/json", .body = bad, .headers = {}};
    EXPECT_EQ(fault(), base::Fault::AskOperator) << bad;
  }
  problem(409, "CHANGE_REFUSED");
  EXPECT_THROW(registry.mark("001090000000", "C", true), base::Error) << "a refusal without a reason is no answer";
}

TEST(RegistryHttpsTest, AStationWithoutARegistrySaysSo) {
  const base::FixedClock clock(sample::now());
  EXPECT_THROW(station::RegistryHttps(station::Settings{}, station_world::password(), clock), base::Error);
}

}  // namespace
