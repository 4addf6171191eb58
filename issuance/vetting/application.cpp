#include "issuance/vetting/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/vetting/json_reader.h"
#include "issuance/vetting/rules.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/text/text.h"
#include "pki/evidence/statement.h"

namespace vetting {

namespace {

using nlohmann::json;

constexpr std::size_t kLargestImage = 4U << 20;  // bytes of a file as captured; the rules …_SIZE are narrower
constexpr std::size_t kMostFingers = 2;
constexpr std::string_view kCode = "APPLICATION_MALFORMED";

// Base64 of RFC 4648 §4, as JSON files carry images; the house's own reader is for the URL alphabet.
std::optional<base::Bytes> parse_base64(std::string text) {
  while (!text.empty() && text.back() == '=') text.pop_back();
  if (text.find_first_of("-_=") != std::string::npos) return std::nullopt;
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return base::parse_base64url(text);
}

class Reader {
 public:
  Reader(const json& object, base::Findings& findings) : object_(object), findings_(findings) {}

  void wrong(std::string_view field, std::string text) {
    findings_.fail(std::string(kCode), std::string(field), std::move(text));
  }

  void refuse_unknown_fields() {
    for (const auto& [name, value] : object_.items()) {
      const bool known =
          std::ranges::any_of(kApplicationFields, [&name = name](const FieldInfo& f) { return f.name == name; });
      // A name of the file's own making could be a person's: only a short plain one is repeated.
      const bool plain = name.size() <= 32 && std::ranges::all_of(name, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
                         });
      if (!known) wrong(plain ? name : "?", "no such field in an application; docs/formats/application.md lists them");
    }
  }

  // A text of `least` to `most` bytes in the composed form, without control characters or '|'.
  std::string line(std::string_view field, std::size_t least, std::size_t most) {
    const auto text = string(field);
    if (!text) return {};
    if (!text::is_valid_utf8(*text)) return fail_empty(field, "not well-formed UTF-8");
    std::string composed = text::to_nfc(*text);
    if (composed != *text) {
      findings_.note(
          "APPLICATION_COMPOSED", std::string(field),
          "Chữ và dấu được viết rời (NFD), đã ghép lại / letters and marks came apart (NFD) and were composed");
    }
    if (composed.size() < least) return fail_empty(field, "empty; it must be filled in");
    if (composed.size() > most) return fail_empty(field, fmt::format("longer than {} bytes of UTF-8", most));
    if (!text::is_plain_line(composed)) {
      return fail_empty(field, "holds a character that is neither letter, digit, space nor one of . , ' - / ( ) : ;");
    }
    if (composed != "" &&
        (composed.front() == ' ' || composed.back() == ' ' || composed.find("  ") != std::string::npos)) {
      return fail_empty(field, "begins or ends with a space, or has two spaces in a row");
    }
    return composed;
  }

  std::optional<std::string> string(std::string_view field) {
    const auto it = object_.find(std::string(field));
    const bool required =
        std::ranges::any_of(kApplicationFields, [&](const FieldInfo& f) { return f.name == field && f.required; });
    if (it == object_.end()) {
      if (required) wrong(field, "missing");
      return std::nullopt;
    }
    if (!it->is_string()) {
      wrong(field, fmt::format("must be a text, is {}", it->type_name()));
      return std::nullopt;
    }
    return it->get<std::string>();
  }

  const json& object() const { return object_; }

 private:
  std::string fail_empty(std::string_view field, std::string text) {
    wrong(field, std::move(text));
    return {};
  }

  const json& object_;
  base::Findings& findings_;
};

base::Date read_birth(Reader& reader) {
  const auto text = reader.string("birth");
  if (!text) return {};
  const auto date = base::parse_iso_date(*text);
  if (!date) reader.wrong("birth", "must be a day that exists, written YYYY-MM-DD");
  return date.value_or(base::Date{});
}

document::Sex read_sex(Reader& reader) {
  const auto text = reader.string("sex");
  if (!text) return {};
  const auto sex = document::parse_vietnamese_sex(*text);
  if (!sex) reader.wrong("sex", "must be \"Nam\" or \"Nữ\"");
  return sex.value_or(document::Sex::Male);
}

std::string read_reason(Reader& reader) {
  const auto text = reader.string("reason");
  if (!text) return {};
  if (RuleSet::shipped().reason(*text) == nullptr) {
    reader.wrong("reason", "no reason for which a card is issued; docs/formats/application.md lists the codes");
  }
  return *text;
}

std::string read_form(Reader& reader) {
  const auto text = reader.string("form");
  if (!text) return {};
  if (*text != kAdultForm && *text != kChildForm) {
    reader.wrong("form", fmt::format("must be \"{}\" or \"{}\"; there is no other form", kAdultForm, kChildForm));
  }
  return *text;
}

bool is_number_text(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string read_number(Reader& reader) {
  const auto text = reader.string("number");
  if (!text) return {};
  if (!is_number_text(*text)) reader.wrong("number", "must be 1 to 32 printable ASCII characters without spaces");
  return *text;
}

std::optional<Representative> read_representative(Reader& reader) {
  const auto it = reader.object().find("representative");
  if (it == reader.object().end()) return std::nullopt;
  if (!it->is_object() || it->size() != 2 || !it->contains("number") || !it->contains("relation") ||
      !it->at("number").is_string() || !it->at("relation").is_string()) {
    reader.wrong("representative", R"(must be {"number": TEXT, "relation": TEXT})");
    return std::nullopt;
  }
  Representative acts{.number = it->at("number").get<std::string>(), .relation = it->at("relation").get<std::string>()};
  if (!is_number_text(acts.number)) reader.wrong("representative", "number must be 1 to 32 printable ASCII characters");
  if (std::ranges::find(kRelations, acts.relation) == std::end(kRelations)) {
    reader.wrong("representative", fmt::format("relation must be one of: {}", fmt::join(kRelations, ", ")));
  }
  return acts;
}

base::Bytes read_image_file(Reader& reader, std::string_view field, const std::string& name,
                            const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / name;  // an absolute name stands for itself
  std::error_code error;
  if (name.empty() || !std::filesystem::is_regular_file(file, error)) {
    reader.wrong(field, "names no file; a relative path starts at the application's own folder");
    return {};
  }
  if (std::filesystem::file_size(file, error) > kLargestImage) {
    reader.wrong(field, fmt::format("the file is larger than {} bytes", kLargestImage));
    return {};
  }
  return base::read_file(file, "reading an image of an application", kLargestImage);
}

// FILE or {"base64": TEXT}; `field` is what a finding names.
base::Bytes read_image(Reader& reader, std::string_view field, const json& value, const std::filesystem::path& folder) {
  if (value.is_string()) return read_image_file(reader, field, value.get<std::string>(), folder);
  if (!value.is_object() || value.size() != 1 || !value.contains("base64") || !value.at("base64").is_string()) {
    reader.wrong(field, R"(must be FILE or {"base64": TEXT})");
    return {};
  }
  const auto bytes = parse_base64(value.at("base64").get<std::string>());
  if (!bytes || bytes->empty() || bytes->size() > kLargestImage) {
    reader.wrong(field, fmt::format("must be 1 to {} bytes in base64 (RFC 4648 §4)", kLargestImage));
    return {};
  }
  return *bytes;
}

base::Bytes read_portrait(Reader& reader, const std::filesystem::path& folder) {
  const auto it = reader.object().find("portrait");
  return it == reader.object().end() ? base::Bytes{} : read_image(reader, "portrait", *it, folder);
}

std::vector<Finger> read_fingers(Reader& reader, const std::filesystem::path& folder) {
  constexpr std::string_view field = "fingers";
  const auto it = reader.object().find(field);
  if (it == reader.object().end()) return {};
  std::vector<Finger> fingers;
  if (!it->is_array() || it->empty() || it->size() > kMostFingers) {
    reader.wrong(field, "must be a list of one or two fingers; without any the field is left out");
    return {};
  }
  for (const json& one : *it) {
    if (!one.is_object() || one.size() != 2 || !one.contains("position") || !one.contains("image") ||
        !one.at("position").is_string()) {
      reader.wrong(field, R"(a finger must be {"position": TEXT, "image": FILE or {"base64": TEXT}})");
      return {};
    }
    const auto position = lds::finger_named(one.at("position").get<std::string>());
    if (!position) {
      reader.wrong(field, "position must be right_ or left_ and thumb, index, middle, ring or little");
      return {};
    }
    fingers.push_back({.position = *position, .image = read_image(reader, field, one.at("image"), folder)});
  }
  std::ranges::sort(fingers, {}, &Finger::position);
  if (fingers.size() == kMostFingers && fingers[0].position == fingers[1].position) {
    reader.wrong(field, "one finger stands twice");
  }
  return fingers;
}

std::string read_fingers_missing(Reader& reader) {
  const auto text = reader.string("fingers_missing");
  if (!text) return {};
  if (std::ranges::find(kFingersMissing, *text) == std::end(kFingersMissing)) {
    reader.wrong("fingers_missing", fmt::format("must be one of: {}", fmt::join(kFingersMissing, ", ")));
    return {};
  }
  return *text;
}

json image_json(const base::Bytes& image) {
  std::string base64 = base::to_base64url(image);
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  return {{"base64", base64}};
}

}  // namespace

ApplicationReading parse_application(std::string_view text, const std::filesystem::path& folder) {
  ApplicationReading reading;
  const auto value = read_json_strictly(text);
  if (const auto* problem = std::get_if<std::string>(&value)) {
    reading.findings.fail(std::string(kCode), "application", *problem);
    return reading;
  }
  const json& object = std::get<json>(value);
  if (!object.is_object()) {
    reading.findings.fail(std::string(kCode), "application",
                          fmt::format("must be an object, is {}", object.type_name()));
    return reading;
  }
  Reader reader(object, reading.findings);
  Application application;
  application.number = read_number(reader);
  application.full_name = reader.line("full_name", 1, 120);
  application.birth = read_birth(reader);
  application.sex = read_sex(reader);
  application.reason = read_reason(reader);
  application.marks = reader.line("marks", 0, 120);
  application.portrait = read_portrait(reader, folder);
  application.fingers = read_fingers(reader, folder);
  application.fingers_missing = read_fingers_missing(reader);
  if (application.fingers.size() == kMostFingers && !application.fingers_missing.empty()) {
    reader.wrong("fingers_missing", "says why there are fewer than two fingers, and there are two");
  }
  application.form = read_form(reader);
  application.contact = reader.line("contact", 0, 200);
  application.representative = read_representative(reader);
  reader.refuse_unknown_fields();
  if (!reading.findings.failed()) reading.application = std::move(application);
  return reading;
}

std::string to_kept_json(const Application& application) {
  json kept = {{"number", application.number},
               {"full_name", application.full_name},
               {"birth", base::to_iso(application.birth)},
               {"sex", std::string(document::vietnamese(application.sex))},
               {"reason", application.reason},
               {"marks", application.marks},
               {"form", application.form},
               {"contact", application.contact}};
  if (!application.portrait.empty()) kept["portrait"] = image_json(application.portrait);
  for (const Finger& one : application.fingers) {
    kept["fingers"].push_back({{"position", lds::finger_name(one.position)}, {"image", image_json(one.image)}});
  }
  if (!application.fingers_missing.empty()) kept["fingers_missing"] = application.fingers_missing;
  if (application.representative) {
    kept["representative"] = {{"number", application.representative->number},
                              {"relation", application.representative->relation}};
  }
  return evidence::canonical(kept);
}

Application parse_kept_json(std::string_view kept) {
  constexpr const char* kDoing = "reading a case's application back from the store";
  ApplicationReading reading = parse_application(kept, {});
  if (!reading.application) {
    throw base::Error(base::Fault::TreatAsAttack, kDoing,
                      fmt::format("its field {} {}; somebody wrote into the store", reading.findings.list()[0].where,
                                  reading.findings.list()[0].text));
  }
  // What is kept names no file and has one spelling.
  if (to_kept_json(*reading.application) != kept) {
    throw base::Error(base::Fault::TreatAsAttack, kDoing,
                      "it is not in the form in which this program keeps it; somebody wrote into the store");
  }
  return std::move(*reading.application);
}

}  // namespace vetting
