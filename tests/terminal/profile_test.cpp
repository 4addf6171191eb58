// Chip profiles and transport keys: the shipped profile, and every field refused with its file and line.
#include "smartcard/personalization/profile_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/personalization/transport_keys.h"

namespace {

using personalization::parse_profile;

std::string shipped() {
  return std::string(personalization::kVirtualLdsToml);
}

TEST(ProfileTest, ReadsTheShippedProfile) {
  const auto& profile = personalization::virtual_lds_profile();
  EXPECT_EQ(profile.name, "virtual-lds");
  EXPECT_EQ(profile.card_manager, base::hex("A000000151000000"));
  EXPECT_EQ(profile.transport_key_version, 0x30);
  EXPECT_EQ(profile.card_key_version, 0x31);
  EXPECT_EQ(profile.objects.size(), 14U);
  EXPECT_TRUE(profile.objects.front().encrypted);
  EXPECT_EQ(profile.objects.back().file, lds::FileId::Com);
}

std::string hardened() {
  return base::read_text_file(std::string(CCCD_SOURCE_DIR) + "/smartcard/personalization/profiles/cccd-hardened.toml",
                              "reading a profile");
}

TEST(ProfileTest, HardenedOpensByANumberOfItsOwnAloneAndKeepsDg13Back) {
  using Kind = personalization::StoredObject::Kind;
  const auto profile = parse_profile(hardened(), "cccd-hardened.toml");
  const auto& usual = personalization::virtual_lds_profile();
  EXPECT_EQ(profile.can, personalization::CanSource::Random);
  EXPECT_EQ(profile.closed_groups, std::set<int>{13});
  EXPECT_FALSE(profile.stores(Kind::BacKeys));
  EXPECT_EQ(usual.can, personalization::CanSource::Number);
  EXPECT_TRUE(usual.closed_groups.empty());
  EXPECT_EQ(personalization::card_access_of(profile), personalization::card_access_of(usual))
      << "what anybody may read of it tells nothing";
}

TEST(ProfileTest, EcdsaIsTheUsualChipButForItsProof) {
  const auto profile = personalization::read_profile(std::string(CCCD_SOURCE_DIR) +
                                                     "/smartcard/personalization/profiles/virtual-lds-ecdsa.toml");
  const auto& usual = personalization::virtual_lds_profile();
  EXPECT_EQ(profile.name, "virtual-lds-ecdsa");
  EXPECT_EQ(profile.aa_key.value, base::hex("03"));
  EXPECT_EQ(profile.aa_signature, lds::kEcdsaPlainSha256);
  EXPECT_FALSE(usual.aa_signature) << "cards in circulation prove themselves by RSA";
  EXPECT_EQ(personalization::card_access_of(profile), personalization::card_access_of(usual));
  ASSERT_EQ(profile.objects.size(), usual.objects.size());
  for (std::size_t i = 0; i < usual.objects.size(); ++i) {
    EXPECT_EQ(profile.objects[i].name, usual.objects[i].name);
    EXPECT_EQ(profile.objects[i].dgi, usual.objects[i].dgi);
    EXPECT_EQ(profile.objects[i].encrypted, usual.objects[i].encrypted);
    EXPECT_EQ(profile.objects[i].octets, usual.objects[i].octets);
  }
}

TEST(ProfileTest, RefusesAccessThatNobodyCouldUse) {
  const auto refusal = [](std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    try {
      parse_profile(text, "mine.toml");
    } catch (const base::Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  using testing::HasSubstr;
  EXPECT_THAT(refusal(hardened(), "\"random\"", "\"birthday\""), HasSubstr("can"));
  EXPECT_THAT(refusal(hardened(), "[\"EF.DG13\"]", "[\"EF.SOD\"]"), HasSubstr("no data group"));
  EXPECT_THAT(refusal(hardened(), "\"CVCA certificate\"", "\"some octets\"\nvalue = \"00\""),
              HasSubstr("'CVCA certificate'"));
}

// What four reader apps for the card in circulation hold as its EF.CardAccess, octet for octet.
TEST(ProfileTest, SaysInCardAccessWhatCardsInCirculationSay) {
  EXPECT_EQ(
      base::to_hex(personalization::card_access_of(personalization::virtual_lds_profile())),
      base::to_hex(base::hex("3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f00070"
                             "20204020202010202010d")));
}

TEST(ProfileTest, PutsIntoDg14WhatCardAccessSaysAndTheChipsKey) {
  const auto& profile = personalization::virtual_lds_profile();
  const base::Bytes key = base::hex("30030101FF");
  const auto open = lds::parse_card_access(personalization::card_access_of(profile)).infos;
  auto is_signed = lds::parse_dg14(personalization::dg14_of(profile, key)).infos;
  ASSERT_TRUE(open && is_signed);
  ASSERT_EQ(is_signed->chip_keys.size(), 1U);
  EXPECT_EQ(is_signed->chip_keys[0].public_key, key);
  EXPECT_EQ(is_signed->chip_keys[0].key_id, is_signed->chip_authentication.at(0).key_id);
  is_signed->chip_keys.clear();
  EXPECT_EQ(*open, *is_signed);
}

// A profile that nobody could open, and one without PACE, Chip and Terminal Authentication.
TEST(ProfileTest, DemandsSomethingThatOpensTheCard) {
  std::string text = shipped();
  const auto cut = [&text](std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    text.erase(at, text.find(to, at) - at);
  };
  cut("[pace]", "# In the order");
  cut("[ca_key]", "# In the order");
  cut("[[object]]\nwhat = \"PACE passwords\"", "[[object]]\nwhat = \"access rules\"");
  cut("[[object]]\nwhat = \"EF.CardAccess\"", "[[object]]\nwhat = \"EF.DG1\"");
  const auto plain = parse_profile(text, "chip.toml");
  EXPECT_FALSE(plain.pace);
  EXPECT_FALSE(plain.chip_authentication);
  cut("[[object]]\nwhat = \"BAC keys\"", "[[object]]\nwhat = \"access rules\"");
  EXPECT_THROW(parse_profile(text, "chip.toml"), base::Error);
}

std::vector<std::filesystem::path> all_shipped() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(CCCD_SOURCE_DIR) + "/smartcard/personalization/profiles")) {
    out.push_back(entry.path());
  }
  return out;
}

TEST(ProfileTest, IsTheFileThatStandsInTheSources) {
  for (const auto& path : all_shipped()) {
    if (path.stem() != "virtual-lds") continue;
    EXPECT_EQ(base::read_text_file(path, "a test"), shipped());
    return;
  }
  ADD_FAILURE() << "virtual-lds.toml is not there";
}

// One reader for every kind of product, and each shipped file is one that it takes whole.
TEST(ProfileTest, ReadsEveryShippedFileAndRefusesAFieldMoreInEach) {
  int with_a_channel = 0, without = 0;
  for (const auto& path : all_shipped()) {
    SCOPED_TRACE(path);
    const auto profile = personalization::read_chip_profile(path);
    ++(std::holds_alternative<personalization::Profile>(profile) ? with_a_channel : without);
    EXPECT_EQ(std::visit([](const auto& one) { return one.name; }, profile), path.stem());
    const std::string text = base::read_text_file(path, "a test");
    const std::string more = text + "color = 3\n";  // in the last table
    try {
      personalization::parse_chip_profile(more, "chip.toml");
      ADD_FAILURE() << "accepted";
    } catch (const base::Error& error) {
      const auto line = std::to_string(std::ranges::count(text, '\n') + 1);
      EXPECT_EQ(error.seen().rfind("chip.toml:" + line + ": ", 0), 0U) << error.seen();
      EXPECT_NE(error.seen().find("color"), std::string::npos) << error.seen();
    }
  }
  EXPECT_GE(with_a_channel, 1);
  EXPECT_GE(without, 3);
}

std::string scp02() {
  return base::read_text_file(
      std::string(CCCD_SOURCE_DIR) + "/smartcard/personalization/profiles/virtual-lds-scp02.toml", "reading a profile");
}

TEST(ProfileTest, OfAnOldProductDemandsAllThatItsOptionProtects) {
  using globalplatform::Protocol;
  using globalplatform::SecurityLevel;
  const auto profile = parse_profile(scp02(), "old.toml");
  EXPECT_EQ(profile.channel.protocol, Protocol::Scp02);
  EXPECT_EQ(profile.channel.option, globalplatform::Scp02Option::I55);
  EXPECT_EQ(profile.channel.level, SecurityLevel::CMacEnc);
  EXPECT_EQ(profile.key_size, 16U);
  EXPECT_EQ(profile.store_data.block_extended, 239U) << "its commands are short ones";
  EXPECT_EQ(personalization::virtual_lds_profile().channel.protocol, Protocol::Scp03);
}

TEST(ProfileTest, OfAnOldProductRefusesWhatScp02DoesNotHave) {
  const auto refusal = [](std::string_view from, std::string_view to) {
    std::string text = scp02();
    text.replace(text.find(from), from.size(), to);
    try {
      parse_profile(text, "old.toml");
    } catch (const base::Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  using testing::HasSubstr;
  EXPECT_THAT(refusal("0x55", "0x1A"), HasSubstr("option must be 0x15, 0x35, 0x55 or 0x75"));
  EXPECT_THAT(refusal("0x03", "0x01"), HasSubstr("security_level"));
  EXPECT_THAT(refusal("0x03", "0x33"), HasSubstr("security_level"));
  EXPECT_THAT(refusal("0x55", "0x75"), HasSubstr("security_level")) << "which has an R-MAC to demand";
  EXPECT_THAT(refusal("option = 0x55", "mode = \"S8\"\noption = 0x55"), HasSubstr("mode"));
  EXPECT_THAT(refusal("transport_version", "aes = 128\ntransport_version"), HasSubstr("aes"));
  EXPECT_THAT(refusal("block_short = 239", "block_extended = 8192\nblock_short = 239"), HasSubstr("block_extended"));
  EXPECT_THAT(refusal("block_short = 239", "block_short = 240"), HasSubstr("block_short"));
  EXPECT_THAT(refusal("\"SCP02\"", "\"SCP01\""), HasSubstr("protocol"));
}

TEST(ProfileTest, WithoutASecureChannelIsNoneForACardThatIsIssued) {
  for (const auto& path : all_shipped()) {
    if (path.stem() != "lds-family-a") continue;
    try {
      personalization::read_profile(path);
      ADD_FAILURE() << "accepted";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_NE(error.seen().find("lds-family-a.toml:6: channel.protocol"), std::string::npos) << error.seen();
    }
    return;
  }
  ADD_FAILURE() << "lds-family-a.toml is not there";
}

struct Wrong {
  const char* name;
  const char* from;
  const char* to;
  const char* field;
};

class WrongProfile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongProfile, IsRefusedWithFileLineAndField) {
  std::string text = shipped();
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
  try {
    parse_profile(text, "chip.toml");
    ADD_FAILURE() << "accepted";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_EQ(error.seen().rfind("chip.toml:", 0), 0U) << error.seen();
    EXPECT_NE(error.seen().find(GetParam().field), std::string::npos) << error.seen();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongProfile,
    testing::Values(
        Wrong{"no_toml", "format = 1", "format = = 1", ":"},
        Wrong{"later_format", "format = 1", "format = 2", "format"},
        Wrong{"no_name", "name = \"virtual-lds\"", "", "name"},
        Wrong{"unknown_field", "format = 1", "format = 1\ncolor = 3", "color"},
        Wrong{"short_aid", "aid = \"A000000151000000\"", "aid = \"A0\"", "aid"},
        Wrong{"odd_hex", "package = \"A00000024710\"", "package = \"A0000002471\"", "package"},
        Wrong{"weak_channel", "security_level = 0x33", "security_level = 0x03", "channel.security_level"},
        Wrong{"no_channel", "[channel]", "[chanel]", "channel"},
        Wrong{"unknown_protocol", "protocol = \"SCP03\"", "protocol = \"SCP01\"", "channel.protocol"},
        Wrong{"unknown_mode", "mode = \"S8\"", "mode = \"S4\"", "channel.mode"},
        Wrong{"block_of_the_other_mode", "mode = \"S8\"", "mode = \"S16\"", "store_data.block_short"},
        Wrong{"odd_aes", "card_version = 0x31", "card_version = 0x31\naes = 160", "aes"},
        Wrong{"unknown_signature", "request = \"01\"", "request = \"02\"\nsignature = \"ecdsa\"", "aa_key.signature"},
        Wrong{"signature_nowhere_to_stand", "[ca_key]", "signature = \"ecdsa-plain-SHA256\"\n[cb_key]", "signature"},
        Wrong{"same_versions", "card_version = 0x31", "card_version = 0x30", "card_version"},
        Wrong{"version_zero", "transport_version = 0x30", "transport_version = 0", "keys.transport_version"},
        Wrong{"version_text", "transport_version = 0x30", "transport_version = \"30\"", "keys.transport_version"},
        Wrong{"large_short_block", "block_short = 239", "block_short = 240", "store_data.block_short"},
        Wrong{"large_block", "block_extended = 8192", "block_extended = 65536", "store_data.block_extended"},
        Wrong{"wide_p1", "p1_dgi = 0x08", "p1_dgi = 0x108", "store_data.p1_dgi"},
        Wrong{"unknown_object", "what = \"EF.DG1\"", "what = \"EF.DG17\"", "what"},
        Wrong{"object_twice", "what = \"EF.DG1\"", "what = \"EF.DG2\"", "what"},
        Wrong{"dgi_twice", "dgi = 0x0102", "dgi = 0x0101", "dgi"},
        Wrong{"encrypted_word", "encrypted = true", "encrypted = \"yes\"", "object[1].encrypted"},
        Wrong{"object_without_value", "value = \"01\"", "", "what"},
        Wrong{"pace_without_passwords", "what = \"PACE passwords\"", "what = \"EF.DG11\"", "PACE passwords"},
        Wrong{"pace_without_card_access", "what = \"EF.CardAccess\"", "what = \"EF.DG11\"", "EF.CardAccess"},
        Wrong{"unknown_mapping", "mapping = \"generic\"", "mapping = \"GM\"", "pace.mapping"},
        Wrong{"unknown_cipher", "cipher = \"AES-128\"", "cipher = \"AES\"", "ca_key.cipher"},
        Wrong{"parameters_for_none", "parameters = 13", "parameters = 7", "parameters"},
        Wrong{"parameters_too_large", "parameters = 13", "parameters = 19", "pace.parameters"},
        Wrong{"chip_key_id_too_large", "request = \"010D\"", "request = \"010D\"\nkey_id = 128", "ca_key.key_id"},
        Wrong{"no_request", "request = \"01\"", "request = \"\"", "aa_key.request"}),
    [](const auto& value) { return std::string(value.param.name); });

class TransportKeysTest : public testing::Test {
 protected:
  TransportKeysTest()
      : path_(std::filesystem::path(testing::TempDir()) / ("transport-keys-" + std::to_string(getpid()))) {}
  ~TransportKeysTest() override { std::filesystem::remove(path_); }
  void write(const std::string& text, base::Access access = base::Access::OwnerOnly) {
    base::write_text_file(path_, text, "writing a test file", access);
  }
  std::string refusal() {
    try {
      personalization::read_transport_keys(path_);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.what();
    }
    ADD_FAILURE() << "accepted";
    return {};
  }
  static std::string good() {
    return "version = 0x30\nenc = \"404142434445464748494A4B4C4D4E4F\"\nmac = \"505152535455565758595A5B5C5D5E5F\"\n"
           "dek = \"606162636465666768696A6B6C6D6E6F\"\n";
  }
  std::filesystem::path path_;
};

TEST_F(TransportKeysTest, ReadsThreeKeysAndTheirVersion) {
  write(good());
  const auto keys = personalization::read_transport_keys(path_);
  EXPECT_EQ(keys.version, 0x30);
  EXPECT_EQ(keys.keys.enc.size(), 16U);
  EXPECT_EQ(base::to_hex(keys.keys.dek.reveal()), "606162636465666768696A6B6C6D6E6F");
}

TEST_F(TransportKeysTest, TakesKeysOfEveryAesAllOfOneLength) {
  const auto text = [](const std::string& more_mac) {
    const std::string more = "0001020304050607";
    return "version = 0x30\nenc = \"404142434445464748494A4B4C4D4E4F" + more +
           "\"\nmac = \"505152535455565758595A5B5C5D5E5F" + more_mac + "\"\ndek = \"606162636465666768696A6B6C6D6E6F" +
           more + "\"\n";
  };
  write(text("0001020304050607"));
  EXPECT_EQ(personalization::read_transport_keys(path_).keys.mac.size(), 24U);
  write(text(""));
  EXPECT_NE(refusal().find("one length"), std::string::npos);
}

TEST_F(TransportKeysTest, RefusesAFileThatOthersCanRead) {
  write(good(), base::Access::Everyone);
  EXPECT_NE(refusal().find("0600"), std::string::npos);
}

TEST_F(TransportKeysTest, RefusesAMissingFile) {
  refusal();
}

TEST_F(TransportKeysTest, RefusesAWrongFieldWithItsLineAndWithoutTheKey) {
  std::string text = good();
  text.replace(text.find("5F\"\n"), 4, "\"\n");
  write(text);
  const std::string message = refusal();
  EXPECT_NE(message.find(":3: mac"), std::string::npos) << message;
  EXPECT_EQ(message.find("5051"), std::string::npos) << message;
  write(good() + "kcv = \"00\"\n");
  EXPECT_NE(refusal().find("kcv"), std::string::npos);
}

}  // namespace
