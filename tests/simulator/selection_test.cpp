// Selection, access rules, reading, bad commands: sections A, B and D of the catalogue of bad inputs.
#include <gtest/gtest.h>

#include "smartcard/simulator/file_system.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

namespace {

const std::string kSelectLds = "00A4040C07A0000002471001";

// A finished card.
class FinishedCard : public ::testing::Test {
 protected:
  explicit FinishedCard(std::map<std::uint16_t, base::Bytes> files = {})
      : store(personalized(std::move(files))), chip(store, random), reader(chip) {}
  void open() { ASSERT_EQ(reader.open(), 0x9000); }
  apdu::Response select(std::uint16_t file) {
    return reader.send({0x00,
                        0xA4,
                        0x02,
                        0x0C,
                        {static_cast<std::uint8_t>(file >> 8), static_cast<std::uint8_t>(file)},
                        std::nullopt});
  }
  apdu::Response read(std::uint16_t p1p2, std::uint32_t le, std::uint32_t outer_le = 256) {
    return reader.send({0x00, 0xB0, static_cast<std::uint8_t>(p1p2 >> 8), static_cast<std::uint8_t>(p1p2), {}, le},
                       outer_le);
  }
  apdu::Response read_odd(std::uint16_t p1p2, const std::string& data, std::uint32_t le, std::uint32_t outer_le = 256) {
    return reader.send(
        {0x00, 0xB1, static_cast<std::uint8_t>(p1p2 >> 8), static_cast<std::uint8_t>(p1p2), base::hex(data), le},
        outer_le);
  }
  // The session is over: nothing protected is answered, nothing plain is read.
  void expect_session_gone() {
    EXPECT_EQ(read(0x9E00, 4).sw.value, 0x6988);
    EXPECT_FALSE(reader.last_was_protected());
    EXPECT_EQ(sw(chip, "00B0000004"), 0x6982);
  }

  MemoryStore store;
  ScriptedRandom random;
  Chip chip;
  Reader reader;
};

class SelectionTest : public FinishedCard {};
class AccessTest : public FinishedCard {};
class BacTest : public FinishedCard {};
class SecureMessagingRulesTest : public FinishedCard {};

class ReadingTest : public FinishedCard {
 protected:
  ReadingTest() : FinishedCard({{0x0101, small}, {0x0102, large}}) { open(); }
  static base::Bytes counted(std::size_t size) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return bytes;
  }
  inline static const base::Bytes small = base::hex("6103010203");
  inline static const base::Bytes large = counted(40000);
};

}  // namespace

TEST_F(SelectionTest, TakesTheWholeAidOnly) {
  EXPECT_EQ(sw(chip, "00A4040C06A00000024710"), 0x6A82);
  EXPECT_EQ(sw(chip, "00A4040C08A000000247100100"), 0x6A82);
  EXPECT_EQ(sw(chip, "00A4040C07A0000002472001"), 0x6A82);
  EXPECT_EQ(sw(chip, "0084000008"), 0x6D00) << "the card manager is still selected";
  EXPECT_EQ(sw(chip, kSelectLds), 0x9000);
  EXPECT_EQ(sw(chip, "00A4040C06A00000024710"), 0x6A82);
  EXPECT_EQ(sw(chip, "0084000008"), 0x9000) << "the LDS application is still selected";
}

TEST_F(SelectionTest, GivesControlInformationWithP2Zero) {
  EXPECT_EQ(base::to_hex(transmit(chip, "00A4040007A000000247100100").data), "6F098407A0000002471001");
  EXPECT_EQ(base::to_hex(transmit(chip, "00A4040000").data).substr(0, 24), "6F108408A000000151000000");
  EXPECT_EQ(sw(chip, "00A4040407A000000247100100"), 0x6A86);
  open();
  const auto answer = reader.send({0x00, 0xA4, 0x02, 0x00, base::hex("011E"), 256});
  EXPECT_EQ(base::to_hex(answer.data),
            "620E8002000782010183"
            "02011E8801F0");
}

TEST_F(SelectionTest, AnswersAReaderThatLooksForTheMasterFileLikeTheRealCard) {
  for (const bool in_application : {false, true}) {
    if (in_application) {
      ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
    }
    EXPECT_EQ(sw(chip, "00A4000C023F00"), 0x6D00);
    EXPECT_EQ(sw(chip, "00A4000C"), 0x6D00);
    EXPECT_EQ(sw(chip, "00A4020C02011C"), 0x6A82) << "EF.CardAccess is absent";
  }
  chip.reset();
  for (const char* const file : {"2F00", "2F01", "011C", "011D", "0101"}) {
    EXPECT_EQ(sw(chip, std::string("00A4020C02") + file), 0x6A82) << file;
  }
  EXPECT_EQ(sw(chip, "00B09C0000"), 0x6A82);
  EXPECT_EQ(sw(chip, "00B0000000"), 0x6986);
}

TEST_F(SelectionTest, ForgetsTheSelectionAtReset) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  chip.reset();
  EXPECT_EQ(sw(chip, "0084000008"), 0x6D00);
}

TEST_F(AccessTest, GivesNothingWithoutBac) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  for (const FileRule& rule : file_rules()) {
    const base::Bytes select{
        0x00, 0xA4, 0x02, 0x0C, 0x02, static_cast<std::uint8_t>(rule.id >> 8), static_cast<std::uint8_t>(rule.id)};
    EXPECT_EQ(transmit(chip, select).sw.value, rule.id == 0x011C ? 0x6A82 : 0x6982);
    const base::Bytes by_sfi{0x00, 0xB0, static_cast<std::uint8_t>(0x80 | rule.sfi), 0x00, 0x00};
    const auto read = transmit(chip, by_sfi);
    EXPECT_EQ(read.sw.value, 0x6982);
    EXPECT_TRUE(read.data.empty());
    EXPECT_EQ(sw(chip, "00B0000000"), 0x6982);
    EXPECT_EQ(sw(chip,
                 "00B1000003540100"
                 "00"),
              0x6982);
  }
  EXPECT_EQ(sw(chip, "0088000008000102030405060700"), 0x6982) << "INTERNAL AUTHENTICATE";
}

TEST_F(AccessTest, KnowsNoOtherFileIds) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  for (const char* const file : {"0199", "0100", "0111", "FFFF", "0000"}) {
    EXPECT_EQ(sw(chip, std::string("00A4020C02") + file), 0x6A82) << file;
  }
  open();
  for (const std::uint16_t file : std::initializer_list<std::uint16_t>{0x0199, 0x0100, 0x0111, 0xFFFF})
    EXPECT_EQ(select(file).sw.value, 0x6A82);
}

TEST_F(AccessTest, AnswersTheRealCardsWordsUnderBac) {
  open();
  EXPECT_EQ(select(0x010B).sw.value, 0x6A82) << "EF.DG11";
  EXPECT_EQ(select(0x0103).sw.value, 0x6982) << "EF.DG3";
  EXPECT_EQ(select(0x0104).sw.value, 0x6982) << "EF.DG4";
  EXPECT_EQ(read(0x8300, 4).sw.value, 0x6982) << "EF.DG3 by SFI";
  EXPECT_EQ(select(0x010E).sw.value, 0x6A82) << "EF.DG14";
  EXPECT_EQ(select(0x011C).sw.value, 0x6A82);
  EXPECT_EQ(reader.send({0x00, 0xA4, 0x00, 0x0C, base::hex("3F00"), std::nullopt}).sw.value, 0x6D00);
  EXPECT_TRUE(reader.last_was_protected()) << "refusals are protected too";
  EXPECT_EQ(select(0x0101).sw.value, 0x9000) << "and the session goes on";
}

TEST_F(AccessTest, WritesNothingInTheField) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  const std::size_t saves = store.saves();
  for (const char* const command : {"00D6000001AA", "000E0000", "00DA0101021122", "00E00000026300", "00E40000"}) {
    EXPECT_EQ(sw(chip, command), 0x6D00) << command;
  }
  open();
  EXPECT_EQ(reader.send({0x00, 0xD6, 0x00, 0x00, base::hex("AA"), std::nullopt}).sw.value, 0x6D00);
  EXPECT_EQ(store.saves(), saves);
}

TEST_F(AccessTest, SelectsTheApplicationOnceMoreUnderSecureMessaging) {
  open();
  EXPECT_EQ(reader.send({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.value, 0x9000);
  EXPECT_EQ(reader.send({0x00, 0xA4, 0x04, 0x0C, base::hex("A000000151000000"), std::nullopt}).sw.value, 0x6A82);
  EXPECT_EQ(select(0x0101).sw.value, 0x9000);
}

TEST_F(ReadingTest, StopsAtTheEndOfTheFile) {
  ASSERT_EQ(select(0x0101).sw.value, 0x9000);
  EXPECT_EQ(read(0, 5), (apdu::Response{small, {0x9000}}));
  EXPECT_EQ(read(0, 256), (apdu::Response{small, {0x9000}}));
  EXPECT_EQ(read(0, 6), (apdu::Response{small, {0x6282}}));
  EXPECT_EQ(read(4, 1), (apdu::Response{{0x03}, {0x9000}}));
  for (const std::uint16_t offset : std::initializer_list<std::uint16_t>{0x0005, 0x0006, 0x7FFF}) {
    EXPECT_EQ(read(offset, 1), (apdu::Response{{}, {0x6B00}})) << offset;
  }
}

TEST_F(ReadingTest, SelectsByShortIdentifier) {
  EXPECT_EQ(read(0x8102, 3), (apdu::Response{base::hex("010203"), {0x9000}}));
  EXPECT_EQ(read(0x0001, 1), (apdu::Response{{0x03}, {0x9000}})) << "it is the current file now";
  EXPECT_EQ(read(0x8000, 1).sw.value, 0x6A82);
  EXPECT_EQ(read(0x9F00, 1).sw.value, 0x6A82);
  EXPECT_EQ(read(0xC100, 1).sw.value, 0x6A86);
}

TEST_F(ReadingTest, NeedsACurrentFile) {
  EXPECT_EQ(read(0, 4).sw.value, 0x6986);
  EXPECT_EQ(read_odd(0, "540100", 16).sw.value, 0x6986);
}

TEST_F(ReadingTest, CutsAnAnswerThatDoesNotFitAShortOne) {
  ASSERT_EQ(select(0x0102).sw.value, 0x9000);
  const auto answer = read(0, 256);
  EXPECT_EQ(answer.sw.value, 0x9000);
  EXPECT_EQ(answer.data, base::Bytes(large.begin(), large.begin() + 231));
}

TEST_F(ReadingTest, GivesTheWholeFileToAnExtendedCommand) {
  ASSERT_EQ(select(0x0102).sw.value, 0x9000);
  EXPECT_EQ(read(0, 65536, 65536), (apdu::Response{large, {0x9000}}));
  const auto part = read(1000, 1000, 65536);
  EXPECT_EQ(part.data, base::Bytes(large.begin() + 1000, large.begin() + 2000));
}

TEST_F(ReadingTest, ReadsPast32KWithTheOddInstruction) {
  const auto tail = read_odd(0x0002, "54028000", 65536, 65536);
  EXPECT_EQ(tail.sw.value, 0x9000);
  const base::Bytes expected(large.begin() + 0x8000, large.end());
  EXPECT_EQ(tail.data, base::concat({base::hex("53821C40"), expected}));
  EXPECT_EQ(read_odd(0x0101, "540103", 16).data, base::hex("53020203")) << "by file id";
  EXPECT_EQ(read_odd(0x0000, "540101", 4), (apdu::Response{base::hex("53020301"), {0x9000}})) << "Le counts DO53 too";
  EXPECT_EQ(read_odd(0x0000, "540103", 3), (apdu::Response{base::hex("530102"), {0x9000}}));
  EXPECT_EQ(read_odd(0x0000, "540103", 4), (apdu::Response{base::hex("53020203"), {0x9000}}));
  EXPECT_EQ(read_odd(0x0000, "540103", 5), (apdu::Response{base::hex("53020203"), {0x6282}}));
}

TEST_F(ReadingTest, FillsTheOddInstructionsAnswerExactly) {
  for (const std::uint32_t le : {128U, 129U, 130U, 131U, 132U, 257U, 258U, 259U, 260U, 261U}) {
    const auto answer = read_odd(0x0002, "540100", le, 65536);
    EXPECT_EQ(answer.sw.value, 0x9000) << le;
    EXPECT_LE(answer.data.size(), le);
    EXPECT_GE(answer.data.size() + 1, le) << "at most one byte is lost where DO53's length grows";
  }
}

TEST_F(ReadingTest, RefusesOffsetsThatAreNone) {
  ASSERT_EQ(select(0x0101).sw.value, 0x9000);
  EXPECT_EQ(read_odd(0, "5400", 16).sw.value, 0x6A80);
  EXPECT_EQ(read_odd(0, "54050000000000", 16).sw.value, 0x6A80);
  EXPECT_EQ(read_odd(0, "550100", 16).sw.value, 0x6A80);
  EXPECT_EQ(read_odd(0, "540100540100", 16).sw.value, 0x6A80);
  EXPECT_EQ(read_odd(0, "", 16).sw.value, 0x6A80);
  EXPECT_EQ(read_odd(0, "5404FFFFFFFF", 16).sw.value, 0x6B00) << "2^32-1 does not wrap";
  EXPECT_EQ(read_odd(0, "540105", 16).sw.value, 0x6B00);
  EXPECT_EQ(read_odd(0, "540100", 2).sw.value, 0x6700) << "no room for DO53";
  EXPECT_EQ(read_odd(0x0103, "540100", 16).sw.value, 0x6982);
}

TEST_F(ReadingTest, RefusesDataOrNoLe) {
  ASSERT_EQ(select(0x0101).sw.value, 0x9000);
  EXPECT_EQ(reader.send({0x00, 0xB0, 0x00, 0x00, base::hex("00"), 4}).sw.value, 0x6700);
  EXPECT_EQ(reader.send({0x00, 0xB0, 0x00, 0x00, {}, std::nullopt}).sw.value, 0x6700);
}

TEST_F(ReadingTest, EndsWithAPlainCommand) {
  ASSERT_EQ(select(0x0101).sw.value, 0x9000);
  const auto plain = transmit(chip, "00B0000004");
  EXPECT_EQ(plain, (apdu::Response{{}, {0x6982}}));
  expect_session_gone();
}

TEST_F(ReadingTest, EndsWithAPlainSelectOrAnUnknownClassOrAWrongLength) {
  const std::pair<const char*, std::uint16_t> cases[] = {
      {"00A4020C020101", 0x6982}, {"00A4040C07A0000002471001", 0x9000},
      {"00A4040C0101", 0x6A82},   {"00B0000004", 0x6982},
      {"01B0000004", 0x6881},     {"10B0000004", 0x6884},
      {"80CA004500", 0x6E00},     {"0CB0", 0x6700},
      {"00A4020C050101", 0x6700}};
  for (const auto& [command, expected] : cases) {
    open();
    EXPECT_EQ(sw(chip, command), expected) << command;
    EXPECT_EQ(read(0x8100, 1).sw.value, 0x6988) << command;
  }
}

TEST_F(ReadingTest, EndsWithAReset) {
  chip.reset();
  EXPECT_EQ(sw(chip, kSelectLds), 0x9000);
  expect_session_gone();
}

TEST_F(ReadingTest, ProvesTheChipWithAnExtendedAnswerOnly) {
  const apdu::Command command{0x00, 0x88, 0x00, 0x00, base::hex("0001020304050607"), 256};
  EXPECT_EQ(reader.send(command).sw.value, 0x6700);
  EXPECT_TRUE(reader.last_was_protected());
  EXPECT_EQ(reader.send(command, 65536).data.size(), 256U);
  EXPECT_EQ(reader.send({0x00, 0x88, 0x00, 0x00, base::hex("00010203040506"), 256}, 65536).sw.value, 0x6700);
  EXPECT_EQ(reader.send({0x00, 0x88, 0x01, 0x00, base::hex("0001020304050607"), 256}, 65536).sw.value, 0x6A86);
}

TEST_F(BacTest, RefusesOneWrongBitAndThenTakesACleanRun) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  for (const std::size_t place : {0U, 31U, 32U, 39U}) {
    const auto challenge = transmit(chip, "0084000008").data;
    auto data = Reader::authentication(challenge, base::Bytes(8, 1), base::Bytes(16, 2));
    data[place] ^= 0x10;
    EXPECT_EQ(transmit(chip, apdu::encode({0x00, 0x82, 0x00, 0x00, data, 40})).sw.value, 0x6300) << place;
  }
  open();
}

TEST_F(BacTest, TakesAChallengeOnceAndAtOnce) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  const auto challenge = transmit(chip, "0084000008").data;
  const auto command = apdu::encode(
      {0x00, 0x82, 0x00, 0x00, Reader::authentication(challenge, base::Bytes(8, 1), base::Bytes(16, 2)), 40});
  EXPECT_EQ(transmit(chip, command).sw.value, 0x9000);
  EXPECT_EQ(transmit(chip, command).sw.value, 0x6985) << "the same challenge twice";
  const auto second = transmit(chip, "0084000008").data;
  EXPECT_EQ(sw(chip, "00A4020C020101"), 0x6982);
  EXPECT_EQ(transmit(chip, apdu::encode({0x00, 0x82, 0x00, 0x00,
                                         Reader::authentication(second, base::Bytes(8, 1), base::Bytes(16, 2)), 40}))
                .sw.value,
            0x6985)
      << "another command in between";
}

TEST_F(BacTest, RefusesOtherLengths) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  for (const char* const command : {"0084000004", "0084000010", "0084000000", "00840000", "0084000001AA08"}) {
    EXPECT_EQ(sw(chip, command), 0x6700) << command;
  }
  EXPECT_EQ(sw(chip, "0084010008"), 0x6A86);
  for (const std::size_t size : {39U, 41U}) {
    ASSERT_EQ(sw(chip, "0084000008"), 0x9000);
    EXPECT_EQ(transmit(chip, apdu::encode({0x00, 0x82, 0x00, 0x00, base::Bytes(size), 40})).sw.value, 0x6700);
  }
  ASSERT_EQ(sw(chip, "0084000008"), 0x9000);
  EXPECT_EQ(transmit(chip, apdu::encode({0x00, 0x82, 0x00, 0x01, base::Bytes(40), 40})).sw.value, 0x6A86);
  open();
}

TEST_F(BacTest, ToleratesAMissingLe) {
  ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
  const auto challenge = transmit(chip, "0084000008").data;
  const auto data = Reader::authentication(challenge, base::Bytes(8, 1), base::Bytes(16, 2));
  EXPECT_EQ(transmit(chip, apdu::encode({0x00, 0x82, 0x00, 0x00, data, std::nullopt})).data.size(), 40U);
}

TEST_F(BacTest, DropsTheOldSessionWhenItRunsAgain) {
  open();
  ASSERT_EQ(sw(chip, "0084000008"), 0x9000);
  expect_session_gone();
  open();
  EXPECT_EQ(reader.send({0x00, 0x84, 0x00, 0x00, {}, 8}).sw.value, 0x6985) << "not inside a session";
}

TEST_F(SecureMessagingRulesTest, EndsTheSessionWhenTheChecksumIsMissing) {
  for (const char* const command : {"0CB09E000397010600", "0CB09E0000", "0CB09E00"}) {
    open();
    EXPECT_EQ(sw(chip, command), 0x6987) << command;
    expect_session_gone();
  }
}

TEST_F(SecureMessagingRulesTest, EndsTheSessionWhenTheChecksumIsWrong) {
  open();
  auto raw = reader.sealed({0x0C, 0xB0, 0x9E, 0x00, {}, {}}, base::hex("970104"));
  raw[raw.size() - 2] ^= 0x01;
  EXPECT_EQ(transmit(chip, raw).sw.value, 0x6988);
  expect_session_gone();
}

TEST_F(SecureMessagingRulesTest, EndsTheSessionWhenTheCounterIsOffByOne) {
  open();
  reader.set_counter(reader.counter() + 1);
  EXPECT_EQ(read(0x9E00, 4).sw.value, 0x6988);
  expect_session_gone();
}

TEST_F(SecureMessagingRulesTest, RefusesAReplay) {
  open();
  const auto raw = reader.sealed({0x0C, 0xB0, 0x9E, 0x00, {}, {}}, base::hex("970104"));
  EXPECT_EQ(transmit(chip, raw).sw.value, 0x9000);
  EXPECT_EQ(transmit(chip, raw).sw.value, 0x6988);
  expect_session_gone();
}

TEST_F(SecureMessagingRulesTest, RefusesObjectsThatAreMisbuiltUnderARightChecksum) {
  struct Case {
    const char* what;
    std::uint8_t ins;
    std::string objects;  // XX stands for the ciphertext of 011E, ZZ for that of eight zeroes
  };
  const Case cases[] = {
      {"order swapped", 0xA4,
       "97010087"
       "0901XX"},
      {"DO87 twice", 0xA4, "870901XX870901XX"},
      {"padding indicator 00", 0xA4, "870900XX"},
      {"padding indicator 02", 0xA4, "870902XX"},
      {"no ciphertext", 0xA4, "870101"},
      {"DO87 empty", 0xA4, "8700"},
      {"ciphertext of seven bytes", 0xA4, "87080100112233445566"},
      {"padding wrong", 0xA4, "8709010011223344556677"},
      {"a block of zeroes for padding", 0xA4, "870901ZZ"},
      {"DO97 of three bytes", 0xB0, "9703000100"},
      {"DO97 empty", 0xB0, "9700"},
      {"DO97 twice", 0xB0, "970104970104"},
      {"DO87 with an odd instruction", 0xB1, "870901XX970104"},
      {"DO85 with an even instruction", 0xB0, "8508XX970104"},
      {"a foreign object", 0xB0, "810104970104"},
      {"a needlessly long length", 0xB0, "97810104"},
      {"cut off", 0xB0, "9705"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    open();
    std::string objects = c.objects;
    const std::string ciphertext = base::to_hex(reader.cryptogram(base::hex("011E")));
    for (std::size_t at = 0; (at = objects.find("XX")) != std::string::npos;) objects.replace(at, 2, ciphertext);
    const std::string zeroes = base::to_hex(reader.enciphered(base::Bytes(8)));
    if (objects.ends_with("ZZ")) objects.replace(objects.size() - 2, 2, zeroes);
    const bool select = c.ins == 0xA4;
    const std::uint8_t p1 = select ? 2 : 0, p2 = select ? 0x0C : 0;
    const auto raw = reader.sealed({0x0C, c.ins, p1, p2, {}, {}}, base::hex(objects));
    EXPECT_EQ(transmit(chip, raw).sw.value, 0x6988);
    expect_session_gone();
  }
}

TEST_F(SecureMessagingRulesTest, RefusesBytesAfterTheChecksum) {
  open();
  auto command = *apdu::decode_command(reader.sealed({0x0C, 0xB0, 0x9E, 0x00, {}, {}}, base::hex("970104")));
  base::append(command.data, base::hex("9900"));
  EXPECT_EQ(transmit(chip, apdu::encode(command)).sw.value, 0x6988);
  expect_session_gone();
}

TEST_F(SecureMessagingRulesTest, TakesLeInTwoBytes) {
  open();
  const auto raw = reader.sealed({0x0C, 0xB0, 0x81, 0x00, {}, {}}, base::hex("97020001"));
  EXPECT_EQ(transmit(chip, raw).sw.value, 0x9000);
}

TEST_F(SecureMessagingRulesTest, KnowsNoOtherSecureMessaging) {
  for (const char* const cla : {"04", "08", "88", "8C"}) {
    open();
    EXPECT_EQ(sw(chip, std::string(cla) + "B09E000D9701048E08000000000000000000"), 0x6882) << cla;
    expect_session_gone();
  }
}

TEST(CommandTest, RefusesForeignClassesAndInstructions) {
  MemoryStore store(personalized());
  ScriptedRandom random;
  Chip chip(store, random);
  const std::pair<const char*, std::uint16_t> cases[] = {
      {"01A4040000", 0x6881}, {"02A4040000", 0x6881}, {"03A4040000", 0x6881}, {"40A4040000", 0x6881},
      {"60A4040000", 0x6881}, {"20A4040000", 0x6E00}, {"FFA4040000", 0x6E00}, {"A0A4040000", 0x6E00},
      {"10A4040000", 0x6884}, {"90E2000000", 0x6884}, {"0060000000", 0x6D00}, {"0090000000", 0x6D00},
      {"8060000000", 0x6D00}, {"81CA004500", 0x6881}};
  for (const bool in_application : {false, true}) {
    for (const auto& [command, expected] : cases) {
      if (in_application) {
        ASSERT_EQ(sw(chip, kSelectLds), 0x9000);
      }
      const bool other_application = in_application && command[0] == '8' && command[1] == '0';
      EXPECT_EQ(sw(chip, command), other_application ? 0x6E00 : expected) << command;
    }
  }
}

TEST(CommandTest, RefusesLengthsThatDisagree) {
  MemoryStore store(personalized());
  ScriptedRandom random;
  Chip chip(store, random);
  for (const char* const command : {"", "00", "00A4", "00A404", "00A4040C07A00000024710", "00A4040C03A0000002471001",
                                    "00A4040C0000000000", "00A4040C0000"}) {
    EXPECT_EQ(sw(chip, command), 0x6700) << command;
  }
  EXPECT_EQ(transmit(chip, base::Bytes(70000)).sw.value, 0x6700);
}

TEST(CommandTest, AnswersAnyBytesWithAStatusWord) {
  MemoryStore store(personalized());
  base::SeededRandom random(42);
  Chip chip(store, random);
  Reader reader(chip);
  const base::Bytes interesting{0x00, 0x0C, 0x80, 0x84, 0xA4, 0xB0, 0xB1, 0x82,
                                0x88, 0xCA, 0x50, 0xE2, 0x97, 0x8E, 0x87};
  for (int i = 0; i < 20000; ++i) {
    if (i % 50 == 0) reader.open();
    base::Bytes raw = random.bytes(random.bytes(1)[0] % 48);
    for (std::size_t k = 0; k < raw.size() && k < 7; ++k) {
      if (random.bytes(1)[0] % 2 == 0) raw[k] = interesting[raw[k] % interesting.size()];
    }
    ASSERT_GE(chip.transmit(raw).size(), 2U);
  }
}

}  // namespace simulator::testing
