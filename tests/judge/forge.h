#pragma once
// Makes EF.SOD files that no honest signer makes, signed with the test keys of tests/vectors/sod.json, so that what is
// wrong is the one thing asked for and not the signature.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/trust/trust_store.h"

namespace forge {

// Everything of an EF.SOD that a test may bend. The defaults make a good one by ds1_p256.
struct Sod {
  std::string signer_key = "ds1";                        // under /private_keys in sod.json
  std::vector<std::string> certificates = {"ds1_p256"};  // synth/<name>.cer
  std::string named_certificate = "ds1_p256";            // whom sid names
  bool by_key_identifier = false;                        // sid = SubjectKeyIdentifier
  int version = 3, signer_version = 1, object_version = 0;
  asn1::Oid content_type = asn1::oid::kLdsSecurityObject;
  asn1::Oid digest = asn1::oid::kSha256;
  asn1::Oid hash = asn1::oid::kSha256;  // named in the LDSSecurityObject; the values are SHA-256 all the same
  asn1::Oid signature_algorithm = asn1::oid::kEcdsaWithSha256;
  std::vector<asn1::Oid> announced_digests = {asn1::oid::kSha256};
  std::vector<std::pair<int, base::Bytes>> hashes;
  std::string lds_version;  // with object_version 1
  bool signed_attributes = true, content_type_attribute = true;
  int content_type_copies = 1;
  std::string signing_time;  // GeneralizedTime, empty: none
  int signers = 1;
};

// The SHA-256 of each group, in order.
std::vector<std::pair<int, base::Bytes>> hashes_of(const std::map<int, base::Bytes>& data_groups);

base::Bytes make(const Sod& sod);
// The ContentInfo alone, over any content: an EF.CardSecurity.
base::Bytes make_signed_data(const Sod& sod, base::ByteView content);

// The synthetic document's data groups 1, 2, 11–15, as tests/vectors/synth holds them.
std::map<int, base::Bytes> data_groups();
base::Bytes certificate(const std::string& name);  // synth/<name>.cer
// The trust of sod.json's how_to_judge: three anchors and, unless told, the list.
trust::TrustStore trust(bool with_crl = true);
base::Moment inspection_moment();  // its inspection_date, noon

// Signs `data` with a key of sod.json; DER for ECDSA.
base::Bytes sign(const std::string& key, const asn1::Oid& digest, base::ByteView data);

}  // namespace forge
