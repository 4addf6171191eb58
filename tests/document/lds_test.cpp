#include "smartcard/lds/lds.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pki/base/core/error.h"
#include "tests/support/vectors.h"

namespace lds {
namespace {

// A JPEG's skeleton: SOI, frame header 480 × 640, filler, EOI.
base::Bytes jpeg_of(std::size_t size) {
  base::Bytes jpeg = base::hex("FFD8FFC0000B08028001E001011100");
  jpeg.resize(size - 2, 0x55);
  base::append(jpeg, base::hex("FFD9"));
  return jpeg;
}

TEST(LdsTest, WritesEfComAsTheStandardsExample) {
  // ICAO Doc 9303-11 App. D.4: EF.COM with DG1 and DG2.
  EXPECT_EQ(base::to_hex(encode_com({1, 2}, "0106")), vectors::load("bac.json")["D4_secure_messaging"]["EF_COM"]);
}

TEST(LdsTest, ReadsForeignEfCom) {
  const auto com = parse_com(vectors::load_binary("synth/EF_COM.bin"));
  ASSERT_TRUE(com);
  EXPECT_EQ(com->lds_version, "0107");
  EXPECT_EQ(com->unicode_version, "040000");
  EXPECT_EQ(com->tags.front(), 0x61U);
  EXPECT_FALSE(parse_com(base::hex("6003020101")));
  EXPECT_FALSE(parse_com({}));
}

TEST(LdsTest, WritesDg1AsPublishedSamplesShow) {
  const auto file = vectors::load("cccd_mrz.json");
  for (const auto& vector : file["vectors"]) {
    const std::string mrz =
        vector["line1"].get<std::string>() + vector["line2"].get<std::string>() + vector["line3"].get<std::string>();
    EXPECT_EQ(base::to_hex(encode_dg1(mrz)), vector["dg1_hex"]);
    EXPECT_EQ(parse_dg1(encode_dg1(mrz)), mrz);
  }
}

TEST(LdsTest, Dg1OfAnotherLengthIsNone) {
  for (const std::size_t size : {0U, 87U, 89U, 91U}) {
    const auto file = asn1::TlvWriter{}.put(0x61, asn1::TlvWriter{}.put(0x5F1F, std::string(size, '<'))).take();
    EXPECT_FALSE(parse_dg1(file)) << size;
  }
}

// Readers of real cards take the image from byte 84 on (cards carry one face without feature points).
TEST(LdsTest, TheImageBeginsAtByte84OfDg2) {
  const auto face = face_image(jpeg_of(15000));
  ASSERT_TRUE(face);
  EXPECT_EQ(face->width, 480);
  EXPECT_EQ(face->height, 640);
  const auto file = encode_dg2(*face);
  EXPECT_EQ(base::to_hex(base::ByteView(file).subspan(84, 3)), "FFD8FF");
  const auto reading = parse_dg2(file);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_EQ(reading.image, face->jpeg);
}

TEST(LdsTest, ReadsAForeignDg2) {
  const auto reading = parse_dg2(vectors::load_binary("synth/EF_DG2.bin"));
  EXPECT_TRUE(reading.findings.empty()) << (reading.findings.empty() ? "" : reading.findings.list()[0].text);
  EXPECT_EQ(reading.image, vectors::load_binary("synth/face.jpg"));
}

TEST(LdsTest, ATruncatedDg2IsAFindingAndNeverAnImage) {
  const auto file = encode_dg2(*face_image(jpeg_of(400)));
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto reading = parse_dg2(base::ByteView(file).first(size));
    EXPECT_FALSE(reading.image) << size;
    EXPECT_TRUE(reading.findings.has("DG2_MALFORMED")) << size;
  }
}

TEST(LdsTest, RefusesWhatIsNoJpeg) {
  EXPECT_FALSE(face_image({}));
  EXPECT_FALSE(face_image(base::hex("FFD8FFD9")));
  EXPECT_FALSE(face_image(base::hex("89504E470D0A1A0A")));
  auto cut = jpeg_of(400);
  cut.pop_back();
  EXPECT_FALSE(face_image(cut));
}

TEST(LdsTest, ReadsForeignDg15) {
  EXPECT_TRUE(parse_dg15(vectors::load_binary("synth/EF_DG15.bin")));
  EXPECT_FALSE(parse_dg15(base::hex("6F00")));
  const auto key = *parse_dg15(vectors::load_binary("synth/EF_DG15.bin"));
  EXPECT_EQ(encode_dg15(key), vectors::load_binary("synth/EF_DG15.bin"));
}

TEST(LdsTest, AFolderGivesBackTheFilesWrittenToIt) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "lds_test_folder";
  std::filesystem::remove_all(folder);
  const Files files{{FileId::Com, encode_com({1, 2})}, {FileId::Dg1, encode_dg1(std::string(90, '<'))}};
  write_folder(files, folder);
  EXPECT_EQ(read_folder(folder), files);
  write_folder({{FileId::Dg2, base::Bytes(kLargestCardFile + 4711)}}, folder);
  EXPECT_EQ(read_folder(folder).at(FileId::Dg2).size(), kLargestCardFile + 1);  // what more there is is not read
  std::filesystem::remove_all(folder);
  EXPECT_THROW(read_folder(folder), base::Error);
  std::filesystem::create_directories(folder);
  EXPECT_THROW(read_folder(folder), base::Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lds
