// What changes after a person is registered: cards, events, open cases. Every change is idempotent, so a job that was
// cut off is simply run again.

#include <algorithm>
#include <array>

#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr std::array<std::string_view, 4> kStatuses{"active", "lost", "exchanged", "revoked"};

}  // namespace

std::optional<std::string> parse_chip_serial(std::string_view text) {
  const auto bytes = base::parse_hex(text);
  if (!bytes || bytes->size() != 8) return std::nullopt;
  return base::to_hex(*bytes);
}

bool is_card_status(std::string_view text) {
  return std::ranges::find(kStatuses, text) != kStatuses.end();
}

// One card a case: the same content again is done already, other content is refused.
bool Store::recorded_before(const CitizenNumber& number, const CardEntry& card, base::Findings& findings) {
  db::Statement& row = statement(
      "SELECT printf('%012d', number), chip_serial, issued, recorded_as, replaces FROM cards WHERE case_id = ?1");
  if (!row.with(card.case_id).step()) return false;
  const bool same = row.text(0) == number.text() && row.text(1) == card.chip_serial &&
                    row.text(2) == base::to_iso(card.issued) && row.text(3) == card.status &&
                    row.text(4) == card.replaces;
  row.reset();
  if (!same) findings.fail("CARD_CASE_CONFLICT", "case", "This case has already recorded a card with other content.");
  return true;
}

void Store::check_holder(const CitizenNumber& number, base::Findings& findings) {
  const auto record = find(number);
  if (!record) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    return;
  }
  if (!record->alive) findings.fail("PERSON_DEAD", "number", "The register records the person as dead.");
  if (!record->citizen) findings.fail("NOT_A_CITIZEN", "number", "The person is no citizen of Viet Nam.");
}

// Closes the card that the new one replaces. A card lost or revoked stays so; an active one was exchanged
// (Luật 26/2023 Đ24: the old card is withdrawn).
void Store::replace_card(const CitizenNumber& number, const CardEntry& card, base::Findings& findings) {
  const auto held = cards(number);
  if (!card.replaces.empty()) {
    const auto old = std::ranges::find(held, card.replaces, &document::RegisteredCard::chip_serial);
    if (old == held.end()) {
      findings.fail("CARD_NOT_FOUND", "replaces",
                    "The register does not know the card to be replaced as this person's.");
      return;
    }
    if (card.status == "active") {
      statement("UPDATE cards SET status = 'exchanged', status_since = ?2 WHERE chip_serial = ?1 AND status = 'active'")
          .run(card.replaces, base::to_iso(clock_->today()));
    }
  }
  const bool other_active = std::ranges::any_of(
      held, [&](const document::RegisteredCard& c) { return c.status == "active" && c.chip_serial != card.replaces; });
  if (card.status == "active" && other_active)
    findings.fail("LIVE_CARD", "number", "The person holds an active card that this one does not replace.");
}

base::Findings Store::put_card(const CitizenNumber& number, const CardEntry& card) {
  base::ensure(parse_chip_serial(card.chip_serial) == card.chip_serial && is_card_status(card.status),
               "a card entry is checked before it is recorded");
  base::Findings findings;
  if (recorded_before(number, card, findings)) return findings;
  check_holder(number, findings);
  if (card.issued > clock_->today())
    findings.fail("CARD_ISSUED_IN_FUTURE", "issued", "The day of issue has not come yet.");
  if (is_there("SELECT 1 FROM cards WHERE chip_serial = ?1", card.chip_serial))
    findings.fail("CARD_SERIAL_TAKEN", "chip", "The register knows this chip as another case's card.");
  if (findings.failed()) return findings;
  replace_card(number, card, findings);
  if (findings.failed()) return findings;
  statement(
      "INSERT INTO cards(number, chip_serial, case_id, issued, recorded_as, status, status_since, replaces, "
      "recorded_at) VALUES(CAST(?1 AS INTEGER), ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)")
      .run(number.text(), card.chip_serial, card.case_id, base::to_iso(card.issued), card.status,
           base::to_iso(clock_->today()), card.replaces, base::to_rfc3339(clock_->now()));
  return findings;
}

base::Findings Store::record_card(const CitizenNumber& number, const CardEntry& card) {
  db::Transaction change(database_);
  base::Findings findings = put_card(number, card);
  if (!findings.failed()) change.commit();
  return findings;
}

base::Findings Store::set_card_status(const CitizenNumber& number, const std::string& chip_serial,
                                      const std::string& status) {
  base::ensure(is_card_status(status) && status != "active", "a card becomes active only by being recorded");
  base::Findings findings;
  db::Transaction change(database_);
  const auto held = cards(number);
  const auto card = std::ranges::find(held, chip_serial, &document::RegisteredCard::chip_serial);
  if (card == held.end()) {
    findings.fail("CARD_NOT_FOUND", "chip", "The register does not know this card as this person's.");
  } else if (card->status != status && card->status != "active") {
    findings.fail("CARD_NOT_ACTIVE", "chip", "The card was closed before, in another way.");
  } else if (card->status != status) {
    statement("UPDATE cards SET status = ?2, status_since = ?3 WHERE chip_serial = ?1")
        .run(chip_serial, status, base::to_iso(clock_->today()));
  }
  if (!findings.failed()) change.commit();
  return findings;
}

base::Findings Store::put_event(const CitizenNumber& number, const Event& event) {
  base::Findings findings;
  const auto record = find(number);
  if (!record) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    return findings;
  }
  if (event.on < record->person.birth || event.on > clock_->today()) {
    findings.fail("EVENT_DATE", std::string(event_name(event.kind)), "The day lies before the birth or in the future.");
    return findings;
  }
  const auto before = std::ranges::find(record->events, event.kind, &Event::kind);
  if (before != record->events.end()) {
    if (before->on != event.on) {
      findings.fail("EVENT_CONFLICT", std::string(event_name(event.kind)),
                    "The register has this event with another day.");
    }
    return findings;
  }
  statement("INSERT INTO events(number, kind, on_day, recorded_at) VALUES(CAST(?1 AS INTEGER), ?2, ?3, ?4)")
      .run(number.text(), event_name(event.kind), base::to_iso(event.on), base::to_rfc3339(clock_->now()));
  // Luật 26/2023 Đ29.1a: the card is revoked when nationality is lost.
  if (event.kind == EventKind::NationalityLost) {
    statement(
        "UPDATE cards SET status = 'revoked', status_since = ?2 "
        "WHERE number = CAST(?1 AS INTEGER) AND status = 'active'")
        .run(number.text(), base::to_iso(event.on));
  }
  return findings;
}

base::Findings Store::record_event(const CitizenNumber& number, const Event& event) {
  db::Transaction change(database_);
  base::Findings findings = put_event(number, event);
  if (!findings.failed()) change.commit();
  return findings;
}

base::Findings Store::open_case(const CitizenNumber& number, const std::string& case_id) {
  base::Findings findings;
  db::Transaction change(database_);
  const std::string open = open_case_of(number);
  if (open == case_id) return findings;
  if (!exists(number)) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
  } else if (!open.empty()) {
    findings.fail("OPEN_CASE", "number", "Another case is open on this number.");
  } else if (is_there("SELECT 1 FROM open_cases WHERE case_id = ?1", case_id)) {
    findings.fail("CASE_CONFLICT", "case", "This case is open on another number.");
  } else {
    statement("INSERT INTO open_cases(number, case_id, opened_at) VALUES(CAST(?1 AS INTEGER), ?2, ?3)")
        .run(number.text(), case_id, base::to_rfc3339(clock_->now()));
    change.commit();
  }
  return findings;
}

base::Findings Store::close_case(const CitizenNumber& number, const std::string& case_id) {
  base::Findings findings;
  db::Transaction change(database_);
  const std::string open = open_case_of(number);
  if (!exists(number)) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
  } else if (!open.empty() && open != case_id) {
    findings.fail("OPEN_CASE", "number", "Another case is open on this number.");
  } else if (!open.empty()) {
    statement("DELETE FROM open_cases WHERE number = CAST(?1 AS INTEGER)").run(number.text());
    change.commit();
  }
  return findings;
}

}  // namespace registry
