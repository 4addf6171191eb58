#pragma once
// The book of blank chips, in whatever database it is given: entered once by serial, bound to one order, or written
// off. The signer's own book decides (CHIP_NOT_IN_STOCK); a station may keep one for its shelf.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/stock/list.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace stock {

// Makes the table stock_chips; goes into the migrations of the database that holds the book.
extern const db::Migration kMigration;

enum class State { Blank, Assigned, Spoiled };
std::string_view state_name(State state);  // "blank", "assigned", "spoiled"

struct Chip {
  std::string serial;
  std::string batch;
  State state = State::Blank;
  base::Moment added_at;
  std::string spoiled_for;  // the case whose card it was to become; empty unless spoiled
};

class Book {
 public:
  explicit Book(db::Connection& store) : store_(store) {}

  // Throws Error{FixConfiguration} naming the first serial that is in the book already; the caller's transaction makes it
  // all or nothing.
  void add(const std::vector<Blank>& blanks, base::Moment now);
  std::optional<Chip> find(const std::string& serial) const;
  std::vector<Chip> list() const;  // by serial
  std::int64_t count(State state) const;
  // Each true when the chip was in the state that the step starts from.
  bool mark_assigned(const std::string& serial);
  bool mark_spoiled(const std::string& serial, const std::string& case_id);  // from blank or assigned, for good

 private:
  db::Connection& store_;
};

}  // namespace stock
