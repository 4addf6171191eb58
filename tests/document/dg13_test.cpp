#include "smartcard/document/dg13.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/vectors.h"

namespace document {
namespace {

// tests/vectors/cccd_dg13.json: rebuilt from the byte prefixes that public readers of real cards expect.
Dg13 fields_of(const nlohmann::json& f) {
  const auto text = [&f](const char* key) { return f.contains(key) ? f[key].get<std::string>() : std::string{}; };
  return {text("1"),  text("2"),  text("3"),  text("4"),  text("5"),  text("6"),  text("7"),  text("8"), text("9"),
          text("10"), text("11"), text("12"), f["13"][0], f["13"][1], text("14"), text("15"), text("16")};
}

TEST(Dg13Test, EncodesToTheByteAsRealCardsShow) {
  const auto file = vectors::load("cccd_dg13.json");
  for (const char* name : {"single_with_old_id", "married_long_address_no_expiry"}) {
    const auto& vector = file[name];
    EXPECT_EQ(base::to_hex(encode_dg13(fields_of(vector["fields"]))), vector["hex"]) << name;
  }
}

TEST(Dg13Test, ReadsBackWhatItWrote) {
  const auto file = vectors::load("cccd_dg13.json");
  for (const char* name : {"single_with_old_id", "married_long_address_no_expiry"}) {
    const auto reading = parse_dg13(vectors::hex(file[name]["hex"]));
    ASSERT_TRUE(reading.fields) << name;
    EXPECT_EQ(*reading.fields, fields_of(file[name]["fields"])) << name;
    EXPECT_TRUE(reading.findings.empty());
  }
}

TEST(Dg13Test, ReadsTheVariantWithBothParentsInOneSequence) {
  const auto reading =
      parse_dg13(vectors::hex(vectors::load("cccd_dg13.json")["alternative_field13_nested_for_reader_tests"]["hex"]));
  ASSERT_TRUE(reading.fields);
  EXPECT_EQ(reading.fields->father, "Nguyễn Văn Cha");
  EXPECT_EQ(reading.fields->mother, "Trần Thị Mẹ");
  EXPECT_TRUE(reading.findings.has("DG13_VARIANT"));
  EXPECT_FALSE(reading.findings.failed());
}

// From 123 bytes on the field's own SEQUENCE has two octets of length, which readers in the field do not expect: the
// text is noted at vetting (DG13_LONG_TEXT) and is whole all the same.
TEST(Dg13Test, KeepsATextOfMoreThan122Bytes) {
  Dg13 fields = fields_of(vectors::load("cccd_dg13.json")["single_with_old_id"]["fields"]);
  for (const auto& [size, header] :
       {std::pair{122U, "307F0201090C7A"}, {123U, "3081800201090C7B"}, {128U, "3081860201090C8180"}}) {
    fields.residence = std::string(size, 'x');
    const base::Bytes file = encode_dg13(fields);
    EXPECT_NE(base::to_hex(file).find(header), std::string::npos) << size;
    EXPECT_EQ(parse_dg13(file).fields, fields) << size;
  }
}

TEST(Dg13Test, SaysWhatIsMalformedAndNeverThrows) {
  const auto good = vectors::hex(vectors::load("cccd_dg13.json")["single_with_old_id"]["hex"]);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto reading = parse_dg13(base::ByteView(good).first(size));
    EXPECT_FALSE(reading.fields) << size;
    EXPECT_TRUE(reading.findings.has("DG13_MALFORMED")) << size;
  }
}

TEST(Dg13Test, TakesTheDatesOfMakingFromTheDayAndTheChip) {
  CardOrder order{.person = {.number = *CitizenNumber::parse("001090000000"),
                             .full_name = "Nguyễn Văn Mẫu",
                             .birth = base::make_date(1990, 1, 1)}};
  const Dg13 fields = dg13_of(order, base::make_date(2026, 11, 23), "0123456789ABCDEF");
  EXPECT_EQ(fields.issue, "23/11/2026");
  EXPECT_EQ(fields.expiry, kNoExpiryText);
  EXPECT_EQ(fields.chip_id, "0123456789ABCDEF");
}

}  // namespace
}  // namespace document
