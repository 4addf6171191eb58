// The registry behind its protocol and its socket: what a hostile client can send, what is written down, and that
// nothing stops it.

#include "issuance/registry/service.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "issuance/registry/answers.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/ask.h"
#include "pki/base/net/envelope.h"
#include "pki/base/net/frame.h"
#include "pki/base/net/server.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kNumber = "001090990001";
const std::string kChip = "00000000000000A1";

json request(const std::string& name, json fields) {
  json whole = net::request(name);
  whole.update(fields);
  return whole;
}
json answer_request() {
  return request("answer", {{"number", kNumber}, {"case", "2026-000001"}, {"purpose", "issuance"}});
}
json mark_request(const std::string& state) {
  return request("mark", {{"number", kNumber}, {"case", "2026-000001"}, {"state", state}});
}
json card_request() {
  return request("card-record", {{"number", kNumber},
                                 {"chip", kChip},
                                 {"case", "2026-000001"},
                                 {"issued", "2026-11-23"},
                                 {"status", "active"},
                                 {"replaces", ""}});
}
json status_request() {
  return request("card-status", {{"number", kNumber}, {"chip", kChip}, {"status", "revoked"}});
}

class RegistryService : public testing::Test {
 protected:
  RegistryService() {
    registry::Store store = home.store(clock);
    base::Findings findings;
    db::Transaction change = store.begin();
    store.add(test::person(kNumber), findings);
    change.commit();
  }
  std::string say(const json& request) { return service.handle(request.dump(), {::getuid(), ::getpid()}); }
  // "done", or the codes of the refusal.
  std::vector<std::string> codes(std::string_view answer) {
    const auto refused = net::read_answer("cccd-registry", answer, [](net::Fields&) {});
    return refused ? refused->failing_codes() : std::vector<std::string>{"done"};
  }
  registry::Record record() { return *home.store(clock).find(test::number(kNumber)); }

  test::Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
  base::SeededRandom random{5};
  registry::Home home = registry::Home::create(folder / "registry", clock);
  base::Bytes public_key;
  std::unique_ptr<keystore::SigningKey> make_key() {
    auto key = keystore::generate(keystore::Curve::P256, random);
    public_key = key->public_key_named();
    return key;
  }
  registry::Service service{home, make_key(), clock, random};
};

TEST_F(RegistryService, AnswersASignedStatementAndWritesTheQuestionDown) {
  std::string jws;
  net::read_answer("cccd-registry", say(answer_request()), [&](net::Fields& fields) { jws = fields.text("answer"); });
  const auto payload = evidence::open_statement(jws, "answer", public_key);
  ASSERT_TRUE(payload);
  EXPECT_EQ(document::registry_answer_from_json(*payload).person, test::person(kNumber));
  const auto reads = home.store(clock).reads(test::number(kNumber));
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_EQ(reads[0].case_id, "2026-000001");
  EXPECT_EQ(reads[0].purpose, "issuance");
  EXPECT_EQ(reads[0].reader, registry::account_of(::getuid()));
  const std::string log = base::read_text_file(home.log_folder() / "log.jsonl", "reading a test's file");
  EXPECT_THAT(log, HasSubstr("answer.given"));
  EXPECT_THAT(log, HasSubstr("\"purpose\":\"issuance\""));
  EXPECT_THAT(log, Not(HasSubstr(kNumber)));
  EXPECT_FALSE(evidence::verify_log(home.log_folder(), public_key).failed());
}

TEST_F(RegistryService, ChangesFollowTheRulesOfTheCommands) {
  EXPECT_THAT(codes(say(mark_request("open"))), ElementsAre("done"));
  EXPECT_THAT(codes(say(mark_request("open"))), ElementsAre("done")) << "twice changes nothing";
  auto other = mark_request("open");
  other["case"] = "2026-000002";
  EXPECT_THAT(codes(say(other)), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(codes(say(mark_request("closed"))), ElementsAre("done"));
  EXPECT_THAT(codes(say(card_request())), ElementsAre("done"));
  EXPECT_THAT(codes(say(card_request())), ElementsAre("done"));
  auto second = card_request();
  second["case"] = "2026-000002";
  second["chip"] = "00000000000000A2";
  EXPECT_THAT(codes(say(second)), ElementsAre("LIVE_CARD"));
  second["replaces"] = kChip;
  EXPECT_THAT(codes(say(second)), ElementsAre("done"));
  EXPECT_THAT(codes(say(status_request())), ElementsAre("CARD_NOT_ACTIVE"));
  auto unknown = mark_request("open");
  unknown["number"] = "001090990009";
  EXPECT_THAT(codes(say(unknown)), ElementsAre("PERSON_NOT_FOUND"));
  ASSERT_EQ(record().cards.size(), 2U);
  EXPECT_EQ(record().cards[0].status, "exchanged");
  EXPECT_EQ(record().cards[1].status, "active");
}

// The commands may be used while the service runs: it answers what stands there now.
TEST_F(RegistryService, SeesWhatAnotherProcessWroteMeanwhile) {
  const auto alive = [&] {
    std::string jws;
    net::read_answer("cccd-registry", say(answer_request()), [&](net::Fields& fields) { jws = fields.text("answer"); });
    return evidence::open_statement(jws, "answer", public_key)->at("alive").get<bool>();
  };
  EXPECT_TRUE(alive());
  home.store(clock).record_event(test::number(kNumber), {registry::EventKind::Death, base::make_date(2026, 11, 20)});
  EXPECT_FALSE(alive());
  EXPECT_THAT(codes(say(card_request())), ElementsAre("PERSON_DEAD"));
  EXPECT_THAT(codes(say(mark_request("open"))), ElementsAre("done"));
  EXPECT_EQ(record().open_case, "2026-000001");
}

TEST_F(RegistryService, RefusesEveryTextThatIsNoRequest) {
  for (const std::string& garbage :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"), std::string("\xFF\xFE"),
        std::string("{\"version\":1}"), std::string("{\"version\":2,\"request\":\"answer\"}"),
        std::string("{\"version\":1,\"request\":\"show\"}"), std::string("{\"version\":1,\"request\":7}"),
        std::string(1 << 20, '['), std::string(200'000, '{')}) {
    EXPECT_THAT(codes(service.handle(garbage, {})), ElementsAre("REQUEST_MALFORMED")) << garbage.substr(0, 60);
  }
}

TEST_F(RegistryService, RefusesEveryFieldMissingAddedOrOfAnotherForm) {
  for (const json& good : {answer_request(), mark_request("open"), card_request(), status_request()}) {
    for (const auto& [field, value] : good.items()) {
      for (const json& bad : {json(1.5), json(nullptr), json::array({1}), json("%"), json("a\nb"),
                              json(std::string(1, '\0')), json(std::string(100'000, '0'))}) {
        auto changed = good;
        changed[field] = bad;
        EXPECT_THAT(codes(say(changed)), ElementsAre("REQUEST_MALFORMED")) << field << " " << bad.dump().substr(0, 40);
      }
      auto without = good;
      without.erase(field);
      EXPECT_THAT(codes(say(without)), ElementsAre("REQUEST_MALFORMED")) << field;
    }
    auto more = good;
    more["more"] = "";
    EXPECT_THAT(codes(say(more)), ElementsAre("REQUEST_MALFORMED"));
  }
  for (const char* day : {"0000-00-00", "2026-02-30", "99999-01-01", "2026-11-23T00:00:00Z"}) {
    auto wrong = card_request();
    wrong["issued"] = day;
    EXPECT_THAT(codes(say(wrong)), ElementsAre("REQUEST_MALFORMED")) << day;
  }
  auto again = status_request();
  again["status"] = "active";
  EXPECT_THAT(codes(say(again)), ElementsAre("REQUEST_MALFORMED"));
  EXPECT_TRUE(record().cards.empty());
  EXPECT_TRUE(record().open_case.empty());
  EXPECT_TRUE(home.store(clock).reads(test::number(kNumber)).empty());
}

// Law: whatever octets arrive, an answer goes back and the next good request is served.
TEST_F(RegistryService, AnyOctetChangedGivesAnAnswer) {
  base::SeededRandom chance(11);
  for (const json& good : {answer_request(), mark_request("open"), card_request(), status_request()}) {
    for (int i = 0; i < 100; ++i) {
      const auto bytes = chance.bytes(4);
      std::string changed = good.dump();
      const std::size_t at = (std::size_t{bytes[0]} << 8 | bytes[1]) % changed.size();
      changed[at] = static_cast<char>(bytes[2]);
      if (bytes[3] < 64) changed.resize(at);
      EXPECT_FALSE(codes(service.handle(changed, {})).empty());
    }
  }
  EXPECT_THAT(codes(say(answer_request())), ElementsAre("done"));
}

// A refusal or failure repeats nothing of the request.
TEST_F(RegistryService, NoAnswerButTheSignedOneNamesAPerson) {
  for (json changed : {answer_request(), mark_request("ajar"), card_request(), status_request()}) {
    changed["more"] = kNumber;
    EXPECT_THAT(say(changed), Not(HasSubstr(kNumber)));
  }
  auto other = mark_request("open");
  say(other);
  other["case"] = "2026-000002";
  EXPECT_THAT(say(other), Not(HasSubstr(kNumber)));
}

// A register can hold more about one number than a frame can carry: a failure, not the end of the service.
TEST(RegistryAnswer, TooLargeForItsFrameIsAFailure) {
  const std::string answer = net::answer(answer_request().dump(), [](const std::string&, net::Fields&) {
    json reply = net::done();
    reply["answer"] = std::string(net::kLargestMessage, 'x');
    return reply;
  });
  EXPECT_THAT(answer, HasSubstr("ASK_OPERATOR"));
  EXPECT_THAT(answer, HasSubstr("larger than 1 MiB"));
}

TEST_F(RegistryService, ALogThatSomebodyCutIsToldAtEveryQuestionAndNoAnswerIsGiven) {
  say(answer_request());
  std::filesystem::resize_file(home.log_folder() / "log.jsonl", 0);
  for (int i = 0; i < 3; ++i) {
    const std::string answer = say(answer_request());
    EXPECT_THAT(answer, HasSubstr("TREAT_AS_ATTACK"));
    EXPECT_THAT(answer, Not(HasSubstr("\"answer\"")));
  }
}

TEST_F(RegistryService, ServesAtItsSocketAndSurvivesHostileClients) {
  const std::string path = folder / "registry.sock";
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  {
    net::Server server(
        "cccd-registry", path, [&](std::string_view text, const net::Peer& peer) { return service.handle(text, peer); },
        std::chrono::seconds{10});
    std::thread serving([&] { server.run(stop); });
    const auto ask = [&](const std::string& text) {
      return net::ask("cccd-registry", path, text, std::chrono::seconds{20});
    };
    EXPECT_THAT(codes(ask(std::string(1000, '\xFF'))), ElementsAre("REQUEST_MALFORMED"));
    EXPECT_THAT(codes(ask("")), ElementsAre("REQUEST_MALFORMED"));
    EXPECT_THAT(codes(ask(answer_request().dump())), ElementsAre("done"));
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    serving.join();
  }
  ::close(stop);
  EXPECT_FALSE(std::filesystem::exists(path)) << "the socket goes with its server";
}

TEST(RegistryReader, IsAnAccountOrItsNumber) {
  EXPECT_EQ(registry::account_of(0), "root");
  EXPECT_EQ(registry::account_of(3'999'999'999), "uid-3999999999");
  EXPECT_EQ(registry::account_of(-1), "uid--1");
}

}  // namespace
