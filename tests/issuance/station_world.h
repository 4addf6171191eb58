#pragma once
// A station with officers, and a registry that answers as it is told to.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "issuance/station/station.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"

namespace station_world {

using station::Home;
using station::Station;

inline base::Secret password() {
  return base::Secret(base::bytes_of("station password"));
}

// Answers as it is told to, signed by the sample registry.
class Registry final : public cases::RegistryClient {
 public:
  std::string answer(const std::string& number, const std::string& case_id) override {
    asked.push_back(number);
    auto content = sample::answer(case_id);
    content.at = at;
    content.version = version;
    if (change) change(content);
    const auto payload = document::to_json(content);
    return evidence::sign_statement("answer", payload, forger != nullptr ? *forger : *sample::registry().key);
  }
  base::Findings mark(const std::string&, const std::string& case_id, bool open) override {
    told.push_back((open ? "open " : "closed ") + case_id);
    return open ? std::exchange(refusal, {}) : base::Findings();
  }
  base::Findings record_card(const std::string&, const std::string&, const cases::DeliveredCard&) override {
    return {};
  }
  base::Findings record_approvals(const std::string&, const std::string&, const std::string&) override { return {}; }
  base::Findings report_lost(const std::string&, const std::string&) override { return {}; }
  base::Findings revoke_card(const std::string&, const std::string&) override { return {}; }
  cases::NumberStatus status(const std::string&) override { return {.status = "found", .version = version}; }
  base::Findings request_correction(const std::string&, const std::string& case_id,
                                    const cases::WantedCorrection& wanted) override {
    told.push_back("correct " + wanted.field + " to " + wanted.value + " for " + case_id + " by " + wanted.asked_by);
    return std::exchange(refusal, {});
  }

  std::function<void(document::RegistryAnswer&)> change;
  const keystore::SigningKey* forger = nullptr;
  base::Findings refusal;
  base::Moment at = sample::now();
  std::int64_t version = 1;  // of what it holds
  std::vector<std::string> asked, told;
};

// Key files are slow on purpose (600,000 rounds): one station for all tests of a suite, a new case for each.
class StationTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<test::Folder>();
    home = Home{*folder / "station"};
    base::write_file(*folder / "registry.pub.der", sample::registry().public_key(), "writing");
    station::NewStation wanted;
    wanted.registry_key = *folder / "registry.pub.der";
    station::make_station(home, wanted, password(), random, clock);
    for (const auto& [account, person, role] : {std::tuple{"an", "P-1", cases::Role::Receiver},
                                                {"binh", "P-2", cases::Role::Approver},
                                                {"binh2", "P-2", cases::Role::Approver},
                                                {"chi", "P-3", cases::Role::Checker},
                                                {"dung", "P-4", cases::Role::Receiver},
                                                {"giang", "P-5", cases::Role::Checker},
                                                {"hoa", "P-6", cases::Role::Approver}}) {
      station::add_officer(home, {account, person, role}, password(), clock, random);
    }
    station = std::make_unique<Station>(home, password(), clock, random);
    for (const auto& officer : station->store().officers().list()) {
      keys[officer.account] = station::open_officer_key(home, officer, password());
    }
  }
  static void TearDownTestSuite() {
    keys.clear();
    station.reset();
    folder.reset();
  }

  std::string open() {
    return station
        ->open_case(sample::application_json().dump(), ".", station->store().officers().need("an"), *keys.at("an"))
        .case_id;
  }
  station::StepAnswer approve(const std::string& id, const std::string& account) {
    return station->approve(id, station->store().officers().need(account), *keys.at(account));
  }
  std::string state(const std::string& id) { return station->store().journal().state(id); }

  inline static std::unique_ptr<test::Folder> folder;
  inline static Home home;
  inline static base::FixedClock clock{sample::now()};
  inline static base::SeededRandom random{41};
  inline static std::unique_ptr<Station> station;
  inline static std::map<std::string, std::unique_ptr<keystore::SigningKey>> keys;
  Registry registry;
};

}  // namespace station_world
