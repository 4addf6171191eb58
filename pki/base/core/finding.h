#pragma once
// An answer we asked for, as data: lint, vetting and inspection all speak in findings. Codes are upper-case words
// joined by '_', stable for ever, listed in docs/failure-codes.md.

#include <string>
#include <string_view>
#include <vector>

namespace base {

enum class Severity { Note, Warn, Fail };

std::string_view severity_name(Severity severity);  // "note", "warn", "fail"

struct Finding {
  std::string code;  // DG2_HASH_MISMATCH
  Severity severity = Severity::Fail;
  std::string where;  // what was looked at: "EF.DG2", "signer certificate"; never a person
  std::string text;   // one clear sentence
  bool operator==(const Finding&) const = default;
};

class Findings {
 public:
  void fail(std::string code, std::string where, std::string text);
  void warn(std::string code, std::string where, std::string text);
  void note(std::string code, std::string where, std::string text);
  void add(Finding finding) { list_.push_back(std::move(finding)); }
  void add(const Findings& more);

  bool failed() const;  // at least one finding of severity Fail
  bool has(std::string_view code) const;
  std::vector<std::string> failing_codes() const;  // sorted, unique
  const std::vector<Finding>& list() const { return list_; }
  bool empty() const { return list_.empty(); }

 private:
  std::vector<Finding> list_;
};

}  // namespace base
