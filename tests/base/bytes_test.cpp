#include "pki/base/core/bytes.h"

#include <gtest/gtest.h>

#include "pki/base/core/random.h"

namespace {

using base::Bytes;

TEST(HexTest, WritesUpperCaseAndReadsBoth) {
  EXPECT_EQ(base::to_hex(Bytes{0x00, 0x9A, 0xFF}), "009AFF");
  EXPECT_EQ(base::parse_hex("009aFf"), (Bytes{0x00, 0x9A, 0xFF}));
  EXPECT_EQ(base::parse_hex(""), Bytes{});
}

TEST(HexTest, RefusesForeignAndLeftOverDigits) {
  for (const char* const bad : {"0", "0g", "00 11", "0x00", "é", "00\n"}) EXPECT_FALSE(base::parse_hex(bad)) << bad;
}

TEST(HexTest, ABadLiteralStopsTheProgram) {
  EXPECT_DEATH(base::hex("0"), "hexadecimal literal");
}

// RFC 4648 §10, without padding.
TEST(Base64UrlTest, EncodesTheExamplesOfTheStandard) {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(base::to_base64url(base::view_of(plain)), encoded);
    EXPECT_EQ(base::parse_base64url(encoded), base::bytes_of(plain));
  }
}

TEST(Base64UrlTest, UsesTheUrlAlphabet) {
  EXPECT_EQ(base::to_base64url(Bytes{0xFB, 0xEF, 0xFF}), "--__");
  EXPECT_FALSE(base::parse_base64url("++//"));
}

TEST(Base64UrlTest, RefusesOtherSpellingsOfTheSameBytes) {
  for (const char* const bad : {"Zg==", "Zh", "Zm9", "Z", "Zm8=", "Zm9v\n", " Zm9v", "Zm9vY", "Zm9vY!"}) {
    EXPECT_FALSE(base::parse_base64url(bad)) << bad;
  }
}

TEST(Base64UrlTest, EveryLengthComesBack) {
  base::SeededRandom random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    const Bytes bytes = random.bytes(size);
    EXPECT_EQ(base::parse_base64url(base::to_base64url(bytes)), bytes);
  }
}

TEST(BytesTest, JoinsAndCompares) {
  const Bytes a{1, 2}, b{3};
  EXPECT_EQ(base::concat({a, b, {}, a}), (Bytes{1, 2, 3, 1, 2}));
  EXPECT_TRUE(base::equal({}, {}));
  EXPECT_FALSE(base::equal(a, b));
  EXPECT_EQ(base::text_of(base::view_of("Đ")), "Đ");
}

TEST(RandomTest, ASeedRepeatsAndTheKernelDoesNot) {
  base::SeededRandom one(5), two(5), other(6);
  const Bytes bytes = one.bytes(32);
  EXPECT_EQ(bytes, two.bytes(32));
  EXPECT_NE(bytes, other.bytes(32));
  base::SystemRandom system;
  EXPECT_NE(system.bytes(32), system.bytes(32));
  EXPECT_EQ(system.secret(16).size(), 16U);
}

}  // namespace
