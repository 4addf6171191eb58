#include "pki/base/db/postgresql_statement.h"

#include <charconv>
#include <utility>

#include "pki/base/db/placeholders.h"

namespace db {

namespace {

constexpr Oid kBool = 16, kBytea = 17;  // pg_type.dat

// The server writes bytes as \x and lower-case hexadecimal (bytea_output, its default).
base::Bytes parse_bytea(std::string_view text) {
  base::ensure(text.starts_with("\\x"), "the server writes bytes in hexadecimal");
  const auto bytes = base::parse_hex(text.substr(2));
  base::ensure(bytes.has_value(), "the server writes whole bytes");
  return *bytes;
}

}  // namespace

PostgresqlStatement::PostgresqlStatement(std::shared_ptr<PostgresqlSession> session, std::string_view sql)
    : session_(std::move(session)) {
  DollarSql translated = to_dollar(sql);
  sql_ = std::move(translated.text);
  values_.resize(static_cast<std::size_t>(translated.parameters));
}

PostgresqlStatement::~PostgresqlStatement() {
  reset();
  if (!name_.empty()) session_->drop_statement(std::move(name_));
}

PostgresqlStatement::Value& PostgresqlStatement::slot(int parameter) {
  base::ensure(parameter >= 1 && static_cast<std::size_t>(parameter) <= values_.size(),
               "a bound parameter stands in the statement");
  Value& value = values_[static_cast<std::size_t>(parameter - 1)];
  value.is_null = false;
  value.format = 0;
  return value;
}

void PostgresqlStatement::bind_integer(int parameter, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value);
  slot(parameter).bytes.assign(std::begin(digits), end.ptr);
}

void PostgresqlStatement::bind_text(int parameter, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw base::Error(base::Fault::AskOperator, "using the database " + session_->name(),
                      "a rule of the database refused the change (a text holds a NUL character)");
  }
  slot(parameter).bytes.assign(text);
}

void PostgresqlStatement::bind_blob(int parameter, base::ByteView blob) {
  Value& value = slot(parameter);
  value.bytes.assign(blob.begin(), blob.end());
  value.format = 1;
}

void PostgresqlStatement::bind_null(int parameter) {
  slot(parameter).is_null = true;
}

void PostgresqlStatement::collect_parameters() {
  pointers_.clear();
  lengths_.clear();
  formats_.clear();
  for (const Value& value : values_) {
    pointers_.push_back(value.is_null ? nullptr : value.bytes.c_str());
    lengths_.push_back(static_cast<int>(value.bytes.size()));
    formats_.push_back(value.format);
  }
}

void PostgresqlStatement::send() {
  session_->quiet();
  changes_ = 0;
  if (sent_once_ && name_.empty()) name_ = session_->name_statement(sql_, static_cast<int>(values_.size()));
  collect_parameters();
  const int count = static_cast<int>(values_.size());
  PGconn* const link = session_->link();
  const int sent =
      name_.empty()
          ? PQsendQueryParams(link, sql_.c_str(), count, nullptr, pointers_.data(), lengths_.data(), formats_.data(), 0)
          : PQsendQueryPrepared(link, name_.c_str(), count, pointers_.data(), lengths_.data(), formats_.data(), 0);
  if (sent == 0) throw session_->failed(nullptr);
  base::ensure(PQsetSingleRowMode(link) == 1, "rows come one by one");
  sent_once_ = true;
  state_ = State::Arriving;
  session_->begin_rows(*this);
}

Result PostgresqlStatement::arriving() {
  Result result(PQgetResult(session_->link()));
  if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) return result;
  std::optional<base::Error> failure;
  for (; result; result.reset(PQgetResult(session_->link()))) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      const std::string_view count = PQcmdTuples(result.get());
      std::from_chars(count.data(), count.data() + count.size(), changes_);
    } else if (!failure) {
      failure = session_->failed(result.get());
    }
    if (PQstatus(session_->link()) != CONNECTION_OK) break;
  }
  session_->end_rows();
  state_ = State::Idle;
  if (failure) throw *failure;
  return {};
}

void PostgresqlStatement::take_rest() {
  try {
    while (Result row = arriving()) rest_.push_back(std::move(row));
  } catch (const base::Error& error) {
    failure_ = error;
  }
  state_ = State::InMemory;
}

bool PostgresqlStatement::step() {
  if (state_ == State::Idle) send();
  row_.reset();
  if (state_ == State::Arriving) {
    row_ = arriving();
    return row_ != nullptr;
  }
  if (!rest_.empty()) {
    row_ = std::move(rest_.front());
    rest_.pop_front();
    return true;
  }
  state_ = State::Idle;
  if (failure_) throw *std::exchange(failure_, std::nullopt);
  return false;
}

void PostgresqlStatement::enqueue() {
  if (name_.empty()) {
    session_->quiet();
    base::ensure(session_->in_transaction(), "changes are queued inside a transaction");
    name_ = session_->name_statement(sql_, static_cast<int>(values_.size()));
  }
  session_->enter_pipeline();
  collect_parameters();
  if (PQsendQueryPrepared(session_->link(), name_.c_str(), static_cast<int>(values_.size()), pointers_.data(),
                          lengths_.data(), formats_.data(), 0) == 0)
    throw session_->failed(nullptr);
  session_->count_queued();
}

void PostgresqlStatement::reset() {
  if (state_ == State::Arriving) take_rest();
  row_.reset();
  rest_.clear();
  failure_.reset();
  state_ = State::Idle;
  for (Value& value : values_) value.is_null = true;
}

std::string_view PostgresqlStatement::cell(int column) const {
  base::ensure(row_ != nullptr && column >= 0 && column < PQnfields(row_.get()), "a column of a row that is there");
  return {PQgetvalue(row_.get(), 0, column), static_cast<std::size_t>(PQgetlength(row_.get(), 0, column))};
}

bool PostgresqlStatement::is_null(int column) const {
  cell(column);
  return PQgetisnull(row_.get(), 0, column) == 1;
}

std::int64_t PostgresqlStatement::integer(int column) const {
  const std::string_view digits = cell(column);
  if (PQftype(row_.get(), column) == kBool) return digits == "t" ? 1 : 0;
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string PostgresqlStatement::text(int column) const {
  const std::string_view text = cell(column);
  if (PQftype(row_.get(), column) != kBytea || text.empty()) return std::string(text);
  return base::text_of(parse_bytea(text));
}

base::Bytes PostgresqlStatement::blob(int column) const {
  const std::string_view text = cell(column);
  if (PQftype(row_.get(), column) != kBytea || text.empty()) return base::bytes_of(text);
  return parse_bytea(text);
}

}  // namespace db
