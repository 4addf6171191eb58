// A station without network: it vets by an extract, what the registry has to hear waits, and everything catches up
// once, in its order. Behind the registry stands the real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "issuance/registry/store.h"
#include "issuance/station/station.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"

namespace {

namespace fs = std::filesystem;
using station::Home;
using station::Network;
using station::Station;
using station::Undelivered;
using std::chrono::hours;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kCard = "0102030405060708";
constexpr const char* kNewCard = "0102030405060709";

base::Secret password() {
  return base::Secret(base::bytes_of("station password"));
}

const document::CitizenNumber& number() {
  static const auto the_number = *document::CitizenNumber::parse(sample::answer().number);
  return the_number;
}

// The register as the station reaches it: its answers are the sample's, its changes go into a real store.
class Register final : public cases::RegistryClient {
 public:
  Register(const fs::path& file, const base::Clock& clock)
      : store(registry::Store::create(file, clock)), clock_(clock) {
    base::Findings findings;
    db::Transaction adding = store.begin();
    store.add(*sample::answer().person, findings);
    adding.commit();
  }
  std::string answer(const std::string&, const std::string& case_id) override {
    reach();
    auto content = sample::answer(case_id);
    content.at = clock_.now();
    if (change) change(content);
    return sample::registry().sign(content);
  }
  base::Findings mark(const std::string&, const std::string& case_id, bool open) override {
    reach();
    told.push_back((open ? "open " : "closed ") + case_id);
    return leave(open ? store.open_case(number(), case_id) : store.close_case(number(), case_id));
  }
  base::Findings record_card(const std::string&, const std::string& case_id,
                             const cases::DeliveredCard& card) override {
    reach();
    told.push_back("card " + card.serial);
    return leave(store.record_card(number(), {.chip_serial = card.serial,
                                              .case_id = case_id,
                                              .issued = card.issued,
                                              .status = "active",
                                              .replaces = card.replaces}));
  }
  base::Findings record_approvals(const std::string&, const std::string& case_id, const std::string& content) override {
    reach();
    approvals[case_id] = content;
    return leave({});
  }
  base::Findings report_lost(const std::string&, const std::string& serial) override { return close(serial, "lost"); }
  base::Findings revoke_card(const std::string&, const std::string& serial) override {
    return close(serial, "revoked");
  }
  cases::NumberStatus status(const std::string&) override { return {.status = "found", .version = 1}; }
  base::Findings request_correction(const std::string&, const std::string&, const cases::WantedCorrection&) override {
    return {};
  }

  registry::Store store;
  bool away = false;           // nobody answers
  int dies_after_changes = 0;  // so many changes from now the answer is lost on its way back
  std::function<void(document::RegistryAnswer&)> change;
  std::vector<std::string> told;
  std::map<std::string, std::string> approvals;  // of a case
  int asked = 0;

 private:
  void reach() {
    ++asked;
    if (away) throw base::Error(base::Fault::AskOperator, "asking the registry", "nobody answers");
  }
  base::Findings leave(base::Findings findings) {
    if (dies_after_changes > 0 && --dies_after_changes == 0) {
      throw base::Error(base::Fault::AskOperator, "asking the registry", "the answer was lost");
    }
    return findings;
  }
  base::Findings close(const std::string& serial, const std::string& status) {
    reach();
    told.push_back(status + " " + serial);
    return leave(store.set_card_status(number(), serial, status));
  }
  const base::Clock& clock_;
};

// Key files are slow on purpose: one station is made, and each test works on a copy of it.
class Offline : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<test::Folder>();
    const Home home{*made_ / "station"};
    base::write_file(*made_ / "registry.pub.der", sample::registry().public_key(), "writing");
    station::NewStation wanted;
    wanted.registry_key = *made_ / "registry.pub.der";
    base::FixedClock clock{sample::now()};
    base::SeededRandom random{41};
    station::make_station(home, wanted, password(), random, clock);
    for (const auto& [account, person, role] : {std::tuple{"an", "P-1", cases::Role::Receiver},
                                                {"binh", "P-2", cases::Role::Approver},
                                                {"chi", "P-3", cases::Role::Checker}}) {
      station::add_officer(home, {account, person, role}, password(), clock, random);
    }
    Station station(home, clock, random);
    for (const auto& officer : station.store().officers().list()) {
      keys_[officer.account] = station::open_officer_key(home, officer, password());
    }
  }
  static void TearDownTestSuite() {
    keys_.clear();
    made_.reset();
  }

  Offline() {
    fs::copy(*made_ / "station", home_.folder, fs::copy_options::recursive);
    open_station();
  }
  void open_station() {
    station_.reset();
    station_ = std::make_unique<Station>(home_, password(), clock_, random_);
  }

  // An extract of this moment about these numbers, loaded.
  std::string extract_of(base::Moment at, const std::vector<std::string>& numbers = {number().text()},
                         const std::function<void(document::RegistryAnswer&)>& change = {}) {
    const fs::path file = folder_ / fmt_name(at);
    fs::remove(file);
    extract::Writer writer(
        file, {.id = extract::new_id(at, random_), .at = at, .until = at + hours{72}, .count = 0, .root = ""},
        *sample::registry().key);
    for (const std::string& text : numbers) {
      auto answer = sample::answer();
      answer.number = text;
      answer.person->number = *document::CitizenNumber::parse(text);
      if (change) change(answer);
      writer.add(answer);
    }
    writer.finish();
    return base::read_text_file(file, "reading");
  }
  static std::string fmt_name(base::Moment at) { return base::to_rfc3339(at) + ".extract"; }
  std::vector<std::string> load(const std::string& text) {
    std::istringstream in(text);
    const auto loaded = station_->load_extract(in);
    const auto* findings = std::get_if<base::Findings>(&loaded);
    return findings != nullptr ? findings->failing_codes() : std::vector<std::string>{};
  }

  std::string open_case() {
    return station_
        ->open_case(sample::application_json().dump(), ".", station_->store().officers().need("an"), *keys_.at("an"))
        .case_id;
  }
  void approve_twice(const std::string& id) {
    for (const char* const account : {"chi", "binh"}) {
      const auto answer = station_->approve(id, station_->store().officers().need(account), *keys_.at(account));
      EXPECT_FALSE(answer.findings.failed()) << testing::PrintToString(answer.findings.failing_codes());
    }
  }
  // Vetted by the extract and approved while the registry was away.
  std::string case_approved_offline() {
    EXPECT_THAT(load(extract_of(sample::now() - hours{2})), IsEmpty());
    const std::string id = open_case();
    register_.away = true;
    EXPECT_EQ(station_->vet(id, register_).state, "checked");
    approve_twice(id);
    register_.away = false;
    return id;
  }
  std::string state(const std::string& id) { return station_->store().journal().state(id); }
  std::string marked() { return register_.store.find(number())->open_case; }
  std::vector<std::string> logged(const std::string& event) const {
    std::vector<std::string> keys;
    evidence::each_entry(home_.log(), [&](const nlohmann::json& entry) {
      if (entry.at("event") == event) keys.push_back(entry.at("data").value("key", ""));
    });
    return keys;
  }

  inline static std::unique_ptr<test::Folder> made_;
  inline static std::map<std::string, std::unique_ptr<keystore::SigningKey>> keys_;
  test::Folder folder_;
  Home home_{folder_ / "station"};
  base::FixedClock clock_{sample::now()};
  base::SeededRandom random_{43};
  Register register_{folder_ / "registry.db", clock_};
  std::unique_ptr<Station> station_;
};

// --- vetting by an extract ----------------------------------------------------------------------------------------

TEST_F(Offline, WithoutAnExtractACaseWaitsForTheRegistry) {
  const std::string id = open_case();
  register_.away = true;
  EXPECT_THROW(station_->vet(id, register_), base::Error);
  EXPECT_THAT(station_->vet(id, register_, Network::Absent).findings.failing_codes(),
              ElementsAre("EXTRACT_NOT_LOADED"));
  EXPECT_EQ(state(id), "received");
  EXPECT_EQ(station_->queue().waiting(), 0);
}

TEST_F(Offline, VetsByTheExtractAndCollectsApprovalsWhileTheRegistryIsAway) {
  const std::string id = case_approved_offline();
  EXPECT_EQ(state(id), "approved");
  EXPECT_TRUE(std::holds_alternative<cases::ApprovedOrder>(station_->store().load_approved(id, station_->judges())));
  EXPECT_TRUE(station_->rests_on_extract(id));
  EXPECT_EQ(station_->queue().waiting(), 1) << "the registry is still to hear of the case";
  EXPECT_EQ(marked(), "");
}

TEST_F(Offline, AsksNobodyWhenTheOfficerSaysThatThereIsNoNetwork) {
  load(extract_of(sample::now() - hours{2}));
  const std::string id = open_case();
  const auto answer = station_->vet(id, register_, Network::Absent);
  EXPECT_EQ(answer.state, "checked");
  EXPECT_TRUE(answer.findings.has("REGISTRY_QUEUED"));
  EXPECT_EQ(register_.asked, 0);
}

TEST_F(Offline, ALiveAnswerIsPreferredToTheExtract) {
  load(extract_of(sample::now() - hours{2}));
  const std::string id = open_case();
  EXPECT_EQ(station_->vet(id, register_).state, "checked");
  EXPECT_FALSE(station_->rests_on_extract(id));
  EXPECT_EQ(marked(), id);
}

TEST_F(Offline, ANumberThatIsNotInTheExtractIsNotVettedByIt) {
  load(extract_of(sample::now() - hours{2}, {"001090000007"}));
  const std::string id = open_case();
  EXPECT_THAT(station_->vet(id, register_, Network::Absent).findings.failing_codes(), ElementsAre("EXTRACT_NO_ENTRY"));
  EXPECT_EQ(state(id), "received");
}

TEST_F(Offline, AnExtractCountsUntilItsEndToTheSecond) {
  load(extract_of(sample::now() - hours{71}));
  const std::string id = open_case(), other = open_case();
  clock_.set(sample::now() + hours{1} - std::chrono::seconds{1});
  EXPECT_FALSE(station_->vet(id, register_, Network::Absent).findings.has("EXTRACT_EXPIRED"));
  clock_.set(sample::now() + hours{1});
  EXPECT_THAT(station_->vet(other, register_, Network::Absent).findings.failing_codes(),
              ElementsAre("EXTRACT_EXPIRED"));
}

TEST_F(Offline, WhatTheExtractSaysIsVettedByTheSameRules) {
  load(extract_of(sample::now() - hours{2}, {number().text()}, [](auto& answer) { answer.alive = false; }));
  const std::string id = open_case();
  const auto answer = station_->vet(id, register_, Network::Absent);
  EXPECT_THAT(answer.findings.failing_codes(), Contains("PERSON_DEAD"));
  EXPECT_EQ(answer.state, "refused");
}

TEST_F(Offline, AnEntryThatSomebodyWroteIntoTheFileIsNotBelieved) {
  load(extract_of(sample::now() - hours{2}));
  const std::string id_of_extract = station_->extracts().current()->id;
  auto forged = sample::answer("");
  forged.extract = "X-another";
  db::Connection entries = db::Connection::open(home_.extracts() / (id_of_extract + ".db"), db::Mode::Existing);
  entries.prepare("UPDATE entries SET jws = ?1").run(sample::registry().sign(forged));
  const std::string id = open_case();
  EXPECT_THAT(station_->vet(id, register_, Network::Absent).findings.failing_codes(),
              ElementsAre("REGISTRY_ANSWER_NOT_TRUSTED"));
}

// --- which extract counts -----------------------------------------------------------------------------------------

TEST_F(Offline, ALaterExtractTakesThePlaceOfAnEarlierOneAndNoneGoesBack) {
  const std::string earlier = extract_of(sample::now() - hours{5}), later = extract_of(sample::now() - hours{2});
  EXPECT_THAT(load(earlier), IsEmpty());
  const std::string first = station_->extracts().current()->id;
  EXPECT_THAT(load(later), IsEmpty());
  EXPECT_NE(station_->extracts().current()->id, first);
  EXPECT_FALSE(fs::exists(home_.extracts() / (first + ".db"))) << "what counts no more is deleted";
  EXPECT_THAT(load(earlier), ElementsAre("EXTRACT_OLDER"));
  EXPECT_THAT(load(later), IsEmpty()) << "the same one again changes nothing";
  EXPECT_TRUE(station_->extracts().entry(number().text()).has_value());
}

TEST_F(Offline, ADamagedFutureOrExpiredExtractLeavesTheOldOneInForce) {
  load(extract_of(sample::now() - hours{5}));
  const auto before = station_->extracts().current();
  std::string cut = extract_of(sample::now() - hours{2});
  cut.resize(cut.find('\n') + 1);
  EXPECT_THAT(load(cut), ElementsAre("EXTRACT_DAMAGED"));
  EXPECT_THAT(load(extract_of(sample::now() + hours{1})), ElementsAre("EXTRACT_FROM_FUTURE"));
  EXPECT_EQ(station_->extracts().current(), before);
  EXPECT_TRUE(station_->extracts().entry(number().text()).has_value());
  for (const auto& file : fs::directory_iterator(home_.extracts())) {
    EXPECT_TRUE(file.path().filename().string().starts_with(before->id)) << "nothing of the refused ones is left";
  }
  clock_.set(sample::now() + hours{200});
  EXPECT_THAT(load(extract_of(sample::now() - hours{1})), ElementsAre("EXTRACT_EXPIRED"));
}

// --- the queue ----------------------------------------------------------------------------------------------------

TEST_F(Offline, WhatWaitedIsDeliveredInItsOrderAndLeavesTheQueue) {
  const std::string id = case_approved_offline();
  auto offline = station_->queued(register_, Undelivered::Ahead);
  offline.mark(number().text(), id, false);
  const auto report = station_->sync(register_);
  EXPECT_EQ(report.delivered, 2);
  EXPECT_THAT(register_.told, ElementsAre("open " + id, "closed " + id));
  EXPECT_EQ(station_->queue().waiting(), 0);
  EXPECT_EQ(station_->sync(register_).delivered, 0);
  EXPECT_EQ(register_.told.size(), 2U);
}

TEST_F(Offline, ACrashBetweenDeliveryAndDeletionDeliversNothingTwice) {
  const std::string id = case_approved_offline();
  auto offline = station_->queued(register_, Undelivered::Ahead);
  offline.record_approvals(number().text(), id, R"({"receipt":"ey"})");
  offline.record_card(number().text(), id, {.serial = kCard, .replaces = "", .issued = clock_.today()});
  offline.report_lost(number().text(), kCard);
  offline.record_card(number().text(), "2026-000900",
                      {.serial = kNewCard, .replaces = kCard, .issued = clock_.today()});
  offline.mark(number().text(), id, false);
  offline.revoke_card(number().text(), kNewCard);
  const auto expected_cards = [&] {
    const auto cards = register_.store.find(number())->cards;
    return cards.size() == 2 && cards[0].status == "lost" && cards[1].status == "revoked";
  };
  // The process dies after each delivery, before the change could leave the queue, and another takes over.
  for (int change = 0; change < 7; ++change) {
    register_.dies_after_changes = 1;
    EXPECT_THROW(station_->sync(register_), base::Error);
    EXPECT_EQ(station_->queue().waiting(), 7 - change) << "what was not confirmed still waits";
    open_station();
    register_.dies_after_changes = 2;  // the first is said again and confirmed, the next one dies as well
    if (change < 6) {
      EXPECT_THROW(station_->sync(register_), base::Error);
    } else {
      EXPECT_EQ(station_->sync(register_).delivered, 1);
    }
    open_station();
  }
  EXPECT_TRUE(expected_cards());
  EXPECT_EQ(marked(), "");
  const auto delivered = logged("registry.delivered");
  EXPECT_EQ(delivered.size(), 7U);
  EXPECT_EQ(register_.approvals[id], R"({"receipt":"ey"})");
  EXPECT_THAT(delivered, testing::ElementsAreArray(logged("registry.queued"))) << "each once, in its order";
}

TEST_F(Offline, WhatTheRegistryDoesNotHearWaitsOn) {
  case_approved_offline();
  register_.away = true;
  EXPECT_THROW(station_->sync(register_), base::Error);
  EXPECT_EQ(station_->queue().waiting(), 1);
}

TEST_F(Offline, NothingOvertakesWhatWaits) {
  const std::string id = case_approved_offline();
  auto strict = station_->queued(register_, Undelivered::Fails);
  EXPECT_THROW(strict.mark(number().text(), id, false), base::Error);
  auto patient = station_->queued(register_, Undelivered::Waits);
  patient.mark(number().text(), id, false);
  EXPECT_THAT(register_.told, IsEmpty());
  station_->sync(register_);
  EXPECT_THAT(register_.told, ElementsAre("open " + id, "closed " + id));
}

TEST_F(Offline, ACaseThatWasOpenedElsewhereInTheMeantimeIsHeld) {
  const std::string id = case_approved_offline();
  ASSERT_FALSE(register_.store.open_case(number(), "ELSEWHERE-1").failed());
  const auto report = station_->sync(register_);
  EXPECT_THAT(report.findings.failing_codes(), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(report.held, ElementsAre(id));
  EXPECT_EQ(state(id), "held");
  EXPECT_EQ(station_->queue().waiting(), 0);
  ASSERT_EQ(station_->queue().refused().size(), 1U);
  EXPECT_THAT(station_->queue().refused().front().codes, ElementsAre("OPEN_CASE"));
  EXPECT_EQ(marked(), "ELSEWHERE-1");
  EXPECT_FALSE(station_->sync(register_).findings.failed()) << "it is told once";
}

TEST_F(Offline, ARefusedCaseThatNeverWasMarkedIsClosedWithoutHarmToAnother) {
  const std::string id = case_approved_offline();
  auto offline = station_->queued(register_, Undelivered::Ahead);
  const auto refused =
      station_->refuse(id, station_->store().officers().need("binh"), {"Hồ sơ sai", "Luật 26/2023/QH15 Đ23"}, offline);
  EXPECT_EQ(refused.state, "refused");
  ASSERT_FALSE(register_.store.open_case(number(), "ELSEWHERE-1").failed());
  const auto report = station_->sync(register_);
  EXPECT_THAT(report.held, IsEmpty()) << "a refused case is not stopped again";
  EXPECT_EQ(state(id), "refused");
  EXPECT_EQ(marked(), "ELSEWHERE-1");
  EXPECT_EQ(station_->queue().waiting(), 0);
}

TEST_F(Offline, TheLogNamesNobody) {
  case_approved_offline();
  station_->sync(register_);
  std::string log;
  evidence::each_entry(home_.log(), [&](const nlohmann::json& entry) { log += entry.dump(); });
  EXPECT_THAT(log, testing::HasSubstr("extract.loaded"));
  EXPECT_THAT(log, testing::HasSubstr("registry.delivered"));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr(number().text())));
}

// --- before the signature -----------------------------------------------------------------------------------------

TEST_F(Offline, BeforeTheSignatureTheRegistryHearsOfTheCaseAndItsAnswerGoesAlong) {
  const std::string id = case_approved_offline();
  EXPECT_THAT(station_->ask_before_signing(id, register_).failing_codes(), IsEmpty());
  EXPECT_EQ(marked(), id);
  const auto approved = station_->store().load_approved(id, station_->judges());
  const auto& evidence = std::get<cases::ApprovedOrder>(approved).evidence();
  const auto live = evidence::open_statement(evidence.live_answer, "answer", sample::registry().public_key());
  ASSERT_TRUE(live);
  EXPECT_EQ(live->at("case"), id);
  EXPECT_EQ(live->at("extract"), "");
  EXPECT_EQ(station_->store().evidence(id).live_answer, evidence.live_answer);
}

TEST_F(Offline, WithoutTheRegistryNothingIsSigned) {
  const std::string id = case_approved_offline();
  register_.away = true;
  EXPECT_THROW(station_->ask_before_signing(id, register_), base::Error);
  EXPECT_EQ(state(id), "approved");
  EXPECT_EQ(station_->store().evidence(id).live_answer, "");
}

TEST_F(Offline, WhatChangedSinceTheExtractHoldsTheCaseAndHasItVettedAnew) {
  const std::string id = case_approved_offline();
  const std::string order = station_->store().current_order(id);
  register_.change = [](auto& answer) { answer.person->residence = "Nơi mới"; };
  const auto findings = station_->ask_before_signing(id, register_);
  EXPECT_THAT(findings.failing_codes(), ElementsAre("LIVE_ANSWER_DIFFERS"));
  EXPECT_EQ(findings.list().front().where, "residence");
  EXPECT_EQ(state(id), "checked");
  EXPECT_NE(station_->store().current_order(id), order) << "the new order says what the register says now";
  EXPECT_THAT(station_->store().approvals(id), IsEmpty()) << "nobody approved it yet";
  EXPECT_FALSE(station_->rests_on_extract(id));
}

TEST_F(Offline, ADeathSinceTheExtractEndsTheCase) {
  const std::string id = case_approved_offline();
  register_.change = [](auto& answer) { answer.alive = false; };
  EXPECT_THAT(station_->ask_before_signing(id, register_).failing_codes(),
              testing::UnorderedElementsAre("LIVE_ANSWER_DIFFERS", "PERSON_DEAD"));
  EXPECT_EQ(state(id), "refused");
}

TEST_F(Offline, ACaseOpenedElsewhereStopsTheSignatureToo) {
  const std::string id = case_approved_offline();
  ASSERT_FALSE(register_.store.open_case(number(), "ELSEWHERE-1").failed());
  EXPECT_THAT(station_->ask_before_signing(id, register_).failing_codes(), ElementsAre("OPEN_CASE"));
  EXPECT_EQ(state(id), "held");
}

}  // namespace
