#pragma once
// The small fields of a CV certificate: tags, references and days.

#include <optional>
#include <string>
#include <string_view>

#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace cvc::format {

// 9303-12 Table 11 and §8.1.1, TR-03110-3 D.2.
namespace tag {
inline constexpr asn1::Tag kCertificate = 0x7F21, kBody = 0x7F4E, kProfile = 0x5F29, kAuthorityReference = 0x42,
                           kPublicKey = 0x7F49, kHolderReference = 0x5F20, kChat = 0x7F4C, kEffective = 0x5F25,
                           kExpiration = 0x5F24, kExtensions = 0x65, kExtension = 0x73, kSignature = 0x5F37,
                           kAuthentication = 0x67, kOid = 0x06, kDiscretionaryData = 0x53;
}

// A holder or authority reference as 9303-12 §7.2.2.2 has it: VN ‖ CVCA ‖ VN001. Other countries' sequences may begin
// otherwise (TR-03110-3 leaves them free).
struct Reference {
  std::string country;   // two letters
  std::string mnemonic;  // 1 to 9 characters, ISO 8859-1
  std::string sequence;  // five of 0-9 A-Z
  std::string text() const { return country + mnemonic + sequence; }
  bool operator==(const Reference&) const = default;
};

inline constexpr std::size_t kLongestReference = 16;  // octets

// nullopt when it is not of this form.
std::optional<Reference> split_reference(std::string_view text);
// The next sequence number under the same first two characters: VN009, VN00A, …, VN00Z, VN010; nullopt after VNZZZ.
std::optional<Reference> successor(const Reference& reference);

// The text of a reference, 1 to 16 octets of ISO 8859-1 without control characters. Throws asn1::Malformed.
std::string read_reference(base::ByteView content);

// A day as YYMMDD, one digit an octet, of the years 2000 to 2099 (9303-12 §7.2.3.1.3). Reading throws asn1::Malformed
// for what is no such day.
base::Date read_day(base::ByteView content);
base::Bytes write_day(base::Date day);

}  // namespace cvc::format
