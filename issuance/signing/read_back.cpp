#include "issuance/signing/read_back.h"

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/cms.h"
#include "pki/sod/judge/signed_data.h"

namespace signing {

namespace {

constexpr asn1::Tag kSod = 0x77, kSequence = 0x30, kInteger = 0x02, kOctetString = 0x04;

// ICAO Doc 9303-10 §4.6.2: EF.SOD = 77 { ContentInfo }
base::ByteView signed_data_of(base::ByteView ef_sod) {
  asn1::TlvReader file{ef_sod};
  asn1::TlvReader outer{file.need(kSod)};
  file.end();
  const asn1::Tlv content_info = outer.need_whole(kSequence);
  outer.end();
  return content_info.whole;
}

// §4.6.2.3: LDSSecurityObject ::= SEQUENCE { version, hashAlgorithm, SEQUENCE OF SEQUENCE { number, hash }, … }. Read
// here and not by the codec that wrote it, so that a mistake of that one does not confirm itself.
std::map<int, base::Bytes> hashes_in(base::ByteView lds_security_object) {
  asn1::TlvReader whole{lds_security_object};
  asn1::TlvReader object{whole.need(kSequence)};
  whole.end();
  object.need(kInteger);
  object.need(kSequence);
  asn1::TlvReader list{object.need(kSequence)};
  std::map<int, base::Bytes> hashes;
  while (!list.at_end()) {
    asn1::TlvReader one{list.need(kSequence)};
    const auto number = static_cast<int>(asn1::read_integer(one.need(kInteger)));
    const base::ByteView hash = one.need(kOctetString);
    one.end();
    if (!hashes.emplace(number, base::Bytes(hash.begin(), hash.end())).second) {
      throw asn1::Malformed("a data group stands twice");
    }
  }
  return hashes;
}

}  // namespace

ReadBack::ReadBack(base::ByteView certificate)
    : der_(certificate.begin(), certificate.end()), certificate_(crypto::openssl::parse_certificate(certificate)) {
  if (certificate_) return;
  throw base::Error(base::Fault::FixConfiguration, "loading the document signer's certificate",
                    "OpenSSL does not read it; name the DER file that cccd-pki ds issue wrote");
}

bool ReadBack::holds(base::ByteView ef_sod, const std::map<int, base::Bytes>& hashes) const {
  try {
    const auto data = sod::judge::parse_signed_data(signed_data_of(ef_sod));
    if (data.certificates.size() != 1 || !base::equal(data.certificates.front(), der_)) return false;
    // Compared above, so OpenSSL need not read it once more: a key with explicit parameters costs it a third of a
    // verification.
    const auto content = crypto::openssl::verified_content(sod::judge::without_certificates(data), certificate_.get());
    return data.signers.size() == 1 && content && hashes_in(*content) == hashes;
  } catch (const asn1::Malformed&) {
    return false;
  }
}

}  // namespace signing
