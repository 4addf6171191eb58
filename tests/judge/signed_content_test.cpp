// Files that are signed and wrong all the same (rows G7, G10, H11 of the catalogue of bad inputs): each is
// refused, or told, for its own reason and no other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pki/asn1/tlv.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/lds/details.h"
#include "tests/judge/sample_card.h"

namespace {

using asn1::TlvWriter;
using base::Bytes;
using inspection::Report;
using inspection::Verdict;
using lds::FileId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

lds::Files card_with(FileId id, Bytes content) {
  lds::Files files = sample::card();
  files[id] = std::move(content);
  std::vector<int> groups;
  for (const auto& [file, octets] : files) {
    if (lds::info(file).data_group != 0) groups.push_back(lds::info(file).data_group);
  }
  files[FileId::Com] = lds::encode_com(groups);
  return sample::sign_again(std::move(files));
}

Report judge(FileId id, Bytes content) {
  static const trust::TrustStore trust = forge::trust();
  return inspection::inspect_files(card_with(id, std::move(content)), trust, forge::inspection_moment());
}

std::vector<std::string> codes(const Report& report, base::Severity severity) {
  std::vector<std::string> out;
  for (const base::Finding& finding : report.findings.list()) {
    // The test's signer belongs to Utopia.
    if (finding.severity == severity && finding.code != "DS_COUNTRY") out.push_back(finding.code);
  }
  return out;
}

// --- G7: the MRZ ---

std::string mrz90() {
  std::string text = sample::mrz();
  std::erase(text, '\n');
  return text;
}

constexpr std::size_t kState = 2, kNumberDigit = 14, kBirth = 30, kBirthDigit = 36, kExpiry = 38, kExpiryDigit = 44,
                      kNationality = 45, kComposite = 59;

// The composite check digit over what stands there, so that only the one meant is wrong.
std::string with_composite(std::string text) {
  const std::string covered = text.substr(5, 25) + text.substr(30, 7) + text.substr(38, 7) + text.substr(48, 11);
  text[kComposite] = document::check_digit(covered).value();
  return text;
}

std::string with(std::size_t at, std::string_view put) {
  std::string text = mrz90();
  text.replace(at, put.size(), put);
  if (at == kBirth) text[kBirthDigit] = document::check_digit(text.substr(kBirth, 6)).value();
  if (at == kExpiry) text[kExpiryDigit] = document::check_digit(text.substr(kExpiry, 6)).value();
  return with_composite(text);
}

TEST(SignedContentTest, AnMrzOfAnotherLengthOrAlphabetIsNone) {
  for (const std::size_t size : {0U, 71U, 87U, 89U, 91U}) {
    const Bytes file = TlvWriter{}.put(0x61, TlvWriter{}.put(0x5F1F, std::string(size, '<'))).take();
    EXPECT_THAT(judge(FileId::Dg1, file).reasons(), ElementsAre("DG1_MALFORMED")) << size;
  }
  for (const std::size_t size : {72U, 88U}) {  // of other documents; this is no card
    const Bytes file = TlvWriter{}.put(0x61, TlvWriter{}.put(0x5F1F, std::string(size, '<'))).take();
    EXPECT_THAT(judge(FileId::Dg1, file).reasons(), ElementsAre("MRZ_LENGTH")) << size;
  }
  EXPECT_THAT(judge(FileId::Dg1, base::hex("6100")).reasons(), ElementsAre("DG1_MALFORMED")) << "no 5F1F";
  const Bytes other = TlvWriter{}.put(0x61, TlvWriter{}.put(0x5F1E, mrz90())).take();
  EXPECT_THAT(judge(FileId::Dg1, other).reasons(), ElementsAre("DG1_MALFORMED")) << "another tag";
  for (const char* const letter : {"i", " ", "\x80", "Đ"}) {
    std::string text = mrz90();
    text.replace(0, std::string_view(letter).size(), letter);
    EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(text)).reasons(), ElementsAre("MRZ_CHARACTER")) << letter;
  }
}

TEST(SignedContentTest, EachCheckDigitIsToldByItsField) {
  const auto other = [](char digit) { return std::string(1, digit == '9' ? '0' : static_cast<char>(digit + 1)); };
  for (const auto& [at, where] : {std::pair{kNumberDigit, "EF.DG1: MRZ document number"},
                                  {kBirthDigit, "EF.DG1: MRZ date of birth"},
                                  {kExpiryDigit, "EF.DG1: MRZ date of expiry"},
                                  {kComposite, "EF.DG1: MRZ composite"}}) {
    std::string text = mrz90();
    text.replace(at, 1, other(text[at]));
    if (at != kComposite) text = with_composite(text);
    const Report report = judge(FileId::Dg1, lds::encode_dg1(text));
    EXPECT_THAT(report.reasons(), ElementsAre("MRZ_CHECK_DIGIT"));
    EXPECT_THAT(codes(report, base::Severity::Fail), ElementsAre("MRZ_CHECK_DIGIT")) << where;
    EXPECT_EQ(std::ranges::find(report.findings.list(), "MRZ_CHECK_DIGIT", &base::Finding::code)->where, where);
  }
}

TEST(SignedContentTest, DaysThatDoNotExistAreTold) {
  for (const char* const day : {"900230", "900431", "901301", "900010", "900100", "000000", "90A101"}) {
    EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(with(kBirth, day))).reasons(), ElementsAre("MRZ_DATE")) << day;
  }
  for (const char* const day : {"400231", "401301", "400000", "<<<<<<"}) {
    EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(with(kExpiry, day))).reasons(), ElementsAre("MRZ_DATE")) << day;
  }
  EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(with(kBirth, "90<<<<"))).reasons(), IsEmpty())
      << "9303-3 §4.8: what is not known of a birth";
}

TEST(SignedContentTest, StatesThatAreNoneAreTold) {
  for (const std::size_t at : {kState, kNationality}) {
    for (const char* const none : {"QQQ", "VN<", "<<<", "XX<", "123"}) {
      EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(with(at, none))).reasons(), ElementsAre("MRZ_STATE")) << none;
    }
    for (const char* const known : {"D<<", "RKS", "UNO", "EUE", "GBD", "XXA", "LAO"}) {
      EXPECT_THAT(judge(FileId::Dg1, lds::encode_dg1(with(at, known))).reasons(), IsEmpty()) << known;
    }
  }
}

// --- H11: the signer's state ---

TEST(SignedContentTest, TheSignersStateIsComparedWithTheMrz) {
  const auto told = [](const char* state, const std::vector<std::string>& signers) {
    lds::Files files;
    files[FileId::Dg1] = lds::encode_dg1(with(kState, state));
    sod::judge::PassiveAuthentication passive;
    passive.issuing_states = signers;
    Report report;
    inspection::check_contents(files, passive, forge::inspection_moment(), report);
    const auto& list = report.findings.list();
    return std::ranges::count(list, "DS_COUNTRY", &base::Finding::code);
  };
  for (const auto& [mrz, signer] : {std::pair{"D<<", "D"},
                                    {"D<<", "D<<"},
                                    {"RKS", "RKS"},
                                    {"UNO", "UNO"},
                                    {"EUE", "EUE"},
                                    {"GBR", "GBR"},
                                    {"VNM", "VNM"}}) {
    EXPECT_EQ(told(mrz, {signer}), 0) << mrz;
    EXPECT_EQ(told(mrz, {"FRA", signer}), 0) << mrz << ", one of several";
    EXPECT_EQ(told(mrz, {"FRA"}), 1) << mrz;
  }
  EXPECT_EQ(told("GBD", {"GBR"}), 1) << "a nationality, and no state that issues";
  EXPECT_EQ(told("UNA", {"UNO"}), 1);
}

// --- G10: DG11, DG12 ---

Bytes dg11_of_name(std::string_view octets) {
  const Bytes content = base::concat({base::hex("5C025F0E"), TlvWriter{}.put(0x5F0E, octets).view()});
  return TlvWriter{}.put(0x6B, content).take();
}

TEST(SignedContentTest, DetailsAreShownAndNothingInThemTakesHoldOfTheScreen) {
  const Report good = judge(
      FileId::Dg11,
      lds::encode_dg11({.full_name = "ERIKSSON<<ANNA<MARIA", .birth = "19600000", .address = {"1 phố Cũ", "Hà Nội"}}));
  EXPECT_THAT(good.reasons(), IsEmpty());
  EXPECT_EQ(good.document.at("holder").at("full_name"), "ERIKSSON, ANNA MARIA");
  EXPECT_EQ(good.document.at("holder").at("birth"), "1960");
  EXPECT_EQ(good.document.at("holder").at("address").at(1), "Hà Nội");
  for (const auto& [name, shown] : {std::pair{"A\xFF", "A\uFFFD"},
                                    {"A\u202Egnp.exe", "A\uFFFDgnp.exe"},
                                    {"A\x1B[2J", "A\uFFFD[2J"},
                                    {"<script>alert(1)<", " script>alert(1) "}}) {
    const Report report = judge(FileId::Dg11, dg11_of_name(name));
    EXPECT_EQ(report.document.at("holder").at("full_name"), shown);
    const bool replaced = std::string_view(shown).find("\uFFFD") != std::string_view::npos;
    EXPECT_EQ(codes(report, base::Severity::Warn),
              replaced ? std::vector<std::string>{"DG11_TEXT"} : std::vector<std::string>{});
    EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  }
}

TEST(SignedContentTest, DetailsThatContradictThemselvesAreTold) {
  const Bytes absent = base::hex("6B0A5C045F0E5F105F0E0141");
  EXPECT_THAT(codes(judge(FileId::Dg11, absent), base::Severity::Warn), ElementsAre("DG11_TAG_LIST"));
  const auto issued = [](const char* value) {
    return TlvWriter{}.put(0x6C, base::concat({base::hex("5C025F26"), base::hex(value)})).take();
  };
  for (const auto& [value, shown, warned] : {std::tuple{"5F26083230323630313135", "2026-01-15", 0},
                                             {"5F260420260115", "2026-01-15", 0},
                                             {"5F26083139363030303030", "1960", 0},
                                             {"5F26083139363030343030", "1960-04", 0},
                                             {"5F26083230323630323331", "", 1},
                                             {"5F2603202601", "", 1}}) {
    const Report report = judge(FileId::Dg12, issued(value));
    EXPECT_EQ(report.document.at("issuing").at("issue"), shown) << value;
    EXPECT_EQ(codes(report, base::Severity::Warn),
              std::vector<std::string>(static_cast<std::size_t>(warned), "DG12_DATE"));
    EXPECT_THAT(report.reasons(), IsEmpty());
  }
  EXPECT_THAT(judge(FileId::Dg11, base::hex("6B055C035F0E5F")).reasons(), ElementsAre("DG11_MALFORMED"));
  EXPECT_THAT(judge(FileId::Dg12, base::hex("6C00")).reasons(), ElementsAre("DG12_MALFORMED"));
  EXPECT_THAT(judge(FileId::Dg16, base::hex("7003020101")).reasons(), ElementsAre("DG16_MALFORMED"));
  const Report notify = judge(FileId::Dg16, lds::encode_dg16({{"20020101", "SMITH<<JOHN", "1", {"x"}}}));
  EXPECT_THAT(notify.reasons(), IsEmpty());
  EXPECT_EQ(notify.document.at("notify").at(0).at("name"), "SMITH, JOHN");
  EXPECT_EQ(notify.document.at("notify").at(0).at("recorded"), "2002-01-01");
}

}  // namespace
