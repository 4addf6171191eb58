#pragma once
// JSON lines: one object of texts a line, UTF-8. A line that is none is reported and reading goes on behind it.

#include <istream>
#include <map>
#include <string>

namespace registry {

struct JsonRecord {
  std::size_t line = 0;  // counted from 1
  std::map<std::string, std::string, std::less<>> fields;
  std::string malformed;  // what is wrong; empty: nothing
};

class JsonLinesReader {
 public:
  explicit JsonLinesReader(std::istream& in) : in_(in) {}
  // False at the end. A line is at most kLargestRecord bytes. Throws Error{AskOperator} when the stream fails.
  bool next(JsonRecord& record);

 private:
  bool read_line(std::string& text, bool& too_long);

  std::istream& in_;
  std::size_t line_ = 0;
};

}  // namespace registry
