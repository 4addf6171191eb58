// SecurityInfos of foreign documents, and what a chip may not say.
#include "smartcard/lds/security_infos.h"

#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using lds::Agreement;
using lds::Cipher;
using lds::Mapping;

const lds::PaceInfo kGmBrainpool{Agreement::Ecdh, Mapping::Generic, Cipher::Aes128, 2, 13};

// Hard-coded in four public reader apps for the Vietnamese card.
constexpr const char* kCccdCardAccess =
    "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D";

TEST(SecurityInfosTest, ReadsWhatReadersOfTheVietnameseCardExpect) {
  const auto reading = lds::parse_card_access(base::hex(kCccdCardAccess));
  ASSERT_TRUE(reading.infos);
  EXPECT_TRUE(reading.findings.empty());
  lds::SecurityInfos expected;
  expected.pace.push_back(kGmBrainpool);
  expected.chip_authentication.push_back({Agreement::Ecdh, Cipher::Aes128, 1, std::nullopt});
  expected.terminal_authentication.push_back({});
  EXPECT_EQ(*reading.infos, expected);
  EXPECT_EQ(base::to_hex(lds::encode_security_infos(expected)), kCccdCardAccess);
}

TEST(SecurityInfosTest, ReadsTheSyntheticDocumentsFilesAndWritesThemTheSame) {
  const Bytes dg14_file = vectors::load_binary("synth/EF_DG14.bin");
  const auto dg14 = lds::parse_dg14(dg14_file);
  ASSERT_TRUE(dg14.infos);
  EXPECT_FALSE(dg14.findings.failed());
  EXPECT_FALSE(dg14.infos->chip_keys.empty());
  EXPECT_EQ(base::to_hex(lds::encode_dg14(*dg14.infos)), base::to_hex(dg14_file));

  const auto security = lds::parse_card_security(vectors::load_binary("synth/EF_CardSecurity.bin"));
  ASSERT_TRUE(security.infos);
  EXPECT_FALSE(security.findings.failed());
  const std::vector<lds::PaceInfo> pace{kGmBrainpool,
                                        {Agreement::Ecdh, Mapping::ChipAuthentication, Cipher::Aes128, 2, 13}};
  EXPECT_EQ(security.infos->pace, pace);
  EXPECT_EQ(security.infos->chip_authentication.at(0).key_id, 1);
  EXPECT_EQ(security.infos->chip_keys.at(0).key_id, 1);

  const auto access = lds::parse_card_access(vectors::load_binary("synth/EF_CardAccess.bin"));
  ASSERT_TRUE(access.infos);
  EXPECT_TRUE(lds::compare_pace_infos(*access.infos, *security.infos, "EF.CardSecurity").empty());
}

TEST(SecurityInfosTest, KnowsEveryPaceProtocolByItsIdentifier) {
  int known = 0;
  const auto file = vectors::load("pace.json");
  for (const auto& example : file["examples"]) {
    const auto pace = lds::pace_of(asn1::Oid(example["oid"].get<std::string>()));
    ASSERT_TRUE(pace) << example["name"];
    EXPECT_EQ(base::to_hex(lds::pace_protocol(*pace).content()), example["oid_raw"]) << example["name"];
    const std::string mapping = example["mapping"];
    EXPECT_EQ(pace->mapping, mapping == "GM"   ? Mapping::Generic
                             : mapping == "IM" ? Mapping::Integrated
                                               : Mapping::ChipAuthentication);
    ++known;
  }
  EXPECT_EQ(known, 14);
  for (const char* other : {"0.4.0.127.0.7.2.2.4.2", "0.4.0.127.0.7.2.2.4.6.1", "0.4.0.127.0.7.2.2.4.2.5",
                            "0.4.0.127.0.7.2.2.4.5.2", "0.4.0.127.0.7.2.2.4.2.2.1"}) {
    EXPECT_FALSE(lds::pace_of(asn1::Oid(other))) << other;
  }
}

TEST(SecurityInfosTest, CarriesWhatItDoesNotKnow) {
  const auto reading = lds::parse_card_access(base::hex("310A300806032A0304020105"));
  ASSERT_TRUE(reading.infos);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_EQ(base::to_hex(reading.infos->others.at(0).whole), "300806032A0304020105");
  EXPECT_EQ(base::to_hex(lds::encode_security_infos(*reading.infos)), "310A300806032A0304020105");
}

TEST(SecurityInfosTest, ReadsASetInAnyOrderAndWarns) {
  const Bytes swapped = base::hex("31233012060A04007F0007020204020202010202010D300D060804007F0007020202020101");
  const auto reading = lds::parse_card_access(swapped);
  ASSERT_TRUE(reading.infos);
  EXPECT_EQ(reading.infos->pace.at(0), kGmBrainpool);
  EXPECT_TRUE(reading.findings.has("SECURITY_INFOS_NOT_DER"));
  EXPECT_FALSE(reading.findings.failed());
}

TEST(SecurityInfosTest, AKnownProtocolWithForeignDataIsAFindingAndTheRestIsRead) {
  // PACEInfo without a version; then a good one.
  const auto reading =
      lds::parse_card_access(base::hex("3122300C060A04007F000702020402023012060A04007F0007020204020202010202010D"));
  ASSERT_TRUE(reading.infos);
  EXPECT_EQ(reading.infos->pace.size(), 1U);
  EXPECT_EQ(reading.findings.failing_codes(), std::vector<std::string>{"SECURITY_INFOS_MALFORMED"});
}

TEST(SecurityInfosTest, NothingButASetIsNone) {
  for (const char* file : {"", "30", "3003020100", "3180", "310530030201",
                           "31043003020100"
                           "00"}) {
    const auto reading = lds::parse_card_access(base::hex(file));
    EXPECT_TRUE(reading.findings.has("SECURITY_INFOS_MALFORMED")) << file;
  }
  EXPECT_FALSE(lds::parse_dg14(base::hex(kCccdCardAccess)).infos);
  EXPECT_FALSE(lds::parse_card_security(base::hex(kCccdCardAccess)).infos);
}

TEST(SecurityInfosTest, SaysWhenTheUnsignedFileOffersOtherPaceThanTheSignedOne) {
  lds::SecurityInfos card_access, dg14;
  dg14.pace = {kGmBrainpool};
  card_access.pace = {kGmBrainpool};
  EXPECT_TRUE(lds::compare_pace_infos(card_access, dg14, "EF.DG14").empty());
  card_access.pace = {{Agreement::Ecdh, Mapping::Generic, Cipher::TripleDes, 2, 13}};
  EXPECT_TRUE(lds::compare_pace_infos(card_access, dg14, "EF.DG14").has("PACE_DOWNGRADE"));
  card_access.pace = {};  // hidden, so that the terminal falls back to BAC
  EXPECT_TRUE(lds::compare_pace_infos(card_access, dg14, "EF.DG14").has("PACE_DOWNGRADE"));
}

TEST(CvcaFileTest, HoldsOneOrTwoReferences) {
  const Bytes file = lds::encode_cvca_file({"UTCVCA00002", "UTCVCA00001"});
  EXPECT_EQ(base::to_hex(file), "420B5554435643413030303032420B555443564341303030303100000000000000000000");
  EXPECT_EQ(lds::parse_cvca_file(file), (std::vector<std::string>{"UTCVCA00002", "UTCVCA00001"}));
  EXPECT_EQ(lds::parse_cvca_file({}), std::vector<std::string>{});
  for (const char* wrong :
       {"42", "4200", "420141004201", "42014142014242014300", "43014100", "42114142434445464748494A4B4C4D4E4F5051"}) {
    EXPECT_FALSE(lds::parse_cvca_file(base::hex(wrong))) << wrong;
  }
}

}  // namespace
