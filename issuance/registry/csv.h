#pragma once
// RFC 4180, read record by record from a stream of any length: fields parted by commas, records by CRLF or LF, quotes
// around a whole field only and doubled inside. A record that breaks the rules is reported and reading goes on behind
// its line end.

#include <istream>
#include <string>
#include <vector>

namespace registry {

inline constexpr std::size_t kLargestRecord = 1U << 16;  // bytes

struct CsvRecord {
  std::size_t line = 0;             // where the record begins, counted from 1
  std::vector<std::string> fields;  // empty when malformed
  std::string malformed;            // what is wrong; empty: nothing
};

class CsvReader {
 public:
  explicit CsvReader(std::istream& in) : in_(in) {}
  // False at the end. A UTF-8 byte order mark at the beginning is skipped. Throws Error{AskOperator} when the stream
  // fails.
  bool next(CsvRecord& record);

 private:
  int get();
  void skip_line();
  bool read_quoted(std::string& field, CsvRecord& record);

  std::istream& in_;
  std::size_t line_ = 1;
  std::size_t size_ = 0;  // of the record so far
  bool at_start_ = true;
};

}  // namespace registry
