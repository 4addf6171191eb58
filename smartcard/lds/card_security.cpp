// The two files around SecurityInfos that are no bare SET: EF.CardSecurity and EF.CVCA.

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/lds/security_infos.h"

namespace lds {

namespace {

constexpr asn1::Tag kSequence = 0x30, kSet = 0x31, kOid = 0x06, kInteger = 0x02, kOctets = 0x04, kExplicit0 = 0xA0,
                    kReference = 0x42;
constexpr std::size_t kCvcaFile = 36, kLongestReference = 16, kMostReferences = 2;
// TR-03110-3 A.1.2.5: id-SecurityObject.
const asn1::Oid kSecurityObject{"0.4.0.127.0.7.3.2.1"};

// ContentInfo { id-signedData, [0] SignedData { version, digestAlgorithms, encapContentInfo { type, [0] content } … } }
base::ByteView content_of(base::ByteView file) {
  asn1::TlvReader outer(file, asn1::Lengths::Lenient);
  asn1::TlvReader info(outer.need(kSequence), asn1::Lengths::Lenient);
  outer.end();
  if (asn1::read_oid(info.need(kOid)) != asn1::oid::kSignedData) throw asn1::Malformed("no signed data");
  asn1::TlvReader wrapped(info.need(kExplicit0), asn1::Lengths::Lenient);
  info.end();
  asn1::TlvReader data(wrapped.need(kSequence), asn1::Lengths::Lenient);
  wrapped.end();
  data.need(kInteger);
  data.need(kSet);
  asn1::TlvReader content(data.need(kSequence), asn1::Lengths::Lenient);
  if (asn1::read_oid(content.need(kOid)) != kSecurityObject) throw asn1::Malformed("another content is signed");
  asn1::TlvReader octets(content.need(kExplicit0), asn1::Lengths::Lenient);
  content.end();
  const base::ByteView set = octets.need(kOctets);
  octets.end();
  return set;
}

}  // namespace

SecurityInfosReading parse_card_security(base::ByteView file) try {
  return parse_security_infos(content_of(file), "EF.CardSecurity");
} catch (const asn1::Malformed& error) {
  SecurityInfosReading reading;
  reading.findings.fail("SECURITY_INFOS_MALFORMED", "EF.CardSecurity",
                        fmt::format("The security infos are malformed: {}.", error.what()));
  return reading;
}

base::Bytes encode_cvca_file(const std::vector<std::string>& references) {
  base::ensure(references.size() <= kMostReferences, "a chip trusts at most two CVCA keys");
  asn1::TlvWriter out;
  for (const std::string& reference : references) {
    base::ensure(!reference.empty() && reference.size() <= kLongestReference, "a reference has 1 to 16 characters");
    out.put(kReference, reference);
  }
  base::Bytes file = out.take();
  file.resize(kCvcaFile, 0);
  return file;
}

std::optional<std::vector<std::string>> parse_cvca_file(base::ByteView file) try {
  std::vector<std::string> references;
  asn1::TlvReader reader(file, asn1::Lengths::Lenient);
  while (!reader.at_end() && reader.rest()[0] != 0) {
    const base::ByteView reference = reader.need(kReference);
    if (reference.empty() || reference.size() > kLongestReference || references.size() == kMostReferences) {
      return std::nullopt;
    }
    references.push_back(base::text_of(reference));
  }
  for (const std::uint8_t octet : reader.rest()) {
    if (octet != 0) return std::nullopt;
  }
  return references;
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

}  // namespace lds
