#include "pki/base/db/postgresql.h"

#include <fmt/format.h>

#include <utility>

#include "pki/base/db/postgresql_statement.h"

namespace db {

namespace {

constexpr int kBatch = 256;               // queued statements between two synchronizations
constexpr std::size_t kKeepDropped = 32;  // named statements given back to the server at once

}  // namespace

PostgresqlSession::PostgresqlSession(Connected connected, Mode mode)
    : link_(std::move(connected.link)), name_(std::move(connected.name)) {
  const char* const encoding = PQparameterStatus(link_.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    throw base::Error(base::Fault::FixConfiguration, fmt::format("using the database {}", name_),
                      "its encoding is not UTF8; make it anew with ENCODING 'UTF8' LOCALE 'C'");
  }
  // A commit that returned survives the kill of the server also where its operator has it otherwise by default.
  execute(
      fmt::format("SET lock_timeout = {}; SET bytea_output = hex; SET standard_conforming_strings = on; "
                  "SELECT set_config('synchronous_commit', 'on', false) "
                  "WHERE current_setting('synchronous_commit') = 'off'{}",
                  kBusyMilliseconds, mode == Mode::ReadOnly ? "; SET default_transaction_read_only = on" : ""));
}

std::unique_ptr<Prepared> PostgresqlSession::prepare(std::string_view sql) {
  return std::make_unique<PostgresqlStatement>(shared_from_this(), sql);
}

void PostgresqlSession::execute(std::string_view sql) {
  quiet();
  const Result result(PQexec(link_.get(), std::string(sql).c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    throw failed(result.get());
}

// COMMIT of a transaction that failed before is answered with ROLLBACK and no error.
void PostgresqlSession::commit() {
  quiet();
  const Result result(PQexec(link_.get(), "COMMIT"));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    if (!lost()) throw failed(result.get());
    throw base::Error(base::Fault::AskOperator, fmt::format("using the database {}", name_),
                      "its server went away before it said whether the last change is kept; see that it runs, then "
                      "try again");
  }
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    throw base::Error(base::Fault::AskOperator, fmt::format("using the database {}", name_),
                      "an earlier step of the same change failed; nothing was changed");
  }
}

void PostgresqlSession::lock(std::int64_t key) {
  PostgresqlStatement statement(shared_from_this(), "SELECT pg_advisory_xact_lock(?1)");
  statement.bind_integer(1, key);
  while (statement.step()) {
  }
}

std::int64_t PostgresqlSession::last_insert_id() {
  PostgresqlStatement statement(shared_from_this(), "SELECT lastval()");
  return statement.step() ? statement.integer(0) : 0;
}

bool PostgresqlSession::in_transaction() {
  if (pipeline_ && !lost()) return true;  // statements are queued inside a transaction only
  if (streaming_ != nullptr) streaming_->take_rest();
  const PGTransactionStatusType status = PQtransactionStatus(link_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

void PostgresqlSession::quiet() {
  if (streaming_ != nullptr) streaming_->take_rest();
  leave_pipeline();
  if (dropped_.size() >= kKeepDropped) forget_dropped();
}

std::string PostgresqlSession::name_statement(const std::string& sql, int parameters) {
  std::string name = fmt::format("s{}", ++statements_);
  const Result result(PQprepare(link_.get(), name.c_str(), sql.c_str(), parameters, nullptr));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw failed(result.get());
  return name;
}

// Not in a transaction that failed, where the server refuses everything but its end.
void PostgresqlSession::forget_dropped() {
  const PGTransactionStatusType status = PQtransactionStatus(link_.get());
  if (status != PQTRANS_IDLE && status != PQTRANS_INTRANS) return;
  std::string all;
  for (const std::string& name : std::exchange(dropped_, {})) all += fmt::format("DEALLOCATE {};", name);
  const Result result(PQexec(link_.get(), all.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw failed(result.get());
}

void PostgresqlSession::enter_pipeline() {
  if (pipeline_) return;
  quiet();
  base::ensure(in_transaction(), "changes are queued inside a transaction");
  if (PQenterPipelineMode(link_.get()) == 0) throw failed(nullptr);
  pipeline_ = true;
}

// One batch is on its way while the next one is written.
void PostgresqlSession::count_queued() {
  if (++queued_ < kBatch) return;
  queued_ = 0;
  if (PQpipelineSync(link_.get()) == 0) throw failed(nullptr);
  ++batches_;
  if (batches_ > 1) collect_batch();
  if (queued_failure_) leave_pipeline();
}

// Reads to the next synchronization; the first failure is kept, what follows it in the batch was not done.
void PostgresqlSession::collect_batch() {
  while (!lost()) {
    const Result result(PQgetResult(link_.get()));
    if (!result) continue;  // between two statements of a pipeline
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_ABORTED && !queued_failure_)
      queued_failure_ = failed(result.get());
  }
  if (lost() && !queued_failure_) queued_failure_ = failed(nullptr);
  --batches_;
}

void PostgresqlSession::leave_pipeline() {
  if (!pipeline_) return;
  if (!lost() && queued_ > 0 && PQpipelineSync(link_.get()) == 1) ++batches_;
  queued_ = 0;
  while (batches_ > 0) collect_batch();
  pipeline_ = false;
  if (!lost()) PQexitPipelineMode(link_.get());
  if (lost() && !queued_failure_) queued_failure_ = failed(nullptr);
  if (queued_failure_) throw *std::exchange(queued_failure_, std::nullopt);
}

std::shared_ptr<Session> connect_postgresql(const std::string& url, Mode mode, const base::Secret* password) {
  return std::make_shared<PostgresqlSession>(connect_link(url, password), mode);
}

}  // namespace db
