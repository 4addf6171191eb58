#include "issuance/registry/spread.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "issuance/registry/schema.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

// An SQL text (standard_conforming_strings is on in every session of ours).
std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// Days and texts are compared byte by byte, as SQLite does.
constexpr std::string_view kOrder =
    "SELECT EXISTS(SELECT FROM pg_database WHERE datname = current_database() AND datlocprovider = 'c' "
    "AND datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8'))";

std::string check_order(std::string_view question, std::string_view whose) {
  return fmt::format(
      "DO $body$ BEGIN IF NOT ({}) THEN RAISE EXCEPTION "
      "'{} texts are not ordered byte by byte; make the database anew with ENCODING ''UTF8'' LOCALE ''C'''; "
      "END IF; END $body$;\n",
      question, whose);
}

// part_table('cards', columns, rules) makes a table and its parts, here and on the other servers. A rule is SQL for one
// part, whose name stands where the rule says @: keys and indexes are the parts' own, since PostgreSQL keeps none over
// parts on other servers. What another server is told is not undone with this transaction: an empty table that a try
// left there is made anew, one with rows belongs to another register.
constexpr std::string_view kPartTable = R"(
CREATE TABLE partitions(part INTEGER PRIMARY KEY, server TEXT NOT NULL);
CREATE FUNCTION part_table(name TEXT, columns TEXT, rules TEXT[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  modulus BIGINT := (SELECT count(*) FROM partitions);
  lies RECORD;
  leaf TEXT;
  bounds TEXT;
  rule TEXT;
  used BOOLEAN;
BEGIN
  EXECUTE format('CREATE TABLE %I(%s) PARTITION BY HASH(number)', name, columns);
  FOR lies IN SELECT part, server FROM partitions ORDER BY part LOOP
    leaf := name || '_p' || lies.part;
    bounds := format('PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)', name, modulus, lies.part);
    IF lies.server = '' THEN
      EXECUTE format('CREATE TABLE %I %s', leaf, bounds);
      FOREACH rule IN ARRAY rules LOOP EXECUTE replace(rule, '@', leaf); END LOOP;
    ELSE
      IF NOT lies.server = ANY(COALESCE(dblink_get_connections(), '{}')) THEN
        PERFORM dblink_connect(lies.server, lies.server);
      END IF;
      PERFORM dblink_exec(lies.server, format('CREATE TABLE IF NOT EXISTS %I(%s)', leaf, columns));
      SELECT seen INTO used FROM dblink(lies.server, format('SELECT EXISTS(SELECT FROM %I)', leaf)) AS there(seen BOOLEAN);
      IF used THEN
        RAISE EXCEPTION 'another register lies on %; name a database of its own', lies.server;
      END IF;
      PERFORM dblink_exec(lies.server, format('DROP TABLE %I; CREATE TABLE %I(%s);', leaf, leaf, columns) ||
                                       replace(array_to_string(rules, ';'), '@', leaf));
      EXECUTE format('CREATE FOREIGN TABLE %I %s SERVER %I OPTIONS (table_name %L)', leaf, bounds, lies.server, leaf);
    END IF;
  END LOOP;
  FOR lies IN SELECT DISTINCT server FROM partitions WHERE server <> '' LOOP
    PERFORM dblink_disconnect(lies.server);
  END LOOP;
END $body$;
)";

std::string server_name(std::size_t other) {
  return fmt::format("other_{}", other + 1);
}

// Another server as postgres_fdw and dblink know it. It waits for another writer as long as this one does, and for its
// disk at every commit.
std::string introduce(const db::Address& other, const std::string& name, const base::Secret* password) {
  std::string options = fmt::format(
      "host {}, port {}, dbname {}, options {}", sql_text(other.host), sql_text(other.port), sql_text(other.database),
      sql_text(fmt::format("-c lock_timeout={} -c synchronous_commit=on", db::kBusyMilliseconds)));
  for (const auto& [keyword, value] : other.parameters) {
    if (keyword == "options") {
      throw base::Error(base::Fault::FixConfiguration, fmt::format("using the database {}", other.name()),
                        "the URL of another server has no parameter `options`");
    }
    options += fmt::format(", {} {}", keyword, sql_text(value));
  }
  std::string user = other.user.empty() ? "" : fmt::format("user {}", sql_text(other.user));
  if (password != nullptr)
    user += fmt::format("{}password {}", user.empty() ? "" : ", ", sql_text(base::text_of(password->reveal())));
  return fmt::format(
      "CREATE SERVER {0} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({1});\n"
      "CREATE USER MAPPING FOR CURRENT_USER SERVER {0}{2};\n{3}",
      name, options, user.empty() ? "" : fmt::format(" OPTIONS ({})", user),
      check_order(fmt::format("SELECT ok FROM dblink('{}', $q${}$q$) AS there(ok BOOLEAN)", name, kOrder), name + ":"));
}

// Where the parts of this one register lie.
std::string layout(const Spread& spread) {
  std::string sql = check_order(kOrder, "its");
  if (!spread.others.empty()) {
    sql += "CREATE EXTENSION IF NOT EXISTS postgres_fdw;\nCREATE EXTENSION IF NOT EXISTS dblink;\n";
    for (std::size_t n = 0; n < spread.others.size(); ++n)
      sql += introduce(spread.others[n], server_name(n), spread.password);
  }
  sql += kPartTable;
  const std::size_t servers = 1 + spread.others.size();
  for (std::size_t part = 0; part < static_cast<std::size_t>(spread.partitions); ++part) {
    const std::size_t server = part % servers;
    sql += fmt::format("INSERT INTO partitions VALUES({}, '{}');\n", part, server == 0 ? "" : server_name(server - 1));
  }
  return sql;
}

}  // namespace

void migrate_postgresql(db::Connection& database, const base::Clock& clock, const Spread& spread) {
  base::ensure(spread.partitions >= 1 && spread.partitions <= kMostPartitions, "a register has 1 to 256 partitions");
  // With the first of them, so that a layout which cannot be had (a wrong password) leaves nothing behind.
  std::vector<db::Migration> all(postgresql_migrations().begin(), postgresql_migrations().end());
  const std::string first = layout(spread) + std::string(all.front().sql);
  all.front().sql = first;
  database.migrate(all, clock);
}

}  // namespace registry
