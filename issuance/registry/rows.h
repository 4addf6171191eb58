#pragma once
// How the register's tables hold numbers, days and persons. For this folder's store files only.

#include <string>
#include <string_view>

#include "issuance/registry/records.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace registry {

inline constexpr std::string_view kVietNam = "Việt Nam";

// Twelve digits as one integer, and back.
std::int64_t key_of(std::string_view digits);
inline std::int64_t key_of(const CitizenNumber& number) {
  return key_of(number.text());
}
CitizenNumber number_from(std::int64_t key);
std::string digits_of(std::int64_t key);

// Error{TreatAsAttack} when somebody wrote nonsense into the database by hand.
base::Date stored_date(const std::string& text);
base::Moment stored_moment(const std::string& text);

inline constexpr std::string_view kPersonColumns =
    "number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, place_of_birth, residence, "
    "father, mother, spouse, old_id, cancelled_number";
inline constexpr int kPersonWidth = 15;  // columns after it begin here
// Of a row that begins with kPersonColumns.
document::Person person_of(const db::Statement& row);

// A field by its name in the JSON form: birth as ISO day, sex as "Nam" or "Nữ"; nullopt for a name that is none.
std::optional<std::string> field_of(const document::Person& person, std::string_view field);
// false: no such field, or no value of it.
bool set_field(document::Person& person, std::string_view field, const std::string& value);

std::string changes_text(const Changes& changes);
Changes parse_changes(const std::string& text);

// A short name for a thing under several texts; the same texts give the same.
std::string short_id(char prefix, std::string_view content);

}  // namespace registry
