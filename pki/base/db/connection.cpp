#include "pki/base/db/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

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

// The file exists before SQLite opens it, so that it and its -wal and -shm are readable by their owner only.
void make_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);  // when it cannot be made, SQLite says why
}

}  // namespace

Statement::Statement(sqlite3_stmt* statement, std::shared_ptr<const std::string> file)
    : statement_(statement), file_(std::move(file)) {}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), file_(std::move(other.file_)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(file_, other.file_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);  // its code repeats the last step's, which was reported then
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(sqlite3_db_handle(statement_)), *file_);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_, parameter, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int parameter, base::ByteView blob) {
  static constexpr std::uint8_t kNone = 0;  // a null pointer would bind NULL, not an empty value
  check(sqlite3_bind_blob64(statement_, parameter, blob.empty() ? &kNone : blob.data(), blob.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(int parameter, std::nullopt_t) {
  check(sqlite3_bind_null(statement_, parameter));
  return *this;
}

bool Statement::step() {
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

std::int64_t Statement::finish() {
  while (step()) {
  }
  return sqlite3_changes64(sqlite3_db_handle(statement_));
}

void Statement::reset() {
  sqlite3_reset(statement_);  // repeats the last step's code, which was reported then
  sqlite3_clear_bindings(statement_);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  const auto* const at = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return at == nullptr ? std::string{}
                       : std::string(at, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

base::Bytes Statement::blob(int column) const {
  const auto* const at = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  if (at == nullptr) return {};
  return {at, at + sqlite3_column_bytes(statement_, column)};
}

std::optional<std::string> Statement::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Connection::Connection(sqlite3* handle, std::shared_ptr<const std::string> file, Mode mode)
    : handle_(handle), file_(std::move(file)), mode_(mode) {}

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), file_(other.file_), mode_(other.mode_) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(file_, other.file_);
  std::swap(mode_, other.mode_);
  return *this;
}

Connection::~Connection() {
  sqlite3_close_v2(handle_);
}

Connection Connection::open(const std::filesystem::path& file, Mode mode) {
  if (mode == Mode::Create) make_private(file);
  const int flags = mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Connection connection(handle, std::make_shared<const std::string>(file.string()), mode);
  if (code != SQLITE_OK) throw failure(code, sqlite3_errstr(code), connection.file());
  connection.configure();
  return connection;
}

void Connection::configure() {
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, kBusyMilliseconds);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON");
  if (mode_ == Mode::ReadOnly) return;
  Statement journal = prepare("PRAGMA journal_mode = WAL");
  if (!journal.step() || journal.text(0) != "wal") {
    throw Error(Fault::FixConfiguration, fmt::format("using the database {}", file()),
                "its file system cannot keep a write-ahead log; put it on a local disk");
  }
  execute("PRAGMA synchronous = FULL");
}

Statement Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(handle_), file());
  base::ensure(statement != nullptr, "a prepared statement is not empty");
  return {statement, file_};
}

void Connection::execute(std::string_view sql) {
  const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw failure(code, sqlite3_errmsg(handle_), file());
}

std::int64_t Connection::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  base::ensure(!connection.in_transaction(), "transactions are not nested");
  connection_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After a full disk or an I/O error SQLite has rolled back already.
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const std::exception& error) {
    base::log::error("a transaction was not rolled back", {{"seen", error.what()}});
  }
}

void Transaction::commit() {
  base::ensure(open_, "a transaction is committed once");
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace db
