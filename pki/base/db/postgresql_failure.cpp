#include <fmt/format.h>

#include "pki/base/db/postgresql.h"

namespace db {

namespace {

using base::Error;
using base::Fault;

std::string_view field(const PGresult* result, int code) {
  const char* const text = result == nullptr ? nullptr : PQresultErrorField(result, code);
  return text == nullptr ? std::string_view{} : std::string_view(text);
}

std::string doing(const std::string& name) {
  return fmt::format("using the database {}", name);
}

// The name of the rule alone: PostgreSQL's detail repeats the values.
Error rule_failure(const PGresult* result, std::string_view sqlstate, const std::string& name) {
  const std::string_view kind = sqlstate == "23505"   ? "UNIQUE"
                                : sqlstate == "23503" ? "FOREIGN KEY"
                                : sqlstate == "23502" ? "NOT NULL"
                                : sqlstate == "23514" ? "CHECK"
                                                      : "integrity";
  const std::string_view column = field(result, PG_DIAG_COLUMN_NAME);
  return {Fault::AskOperator, doing(name),
          fmt::format("a rule of the database refused the change ({} constraint failed: {}{}{})", kind,
                      field(result, PG_DIAG_TABLE_NAME), column.empty() ? " " : ".",
                      column.empty() ? field(result, PG_DIAG_CONSTRAINT_NAME) : column)};
}

}  // namespace

// PostgreSQL 15, Appendix A (SQLSTATE). The primary message is shown for class 42 only, where it names tables and
// columns; elsewhere it may repeat a value.
Error failure(const PGresult* result, const PGconn* connection, const std::string& name) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  const std::string_view group = state.substr(0, 2);
  if (PQstatus(connection) != CONNECTION_OK || state.empty() || state.starts_with("57P") || group == "08") {
    return {Fault::AskOperator, doing(name),
            group == "08" && PQstatus(connection) == CONNECTION_OK
                ? "a server that it depends on does not answer; see that it runs, then try again"
                : "its server went away; see that it runs, then try again"};
  }
  if (state == "55P03") {
    return {
        Fault::AskOperator, doing(name),
        fmt::format("another program has held it for {} s; end that program and try again", kBusyMilliseconds / 1000)};
  }
  if (state == "53100")
    return {Fault::AskOperator, doing(name), "the disk is full; free some space and try again, nothing was changed"};
  if (group == "53")
    return {Fault::AskOperator, doing(name),
            fmt::format("its server has no room left ({}); look at the machine", state)};
  if (group == "40")
    return {Fault::AskOperator, doing(name), "another program changed the same at the same moment; try again"};
  if (group == "58" || group == "XX")
    return {Fault::AskOperator, doing(name),
            fmt::format("its server reports a damage ({}); look at its log, restore the last backup", state)};
  if (group == "23") return rule_failure(result, state, name);
  if (group == "22")
    return {Fault::AskOperator, doing(name),
            fmt::format("a rule of the database refused the change (a value does not fit its column, {})", state)};
  if (state == "25P02")
    return {Fault::AskOperator, doing(name), "an earlier step of the same change failed; nothing was changed"};
  if (state == "25006" || state == "42501")
    return {Fault::FixConfiguration, doing(name), "this user may not write to it; check the rights of the user"};
  if (group == "P0")  // RAISE EXCEPTION in our own SQL
    return {Fault::FixConfiguration, doing(name), std::string(field(result, PG_DIAG_MESSAGE_PRIMARY))};
  if (group == "42" || group == "3F")
    return {Fault::FixConfiguration, doing(name),
            fmt::format("it does not have the tables of this release ({})", field(result, PG_DIAG_MESSAGE_PRIMARY))};
  return {Fault::AskOperator, doing(name), fmt::format("PostgreSQL says {}; look at its log", state)};
}

Error connect_failure(std::string_view sqlstate, const std::string& name) {
  if (sqlstate.starts_with("28"))
    return {Fault::FixConfiguration, doing(name),
            "its server refuses this user or password; check the user in the URL and the password file"};
  if (sqlstate == "3D000")
    return {Fault::FixConfiguration, doing(name), "the server has no database of this name; make it or name another"};
  if (sqlstate == "42501")
    return {Fault::FixConfiguration, doing(name), "this user may not connect to it; check the rights of the user"};
  if (sqlstate.starts_with("53"))
    return {Fault::AskOperator, doing(name), "its server has no room for another connection; try again later"};
  if (sqlstate.starts_with("57P"))
    return {Fault::AskOperator, doing(name), "its server is starting or stopping; try again in a moment"};
  if (!sqlstate.empty())
    return {Fault::AskOperator, doing(name), fmt::format("its server refuses the connection ({})", sqlstate)};
  return {Fault::AskOperator, doing(name),
          "its server does not answer; see that it runs and that this machine may reach it"};
}

}  // namespace db
