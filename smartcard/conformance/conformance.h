#pragma once
// Asks any card what a hostile terminal would ask it, and tells row by row of the negative catalogue whether it
// answered as the standards have it: ICAO Doc 9303-11, ISO 7816-4, and the test specifications that the rows come from.
// Nothing is written to a card that keeps the rules; one that does not may let itself be written to by row A12.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/random.h"
#include "smartcard/access/access.h"
#include "smartcard/transport/channel.h"

namespace conformance {

struct CardUnderTest {
  transport::Channel& card;
  std::function<void()> reset;                                            // power, as somebody else would take it away
  std::string mrz_information;                                            // empty: basic access control is not tried
  std::string can;                                                        // empty: PACE runs by the MRZ
  const chip_access::InspectionCredentials* inspection_system = nullptr;  // null: terminal authentication is not tried
  base::Random& random;
};

enum class Outcome { Passed, Failed, NotApplicable };
struct RowResult {
  std::string id;    // A1 … E12
  std::string what;  // the input, in a few words
  Outcome outcome = Outcome::NotApplicable;
  std::string seen;  // the answers, or why the row does not apply; no personal data
};

// All rows of these chapters that are about a chip, in the catalogue's order. Every row begins with a reset, and those
// that spoil a protocol end with a clean run of it. Throws base::Error when the card or the reader goes away.
std::vector<RowResult> run(const CardUnderTest& card, std::string_view chapters = "ABCDE");

bool conforms(const std::vector<RowResult>& rows);  // none failed
std::string to_text(const std::vector<RowResult>& rows);
nlohmann::json to_json(const std::vector<RowResult>& rows);

}  // namespace conformance
