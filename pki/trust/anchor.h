#pragma once
// Files of CSCA certificates as people have them: taken apart with patience, and each certificate judged as an anchor.
// What is odd is a finding; nothing here throws on foreign input.

#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"

namespace trust {

struct OfferedFile {
  std::vector<base::Bytes> certificates;  // DER, octets as they stood
  std::vector<base::Bytes> messages;      // CMS, DER: a master list, perhaps; read by pki/masterlist/judge
  std::vector<base::Bytes> lists;         // revocation lists, DER
  base::Findings findings;
};

// DER (also several certificates one behind the other), PEM of any number of blocks with text between them, or base64
// without its PEM lines; a revocation list in DER or in its PEM block. origin: the file's name for `where`. Findings:
// ANCHOR_UNREADABLE (fail); warn: ANCHOR_TRAILING_BYTES, ANCHOR_NO_PEM_LINES; note: ANCHOR_FOREIGN_BLOCK,
// ANCHOR_SEVERAL.
OfferedFile take_apart(base::ByteView file, const std::string& origin);

// Can it be an anchor (9303-12 §7.1 Table 6, column CSCA; §4.1.6.3)? It cannot when one of these fails:
// ANCHOR_UNREADABLE, ANCHOR_EXTENSION_MALFORMED, ANCHOR_NOT_CA, ANCHOR_CURVE, ANCHOR_LINK (certified by another key),
// ANCHOR_SIGNATURE. Told besides, warn: ANCHOR_WEAK, ANCHOR_EXTENSION_UNKNOWN, ANCHOR_COUNTRY, ANCHOR_KEY_ID,
// ANCHOR_NO_CRL_SIGN, ANCHOR_ENCODING; note, with as_of: ANCHOR_EXPIRED, ANCHOR_NOT_YET_VALID.
base::Findings judge_anchor(base::ByteView certificate, const std::string& where,
                            std::optional<base::Moment> as_of = {});

// Of judge_anchor: it is a link certificate (9303-12 §4.1.4.3) that is good otherwise.
bool is_link(const base::Findings& judged);

// The same with every fail as a note: of something that is taken all the same.
base::Findings at_most_note(const base::Findings& findings);

// The same with every fail as a warning: what is left out of many does not fail the many.
base::Findings at_most_warn(const base::Findings& findings);

}  // namespace trust
