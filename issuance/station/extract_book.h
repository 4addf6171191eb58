#pragma once
// The extract of the register that this station works by while the registry does not answer. Its entries stand in a
// file of their own, which takes the place of the one before it as a whole; station.db knows which one counts.

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>

#include "issuance/extract/extract.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace station {

class ExtractBook {
 public:
  // station: station.db, which outlives it; folder: where the files with the entries are.
  ExtractBook(db::Connection& station, std::filesystem::path folder) : station_(station), folder_(std::move(folder)) {}

  std::optional<extract::Header> current() const;  // nullopt: none was loaded
  // The entry about a number in the current extract, as it was signed; nullopt: it has none.
  std::optional<std::string> entry(const std::string& number) const;

  // Every signature, the count and the root are verified before anything changes. Findings: those of extract.h,
  // EXTRACT_OLDER (one of a later moment was loaded before), EXTRACT_EXPIRED, EXTRACT_FROM_FUTURE. Loading the current
  // one again changes nothing.
  std::variant<extract::Header, base::Findings> load(std::istream& in, base::ByteView registry_key,
                                                     const base::Clock& clock);

 private:
  std::filesystem::path file_of(const std::string& id) const { return folder_ / (id + ".db"); }
  base::Findings may_load(const extract::Header& header, base::Moment now) const;
  void make_current(const extract::Header& header, base::Moment now);
  db::Connection& station_;
  std::filesystem::path folder_;
};

}  // namespace station
