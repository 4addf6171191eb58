// CV certificates as bytes: other people's are read field by field and written back; broken ones are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pki/asn1/tlv.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/certificate.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/format/request.h"
#include "tests/support/vectors.h"

namespace {

using namespace cvc::format;
using nlohmann::json;

// Every certificate of the file: the worked examples, the published samples, the synthetic chains.
std::vector<json> foreign_certificates() {
  const json file = vectors::load("ca_ta.json");
  std::vector<json> out;
  for (const json& example : file["cases"]) {
    if (!example.contains("certificates")) continue;
    for (const json& certificate : example["certificates"]) out.push_back(certificate);
  }
  for (const char* const family : {"ecdsa_p256", "rsa_2048"}) {
    for (const json& made : file["generated_chain"][family]) {
      json certificate = made["decoded"];
      certificate["der"] = made["der"];
      out.push_back(certificate);
    }
  }
  return out;
}

base::Bytes sample() {
  return vectors::hex(vectors::load("ca_ta.json")["generated_chain"]["ecdsa_p256"]["dv"]["der"]);
}

// The sample with one run of octets replaced by another of the same length.
base::Bytes changed(const char* from, const char* to) {
  base::Bytes out = sample();
  const base::Bytes old = base::hex(from), with = base::hex(to);
  const auto at = std::search(out.begin(), out.end(), old.begin(), old.end());
  EXPECT_NE(at, out.end());
  std::copy(with.begin(), with.end(), at);
  return out;
}

TEST(CvcFormatTest, ReadsEveryForeignCertificateFieldByField) {
  const auto certificates = foreign_certificates();
  EXPECT_EQ(certificates.size(), 30U);
  for (const json& expected : certificates) {
    const Certificate read = parse_certificate(vectors::hex(expected["der"]));
    SCOPED_TRACE(read.body.holder);
    EXPECT_EQ(read.body.authority, expected["CAR"]);
    EXPECT_EQ(read.body.holder, expected["CHR"]);
    EXPECT_EQ(read.body.key.algorithm.dotted(), expected["public_key"]["oid"]);
    EXPECT_EQ(read.body.chat.terminal_type.dotted(), expected["CHAT"]["oid"]);
    EXPECT_EQ(base::to_hex(read.body.chat.bits), expected["CHAT"]["value"]);
    EXPECT_EQ(base::to_iso(read.body.effective), expected["effective"]);
    EXPECT_EQ(base::to_iso(read.body.expiration), expected["expiration"]);
    EXPECT_EQ(base::to_hex(read.signature), expected["signature"]);
    EXPECT_EQ(base::to_hex(read.signed_part), expected["body"]);
    if (expected["CHAT"]["read_dg3"].is_boolean()) {
      EXPECT_EQ(read.body.chat.rights().fingerprints, expected["CHAT"]["read_dg3"]);
      EXPECT_EQ(read.body.chat.rights().iris, expected["CHAT"]["read_dg4"]);
    }
  }
}

TEST(CvcFormatTest, WritesBackWhatItRead) {
  for (const json& expected : foreign_certificates()) {
    const Certificate read = parse_certificate(vectors::hex(expected["der"]));
    EXPECT_EQ(base::to_hex(assemble(encode(read.body), read.signature)), expected["der"]);
  }
}

TEST(CvcFormatTest, KeepsAnUnknownExtension) {
  Certificate read = parse_certificate(sample());
  read.body.extensions.push_back({asn1::Oid("1.2.3.4"), base::hex("53020102")});
  const base::Bytes with = assemble(encode(read.body), read.signature);
  EXPECT_EQ(parse_certificate(with).body, read.body);
}

TEST(CvcFormatTest, RefusesWhatIsNoCertificate) {
  const auto refused = [](base::Bytes file) { EXPECT_THROW((void)parse_certificate(file), asn1::Malformed); };
  const base::Bytes good = sample();
  for (std::size_t size = 0; size < good.size(); ++size)
    refused({good.begin(), good.begin() + static_cast<long>(size)});
  base::Bytes longer = good;
  longer.push_back(0);
  refused(longer);
  refused(changed("5F250602060001", "5F25060206000A"));              // a digit of ten
  refused(changed("5F2506020600010001", "5F2506020600020301"));      // 31 February
  refused(changed("5F290100", "5F290101"));                          // profile 1
  refused(changed("04007F00070202020203", "04007F0007020202020F"));  // an unknown algorithm
  refused(changed("5F200B", "5F210B"));                              // another field
  refused(changed("5554445644453030303031", "5554440044453030303031"));
}

TEST(CvcFormatTest, RefusesAReferenceOfSeventeenOctets) {
  EXPECT_THROW((void)read_reference(base::bytes_of("UTABCDEFGHIJ00001")), asn1::Malformed);
  EXPECT_EQ(read_reference(base::bytes_of("UTABCDEFGHI00001")), "UTABCDEFGHI00001");
}

TEST(CvcFormatTest, SplitsAReferenceAndCountsOn) {
  const auto reference = split_reference("VNCVCAVN009");
  ASSERT_TRUE(reference);
  EXPECT_EQ(*reference, (Reference{"VN", "CVCA", "VN009"}));
  EXPECT_EQ(successor(*reference)->text(), "VNCVCAVN00A");
  EXPECT_EQ(successor(*split_reference("VNCVCAVN0ZZ"))->sequence, "VN100");
  EXPECT_FALSE(successor(*split_reference("VNCVCAVNZZZ")));
  for (const char* const wrong : {"VN00001", "vnCVCAVN001", "VNCVCAvn001", "VNABCDEFGHIJ00001", ""}) {
    EXPECT_FALSE(split_reference(wrong)) << wrong;
  }
}

TEST(CvcFormatTest, TakesAKeyToX509AndBack) {
  for (const json& expected : foreign_certificates()) {
    const PublicKey key = parse_certificate(vectors::hex(expected["der"])).body.key;
    if (!key.has_parameters()) continue;
    EXPECT_EQ(from_public_key_info(to_public_key_info(key), key.algorithm), key);
  }
}

}  // namespace
