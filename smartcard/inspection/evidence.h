#pragma once
// What an inspection saw, in one file, to be judged again without the card (docs/formats/card-evidence.md).

#include <string>
#include <string_view>

#include "smartcard/inspection/card_inspection.h"

namespace inspection {

struct Evidence {
  base::Moment made_at;
  std::string optical_mrz;
  CardRecord record;
  nlohmann::json report;  // what was said then; told, not believed
};

std::string to_text(const Evidence& evidence);
// origin: for messages. Throws Error{FixConfiguration} when the text is no such file; what the card's files in it say
// is for the judgement.
Evidence parse_evidence(std::string_view text, const std::string& origin);

// As inspect_files, with the optical MRZ compared, and the chip's answer to its challenge verified anew where EF.DG15
// is bound: nobody asks the chip, so the best verdict is DATA AUTHENTIC.
Report inspect_evidence(const Evidence& evidence, const trust::TrustStore& trust, base::Moment as_of);

}  // namespace inspection
