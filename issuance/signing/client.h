#pragma once
// How the station speaks to cccd-signer: one request, one answer over a Unix socket (docs/formats/signer-protocol.md).
// The signer trusts nothing of what it is sent beyond what is signed; a refusal is an answer (findings), a dead socket
// an Error.

#include <string>
#include <variant>
#include <vector>

#include "pki/base/core/finding.h"
#include "pki/base/core/secret.h"
#include "smartcard/lds/lds.h"

namespace signing {

// Everything that makes an order believable without believing the station.
struct OrderEvidence {
  std::string order;                   // JWS, type "order", signed by the station's key
  std::string answer;                  // JWS, type "answer", signed by the registry: the order was made from it
  std::vector<std::string> approvals;  // JWS, type "approval", one an officer
  // JWS, type "answer", given later for the same case: an order made from an extract's entry is signed with it. Empty:
  // none.
  std::string live_answer = {};
};

// The card keys of one chip, derived for it (KDF3) and handed out once an approved order is bound to it.
struct CardKeys {
  base::Secret enc, mac, dek;  // AES, each as long as the master key: 16, 24 or 32 octets
  std::uint8_t version = 0x31;
};

struct Assignment {
  std::string id;      // names the assignment in later requests and in both logs
  std::string serial;  // 16 hex digits
  CardKeys keys;
};

struct SignRequest {
  std::string assignment;
  OrderEvidence evidence;
  base::Bytes dg1, dg13, dg15;  // whole files; biometrics are shown by hash only
  base::Bytes dg14 = {};        // whole file, empty: the chip has no key for chip authentication
  base::Bytes dg2_sha256 = {};  // empty: a child's card, without portrait
  base::Bytes dg3_sha256 = {};  // empty: the card holds no fingers
};

class SignerClient {
 public:
  explicit SignerClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  // Binds the chip to the order and records both before anything is signed. Codes: APPROVAL_MISSING,
  // APPROVERS_NOT_DISTINCT, APPROVER_IS_RECEIVER, OFFICER_NOT_TRUSTED, APPROVAL_FORGED, APPROVAL_EXPIRED,
  // APPROVAL_REPLAYED, ORDER_NOT_TRUSTED, ORDER_EXPIRED, REGISTRY_ANSWER_NOT_TRUSTED, REGISTRY_ANSWER_STALE,
  // LIVE_ANSWER_MISSING, LIVE_ANSWER_DIFFERS, ORDER_DIFFERS_FROM_ANSWER, CHIP_NOT_IN_STOCK, CHIP_ALREADY_ASSIGNED,
  // ORDER_ALREADY_SIGNED. kdd: the ten key-diversification bytes of INITIALIZE UPDATE (two bytes, then the serial).
  std::variant<Assignment, base::Findings> assign(const OrderEvidence& evidence, const std::string& serial,
                                                  base::ByteView kdd);

  // EF.SOD for the assigned chip; once per order (a repeated request with the same content gets the same SOD).
  std::variant<base::Bytes, base::Findings> sign(const SignRequest& request);

  // The signer's DS certificate, DER, and whether it answers at all.
  base::Bytes certificate();

 private:
  std::string socket_path_;
};

}  // namespace signing
