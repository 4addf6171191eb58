#pragma once
// The signer itself, without its socket: checks an order's evidence against its own trust directory and stock, binds
// one chip to one order, signs once. Before each act the log has the intent, after it the outcome and a checkpoint.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "issuance/approval/rules.h"
#include "issuance/signing/client.h"
#include "issuance/signing/evidence_checks.h"
#include "issuance/signing/ledger.h"
#include "issuance/signing/rotation.h"
#include "issuance/signing/settings.h"
#include "issuance/signing/trust_directory.h"
#include "pki/base/net/peer.h"
#include "pki/evidence/log.h"
#include "pki/keystore/mac_key.h"
#include "pki/sod/issue/document_signer.h"

namespace signing {

using net::Peer;

// What a signer works with. Everything outlives it.
struct Workplace {
  db::Connection& store;
  evidence::Log& log;
  TrustFile& trust;
  std::vector<OfferedSigner> document_signers;  // in the order in which they take turns
  const keystore::MacKey& master_key;           // AES, of all cards: from its file or in its token
  const base::Clock& clock;
  base::Random& random;
  Settings settings;
  // For tests that look for the hole which a missing rule leaves; the program never sets them.
  std::span<const approval::Rule> approval_rules = approval::all_rules();
  const attestation::Rules& attestation_rules = attestation::Rules::shipped();
};

class Signer {
 public:
  // Brings the log up to date: what the administrator entered, and a signature that a power cut kept out of it.
  explicit Signer(const Workplace& workplace);

  std::variant<Assignment, base::Findings> assign(const OrderEvidence& evidence, const std::string& serial,
                                                  base::ByteView kdd, const Peer& peer);
  std::variant<base::Bytes, base::Findings> sign(const SignRequest& request, const Peer& peer);
  const base::Bytes& certificate() const { return rotation_.certificate(work_.clock.now()); }
  // A request that could not even be read: the log has who sent it ("request.refused").
  void refused_unread(const Peer& peer);

 private:
  // What the administrator changed since the last request enters the log; the trust directory is read again.
  void settle();
  // The whole evidence, in the order of evidence_checks.h, up to the first check that fails. Answers the nonces.
  std::vector<std::string> check_evidence(const OpenedOrder& opened, const OrderEvidence& evidence,
                                          base::Findings& findings);
  Assignment handed_out(const Binding& binding) const;
  Binding bind(const OpenedOrder& opened, const std::vector<std::string>& nonces, const std::string& serial,
               base::ByteView kdd, const Peer& peer);
  // The hashes of the chip's public keys, base64url; ca empty: it has none.
  struct ChipKeys {
    std::string aa_sha256, ca_sha256;
  };
  base::Bytes sign_bound(Binding binding, const Rotation::Share& share, const ChipKeys& keys,
                         sod::issue::LintedHashes permit, const Peer& peer);
  std::optional<Binding> find_binding(const SignRequest& request, const OpenedOrder& opened, base::Findings& findings);
  ChipKeys check_content(const SignRequest& request, const OpenedOrder& opened, const Binding& binding,
                         base::Findings& findings);
  // Every no enters the log: what was asked, the codes, who asked; case and order only when a station signed them.
  base::Findings refuse(std::string_view what, const OpenedOrder* opened, base::Findings findings, const Peer& peer);
  void log_signature(const Binding& binding, base::ByteView sod, bool recovered);

  Workplace work_;
  Ledger ledger_;
  Rotation rotation_;
};

}  // namespace signing
