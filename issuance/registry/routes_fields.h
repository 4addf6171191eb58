#pragma once
// What stands in a request, read strictly: every field of a body and every parameter of a query is known, of the right
// form, and there once. What is wrong is told by name of the field and never repeats a value.

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/registry/routes.h"

namespace registry {

// Ends a route with a problem (RFC 9457). Never leaves the service.
class Refused : public std::runtime_error {
 public:
  explicit Refused(net::HttpResponse answer) : std::runtime_error("a request is refused"), answer_(std::move(answer)) {}
  const net::HttpResponse& answer() const { return answer_; }

 private:
  net::HttpResponse answer_;
};

[[noreturn]] void malformed(std::string_view field, std::string_view seen);  // 400 REQUEST_MALFORMED

// A JSON object, field by field. Throws Refused.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object) : object_(object) {}
  bool has(const char* name) const { return object_.contains(name); }
  const nlohmann::json& value(const char* name);
  std::string text(const char* name);
  CitizenNumber number(const char* name);
  std::string reference(const char* name);  // is_reference: case, purpose
  std::string chip(const char* name);
  base::Date day(const char* name);
  std::optional<base::Date> as_of(base::Date today);     // a day that has come; none: today
  int count(const char* name, int most, int otherwise);  // 1…most
  void end() const;                                      // no field is left over

 private:
  const nlohmann::json& object_;
  std::set<std::string, std::less<>> taken_;
};

// The body as one JSON object: 415 for another media type, 400 for what is no JSON object, has a name twice or is
// nested deeply.
nlohmann::json body_of(const net::HttpRequest& request);

// The query of a GET, with the same reader.
nlohmann::json query_of(const net::HttpRequest& request);

CitizenNumber number_in_path(const Asked& asked);
std::string chip_of(std::string_view text, std::string_view field);

// "full_name,birth" as a list of attributes that exist and stand there once.
std::vector<std::string> attributes_of(std::string_view list);

// 403 SCOPE_MISSING unless the client's role may do this.
void demand(const Desk& desk, const Asked& asked, std::string_view purpose, std::string_view operation,
            const std::vector<std::string>& attributes = {});
[[noreturn]] void refuse_scope(const std::string& scope);

// A claimed text of a person, judged by form alone: FIELD_NOT_NFC, FIELD_CHARACTER, FIELD_TOO_LONG as 400 with `field`.
void check_text(std::string_view field, const std::string& value);

// The row for the book of accesses.
Access access_of(const Asked& asked, const std::optional<CitizenNumber>& number, std::string_view purpose,
                 std::string_view operation, const std::vector<std::string>& attributes, std::string case_id = {});

net::HttpResponse ok(const nlohmann::json& body);
// What is said of a number that nobody has (then): that it was cancelled and which one came instead, or 404.
nlohmann::json cancelled_or_not_found(Store& store, const CitizenNumber& number, std::optional<base::Date> as_of);
[[noreturn]] void not_found();  // 404 PERSON_NOT_FOUND

}  // namespace registry
