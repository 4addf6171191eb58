// Profiles of other people's chips against scripted cards that check every octet. The scripts are written by hand from
// what those applications take; nothing of the personalizer makes them.
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/personalization/command_card.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/transport/test_channels.h"

namespace {

using base::Bytes;
using base::Secret;
using personalization::CommandProfile;
using personalization::Values;
using transport::ScriptChannel;

std::string text_of_profile(const std::string& name) {
  return base::read_text_file(std::string(CCCD_SOURCE_DIR) + "/smartcard/personalization/profiles/" + name, "a test");
}

CommandProfile command_profile(std::string_view text, std::string_view source) {
  return std::get<CommandProfile>(personalization::parse_chip_profile(text, source));
}

CommandProfile shipped(const std::string& name) {
  return command_profile(text_of_profile(name), name);
}

std::string times(int count, const char* octet) {
  std::string out;
  for (int i = 0; i < count; ++i) out += octet;
  return out;
}

std::string taken(const std::string& command, const std::string& answer = "9000") {
  return "> " + command + "\n< " + answer + "\n";
}

void give(Values& values, const char* name, Bytes bytes) {
  values.insert_or_assign(name, Secret(std::move(bytes)));
}

Values mrz_values() {
  Values values;
  give(values, "document_number", base::bytes_of("L898902C<"));
  give(values, "birth", base::bytes_of("690806"));
  give(values, "expiry", base::bytes_of("940623"));
  return values;
}

void give_keys(Values& values) {
  give(values, "aa_modulus", Bytes(128, 0xA1));
  give(values, "aa_private_exponent", Bytes(128, 0xA2));
  give(values, "ca_prime", Bytes(32, 0x81));
  give(values, "ca_a", Bytes(32, 0x82));
  give(values, "ca_b", Bytes(32, 0x83));
  give(values, "ca_generator", Bytes(65, 0x04));
  give(values, "ca_order", Bytes(32, 0x85));
  give(values, "ca_private", Bytes(32, 0x86));
  give(values, "ca_cofactor", Bytes(1, 0x01));
  give(values, "cvca_body", Bytes(200, 0x7F));
  give(values, "today", Bytes{2, 6, 1, 1, 2, 7});
}

const std::string kSelect = taken("00A4040C07A0000002471001");
const std::string kBac = taken("00DA0062 20 62 1E 5F1F09 4C383938393032433C 5F1806 363930383036 5F1906 393430363233");

std::string keys_script(const std::string& cvca_answer = "9000") {
  return taken("00DA0060 86 60 8183 04 8180 " + times(128, "A1")) +
         taken("00DA0061 86 61 8183 04 8180 " + times(128, "A2")) +
         taken("00DA0063 F0 8120" + times(32, "81") + "8220" + times(32, "82") + "8320" + times(32, "83") + "8441" +
               times(65, "04") + "8520" + times(32, "85") + "8620" + times(32, "86") + "870101") +
         taken("00DA0164 C8 " + times(200, "7F"), cvca_answer) + taken("00DA0067 06 020601010207");
}

// EF.DG1 of 300 octets and EF.COM of two.
const std::string kFilesOfA = taken("00E0000006 6304 012C 0101") + taken("00A4020C02 0101") +
                              taken("00D60000 FE " + times(254, "61")) + taken("00D600FE 2E " + times(46, "61")) +
                              taken("00E0000006 6304 0002 011E") + taken("00A4020C02 011E") + taken("00D60000 02 6000");

const std::string kProbes = taken("00E0000006 6304 0001 0110", "6985") + taken("00D6000001 00", "6985") +
                            taken("00DA006202 6200", "6985") + taken("00A4020C02 011E", "6982");

lds::Files two_files() {
  return {{lds::FileId::Dg1, Bytes(300, 0x61)}, {lds::FileId::Com, Bytes{0x60, 0x00}}};
}

TEST(ForeignProfileTest, WritesAndLocksFamilyAOctetByOctet) {
  ScriptChannel card(kSelect + kBac + keys_script() + kFilesOfA + kSelect + taken("00DADEAD00") + kProbes);
  const CommandProfile profile = shipped("lds-family-a.toml");
  Values values = mrz_values();
  give_keys(values);
  EXPECT_FALSE(personalization::write(card, profile, two_files(), std::move(values)).failed());
  const auto locked = personalization::lock(card, profile);
  EXPECT_FALSE(locked.findings.failed());
  ASSERT_EQ(locked.proof.size(), 4U);
  EXPECT_EQ(locked.proof[3].status, 0x6982);
  card.finish();
}

TEST(ForeignProfileTest, WritesAndLocksFamilyBOctetByOctet) {
  const std::string pace = taken("00DA0065 20 6615 01 " + times(20, "5A") + " 6607 02 313233343536");
  const std::string card_access =
      taken("00E0000006 6304 0003 011C") + taken("00A4020C02 011C") + taken("00D6000003 310100");
  ScriptChannel card(kSelect + kBac + pace + card_access + kFilesOfA + kSelect + taken("00DADEAF00") +
                     taken("00DADEAD00") + kProbes);
  const CommandProfile profile = shipped("lds-family-b.toml");
  Values values = mrz_values();
  give(values, "mrz_secret", Bytes(20, 0x5A));
  give(values, "can", base::bytes_of("123456"));
  lds::Files files = two_files();
  files[lds::FileId::CardAccess] = base::hex("310100");
  EXPECT_FALSE(personalization::write(card, profile, files, std::move(values)).failed());
  EXPECT_FALSE(personalization::lock(card, profile).findings.failed());
  card.finish();
}

const std::string kMakeDf = taken("00E0000012 62 10 820138 83020004 8407A0000002471001");
std::string made(const char* size, const char* fid, const char* sfi) {
  return taken(std::string("00E0000010 62 0E 8002") + size + "820101 8302" + fid + "8801" + sfi) +
         taken(std::string("00A4020C02") + fid);
}

TEST(ForeignProfileTest, WritesAFileSystemCardInShortAndInExtendedCommands) {
  const CommandProfile profile = shipped("iso7816-9-files.toml");
  const std::string com = made("0002", "011E", "F0") + taken("00D60000 02 6000");
  ScriptChannel brief(kMakeDf + kSelect + made("012C", "0101", "08") + taken("00D60000 FF " + times(255, "61")) +
                          taken("00D600FF 2D " + times(45, "61")) + com,
                      false);
  EXPECT_FALSE(personalization::write(brief, profile, two_files(), {}).failed());
  brief.finish();
  ScriptChannel extended(kMakeDf + kSelect + made("012C", "0101", "08") + taken("00D60000 00012C " + times(300, "61")) +
                         com);
  EXPECT_FALSE(personalization::write(extended, profile, two_files(), {}).failed());
  extended.finish();
}

TEST(ForeignProfileTest, SaysThatNothingProtectsTheSecretsAndThatAFileSystemCannotBeLocked) {
  const CommandProfile profile = shipped("iso7816-9-files.toml");
  ScriptChannel card(kMakeDf + kSelect);
  EXPECT_TRUE(personalization::write(card, profile, {}, {}).has("CHIP_CHANNEL_NOT_SECURE"));
  EXPECT_TRUE(personalization::lock(card, profile).findings.has("CHIP_NOT_LOCKED"));
  card.finish();
}

TEST(ForeignProfileTest, RepeatsAWritingAfterATearAlthoughTheCertificateIsTakenOnce) {
  ScriptChannel card(kSelect + kBac + keys_script("6985"));
  Values values = mrz_values();
  give_keys(values);
  EXPECT_FALSE(personalization::write(card, shipped("lds-family-a.toml"), {}, std::move(values)).failed());
  card.finish();
}

TEST(ForeignProfileTest, StopsAtTheFirstRefusalAndNamesTheStep) {
  ScriptChannel card(kSelect + kBac + taken("00E0000006 6304 012C 0101", "6A84"));
  const auto findings = personalization::write(card, shipped("lds-family-a.toml"), two_files(), mrz_values());
  EXPECT_TRUE(findings.has("CHIP_STATE_UNEXPECTED"));
  EXPECT_NE(findings.list().back().text.find("create EF.DG1"), std::string::npos) << findings.list().back().text;
  card.finish();
}

TEST(ForeignProfileTest, FindsALockThatDoesNotHold) {
  for (const std::string answer : {"9000", "6D00"}) {
    ScriptChannel card(kSelect + taken("00DADEAD00") + taken("00E0000006 6304 0001 0110", "6985") +
                       taken("00D6000001 00", answer) + taken("00DA006202 6200", "6985") +
                       taken("00A4020C02 011E", "6982"));
    const auto locked = personalization::lock(card, shipped("lds-family-a.toml"));
    EXPECT_TRUE(locked.findings.has("CHIP_NOT_LOCKED")) << answer;
    ASSERT_EQ(locked.proof.size(), 4U);
    EXPECT_FALSE(locked.proof[1].refused);
    EXPECT_TRUE(locked.proof[2].refused);
    card.finish();
  }
}

TEST(ForeignProfileTest, BitesWhenOneOctetOfTheProfileIsAnother) {
  std::string text = text_of_profile("lds-family-a.toml");
  text.replace(text.find("63 04 {size}"), 5, "63 05");
  const CommandProfile profile = command_profile(text, "changed.toml");
  ScriptChannel card(kSelect + kBac + kFilesOfA);
  EXPECT_THROW(personalization::write(card, profile, two_files(), mrz_values()), base::Error);
}

void expect_nothing_sent(const lds::Files& files, Values values, const char* named) {
  ScriptChannel card("");
  try {
    personalization::write(card, shipped("lds-family-a.toml"), files, std::move(values));
    ADD_FAILURE() << "accepted";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_NE(error.seen().find(named), std::string::npos) << error.seen();
  }
}

TEST(ForeignProfileTest, SendsNothingWhenTheProfileAndTheCardDoNotFit) {
  expect_nothing_sent({{lds::FileId::Dg16, Bytes(2)}}, mrz_values(), "EF.DG16");
  expect_nothing_sent({{lds::FileId::Dg2, Bytes(32769)}}, mrz_values(), "EF.DG2");
  expect_nothing_sent(two_files(), {}, "BAC secret");
}

struct Wrong {
  const char* name;
  const char* from;
  const char* to;
  const char* said;
};
class WrongCommandProfile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCommandProfile, IsRefusedWithFileAndLine) {
  std::string text = text_of_profile("lds-family-a.toml");
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
  try {
    personalization::parse_chip_profile(text, "chip.toml");
    ADD_FAILURE() << "accepted";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_EQ(error.seen().rfind("chip.toml:", 0), 0U) << error.seen();
    EXPECT_NE(error.seen().find(GetParam().said), std::string::npos) << error.seen();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongCommandProfile,
    testing::Values(Wrong{"channel", "protocol = \"none\"", "protocol = \"SCP09\"", "channel.protocol"},
                    Wrong{"unknown_field", "format = 1", "format = 1\ncolor = 3", "color"},
                    Wrong{"unknown_value", "{birth}", "{birthday}", "birthday"},
                    Wrong{"secret_in_a_file", "63 04 {size}", "63 04 {can}", "'can'"},
                    Wrong{"open_parenthesis", "({expiry}))", "({expiry})", "'('"},
                    Wrong{"close_parenthesis", "({expiry}))", "({expiry})))", "')'"},
                    Wrong{"odd_hex", "header = \"00DA0060\"", "header = \"00DA006\"", "hexadecimal"},
                    Wrong{"success_as_refusal", "refused = [0x6985]", "refused = [0x9000]", "9000"},
                    Wrong{"object_twice", "what = \"EF.DG1\"", "what = \"EF.DG2\"", "twice"},
                    Wrong{"no_lock", "[[lock.command]]\nwhat = \"lock\"\nheader = \"00DADEAD\"\nle = 256", "",
                          "impossible"}),
    [](const auto& value) { return std::string(value.param.name); });

}  // namespace
