#pragma once
// One person as somebody else wrote them down, made into document::Person, or the reasons why not. The rules are those
// of docs/formats/registry-import.md; a finding names the field and never its value.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/person.h"

namespace registry {

// The text of a named field; "" for one that was not given.
using FieldSource = std::function<std::string_view(std::string_view name)>;

// nullopt when a finding fails: FIELD_EMPTY, FIELD_NOT_UTF8, FIELD_NOT_NFC, FIELD_CHARACTER, FIELD_BLANKS,
// FIELD_TOO_LONG, NUMBER_MALFORMED, BIRTH_MALFORMED, BIRTH_IN_FUTURE, SEX_MALFORMED, OLD_ID_MALFORMED,
// CANCELLED_NUMBER_MALFORMED. Warned of and kept: NUMBER_SEX_MISMATCH, NUMBER_BIRTH_MISMATCH, PROVINCE_UNKNOWN.
std::optional<document::Person> check_person(const FieldSource& field, base::Date today, base::Findings& findings);

}  // namespace registry
