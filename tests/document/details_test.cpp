#include "smartcard/lds/details.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "tests/support/vectors.h"

namespace lds {
namespace {

using base::Bytes;

std::vector<std::string> codes(const base::Findings& findings) {
  std::vector<std::string> out;
  for (const base::Finding& finding : findings.list()) out.push_back(finding.code);
  return out;
}

PersonalDetails full_details() {
  return {.full_name = "Smith<<John<J",
          .other_names = {"Smythe<<Jack", "Schmidt<<Hans"},
          .personal_number = "123456789",
          .birth = "19850412",
          .place_of_birth = {"Hà Nội", "VNM"},
          .address = {"1 phố Cũ", "Hà Nội"},
          .telephone = "0084912345678",
          .profession = "Thợ mộc",
          .title = "Dr.",
          .summary = "…",
          .proof_of_citizenship = base::hex("FFD8FFD9"),
          .other_travel_documents = {"B1234567"},
          .custody = std::string(999, 'c')};
}

// Tables 71 and 72 of Doc 9303-10, to the byte.
TEST(DetailsTest, WritesDg11InTheOrderOfItsTable) {
  EXPECT_EQ(base::to_hex(encode_dg11({.full_name = "A<<B", .other_names = {"C"}, .birth = "19850000"})),
            "6B22"
            "5C055F0EA05F2B"
            "5F0E04413C3C42"
            "A007020101"
            "5F0F0143"
            "5F2B083139383530303030");
  const Bytes whole = encode_dg11(full_details());
  EXPECT_EQ(parse_dg11(whole).details, full_details());
  EXPECT_TRUE(parse_dg11(whole).findings.empty());
}

TEST(DetailsTest, ReadsForeignDg11AndDg12) {
  const Dg11Reading person = parse_dg11(vectors::load_binary("synth/EF_DG11.bin"));
  EXPECT_TRUE(person.findings.empty());
  EXPECT_EQ(
      person.details,
      (PersonalDetails{.full_name = "ERIKSSON<<ANNA<MARIA", .personal_number = "D23145890", .birth = "19740812"}));
  const Bytes file = vectors::load_binary("synth/EF_DG12.bin");
  const Dg12Reading document = parse_dg12(file);
  EXPECT_TRUE(document.findings.empty());
  EXPECT_EQ(document.details, (DocumentDetails{.authority = "SYNTHETIC AUTHORITY", .issue = "20260115"}));
  EXPECT_EQ(encode_dg12(*document.details), file);
}

TEST(DetailsTest, ReadsBackDg12AndDg16) {
  const DocumentDetails document{.authority = "Cục C06",
                                 .issue = "20260115",
                                 .other_persons = {"Nguyễn<<An"},
                                 .endorsements = "…",
                                 .exit_requirements = "-",
                                 .front = base::hex("FFD8FFD9"),
                                 .rear = base::hex("FFD8FFD9"),
                                 .personalized = "20260115235959",
                                 .personalization_system = "7"};
  EXPECT_EQ(parse_dg12(encode_dg12(document)).details, document);
  EXPECT_TRUE(parse_dg12(encode_dg12(document)).findings.empty());
  const std::vector<PersonToNotify> persons{{"20020101", "SMITH<<JOHN", "+84 1", {"1 phố Cũ", "Hà Nội"}},
                                            {"", "BROWN<<ANN", "", {}}};
  const Bytes file = encode_dg16(persons);
  EXPECT_EQ(parse_dg16(file).persons, persons);
  EXPECT_TRUE(parse_dg16(file).findings.empty());
  EXPECT_EQ(base::to_hex(encode_dg16({{"", "A", "", {}}})), "7009020101A1045F510141");
}

// Table 74: YYYYMMDD or, of DG12, BCD; unknown parts are zero.
TEST(DetailsTest, ReadsDaysInBothWritingsAndAsFarAsTheyAreKnown) {
  const auto issue_of = [](const Bytes& value) {
    const Bytes content = base::concat({base::hex("5C025F26"), asn1::TlvWriter{}.put(0x5F26, value).view()});
    const Dg12Reading reading = parse_dg12(asn1::TlvWriter{}.put(0x6C, content).take());
    EXPECT_TRUE(reading.details);
    EXPECT_EQ(codes(reading.findings),
              reading.details->issue.empty() ? std::vector<std::string>{"DG12_DATE"} : std::vector<std::string>{});
    return reading.details->issue;
  };
  EXPECT_EQ(issue_of(base::bytes_of("20260115")), "20260115");
  EXPECT_EQ(issue_of(base::hex("20260115")), "20260115");
  EXPECT_EQ(issue_of(base::bytes_of("19600000")), "19600000");
  EXPECT_EQ(issue_of(base::hex("19600000")), "19600000");
  EXPECT_EQ(issue_of(base::bytes_of("19600200")), "19600200");
  EXPECT_EQ(issue_of(base::bytes_of("00000000")), "00000000");
  for (const char* const none :
       {"20260231", "20261301", "20260015", "2026011", "202601150", "2026-1-5", "<b>abcde", ""}) {
    EXPECT_EQ(issue_of(base::bytes_of(none)), "") << none;
  }
  EXPECT_EQ(issue_of(base::hex("2026011F")), "");
}

TEST(DetailsTest, TellsAListThatIsNotThatOfTheObjects) {
  const auto found = [](const char* list) {
    return codes(parse_dg11(asn1::TlvWriter{}
                                .put(0x6B, base::concat({base::hex(list), base::hex("5F0E0141A0070201015F0F0142")}))
                                .view())
                     .findings);
  };
  EXPECT_TRUE(found("5C035F0EA0").empty());
  EXPECT_TRUE(found("5C045F0E5F0F").empty()) << "other names by their own tag, as some write it";
  for (const char* const list : {"5C055F0EA05F10", "5C025F0E", "5C03A05F0E", "5C00"}) {
    EXPECT_EQ(found(list), std::vector<std::string>{"DG11_TAG_LIST"}) << list;
  }
}

TEST(DetailsTest, ShowsWhatIsNoTextAsReplacementCharacters) {
  const auto name_of = [](std::string_view octets) {
    const Bytes content = base::concat({base::hex("5C025F0E"), asn1::TlvWriter{}.put(0x5F0E, octets).view()});
    return parse_dg11(asn1::TlvWriter{}.put(0x6B, content).view());
  };
  for (const auto& [given, shown] : {std::pair{"a\xFFz", "a\uFFFDz"},
                                     {"a\u202Ez", "a\uFFFDz"},
                                     {"a\x1B[2Jz", "a\uFFFD[2Jz"},
                                     {"a\nz", "a\uFFFDz"},
                                     {"a\xC3", "a\uFFFD"}}) {
    const Dg11Reading reading = name_of(given);
    EXPECT_EQ(reading.details->full_name, shown);
    EXPECT_EQ(codes(reading.findings), std::vector<std::string>{"DG11_TEXT"});
    EXPECT_FALSE(reading.findings.failed());
  }
  EXPECT_TRUE(name_of("Nguyễn<<Ả").findings.empty());
}

TEST(DetailsTest, WhatCannotBeTakenApartIsMalformed) {
  const Bytes dg11 = encode_dg11(full_details()), dg12 = vectors::load_binary("synth/EF_DG12.bin");
  const Bytes dg16 = encode_dg16({{"20020101", "SMITH<<JOHN", "1", {"x"}}});
  for (std::size_t size = 0; size < dg11.size(); ++size) {
    const Dg11Reading reading = parse_dg11(base::ByteView(dg11).first(size));
    EXPECT_FALSE(reading.details) << size;
    EXPECT_TRUE(reading.findings.has("DG11_MALFORMED")) << size;
  }
  for (std::size_t size = 0; size < dg12.size(); ++size) {
    EXPECT_EQ(codes(parse_dg12(base::ByteView(dg12).first(size)).findings), std::vector<std::string>{"DG12_MALFORMED"});
  }
  for (std::size_t size = 0; size < dg16.size(); ++size) {
    const Dg16Reading reading = parse_dg16(base::ByteView(dg16).first(size));
    EXPECT_TRUE(reading.persons.empty()) << size;
    EXPECT_TRUE(reading.findings.has("DG16_MALFORMED")) << size;
  }
  for (const char* const file : {"6B00", "6C045C025F0E", "6B035C015F", "6B085C025F0E5F0E", "6B0C5C025F0E5F0E005F0E00",
                                 "6B095C01A0A0040201017F", "6B0A5C01A0A005020102", "6B085C01A0A003020101"}) {
    EXPECT_TRUE(parse_dg11(base::hex(file)).findings.has("DG11_MALFORMED")) << file;
  }
  for (const char* const file :
       {"70020100", "7003020101", "700302010A", "7003020180", "7006020100A10100", "6B03020100", "7007020101A2025F51"}) {
    EXPECT_TRUE(parse_dg16(base::hex(file)).findings.has("DG16_MALFORMED")) << file;
  }
  EXPECT_TRUE(parse_dg16(base::hex("7003020100")).findings.empty()) << "nobody to call";
}

TEST(DetailsDeathTest, WritesNothingThatNoTableAllows) {
  EXPECT_DEATH(encode_dg11({.full_name = std::string(100, 'A')}), "a detail is a text of its length");
  EXPECT_DEATH(encode_dg11({.full_name = "a\u202E"}), "a detail is a text of its length");
  EXPECT_DEATH(encode_dg11({.birth = "20260231"}), "a date of a detail exists");
  EXPECT_DEATH(encode_dg11({.address = {"a<b"}}), "a part of a detail holds no '<'");
  EXPECT_DEATH(encode_dg12({.personalized = "20260115246000"}), "a date of a detail exists");
}

}  // namespace
}  // namespace lds
