#pragma once
// Reads and judges CSCA master lists of any State (9303-12 §5.3, §9). Who trusts a list trusts its signer alone; a
// certificate in it that breaks the profile is told and does not reject the list, because many of the world's do.

#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/trust/trust_store.h"

namespace masterlist::judge {

struct Entry {
  base::ByteView der;                    // as it stands in the list
  crypto::openssl::X509Ptr certificate;  // null: OpenSSL cannot read it
};

struct MasterList {
  base::Bytes content;  // CscaMasterList, what is signed; the entries are views into it
  std::vector<Entry> entries;
  base::Bytes signer;                     // certificate, DER; empty when the message has none
  std::vector<base::Bytes> companions;    // the other certificates of the message
  std::optional<base::Moment> signed_at;  // signingTime
  base::Findings findings;
  bool readable() const { return !content.empty(); }
};

// Takes the file apart, parses every certificate and verifies the signature with the signer's certificate inside.
// Findings: ML_UNREADABLE, ML_CONTENT_TYPE, ML_SIGNER_CERT_PRESENT, ML_SIGNATURE, ML_ENCODING, ML_ENTRY_UNREADABLE
// (warn), and of severity warn ML_TRAILING_BYTES, ML_ONE_SIGNERINFO, ML_SID_SKI, ML_SIGNING_TIME, ML_CRLS_ABSENT,
// ML_ENTRY_TWICE. Never throws on foreign input.
MasterList read(base::ByteView file);

// Is its signer one that may sign lists, and which CSCA vouches for him? With anchors one of them has to; without, the
// signer's CSCA is taken from the message or the list itself, which proves no more than that the list is whole.
// Findings: ML_SIGNER_EKU, ML_SIGNER_KEY_USAGE, ML_NOT_SIGNED_BY_CSCA, ML_SIGNER_NOT_TRUSTED, ML_SIGNER_PATH,
// ML_SIGNER_OUTSIDE_VALIDITY; warn: ML_SIGNER_VOUCHED_BY_ITSELF, ML_SIGNER_EXPIRED, ML_SIGNER_CSCA_PRESENT.
base::Findings judge_signer(const MasterList& list, const trust::TrustStore& anchors, base::Moment as_of);

// What is wrong with each certificate, all of severity warn: ML_ENTRIES_ARE_CSCA, ML_ENTRY_CURVE, ML_ENTRY_SIGNATURE,
// ML_ENTRY_WEAK, ML_ENTRY_EXTENSION; note: ML_ENTRY_LINK_ALONE, ML_ENTRY_EXPIRED. `where` names the certificate.
base::Findings judge_entries(const MasterList& list, base::Moment as_of);

}  // namespace masterlist::judge
