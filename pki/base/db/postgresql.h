#pragma once
// PostgreSQL 15 through libpq. One connection answers one question at a time: whose rows are still arriving, or what is
// still queued, is finished before the next question is sent.

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/db/engine.h"

namespace db {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Link = std::unique_ptr<PGconn, CloseConnection>;
using Result = std::unique_ptr<PGresult, ClearResult>;

// A failed statement as one sentence; never the server's detail, which may hold values.
base::Error failure(const PGresult* result, const PGconn* connection, const std::string& name);
// A failed connect(): by SQLSTATE when the server answered, empty when it did not.
base::Error connect_failure(std::string_view sqlstate, const std::string& name);

struct Connected {
  Link link;
  std::string name;  // "host:port/database"
};
Connected connect_link(const std::string& url, const base::Secret* password);

class PostgresqlStatement;

class PostgresqlSession final : public Session, public std::enable_shared_from_this<PostgresqlSession> {
 public:
  PostgresqlSession(Connected connected, Mode mode);

  Engine engine() const override { return Engine::Postgresql; }
  const std::string& name() const override { return name_; }
  std::unique_ptr<Prepared> prepare(std::string_view sql) override;
  void execute(std::string_view sql) override;
  void begin() override { execute("BEGIN"); }
  void commit() override;
  void lock(std::int64_t key) override;
  void relax_durability() override {}
  void sync() override {}  // its commits wait for the disk
  std::int64_t last_insert_id() override;
  bool in_transaction() override;
  bool lost() const override { return PQstatus(link_.get()) != CONNECTION_OK; }

  // For statements.
  PGconn* link() const { return link_.get(); }
  void quiet();  // nothing arrives and nothing is queued any more; throws what a queued statement met
  void begin_rows(PostgresqlStatement& of) { streaming_ = &of; }
  void end_rows() { streaming_ = nullptr; }  // all results of the current question have been read
  std::string name_statement(const std::string& sql, int parameters);
  void drop_statement(std::string name) { dropped_.push_back(std::move(name)); }
  void enter_pipeline();  // a no-op when inside
  void count_queued();    // after each statement sent in the pipeline; sends off and collects batches
  base::Error failed(const PGresult* result) const { return failure(result, link_.get(), name_); }

 private:
  void collect_batch();
  void leave_pipeline();
  void forget_dropped();
  Link link_;
  std::string name_;
  PostgresqlStatement* streaming_ = nullptr;
  std::int64_t statements_ = 0;
  std::vector<std::string> dropped_;  // named statements nobody needs any more
  bool pipeline_ = false;
  int queued_ = 0;   // statements since the last synchronization
  int batches_ = 0;  // synchronizations whose results have not been read
  std::optional<base::Error> queued_failure_;
};

}  // namespace db
