#pragma once
// Extended access, the card's side, inside a session of BAC or PACE. Version 1: Chip Authentication (ICAO Doc 9303-11
// §6.2), then Terminal Authentication (§7.1; TR-03110-3 C.3). Version 2, after PACE with a CHAT (TR-03110-2 §3.3,
// §3.4): Terminal Authentication, in which the terminal names the key that it will use, then Chip Authentication under
// it.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "pki/base/core/random.h"
#include "pki/cvc/format/certificate.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/secure_messaging.h"
#include "smartcard/simulator/state.h"

namespace simulator {

struct ChipAuthenticationSuccess {
  SecureMessaging session;   // from the next command on
  base::Bytes terminal_key;  // Comp(PK_DH,IFD)
  bool version_2 = false;    // what Terminal Authentication gave before stays
};

class ChipAuthentication {
 public:
  ChipAuthentication(const Memory& memory, base::Random& random) : memory_(&memory), random_(&random) {}
  // MSE:Set AT (41 A4) { 80 protocol, [84 key id] }. named_key: Comp(PK) of Terminal Authentication version 2 when it
  // has passed, and then version 2 is run under that key; empty: version 1.
  apdu::StatusWord set_at(base::ByteView data, base::Bytes named_key);
  // GENERAL AUTHENTICATE { 7C { 80 public key } }; version 2 answers with 7C { 81 nonce, 82 token }.
  apdu::Response general_authenticate(const apdu::Command& command);
  // MSE:Set KAT (41 A6) { 91 public key, [84 key id] }, with 3DES.
  apdu::StatusWord set_kat(base::ByteView data);
  bool chosen() const { return key_ != nullptr; }
  void forget() { key_ = nullptr; }
  std::optional<ChipAuthenticationSuccess> take_success() { return std::exchange(success_, std::nullopt); }

 private:
  apdu::StatusWord choose(base::ByteView protocol, std::optional<base::ByteView> key_id);
  bool is_offered(base::ByteView protocol) const;
  bool agree(base::ByteView public_key);

  const Memory* memory_;
  base::Random* random_;
  const ChipKey* key_ = nullptr;
  Suite suite_ = Suite::Aes128;
  base::Bytes protocol_, named_key_, nonce_, token_;
  std::optional<ChipAuthenticationSuccess> success_;
};

// Whether the signature over the data is by this key (with parameters). Never throws for a false one.
bool verify_signature(const cvc::format::PublicKey& key, base::ByteView data, base::ByteView signature);

class TerminalAuthentication {
 public:
  explicit TerminalAuthentication(Memory& memory) : memory_(&memory) {}
  // PACE was run with this CHAT: version 2 is possible, and gives no more than it asks for.
  void allow_version_2(cvc::format::Chat wanted) { wanted_ = std::move(wanted); }
  // MSE:Set DST (81 B6) { 83 reference }: whose key verifies the next certificate.
  apdu::StatusWord set_dst(base::ByteView data);
  // PSO:VERIFY CERTIFICATE: 7F4E ‖ 5F37. A link certificate moves the trust points, a domestic one the date.
  apdu::StatusWord verify_certificate(base::ByteView data);
  // MSE:Set AT (81 A4) { 83 reference }: the terminal's key; version 2 { 80 protocol, 83 reference, 91 Comp(PK) }.
  apdu::StatusWord set_at(base::ByteView data);
  // signed_data: ID_PICC ‖ r_PICC ‖ Comp(PK_DH,IFD).
  apdu::StatusWord authenticate(base::ByteView signed_data, base::ByteView signature);
  bool terminal_chosen() const { return terminal_.has_value(); }
  bool passed() const { return rights_.has_value(); }
  // Of version 2, Comp(PK) that the terminal named; else empty.
  const base::Bytes& named_key() const { return named_key_; }
  cvc::format::Rights rights() const { return rights_.value_or(cvc::format::Rights{}); }

 private:
  struct Holder {
    std::string name;
    cvc::format::PublicKey key;  // with parameters
    cvc::format::Chat chat;      // with the rights that the whole path has
  };
  apdu::StatusWord judge(const cvc::format::Certificate& certificate) const;
  void import(const cvc::format::Certificate& certificate);

  Memory* memory_;
  std::optional<Holder> dst_, imported_, terminal_;
  std::optional<cvc::format::Chat> wanted_;
  base::Bytes named_key_;
  std::optional<cvc::format::Rights> rights_;
};

// The document number and its check digit as they stand in the MRZ of EF.DG1: what a terminal signs after BAC
// (9303-11 §7.1.5). Empty when the file holds none.
base::Bytes document_number_of(base::ByteView dg1);

// EF.CVCA: 42 reference ‖ …, filled up with 00 to 36 octets.
base::Bytes cvca_file(const State& state);

}  // namespace simulator
