#pragma once
// SQL is written with SQLite's numbered placeholders; PostgreSQL counts with a dollar sign.

#include <string>
#include <string_view>

namespace db {

struct DollarSql {
  std::string text;    // "?2" has become "$2", except in literals, quoted names and comments
  int parameters = 0;  // the highest number seen
};

DollarSql to_dollar(std::string_view sql);

}  // namespace db
