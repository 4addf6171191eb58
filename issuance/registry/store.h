#pragma once
// The population register on SQLite or PostgreSQL: persons, what happened to them, the cards they hold and which case
// is open on a number. Everything about a number can be asked as of a day: later events are undone. What a rule of the
// register refuses comes back as findings; a message never holds a number or a name.
//
// Every row lies under one number, and no transaction touches two: what concerns two numbers is written under the first
// together with a line of its outbox, which finish_outbox() writes under the second (docs/decisions/one-number.md).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "issuance/registry/records.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"

namespace registry {

// One look into the register, as it is kept for the person concerned.
struct Read {
  std::string case_id, purpose, reader;
  base::Moment at;
  std::string salt;                       // of the commitment in the audit log; empty: not in the log
  std::optional<std::int64_t> log_index;  // of that entry
};

class Store {
 public:
  static Store create(const std::filesystem::path& file, const base::Clock& clock);  // refuses an existing file
  static Store open(const std::filesystem::path& file, const base::Clock& clock, db::Mode mode = db::Mode::Existing);
  // Brings the schema up to date and finishes the outbox, on either engine.
  Store(db::Connection database, const base::Clock& clock);

  // Several changes as one: nothing is seen by others, or survives a crash, before commit().
  db::Transaction begin() { return db::Transaction(database_); }
  // For imports: more memory for pages (KiB), which a million rows in one transaction want.
  void use_cache(int kibibytes);

  bool is_empty();
  std::int64_t count();

  enum class Added { New, Unchanged, Refused };
  // The person as given (checked by check_person). Refuses with NUMBER_TAKEN (other data stand under this number),
  // NUMBER_CANCELLED, CANCELLED_NUMBER_LIVE, CANCELLED_NUMBER_TAKEN. Inside a transaction of the caller's.
  Added add(const document::Person& person, base::Findings& findings, std::int64_t source = 0);

  // As of a legal day, today unless given; nullopt: unknown or cancelled then, or not yet born.
  std::optional<Record> find(const CitizenNumber& number, std::optional<base::Date> as_of = std::nullopt);
  // The row alone, as it stands now; one prepared look-up.
  std::optional<document::Person> person(const CitizenNumber& number);
  // Whether the number was cancelled and re-established under another one.
  bool is_cancelled(const CitizenNumber& number);
  Standing standing(const CitizenNumber& number, std::optional<base::Date> as_of = std::nullopt);
  // Of this number and of those it replaced, oldest first.
  std::vector<Event> history(const CitizenNumber& number);
  std::vector<CitizenNumber> former_numbers(const CitizenNumber& number);  // newest first
  // The answer to one question, not yet signed; open_case names a case other than case_id. Not inside a transaction:
  // a duplicate that is found goes to the adjudication queue.
  document::RegistryAnswer answer(const CitizenNumber& number, const std::string& case_id, const std::string& purpose,
                                  base::Random& random, std::optional<base::Date> as_of = std::nullopt);
  // At most `limit` (up to kMostFound) numbers, in their order. Needs a word of the name.
  std::vector<CitizenNumber> search(const SearchTerms& terms, int limit);

  void keep_read(const CitizenNumber& number, const Read& read);
  std::vector<Read> reads(const CitizenNumber& number);

  // Each in one transaction; no failing finding: done, or done before with the same content. PERSON_NOT_FOUND,
  // PERSON_DEAD, NOT_A_CITIZEN, CARD_CASE_CONFLICT, CARD_SERIAL_TAKEN, CARD_NOT_FOUND, LIVE_CARD,
  // CARD_NOT_ACTIVE, CARD_ISSUED_IN_FUTURE, EVENT_CONFLICT, EVENT_DATE, EVENT_CHANGE, EVENT_BEFORE, EVENT_OTHER,
  // OPEN_CASE, CASE_CONFLICT.
  base::Findings record_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings set_card_status(const CitizenNumber& number, const std::string& chip_serial,
                                 const std::string& status);
  base::Findings record_event(const CitizenNumber& number, const Event& event);
  base::Findings open_case(const CitizenNumber& number, const std::string& case_id);
  base::Findings close_case(const CitizenNumber& number, const std::string& case_id);

  // The same inside a transaction of the caller's (imports); no event on two numbers.
  base::Findings put_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings put_event(const CitizenNumber& number, const Event& event);

  // Writes the second half of every event on two numbers that is still to be written, and removes it from the outbox.
  void finish_outbox();

  // The same person under another number: same birth (or day and month exchanged), a name that is the same, one edit
  // away or its words in another order, and the same parents.
  std::vector<Duplicate> duplicates_of(const document::Person& person);
  std::vector<Pair> open_pairs(int limit);
  // PAIR_NOT_FOUND, PAIR_DECIDED (it is closed), PAIR_SAME_OFFICER.
  base::Findings decide_pair(const std::string& pair, const std::string& decision, const std::string& officer);

  std::vector<WatchEntry> watch_list(const CitizenNumber& number);
  base::Findings add_watch(const CitizenNumber& number, const WatchEntry& entry);  // PERSON_NOT_FOUND
  base::Findings remove_watch(const CitizenNumber& number, const std::string& kind);

  // PERSON_NOT_FOUND, CORRECTION_FIELD (unknown, or never corrected), CORRECTION_NEEDLESS (it stands so already), and
  // what check_person says about the wanted value.
  base::Findings request_correction(const CitizenNumber& number, const std::string& field, const std::string& wanted,
                                    const std::string& case_id, const std::string& asked_by, const std::string& basis);
  std::vector<Correction> corrections(const CitizenNumber& number);
  std::vector<Correction> open_corrections(int limit);
  // Accepted: the event is recorded, of today. CORRECTION_NOT_FOUND, CORRECTION_DECIDED, CORRECTION_SAME_OFFICER, those
  // of record_event.
  base::Findings decide_correction(const std::string& id, bool accept, const std::string& officer);

  std::int64_t add_source(const Source& source);  // the same statement again: the same id
  std::optional<Source> source(std::int64_t id);
  // What answers say was confirmed about the person: that of the record's source, and the officers' own statements.
  std::vector<document::Attested> attestations(const CitizenNumber& number, std::int64_t source);

  // Grows the version of a number: somebody changed what the register holds under it. Inside a transaction.
  void touch(const CitizenNumber& number);
  // For tables of rooms that keep theirs beside ours, keyed by number (attestations, accesses).
  db::Connection& database() { return database_; }

 private:
  bool exists(const CitizenNumber& number);
  bool recorded_before(const CitizenNumber& number, const CardEntry& card, base::Findings& findings);
  void check_holder(const CitizenNumber& number, base::Findings& findings);
  void replace_card(const CitizenNumber& number, const CardEntry& card, base::Findings& findings);
  std::vector<Event> events(const CitizenNumber& number);
  std::vector<document::RegisteredCard> cards(const CitizenNumber& number);
  std::string open_case_of(const CitizenNumber& number);

  // Prepared once and kept; sql is a literal. Whoever steps a statement steps it to its end or resets it.
  db::Statement& statement(std::string_view sql);
  template <class... Values>
  bool is_there(std::string_view sql, const Values&... values) {
    db::Statement& question = statement(sql);
    const bool found = question.with(values...).step();
    question.reset();
    return found;
  }

  db::Connection database_;
  const base::Clock* clock_;
  std::unordered_map<std::string_view, db::Statement> statements_;
};

// A chip serial as the register keeps it: 16 hexadecimal digits, upper case; nullopt for anything else.
std::optional<std::string> parse_chip_serial(std::string_view text);
bool is_card_status(std::string_view text);

}  // namespace registry
