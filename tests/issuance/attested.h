#pragma once
// Statements about an invented person that are enough for a card: those of a batch that a civil status office and the
// provincial police vouched for.

#include <string>
#include <vector>

#include "smartcard/document/registry_answer.h"

namespace attested {

inline document::Attested by(const std::string& kind, const std::string& officer, const std::string& office,
                             const std::string& force, const std::string& evidence, bool late = false) {
  return {.kind = kind,
          .late = late,
          .office = office,
          .force = force,
          .officer = officer,
          .evidence = evidence,
          .on = "2026-01-05",
          .statement_sha256 = "MV9b23bQeMQ7isAGTkoBZGErH853yGk0W_yUx1iU7dM"};
}

inline std::vector<document::Attested> enough() {
  return {by("birth", "H-1", "001-HT-0001", "civil-status", "birth-record"),
          by("citizenship", "H-1", "001-HT-0001", "civil-status", "birth-record"),
          by("birth", "T-1", "001-CT-0001", "provincial-police", "parents-record"),
          by("citizenship", "T-1", "001-CT-0001", "provincial-police", "parents-record")};
}

}  // namespace attested
