#pragma once
// The population register on SQLite or PostgreSQL: persons, what happened to them, the cards they hold and which case
// is open on a number. Everything about a number can be asked as of a day: later events are undone. What a rule of the
// register refuses comes back as findings; a message never holds a number or a name.
//
// Every row lies under one number, and no transaction touches two: what concerns two numbers is written under the first
// together with a line of its outbox, which finish_outbox() writes under the second (docs/decisions/one-number.md).

#include <filesystem>
#include <functional>
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

class Store {
 public:
  static Store create(const std::filesystem::path& file, const base::Clock& clock);  // refuses an existing file
  static Store open(const std::filesystem::path& file, const base::Clock& clock, db::Mode mode = db::Mode::Existing);
  // Brings the schema up to date and finishes the outbox, on either engine.
  Store(db::Connection database, const base::Clock& clock, db::Mode mode = db::Mode::Existing);

  // Several changes as one: nothing is seen by others, or survives a crash, before commit().
  db::Transaction begin() { return db::Transaction(database_); }
  // For imports: more memory for pages (KiB), which a million rows in one transaction want.
  void use_cache(int kibibytes);

  bool is_empty();
  std::int64_t count();

  enum class Added { New, Unchanged, Refused };
  // The person as given (checked by check_person). Refuses with NUMBER_TAKEN (other data stand under this number),
  // NUMBER_CANCELLED, CANCELLED_NUMBER_LIVE, CANCELLED_NUMBER_TAKEN.
  Added register_person(const document::Person& person, base::Findings& findings, std::int64_t source = 0);
  // The same inside a transaction of the caller's (imports); nobody with a cancelled number, which is a second one.
  Added add(const document::Person& person, base::Findings& findings, std::int64_t source = 0);
  // Which server holds the number, counted from 0: one transaction writes to one.
  int server_of(const CitizenNumber& number);

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

  // Each in one transaction; no failing finding: done, or done before with the same content. PERSON_NOT_FOUND,
  // PERSON_DEAD, NOT_A_CITIZEN, CARD_CASE_CONFLICT, CARD_SERIAL_TAKEN, CARD_NOT_FOUND, LIVE_CARD,
  // CARD_NOT_ACTIVE, CARD_ISSUED_IN_FUTURE, EVENT_CONFLICT, EVENT_DATE, EVENT_CHANGE, EVENT_BEFORE, EVENT_OTHER,
  // OPEN_CASE, CASE_CONFLICT.
  base::Findings record_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings set_card_status(const CitizenNumber& number, const std::string& chip_serial,
                                 const std::string& status);
  // Whose card the chip is; nullopt: nobody's.
  std::optional<CitizenNumber> holder_of_chip(const std::string& chip_serial);
  // Every card that is not active, by chip. Memory is one card's.
  void each_closed_card(const std::function<void(const CardEntry&, const std::string& since)>& show);
  base::Findings record_event(const CitizenNumber& number, const Event& event);
  base::Findings open_case(const CitizenNumber& number, const std::string& case_id);
  base::Findings close_case(const CitizenNumber& number, const std::string& case_id);

  // The same inside a transaction of the caller's (imports); no event on two numbers, and chip and case of a card are
  // claimed before: claim_cards() does so, in a transaction of its own, and skips those that others have.
  void claim_cards(const std::vector<std::pair<CitizenNumber, CardEntry>>& cards);
  base::Findings put_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings put_event(const CitizenNumber& number, const Event& event);

  // Writes the second half of every event on two numbers that is still to be written, and removes it from the outbox.
  void finish_outbox();

  // The same person under another number: same birth (or day and month exchanged), a name that is the same, one edit
  // away or its words in another order, and the same parents.
  std::vector<Duplicate> duplicates_of(const document::Person& person);
  std::vector<Pair> open_pairs(int limit);
  std::optional<Pair> pair(const std::string& id);
  // One officer's decision; it closes the pair when another officer decided the same. PAIR_NOT_FOUND, PAIR_DECIDED.
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
  // Whose statements are believed (officers.toml); until then nobody's but those of sources.
  void believe(std::filesystem::path officers_file) { officers_file_ = std::move(officers_file); }

  // Grows the version of a number: somebody changed what the register holds under it. Inside a transaction.
  void touch(const CitizenNumber& number);
  // For tables of rooms that keep theirs beside ours, keyed by number (attestations, accesses).
  db::Connection& database() { return database_; }

 private:
  // A person's row, and what stood under a cancelled number.
  struct Kept {
    document::Person person;
    std::int64_t source = 0, version = 0;
  };
  struct Cancellation {
    CitizenNumber replaced_by;
    std::optional<base::Date> on;  // when only the new number's record tells of it: not known
    std::optional<Kept> kept;
    std::int64_t version = 0;
  };
  // One change under one number: nobody else changes anything there until its end.
  struct NumberChange {
    NumberChange(Store& store, const CitizenNumber& number);
    void commit() { transaction.commit(); }
    db::Transaction transaction;
  };

  void fold_old_names();
  std::optional<Kept> kept(const CitizenNumber& number);
  std::optional<Cancellation> cancellation(const CitizenNumber& number);
  bool exists(const CitizenNumber& number);
  std::int64_t version_of(const CitizenNumber& number);
  bool insert_person(const document::Person& person, std::int64_t source, std::int64_t version);
  void update_person(const document::Person& before, const document::Person& after);
  void remove_person(const document::Person& person);
  bool may_take(const document::Person& person, base::Findings& findings);

  std::vector<Event> events(const CitizenNumber& number);
  // True: it is new and was written.
  bool apply(const CitizenNumber& number, Event event, base::Findings& findings);
  void write_event(const CitizenNumber& number, const Event& event, std::int64_t version);
  void change_person(const CitizenNumber& number, const document::Person& person, Event& event,
                     std::vector<Event>& history, base::Findings& findings);
  base::Findings record_on_two(const CitizenNumber& number, const Event& event);
  base::Findings reestablish(const CitizenNumber& number, const Event& event);

  void send(const CitizenNumber& number, const std::string& id, const CitizenNumber& target, std::string_view what,
            const std::string& content);
  void receive(const CitizenNumber& number, const CitizenNumber& target, const std::string& what,
               const std::string& content);
  std::string content_of(const CitizenNumber& number, const Kept& row, const CitizenNumber& target);
  void establish(const CitizenNumber& number, const CitizenNumber& target, const std::string& content);

  // Things that belong to one number of all: "chip", "case", "cancelled". Not inside a transaction. False: another
  // number has it.
  bool claim(std::string_view kind, const std::string& key, const CitizenNumber& number);
  bool has_claimed(std::string_view kind, const std::string& key, const CitizenNumber& number);
  bool is_used(std::string_view kind, const std::string& key, const CitizenNumber& holder);
  void release(std::string_view kind, const std::string& key, const CitizenNumber& number);

  bool recorded_before(const CitizenNumber& number, const CardEntry& card, base::Findings& findings);
  void check_holder(const CitizenNumber& number, base::Findings& findings);
  void replace_card(const CitizenNumber& number, const CardEntry& card, base::Findings& findings);
  void write_card(const CitizenNumber& number, const CardEntry& card, const std::string& status,
                  const std::string& since);
  void write_watch(const CitizenNumber& number, const WatchEntry& entry);
  std::vector<document::RegisteredCard> cards(const CitizenNumber& number, base::Date day);
  std::string open_case_of(const CitizenNumber& number);

  void name_candidates(const document::Person& person, base::Date birth, std::vector<Duplicate>& found);
  std::vector<PairDecision> decisions(const Pair& pair);
  std::string pair_state(const CitizenNumber& number, const CitizenNumber& other);
  void queue_pairs(const CitizenNumber& number, const std::vector<Duplicate>& duplicates);

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
  std::filesystem::path officers_file_;
  const base::Clock* clock_;
  bool is_spread_ = false;  // over several servers
  std::unordered_map<std::string_view, db::Statement> statements_;
};

// A chip serial as the register keeps it: 16 hexadecimal digits, upper case; nullopt for anything else.
std::optional<std::string> parse_chip_serial(std::string_view text);
bool is_card_status(std::string_view text);
bool is_pair_decision(std::string_view text);  // "different-persons", "same-person", "needs-field-check"
bool is_watch_kind(std::string_view text);     // "biometric-hit", "identity-fraud", "wanted"

}  // namespace registry
