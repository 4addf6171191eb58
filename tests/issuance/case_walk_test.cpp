// Nobody issues alone: an exhaustive walk over the case table, for each single insider, with everything that insider
// could show to the signer. The signer's judgement is the real one (issuance/approval); when one of its rules is taken
// away, the walk finds a way through, so the walk would see a hole if there were one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <set>

#include "issuance/approval/rules.h"
#include "issuance/cases/case_table.h"
#include "issuance/cases/order.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/sample.h"

namespace {

using cases::CaseTable;
using cases::Role;

enum class Insider { Nobody, Receiver, Checker, Approver, StationAdmin, RegistryOperator, DatabaseAdmin };
constexpr std::array kInsiders{Insider::Receiver,     Insider::Checker,          Insider::Approver,
                               Insider::StationAdmin, Insider::RegistryOperator, Insider::DatabaseAdmin};

// A statement that somebody could show as an approval.
struct Token {
  std::string jws;
  std::string person;        // whose key signed it
  bool counts = false;       // fresh, genuine and for this order
  std::set<Insider> makers;  // who can bring it; Nobody: it is made honestly or lies in the store for all to copy
};

struct Officer {
  std::string person, account;
  std::unique_ptr<keystore::SigningKey> key;
};

class World {
  base::SeededRandom random_{2026};

 public:
  World() : order(cases::make_order(sample::checked(), "an", sample::now(), random_)) {
    for (const auto& [person, account] : {std::pair{"R", "an"},
                                          {"R", "an.2"},
                                          {"C", "chi"},
                                          {"C", "chi.2"},
                                          {"A", "binh"},
                                          {"A", "binh.2"},
                                          {"X", "x"},
                                          {"Y", "y"}}) {
      officers_.push_back({person, account, keystore::generate(keystore::Curve::P256, random_)});
      const Officer& officer = officers_.back();
      const approval::Officer entry{officer.person, officer.account, officer.key->public_key_named()};
      at_station.add(entry);  // X and Y are invented by whoever writes into the station's store
      if (officer.person != "X" && officer.person != "Y") at_signer.add(entry);
    }
    const auto other = cases::make_order(sample::checked("2026-000002"), "an", sample::now(), random_);
    const auto older = cases::make_order(sample::checked(), "an", sample::now(), random_);
    make_tokens(other, older);
  }

  base::Findings judge(const std::vector<std::size_t>& shown, const approval::TrustedOfficers& trusted,
                       std::span<const approval::Rule> rules) const {
    std::vector<std::string> approvals;
    for (const std::size_t token : shown) approvals.push_back(tokens[token].jws);
    const approval::SpentNonces spent = [](const std::string&) { return std::nullopt; };
    return approval::check_approvals(order, trusted.person_of("an"), approvals, trusted, sample::now(), spent, rules);
  }

  // Two officers, neither the receiver, both approved exactly this order and still mean it.
  bool two_officers(const std::vector<std::size_t>& shown) const {
    std::set<std::string> persons;
    for (const std::size_t token : shown) {
      if (tokens[token].counts && tokens[token].person != "R") persons.insert(tokens[token].person);
    }
    return persons.size() >= 2;
  }

  document::CardOrder order;
  approval::TrustedOfficers at_station, at_signer;
  std::vector<Token> tokens;

 private:
  const Officer& officer(const std::string& account) const {
    return *std::ranges::find_if(officers_, [&](const Officer& o) { return o.account == account; });
  }

  std::string approve(const std::string& account, const document::CardOrder& what, bool expired = false) {
    approval::Approval content = approval::make_approval(what, account, sample::now() - std::chrono::hours(2), random_);
    if (expired) content.expires_at = sample::now() - std::chrono::hours(1);
    return approval::sign(content, *officer(account).key);
  }

  // A genuine approval with another payload under the old signature.
  std::string forge(const std::string& account) {
    const std::string genuine = approve(account, order);
    const std::string header = genuine.substr(0, genuine.find('.'));
    const std::string signature = genuine.substr(genuine.rfind('.'));
    const auto content = approval::make_approval(order, account, sample::now(), random_);
    return header + "." + base::to_base64url(base::view_of(evidence::canonical(approval::to_json(content)))) +
           signature;
  }

  void make_tokens(const document::CardOrder& other, const document::CardOrder& older) {
    const std::set<Insider> all(kInsiders.begin(), kInsiders.end());
    for (const auto& [account, person, maker] : {std::tuple{"an", "R", Insider::Receiver},
                                                 {"an.2", "R", Insider::Receiver},
                                                 {"chi", "C", Insider::Checker},
                                                 {"chi.2", "C", Insider::Checker},
                                                 {"binh", "A", Insider::Approver},
                                                 {"binh.2", "A", Insider::Approver}}) {
      tokens.push_back({approve(account, order), person, true, {maker}});
    }
    tokens[2].makers.insert(Insider::Nobody);  // an honest checker and an honest approver may approve with one account
    tokens[4].makers.insert(Insider::Nobody);
    for (const char* account : {"x", "y"}) {
      tokens.push_back({approve(account, order), "?", false, {Insider::StationAdmin, Insider::DatabaseAdmin}});
    }
    for (const char* account : {"chi", "binh"}) {
      tokens.push_back({approve(account, other), "?", false, all});
      tokens.push_back({approve(account, older), "?", false, all});
      tokens.push_back({approve(account, order, true), "?", false, all});
      tokens.push_back({forge(account), "?", false, all});
    }
  }

  std::vector<Officer> officers_;
};

const World& world() {
  static const World world;
  return world;
}

bool writes_the_store(Insider insider) {
  return insider == Insider::StationAdmin || insider == Insider::DatabaseAdmin;
}

// All that the insider, the honest officers and the old statements in the store can bring, up to three at once.
std::vector<std::vector<std::size_t>> submissions(Insider insider) {
  std::vector<std::size_t> reach;
  for (std::size_t i = 0; i < world().tokens.size(); ++i) {
    const auto& makers = world().tokens[i].makers;
    if (makers.contains(insider) || makers.contains(Insider::Nobody)) reach.push_back(i);
  }
  std::vector<std::vector<std::size_t>> all{{}};
  for (std::size_t from = 0, size = 0; size < 3; ++size) {
    const std::size_t end = all.size();
    for (; from < end; ++from) {
      for (const std::size_t token : reach) {
        if (!all[from].empty() && token <= all[from].back()) continue;
        all.push_back(all[from]);
        all.back().push_back(token);
      }
    }
  }
  return all;
}

// One walk: is there a way to the signer's signature with fewer than two officers (or, `honest`, with two)?
class Walk {
 public:
  Walk(Insider insider, std::span<const approval::Rule> rules) : insider_(insider), rules_(rules.begin(), rules.end()) {
    for (const approval::Rule& rule : rules) {
      if (rule.code != "APPROVAL_MISSING") without_number_.push_back(rule);
    }
  }

  bool reaches_a_signature(bool with_two_officers) {
    visit({"", {}});
    if (writes_the_store(insider_)) {  // any state and any approvals, with a stroke of the pen
      for (const auto& state : CaseTable::shipped().states()) {
        for (const auto& approvals : submissions(insider_)) visit({state.id, approvals});
      }
    }
    while (!open_.empty()) {
      const Node node = open_.front();
      open_.pop_front();
      if (expand(node, with_two_officers)) return true;
    }
    return false;
  }

  std::set<std::string> states_seen() const {
    std::set<std::string> states;
    for (const Node& node : seen_) states.insert(node.first);
    return states;
  }

 private:
  using Node = std::pair<std::string, std::vector<std::size_t>>;  // state, approvals in the store

  void visit(Node node) {
    if (seen_.insert(node).second) open_.push_back(std::move(node));
  }

  bool agrees(bool signer, const std::vector<std::size_t>& shown, bool number_matters) {
    const auto key = std::tuple{signer, number_matters, shown};
    const auto known = judged_.find(key);
    if (known != judged_.end()) return known->second;
    const auto& trusted = signer ? world().at_signer : world().at_station;
    const bool yes = !world().judge(shown, trusted, number_matters ? rules_ : without_number_).failed();
    return judged_[key] = yes;
  }

  std::set<std::string> facts(const Node& node) {
    // What an honest station establishes; whoever writes the store makes the station believe what he likes. The
    // registry operator's answers pass vetting whatever they say.
    // Officers without a part in the case so far are always found: the bar of an appeal only takes ways away.
    std::set<std::string> facts{"application-well-formed", "vetting-passed", "reason-given", "chip-locked",
                                "faces-painted",           "other-officers"};
    if (agrees(false, node.second, true) || writes_the_store(insider_)) facts.insert("two-officers");
    if (agrees(false, node.second, false) || writes_the_store(insider_)) facts.insert("approval-counts");
    // What only the signer establishes.
    if (agrees(true, node.second, true)) facts.insert({"signer-assigned", "signer-signed"});
    return facts;
  }

  bool expand(const Node& node, bool with_two_officers) {
    for (const auto& arrow : CaseTable::shipped().arrows()) {
      if (!arrow.leaves(node.first)) continue;
      for (const auto& approvals : next_approvals(arrow, node.second)) {
        const Node to{node.first, approvals};
        const auto* taken = CaseTable::shipped().next(to.first, arrow.event, arrow.roles[0], facts(to));
        if (taken == nullptr || taken->to != arrow.to) continue;
        if (arrow.event == "sign" && world().two_officers(approvals) == with_two_officers) return true;
        visit({arrow.to, approvals});
      }
    }
    return false;
  }

  // approve adds one statement; vetting anew voids them all; everything else leaves them.
  std::vector<std::vector<std::size_t>> next_approvals(const cases::Arrow& arrow, const std::vector<std::size_t>& now) {
    if (arrow.event == "vet" || arrow.event == "appeal") return {{}};  // an appeal is followed by vetting alone
    if (arrow.event != "approve") return {now};
    std::vector<std::vector<std::size_t>> all;
    for (std::size_t token = 0; token < world().tokens.size(); ++token) {
      const auto& makers = world().tokens[token].makers;
      const bool there = std::ranges::find(now, token) != now.end();
      if (there || !(makers.contains(insider_) || makers.contains(Insider::Nobody))) continue;
      all.push_back(now);
      all.back().push_back(token);
      std::ranges::sort(all.back());
    }
    return all;
  }

  Insider insider_;
  std::vector<approval::Rule> rules_, without_number_;
  std::set<Node> seen_;
  std::deque<Node> open_;
  std::map<std::tuple<bool, bool, std::vector<std::size_t>>, bool> judged_;
};

TEST(CaseWalk, TwoHonestOfficersReachASignature) {
  Walk walk(Insider::Nobody, approval::all_rules());
  EXPECT_TRUE(walk.reaches_a_signature(true));
}

TEST(CaseWalk, NoSingleInsiderReachesASignatureWithFewerThanTwoOfficers) {
  for (const Insider insider : kInsiders) {
    Walk walk(insider, approval::all_rules());
    EXPECT_FALSE(walk.reaches_a_signature(false)) << "insider " << static_cast<int>(insider);
    EXPECT_THAT(walk.states_seen(), testing::IsSupersetOf({"approved-once", "refused"}));
  }
}

class WalkWithoutARule : public testing::TestWithParam<std::string> {};

TEST_P(WalkWithoutARule, FindsAWayThrough) {
  const auto rules = approval::rules_without(GetParam());
  bool found = false;
  for (const Insider insider : kInsiders) {
    if (found) break;
    found = Walk(insider, rules).reaches_a_signature(false);
  }
  EXPECT_TRUE(found) << "the rule " << GetParam() << " answers for nothing that the walk tries";
}

std::vector<std::string> codes() {
  std::vector<std::string> all;
  for (const auto& rule : approval::all_rules()) all.emplace_back(rule.code);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Rules, WalkWithoutARule, testing::ValuesIn(codes()),
                         [](const auto& param) { return param.param; });

}  // namespace
