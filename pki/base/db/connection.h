#pragma once
// One SQLite file as a resource: connection, prepared statement, transaction. The only room that sees sqlite3.h. Every
// value is bound, never pasted into SQL. Failures are base::Error with one sentence that names the file and the remedy,
// and never a bound value: locked, disk full and damaged are AskOperator, a wrong file or folder FixConfiguration.
//
//   db::Connection store = db::Connection::open(folder / "station.db", db::Mode::Create);
//   store.migrate(kMigrations, clock);
//   db::Transaction change(store);
//   store.prepare("INSERT INTO cases(id, state) VALUES(?1, ?2)").run(id, "draft");
//   change.commit();                                             // without it the destructor rolls back

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

struct sqlite3;
struct sqlite3_stmt;

namespace db {

enum class Mode {
  Create,    // made when missing, readable by its owner only
  Existing,  // read and written; must be there
  ReadOnly,  // must be there; nothing is written, not even by migrate()
};

inline constexpr int kBusyMilliseconds = 10'000;  // how long a statement waits for another writer

// A prepared statement. Parameters count from 1 as in the SQL text (?1, ?2), columns from 0. It must not outlive its
// connection.
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
  void reset();

  // The row that step() reached. A NULL reads as 0, "" or no bytes; is_null tells.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  base::Bytes blob(int column) const;
  std::optional<std::string> maybe_text(int column) const;

 private:
  friend class Connection;
  Statement(sqlite3_stmt* statement, std::shared_ptr<const std::string> file);
  std::int64_t finish();
  void check(int code) const;
  sqlite3_stmt* statement_;
  std::shared_ptr<const std::string> file_;
};

struct Migration {
  std::string_view name;  // stable for ever: "persons and cards"
  std::string_view sql;   // one or more statements; runs in one transaction
};

class Connection {
 public:
  // WAL, synchronous FULL (a commit survives a power cut), foreign keys on, extensions and untrusted schema functions
  // off.
  static Connection open(const std::filesystem::path& file, Mode mode);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  Statement prepare(std::string_view sql);
  void execute(std::string_view sql);  // one or more statements without parameters; rows are dropped

  // Brings the schema to the last of `migrations`, each applied once in its own transaction and written to the table
  // schema_migrations. Throws Error{FixConfiguration} when the file was made by a newer release or by another program.
  void migrate(std::span<const Migration> migrations, const base::Clock& clock);

  std::int64_t last_insert_id() const;
  bool in_transaction() const;
  const std::string& file() const { return *file_; }

 private:
  Connection(sqlite3* handle, std::shared_ptr<const std::string> file, Mode mode);
  void configure();
  sqlite3* handle_;
  std::shared_ptr<const std::string> file_;
  Mode mode_;
};

// BEGIN IMMEDIATE … COMMIT: waits for the write lock at once, so nothing read inside can be stale when it is written.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();  // rolls back unless committed; never throws, logs a rollback that failed
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace db
