#pragma once
// What each engine gives to db::Statement and db::Connection. Seen inside this room only.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pki/base/core/secret.h"
#include "pki/base/db/connection.h"

namespace db {

class Prepared {
 public:
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  virtual ~Prepared() = default;

  virtual void bind_integer(int parameter, std::int64_t value) = 0;
  virtual void bind_text(int parameter, std::string_view text) = 0;
  virtual void bind_blob(int parameter, base::ByteView blob) = 0;
  virtual void bind_null(int parameter) = 0;
  virtual bool step() = 0;
  virtual std::int64_t changes() const = 0;  // of the execution that step() has ended
  virtual void enqueue() = 0;
  virtual void reset() = 0;  // the rows and the bound values go

  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string text(int column) const = 0;
  virtual base::Bytes blob(int column) const = 0;
};

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  virtual Engine engine() const = 0;
  virtual const std::string& name() const = 0;
  virtual std::unique_ptr<Prepared> prepare(std::string_view sql) = 0;
  virtual void execute(std::string_view sql) = 0;
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void lock(std::int64_t key) = 0;
  virtual void relax_durability() = 0;
  virtual void sync() = 0;
  virtual std::int64_t last_insert_id() = 0;
  virtual bool in_transaction() = 0;
  virtual bool lost() const = 0;
};

std::shared_ptr<Session> open_sqlite(const std::filesystem::path& file, Mode mode);
std::shared_ptr<Session> connect_postgresql(const std::string& url, Mode mode, const base::Secret* password);

}  // namespace db
