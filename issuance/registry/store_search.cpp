// Search and duplicates: both by folded names, neither judges.

#include <fmt/format.h>

#include <algorithm>

#include "issuance/registry/folded.h"
#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using document::Person;

// Births registered with day and month exchanged; nullopt when that is no other day.
std::optional<base::Date> day_and_month_exchanged(base::Date birth) {
  const auto day = static_cast<unsigned>(birth.day()), month = static_cast<unsigned>(birth.month());
  const base::Date other{birth.year(), std::chrono::month{day}, std::chrono::day{month}};
  return day != month && other.ok() ? std::optional(other) : std::nullopt;
}

bool holds_all(const std::string& folded, const std::vector<std::string>& words) {
  const auto held = words_of(folded);
  return std::ranges::all_of(words, [&](const std::string& w) { return std::ranges::find(held, w) != held.end(); });
}

}  // namespace

std::vector<CitizenNumber> Store::search(const SearchTerms& terms, int limit) {
  base::ensure(limit > 0 && limit <= kMostFound, "the limit of a search was checked");
  const std::string folded = folded_name(terms.name);
  const auto words = words_of(folded);
  base::ensure(folded != "-", "a search has a word");
  std::vector<CitizenNumber> found;
  if (terms.birth) {
    db::Statement& rows = statement("SELECT number, folded FROM persons WHERE birth = ?1 ORDER BY number");
    rows.with(base::to_iso(*terms.birth));
    while (rows.step()) {
      if (static_cast<int>(found.size()) < limit && holds_all(rows.text(1), words))
        found.push_back(number_from(rows.integer(0)));
    }
    return found;
  }
  if (database_.engine() == db::Engine::Postgresql) {
    db::Statement& rows = statement(
        "SELECT number FROM persons WHERE string_to_array(folded, ' ') @> string_to_array(CAST(?1 AS TEXT), ' ') "
        "ORDER BY number LIMIT ?2");
    rows.with(folded, limit);
    while (rows.step()) found.push_back(number_from(rows.integer(0)));
    return found;
  }
  std::string question;
  for (const std::string& word : words) question += fmt::format("\"{}\" ", word);
  db::Statement& rows =
      statement("SELECT rowid FROM persons_names WHERE persons_names MATCH ?1 ORDER BY rowid LIMIT ?2");
  rows.with(question, limit);
  while (rows.step()) found.push_back(number_from(rows.integer(0)));
  return found;
}

// One birthday's names lie side by side in an index; only those of nearly the same length are looked at.
void Store::name_candidates(const Person& person, base::Date birth, std::vector<Duplicate>& found) {
  const std::string folded = folded_name(person.full_name);
  const auto length = static_cast<std::int64_t>(folded.size());
  std::vector<std::pair<std::int64_t, std::string>> candidates;
  db::Statement& rows = statement(
      "SELECT number, folded FROM persons WHERE birth = ?1 AND length(folded) BETWEEN ?2 AND ?3 AND number <> ?4");
  rows.with(base::to_iso(birth), length - 1, length + 1, key_of(person.number));
  while (rows.step()) {
    const std::string name = rows.text(1);
    if (name == folded) {
      candidates.emplace_back(rows.integer(0), "same");
    } else if (one_edit_apart(folded, name)) {
      candidates.emplace_back(rows.integer(0), "name-edit");
    } else if (same_words(folded, name)) {
      candidates.emplace_back(rows.integer(0), "word-order");
    }
  }
  for (auto& [key, why] : candidates) {
    const auto other = this->person(number_from(key));
    if (!other || folded_name(other->father) != folded_name(person.father) ||
        folded_name(other->mother) != folded_name(person.mother))
      continue;
    const bool same = birth == person.birth && other->full_name == person.full_name && other->father == person.father &&
                      other->mother == person.mother;
    if (birth != person.birth) {
      if (why != "same") continue;
      why = "day-and-month";
    } else if (!same && why == "same") {
      why = "writing";
    }
    found.push_back({other->number, same ? "same" : "near", why, pair_state(person.number, other->number)});
  }
}

std::vector<Duplicate> Store::duplicates_of(const Person& person) {
  std::vector<Duplicate> found;
  name_candidates(person, person.birth, found);
  if (const auto exchanged = day_and_month_exchanged(person.birth)) name_candidates(person, *exchanged, found);
  std::ranges::sort(found, {}, &Duplicate::number);
  return found;
}

}  // namespace registry
