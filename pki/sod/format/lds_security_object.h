#pragma once
// LDSSecurityObject (ICAO Doc 9303-10 §4.6.2.3): the hashes that a document signer signs.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"

namespace sod::format {

struct LdsSecurityObject {
  int version = 0;  // 0: LDS 1.7; 1: with ldsVersion and unicodeVersion
  asn1::Oid hash_algorithm = asn1::oid::kSha256;
  // hashAlgorithm carries NULL, as older signers write it: read and kept, never set on what is signed here (9303-10
  // §4.6.2.3 note 2).
  bool null_parameters = false;
  std::map<int, base::Bytes> hashes;  // data group number -> hash over the whole file
  // The numbers in the order of the list, when they do not ascend, as some foreign signers write them; empty on what is
  // signed here.
  std::vector<int> order;
  std::string lds_version, unicode_version;  // version 1 only
};

base::Bytes encode(const LdsSecurityObject& object);
// DER; throws asn1::Malformed on anything else: a number outside 1…16 or twice, fewer than two hashes, left-over
// octets.
LdsSecurityObject parse(base::ByteView der);

// EF.SOD = 77 { ContentInfo }: the CMS inside; octets after the element are the file's padding. Throws asn1::Malformed.
base::ByteView unwrap(base::ByteView ef_sod);
base::Bytes wrap(base::ByteView cms);

}  // namespace sod::format
