// What belongs to one number of all numbers: a chip, a case, a cancelled number. It is claimed in a transaction of its
// own before it is used, because no transaction touches more than one number; a claim whose owner never came to use it
// is given up after kClaimLife, which is far longer than any change takes.

#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr std::chrono::minutes kClaimLife{10};

constexpr std::string_view kSelectClaim = "SELECT number, claimed_at FROM claims WHERE kind = ?1 AND key = ?2";
constexpr std::string_view kInsertClaim =
    "INSERT INTO claims(kind, key, number, claimed_at) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

}  // namespace

bool Store::has_claimed(std::string_view kind, const std::string& key, const CitizenNumber& number) {
  db::Statement& row = statement(kSelectClaim);
  const bool ours = row.with(kind, key).step() && row.integer(0) == key_of(number);
  row.reset();
  return ours;
}

bool Store::is_used(std::string_view kind, const std::string& key, const CitizenNumber& holder) {
  const std::int64_t number = key_of(holder);
  if (kind == "chip") return is_there("SELECT 1 FROM cards WHERE number = ?1 AND chip_serial = ?2", number, key);
  if (kind == "cancelled") return is_cancelled(*CitizenNumber::parse(key)) || exists(holder);
  if (kind == "established") return exists(*CitizenNumber::parse(key)) || is_cancelled(holder);
  base::ensure(kind == "case", "four kinds of things are claimed");
  return is_there("SELECT 1 FROM cards WHERE number = ?1 AND case_id = ?2", number, key) ||
         is_there("SELECT 1 FROM open_cases WHERE number = ?1 AND case_id = ?2", number, key);
}

bool Store::claim(std::string_view kind, const std::string& key, const CitizenNumber& number) {
  const base::Moment now = clock_->now();
  if (statement(kInsertClaim).run(kind, key, key_of(number), base::to_rfc3339(now)) == 1) return true;
  db::Statement& row = statement(kSelectClaim);
  if (!row.with(kind, key).step()) return false;  // released this moment
  const std::int64_t holder = row.integer(0);
  const std::string since = row.text(1);
  row.reset();
  if (holder == key_of(number)) return true;
  const bool is_old = since.empty() || base::parse_rfc3339(since).value_or(now) + kClaimLife < now;
  if (!is_old || is_used(kind, key, number_from(holder))) return false;
  return statement(
             "UPDATE claims SET number = ?3, claimed_at = ?4 WHERE kind = ?1 AND key = ?2 AND number = ?5 AND "
             "claimed_at = ?6")
             .run(kind, key, key_of(number), base::to_rfc3339(now), holder, since) == 1;
}

void Store::release(std::string_view kind, const std::string& key, const CitizenNumber& number) {
  if (!is_used(kind, key, number))
    statement("DELETE FROM claims WHERE kind = ?1 AND key = ?2 AND number = ?3").run(kind, key, key_of(number));
}

void Store::claim_cards(const std::vector<std::pair<CitizenNumber, CardEntry>>& cards) {
  const std::string now = base::to_rfc3339(clock_->now());
  db::Transaction change(database_);
  for (const auto& [number, card] : cards) {
    statement(kInsertClaim).queue("case", card.case_id, key_of(number), now);
    statement(kInsertClaim).queue("chip", card.chip_serial, key_of(number), now);
  }
  change.commit();
}

}  // namespace registry
