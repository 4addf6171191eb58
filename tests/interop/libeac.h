#pragma once
// libeac (OpenPACE) as one end of PACE, Chip Authentication and Terminal Authentication. Its keys and tokens are its
// own; the octets around them on the wire are written here. Licence of the program that links this: GPL-3+, as
// libeac's.

#include <eac/eac.h>
#include <eac/pace.h>

#include <memory>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/secure_messaging/keys.h"

namespace libeac {

// libeac leaves the leading zeros of a MODP group's numbers out, in one of 256 keys or secrets; a number there is as
// long as the prime for us. Thrown when it drew such a one: the run has to be made again.
struct ShortNumber {};

// Generic mapping, with a CAN.
class Pace {
 public:
  Pace(const lds::PaceInfo& info, std::string_view can);
  base::Bytes encrypted_nonce();              // the chip's first step
  void take_nonce(base::ByteView encrypted);  // the terminal's
  base::Bytes mapping_key();
  void map(base::ByteView other);
  base::Bytes key();
  void agree(base::ByteView other);  // and derive
  base::Bytes token_over(base::ByteView other);
  bool verifies(base::ByteView token);
  secure_messaging::SessionKeys keys() const;

 private:
  struct Free {
    void operator()(EAC_CTX* context) const { EAC_CTX_clear_free(context); }
  };
  std::unique_ptr<EAC_CTX, Free> context_;
  std::unique_ptr<PACE_SEC, void (*)(PACE_SEC*)> password_;
  std::size_t number_size_;
};

// One side of the key agreement of Chip Authentication.
class ChipAuthentication {
 public:
  // What a chip of version 2 answers with.
  struct Proof {
    base::Bytes nonce, token;
  };
  ChipAuthentication(const lds::ChipAuthenticationInfo& info, std::int64_t domain_parameters);
  base::Bytes key();                                           // made anew
  void agree(base::ByteView other);                            // version 1
  Proof prove(base::ByteView terminal_key);                    // version 2, the chip
  bool verifies(base::ByteView chip_key, const Proof& proof);  // version 2, the terminal
  base::Bytes compressed(base::ByteView key);                  // Comp()
  secure_messaging::SessionKeys keys() const;

 private:
  struct Free {
    void operator()(EAC_CTX* context) const { EAC_CTX_clear_free(context); }
  };
  void compute(base::ByteView other);
  std::unique_ptr<EAC_CTX, Free> context_;
  std::size_t number_size_;
};

class TerminalAuthentication {
 public:
  // The chip: trusts this CVCA certificate, whose dates are not looked at.
  static TerminalAuthentication chip(base::ByteView trust_point);
  // The terminal: private key (DER, RFC 5915), ECDSA with SHA-256.
  static TerminalAuthentication terminal(base::ByteView trust_point, base::ByteView private_key);
  bool import(base::ByteView certificate);
  base::Bytes challenge();
  void take_challenge(base::ByteView challenge);
  base::Bytes sign(base::ByteView terminal_key, base::ByteView id_picc);
  bool verifies(base::ByteView terminal_key, base::ByteView id_picc, base::ByteView signature);

 private:
  TerminalAuthentication();
  struct Free {
    void operator()(EAC_CTX* context) const { EAC_CTX_clear_free(context); }
  };
  std::unique_ptr<EAC_CTX, Free> context_;
};

}  // namespace libeac
