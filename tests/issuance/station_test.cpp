#include "issuance/station/station.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "issuance/station/answers.h"
#include "issuance/station/registry_socket.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/envelope.h"
#include "pki/base/net/server.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"
#include "tests/issuance/station_world.h"

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
  EXPECT_THROW(station::add_officer(home, "an", "P-9", cases::Role::Checker, station_world::password(), clock, random),
               base::Error);
}

TEST_F(StationTest, ReadsWithoutAPassword) {
  Station reading(home, clock, random);
  EXPECT_FALSE(reading.store().officers().list().empty());
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
    {"RegistryWithoutSocket", "version = 1\n[registry]\n[trust]\ncsca = []\n", "socket"},
    {"RegistrySocketEmpty", "version = 1\n[registry]\nsocket = \"\"\n[trust]\ncsca = []\n", "socket"},
    {"RegistryWithItsPassword", "version = 1\n[registry]\nsocket = \"s\"\npassword_file = \"p\"\n[trust]\ncsca = []\n",
     "password_file"},
    {"RegistryUnknownKey", "version = 1\n[registry]\nurl = \"x\"\n[trust]\ncsca = []\n", "url"},
    {"SocketEmpty", "version = 1\n[signer]\nsocket = \"\"\n[trust]\ncsca = []\n", "socket"},
    {"SocketMissing", "version = 1\n[signer]\n[trust]\ncsca = []\n", "socket"},
    {"LayoutThatIsNot", "version = 1\n[trust]\ncsca = []\n[production]\nlayout = \"no.toml\"\n", "layout"},
};
INSTANTIATE_TEST_SUITE_P(EveryField, WrongSettings, testing::ValuesIn(kWrong),
                         [](const auto& param) { return std::string(param.param.name); });

// A registry at a socket that gives prepared answers and keeps what it was asked.
class RegistryAtASocket : public testing::Test {
 protected:
  RegistryAtASocket()
      : server_(
            "cccd-registry", path,
            [this](std::string_view request, const net::Peer&) {
              asked = nlohmann::json::parse(request);
              return reply;
            },
            std::chrono::seconds{10}),
        serving_([this] { server_.run(stop_[0]); }) {}
  ~RegistryAtASocket() override {
    ::close(stop_[1]);  // the reading end hears it
    serving_.join();
    ::close(stop_[0]);
  }
  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    return ends;
  }

  test::Folder folder;
  std::string path = folder / "socket";
  nlohmann::json asked;
  std::string reply;
  std::array<int, 2> stop_ = make_pipe();
  net::Server server_;
  std::thread serving_;
  station::RegistrySocket registry{station::Settings{.registry_socket = path}};
};

TEST_F(RegistryAtASocket, IsAskedForOneCaseAndPurpose) {
  auto done = net::done();
  done["answer"] = "header.payload.signature";
  reply = net::text_of(done);
  EXPECT_EQ(registry.answer("001090000000", "2026-000001"), "header.payload.signature");
  EXPECT_EQ(asked, (nlohmann::json{{"version", 1},
                                   {"request", "answer"},
                                   {"number", "001090000000"},
                                   {"case", "2026-000001"},
                                   {"purpose", "issuance"}}));
}

TEST_F(RegistryAtASocket, TakesChangesAndItsFindingsComeBack) {
  reply = net::text_of(net::done());
  EXPECT_TRUE(registry.mark("001090000000", "2026-000001", true).empty());
  EXPECT_EQ(asked.at("state"), "open");
  EXPECT_TRUE(registry.record_card("001090000000", "2026-000001", {"0A", "0B", base::make_date(2026, 11, 23)}).empty());
  EXPECT_EQ(asked, (nlohmann::json{{"version", 1},
                                   {"request", "card-record"},
                                   {"number", "001090000000"},
                                   {"chip", "0A"},
                                   {"case", "2026-000001"},
                                   {"issued", "2026-11-23"},
                                   {"status", "active"},
                                   {"replaces", "0B"}}));
  EXPECT_TRUE(registry.revoke_card("001090000000", "0A").empty());
  EXPECT_EQ(asked.at("status"), "revoked");
  base::Findings refusal;
  refusal.fail("OPEN_CASE", "number", "x");
  reply = net::text_of(net::refused(refusal));
  EXPECT_TRUE(registry.mark("001090000000", "2026-000001", true).has("OPEN_CASE"));
}

TEST_F(RegistryAtASocket, ItsFailureIsThrownAndNamesNobody) {
  reply = R"({"version":1,"result":"failed","fault":"ASK_OPERATOR","doing":"opening the register","seen":"locked"})";
  try {
    registry.answer("001090000000", "2026-000001");
    FAIL() << "it answered";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
    EXPECT_THAT(error.what(), HasSubstr("cccd-registry, opening the register: locked"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("001090000000")));
  }
  base::Findings refusal;
  refusal.fail("REQUEST_MALFORMED", "request", "x");
  for (const std::string& bad :
       {std::string("nonsense"), std::string(), net::text_of(net::done()), net::text_of(net::refused(refusal))}) {
    reply = bad.empty() ? "{}" : bad;
    EXPECT_THROW(registry.answer("001090000000", "2026-000001"), base::Error) << bad;
  }
}

TEST(RegistrySocketTest, ADeadSocketIsOneSentenceThatSaysWhatToDo) {
  test::Folder folder;
  const std::string path = folder / "socket";
  station::RegistrySocket registry(station::Settings{.registry_socket = path});
  try {
    registry.mark("001090000000", "2026-000001", true);
    FAIL() << "nobody can have answered";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
    EXPECT_THAT(error.what(), HasSubstr("asking cccd-registry: nobody answers at " + path));
    EXPECT_THAT(error.what(), HasSubstr("start it with: cccd-registry serve"));
  }
  EXPECT_THROW(station::RegistrySocket(station::Settings{}), base::Error);
}

}  // namespace
