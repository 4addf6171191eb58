#include "pki/base/db/placeholders.h"

#include <algorithm>

namespace db {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The length of what begins at `rest` and holds no placeholder: a literal, a quoted name, a comment, a dollar-quoted
// text (PostgreSQL 15, 4.1.2 and 4.1.5); 0 when an ordinary character stands there. What does not end goes to the end.
std::size_t opaque(std::string_view rest) {
  const auto to = [&](std::string_view end, std::size_t from) {
    const std::size_t at = rest.find(end, from);
    return at == std::string_view::npos ? rest.size() : at + end.size();
  };
  if (rest[0] == '\'' || rest[0] == '"')
    return to(rest.substr(0, 1), 1);  // a doubled quote is two literals side by side
  if (rest.starts_with("--")) return to("\n", 2);
  if (rest.starts_with("/*")) return to("*/", 2);
  if (rest[0] == '$' && rest.size() > 1 && !is_digit(rest[1])) {
    std::size_t end = 1;
    while (end < rest.size() && is_word(rest[end])) ++end;
    if (end < rest.size() && rest[end] == '$') return to(rest.substr(0, end + 1), end + 1);
  }
  return 0;
}

}  // namespace

DollarSql to_dollar(std::string_view sql) {
  DollarSql out;
  out.text.reserve(sql.size());
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t skipped = opaque(sql.substr(at));
    if (skipped > 0) {
      out.text += sql.substr(at, skipped);
      at += skipped;
    } else if (sql[at] == '?' && at + 1 < sql.size() && is_digit(sql[at + 1])) {
      int number = 0;
      for (++at; at < sql.size() && is_digit(sql[at]) && number < 10'000; ++at) number = number * 10 + (sql[at] - '0');
      out.text += '$' + std::to_string(number);
      out.parameters = std::max(out.parameters, number);
    } else {
      out.text += sql[at++];
    }
  }
  return out;
}

}  // namespace db
