#include "issuance/registry/csv.h"

#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr int kEnd = std::char_traits<char>::eof();
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

int CsvReader::get() {
  const int c = in_.get();
  if (in_.bad())
    throw base::Error(base::Fault::AskOperator, "reading the import file", "the disk or pipe gave an error");
  if (c == '\n') ++line_;
  if (c != kEnd) ++size_;
  return c;
}

void CsvReader::skip_line() {
  for (int c = get(); c != '\n' && c != kEnd; c = get()) {
  }
}

// Behind the opening quote, up to and with the closing one.
bool CsvReader::read_quoted(std::string& field, CsvRecord& record) {
  for (;;) {
    const int c = get();
    if (c == kEnd) {
      record.malformed = "a quoted field is not closed before the end of the file";
      return false;
    }
    if (size_ > kLargestRecord) {
      record.malformed = "the record is longer than 65,536 bytes; is a quote missing?";
      return false;
    }
    if (c != '"') {
      field += static_cast<char>(c);
    } else if (in_.peek() == '"') {
      field += static_cast<char>(get());
    } else {
      return true;
    }
  }
}

bool CsvReader::next(CsvRecord& record) {
  record = {};
  if (at_start_) {
    at_start_ = false;
    for (std::size_t i = 0; i < kByteOrderMark.size() && in_.peek() == static_cast<unsigned char>(kByteOrderMark[i]);
         ++i) {
      in_.get();
    }
  }
  record.line = line_;
  size_ = 0;
  if (in_.peek() == kEnd) {
    get();  // a failing stream also ends here, and get() tells
    return false;
  }
  std::string field;
  bool quoted = false;  // the field was quoted and is closed
  for (;;) {
    int c = get();
    if (size_ > kLargestRecord && record.malformed.empty()) {
      record.malformed = "the record is longer than 65,536 bytes";
      record.fields.clear();
      if (c != '\n' && c != kEnd) skip_line();
      return true;
    }
    if (c == '\r' && in_.peek() == '\n') c = get();
    if (c == ',' || c == '\n' || c == kEnd) {
      record.fields.push_back(std::move(field));
      field.clear();
      quoted = false;
      if (c != ',') return true;
      continue;
    }
    if (c == '"' && field.empty() && !quoted) {
      quoted = true;
      if (read_quoted(field, record)) continue;
    } else if (c == '"' || c == '\r' || quoted) {
      record.malformed = c == '"'    ? "a quote stands inside a field that is not quoted"
                         : c == '\r' ? "a carriage return stands alone"
                                     : "text follows the closing quote of a field";
    }
    if (!record.malformed.empty()) {
      record.fields.clear();
      skip_line();
      return true;
    }
    field += static_cast<char>(c);
  }
}

}  // namespace registry
