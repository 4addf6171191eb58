#pragma once
// The statements of confirming officers that the register took in, in a table keyed by number beside the person. A row
// alone proves nothing: whenever somebody is told of it, the statement is opened again with the officer's key.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "issuance/attestation/anomaly.h"
#include "issuance/attestation/attestation.h"
#include "issuance/registry/store.h"
#include "pki/evidence/log.h"

namespace registry {

class AttestationBook {
 public:
  // Both outlive the book.
  AttestationBook(Store& store, const attestation::OfficerBook& officers, const base::Clock& clock)
      : store_(store), officers_(officers), clock_(clock) {}

  // Takes a statement in, and writes into the log who confirmed (the number as a salted commitment). The same statement
  // again changes nothing. Findings of attestation::open and check_time; PERSON_NOT_FOUND.
  base::Findings add(const std::string& jws, evidence::Log& log, base::Random& random);

  // Every statement made from one moment until before another, in the order of numbers; streamed. As the table has
  // them, for figures: no signature is opened.
  void each(base::Moment from, base::Moment until, const std::function<void(const attestation::Confirmed&)>& tell);

 private:
  Store& store_;
  const attestation::OfficerBook& officers_;
  const base::Clock& clock_;
};

// The statements about a number that still open with the key of an officer of the book, oldest first.
std::vector<attestation::Opened> opened_statements(db::Connection& database, const CitizenNumber& number,
                                                   const attestation::OfficerBook& officers);

}  // namespace registry
