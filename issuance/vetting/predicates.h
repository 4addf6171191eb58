#pragma once
// What each vetting rule looks at: one function an id of rules.toml.

#include <chrono>
#include <optional>
#include <string_view>

#include "issuance/vetting/application.h"
#include "issuance/vetting/rules.h"
#include "smartcard/document/registry_answer.h"

namespace vetting {

struct Facts {
  const Application& application;
  const document::RegistryAnswer* answer;  // nullptr: the register was not asked yet
  const RuleSet& rules;
  std::string_view case_id;
  base::Date today;
  std::chrono::hours extract_age{0};  // of an answer that is an entry of an extract; negative: it is from the future
  std::string_view receiver;          // the person who took the application in; empty: nobody known
};

// The rule is broken; position: the first character that differs, counted from 1 in characters, 0 where that means
// nothing.
struct Broken {
  std::size_t position = 0;
};

using Predicate = std::optional<Broken> (*)(const Facts&);

// nullptr: no rule has this id.
Predicate predicate(std::string_view id);
std::size_t predicate_count();

}  // namespace vetting
