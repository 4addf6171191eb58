#pragma once
// Inside of lint(): the rules by group. Each writes findings about the certificate as it would be signed.

#include "pki/x509/issue/issue.h"

namespace x509::issue::rules {

inline constexpr std::string_view kWhere = "certificate";

// What a rule sees. usage is filled when PrivateKeyUsagePeriod is there and well formed.
struct Subject {
  const format::Body& body;
  const LintContext& context;
  base::Findings& findings;
  Kind kind() const { return context.what(); }
  bool is_root() const { return kind() == Kind::Csca; }
  void fail(const char* code, std::string text) const { findings.fail(code, std::string(kWhere), std::move(text)); }
  void warn(const char* code, std::string text) const { findings.warn(code, std::string(kWhere), std::move(text)); }
};

void check_serial_and_algorithm(const Subject& subject);
void check_names(const Subject& subject);
void check_public_key(const Subject& subject);
void check_extension_table(const Subject& subject);
void check_extension_values(const Subject& subject);
void check_link(const Subject& subject);
void check_lifetimes(const Subject& subject);

}  // namespace x509::issue::rules
