#include "issuance/cases/officer_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace cases {

namespace {

bool plain(std::string_view text, std::size_t most, bool upper) {
  return !text.empty() && text.size() <= most && text.front() != '.' && std::ranges::all_of(text, [upper](char c) {
    return (c >= 'a' && c <= 'z') || (upper && c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

StationOfficer read_row(const db::Statement& row) {
  const auto role = parse_role(row.text(2));
  if (!role) {
    throw base::Error(base::Fault::TreatAsAttack, "reading an officer from the store",
                      "the role is none that was ever written; somebody wrote into the store");
  }
  return {.account = row.text(0), .person = row.text(1), .role = *role, .public_key = row.blob(3)};
}

constexpr std::string_view kColumns = "SELECT account, person, role, public_key FROM officers";

}  // namespace

bool is_account_name(std::string_view text) {
  return plain(text, 32, false);
}

bool is_person_id(std::string_view text) {
  return plain(text, 64, true) && !document::CitizenNumber::parse(text);
}

void OfficerBook::add(const StationOfficer& officer, base::Moment now) {
  if (find(officer.account)) {
    throw base::Error(base::Fault::FixConfiguration, "entering an officer",
                      fmt::format("the account {} is there already", officer.account));
  }
  store_.prepare("INSERT INTO officers(account, person, role, public_key, added_at) VALUES(?1, ?2, ?3, ?4, ?5)")
      .run(officer.account, officer.person, role_name(officer.role), officer.public_key, base::to_rfc3339(now));
}

std::optional<StationOfficer> OfficerBook::find(const std::string& account) const {
  auto row = store_.prepare(fmt::format("{} WHERE account = ?1", kColumns));
  if (!row.with(account).step()) return std::nullopt;
  return read_row(row);
}

StationOfficer OfficerBook::need(const std::string& account) const {
  auto officer = find(account);
  if (!officer) {
    throw base::Error(base::Fault::UsedWrongly, "looking up an officer",
                      "nobody at this station has that account; cccd-station officer add makes one");
  }
  return std::move(*officer);
}

std::vector<StationOfficer> OfficerBook::list() const {
  auto rows = store_.prepare(fmt::format("{} ORDER BY account", kColumns));
  std::vector<StationOfficer> officers;
  while (rows.step()) officers.push_back(read_row(rows));
  return officers;
}

approval::TrustedOfficers OfficerBook::trusted() const {
  approval::TrustedOfficers trusted;
  for (StationOfficer& officer : list()) {
    trusted.add({.person = std::move(officer.person),
                 .account = std::move(officer.account),
                 .public_key = std::move(officer.public_key)});
  }
  return trusted;
}

}  // namespace cases
