#include "issuance/station/extract_book.h"

#include <fmt/format.h>

#include <array>
#include <istream>
#include <system_error>

#include "pki/base/core/error.h"

namespace station {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kSkew{15};  // by which the registry's clock may be ahead of ours
constexpr std::array<db::Migration, 1> kEntries{
    {{"entries", "CREATE TABLE entries(number TEXT PRIMARY KEY, jws TEXT NOT NULL) STRICT, WITHOUT ROWID;"}}};

// The file of an extract with what SQLite puts beside it.
void remove_file(const fs::path& file) {
  std::error_code ignored;
  for (const char* const ending : {"", "-wal", "-shm"}) fs::remove(fs::path(file) += ending, ignored);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (!error) return;
  throw base::Error(base::Fault::FixConfiguration, "keeping an extract of the register",
                    fmt::format("{} cannot be made: {}", folder.string(), error.message()));
}

base::Findings refusal(const char* code, std::string text) {
  base::Findings findings;
  findings.fail(code, "extract", std::move(text));
  return findings;
}

}  // namespace

std::optional<extract::Header> ExtractBook::current() const {
  auto row = station_.prepare("SELECT id, at, until, count, root FROM extracts ORDER BY at DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  const auto at = base::parse_rfc3339(row.text(1)), until = base::parse_rfc3339(row.text(2));
  base::ensure(at && until, "an extract was kept with its times");
  return extract::Header{.id = row.text(0), .at = *at, .until = *until, .count = row.integer(3), .root = row.text(4)};
}

std::optional<std::string> ExtractBook::entry(const std::string& number) const {
  const auto header = current();
  if (!header) return std::nullopt;
  db::Connection entries = db::Connection::open(file_of(header->id), db::Mode::ReadOnly);
  auto row = entries.prepare("SELECT jws FROM entries WHERE number = ?1");
  return row.with(number).step() ? std::optional(row.text(0)) : std::nullopt;
}

base::Findings ExtractBook::may_load(const extract::Header& header, base::Moment now) const {
  const auto loaded = current();
  if (loaded && loaded->id != header.id && header.at <= loaded->at) {
    return refusal("EXTRACT_OLDER", fmt::format("Trạm đã có bản trích mới hơn / it is of {}, and one of {} was loaded "
                                                "before",
                                                base::to_rfc3339(header.at), base::to_rfc3339(loaded->at)));
  }
  if (header.at > now + kSkew) {
    return refusal("EXTRACT_FROM_FUTURE", fmt::format("Bản trích từ tương lai / it is of {}; compare the clocks",
                                                      base::to_rfc3339(header.at)));
  }
  if (now >= header.until) {
    return refusal("EXTRACT_EXPIRED", fmt::format("Bản trích hết hạn / it counted until {}; fetch a new one",
                                                  base::to_rfc3339(header.until)));
  }
  return {};
}

void ExtractBook::make_current(const extract::Header& header, base::Moment now) {
  station_
      .prepare(
          "INSERT INTO extracts(id, at, until, count, root, loaded_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
          "ON CONFLICT(id) DO NOTHING")
      .run(header.id, base::to_rfc3339(header.at), base::to_rfc3339(header.until), header.count, header.root,
           base::to_rfc3339(now));
  // What is not the current one holds personal data for nothing.
  for (const auto& file : fs::directory_iterator(folder_)) {
    if (!file.path().filename().string().starts_with(header.id)) remove_file(file.path());
  }
}

std::variant<extract::Header, base::Findings> ExtractBook::load(std::istream& in, base::ByteView registry_key,
                                                                const base::Clock& clock) {
  auto read = extract::read_header(in, registry_key);
  if (auto* findings = std::get_if<base::Findings>(&read)) return std::move(*findings);
  const auto& header = std::get<extract::Header>(read);
  if (base::Findings no = may_load(header, clock.now()); no.failed()) return no;

  make_folder(folder_);
  const fs::path incoming = folder_ / (header.id + ".new");
  remove_file(incoming);
  base::Findings findings;
  {
    db::Connection entries = db::Connection::open(incoming, db::Mode::Create);
    entries.migrate(kEntries, clock);
    db::Transaction filling(entries);
    auto insert = entries.prepare("INSERT INTO entries(number, jws) VALUES(?1, ?2)");
    findings = extract::read_entries(in, header, registry_key,
                                     [&](const extract::Entry& entry) { insert.run(entry.number, entry.jws); });
    if (!findings.failed()) filling.commit();
  }
  if (findings.failed()) {
    remove_file(incoming);
    return findings;
  }
  fs::rename(incoming, file_of(header.id));
  make_current(header, clock.now());
  return header;
}

}  // namespace station
