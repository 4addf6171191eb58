#include "issuance/registry/service.h"

#include <fmt/format.h>
#include <pwd.h>

#include <nlohmann/json.hpp>

#include "issuance/registry/answers.h"
#include "pki/base/net/envelope.h"

namespace registry {

namespace {

using net::Fields;
using net::NotAMessage;
using nlohmann::json;

CitizenNumber number_from(Fields& fields) {
  const auto number = CitizenNumber::parse(fields.text("number"));
  if (!number) throw NotAMessage("'number' is not twelve digits");
  return *number;
}

std::string reference_from(Fields& fields, const char* name) {
  std::string text = fields.text(name);
  if (!is_reference(text)) {
    throw NotAMessage(fmt::format("'{}' is not 1 to 64 letters, digits, '.', '_' or '-'", name));
  }
  return text;
}

std::string chip_from(const std::string& text, const char* name) {
  const auto serial = parse_chip_serial(text);
  if (!serial) throw NotAMessage(fmt::format("'{}' is not 16 hexadecimal digits", name));
  return *serial;
}

std::string status_from(Fields& fields) {
  std::string status = fields.text("status");
  if (!is_card_status(status)) throw NotAMessage("'status' is not active, lost, exchanged or revoked");
  return status;
}

base::Date day_from(Fields& fields, const char* name) {
  const auto day = base::parse_iso_date(fields.text(name));
  if (!day) throw NotAMessage(fmt::format("'{}' is no day of the form 2026-11-23", name));
  return *day;
}

json outcome_of(const base::Findings& findings) {
  return findings.failed() ? net::refused(findings) : net::done();
}

json mark(Fields& fields, Store& store) {
  const CitizenNumber number = number_from(fields);
  const std::string case_id = reference_from(fields, "case");
  const std::string state = fields.text("state");
  fields.end();
  if (state != "open" && state != "closed") throw NotAMessage("'state' is not open or closed");
  return outcome_of(state == "open" ? store.open_case(number, case_id) : store.close_case(number, case_id));
}

json record_card(Fields& fields, Store& store) {
  const CitizenNumber number = number_from(fields);
  CardEntry card{.chip_serial = chip_from(fields.text("chip"), "chip"),
                 .case_id = reference_from(fields, "case"),
                 .issued = day_from(fields, "issued"),
                 .status = status_from(fields),
                 .replaces = fields.text("replaces")};
  fields.end();
  if (!card.replaces.empty()) card.replaces = chip_from(card.replaces, "replaces");
  return outcome_of(store.record_card(number, card));
}

json set_card_status(Fields& fields, Store& store) {
  const CitizenNumber number = number_from(fields);
  const std::string chip = chip_from(fields.text("chip"), "chip");
  const std::string status = status_from(fields);
  fields.end();
  if (status == "active") throw NotAMessage("a closed card does not become active again; a new one is recorded");
  return outcome_of(store.set_card_status(number, chip, status));
}

}  // namespace

struct Service::Opened {
  Store store;
  evidence::Log log;
};

Service::Service(Home home, std::unique_ptr<keystore::SigningKey> answer_key, const base::Clock& clock,
                 base::Random& random)
    : home_(std::move(home)), key_(std::move(answer_key)), clock_(clock), random_(random) {
  opened();
}

Service::~Service() = default;

Service::Opened& Service::opened() {
  if (!opened_) {
    opened_ = std::make_unique<Opened>(home_.store(clock_), evidence::Log::open(home_.log_folder(), *key_, clock_));
  }
  return *opened_;
}

std::string Service::handle(std::string_view request, const net::Peer& peer) noexcept {
  return net::answer(request, [&](const std::string& name, Fields& fields) -> json {
    try {
      if (name == "mark") return mark(fields, opened().store);
      if (name == "card-record") return record_card(fields, opened().store);
      if (name == "card-status") return set_card_status(fields, opened().store);
      if (name != "answer") throw NotAMessage("this registry knows answer, mark, card-record and card-status only");
      const Question question{number_from(fields), reference_from(fields, "case"), reference_from(fields, "purpose"),
                              account_of(peer.uid)};
      fields.end();
      json reply = net::done();
      reply["answer"] = give_answer(question, opened().store, opened().log, *key_, clock_, random_);
      return reply;
    } catch (const NotAMessage&) {
      throw;  // nothing was touched
    } catch (const std::exception&) {
      opened_.reset();
      throw;
    }
  });
}

std::string account_of(std::int64_t uid) {
  const passwd* const entry = uid < 0 ? nullptr : ::getpwuid(static_cast<uid_t>(uid));
  return entry != nullptr ? std::string(entry->pw_name) : fmt::format("uid-{}", uid);
}

}  // namespace registry
