#include "issuance/stock/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "pki/base/core/error.h"

namespace stock {

namespace {

constexpr std::size_t kLongestBatch = 64;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

bool is_batch(std::string_view text) {
  return text.size() <= kLongestBatch && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
                  c == '.' || c == '/';
         });
}

[[noreturn]] void refuse(const std::string& origin, std::size_t line, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading a stock list",
                    fmt::format("{}:{}: {}", origin, line, seen));
}

Blank parse_line(std::string_view line, const std::string& origin, std::size_t number) {
  const auto comma = line.find(',');
  const auto serial = normal_serial(trimmed(line.substr(0, comma)));
  if (!serial) refuse(origin, number, "a chip serial is 16 hexadecimal digits");
  const std::string_view batch = comma == std::string_view::npos ? std::string_view{} : trimmed(line.substr(comma + 1));
  if (!is_batch(batch)) {
    refuse(origin, number, fmt::format("a batch is at most {} letters, digits, '-', '_', '.' or '/'", kLongestBatch));
  }
  return {*serial, std::string(batch)};
}

}  // namespace

bool is_serial(std::string_view text) {
  return text.size() == kSerialDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

std::optional<std::string> normal_serial(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return is_serial(upper) ? std::optional(std::move(upper)) : std::nullopt;
}

std::vector<Blank> parse_list(std::string_view text, const std::string& origin) {
  std::vector<Blank> blanks;
  std::map<std::string, std::size_t> lines;  // serial -> line
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    Blank blank = parse_line(line, origin, number);
    if (const auto [earlier, is_new] = lines.emplace(blank.serial, number); !is_new) {
      refuse(origin, number, fmt::format("the serial {} stands in line {} already", blank.serial, earlier->second));
    }
    blanks.push_back(std::move(blank));
  }
  return blanks;
}

}  // namespace stock
