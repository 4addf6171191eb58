#pragma once
// A file of persons, CSV or JSON lines, into the register (docs/formats/registry-import.md): any length, every refused
// line reported with line, field and reason, good lines kept. Repeating an import, or going on after a crash, changes
// nothing twice.

#include <cstdint>
#include <functional>
#include <istream>

#include "issuance/registry/store.h"
#include "pki/base/core/finding.h"

namespace registry {

struct ImportTotals {
  std::int64_t read = 0;  // records behind the header
  std::int64_t added = 0;
  std::int64_t unchanged = 0;
  std::int64_t refused = 0;
  std::int64_t warned = 0;  // kept, with a warning
};

// Called for every finding, in order of the lines; `line` counts from 1, the header's.
using ReportLine = std::function<void(std::size_t line, const base::Finding& finding)>;

inline constexpr std::int64_t kImportBatch = 20'000;  // records a transaction

enum class ImportFormat { Csv, JsonLines };

struct ImportOptions {
  ImportFormat format = ImportFormat::Csv;
  std::int64_t source = 0;  // of Store::add_source; 0: not stated
  std::int64_t batch = kImportBatch;
};

// Throws Error{FixConfiguration} when the header is not that of an import file (nothing is read then). Codes of a line:
// CSV_MALFORMED, CSV_FIELD_COUNT, JSON_MALFORMED, FIELD_UNKNOWN, those of check_person, Store::register_person and
// Store::put_event. Memory: one batch of records. The register is locked only while a batch is written, so two imports
// at once take turns.
ImportTotals import_persons(std::istream& in, Store& store, const base::Clock& clock, const ReportLine& report,
                            const ImportOptions& options = {});

}  // namespace registry
