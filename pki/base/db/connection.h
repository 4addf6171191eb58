#pragma once
// A database as a resource: connection, prepared statement, transaction. Two engines behind one behaviour: a SQLite
// file (open) and a PostgreSQL 15 database (connect). The only room that sees sqlite3.h and libpq-fe.h. Every value is
// bound, never pasted into SQL. Failures are base::Error with one sentence that names the database and the remedy, and
// never a bound value or a password: locked, disk full, damaged, server away and a refused rule are AskOperator, a
// wrong file, folder, address or password FixConfiguration.
//
//   db::Connection store = db::Connection::open(folder / "station.db", db::Mode::Create);
//   store.migrate(kMigrations, clock);
//   db::Transaction change(store);
//   store.prepare("INSERT INTO cases(id, state) VALUES(?1, ?2)").run(id, "draft");
//   change.commit();                                             // without it the destructor rolls back
//
// What SQL for both engines has to know of PostgreSQL:
// - an error inside a transaction loses the whole transaction: avoid it with ON CONFLICT, do not catch and go on;
// - a parameter has one type: where the text does not tell it, CAST(?1 AS BIGINT) or CAST(?1 AS TEXT) does;
// - a mistake in the SQL text is told at the first step(), not by prepare();
// - other writers are not shut out by a transaction: lock() does that for one thing;
// - text has no NUL character, and bytes are BYTEA.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/secret.h"

namespace db {

class Prepared;  // engine.h: one engine's side of a statement
class Session;   // engine.h: one engine's side of a connection

enum class Engine { Sqlite, Postgresql };

enum class Mode {
  Create,    // a file is made when missing, readable by its owner only; a server's database must be there
  Existing,  // read and written; must be there
  ReadOnly,  // must be there; nothing is written, not even by migrate()
};

inline constexpr int kBusyMilliseconds = 10'000;     // how long a statement waits for another writer
inline constexpr int kConnectMilliseconds = 10'000;  // how long connect() waits for a server

// A prepared statement. Parameters count from 1 as in the SQL text (?1, ?2), columns from 0. It must not outlive its
// connection. Rows come one by one as they are asked for; when another statement runs in between, a server's remaining
// rows are taken into memory: a walk over millions of rows is not interleaved with questions on the same connection.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, int value) { return bind(parameter, std::int64_t{value}); }
  Statement& bind(int parameter, bool value) { return bind(parameter, std::int64_t{value}); }
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const char* text) { return bind(parameter, std::string_view(text)); }
  Statement& bind(int parameter, const std::string& text) { return bind(parameter, std::string_view(text)); }
  Statement& bind(int parameter, base::ByteView blob);
  Statement& bind(int parameter, const base::Bytes& blob) { return bind(parameter, base::ByteView(blob)); }
  Statement& bind(int parameter, std::nullopt_t);
  template <class T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, std::nullopt);
  }

  // Binds everything in order from ?1. The statement is reset first, so one statement serves many rows.
  template <class... Values>
  Statement& with(const Values&... values) {
    reset();
    int parameter = 0;
    (bind(++parameter, values), ...);
    return *this;
  }

  // True while a row is there; false once done (the statement is then reset).
  bool step();
  // For statements without rows: with(values…), to the end, and the number of rows changed.
  template <class... Values>
  std::int64_t run(const Values&... values) {
    with(values...);
    return finish();
  }
  // For many changes of one transaction (imports): as run(), but a server is not waited for, so a failure is thrown by
  // a later queue() or by whatever the connection is asked next, commit() at the latest.
  template <class... Values>
  void queue(const Values&... values) {
    with(values...);
    enqueue();
  }
  void reset();

  // The row that step() reached. A NULL reads as 0, "" or no bytes; is_null tells.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  base::Bytes blob(int column) const;
  std::optional<std::string> maybe_text(int column) const;

 private:
  friend class Connection;
  explicit Statement(std::unique_ptr<Prepared> prepared);
  std::int64_t finish();
  void enqueue();
  std::unique_ptr<Prepared> prepared_;
};

struct Migration {
  std::string_view name;             // stable for ever: "persons and cards"
  std::string_view sql;              // one or more statements; runs in one transaction
  std::string_view postgresql = {};  // the same for PostgreSQL; empty: sql is good for both
};

class Connection {
 public:
  // WAL, synchronous FULL (a commit survives a power cut), foreign keys on, extensions and untrusted schema functions
  // off.
  static Connection open(const std::filesystem::path& file, Mode mode);
  // "postgresql://user@host:port/database" (libpq's URL with its parameters, for example ?sslmode=verify-full). A
  // password in the URL is refused: it comes as `password`, or libpq takes it from ~/.pgpass. A commit that returned
  // survives the kill of the server (synchronous_commit is never off), and a power cut where the server has fsync on.
  static Connection connect(const std::string& url, Mode mode = Mode::Existing, const base::Secret* password = nullptr);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  Statement prepare(std::string_view sql);
  void execute(std::string_view sql);  // one or more statements without parameters; rows are dropped

  // Brings the schema to the last of `migrations`, each applied once in its own transaction and written to the table
  // schema_migrations. Throws Error{FixConfiguration} when the file was made by a newer release or by another program.
  void migrate(std::span<const Migration> migrations, const base::Clock& clock);

  Engine engine() const;
  // The file, or "host:port/database": what messages call it.
  const std::string& name() const;
  // Of the last INSERT that made an identity; RETURNING says it better.
  std::int64_t last_insert_id() const;
  bool in_transaction() const;
  // Inside a transaction, before anything is read: waits until no other transaction holds `key` and holds it until the
  // end. Nothing on SQLite, where a transaction holds the whole file.
  void lock(std::int64_t key);
  // True once the server is gone. Every later use throws; a new Connection is needed, and works when the server is
  // back.
  bool lost() const;

  // Commits survive kill -9 of this program and of the database, but a power cut may take the last moments. SQLite
  // stops waiting for the disk at each commit. PostgreSQL goes on waiting: its only switch for one session
  // (synchronous_commit) would lose commits when the server is killed.
  void relax_durability();
  // What was committed so far on a relaxed connection, by anyone, survives a power cut when this returns; writers go on
  // meanwhile. May be called while another thread uses the connection.
  void sync();

 private:
  friend class Transaction;
  Connection(std::shared_ptr<Session> session, Mode mode);
  std::shared_ptr<Session> session_;
  Mode mode_;
};

// SQLite: BEGIN IMMEDIATE … COMMIT waits for the write lock at once, so nothing read inside can be stale when it is
// written. PostgreSQL: BEGIN … COMMIT (read committed); lock() gives the same promise for whatever `key` stands for.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();  // rolls back unless committed; never throws, logs a rollback that failed
  // Throws when the changes were not kept, and says so when a server went away before it told.
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace db
