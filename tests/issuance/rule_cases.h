#pragma once
// For each vetting rule three worlds: one in which it speaks, one in which it is silent, and one just at its edge.

#include <functional>
#include <span>
#include <string_view>

#include "issuance/vetting/vet.h"
#include "tests/issuance/sample.h"

namespace rule_cases {

// The sample applicant and all that vetting is told, before a case changes something.
struct World {
  vetting::Application application = sample::application();
  document::RegistryAnswer answer = sample::answer();
  base::Date today = base::date_in_viet_nam(sample::now());
  vetting::Circumstances around{.receiver = "P-1", .now = sample::now()};

  document::Person& person() { return *answer.person; }
  void born(int year, unsigned month, unsigned day);  // claim, register and number agree
  void asks(const char* reason) { application.reason = reason; }
  void holds(const char* status, const char* issued) { answer.cards.push_back({"00112233445566AA", status, issued}); }
  void lived(const char* kind) { answer.events.push_back({kind, "2026-10-01"}); }
  void unknown(const char* status);  // the register has no person for the number
  void states(const char* force);    // an officer of this force confirmed the residence
  void extracted(std::chrono::hours ago);
  void weigh(std::size_t bytes);  // the portrait, as a file of so many bytes
  void lacks_fingers(std::size_t how_many, const char* why);
  void nobody_confirmed(const char* kind);
};

enum class Kind { Speaks, Silent, Edge };

struct RuleCase {
  std::string_view rule;
  Kind kind;
  bool speaks;
  std::string_view name;  // of the test, after the rule's
  std::function<void(World&)> change;
};

std::span<const RuleCase> identity_cases();
std::span<const RuleCase> standing_cases();
std::span<const RuleCase> reason_cases();
std::span<const RuleCase> capture_cases();
std::span<const RuleCase> attestation_cases();

inline RuleCase speaks(std::string_view rule, std::string_view name, std::function<void(World&)> change) {
  return {rule, Kind::Speaks, true, name, std::move(change)};
}
inline RuleCase silent(
    std::string_view rule, std::string_view name, std::function<void(World&)> change = [](World&) {}) {
  return {rule, Kind::Silent, false, name, std::move(change)};
}
inline RuleCase edge(std::string_view rule, bool speaks, std::string_view name, std::function<void(World&)> change) {
  return {rule, Kind::Edge, speaks, name, std::move(change)};
}

}  // namespace rule_cases
