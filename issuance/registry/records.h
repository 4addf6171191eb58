#pragma once
// What the register keeps about a number besides the person: cards, duplicates and their adjudication, watch list,
// corrections, sources of imported records.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "issuance/registry/event.h"
#include "smartcard/document/registry_answer.h"

namespace registry {

using document::CitizenNumber;

// One card as delivery or a loss report states it.
struct CardEntry {
  std::string chip_serial;  // 16 hexadecimal digits, upper case
  std::string case_id;      // one card a case: recording it again changes nothing
  base::Date issued;
  std::string status = "active";  // "active", "lost", "exchanged", "revoked"
  std::string replaces;           // chip serial of the card this one replaces, empty: none
};

// A person as of a (legal) day.
struct Record {
  document::Person person;
  std::vector<Event> events;                    // up to that day, oldest first
  std::vector<document::RegisteredCard> cards;  // as they were on that day, newest last
  std::string open_case;                        // of now; empty: none
  bool alive = true;
  bool citizen = true;  // nationality Việt Nam and not lost
  bool missing = false;
  std::string custody;             // "", "prison", "compulsory-institution"
  std::vector<std::string> watch;  // of now, kinds in order
  std::int64_t source = 0;         // where the record came from; 0: not stated
  std::int64_t version = 0;        // of now; grows with every change under this number
};

// What stands under a number, without the person's data.
struct Standing {
  std::string status;  // "found", "not-found", "cancelled"
  bool alive = false, citizen = false, missing = false;
  std::string custody, replaced_by;
  std::int64_t version = 0;
};

struct SearchTerms {
  std::string name;  // words in any order, any case, with or without diacritics
  std::optional<base::Date> birth;
};
inline constexpr int kMostFound = 100;

// Another number under which the same person seems to stand.
struct Duplicate {
  CitizenNumber number;
  std::string kind;   // "same": name, birth and parents; "near": all but a little
  std::string why;    // "same", "name-edit", "word-order", "day-and-month"
  std::string state;  // "open", "different-persons", "same-person"
};

struct PairDecision {
  std::string officer;   // the person, one identity over all accounts
  std::string decision;  // "different-persons", "same-person", "needs-field-check"
  base::Moment at;
};

// Two numbers in the adjudication queue. Closed by the same final decision of two different persons.
struct Pair {
  std::string id;                // of both numbers, tells neither
  CitizenNumber first, second;   // first < second
  std::string kind, why, state;  // as Duplicate
  std::vector<PairDecision> decisions;
};

struct WatchEntry {
  std::string kind;  // "biometric-hit", "identity-fraud", "wanted"
  std::string officer, basis;
  base::Moment since;
};

// A request to correct one field; one person asks, another decides.
struct Correction {
  std::string id;  // made of number, case, field and wanted value: asked again it is the same request
  CitizenNumber number;
  std::string field, before, wanted, case_id, asked_by, basis;
  std::string state;  // "open", "accepted", "refused"
  std::string decided_by;
  base::Moment asked_at;
};

// Where imported records come from: two officers answer for the batch.
struct Source {
  std::int64_t id = 0;  // given by the register
  std::string name;
  std::vector<document::Attested> attested;  // what its records carry into answers
  std::string statement;                     // the signed statement or file it was entered from
};

}  // namespace registry
