#include "pki/base/db/connection.h"

#include <utility>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/base/db/engine.h"

namespace db {

Statement::Statement(std::unique_ptr<Prepared> prepared) : prepared_(std::move(prepared)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Statement& Statement::bind(int parameter, std::int64_t value) {
  prepared_->bind_integer(parameter, value);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  prepared_->bind_text(parameter, text);
  return *this;
}

Statement& Statement::bind(int parameter, base::ByteView blob) {
  prepared_->bind_blob(parameter, blob);
  return *this;
}

Statement& Statement::bind(int parameter, std::nullopt_t) {
  prepared_->bind_null(parameter);
  return *this;
}

bool Statement::step() {
  return prepared_->step();
}

std::int64_t Statement::finish() {
  while (prepared_->step()) {
  }
  return prepared_->changes();
}

void Statement::enqueue() {
  prepared_->enqueue();
}

void Statement::reset() {
  prepared_->reset();
}

bool Statement::is_null(int column) const {
  return prepared_->is_null(column);
}

std::int64_t Statement::integer(int column) const {
  return prepared_->integer(column);
}

std::string Statement::text(int column) const {
  return prepared_->text(column);
}

base::Bytes Statement::blob(int column) const {
  return prepared_->blob(column);
}

std::optional<std::string> Statement::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Connection::Connection(std::shared_ptr<Session> session, Mode mode) : session_(std::move(session)), mode_(mode) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection Connection::open(const std::filesystem::path& file, Mode mode) {
  return {open_sqlite(file, mode), mode};
}

Connection Connection::connect(const std::string& url, Mode mode, const base::Secret* password) {
  return {connect_postgresql(url, mode, password), mode};
}

Statement Connection::prepare(std::string_view sql) {
  return Statement(session_->prepare(sql));
}

void Connection::execute(std::string_view sql) {
  session_->execute(sql);
}

Engine Connection::engine() const {
  return session_->engine();
}

const std::string& Connection::name() const {
  return session_->name();
}

std::int64_t Connection::last_insert_id() const {
  return session_->last_insert_id();
}

bool Connection::in_transaction() const {
  return session_->in_transaction();
}

void Connection::lock(std::int64_t key) {
  base::ensure(in_transaction(), "a lock is taken inside a transaction");
  session_->lock(key);
}

bool Connection::lost() const {
  return session_->lost();
}

void Connection::relax_durability() {
  session_->relax_durability();
}

void Connection::sync() {
  session_->sync();
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  base::ensure(!connection.in_transaction(), "transactions are not nested");
  connection_.session_->begin();
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    // After a full disk or an I/O error SQLite has rolled back already; a server that is gone does so by itself.
    if (!connection_.in_transaction()) return;
    connection_.execute("ROLLBACK");
  } catch (const std::exception& error) {
    base::log::error("a transaction was not rolled back", {{"seen", error.what()}});
  }
}

void Transaction::commit() {
  base::ensure(open_, "a transaction is committed once");
  connection_.session_->commit();
  open_ = false;
}

}  // namespace db
