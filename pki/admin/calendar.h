#pragma once
// When an administrator of keys has to act: read from what an authority's book and its certificates say, so that
// nothing has to be remembered (9303-12 §4.1.4.3, §4.1.5).

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pki/admin/ca_book.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace admin {

enum class Duty {
  CrlDue,          // the next list has to be out
  SignerChange,    // the key may sign no longer: its successor has to be there
  RolloverNotice,  // 90 days before a CSCA's key ends: tell the other States (§4.1.4.3)
  Rollover,        // the CSCA's key may sign no longer
  Renewal,         // the certificate ends soon
};
std::string_view duty_name(Duty duty);  // "crl-due", "signer-change", "rollover-notice", "rollover", "renewal"

struct Appointment {
  base::Date day;  // in Viet Nam, the last one on which it is in time
  Duty duty;
  std::string of;    // the certificate's subject, or the authority's
  std::string text;  // one sentence: what to do
  std::string id;    // the same in every calendar made of the same certificate or list
  bool operator==(const Appointment&) const = default;
};

// What a certificate asks of its holder. A link certificate asks nothing, also when the name stays; one whose key has
// no usage period of its own is renewed 30 days before it ends, or in the last third of a life shorter than 90 days.
// Throws asn1::Malformed.
std::vector<Appointment> appointments_of(base::ByteView certificate);

// The same of a card-verifiable certificate, by its last day (9303-12 §7.2): renewed when a fifth of its life is left.
// A CVCA's is a rollover, with its link certificate; that of a link certificate asks nothing.
std::vector<Appointment> appointments_of_cvc(base::ByteView certificate);

// Of all certificates in the book and of its revocation list. A certificate that has a successor of the same purpose
// and subject, valid longer and not revoked, asks nothing more; of a CSCA's, whatever they are called, the newest asks.
// A revocation that no list tells of makes the next one due 48 hours after it (§4.1.5). now: a CSCA without any list
// owes one on this day.
std::vector<Appointment> appointments_of(const CaBook& book, base::Moment now);

// Sorted by day, each once.
std::vector<Appointment> in_order(std::vector<Appointment> appointments);

// today: what lies before it is overdue.
std::string calendar_text(const std::vector<Appointment>& appointments, base::Date today);
nlohmann::json calendar_json(const std::vector<Appointment>& appointments, base::Date today);
// RFC 5545, one all-day event each; stamp: DTSTAMP.
std::string calendar_ics(const std::vector<Appointment>& appointments, base::Moment stamp);

}  // namespace admin
