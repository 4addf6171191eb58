#pragma once
// The LDSSecurityObject (9303-10 §4.6.2.3) as a judge reads it: what can be read is read, and everything that is wrong
// is a finding of its own.

#include <map>
#include <optional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"
#include "pki/crypto/openssl/hash.h"

namespace sod::judge {

struct SecurityObject {
  std::int64_t version = 0;
  std::optional<crypto::openssl::Hash> hash;  // nullopt: an algorithm outside the list
  std::map<int, base::Bytes> hashes;          // by data group
  std::string lds_version, unicode_version;   // version 1 only
};

// nullopt when nothing can be read (SOD_ENCODING). Findings: SOD_ENCODING, SOD_LDS_VERSION, SOD_HASH_ALGORITHM,
// WEAK_DIGEST, SOD_NO_HASHES, SOD_TOO_FEW_HASHES, SOD_DUPLICATE_DG, SOD_DG_NUMBER, SOD_HASH_LENGTH.
std::optional<SecurityObject> read_security_object(base::ByteView der, base::Findings& findings);

// Compares the groups that were read with the signed hashes. Findings: DGn_HASH_MISMATCH, DGn_NOT_IN_SOD,
// DGn_TRAILING_BYTES (warn: zero padding; fail: anything else).
void compare_data_groups(const SecurityObject& object, const std::map<int, base::Bytes>& data_groups,
                         base::Findings& findings);

}  // namespace sod::judge
