#include "issuance/registry/routes_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "issuance/registry/answers.h"
#include "pki/base/text/text.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr int kDeepest = 8;
constexpr std::size_t kLongestText = 400;  // octets; an address may have as many
constexpr int kBadRequest = 400, kForbidden = 403, kNotFound = 404, kUnsupported = 415;

[[noreturn]] void wrong_field(std::string_view code, std::string_view field, std::string_view detail) {
  throw Refused(net::problem(kBadRequest, code, "The request is malformed", detail, {{"field", std::string(field)}}));
}

// Refuses a name that stands twice in one object, and deep nesting, while the text is read.
class Watch {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kDeepest) malformed("", "It is nested too deeply.");
    if (event == json::parse_event_t::object_start) names_.emplace_back();
    if (event == json::parse_event_t::object_end) names_.pop_back();
    if (event == json::parse_event_t::key && !names_.back().insert(parsed.get<std::string>()).second)
      malformed("", "A name stands twice in one object.");
    return true;
  }

 private:
  std::vector<std::set<std::string>> names_;
};

}  // namespace

void malformed(std::string_view field, std::string_view seen) {
  wrong_field("REQUEST_MALFORMED", field, seen);
}

const json& Fields::value(const char* name) {
  if (!object_.contains(name)) malformed(name, "It is required and not there.");
  taken_.insert(name);
  return object_.at(name);
}

std::string Fields::text(const char* name) {
  const json& found = value(name);
  if (!found.is_string()) malformed(name, "It must be a text.");
  return found.get<std::string>();
}

CitizenNumber Fields::number(const char* name) {
  const auto number = CitizenNumber::parse(text(name));
  if (!number) wrong_field("NUMBER_MALFORMED", name, "It must be twelve digits.");
  return *number;
}

std::string Fields::reference(const char* name) {
  std::string found = text(name);
  if (!is_reference(found)) malformed(name, "It must be 1 to 64 letters, digits, '.', '_' or '-'.");
  return found;
}

std::string Fields::chip(const char* name) {
  return chip_of(text(name), name);
}

base::Date Fields::day(const char* name) {
  const auto day = base::parse_iso_date(text(name));
  if (!day) malformed(name, "It must be a day that exists, in the form 2026-11-23.");
  return *day;
}

std::optional<base::Date> Fields::as_of(base::Date today) {
  if (!has("as_of")) return std::nullopt;
  const base::Date wanted = day("as_of");
  if (wanted > today) malformed("as_of", "The day has not come yet.");
  return wanted;
}

int Fields::count(const char* name, int most, int otherwise) {
  if (!has(name)) return otherwise;
  const json& found = value(name);
  if (!found.is_number_integer() || found < 1 || found > most)
    malformed(name, fmt::format("It must be a whole number from 1 to {}.", most));
  return found.get<int>();
}

void Fields::end() const {
  // The name of what is left over is the client's own text, so it is not repeated.
  if (taken_.size() != object_.size()) malformed("", "It holds a field that this operation does not know.");
}

json body_of(const net::HttpRequest& request) {
  if (request.content_type != "application/json") {
    throw Refused(net::problem(kUnsupported, "CONTENT_TYPE_UNSUPPORTED", "The media type is not supported",
                               "The body must be application/json."));
  }
  json body;
  try {
    body = json::parse(request.body, Watch());
  } catch (const json::exception&) {
    malformed("", "The body is no JSON in UTF-8.");
  }
  if (!body.is_object()) malformed("", "The body must be a JSON object.");
  return body;
}

json query_of(const net::HttpRequest& request) {
  if (!request.body.empty()) malformed("", "A question by GET has no body.");
  json query = json::object();
  for (const auto& [name, value] : request.query) query[name] = value;
  return query;
}

CitizenNumber number_in_path(const Asked& asked) {
  const auto number = CitizenNumber::parse(asked.names.front());
  if (!number) wrong_field("NUMBER_MALFORMED", "number", "It must be twelve digits.");
  return *number;
}

std::string chip_of(std::string_view text, std::string_view field) {
  const auto serial = parse_chip_serial(text);
  if (!serial) malformed(field, "It must be 16 hexadecimal digits.");
  return *serial;
}

std::vector<std::string> attributes_of(std::string_view list) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, comma);
    if (std::ranges::find(attribute_names(), name) == attribute_names().end() ||
        std::ranges::find(names, name) != names.end()) {
      malformed("attributes", "It must name attributes that exist, joined by ',', each once.");
    }
    names.emplace_back(name);
    if (comma == list.size()) return names;
    list.remove_prefix(comma + 1);
  }
}

void refuse_scope(const std::string& scope) {
  throw Refused(net::problem(kForbidden, "SCOPE_MISSING", "The client may not ask this",
                             "Its role lacks the scope named; see scopes.toml of the register.", {{"scope", scope}}));
}

void demand(const Desk& desk, const Asked& asked, std::string_view purpose, std::string_view operation,
            const std::vector<std::string>& attributes) {
  const auto lacks = desk.scopes.lacking(asked.client.role, purpose, operation, attributes);
  if (lacks) refuse_scope(*lacks);
}

void check_text(std::string_view field, const std::string& value) {
  if (value.size() > kLongestText) wrong_field("FIELD_TOO_LONG", field, "It is longer than 400 octets.");
  if (!text::is_nfc(value)) wrong_field("FIELD_NOT_NFC", field, "Its letters and marks are not composed (NFC).");
  if (!value.empty() && !text::is_plain_line(value))
    wrong_field("FIELD_CHARACTER", field, "It holds a character that no name or address has.");
}

Access access_of(const Asked& asked, const std::optional<CitizenNumber>& number, std::string_view purpose,
                 std::string_view operation, const std::vector<std::string>& attributes, std::string case_id) {
  return {.number = number,
          .client = asked.client.name,
          .role = asked.client.role,
          .purpose = std::string(purpose),
          .operation = std::string(operation),
          .attributes = fmt::format("{}", fmt::join(attributes, ",")),
          .case_id = std::move(case_id)};
}

net::HttpResponse ok(const json& body) {
  return {.status = 200, .content_type = "application/json", .body = body.dump(), .headers = {}};
}

json cancelled_or_not_found(Store& store, const CitizenNumber& number, std::optional<base::Date> as_of) {
  const Standing standing = store.standing(number, as_of);
  if (standing.status != "cancelled") not_found();
  return {{"number", number.text()}, {"status", standing.status}, {"replaced_by", standing.replaced_by}};
}

void not_found() {
  throw Refused(net::problem(kNotFound, "PERSON_NOT_FOUND", "There is no such person",
                             "The register knows nobody with this number."));
}

}  // namespace registry
