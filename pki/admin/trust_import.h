#pragma once
// Files of any State into a trust store on disk: CSCA and link certificates, master lists and revocation lists, good
// ones kept and whatever is odd told.

#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/directory.h"

namespace admin {

struct TrustImport {
  std::vector<std::string> added, known;  // fingerprints; known: they were there, and stay as they came
  std::size_t left_out = 0;               // certificates that can be no anchors
  base::Findings findings;  // of severity fail: a file, or a certificate given by itself, that was left out
};

struct ImportTerms {
  std::string how, by;  // trust::is_index_text()
  base::Moment now;     // the clock's: when the files came
  base::Moment as_of;   // when certificates and master lists are judged
};

// file: its octets; name: without its folder, for provenance and findings. A master
// list is taken when its signature and its signer hold; a CSCA already in the store vouches for the signer, or else
// nobody outside does (ML_SIGNER_VOUCHED_BY_ITSELF). Codes: those of trust::take_apart, trust::judge_anchor,
// masterlist::judge::read and judge_signer, ANCHOR_DISTRUSTED (warn: it is there and distrusted), and
// TRUST_LIST_UNVERIFIED (fail: a revocation list that no anchor of the store has signed). A link is told as a note.
void import_file(base::ByteView file, const std::string& name, const ImportTerms& terms,
                 trust::TrustDirectory& directory, TrustImport& done);

}  // namespace admin
