#include "issuance/registry/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "issuance/registry/csv.h"
#include "issuance/registry/person_check.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr int kCacheKibibytes = 64 * 1024;

struct Column {
  std::string_view name;
  bool required;
};
constexpr std::array<Column, 17> kColumns{{{"number", true},
                                           {"full_name", true},
                                           {"birth", true},
                                           {"sex", true},
                                           {"nationality", true},
                                           {"ethnicity", false},
                                           {"religion", false},
                                           {"place_of_origin", false},
                                           {"place_of_birth", false},
                                           {"residence", false},
                                           {"father", false},
                                           {"mother", false},
                                           {"spouse", false},
                                           {"old_id", false},
                                           {"cancelled_number", false},
                                           {"died", false},
                                           {"nationality_lost", false}}};

[[noreturn]] void refuse_header(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading the header of the import file", std::move(seen));
}

// Name of a column -> its place in a record.
std::map<std::string, std::size_t, std::less<>> read_header(CsvReader& csv) {
  CsvRecord header;
  if (!csv.next(header)) refuse_header("the file is empty; its first line names the columns");
  if (!header.malformed.empty()) refuse_header(header.malformed);
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    if (std::ranges::find(kColumns, header.fields[i], &Column::name) == kColumns.end())
      refuse_header(fmt::format("column {} has a name that no field of a person has", i + 1));
    if (!places.emplace(header.fields[i], i).second)
      refuse_header(fmt::format("column {} is there twice", header.fields[i]));
  }
  for (const Column& column : kColumns) {
    if (column.required && !places.contains(column.name))
      refuse_header(fmt::format("column {} is missing", column.name));
  }
  return places;
}

class Import {
 public:
  Import(std::istream& in, Store& store, const base::Clock& clock, const ReportLine& report)
      : csv_(in), store_(store), today_(clock.today()), report_(report), places_(read_header(csv_)) {}

  ImportTotals run(std::int64_t batch) {
    store_.use_cache(kCacheKibibytes);
    CsvRecord record;
    for (bool more = true; more;) {
      db::Transaction change = store_.begin();
      for (std::int64_t i = 0; i < batch && (more = csv_.next(record)); ++i) take(record);
      change.commit();
    }
    return totals_;
  }

 private:
  void take(const CsvRecord& record) {
    base::Findings findings;
    const Store::Added added = add(record, findings);
    ++totals_.read;
    if (added == Store::Added::New) ++totals_.added;
    if (added == Store::Added::Unchanged) ++totals_.unchanged;
    if (added == Store::Added::Refused) ++totals_.refused;
    if (added != Store::Added::Refused && !findings.empty()) ++totals_.warned;
    for (const base::Finding& finding : findings.list()) report_(record.line, finding);
  }

  Store::Added add(const CsvRecord& record, base::Findings& findings) {
    if (!record.malformed.empty()) {
      findings.fail("CSV_MALFORMED", "line", fmt::format("It is no CSV record: {}.", record.malformed));
      return Store::Added::Refused;
    }
    if (record.fields.size() != places_.size()) {
      findings.fail("CSV_FIELD_COUNT", "line",
                    fmt::format("It has {} fields and the header {}.", record.fields.size(), places_.size()));
      return Store::Added::Refused;
    }
    const FieldSource field = [&](std::string_view name) -> std::string_view {
      const auto place = places_.find(name);
      return place == places_.end() ? std::string_view{} : record.fields[place->second];
    };
    const auto person = check_person(field, today_, findings);
    const auto events = check_events(field, findings);
    if (!person || findings.failed()) return Store::Added::Refused;
    const Store::Added added = store_.add(*person, findings);
    if (added == Store::Added::Refused) return added;
    // An event of a person that is already registered may be refused (another day): the person stays as registered.
    for (const Event& event : events) findings.add(store_.put_event(person->number, event));
    return findings.failed() ? Store::Added::Refused : added;
  }

  // Checked before the person is added, so that a line is taken whole or not at all.
  std::vector<Event> check_events(const FieldSource& field, base::Findings& findings) const {
    std::vector<Event> out;
    const auto birth = base::parse_iso_date(field("birth"));
    for (const auto& [column, kind] :
         {std::pair{"died", EventKind::Death}, std::pair{"nationality_lost", EventKind::NationalityLost}}) {
      const std::string_view value = field(column);
      if (value.empty()) continue;
      const auto day = base::parse_iso_date(value);
      if (!day || *day > today_ || (birth && *day < *birth)) {
        findings.fail("EVENT_DATE", column, "It is no day of the form 2020-01-31 between the birth and today.");
      } else {
        out.push_back({kind, *day});
      }
    }
    return out;
  }

  CsvReader csv_;
  Store& store_;
  base::Date today_;
  const ReportLine& report_;
  std::map<std::string, std::size_t, std::less<>> places_;
  ImportTotals totals_;
};

}  // namespace

ImportTotals import_csv(std::istream& in, Store& store, const base::Clock& clock, const ReportLine& report,
                        std::int64_t batch) {
  return Import(in, store, clock, report).run(batch);
}

}  // namespace registry
