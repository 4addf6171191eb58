#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "pki/base/core/error.h"
#include "pki/base/db/engine.h"

namespace db {

namespace {

using base::Error;
using base::Fault;

// One sentence a result code (https://www.sqlite.org/rescode.html). SQLite's own text names tables and columns, never
// values, so it may be shown.
Error failure(int code, std::string_view sqlite_text, const std::string& file) {
  const std::string doing = fmt::format("using the database {}", file);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::AskOperator, doing,
              fmt::format("another program has held it for {} s; end that program and try again",
                          kBusyMilliseconds / 1000)};
    case SQLITE_FULL:
      return {Fault::AskOperator, doing, "the disk is full; free some space and try again, nothing was changed"};
    case SQLITE_IOERR:
      return {Fault::AskOperator, doing,
              fmt::format("the disk answers with an error ({}); look at the machine", sqlite_text)};
    case SQLITE_CORRUPT:
      return {Fault::AskOperator, doing, "the file is damaged; keep a copy and restore the last backup"};
    case SQLITE_NOTADB:
      return {Fault::FixConfiguration, doing, "the file is not a database; name the right one or restore a backup"};
    case SQLITE_CANTOPEN:
      return {Fault::FixConfiguration, doing, "it cannot be opened; check that it is there and that this user may"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Fault::FixConfiguration, doing, "this user may not write to it; check the owner of file and folder"};
    case SQLITE_CONSTRAINT:
      return {Fault::AskOperator, doing, fmt::format("a rule of the database refused the change ({})", sqlite_text)};
    case SQLITE_ERROR:
      return {Fault::FixConfiguration, doing,
              fmt::format("it does not have the tables of this release ({})", sqlite_text)};
    default:
      return {Fault::AskOperator, doing, fmt::format("SQLite says {}: {}", code, sqlite_text)};
  }
}

// The file exists before SQLite opens it, so that it and its -wal and -shm are readable by their owner only. One that
// is there is not touched: closing any descriptor of a file drops every lock that this process has on it (fcntl(2)),
// and the write-ahead log of another connection of ours could then be removed under it, with what it committed.
void make_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);  // when it cannot be made, SQLite says why
}

class SqliteStatement final : public Prepared {
 public:
  SqliteStatement(sqlite3_stmt* statement, std::shared_ptr<const std::string> file)
      : statement_(statement), file_(std::move(file)) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }  // repeats the last step's code, reported then

  void bind_integer(int parameter, std::int64_t value) override {
    check(sqlite3_bind_int64(statement_, parameter, value));
  }
  void bind_text(int parameter, std::string_view text) override {
    check(sqlite3_bind_text64(statement_, parameter, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
  }
  void bind_blob(int parameter, base::ByteView blob) override {
    static constexpr std::uint8_t kNone = 0;  // a null pointer would bind NULL, not an empty value
    check(
        sqlite3_bind_blob64(statement_, parameter, blob.empty() ? &kNone : blob.data(), blob.size(), SQLITE_TRANSIENT));
  }
  void bind_null(int parameter) override { check(sqlite3_bind_null(statement_, parameter)); }

  bool step() override {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
      const Error error = failure(code, sqlite3_errmsg(sqlite3_db_handle(statement_)), *file_);
      sqlite3_reset(statement_);
      throw error;
    }
    sqlite3_reset(statement_);
    return false;
  }
  std::int64_t changes() const override { return sqlite3_changes64(sqlite3_db_handle(statement_)); }
  void enqueue() override {
    while (step()) {
    }
  }
  void reset() override {
    sqlite3_reset(statement_);  // repeats the last step's code, which was reported then
    sqlite3_clear_bindings(statement_);
  }

  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const override {
    const auto* const at = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return at == nullptr ? std::string{} : std::string(at, size(column));
  }
  base::Bytes blob(int column) const override {
    const auto* const at = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return at == nullptr ? base::Bytes{} : base::Bytes(at, at + size(column));
  }

 private:
  std::size_t size(int column) const { return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)); }
  void check(int code) const {
    if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(sqlite3_db_handle(statement_)), *file_);
  }
  sqlite3_stmt* statement_;
  std::shared_ptr<const std::string> file_;
};

class SqliteSession final : public Session {
 public:
  SqliteSession(const std::filesystem::path& file, Mode mode)
      : file_(std::make_shared<const std::string>(file.string())), mode_(mode) {
    if (mode == Mode::Create) make_private(file);
    const int flags = mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
    try {
      if (code != SQLITE_OK) throw failure(code, sqlite3_errstr(code), *file_);
      configure();
    } catch (...) {
      sqlite3_close_v2(handle_);
      throw;
    }
  }
  ~SqliteSession() override { sqlite3_close_v2(handle_); }

  Engine engine() const override { return Engine::Sqlite; }
  const std::string& name() const override { return *file_; }

  std::unique_ptr<Prepared> prepare(std::string_view sql) override {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
    if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(handle_), *file_);
    base::ensure(statement != nullptr, "a prepared statement is not empty");
    return std::make_unique<SqliteStatement>(statement, file_);
  }
  void execute(std::string_view sql) override {
    const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(handle_), *file_);
  }
  void begin() override { execute("BEGIN IMMEDIATE"); }
  void commit() override { execute("COMMIT"); }
  void lock(std::int64_t) override {}
  void relax_durability() override {
    if (mode_ != Mode::ReadOnly) execute("PRAGMA synchronous = NORMAL");
  }
  // Commits stand in the write-ahead log until a checkpoint, which waits for the disk itself. No lock is on that file,
  // so opening and closing it drops none.
  void sync() override {
    const int descriptor = ::open((*file_ + "-wal").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) return;
    const bool done = descriptor >= 0 && ::fdatasync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!done) {
      throw Error(Fault::AskOperator, fmt::format("using the database {}", *file_),
                  fmt::format("the disk does not confirm what was written ({}); look at the machine",
                              std::generic_category().message(error)));
    }
  }
  std::int64_t last_insert_id() override { return sqlite3_last_insert_rowid(handle_); }
  bool in_transaction() override { return sqlite3_get_autocommit(handle_) == 0; }
  bool lost() const override { return false; }

 private:
  void configure() {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON");
    if (mode_ == Mode::ReadOnly) return;
    const auto journal = prepare("PRAGMA journal_mode = WAL");
    if (!journal->step() || journal->text(0) != "wal") {
      throw Error(Fault::FixConfiguration, fmt::format("using the database {}", *file_),
                  "its file system cannot keep a write-ahead log; put it on a local disk");
    }
    journal->reset();
    execute("PRAGMA synchronous = FULL");
  }
  sqlite3* handle_ = nullptr;
  std::shared_ptr<const std::string> file_;
  Mode mode_;
};

}  // namespace

std::shared_ptr<Session> open_sqlite(const std::filesystem::path& file, Mode mode) {
  return std::make_shared<SqliteSession>(file, mode);
}

}  // namespace db
