#include "pki/sod/judge/security_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/sod/judge/signed_data.h"

namespace sod::judge {

namespace {

using asn1::TlvReader;
using crypto::openssl::Hash;

constexpr std::string_view kWhere = "EF.SOD";

// 9303-12 §4.1.6.4: SHA-224, -256, -384, -512.
void read_hash_algorithm(base::ByteView identifier, SecurityObject& out, base::Findings& findings) {
  const asn1::Oid oid = parse_digest_algorithm(identifier);
  out.hash = crypto::openssl::hash_of(oid);
  if (!out.hash) {
    findings.fail("SOD_HASH_ALGORITHM", std::string(kWhere),
                  fmt::format("The data groups are hashed with {}, which no document may use.", oid.dotted()));
  } else if (*out.hash == Hash::Sha1) {
    findings.fail("WEAK_DIGEST", std::string(kWhere), "The data groups are hashed with SHA-1, which can be forged.");
  }
}

// DataGroupHash ::= SEQUENCE { dataGroupNumber INTEGER (1..16), dataGroupHashValue OCTET STRING }
void read_group(base::ByteView content, SecurityObject& out, base::Findings& findings) {
  TlvReader reader{content};
  const std::int64_t number = asn1::read_integer(reader.need(0x02));
  const base::ByteView hash = reader.need(0x04);
  reader.end();
  if (number < 1 || number > 16) {
    findings.fail("SOD_DG_NUMBER", std::string(kWhere),
                  fmt::format("A hash is given for data group {}; there are 1 to 16.", number));
    return;
  }
  if (out.hash && hash.size() != crypto::openssl::hash_size(*out.hash)) {
    findings.fail("SOD_HASH_LENGTH", std::string(kWhere),
                  fmt::format("The hash of data group {} has {} bytes; its algorithm gives {}.", number, hash.size(),
                              crypto::openssl::hash_size(*out.hash)));
  }
  if (!out.hashes.emplace(static_cast<int>(number), base::Bytes(hash.begin(), hash.end())).second) {
    findings.fail("SOD_DUPLICATE_DG", std::string(kWhere),
                  fmt::format("Data group {} is listed twice, so it is not known which hash is meant.", number));
  }
}

void read_groups(base::ByteView list, SecurityObject& out, base::Findings& findings) {
  int count = 0;
  for (TlvReader reader{list}; !reader.at_end(); ++count) read_group(reader.need(0x30), out, findings);
  if (count == 0) {
    findings.fail("SOD_NO_HASHES", std::string(kWhere), "The list of data group hashes is empty: nothing is signed.");
  } else if (count < 2) {
    findings.fail("SOD_TOO_FEW_HASHES", std::string(kWhere),
                  "Only one data group is listed; a document has at least DG1 and DG2.");
  }
}

// LDSVersionInfo: present if and only if version is 1.
void read_version_info(TlvReader& reader, SecurityObject& out, base::Findings& findings) {
  if (out.version != 0 && out.version != 1) {
    findings.fail("SOD_LDS_VERSION", std::string(kWhere),
                  fmt::format("The security object has version {}; 0 and 1 are known.", out.version));
  }
  const auto info = reader.maybe(0x30);
  if (info.has_value() != (out.version == 1)) {
    findings.fail("SOD_LDS_VERSION", std::string(kWhere),
                  "The LDS version is present in a version 0 object, or missing in a version 1 object.");
  }
  if (!info) return;
  TlvReader versions{*info};
  out.lds_version = asn1::read_printable_string(versions.need(0x13));
  out.unicode_version = asn1::read_printable_string(versions.need(0x13));
  versions.end();
}

// The TLV at the beginning of a file. A file that is no TLV is hashed whole: it cannot match.
std::size_t tlv_size(base::ByteView file) {
  try {
    return TlvReader{file, asn1::Lengths::Lenient}.next().whole.size();
  } catch (const asn1::Malformed&) {
    return file.size();
  }
}

void judge_trailing(int number, base::ByteView trailing, base::Findings& findings) {
  if (trailing.empty()) return;
  const std::string code = fmt::format("DG{}_TRAILING_BYTES", number);
  const std::string where = fmt::format("EF.DG{}", number);
  if (std::ranges::all_of(trailing, [](std::uint8_t octet) { return octet == 0; })) {
    findings.warn(code, where, fmt::format("{} zero bytes follow the data group; they are ignored.", trailing.size()));
  } else {
    findings.fail(code, where, fmt::format("{} unsigned bytes follow the data group.", trailing.size()));
  }
}

}  // namespace

std::optional<SecurityObject> read_security_object(base::ByteView der, base::Findings& findings) {
  try {
    SecurityObject out;
    TlvReader file{der};
    TlvReader reader{file.need(0x30)};
    file.end();
    out.version = asn1::read_integer(reader.need(0x02));
    read_hash_algorithm(reader.need(0x30), out, findings);
    read_groups(reader.need(0x30), out, findings);
    read_version_info(reader, out, findings);
    reader.end();
    return out;
  } catch (const asn1::Malformed& why) {
    findings.fail("SOD_ENCODING", std::string(kWhere), fmt::format("The signed object is malformed: {}.", why.what()));
    return std::nullopt;
  }
}

void compare_data_groups(const SecurityObject& object, const std::map<int, base::Bytes>& data_groups,
                         base::Findings& findings) {
  for (const auto& [number, file] : data_groups) {
    const std::string where = fmt::format("EF.DG{}", number);
    const auto listed = object.hashes.find(number);
    if (listed == object.hashes.end()) {
      findings.fail(fmt::format("DG{}_NOT_IN_SOD", number), where,
                    "The card holds this data group, and the document signer has not signed it.");
      continue;
    }
    const std::size_t size = tlv_size(file);
    judge_trailing(number, base::ByteView(file).subspan(size), findings);
    if (!object.hash) continue;  // SOD_HASH_ALGORITHM has failed it
    if (crypto::openssl::digest(*object.hash, base::ByteView(file).first(size)) != listed->second) {
      findings.fail(fmt::format("DG{}_HASH_MISMATCH", number), where,
                    "The data group differs from what the document signer signed.");
    }
  }
}

}  // namespace sod::judge
