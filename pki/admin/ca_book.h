#pragma once
// ca.db: the book of one CSCA. A serial number is written down before the certificate that carries it is signed, so
// that none is ever used twice (9303-12 §7.1.1.5), whatever happens in between; an entry without an outcome is a
// certificate that may or may not have been signed, and its number stays used.

#include <filesystem>
#include <memory>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"

namespace admin {

class CaBook {
 public:
  // make: a new book (Error{FixConfiguration} when one is there); else it has to be there.
  CaBook(const std::filesystem::path& file, bool make, const base::Clock& clock);
  ~CaBook();

  // A random serial number that this CSCA has never used, reserved on disk when this returns.
  base::Bytes reserve_serial(std::string_view purpose, base::Random& random);
  // The outcome: the certificate that carries the number.
  void record(base::ByteView serial, base::ByteView certificate);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace admin
