// Cards and open cases. Every change is idempotent, so a job that was cut off is simply run again. A chip and a case
// belong to one number of all: they are claimed before they are used (store_claims.cpp).

#include <algorithm>
#include <array>

#include "issuance/registry/rows.h"
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
  db::Statement& row =
      statement("SELECT chip_serial, issued, recorded_as, replaces FROM cards WHERE number = ?1 AND case_id = ?2");
  if (!row.with(key_of(number), card.case_id).step()) return false;
  const bool same = row.text(0) == card.chip_serial && row.text(1) == base::to_iso(card.issued) &&
                    row.text(2) == card.status && row.text(3) == card.replaces;
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
  const auto held = cards(number, clock_->today());
  if (!card.replaces.empty()) {
    const auto old = std::ranges::find(held, card.replaces, &document::RegisteredCard::chip_serial);
    if (old == held.end()) {
      findings.fail("CARD_NOT_FOUND", "replaces",
                    "The register does not know the card to be replaced as this person's.");
      return;
    }
    if (card.status == "active") {
      statement(
          "UPDATE cards SET status = 'exchanged', status_since = ?3 "
          "WHERE number = ?1 AND chip_serial = ?2 AND status = 'active'")
          .run(key_of(number), card.replaces, base::to_iso(clock_->today()));
    }
  }
  const bool other_active = std::ranges::any_of(
      held, [&](const document::RegisteredCard& c) { return c.status == "active" && c.chip_serial != card.replaces; });
  if (card.status == "active" && other_active)
    findings.fail("LIVE_CARD", "number", "The person holds an active card that this one does not replace.");
}

void Store::write_card(const CitizenNumber& number, const CardEntry& card, const std::string& status,
                       const std::string& since) {
  statement(
      "INSERT INTO cards(number, chip_serial, case_id, issued, recorded_as, status, status_since, replaces, "
      "recorded_at, version) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING")
      .run(key_of(number), card.chip_serial, card.case_id, base::to_iso(card.issued), card.status, status, since,
           card.replaces, base::to_rfc3339(clock_->now()), version_of(number));
}

base::Findings Store::put_card(const CitizenNumber& number, const CardEntry& card) {
  base::ensure(parse_chip_serial(card.chip_serial) == card.chip_serial && is_card_status(card.status),
               "a card entry is checked before it is recorded");
  base::Findings findings;
  if (recorded_before(number, card, findings)) return findings;
  check_holder(number, findings);
  if (card.issued > clock_->today())
    findings.fail("CARD_ISSUED_IN_FUTURE", "issued", "The day of issue has not come yet.");
  if (!has_claimed("case", card.case_id, number))
    findings.fail("CARD_CASE_CONFLICT", "case", "This case has already recorded a card with other content.");
  if (!has_claimed("chip", card.chip_serial, number) || is_used("chip", card.chip_serial, number))
    findings.fail("CARD_SERIAL_TAKEN", "chip", "The register knows this chip as another case's card.");
  if (findings.failed()) return findings;
  replace_card(number, card, findings);
  if (findings.failed()) return findings;
  touch(number);
  write_card(number, card, card.status, base::to_iso(clock_->today()));
  return findings;
}

base::Findings Store::record_card(const CitizenNumber& number, const CardEntry& card) {
  claim("case", card.case_id, number);
  claim("chip", card.chip_serial, number);
  base::Findings findings;
  {
    NumberChange change(*this, number);
    findings = put_card(number, card);
    if (!findings.failed()) change.commit();
  }
  if (findings.failed()) {
    release("case", card.case_id, number);
    release("chip", card.chip_serial, number);
  }
  return findings;
}

base::Findings Store::set_card_status(const CitizenNumber& number, const std::string& chip_serial,
                                      const std::string& status) {
  base::ensure(is_card_status(status) && status != "active", "a card becomes active only by being recorded");
  base::Findings findings;
  NumberChange change(*this, number);
  const auto held = cards(number, clock_->today());
  const auto card = std::ranges::find(held, chip_serial, &document::RegisteredCard::chip_serial);
  if (card == held.end()) {
    findings.fail("CARD_NOT_FOUND", "chip", "The register does not know this card as this person's.");
  } else if (card->status != status && card->status != "active") {
    findings.fail("CARD_NOT_ACTIVE", "chip", "The card was closed before, in another way.");
  } else if (card->status != status) {
    touch(number);
    statement("UPDATE cards SET status = ?3, status_since = ?4 WHERE number = ?1 AND chip_serial = ?2")
        .run(key_of(number), chip_serial, status, base::to_iso(clock_->today()));
  }
  if (!findings.failed()) change.commit();
  return findings;
}

std::optional<CitizenNumber> Store::holder_of_chip(const std::string& chip_serial) {
  db::Statement& row = statement("SELECT number FROM claims WHERE kind = 'chip' AND key = ?1");
  std::optional<CitizenNumber> holder;
  if (row.with(chip_serial).step()) holder = number_from(row.integer(0));
  row.reset();
  return holder;
}

void Store::each_closed_card(const std::function<void(const CardEntry&, const std::string& since)>& show) {
  db::Statement& rows = statement(
      "SELECT chip_serial, case_id, status, status_since FROM cards WHERE status <> 'active' ORDER BY chip_serial");
  for (rows.with(); rows.step();) {
    show({.chip_serial = rows.text(0), .case_id = rows.text(1), .issued = {}, .status = rows.text(2), .replaces = {}},
         rows.text(3));
  }
}

base::Findings Store::open_case(const CitizenNumber& number, const std::string& case_id) {
  base::Findings findings;
  const bool is_ours = claim("case", case_id, number);
  {
    NumberChange change(*this, number);
    const std::string open = open_case_of(number);
    if (open == case_id) return findings;
    if (!exists(number)) {
      findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    } else if (!open.empty()) {
      findings.fail("OPEN_CASE", "number", "Another case is open on this number.");
    } else if (!is_ours) {
      findings.fail("CASE_CONFLICT", "case", "This case is open on another number.");
    } else {
      statement("INSERT INTO open_cases(number, case_id, opened_at) VALUES(?1, ?2, ?3)")
          .run(key_of(number), case_id, base::to_rfc3339(clock_->now()));
      touch(number);
      change.commit();
    }
  }
  if (findings.failed() && is_ours) release("case", case_id, number);
  return findings;
}

base::Findings Store::close_case(const CitizenNumber& number, const std::string& case_id) {
  base::Findings findings;
  {
    NumberChange change(*this, number);
    const std::string open = open_case_of(number);
    if (open.empty() && !exists(number)) {
      findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    } else if (!open.empty() && open != case_id) {
      findings.fail("OPEN_CASE", "number", "Another case is open on this number.");
    } else if (!open.empty()) {
      statement("DELETE FROM open_cases WHERE number = ?1").run(key_of(number));
      touch(number);
      change.commit();
    }
  }
  if (!findings.failed()) release("case", case_id, number);
  return findings;
}

}  // namespace registry
