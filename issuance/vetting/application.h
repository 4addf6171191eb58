#pragma once
// What an applicant asks for, as the receiving officer captured it. It is a claim: vetting compares it with the
// population register, and the card follows the register. Format: docs/formats/application.md and its JSON Schema.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/card_order.h"
#include "smartcard/document/citizen_number.h"
#include "smartcard/lds/dg3.h"

namespace vetting {

// Who acts for a person under 14 (Luật 26/2023 Đ23).
struct Representative {
  std::string number;    // as written
  std::string relation;  // "father", "mother", "guardian"
  bool operator==(const Representative&) const = default;
};

// One captured finger.
struct Finger {
  lds::Finger position = lds::Finger::Unknown;
  base::Bytes image;  // the image file as it came: WSQ, PNG, JPEG
  bool operator==(const Finger&) const = default;
};

struct Application {
  std::string number;     // as written; whether it is a number at all is a question for vetting
  std::string full_name;  // NFC
  base::Date birth;
  document::Sex sex = document::Sex::Male;
  std::string reason;           // a code of rules.toml: "NEW-14", "EX-NAME", …
  std::string marks;            // đặc điểm nhận dạng, empty: none
  base::Bytes portrait;         // the image file as it came; empty: none
  std::vector<Finger> fingers;  // at most two, of different positions, in the order of their positions
  std::string fingers_missing;  // a code of kFingersMissing: why there are fewer than two; empty: not said
  std::string form;             // "adult-2024", "child-2024"
  std::string contact;          // how to reach the applicant, empty: not given; never printed
  std::optional<Representative> representative;
  bool operator==(const Application&) const = default;
};

// The fields of an application file, in the order of the schema. A test holds the schema against this list.
struct FieldInfo {
  std::string_view name;
  bool required;
};
inline constexpr FieldInfo kApplicationFields[] = {
    {"number", true},   {"full_name", true},       {"birth", true},     {"sex", true},
    {"reason", true},   {"marks", true},           {"portrait", false}, {"form", true},
    {"contact", false}, {"representative", false}, {"fingers", false},  {"fingers_missing", false},
};
// Luật 26/2023 Đ23.1b: of whom no fingers are taken, and of whom they cannot be.
inline constexpr std::string_view kFingersMissing[] = {document::kUnderSix, "amputated", "unreadable"};
inline constexpr std::string_view kRelations[] = {"father", "mother", "guardian"};

// `application` is there only when nothing failed; otherwise every wrong field has its own finding
// APPLICATION_MALFORMED whose `where` names the field. APPLICATION_COMPOSED (note): a text came with letters and marks
// apart (NFD) and was composed, for judgement compares composed letters. Values never appear in a message.
struct ApplicationReading {
  std::optional<Application> application;
  base::Findings findings;
};

// folder: where an image given by path is looked for (the application file's own folder).
ApplicationReading parse_application(std::string_view json, const std::filesystem::path& folder);

// The canonical text of an application, for keeping it with its case and for committing to it in the log. parse_kept
// reads it back and throws base::Error{TreatAsAttack} when it is not to the byte what
// to_kept_json() writes.
std::string to_kept_json(const Application& application);
Application parse_kept_json(std::string_view json);

}  // namespace vetting
