#pragma once
// The biometric information group template that DG2, DG3 and DG4 share (ICAO Doc 9303-10 §4.7.2–§4.7.4): what stands
// around the records, not the records.

#include <optional>
#include <vector>

#include "pki/asn1/tlv.h"

namespace lds {

struct BiometricBlock {
  std::optional<base::ByteView> subtype;  // DO 82: which finger, which eye
  bool iso39794 = false;                  // stood in 7F2E { A1 … }, else in 5F2E
  base::ByteView record;                  // of 39794 the element in A1 (64 finger, 65 face, 66 iris)
};

struct BiometricGroup {
  std::vector<BiometricBlock> blocks;
  std::optional<base::ByteView> random;  // DO 53 beside an empty group
};

// `outer` is the data group's tag (75, 63, 76); `most` the largest count. Throws asn1::Malformed; views into `file`.
BiometricGroup read_biometric_group(base::ByteView file, asn1::Tag outer, int most);

// The information templates of one data group around their records, in order.
struct BiometricRecord {
  std::uint8_t type, subtype;  // 02 face, 08 finger; DO 82
  std::uint16_t format;        // DO 88: 0008 face, 0007 finger, 002A face of 39794-5
  base::Bytes record;
  bool iso39794 = false;  // the record is the element that goes into 7F2E { A1 … }
};
base::Bytes write_biometric_group(asn1::Tag outer, const std::vector<BiometricRecord>& records,
                                  base::ByteView random = {});

}  // namespace lds
