#pragma once
// SecurityInfos (ICAO Doc 9303-11 §9.2): which protocols a chip speaks and with which keys and parameters. One codec
// for the three files that carry them: EF.CardAccess (the bare SET), EF.DG14 (6E) and EF.CardSecurity (inside a
// SignedData). What is read is tolerated where chips in the field err (order of the SET, needless octets of lengths)
// and says so in findings; what is written is DER.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"

namespace lds {

enum class Agreement { Dh, Ecdh };
enum class Mapping { Generic, Integrated, ChipAuthentication };
enum class Cipher { TripleDes, Aes128, Aes192, Aes256 };

// §9.2.1: PACEInfo. parameter_id: a standardized domain parameter set (0-2 and 8-18, §9.5.1) or one that a
// PaceDomainParameterInfo describes.
struct PaceInfo {
  Agreement agreement = Agreement::Ecdh;
  Mapping mapping = Mapping::Generic;
  Cipher cipher = Cipher::Aes128;
  int version = 2;
  std::optional<std::int64_t> parameter_id;
  bool operator==(const PaceInfo&) const = default;
};
// What the card in circulation offers, and the only one: ECDH, generic mapping, AES-128, brainpoolP256r1 (Table 6: 13).
inline constexpr PaceInfo kCccdPace{.parameter_id = 13};
asn1::Oid pace_protocol(const PaceInfo& info);
std::optional<PaceInfo> pace_of(const asn1::Oid& protocol);  // the protocol alone; nullopt: no PACE with a cipher

// §9.2.2: PACEDomainParameterInfo.
struct PaceDomainParameterInfo {
  asn1::Oid protocol;            // without the cipher
  base::Bytes domain_parameter;  // AlgorithmIdentifier, encoded
  std::optional<std::int64_t> parameter_id;
  bool operator==(const PaceDomainParameterInfo&) const = default;
};

// §9.2.5: ChipAuthenticationInfo. version 1 or 2.
struct ChipAuthenticationInfo {
  Agreement agreement = Agreement::Ecdh;
  Cipher cipher = Cipher::Aes128;
  int version = 1;
  std::optional<std::int64_t> key_id;
  bool operator==(const ChipAuthenticationInfo&) const = default;
};
asn1::Oid chip_authentication_protocol(const ChipAuthenticationInfo& info);
std::optional<ChipAuthenticationInfo> chip_authentication_of(const asn1::Oid& protocol);

// TR-03110-3 A.1.1.2: ChipAuthenticationDomainParameterInfo. For version 2: the terminal makes its key before it has
// seen the chip's.
struct ChipAuthenticationDomainParameterInfo {
  Agreement agreement = Agreement::Ecdh;
  base::Bytes domain_parameter;  // AlgorithmIdentifier, encoded
  std::optional<std::int64_t> key_id;
  bool operator==(const ChipAuthenticationDomainParameterInfo&) const = default;
};

// §9.2.6: ChipAuthenticationPublicKeyInfo.
struct ChipAuthenticationPublicKeyInfo {
  Agreement agreement = Agreement::Ecdh;
  base::Bytes public_key;  // SubjectPublicKeyInfo; its algorithm may be standardizedDomainParameters
  std::optional<std::int64_t> key_id;
  bool operator==(const ChipAuthenticationPublicKeyInfo&) const = default;
};

// §9.2.7: TerminalAuthenticationInfo.
struct TerminalAuthenticationInfo {
  int version = 1;
  std::optional<std::uint16_t> cvca_file;  // EF.CVCA when it is not 011C
  std::optional<std::uint8_t> cvca_short_id;
  bool operator==(const TerminalAuthenticationInfo&) const = default;
};

// TR-03111 §5.2.1.1: r ‖ s over the hash named.
inline const asn1::Oid kEcdsaPlainSha224{"0.4.0.127.0.7.1.1.4.1.2"};
inline const asn1::Oid kEcdsaPlainSha256{"0.4.0.127.0.7.1.1.4.1.3"};
inline const asn1::Oid kEcdsaPlainSha384{"0.4.0.127.0.7.1.1.4.1.4"};
inline const asn1::Oid kEcdsaPlainSha512{"0.4.0.127.0.7.1.1.4.1.5"};

// §9.2.4: ActiveAuthenticationInfo; there when active authentication is by ECDSA.
struct ActiveAuthenticationInfo {
  int version = 1;
  asn1::Oid signature_algorithm;  // ecdsa-plain-*, TR-03111 §5.2.1.1
  bool operator==(const ActiveAuthenticationInfo&) const = default;
};

// What no clause here names; ignored by the protocols (§9.2) and carried.
struct UnknownInfo {
  asn1::Oid protocol;
  base::Bytes whole;
  bool operator==(const UnknownInfo&) const = default;
};

struct SecurityInfos {
  std::vector<PaceInfo> pace;
  std::vector<PaceDomainParameterInfo> pace_parameters;
  std::vector<ChipAuthenticationInfo> chip_authentication;
  std::vector<ChipAuthenticationDomainParameterInfo> chip_parameters;
  std::vector<ChipAuthenticationPublicKeyInfo> chip_keys;
  std::vector<TerminalAuthenticationInfo> terminal_authentication;
  std::vector<ActiveAuthenticationInfo> active_authentication;
  std::vector<UnknownInfo> others;
  bool operator==(const SecurityInfos&) const = default;
};

base::Bytes encode_security_infos(const SecurityInfos& infos);  // the SET: EF.CardAccess, and EF.CardSecurity's content
base::Bytes encode_dg14(const SecurityInfos& infos);            // 6E { SET }

// infos holds what could be read, in the order of the file; nullopt when the SET itself is none. Findings, at `where`:
//   SECURITY_INFOS_MALFORMED   fail  no SET of SecurityInfo, or a known protocol whose data is not what its clause says
//   SECURITY_INFOS_NOT_DER     warn  the order of the SET or a length is not DER's: seen in the field
struct SecurityInfosReading {
  std::optional<SecurityInfos> infos;
  base::Findings findings;
};
SecurityInfosReading parse_security_infos(base::ByteView set, std::string_view where);
SecurityInfosReading parse_card_access(base::ByteView file);
SecurityInfosReading parse_dg14(base::ByteView file);
// The content of EF.CardSecurity (9303-10 §3.11.4), whose signature is not looked at here: until somebody has judged
// it, what it says binds nothing.
SecurityInfosReading parse_card_security(base::ByteView file);

// §9.2: whether EF.CardAccess, which nobody signs, was changed: what of it (PACEInfo and PACEDomainParameterInfo) the
// signed file lacks, and the signed PACEInfos that it hides. Empty: they agree. Findings PACE_DOWNGRADE (fail).
base::Findings compare_pace_infos(const SecurityInfos& card_access, const SecurityInfos& signed_infos,
                                  std::string_view signed_where);

// EF.CVCA (TR-03110-1 App. A.1): the holder references of the CVCA certificates that the chip trusts, the current one
// first, each in a data object 42, filled up with 00 to 36 octets. nullopt when it is not of this form; empty: none.
base::Bytes encode_cvca_file(const std::vector<std::string>& references);  // at most two, of at most 16 characters
std::optional<std::vector<std::string>> parse_cvca_file(base::ByteView file);

}  // namespace lds
