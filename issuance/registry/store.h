#pragma once
// The population register on SQLite: persons, the cards they hold, what happened to them (death, loss of nationality)
// with its day, and which case is open on a number. Answers are given as of today. What a rule of the register refuses
// comes back as findings; a message never holds a number or a name.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"
#include "smartcard/document/registry_answer.h"

namespace registry {

using document::CitizenNumber;

enum class EventKind { Death, NationalityLost };
std::string_view event_name(EventKind kind);  // "death", "nationality-lost"
std::optional<EventKind> parse_event(std::string_view name);

struct Event {
  EventKind kind = EventKind::Death;
  base::Date on;
};

// One card as delivery or a loss report states it.
struct CardEntry {
  std::string chip_serial;  // 16 hexadecimal digits, upper case
  std::string case_id;      // one card a case: recording it again changes nothing
  base::Date issued;
  std::string status = "active";  // "active", "lost", "exchanged", "revoked"
  std::string replaces;           // chip serial of the card this one replaces, empty: none
};

struct Record {
  document::Person person;
  std::vector<Event> events;
  std::vector<document::RegisteredCard> cards;  // newest last
  std::string open_case;                        // empty: none
  bool alive = true;                            // today
  bool citizen = true;                          // today: nationality Việt Nam and not lost
};

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

  // Several changes as one: nothing is seen by others, or survives a crash, before commit().
  db::Transaction begin() { return db::Transaction(database_); }
  // For imports: more memory for pages (KiB), which a million rows in one transaction want.
  void use_cache(int kibibytes);

  bool is_empty();
  std::int64_t count();

  enum class Added { New, Unchanged, Refused };
  // The person as given (checked by check_person). Refuses with NUMBER_TAKEN (other data stand under this number),
  // NUMBER_CANCELLED, CANCELLED_NUMBER_LIVE, CANCELLED_NUMBER_TAKEN. Inside a transaction of the caller's.
  Added add(const document::Person& person, base::Findings& findings);

  std::optional<Record> find(const CitizenNumber& number);
  // Whether the number was cancelled and re-established under another one.
  bool is_cancelled(const CitizenNumber& number);
  // The answer to one question, not yet signed; open_case names a case other than case_id.
  document::RegistryAnswer answer(const CitizenNumber& number, const std::string& case_id, const std::string& purpose,
                                  base::Random& random);
  void keep_read(const CitizenNumber& number, const Read& read);
  std::vector<Read> reads(const CitizenNumber& number);

  // Each in one transaction; no failing finding: done, or done before with the same content. PERSON_NOT_FOUND,
  // PERSON_DEAD, NOT_A_CITIZEN, CARD_CASE_CONFLICT, CARD_SERIAL_TAKEN, CARD_NOT_FOUND, LIVE_CARD,
  // CARD_NOT_ACTIVE, CARD_ISSUED_IN_FUTURE, EVENT_CONFLICT, EVENT_DATE, OPEN_CASE, CASE_CONFLICT.
  base::Findings record_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings set_card_status(const CitizenNumber& number, const std::string& chip_serial,
                                 const std::string& status);
  base::Findings record_event(const CitizenNumber& number, const Event& event);
  base::Findings open_case(const CitizenNumber& number, const std::string& case_id);
  base::Findings close_case(const CitizenNumber& number, const std::string& case_id);

  // The same inside a transaction of the caller's (imports).
  base::Findings put_card(const CitizenNumber& number, const CardEntry& card);
  base::Findings put_event(const CitizenNumber& number, const Event& event);

 private:
  Store(db::Connection database, const base::Clock& clock);
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
