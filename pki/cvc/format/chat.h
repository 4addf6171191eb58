#pragma once
// Certificate holder authorization template (7F4C): what the holder is, and what it may read (9303-10 §5.4.1,
// TR-03110-3 C.4).

#include <string>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"

namespace cvc::format {

inline const asn1::Oid kInspectionSystem{"0.4.0.127.0.7.3.1.2.1"};  // id-IS
inline const asn1::Oid kAuthenticationTerminal{"0.4.0.127.0.7.3.1.2.2"};
inline const asn1::Oid kSignatureTerminal{"0.4.0.127.0.7.3.1.2.3"};

// Bits 8 and 7 of the first octet.
enum class Role : std::uint8_t { Terminal = 0x00, ForeignDv = 0x40, DomesticDv = 0x80, Cvca = 0xC0 };

struct Rights {
  bool fingerprints = false;  // EF.DG3
  bool iris = false;          // EF.DG4
  bool operator==(const Rights&) const = default;
};

struct Chat {
  asn1::Oid terminal_type = kInspectionSystem;
  base::Bytes bits{0x00};  // one octet for an inspection system, five or one for the others; never empty

  Role role() const { return static_cast<Role>(bits.front() & 0xC0); }
  bool is_dv() const { return role() == Role::DomesticDv || role() == Role::ForeignDv; }
  Rights rights() const;  // of an inspection system; none of another terminal type
  bool operator==(const Chat&) const = default;
};

Chat inspection_chat(Role role, Rights rights);

// "CVCA", "domestic DV", "foreign DV", "terminal"
std::string role_name(Role role);

// Whether a has a right (any bit behind the role) that b has not.
bool wider(const Chat& a, const Chat& b);
// The rights that both have, with a's role. Of one terminal type.
Chat both(const Chat& a, const Chat& b);

// The content of 7F4C. Throws asn1::Malformed.
Chat parse_chat(base::ByteView content);
base::Bytes encode(const Chat& chat);  // the whole 7F4C

}  // namespace cvc::format
