#pragma once
// A PostgreSQL URL taken apart, for whoever has to name a server by its parts.

#include <map>
#include <string>

namespace db {

struct Address {
  std::string host = "localhost";
  std::string port = "5432";
  std::string database = "postgres";
  std::string user;                               // empty: libpq's default, the user of the process
  std::map<std::string, std::string> parameters;  // what else the URL says, by libpq's keywords ("sslmode")
  std::string name() const;                       // "host:port/database", what messages call it
};

// "postgresql://user@host:port/database?parameter=value". Error{FixConfiguration} when it is no such URL, and when a
// password stands in it; the message shows neither.
Address parse_address(const std::string& url);

}  // namespace db
