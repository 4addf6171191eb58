#include "issuance/registry/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "issuance/registry/csv.h"
#include "issuance/registry/json_lines.h"
#include "issuance/registry/person_check.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr int kCacheKibibytes = 64 * 1024;
constexpr std::int64_t kImportTurn = -2;  // key of the lock; those of numbers are not negative

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

// One record, judged but not yet written.
struct Judged {
  std::size_t line = 0;
  std::optional<document::Person> person;  // nullopt: refused
  std::vector<Event> events;
  base::Findings findings;
};

// A day in a column that stands for an event. Checked before the person is added, so that a line is taken whole or not
// at all.
std::vector<Event> check_events(const FieldSource& field, base::Date today, base::Findings& findings) {
  std::vector<Event> out;
  const auto birth = base::parse_iso_date(field("birth"));
  for (const auto& [column, kind] :
       {std::pair{"died", EventKind::Death}, std::pair{"nationality_lost", EventKind::NationalityLost}}) {
    const std::string_view value = field(column);
    if (value.empty()) continue;
    const auto day = base::parse_iso_date(value);
    if (!day || *day > today || (birth && *day < *birth)) {
      findings.fail("EVENT_DATE", column, "It is no day of the form 2020-01-31 between the birth and today.");
    } else {
      out.push_back({kind, *day, {}, {}, {}, {}, {}});
    }
  }
  return out;
}

void judge(const FieldSource& field, base::Date today, Judged& judged) {
  judged.person = check_person(field, today, judged.findings);
  judged.events = check_events(field, today, judged.findings);
  if (judged.findings.failed()) judged.person.reset();
}

class Records {
 public:
  virtual ~Records() = default;
  virtual bool next(Judged& judged) = 0;  // false at the end
};

class CsvRecords : public Records {
 public:
  CsvRecords(std::istream& in, base::Date today) : csv_(in), today_(today), places_(read_header(csv_)) {}

  bool next(Judged& judged) override {
    judged = {};
    if (!csv_.next(record_)) return false;
    judged.line = record_.line;
    if (!record_.malformed.empty()) {
      judged.findings.fail("CSV_MALFORMED", "line", fmt::format("It is no CSV record: {}.", record_.malformed));
    } else if (record_.fields.size() != places_.size()) {
      judged.findings.fail("CSV_FIELD_COUNT", "line",
                           fmt::format("It has {} fields and the header {}.", record_.fields.size(), places_.size()));
    } else {
      const FieldSource field = [&](std::string_view name) -> std::string_view {
        const auto place = places_.find(name);
        return place == places_.end() ? std::string_view{} : record_.fields[place->second];
      };
      judge(field, today_, judged);
    }
    return true;
  }

 private:
  CsvReader csv_;
  CsvRecord record_;
  base::Date today_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

class JsonRecords : public Records {
 public:
  JsonRecords(std::istream& in, base::Date today) : lines_(in), today_(today) {}

  bool next(Judged& judged) override {
    judged = {};
    if (!lines_.next(record_)) return false;
    judged.line = record_.line;
    if (!record_.malformed.empty())
      judged.findings.fail("JSON_MALFORMED", "line", fmt::format("It is no JSON record: {}.", record_.malformed));
    for (const auto& [name, value] : record_.fields) {
      if (std::ranges::find(kColumns, name, &Column::name) == kColumns.end())
        judged.findings.fail("FIELD_UNKNOWN", "line", "It has a field that no person has.");
    }
    if (judged.findings.failed()) return true;
    const FieldSource field = [&](std::string_view name) -> std::string_view {
      const auto found = record_.fields.find(name);
      return found == record_.fields.end() ? std::string_view{} : std::string_view(found->second);
    };
    judge(field, today_, judged);
    return true;
  }

 private:
  JsonLinesReader lines_;
  JsonRecord record_;
  base::Date today_;
};

class Import {
 public:
  Import(Records& records, Store& store, const ReportLine& report, const ImportOptions& options)
      : records_(records), store_(store), report_(report), options_(options) {}

  ImportTotals run() {
    store_.use_cache(kCacheKibibytes);
    std::vector<Judged> batch;
    for (bool more = true; more;) {
      batch.clear();
      Judged next;
      while (static_cast<std::int64_t>(batch.size()) < options_.batch && (more = records_.next(next)))
        batch.push_back(std::move(next));
      write(batch);
      for (const Judged& judged : batch) {
        for (const base::Finding& finding : judged.findings.list()) report_(judged.line, finding);
      }
    }
    return totals_;
  }

 private:
  // Persons with a cancelled number concern two numbers and are written on their own, in the order of the lines.
  void write(std::vector<Judged>& batch) {
    auto begin = batch.begin();
    while (begin != batch.end()) {
      const auto alone = std::find_if(begin, batch.end(),
                                      [](const Judged& j) { return j.person && !j.person->cancelled_number.empty(); });
      write_together(begin, alone);
      if (alone == batch.end()) break;
      write_alone(*alone);
      begin = alone + 1;
    }
  }

  using At = std::vector<Judged>::iterator;
  // One transaction for each server.
  void write_together(At begin, At end) {
    std::map<int, std::vector<Judged*>> by_server;
    for (At at = begin; at != end; ++at) {
      if (at->person) {
        by_server[store_.server_of(at->person->number)].push_back(&*at);
      } else {
        count(*at, Store::Added::Refused);
      }
    }
    for (const auto& [server, records] : by_server) {
      db::Transaction change = store_.begin();
      // Imports take turns at writing: two that met at one number of another server would fail there, not wait.
      store_.database().lock(kImportTurn);
      for (Judged* const judged : records) {
        Store::Added added = store_.add(*judged->person, judged->findings, options_.source);
        // An event of a person that is already registered may be refused (another day): the person stays as registered.
        if (added != Store::Added::Refused) {
          for (const Event& event : judged->events)
            judged->findings.add(store_.put_event(judged->person->number, event));
        }
        count(*judged, judged->findings.failed() ? Store::Added::Refused : added);
      }
      change.commit();
    }
  }

  void write_alone(Judged& judged) {
    const Store::Added added = store_.register_person(*judged.person, judged.findings, options_.source);
    if (added != Store::Added::Refused) {
      for (const Event& event : judged.events) judged.findings.add(store_.record_event(judged.person->number, event));
    }
    count(judged, judged.findings.failed() ? Store::Added::Refused : added);
  }

  void count(const Judged& judged, Store::Added added) {
    ++totals_.read;
    if (added == Store::Added::New) ++totals_.added;
    if (added == Store::Added::Unchanged) ++totals_.unchanged;
    if (added == Store::Added::Refused) ++totals_.refused;
    if (added != Store::Added::Refused && !judged.findings.empty()) ++totals_.warned;
  }

  Records& records_;
  Store& store_;
  const ReportLine& report_;
  const ImportOptions& options_;
  ImportTotals totals_;
};

}  // namespace

ImportTotals import_persons(std::istream& in, Store& store, const base::Clock& clock, const ReportLine& report,
                            const ImportOptions& options) {
  base::ensure(options.batch > 0, "a batch holds records");
  std::unique_ptr<Records> records;
  if (options.format == ImportFormat::Csv) {
    records = std::make_unique<CsvRecords>(in, clock.today());
  } else {
    records = std::make_unique<JsonRecords>(in, clock.today());
  }
  return Import(*records, store, report, options).run();
}

}  // namespace registry
