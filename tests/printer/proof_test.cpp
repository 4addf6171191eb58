// The program cccd-proof as a person at a terminal meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "pki/base/core/files.h"
#include "smartcard/document/card_order.h"
#include "tests/printer/picture.h"
#include "tests/printer/sample_cards.h"
#include "tests/printer/tool.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kProgram = std::string(CCCD_BUILD_DIR) + "/bin/cccd-proof";

class ProofTest : public testing::Test {
 protected:
  void SetUp() override {
    const artwork::Card card = example_card();
    fields_ = document::to_json(card.person);
    fields_["issue"] = "2024-10-04";
    fields_["expiry"] = "2030-01-01";
    base::write_file(folder_.file("face.jpg"), card.portrait_jpeg, "writing a portrait");
  }

  Ran paint() {
    base::write_text_file(folder_.file("fields.json"), fields_.dump(), "writing fields");
    return run({kProgram, "card", folder_.file("fields.json"), "--portrait", folder_.file("face.jpg"), "--out",
                folder_.file("proof")});
  }

  ScratchFolder folder_;
  nlohmann::json fields_;
};

TEST_F(ProofTest, CardPaintsWhatTheRoomPaints) {
  const Ran ran = paint();
  ASSERT_EQ(ran.code, 0) << ran.output;
  const artwork::Card card = example_card();
  const artwork::Painted painted = artwork::paint(card, artwork::Layout::embedded("adult-2024"));
  const auto written = [this](const std::string& name) {
    return base::read_file(folder_.file("proof/" + name), "reading");
  };
  EXPECT_EQ(written("front.png"), painted.front_png);
  EXPECT_EQ(written("back.png"), painted.back_png);
  EXPECT_EQ(written("card.pdf"), painted.pdf);
  EXPECT_EQ(base::text_of(written("qr.txt")), card.qr_text);
  EXPECT_EQ(base::text_of(written("mrz.txt")), card.mrz.file_text());
}

TEST_F(ProofTest, FieldsThatAreWrongAreRefusedWithoutQuotingThem) {
  fields_["birth"] = "1990-02-30";
  Ran ran = paint();
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("birth"), Not(HasSubstr("Nguy"))));
  SetUp();
  fields_.erase("issue");
  EXPECT_EQ(paint().code, 3);
  SetUp();
  fields_["nickname"] = "Tí";
  EXPECT_EQ(paint().code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("proof")));
}

TEST_F(ProofTest, MissingOptionIsUsedWrongly) {
  EXPECT_EQ(run({kProgram, "card", folder_.file("fields.json")}).code, 2);
  EXPECT_EQ(run({kProgram, "portrait", "--out", folder_.file("x.jpg")}).code, 2);
  for (const char* const dpi : {"199", "1201", "-300"}) {
    const Ran ran = run({kProgram, "qr", folder_.file("face.jpg"), "--dpi", dpi, "--out", folder_.file("x.png")});
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("--dpi"));
  }
  EXPECT_EQ(run({kProgram, "portrait", "--seed", "-1", "--out", folder_.file("x.jpg")}).code, 2);
}

TEST_F(ProofTest, QrPaintsTheTextOfAFile) {
  base::write_text_file(folder_.file("qr.txt"), "Đặng|079303000000", "writing a text");
  ASSERT_EQ(run({kProgram, "qr", folder_.file("qr.txt"), "--out", folder_.file("qr.png")}).code, 0);
  EXPECT_EQ(read_with_zbar(gray_of(base::read_file(folder_.file("qr.png"), "reading"))), "Đặng|079303000000");
}

// TT 16/2024: without a photo, so none is asked for.
TEST_F(ProofTest, PaintsAChildsCardWithoutAPortraitAndAPrintedCan) {
  base::write_text_file(folder_.file("fields.json"), fields_.dump(), "writing fields");
  const auto card = [this](const std::string& out, const std::string& can) {
    std::vector<std::string> words{kProgram, "card",           folder_.file("fields.json"), "--form", "child-2024",
                                   "--out",  folder_.file(out)};
    if (!can.empty()) words.insert(words.end(), {"--can", can});
    return run(words);
  };
  const auto text = [this](const std::string& out) { return run({"pdftotext", folder_.file(out + "/card.pdf"), "-"}); };
  ASSERT_EQ(card("plain", "").code, 0);
  ASSERT_EQ(card("own", "271828").code, 0);
  EXPECT_THAT(text("plain").output, AllOf(HasSubstr("001090000000"), Not(HasSubstr("CAN"))));
  EXPECT_THAT(text("own").output, AllOf(HasSubstr("CAN"), HasSubstr("271828")));
  EXPECT_EQ(card("bad", "27182").code, 2);
}

TEST_F(ProofTest, UnknownFormIsNamed) {
  const Ran ran =
      run({kProgram, "qr", folder_.file("face.jpg"), "--form", "child-1999", "--out", folder_.file("x.png")});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.output, HasSubstr("adult-2024"));
}

}  // namespace
