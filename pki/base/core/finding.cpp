#include "pki/base/core/finding.h"

#include <algorithm>
#include <set>

namespace base {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Note:
      return "note";
    case Severity::Warn:
      return "warn";
    case Severity::Fail:
      return "fail";
  }
  return "fail";
}

void Findings::fail(std::string code, std::string where, std::string text) {
  list_.push_back({std::move(code), Severity::Fail, std::move(where), std::move(text)});
}

void Findings::warn(std::string code, std::string where, std::string text) {
  list_.push_back({std::move(code), Severity::Warn, std::move(where), std::move(text)});
}

void Findings::note(std::string code, std::string where, std::string text) {
  list_.push_back({std::move(code), Severity::Note, std::move(where), std::move(text)});
}

void Findings::add(const Findings& more) {
  list_.insert(list_.end(), more.list_.begin(), more.list_.end());
}

bool Findings::failed() const {
  return std::ranges::any_of(list_, [](const Finding& f) { return f.severity == Severity::Fail; });
}

bool Findings::has(std::string_view code) const {
  return std::ranges::any_of(list_, [code](const Finding& f) { return f.code == code; });
}

std::vector<std::string> Findings::failing_codes() const {
  std::set<std::string> codes;
  for (const Finding& f : list_) {
    if (f.severity == Severity::Fail) codes.insert(f.code);
  }
  return {codes.begin(), codes.end()};
}

}  // namespace base
