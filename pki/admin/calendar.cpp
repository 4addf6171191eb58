#include "pki/admin/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "pki/asn1/oid.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/format/certificate.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/crl.h"

namespace admin {

namespace {

namespace format = x509::format;
using std::chrono::days;

constexpr days kNotice{90};                         // 9303-12 §4.1.4.3
constexpr days kRenewBefore{30};                    // ours
constexpr days kShortLife{90};                      // of which a third is left when it is renewed
constexpr std::chrono::hours kAfterRevocation{48};  // 9303-12 §4.1.5

std::string id_of(base::ByteView what, Duty duty) {
  return fmt::format("{}-{}", base::to_hex(crypto::openssl::sha256(what)).substr(0, 32), duty_name(duty));
}

base::Date before(base::Moment end, days notice) {
  return base::date_in_viet_nam(end - notice);
}

bool is_authority(const format::Body& body) {
  const auto* const constraints = body.find(asn1::oid::kBasicConstraints);
  return constraints != nullptr && format::parse_basic_constraints(constraints->value).ca;
}

// When the private key may sign no longer.
std::optional<base::Moment> end_of_use(const format::Body& body) {
  const auto* const period = body.find(asn1::oid::kPrivateKeyUsagePeriod);
  return period != nullptr ? format::parse_usage_period(period->value).not_after : std::nullopt;
}

bool same_holder(const CaBook::Entry& one, const CaBook::Entry& other, const format::Body& body,
                 const format::Body& others) {
  return one.purpose == other.purpose && body.subject == others.subject;
}

// Rotating signers differ in their numbers only, so that a successor's end tells. in_force: what is not revoked.
bool has_successor(const CaBook::Entry& entry, const format::Body& body, const std::vector<CaBook::Entry>& in_force) {
  return std::ranges::any_of(in_force, [&](const CaBook::Entry& other) {
    if (other.serial == entry.serial) return false;
    const auto others = format::parse_certificate(other.certificate).body;
    return same_holder(entry, other, body, others) && others.not_before > body.not_before &&
           others.not_after >= body.not_after;
  });
}

// Another key than its own signed it.
bool is_link(const format::Body& body) {
  if (body.issuer != body.subject) return true;
  const auto* const own = body.find(asn1::oid::kSubjectKeyIdentifier);
  const auto* const signer = body.find(asn1::oid::kAuthorityKeyIdentifier);
  return own != nullptr && signer != nullptr &&
         format::parse_subject_key_identifier(own->value) != format::parse_authority_key_identifier(signer->value);
}

constexpr std::string_view kCsca = "csca";  // the purpose of its entries

// What no list tells of yet, in the order of revocation.
std::vector<CaBook::Revocation> untold(const CaBook& book, const std::optional<CaBook::Crl>& latest) {
  std::vector<CaBook::Revocation> out = book.revocations();
  if (!latest) return out;
  const auto listed = format::parse_crl(latest->crl).body.revoked;
  std::erase_if(out, [&](const CaBook::Revocation& one) {
    return std::ranges::find(listed, one.serial, &format::RevokedCertificate::serial) != listed.end();
  });
  return out;
}

// The next list of the authority. newest: its CSCA's certificate, DER; revoked: so is every one of them, and after the
// list that says so no other is due.
std::optional<Appointment> next_list(const CaBook& book, const base::Bytes& newest, bool revoked, base::Moment now) {
  const auto latest = book.latest_crl();
  const auto waiting = untold(book, latest);
  Appointment due{base::date_in_viet_nam(now), Duty::CrlDue, format::parse_certificate(newest).body.subject.text(),
                  "No list was ever issued: the first one is due, also when empty.",
                  id_of(latest ? latest->crl : newest, Duty::CrlDue)};
  if (latest) {
    due.day = base::date_in_viet_nam(latest->next_update);
    due.text = fmt::format("The list with number {} is good until {}: the next one has to be out, also when empty.",
                           latest->number, base::to_rfc3339(latest->next_update));
  }
  if (!waiting.empty()) {
    const base::Moment end = waiting.front().revoked_at + kAfterRevocation;
    due.day = std::min(due.day, base::date_in_viet_nam(end));
    due.text = fmt::format("No list tells of {} that {} revoked: the next one has to be out by {}.",
                           waiting.size() == 1 ? "a certificate" : fmt::format("{} certificates", waiting.size()),
                           waiting.size() == 1 ? "is" : "are", base::to_rfc3339(end));
  } else if (latest && revoked) {
    return std::nullopt;
  }
  return due;
}

}  // namespace

std::string_view duty_name(Duty duty) {
  switch (duty) {
    case Duty::CrlDue:
      return "crl-due";
    case Duty::SignerChange:
      return "signer-change";
    case Duty::RolloverNotice:
      return "rollover-notice";
    case Duty::Rollover:
      return "rollover";
    case Duty::Renewal:
      break;
  }
  return "renewal";
}

std::vector<Appointment> appointments_of(base::ByteView certificate) {
  const format::Body body = format::parse_certificate(certificate).body;
  const std::string subject = body.subject.text();
  const auto at = [&](base::Date day, Duty duty, std::string text) {
    return Appointment{day, duty, subject, std::move(text), id_of(certificate, duty)};
  };
  const bool authority = is_authority(body);
  if (authority && is_link(body)) return {};
  if (const auto end = end_of_use(body)) {
    const std::string last = base::to_iso(base::date_in_viet_nam(*end));
    if (!authority) {
      return {at(before(*end, days{0}), Duty::SignerChange,
                 fmt::format("Its key signs until {}: the next signer has to be certified and in place.", last))};
    }
    return {
        at(before(*end, kNotice), Duty::RolloverNotice,
           fmt::format("Its key certifies until {}: tell the other States of the new one 90 days before.", last)),
        at(before(*end, days{0}), Duty::Rollover,
           fmt::format("Its key certifies until {}: the new one and its link certificate have to be there.", last))};
  }
  const auto life = std::chrono::floor<days>(body.not_after - body.not_before);
  const days notice = life < kShortLife ? life / 3 : kRenewBefore;
  return {at(before(body.not_after, notice), Duty::Renewal,
             fmt::format("It ends on {}.", base::to_iso(base::date_in_viet_nam(body.not_after))))};
}

std::vector<Appointment> appointments_of_cvc(base::ByteView certificate) {
  const auto read = cvc::format::parse_certificate(certificate);
  const auto& body = read.body;
  const bool authority = body.chat.role() == cvc::format::Role::Cvca;
  if (authority && !read.self_signed()) return {};
  const std::chrono::sys_days begin{body.effective}, end{body.expiration};
  const Duty duty = authority ? Duty::Rollover : Duty::Renewal;
  return {{base::Date{end - (end - begin) / 5}, duty, body.holder,
           fmt::format("It is valid until {}{}.", base::to_iso(body.expiration),
                       authority ? ": the new one and its link certificate have to be there" : ""),
           id_of(certificate, duty)}};
}

namespace {

// The mnemonic of a holder reference without its sequence number (TR-03110-3 A.6.1.2): the same in each successor.
std::string holder_name(std::string_view reference) {
  constexpr std::size_t kSequence = 5;
  return std::string(reference.substr(0, reference.size() - std::min(kSequence, reference.size())));
}

// Entries stand in the order of reservation: the last one of a holder is the one in use.
void take_references(const CaBook& book, std::vector<Appointment>& out) {
  std::map<std::pair<std::string, std::string>, base::Bytes> newest;
  for (const CaBook::ReferenceEntry& entry : book.references()) {
    if (!entry.certificate.empty()) newest[{entry.purpose, holder_name(entry.holder)}] = entry.certificate;
  }
  for (const auto& [holder, certificate] : newest) {
    for (Appointment& one : appointments_of_cvc(certificate)) out.push_back(std::move(one));
  }
}

}  // namespace

std::vector<Appointment> appointments_of(const CaBook& book, base::Moment now) {
  std::vector<Appointment> out;
  take_references(book, out);
  const auto revoked = book.revocations();
  std::vector<CaBook::Entry> in_force;
  base::Bytes newest, newest_in_force;  // of the CSCA's: entries stand in the order of reservation
  for (CaBook::Entry& entry : book.entries()) {
    if (entry.certificate.empty()) continue;
    if (entry.purpose == kCsca) newest = entry.certificate;
    if (std::ranges::find(revoked, entry.serial, &CaBook::Revocation::serial) != revoked.end()) continue;
    if (entry.purpose == kCsca) newest_in_force = entry.certificate;
    in_force.push_back(std::move(entry));
  }
  for (const CaBook::Entry& entry : in_force) {
    const bool succeeded = entry.purpose == kCsca
                               ? entry.certificate != newest_in_force
                               : has_successor(entry, format::parse_certificate(entry.certificate).body, in_force);
    if (succeeded) continue;
    for (Appointment& one : appointments_of(entry.certificate)) out.push_back(std::move(one));
  }
  if (newest.empty()) return out;  // only a CSCA's authority issues lists
  const bool all_revoked = newest_in_force.empty();
  if (auto due = next_list(book, all_revoked ? newest : newest_in_force, all_revoked, now)) {
    out.push_back(std::move(*due));
  }
  return out;
}

std::vector<Appointment> in_order(std::vector<Appointment> appointments) {
  std::ranges::sort(appointments, {}, [](const Appointment& one) { return std::tie(one.day, one.of, one.id); });
  appointments.erase(std::unique(appointments.begin(), appointments.end()), appointments.end());
  return appointments;
}

}  // namespace admin
