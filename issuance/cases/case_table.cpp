#include "issuance/cases/case_table.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pki/base/core/error.h"

namespace cases {

extern const std::string_view kShippedTable;

namespace {

constexpr std::array<std::pair<std::string_view, Role>, 4> kRoles{{{"receiver", Role::Receiver},
                                                                   {"checker", Role::Checker},
                                                                   {"approver", Role::Approver},
                                                                   {"station", Role::Station}}};

constexpr std::array<std::string_view, 15> kGuards{
    "other-officers",     "application-well-formed", "vetting-passed",
    "vetting-held",       "vetting-refused",         "approval-counts",
    "two-officers",       "signer-assigned",         "signer-signed",
    "chip-locked",        "faces-painted",           "reason-given",
    "inspection-genuine", "acceptance-signed",       "registry-recorded"};

[[noreturn]] void wrong(std::string_view origin, const toml::node& at, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading the case states",
                    fmt::format("{}:{}: {}", origin, at.source().begin.line, seen));
}

void only(const toml::table& table, std::string_view origin, std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) == known.end())
      wrong(origin, node, fmt::format("unknown key '{}'", key.str()));
  }
}

std::string text(const toml::table& table, std::string_view key, std::string_view origin) {
  const auto value = table[key].value_exact<std::string>();
  if (!value || value->empty()) wrong(origin, table, fmt::format("{} must be a text that is not empty", key));
  return *value;
}

bool flag(const toml::table& table, std::string_view key, std::string_view origin) {
  if (!table.contains(key)) return false;
  const auto value = table[key].value_exact<bool>();
  if (!value) wrong(origin, table, fmt::format("{} must be true or false", key));
  return *value;
}

std::vector<std::string> texts(const toml::table& table, std::string_view key, std::string_view origin) {
  const toml::array* array = table[key].as_array();
  if (array == nullptr) wrong(origin, table, fmt::format("{} must be a list", key));
  std::vector<std::string> out;
  for (const toml::node& node : *array) {
    const auto value = node.value_exact<std::string>();
    if (!value) wrong(origin, node, fmt::format("{} must be a list of texts", key));
    out.push_back(*value);
  }
  return out;
}

Arrow read_arrow(const toml::table& table, std::string_view origin, const std::set<std::string>& states) {
  only(table, origin, {"event", "from", "to", "roles", "guards"});
  Arrow arrow{.event = text(table, "event", origin),
              .from = texts(table, "from", origin),
              .to = text(table, "to", origin),
              .roles = {},
              .guards = texts(table, "guards", origin)};
  for (const std::string& name : texts(table, "roles", origin)) {
    const auto role = parse_role(name);
    if (!role) wrong(origin, table, fmt::format("'{}' is no role", name));
    arrow.roles.push_back(*role);
  }
  if (arrow.roles.empty() || arrow.guards.empty()) wrong(origin, table, "an arrow needs a role and a guard");
  for (const std::string& state : arrow.from) {
    if (!states.contains(state)) wrong(origin, table, fmt::format("'{}' is no state", state));
  }
  if (!states.contains(arrow.to)) wrong(origin, table, fmt::format("'{}' is no state", arrow.to));
  for (const std::string& guard : arrow.guards) {
    if (!is_guard(guard)) wrong(origin, table, fmt::format("'{}' is no guard", guard));
  }
  return arrow;
}

std::vector<const toml::table*> tables(const toml::table& file, std::string_view key, std::string_view origin) {
  const toml::array* array = file[key].as_array();
  if (array == nullptr) wrong(origin, file, fmt::format("no [[{}]] at all", key));
  std::vector<const toml::table*> out;
  for (const toml::node& node : *array) {
    if (!node.is_table()) wrong(origin, node, fmt::format("{} must be a table", key));
    out.push_back(node.as_table());
  }
  return out;
}

// Two arrows of one event out of one state must differ in their guards, or nothing tells where the event leads.
bool ambiguous(const Arrow& a, const Arrow& b) {
  if (a.event != b.event) return false;
  const bool share_state = (a.from.empty() && b.from.empty()) ||
                           std::ranges::any_of(a.from, [&](const std::string& state) { return b.leaves(state); });
  const std::set<std::string> guards_a(a.guards.begin(), a.guards.end());
  const std::set<std::string> guards_b(b.guards.begin(), b.guards.end());
  return share_state && (std::ranges::includes(guards_a, guards_b) || std::ranges::includes(guards_b, guards_a));
}

void check_whole(const toml::table& file, std::string_view origin, const std::vector<State>& states,
                 const std::vector<Arrow>& arrows) {
  for (const State& state : states) {
    if (std::ranges::none_of(arrows, [&](const Arrow& arrow) { return arrow.to == state.id; })) {
      wrong(origin, file, fmt::format("no arrow leads to '{}'", state.id));
    }
    const bool left = std::ranges::any_of(arrows, [&](const Arrow& arrow) { return arrow.leaves(state.id); });
    if (left == state.final)
      wrong(origin, file, fmt::format("'{}' must be final exactly when no arrow leaves it", state.id));
  }
  for (std::size_t i = 0; i < arrows.size(); ++i) {
    for (std::size_t j = i + 1; j < arrows.size(); ++j) {
      if (ambiguous(arrows[i], arrows[j])) {
        wrong(origin, file, fmt::format("two arrows '{}' cannot be told apart by their guards", arrows[i].event));
      }
    }
  }
}

}  // namespace

std::string_view role_name(Role role) {
  for (const auto& [name, value] : kRoles) {
    if (value == role) return name;
  }
  base::ensure(false, "every role has a name");
  return {};
}

std::optional<Role> parse_role(std::string_view name) {
  for (const auto& [known, role] : kRoles) {
    if (known == name) return role;
  }
  return std::nullopt;
}

bool is_guard(std::string_view name) {
  return std::ranges::find(kGuards, name) != kGuards.end();
}

bool Arrow::leaves(std::string_view state) const {
  return state.empty() ? from.empty() : std::ranges::find(from, state) != from.end();
}

bool Arrow::open_to(Role role) const {
  return std::ranges::find(roles, role) != roles.end();
}

const CaseTable& CaseTable::shipped() {
  static const CaseTable table = parse(kShippedTable, "case_states.toml");
  return table;
}

CaseTable CaseTable::parse(std::string_view toml, std::string_view origin) {
  toml::table file;
  try {
    file = toml::parse(toml, origin);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, "reading the case states",
                      fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
  }
  only(file, origin, {"version", "state", "arrow"});
  CaseTable table;
  table.version_ = text(file, "version", origin);
  std::set<std::string> ids;
  for (const toml::table* entry : tables(file, "state", origin)) {
    only(*entry, origin, {"id", "vi", "en", "way_back", "final"});
    State state{.id = text(*entry, "id", origin),
                .vi = text(*entry, "vi", origin),
                .en = text(*entry, "en", origin),
                .way_back = flag(*entry, "way_back", origin),
                .final = flag(*entry, "final", origin)};
    if (!ids.insert(state.id).second) wrong(origin, *entry, fmt::format("state '{}' stands twice", state.id));
    table.states_.push_back(std::move(state));
  }
  for (const toml::table* entry : tables(file, "arrow", origin)) {
    table.arrows_.push_back(read_arrow(*entry, origin, ids));
  }
  check_whole(file, origin, table.states_, table.arrows_);
  return table;
}

const State& CaseTable::state(std::string_view id) const {
  const auto it = std::ranges::find_if(states_, [&](const State& state) { return state.id == id; });
  base::ensure(it != states_.end(), "a case's state is in the table");
  return *it;
}

base::Findings CaseTable::may(std::string_view state, std::string_view event, Role role) const {
  base::Findings findings;
  bool leaves = false;
  for (const Arrow& arrow : arrows_) {
    if (arrow.event != event || !arrow.leaves(state)) continue;
    leaves = true;
    if (arrow.open_to(role)) return findings;
  }
  if (leaves) {
    findings.fail(
        "OFFICER_ROLE", "officer",
        fmt::format("Vai trò không được làm bước này / a {} may not cause '{}' here", role_name(role), event));
  } else {
    const State* at = state.empty() ? nullptr : &this->state(state);
    findings.fail(
        "CASE_STATE", "case",
        fmt::format("Hồ sơ đang ở trạng thái \"{}\", không làm được bước này / the case is '{}': '{}' does not "
                    "follow from there",
                    at != nullptr ? at->vi : "chưa có", at != nullptr ? at->id : "new", event));
  }
  return findings;
}

const Arrow* CaseTable::next(std::string_view state, std::string_view event, Role role,
                             const std::set<std::string>& facts) const {
  const auto walkable = [&](const Arrow& arrow) {
    return arrow.event == event && arrow.leaves(state) && arrow.open_to(role) &&
           std::ranges::all_of(arrow.guards, [&](const std::string& guard) { return facts.contains(guard); });
  };
  const auto it = std::ranges::find_if(arrows_, walkable);
  return it == arrows_.end() ? nullptr : &*it;
}

}  // namespace cases
