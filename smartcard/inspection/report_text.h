#pragma once
// A report for people: Vietnamese first, one line a fact. The line "verdict: …" is stable for scripts.

#include <string>

#include "smartcard/inspection/report.h"

namespace inspection {

std::string to_text(const Report& report);

// For a terminal: control characters and bidirectional overrides of a card's text become '?', so that no card can
// rewrite the screen.
std::string printable(std::string_view utf8);

}  // namespace inspection
