#pragma once
// The anomaly report: offices, officers and pairs of officers whose work stands out from that of their peers
// (docs/formats/anomaly-report.md). Pure: what happened goes in, figures with the numbers behind them come out. It
// accuses nobody: it says where somebody has to look.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "issuance/attestation/outliers.h"
#include "pki/base/core/clock.h"

namespace attestation {

// False alarms in a whole report on clean data: at most one report in two hundred shows anything.
inline constexpr double kFamilyLevel = 5e-3;

// 22:00 to 05:00 in Viet Nam.
bool is_night(base::Moment at);

// One accepted statement of an officer.
struct Confirmed {
  std::int64_t number = 0;
  std::string kind;  // "citizenship", "birth", "residence"
  bool late = false;
  std::string office, force, officer, evidence;
  base::Moment at;
};

// One accepted correction of the register.
struct Corrected {
  std::int64_t number = 0;
  std::string office, force, officer;  // of who decided
  bool before_application = false;     // an application on this number followed within kShortly
};
inline constexpr std::chrono::days kShortly{30};

// One card order that a station's officers approved, with who took its application.
struct ApprovedOrder {
  std::int64_t number = 0;
  std::string station, receiver;
  std::vector<std::string> approvers;  // persons, each once
  bool risky =
      false;  // what stands under the number is of the kind that schemes need: see docs/formats/anomaly-report.md
};

struct Anomaly {
  std::string measure;  // "late-registrations", "citizenship-without-birth-record", "night-confirmations",
                        // "corrections-before-application", "risky-orders", "always-the-same-two"
  std::string unit;     // "office", "officer", "receiver", "approver", "pair"
  std::string who;      // office, person, or "person + person"
  std::string peers;    // the force; of orders the station, of a pair that meets the offices
  std::int64_t trials = 0, hits = 0;
  double rate = 0, peers_rate = 0;
  double p_value = 1, adjusted = 1;      // of this test; after Holm's correction over all tests of the report
  std::vector<std::int64_t> references;  // the numbers behind the hits: personal data, for the operator's eyes only
};

struct AnomalyReport {
  double level = kFamilyLevel;
  std::size_t tests = 0;
  std::int64_t confirmations = 0, corrections = 0, orders = 0, meetings = 0;
  std::vector<Anomaly> anomalies;   // the least likely first
  std::vector<std::string> unsaid;  // groups of peers that are too small to say anything
};

class AnomalySearch {
 public:
  void add(const Confirmed& confirmed);
  void add(const Corrected& corrected);
  // Approvers meet each other, and each of them the receiver, among the people of their station.
  void add(const ApprovedOrder& order);
  // Two persons acted on the same matter (both confirmed a nationality, asked and decided a correction).
  void add_meeting(std::int64_t number, const std::string& officer, const std::string& office,
                   const std::string& other_officer, const std::string& other_office);
  AnomalyReport report(double level = kFamilyLevel) const;

 private:
  struct Work {
    std::int64_t trials = 0;
    std::vector<std::int64_t> hits;
  };
  // measure and unit → peers → who
  using Group = std::map<std::string, std::map<std::string, Work>>;
  // Where two offices work together (or one with itself).
  struct Pool {
    std::int64_t meetings = 0;
    bool within_one_office = false;
    std::map<std::string, std::int64_t> first, second;  // seats taken by each officer; one office: all in first
    std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> together;
  };
  // The orders of one station, and of them those of each receiver, approver and pair.
  struct Station {
    Work all;
    std::map<std::pair<std::string, std::string>, Work> parts;  // unit and who
  };
  struct Candidate;
  using Family = std::pair<std::vector<Unit>, std::vector<Candidate>>;  // of peers: what is tested, what is said of it

  void count(std::string_view measure, const std::string& office, const std::string& officer, const std::string& force,
             std::int64_t number, bool hit);
  void meet(std::string_view who, std::int64_t number, const std::string& officer, const std::string& office,
            const std::string& other_officer, const std::string& other_office);
  // Both add to the family; pairs() tells how many tests it is.
  static std::size_t pairs(const std::map<std::string, Pool>& pools, Family& family);
  void risky_orders(std::string_view unit, Family& family) const;
  void add_groups(std::vector<Family>& families, AnomalyReport& report) const;
  void add_orders(std::vector<Family>& families, AnomalyReport& report) const;

  std::map<std::pair<std::string, std::string>, Group> groups_;
  // Who meets (officers over a matter, approvers, a receiver and an approver): each kind's pairs are peers.
  std::map<std::string, std::map<std::string, Pool>, std::less<>> pools_;
  std::map<std::string, Station> stations_;
  std::int64_t confirmations_ = 0, corrections_ = 0, orders_ = 0, meetings_ = 0;
};

}  // namespace attestation
