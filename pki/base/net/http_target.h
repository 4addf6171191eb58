#pragma once
// Path and query of a request (RFC 3986 §3.3, §3.4): decoded for a route, encoded for a question.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

struct HttpTarget {
  std::vector<std::string> path;             // "/v1/persons/x" -> {"v1", "persons", "x"}; "/" -> {}
  std::map<std::string, std::string> query;  // '+' is a space there, as forms write it
};

// origin-form, or absolute-form (RFC 9112 §3.2) of which the authority is not judged. nullopt: another form, a bad
// percent code, a NUL, octets that are not UTF-8, an empty segment, a name twice in the query.
std::optional<HttpTarget> parse_target(std::string_view target);

// "/v1/persons/x?purpose=tax": what parse_target gives back.
std::string format_target(const HttpTarget& target);

}  // namespace net
