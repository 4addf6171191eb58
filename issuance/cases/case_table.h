#pragma once
// The case state table as data (case_states.toml): states, events, roles, guards, next state. The store walks it; the
// walk test proves over it that no single insider reaches a signed order.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pki/base/core/finding.h"

namespace cases {

// Station: a step the program takes on an officer's command, without an officer's decision in it.
enum class Role { Receiver, Checker, Approver, Station };
std::string_view role_name(Role role);  // "receiver", …
std::optional<Role> parse_role(std::string_view name);

struct State {
  std::string id, vi, en;
  bool way_back = false;  // refused, held, spoiled, revoked
  bool final = false;     // no arrow leaves it
};

struct Arrow {
  std::string event;
  std::vector<std::string> from;  // empty: the case begins here
  std::string to;
  std::vector<Role> roles;
  std::vector<std::string> guards;
  bool leaves(std::string_view state) const;
  bool open_to(Role role) const;
};

// The facts that the code can establish; a guard outside this list is refused when the table is read.
bool is_guard(std::string_view name);

class CaseTable {
 public:
  static const CaseTable& shipped();
  // Strict: unknown keys, states, roles and guards, a state that no arrow reaches, an arrow out of a final state and
  // two arrows that nothing tells apart are Error{FixConfiguration} with `origin`:line.
  static CaseTable parse(std::string_view toml, std::string_view origin);

  const std::string& version() const { return version_; }
  const std::vector<State>& states() const { return states_; }
  const std::vector<Arrow>& arrows() const { return arrows_; }
  const State& state(std::string_view id) const;  // ensures that it exists

  // May `role` cause `event` in `state` ("" before the case is opened)? Findings: CASE_STATE, OFFICER_ROLE.
  base::Findings may(std::string_view state, std::string_view event, Role role) const;
  // Where the event leads when these facts hold; nullptr when no arrow's guards all hold.
  const Arrow* next(std::string_view state, std::string_view event, Role role,
                    const std::set<std::string>& facts) const;

 private:
  std::string version_;
  std::vector<State> states_;
  std::vector<Arrow> arrows_;
};

}  // namespace cases
