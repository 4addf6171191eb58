#include "pki/asn1/tlv.h"

#include <gtest/gtest.h>

#include <limits>

namespace {

using asn1::Lengths;
using asn1::Malformed;
using asn1::TlvReader;
using asn1::TlvWriter;
using base::Bytes;
using base::hex;

TEST(TlvReaderTest, WalksElementsAndEnds) {
  const Bytes file = hex("61055F1F02AABB0400");
  TlvReader outer{file};
  EXPECT_EQ(outer.peek(), 0x61U);
  TlvReader inner{outer.need(0x61)};
  EXPECT_EQ(inner.peek(), 0x5F1FU);
  EXPECT_EQ(base::to_hex(inner.need(0x5F1F)), "AABB");
  inner.end();
  EXPECT_EQ(outer.maybe(0x05), std::nullopt);
  EXPECT_TRUE(outer.maybe(0x04)->empty());
  outer.end();
  EXPECT_TRUE(outer.at_end());
  EXPECT_EQ(outer.peek(), std::nullopt);
  EXPECT_EQ(outer.maybe(0x04), std::nullopt);
  EXPECT_THROW(outer.next(), Malformed);
  EXPECT_THROW(outer.need(0x04), Malformed);
}

TEST(TlvReaderTest, NeedsTheTagThatIsDueAndNothingLeft) {
  const Bytes file = hex("0401AA0500");
  TlvReader reader{file};
  EXPECT_THROW(reader.need(0x30), Malformed);
  EXPECT_EQ(base::to_hex(reader.need_whole(0x04).whole), "0401AA");
  EXPECT_THROW(reader.end(), Malformed);
}

TEST(TlvReaderTest, RefusesBrokenLengthsAndTags) {
  for (const char* const bad : {"30",                // no length
                                "3001",              // cut content
                                "308000000000",      // indefinite
                                "308101AA",          // needless octet
                                "30820001AA",        // needless octets
                                "3082007F",          // needless and cut
                                "3085000000000100",  // five octets
                                "30FF",              // reserved
                                "3082",              // cut length
                                "30830100",          // cut length
                                "3084FFFFFFFF",      // four gigabytes announced
                                "1F",                // cut tag
                                "5F",                // cut tag
                                "5F80",              // zero group
                                "5F8001",            // zero group
                                "5F818181",          // tag of four octets
                                "5F8181"}) {         // cut tag
    const Bytes file = hex(bad);
    TlvReader reader{file};
    EXPECT_THROW(reader.next(), Malformed) << bad;
  }
}

TEST(TlvReaderTest, EveryTruncationOfAFileIsRefused) {
  const Bytes file = hex("7F490B5F24030102038103AABBCC");
  for (std::size_t size = 1; size < file.size(); ++size) {
    TlvReader reader{base::ByteView(file).first(size)};
    EXPECT_THROW(while (!reader.at_end()) reader.next(), Malformed) << size;
  }
}

TEST(TlvReaderTest, LenientLengthsAreCountedNotRefused) {
  const Bytes file = hex("308101AA");
  TlvReader reader{file, Lengths::Lenient};
  EXPECT_FALSE(reader.had_long_lengths());
  EXPECT_EQ(base::to_hex(reader.need(0x30)), "AA");
  EXPECT_TRUE(reader.had_long_lengths());
  const Bytes indefinite = hex("30800000");
  TlvReader strict{indefinite, Lengths::Lenient};
  EXPECT_THROW(strict.next(), Malformed);
}

TEST(TlvReaderTest, LongFormsAreReadWhereTheyAreDue) {
  for (const std::size_t size : {0x7FU, 0x80U, 0xFFU, 0x100U, 0xFFFFU, 0x10000U}) {
    const Bytes file = TlvWriter{}.octet_string(Bytes(size, 0x5A)).take();
    TlvReader reader{file};
    EXPECT_EQ(reader.need(0x04).size(), size);
    reader.end();
    EXPECT_EQ(asn1::announced_size(file), file.size());
  }
}

TEST(TlvReaderTest, AThousandLevelsCostNoStack) {
  Bytes file = hex("0500");
  for (int level = 0; level < 1000; ++level) file = TlvWriter{}.put(0x30, file).take();
  base::ByteView rest = file;
  int depth = 0;
  while (!rest.empty() && rest[0] == 0x30) {
    TlvReader reader{rest};
    rest = reader.need(0x30);
    reader.end();
    ++depth;
  }
  EXPECT_EQ(depth, 1000);
  EXPECT_EQ(base::to_hex(rest), "0500");
}

TEST(AnnouncedSizeTest, AsksForMoreBytesUntilItKnows) {
  const Bytes head = hex("7582012C7F61");
  for (std::size_t size = 0; size < 4; ++size) EXPECT_FALSE(asn1::announced_size(base::ByteView(head).first(size)));
  EXPECT_EQ(asn1::announced_size(base::ByteView(head).first(4)), 304U);
  EXPECT_EQ(asn1::announced_size(hex("6100")), 2U);
  EXPECT_THROW(asn1::announced_size(hex("7580")), Malformed);
}

TEST(DerIntegerTest, IsMinimalAndSigned) {
  const std::pair<const char*, std::int64_t> values[] = {
      {"00", 0},
      {"7F", 127},
      {"0080", 128},
      {"80", -128},
      {"FF7F", -129},
      {"FF", -1},
      {"0100", 256},
      {"7FFFFFFFFFFFFFFF", std::numeric_limits<std::int64_t>::max()},
      {"8000000000000000", std::numeric_limits<std::int64_t>::min()}};
  for (const auto& [content, value] : values) {
    EXPECT_EQ(asn1::read_integer(hex(content)), value) << content;
    const Bytes encoded = TlvWriter{}.integer(value).take();
    EXPECT_EQ(base::to_hex(encoded).substr(4), content);
  }
  for (const char* const bad : {"", "0000", "007F", "FFFF", "FF80", "000000000000000001"})
    EXPECT_THROW(asn1::read_integer(hex(bad)), Malformed) << bad;
}

TEST(DerIntegerTest, UnsignedOnesOfAnyLength) {
  EXPECT_EQ(base::to_hex(asn1::read_unsigned_integer(hex("00FF01"))), "FF01");
  EXPECT_EQ(base::to_hex(asn1::read_unsigned_integer(hex("7F"))), "7F");
  EXPECT_EQ(base::to_hex(asn1::read_unsigned_integer(hex("00"))), "00");
  for (const char* const bad : {"", "80", "0001", "FF"})
    EXPECT_THROW(asn1::read_unsigned_integer(hex(bad)), Malformed) << bad;
  EXPECT_EQ(base::to_hex(TlvWriter{}.unsigned_integer(hex("0000FF")).take()), "020200FF");
  EXPECT_EQ(base::to_hex(TlvWriter{}.unsigned_integer(hex("0000")).take()), "020100");
  EXPECT_EQ(base::to_hex(TlvWriter{}.unsigned_integer({}).take()), "020100");
}

TEST(OidTest, DottedAndEncodedAgree) {
  const std::pair<const char*, const char*> oids[] = {{"2.23.136.1.1.1", "678108010101"},
                                                      {"1.2.840.113549.1.7.2", "2A864886F70D010702"},
                                                      {"0.39", "27"},
                                                      {"1.0", "28"},
                                                      {"1.39", "4F"},
                                                      {"2.0", "50"},
                                                      {"2.999.3", "883703"},
                                                      {"1.0.10646.1.0.8", "28D316010008"}};
  for (const auto& [dotted, content] : oids) {
    EXPECT_EQ(base::to_hex(asn1::Oid(dotted).content()), content);
    EXPECT_EQ(asn1::read_oid(hex(content)).dotted(), dotted);
  }
}

// X.667's own UUID, f81d4fae-7dec-11d0-a765-00a0c91e6bf6, in the octets that OpenSSL 3.0 makes of it.
TEST(OidTest, AnArcIsAsLongAsAUuid) {
  const char* const dotted = "2.25.329800735698586629295641978511506172918";
  const char* const content = "6983F09DA7EBCFDEE0C7A1A7B2C0948CC8F9D776";
  EXPECT_EQ(base::to_hex(asn1::Oid(dotted).content()), content);
  EXPECT_EQ(asn1::read_oid(hex(content)).dotted(), dotted);
}

TEST(OidTest, RefusesBrokenContent) {
  const std::string too_long = "2A" + std::string(2 * 19, 'F') + "7F";
  for (const std::string bad : {"", "80", "8001", "2A80", "2A8001", too_long.c_str()})
    EXPECT_THROW(asn1::read_oid(hex(bad)), Malformed) << bad;
}

TEST(OidTest, ABadLiteralStopsTheProgram) {
  EXPECT_DEATH(asn1::Oid("1"), "OID literal");
  EXPECT_DEATH(asn1::Oid("1.x"), "OID literal");
  EXPECT_DEATH(asn1::Oid("1.2."), "OID literal");
  EXPECT_DEATH(asn1::Oid("3.1"), "OID literal");
  EXPECT_DEATH(asn1::Oid("1.40"), "OID literal");
}

TEST(StringTest, Utf8IsWellFormed) {
  for (const char* const good : {"", "41", "C491", "E1BAB7", "EFBFBF", "F0908080", "F48FBFBF", "EE8080", "ED9FBF"})
    EXPECT_EQ(base::to_hex(base::view_of(asn1::read_utf8_string(hex(good)))), good);
  for (const char* const bad : {"80", "C0AF", "C1BF", "E080AF", "E09FBF", "EDA080", "EDBFBF", "F08FBFBF", "F4908080",
                                "F5808080", "FF", "C4", "E1BA", "F09080", "C441", "E1BA41"}) {
    EXPECT_THROW(asn1::read_utf8_string(hex(bad)), Malformed) << bad;
  }
}

TEST(StringTest, PrintableHasItsAlphabet) {
  EXPECT_EQ(asn1::read_printable_string(base::view_of("Test CSCA '()+,-./:=? 01")), "Test CSCA '()+,-./:=? 01");
  for (const char* const bad : {"a@b", "a*b", "a_b", "a&b", "Đ", "a\n"})
    EXPECT_THROW(asn1::read_printable_string(base::view_of(bad)), Malformed) << bad;
  EXPECT_THROW(TlvWriter{}.printable_string("a@b"), Malformed);
}

TEST(DerWriterTest, WritesThePrimitives) {
  TlvWriter inner;
  inner.boolean(true).boolean(false).null().bit_string(hex("AA")).utf8_string("Đ").printable_string("A").oid(
      asn1::oid::kSha256);
  EXPECT_EQ(base::to_hex(TlvWriter{}.sequence(inner).take()),
            "301E0101FF0101000500030200AA0C02C4901301410609608648016503040201");
}

TEST(DerWriterTest, SortsASetAsDerAsks) {
  EXPECT_EQ(base::to_hex(TlvWriter{}.set_of({hex("0202AABB"), hex("020101"), hex("0101FF"), hex("020102")}).take()),
            "310D0101FF0201010201020202AABB");
  EXPECT_EQ(base::to_hex(TlvWriter{}.set_of({}).take()), "3100");
}

TEST(DerWriterTest, TagsOfSeveralOctetsAndRawElements) {
  EXPECT_EQ(base::to_hex(TlvWriter{}.put(0x7F61, hex("0201")).raw(hex("0500")).put(0x5F2E, "x").take()),
            "7F6102020105005F2E0178");
}

}  // namespace
