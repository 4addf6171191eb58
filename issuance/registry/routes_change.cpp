// What a station changes or is given signed: answers, open cases, cards, requests for correction. Every change said
// again changes nothing, so a station that lost its power says it again.

#include <fmt/format.h>

#include "issuance/approval/rules.h"
#include "issuance/registry/answers.h"
#include "issuance/registry/approval_book.h"
#include "issuance/registry/attestation_book.h"
#include "issuance/registry/routes_fields.h"
#include "pki/base/core/error.h"
#include "pki/base/text/text.h"
#include "pki/crypto/openssl/certificate.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr int kConflict = 409;
constexpr std::size_t kLongestPerson = 64;
constexpr std::size_t kMostOfficers = approval::kMostApprovals + 1;  // and the receiver

// Done, or the register's own findings as 409 CHANGE_REFUSED.
net::HttpResponse outcome(const base::Findings& findings) {
  if (!findings.failed()) return ok({{"done", true}});
  json list = json::array();
  for (const base::Finding& finding : findings.list()) {
    list.push_back({{"code", finding.code},
                    {"severity", base::severity_name(finding.severity)},
                    {"where", finding.where},
                    {"text", finding.text}});
  }
  net::HttpResponse answer = net::problem(kConflict, "CHANGE_REFUSED", "The register refuses the change",
                                          "A rule of the register stands against it; findings say which.");
  json body = json::parse(answer.body);
  body["findings"] = std::move(list);
  answer.body = body.dump();
  return answer;
}

void keep(Desk& desk, const Asked& asked, const CitizenNumber& number, const std::string& purpose,
          const char* operation, const std::string& what, const std::string& case_id) {
  demand(desk, asked, purpose, operation);
  desk.book.keep(access_of(asked, number, purpose, operation, {what}, case_id), desk.random);
}

std::string status_of(Fields& fields) {
  std::string status = fields.text("status");
  if (!is_card_status(status)) malformed("status", "It must be active, lost, exchanged or revoked.");
  return status;
}

// The person behind an officer's account, one identity over all accounts; never a citizen's number.
std::string officer_of(Fields& fields, const char* name) {
  std::string officer = fields.text(name);
  if (!is_reference(officer) || officer.size() > kLongestPerson || CitizenNumber::parse(officer))
    malformed(name, "It must be 1 to 64 letters, digits, '.', '_' or '-', and no citizen's number.");
  return officer;
}

// A list of 1 to `most` things, each taken by `take`.
template <class Take>
void each_of(Fields& fields, const char* name, std::size_t most, const Take& take) {
  const json& list = fields.value(name);
  if (!list.is_array() || list.empty() || list.size() > most)
    malformed(name, fmt::format("It must be a list of 1 to {}.", most));
  for (const json& one : list) take(one);
}

NamedOfficer named_officer(const json& one) {
  if (!one.is_object()) malformed("officers", "Each must be an object.");
  Fields fields(one);
  NamedOfficer officer{
      .person = officer_of(fields, "person"), .account = officer_of(fields, "account"), .public_key = {}};
  const auto key = base::parse_base64url(fields.text("key"));
  fields.end();
  if (!key || !crypto::openssl::is_statement_key(*key))
    malformed("key", "It must be a P-256 SubjectPublicKeyInfo, base64url.");
  officer.public_key = *key;
  return officer;
}

document::CardOrder order_of(const json& told) {
  try {
    return document::card_order_from_json(told);
  } catch (const base::Error&) {  // what it says could repeat a value
    malformed("order", "It must be a card order, every field of it and none more.");
  }
}

}  // namespace

net::HttpResponse give_signed_answer(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string case_id = fields.reference("case");
  fields.end();
  demand(desk, asked, purpose, "answer");
  const Question question{number, case_id, purpose, asked.client.name, asked.client.role};
  return ok({{"answer", give_answer(question, desk.store, desk.book, desk.log, desk.key, desk.random)}});
}

net::HttpResponse open_case(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string case_id = fields.reference("case");
  fields.end();
  keep(desk, asked, number, purpose, "case", "open", case_id);
  return outcome(desk.store.open_case(number, case_id));
}

net::HttpResponse close_case(Desk& desk, const Asked& asked) {
  const std::string case_id(asked.names.front());
  if (!is_reference(case_id)) malformed("case", "It must be 1 to 64 letters, digits, '.', '_' or '-'.");
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  fields.end();
  keep(desk, asked, number, purpose, "case", "close", case_id);
  return outcome(desk.store.close_case(number, case_id));
}

net::HttpResponse record_card(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const CardEntry card{.chip_serial = fields.chip("chip"),
                       .case_id = fields.reference("case"),
                       .issued = fields.day("issued"),
                       .status = status_of(fields),
                       .replaces = fields.has("replaces") ? fields.chip("replaces") : std::string{}};
  fields.end();
  keep(desk, asked, number, purpose, "card", "record", card.case_id);
  return outcome(desk.store.record_card(number, card));
}

net::HttpResponse set_card_status(Desk& desk, const Asked& asked) {
  const std::string chip = chip_of(asked.names.front(), "serial");
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string status = status_of(fields);
  fields.end();
  if (status == "active") malformed("status", "A closed card does not become active again; a new one is recorded.");
  keep(desk, asked, number, purpose, "card", status, "");
  return outcome(desk.store.set_card_status(number, chip, status));
}

net::HttpResponse request_correction(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string case_id = fields.reference("case");
  const std::string field = fields.text("field"), value = fields.text("value");
  const std::string asked_by = officer_of(fields, "asked_by");
  const std::string basis = fields.has("basis") ? fields.text("basis") : std::string{};
  fields.end();
  check_text("value", value);
  check_text("basis", basis);
  if (field.size() > kLongestPerson || !is_reference(field)) malformed("field", "It must be the name of an attribute.");
  keep(desk, asked, number, purpose, "correction", field, case_id);
  return outcome(desk.store.request_correction(number, field, value, case_id, asked_by, basis));
}

// The order is the one whose hash the officers signed, so it cannot be about another person than they saw.
net::HttpResponse record_approvals(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string case_id = fields.reference("case");
  ToldApprovals told{.station = asked.client.name,
                     .order = order_of(fields.value("order")),
                     .receipt = fields.text("receipt"),
                     .approvals = {},
                     .officers = {}};
  each_of(fields, "approvals", approval::kMostApprovals, [&](const json& one) {
    if (!one.is_string()) malformed("approvals", "Each must be a text.");
    told.approvals.push_back(one.get<std::string>());
  });
  each_of(fields, "officers", kMostOfficers, [&](const json& one) { told.officers.push_back(named_officer(one)); });
  fields.end();
  if (told.order.person.number != number) malformed("number", "The order is about another one.");
  if (told.order.case_id != case_id) malformed("case", "The order is of another one.");
  keep(desk, asked, number, purpose, "approval", "add", case_id);
  const auto officers = attestation::OfficerBook::read(desk.officers);
  return outcome(ApprovalBook(desk.store, officers, desk.clock).add(told, desk.log, desk.random));
}

// The statement is the officer's and says of itself who confirms what: who sends it adds nothing to it.
net::HttpResponse add_attestation(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const CitizenNumber number = fields.number("number");
  const std::string statement = fields.text("statement");
  fields.end();
  keep(desk, asked, number, purpose, "attestation", "add", "");
  const auto officers = attestation::OfficerBook::read(desk.officers);
  const auto opened = attestation::open(statement, officers);
  const auto* const genuine = std::get_if<attestation::Opened>(&opened);
  if (genuine != nullptr && genuine->content.number != number.text())
    malformed("number", "The statement is about another one.");
  return outcome(AttestationBook(desk.store, officers, desk.clock).add(statement, desk.log, desk.random));
}

}  // namespace registry
