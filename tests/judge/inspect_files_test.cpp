#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/document/dg13.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/inspection/report_text.h"
#include "tests/judge/forge.h"
#include "tests/judge/sample_card.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;
using inspection::Report;
using inspection::StepResult;
using inspection::Verdict;
using lds::FileId;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Report judge(const lds::Files& files) {
  return inspection::inspect_files(files, forge::trust(), forge::inspection_moment());
}

bool warns(const Report& report, const std::string& code) {
  return std::ranges::any_of(report.findings.list(), [&](const base::Finding& finding) {
    return finding.code == code && finding.severity == base::Severity::Warn;
  });
}

StepResult step(const Report& report, const std::string& name) {
  return std::ranges::find(report.steps, name, &inspection::Step::name)->result;
}

// sod.json's how_to_judge, through the whole inspection: the verdict, and no reason but the one named where the case is
// wrong in one thing only.
class SodCases : public testing::TestWithParam<std::string> {};

TEST_P(SodCases, GetTheVerdictTheirOriginExpects) {
  const auto cases = vectors::load("sod.json").at("sods");
  const auto& expected = cases.at(GetParam());
  lds::Files files;
  for (const auto& [number, content] : forge::data_groups()) files[lds::data_group(number)->id] = content;
  files[FileId::Com] =
      vectors::load_binary(GetParam() == "ok_v1_ldsversion" ? "synth/EF_COM_v18.bin" : "synth/EF_COM.bin");
  files[FileId::Sod] = vectors::load_binary("synth/EF_SOD_" + GetParam() + ".bin");
  const Report report = judge(files);
  EXPECT_EQ(inspection::verdict_name(report.verdict), expected.at("verdict").get<std::string>());
  const auto reasons = expected.at("reasons").get<std::vector<std::string>>();
  EXPECT_THAT(report.reasons(), testing::IsSupersetOf(reasons));
  if (GetParam() != "bad_dup_dg1") {  // that one lists no other group than DG1, twice
    EXPECT_EQ(report.reasons(), reasons);
  }
  for (const auto& warning : expected.at("warnings")) EXPECT_TRUE(warns(report, warning.get<std::string>()));
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  const auto cases = vectors::load("sod.json").at("sods");
  for (const auto& [name, value] : cases.items()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Shared, SodCases, testing::ValuesIn(case_names()), [](const auto& one) { return one.param; });

TEST(InspectFilesTest, FindsAGoodVietnameseCardAuthentic) {
  const Report report = judge(sample::card());
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  EXPECT_THAT(report.reasons(), IsEmpty());
  EXPECT_EQ(step(report, "compare"), StepResult::Passed);
  EXPECT_EQ(report.document.at("authentic"), true);
  EXPECT_EQ(report.document.at("dg13").at("number"), report.document.at("mrz").at("citizen_number"));
  EXPECT_TRUE(warns(report, "DS_COUNTRY"));  // the test signer belongs to Utopia
}

TEST(InspectFilesTest, NoFlippedByteOfASignedFileIsAcceptable) {
  const lds::Files good = sample::card();
  const auto trust = forge::trust();
  for (const auto& [id, content] : good) {
    if (id == FileId::Com) continue;
    const std::size_t stride = content.size() > 1000 ? 61 : 1;
    for (std::size_t at = 0; at < content.size(); at += stride) {
      lds::Files bent = good;
      bent[id][at] ^= 0x01;
      const Report report = inspection::inspect_files(bent, trust, forge::inspection_moment());
      ASSERT_EQ(report.verdict, Verdict::NotGenuine) << lds::info(id).name << " byte " << at;
      ASSERT_THAT(report.reasons(), testing::Not(IsEmpty()));
    }
  }
}

// EF.COM is unsigned by design (9303-10 §4.6.1): a change is always told and never decides.
TEST(InspectFilesTest, NoFlippedByteOfEfComIsSilent) {
  const lds::Files good = sample::card();
  const std::size_t usual = judge(good).findings.list().size();
  for (std::size_t at = 0; at < good.at(FileId::Com).size(); ++at) {
    lds::Files bent = good;
    bent[FileId::Com][at] ^= 0x01;
    const Report report = judge(bent);
    EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
    EXPECT_GT(report.findings.list().size(), usual) << "byte " << at;
  }
}

TEST(InspectFilesTest, AFlippedBitOfThePortraitHasOneReason) {
  lds::Files bent = sample::card();
  for (const std::size_t at : {20U, 60U, 90U, 2000U}) {
    bent = sample::card();
    bent[FileId::Dg2][at] ^= 0x04;
    EXPECT_THAT(judge(bent).reasons(), ElementsAre("DG2_HASH_MISMATCH")) << at;
  }
}

// lds::read_folder() gives one byte more than a card can hold; that is the card's fault and never ours.
TEST(InspectFilesTest, AFileLargerThanAnyCardHoldsIsAnAnswer) {
  lds::Files bent = sample::card();
  bent[FileId::Dg2].resize(lds::kLargestCardFile + 1);
  EXPECT_EQ(judge(bent).verdict, Verdict::NotGenuine);
  EXPECT_THAT(judge(bent).reasons(), ElementsAre("DG2_TOO_LARGE"));
  bent = sample::card();
  bent[FileId::Sod].resize(lds::kLargestCardFile + 1);
  EXPECT_THAT(judge(bent).reasons(), ElementsAre("SOD_MISSING", "SOD_TOO_LARGE"));
  EXPECT_EQ(step(judge(bent), "read"), StepResult::Failed);
  bent = sample::card();
  bent[FileId::Com].resize(lds::kLargestCardFile + 1);
  EXPECT_EQ(judge(bent).verdict, Verdict::DataAuthentic);
  EXPECT_TRUE(warns(judge(bent), "COM_TOO_LARGE"));
}

TEST(InspectFilesTest, MissingFilesAreAnswers) {
  lds::Files files = sample::card();
  files.erase(FileId::Sod);
  EXPECT_THAT(judge(files).reasons(), ElementsAre("SOD_MISSING"));
  files = sample::card();
  files.erase(FileId::Dg13);
  EXPECT_THAT(judge(files).reasons(), ElementsAre("DG13_MISSING"));
  files = sample::card();
  files.erase(FileId::Dg1);
  EXPECT_THAT(judge(files).reasons(), ElementsAre("DG1_MISSING"));
  files.erase(FileId::Com);
  EXPECT_TRUE(warns(judge(files), "COM_MISSING"));
}

TEST(InspectFilesTest, FingerprintsThatNobodyMayReadAreOnlyNoted) {
  lds::Files files = sample::card();
  files[FileId::Dg3] = base::hex("6303020100");
  files = sample::sign_again(std::move(files));
  files.erase(FileId::Dg3);
  const Report report = judge(files);
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  EXPECT_TRUE(report.findings.has("DG3_NOT_READ"));
}

TEST(InspectFilesTest, ADocumentWithoutAPortraitIsNone) {
  lds::Files files = sample::card();
  files.erase(FileId::Dg2);
  EXPECT_THAT(judge(sample::sign_again(std::move(files))).reasons(), ElementsAre("DG2_MISSING"));
}

TEST(InspectFilesTest, TellsWhatEfComLeavesOut) {
  lds::Files files = sample::card();
  files[FileId::Com] = lds::encode_com({1, 2, 15});
  EXPECT_TRUE(warns(judge(files), "COM_SOD_MISMATCH"));
  files[FileId::Com] = lds::encode_com({1, 2, 13, 15}, "0109");
  EXPECT_TRUE(warns(judge(files), "COM_LDS_VERSION"));
  files[FileId::Com] = lds::encode_com({1, 2, 13, 15}, "0107", "050000");
  EXPECT_TRUE(warns(judge(files), "COM_UNICODE_VERSION"));
  files[FileId::Com] = base::hex("6001FF");
  EXPECT_TRUE(warns(judge(files), "COM_MALFORMED"));
}

TEST(InspectFilesTest, ASignedLdsVersionBindsEfCom) {
  forge::Sod sod;
  sod.object_version = 1;
  sod.lds_version = "0108";
  const lds::Files files = sample::sign_again(sample::card(), sod);  // EF.COM says 0107
  EXPECT_THAT(judge(files).reasons(), ElementsAre("COM_LDS_VERSION"));
}

// --- files that are signed and wrong all the same ---

std::vector<std::string> reasons_with(FileId id, Bytes content) {
  lds::Files files = sample::card();
  files[id] = std::move(content);
  return judge(sample::sign_again(std::move(files))).reasons();
}

TEST(InspectFilesTest, TellsAnExpiredDocument) {
  const Report report =
      inspection::inspect_files(sample::card(), forge::trust(), *base::parse_rfc3339("2030-01-02T05:00:00Z"));
  EXPECT_TRUE(warns(report, "DOCUMENT_EXPIRED"));
}

TEST(InspectFilesTest, TellsASignerOfOtherDocuments) {
  forge::Sod sod;
  sod.certificates = {"ds_doctype_P_only"};
  sod.named_certificate = "ds_doctype_P_only";
  const Report report = judge(sample::sign_again(sample::card(), sod));
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  EXPECT_TRUE(warns(report, "DS_DOCUMENT_TYPE"));
}

TEST(InspectFilesTest, ComparesDg13WithTheMrz) {
  auto fields = document::parse_dg13(sample::card().at(FileId::Dg13)).fields.value();
  auto other = fields;
  other.number.back() = other.number.back() == '0' ? '1' : '0';
  EXPECT_THAT(reasons_with(FileId::Dg13, document::encode_dg13(other)), ElementsAre("DG13_NUMBER_MISMATCH"));
  other = fields;
  other.full_name = "Trần Thị Khác";
  lds::Files files = sample::card();
  files[FileId::Dg13] = document::encode_dg13(other);
  const Report report = judge(sample::sign_again(std::move(files)));
  EXPECT_TRUE(warns(report, "DG13_NAME_MISMATCH"));
  EXPECT_EQ(report.verdict, Verdict::DataAuthentic);
  other = fields;
  other.birth = "02/01/1990";
  files = sample::card();
  files[FileId::Dg13] = document::encode_dg13(other);
  EXPECT_TRUE(warns(judge(sample::sign_again(std::move(files))), "DG13_DATE_MISMATCH"));
  EXPECT_FALSE(warns(judge(sample::card()), "DG13_DATE_MISMATCH"));
}

TEST(InspectFilesTest, RefusesSignedFilesThatCannotBeRead) {
  EXPECT_THAT(reasons_with(FileId::Dg13, base::hex("6D03300101")), ElementsAre("DG13_MALFORMED"));
  EXPECT_THAT(reasons_with(FileId::Dg15, base::hex("6F020101")), ElementsAre("DG15_MALFORMED"));
  EXPECT_THAT(reasons_with(FileId::Dg2, base::hex("75020101")), ElementsAre("DG2_MALFORMED"));
  EXPECT_THAT(reasons_with(FileId::Dg14, base::hex("6F020101")), ElementsAre("DG14_MALFORMED"));
  EXPECT_THAT(reasons_with(FileId::Dg11, base::hex("6B84FFFFFFFF")), ElementsAre("DG11_MALFORMED"));
}

TEST(InspectFilesTest, WithoutAnAnchorNothingIsDecided) {
  const Report report = inspection::inspect_files(sample::card(), {}, forge::inspection_moment());
  EXPECT_EQ(report.verdict, Verdict::Undecided);
  EXPECT_THAT(report.reasons(), ElementsAre("NO_TRUST_ANCHOR"));
}

// --- the shape of report.json, and the text ---

TEST(ReportTest, HasTheShapeThatScriptsRelyOn) {
  lds::Files bent = sample::card();
  bent[FileId::Dg13][40] ^= 0x01;
  const nlohmann::json json = to_json(judge(bent));
  EXPECT_EQ(json.at("verdict"), "NOT GENUINE");
  EXPECT_EQ(json.at("reasons"), nlohmann::json::array({"DG13_HASH_MISMATCH"}));
  std::vector<std::string> names;
  for (const auto& one : json.at("steps")) {
    names.push_back(one.at("name"));
    EXPECT_THAT((std::vector<std::string>{"passed", "failed", "not_performed", "not_supported"}),
                Contains(one.at("result").get<std::string>()));
    for (const char* number : {"commands", "bytes"}) EXPECT_TRUE(one.at(number).is_number_integer());
    for (const char* number : {"ms", "wire_ms", "card_ms", "host_ms"}) EXPECT_TRUE(one.at(number).is_number());
    EXPECT_EQ(one.size(), 8U);
  }
  EXPECT_EQ(json.at("total").size(), 6U);
  EXPECT_THAT(names, ElementsAre("open", "bac", "pace", "read", "passive_authentication", "active_authentication",
                                 "chip_authentication", "terminal_authentication", "compare"));
  for (const auto& one : json.at("findings")) {
    EXPECT_EQ(one.size(), 4U);
    EXPECT_THAT((std::vector<std::string>{"fail", "warn", "note"}), Contains(one.at("severity").get<std::string>()));
    for (const char* text : {"code", "where", "text"}) EXPECT_FALSE(one.at(text).get<std::string>().empty());
  }
  EXPECT_TRUE(json.at("document").is_object());
  EXPECT_EQ(json.size(), 6U);
}

TEST(ReportTest, SpeaksVietnameseFirstAndKeepsTheVerdictLine) {
  const std::string text = to_text(judge(sample::card()));
  EXPECT_THAT(text, testing::StartsWith("Kết luận: DỮ LIỆU THẬT"));
  EXPECT_THAT(text, HasSubstr("\nverdict: DATA AUTHENTIC\n"));
  lds::Files bent = sample::card();
  bent[FileId::Dg2][500] ^= 0x01;
  EXPECT_THAT(to_text(judge(bent)), HasSubstr("[fail] DG2_HASH_MISMATCH EF.DG2: "));
}

TEST(ReportTest, LetsNoCardRewriteTheScreen) {
  EXPECT_EQ(inspection::printable("a\x1B[2Jb\x7F\n"), "a?[2Jb??");
  EXPECT_EQ(inspection::printable("x\xE2\x80\xAEy\xE2\x81\xA6z\xC2\x9B"), "x?y?z?");
  EXPECT_EQ(inspection::printable("Nguyễn Thị Ả"), "Nguyễn Thị Ả");
}

}  // namespace
