#include "smartcard/apdu/apdu.h"

#include <gtest/gtest.h>

namespace {

using apdu::Command;
using base::Bytes;
using base::hex;

// ISO 7816-4 §5.1, table 1: every case in both lengths.
TEST(ApduTest, FramesEveryCase) {
  const Command one{0x00, 0xA4, 0x02, 0x0C, {}, std::nullopt};
  const Command two{0x00, 0xB0, 0x00, 0x00, {}, 4};
  const Command three{0x00, 0xA4, 0x02, 0x0C, hex("011E"), std::nullopt};
  const Command four{0x00, 0x88, 0x00, 0x00, hex("AABB"), 256};
  const Command two_extended{0x00, 0xB0, 0x00, 0x00, {}, 65536};
  const Command three_extended{0x00, 0xD6, 0x00, 0x00, Bytes(256, 0x5A), std::nullopt};
  const Command four_extended{0x00, 0x88, 0x00, 0x00, hex("AABB"), 257};
  EXPECT_EQ(base::to_hex(encode(one)), "00A4020C");
  EXPECT_EQ(base::to_hex(encode(two)), "00B0000004");
  EXPECT_EQ(base::to_hex(encode(three)), "00A4020C02011E");
  EXPECT_EQ(base::to_hex(encode(four)), "0088000002AABB00");
  EXPECT_EQ(base::to_hex(encode(two_extended)), "00B00000000000");
  EXPECT_EQ(base::to_hex(encode(three_extended)).substr(0, 16), "00D600000001005A");
  EXPECT_EQ(base::to_hex(encode(four_extended)), "00880000000002AABB0101");
  EXPECT_EQ(base::to_hex(encode(four, apdu::Length::Extended)), "00880000000002AABB0100");
  EXPECT_EQ(base::to_hex(encode(one, apdu::Length::Extended)), "00A4020C");
  for (const Command& command : {one, two, three, four, two_extended, three_extended, four_extended}) {
    EXPECT_EQ(apdu::decode_command(encode(command)), command);
    EXPECT_EQ(apdu::decode_command(encode(command, apdu::Length::Extended)), command);
  }
}

TEST(ApduTest, LongestDataAndAnswersGoThrough) {
  for (const std::size_t size : {1U, 255U, 256U, 65535U}) {
    for (const std::uint32_t le : {1U, 255U, 256U, 257U, 65535U, 65536U}) {
      const Command command{0x0C, 0xD6, 0x01, 0x02, Bytes(size, 7), le};
      EXPECT_EQ(apdu::decode_command(encode(command)), command) << size << ' ' << le;
    }
  }
}

TEST(ApduTest, RefusesLcThatDoesNotFitTheData) {
  for (const char* const bad : {"", "00", "00A402",
                                "00A4020C02011E0000",        // two octets too many
                                "00A4020C0201",              // one too few
                                "00A4020C0000",              // extended, cut
                                "00A4020C00000201",          // extended data cut
                                "00A4020C000002011E00",      // extended Le of one octet
                                "00A4020C000002011E000000",  // extended, one too many
                                "00A4020C00000000",          // extended Lc of zero
                                "00A4020C03011E"}) {
    EXPECT_FALSE(apdu::decode_command(hex(bad))) << bad;
  }
}

TEST(ApduTest, KnowsExtendedCommands) {
  EXPECT_TRUE(apdu::is_extended(hex("00B00000000000")));
  EXPECT_FALSE(apdu::is_extended(hex("00B0000000")));
  EXPECT_FALSE(apdu::is_extended(hex("00A4020C02011E")));
  EXPECT_FALSE(apdu::is_extended(hex("00A4020C")));
}

TEST(ApduTest, ResponsesEndInAStatusWord) {
  const apdu::Response response{hex("AABB"), {0x9000}};
  EXPECT_EQ(base::to_hex(encode(response)), "AABB9000");
  EXPECT_EQ(apdu::decode_response(hex("AABB9000")), response);
  EXPECT_TRUE(apdu::decode_response(hex("6A82"))->data.empty());
  EXPECT_FALSE(apdu::decode_response(hex("90")));
  EXPECT_FALSE(apdu::decode_response({}));
}

TEST(ApduTest, StatusWordsAreSpelledOut) {
  EXPECT_EQ(apdu::describe({0x6982}), "6982 (security status not satisfied)");
  EXPECT_EQ(apdu::describe({0x63C2}), "63C2 (2 tries left)");
  EXPECT_EQ(apdu::describe({0x1234}), "1234");
  EXPECT_EQ(apdu::StatusWord{0x6A82}.sw1(), 0x6A);
  EXPECT_EQ(apdu::StatusWord{0x6A82}.sw2(), 0x82);
}

TEST(ApduTest, ACommandThatCannotBeFramedStopsTheProgram) {
  EXPECT_DEATH(encode(Command{0, 0, 0, 0, Bytes(65536), std::nullopt}), "65,535");
  EXPECT_DEATH(encode(Command{0, 0, 0, 0, {}, 0}), "Le lies between");
  EXPECT_DEATH(encode(Command{0, 0, 0, 0, {}, 65537}), "Le lies between");
}

}  // namespace
