#include "issuance/extract/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"

namespace extract {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDoing = "writing an extract of the register";
constexpr std::size_t kLongestLine = 1U << 20;  // of a statement (docs/formats/statements.md)
constexpr std::size_t kMembers = 6;
constexpr std::size_t kLongestId = 64;

fs::path beside(const fs::path& file, const char* ending) {
  fs::path other = file;
  return other += ending;
}

std::ofstream open_private(const fs::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  std::error_code error;
  if (out) fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
  if (!out || error) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{} cannot be written; check folder, mode and space", file.string()));
  }
  return out;
}

nlohmann::json to_json(const Header& header) {
  return {{"id", header.id},
          {"at", base::to_rfc3339(header.at)},
          {"until", base::to_rfc3339(header.until)},
          {"purpose", kPurpose},
          {"count", header.count},
          {"root", header.root}};
}

// It becomes the name of a file.
bool is_id(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, plain);
}

std::optional<Header> header_from(const nlohmann::json& json) {
  try {
    const auto text = [&](const char* name) { return json.at(name).get<std::string>(); };
    const auto at = base::parse_rfc3339(text("at"));
    const auto until = base::parse_rfc3339(text("until"));
    const auto& count = json.at("count");
    if (json.size() != kMembers || text("purpose") != kPurpose || !at || !until || !count.is_number_unsigned()) {
      return std::nullopt;
    }
    Header header{
        .id = text("id"), .at = *at, .until = *until, .count = count.get<std::int64_t>(), .root = text("root")};
    return is_id(header.id) ? std::optional(std::move(header)) : std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // a member is missing or of another type: no header
  }
}

base::Findings finding(const char* code, std::string where, std::string text) {
  base::Findings findings;
  findings.fail(code, std::move(where), std::move(text));
  return findings;
}

// The next line without its end; nullopt when nothing is left. What is longer than any line comes as far as it was
// read, and fails as whatever it should have been.
std::optional<std::string> next_line(std::istream& in) {
  std::string line;
  for (char c = 0; line.size() < kLongestLine && in.get(c);) {
    if (c == '\n') return line;
    line.push_back(c);
  }
  return line.empty() ? std::nullopt : std::optional(std::move(line));
}

}  // namespace

std::string new_id(base::Moment at, base::Random& random) {
  std::string day;
  for (const char c : base::to_rfc3339(at)) {
    if (c != '-' && c != ':') day.push_back(c);
  }
  return fmt::format("X-{}-{}", day, base::to_hex(random.bytes(4)));
}

Writer::Writer(fs::path file, Header header, const keystore::SigningKey& key)
    : file_(std::move(file)), header_(std::move(header)), key_(key) {
  std::error_code error;
  if (fs::exists(file_, error)) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{} is there already; nothing was changed", file_.string()));
  }
  entries_ = open_private(beside(file_, ".entries"));
}

Writer::~Writer() {
  std::error_code ignored;
  entries_.close();
  fs::remove(beside(file_, ".entries"), ignored);
  fs::remove(beside(file_, ".part"), ignored);
}

void Writer::write(std::ofstream& out, const std::string& line) const {
  out << line << '\n';
  if (out) return;
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                    fmt::format("{} cannot be written to its end; is the disk full?", file_.string()));
}

void Writer::add(document::RegistryAnswer answer) {
  base::ensure(last_number_ < answer.number, "the entries of an extract come in the order of their numbers");
  last_number_ = answer.number;
  answer.case_id.clear();
  answer.purpose = kPurpose;
  answer.at = header_.at;
  answer.extract = header_.id;
  const std::string line = evidence::sign_statement("answer", document::to_json(answer), key_);
  frontier_.add(evidence::leaf_hash(base::view_of(line)));
  write(entries_, line);
}

Header Writer::finish(const std::function<void(const Header&)>& before_it_is_there) {
  header_.count = static_cast<std::int64_t>(frontier_.size());
  header_.root = base::to_base64url(frontier_.root());
  entries_.close();
  std::ofstream whole = open_private(beside(file_, ".part"));
  write(whole, evidence::sign_statement("extract", to_json(header_), key_));
  std::ifstream entries(beside(file_, ".entries"), std::ios::binary);
  for (std::string line; std::getline(entries, line);) write(whole, line);
  whole.close();
  std::error_code error;
  if (whole && before_it_is_there) before_it_is_there(header_);
  if (whole) fs::rename(beside(file_, ".part"), file_, error);
  if (!whole || error) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      fmt::format("{} cannot be written to its end; is the disk full?", file_.string()));
  }
  return header_;
}

std::variant<Header, base::Findings> read_header(std::istream& in, base::ByteView registry_key) {
  const auto line = next_line(in);
  const auto payload = line ? evidence::open_statement(*line, "extract", registry_key) : std::nullopt;
  auto header = payload ? header_from(*payload) : std::nullopt;
  if (header) return std::move(*header);
  return finding(
      "EXTRACT_NOT_TRUSTED", "header",
      "Bản trích không do khóa của Cơ sở dữ liệu ký / the registry's key that this station was given did not "
      "sign it as an extract");
}

std::optional<document::RegistryAnswer> open_entry(std::string_view jws, base::ByteView registry_key) {
  const auto payload = evidence::open_statement(jws, "answer", registry_key);
  if (!payload) return std::nullopt;
  try {
    document::RegistryAnswer answer = document::registry_answer_from_json(*payload);
    const bool is_entry = !answer.extract.empty() && answer.case_id.empty() && answer.purpose == kPurpose;
    return is_entry ? std::optional(std::move(answer)) : std::nullopt;
  } catch (const base::Error&) {
    return std::nullopt;  // signed, and yet no answer
  }
}

base::Findings read_entries(std::istream& in, const Header& header, base::ByteView registry_key,
                            const std::function<void(const Entry&)>& take) {
  evidence::Frontier frontier;
  std::string last;
  while (const auto line = next_line(in)) {
    const std::size_t row = frontier.size() + 2;
    const std::string where = fmt::format("line {}", row);
    const auto answer = open_entry(*line, registry_key);
    if (!answer || answer->extract != header.id || answer->at != header.at) {
      return finding("EXTRACT_NOT_TRUSTED", where,
                     "Mục này không thuộc bản trích / the registry's key did not sign this line as an entry of this "
                     "extract");
    }
    if (answer->number <= last) {
      return finding("EXTRACT_DAMAGED", where, "Sai thứ tự / the entries are not in the order of their numbers");
    }
    last = answer->number;
    frontier.add(evidence::leaf_hash(base::view_of(*line)));
    take({.number = answer->number, .jws = *line});
  }
  const bool whole =
      static_cast<std::int64_t>(frontier.size()) == header.count && base::to_base64url(frontier.root()) == header.root;
  if (whole) return {};
  return finding("EXTRACT_DAMAGED", "file",
                 "Bản trích thiếu hoặc bị sửa / entries are missing, were added or changed: count or root are not the "
                 "header's");
}

}  // namespace extract
