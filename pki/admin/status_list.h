#pragma once
// The readers' status list out of what two parties know: the register which chips are no longer good, the signer what
// it signed for them. Neither tells the other a person.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pki/admin/drill.h"
#include "pki/trust/status_list.h"

namespace admin {

struct Closed {
  trust::CardStatus status;
  base::Date since;
};
// Chips by serial. A chip that stands there twice keeps the graver status (revoked, lost, exchanged) and the earlier
// day.
using ClosedChips = std::map<std::string, Closed>;

// One JSON object a line, as cccd-registry card closed and the drill (status.jsonl) write it: "serial", "since" and
// "status", with "case" and "reason" for whoever reads it. Error{FixConfiguration} with the line that is none.
void read_closed_chips(std::string_view lines, const std::string& origin, ClosedChips& chips);

struct MadeStatusList {
  trust::StatusList list;
  std::vector<std::string> unsigned_chips;  // closed, and the signer has signed no card for them
};

// Cards whose chip is closed, and those that were written off after they were signed (revoked since the day they were
// signed). Cards that are no
// longer told apart (two of one content) stand there once.
MadeStatusList make_status_list(const std::vector<SignedCard>& cards, const ClosedChips& closed, std::string country,
                                base::Moment made_at, base::Moment next_due);

}  // namespace admin
