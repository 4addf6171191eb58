#pragma once
// A statement on PostgreSQL. Its first execution is sent as text (one journey for what is asked once); from the second
// on the server keeps it under a name.

#include <deque>
#include <string>
#include <vector>

#include "pki/base/db/postgresql.h"

namespace db {

class PostgresqlStatement final : public Prepared {
 public:
  PostgresqlStatement(std::shared_ptr<PostgresqlSession> session, std::string_view sql);
  ~PostgresqlStatement() override;

  void bind_integer(int parameter, std::int64_t value) override;
  void bind_text(int parameter, std::string_view text) override;
  void bind_blob(int parameter, base::ByteView blob) override;
  void bind_null(int parameter) override;
  bool step() override;
  std::int64_t changes() const override { return changes_; }
  void enqueue() override;
  void reset() override;

  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string text(int column) const override;
  base::Bytes blob(int column) const override;

  void take_rest();  // the rows that are still arriving go into memory, the connection is free

 private:
  struct Value {
    std::string bytes;
    bool is_null = true;
    int format = 0;  // 0 text, 1 binary
  };
  enum class State { Idle, Arriving, InMemory };
  Value& slot(int parameter);
  void collect_parameters();
  void send();
  Result arriving();  // the next row, or null at the end
  std::string_view cell(int column) const;

  std::shared_ptr<PostgresqlSession> session_;
  std::string sql_;
  std::vector<Value> values_;
  std::vector<const char*> pointers_;  // of values_, for libpq
  std::vector<int> lengths_, formats_;
  std::string name_;  // empty: the server does not keep it yet
  bool sent_once_ = false;
  State state_ = State::Idle;
  Result row_;
  std::deque<Result> rest_;
  std::optional<base::Error> failure_;  // met after the rows in rest_
  std::int64_t changes_ = 0;
};

}  // namespace db
