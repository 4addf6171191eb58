#include "smartcard/inspection/file_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "tests/judge/fake_chip.h"

namespace {

using base::Bytes;
using inspection::FileReader;
using inspection::FileReading;
using Status = inspection::FileReading::Status;

// A data group of this size in all, with content that differs at every place.
Bytes file_of(std::size_t size) {
  Bytes content;
  for (std::size_t i = 0; content.size() + 5 < size; ++i) content.push_back(static_cast<std::uint8_t>(i * 7 + i / 251));
  Bytes file = asn1::TlvWriter{}.put(0x75, content).take();
  while (file.size() < size) {
    content.push_back(0x55);
    file = asn1::TlvWriter{}.put(0x75, content).take();
  }
  return file;
}

const lds::FileInfo& dg2() {
  return lds::info(lds::FileId::Dg2);
}

FileReading read(const Bytes& file, fake::Habits habits, std::size_t* commands = nullptr) {
  fake::Chip chip({{lds::FileId::Dg2, file}}, std::move(habits));
  FileReading reading = FileReader(chip).read(dg2());
  if (commands != nullptr) *commands = chip.commands();
  return reading;
}

void expect_read(std::size_t size, fake::Habits habits) {
  const Bytes file = file_of(size);
  const FileReading reading = read(file, std::move(habits));
  EXPECT_EQ(reading.status, Status::Read) << size << " bytes: " << reading.why;
  EXPECT_EQ(reading.content, file) << size;
}

TEST(FileReaderTest, ReadsFilesOfEverySizeThroughShortAnswers) {
  for (const std::size_t size : {10U, 222U, 223U, 224U, 446U, 447U, 5000U}) expect_read(size, {});
}

TEST(FileReaderTest, ReadsExactlyWhatTheHeaderAnnounces) {
  const Bytes file = file_of(1000);
  const FileReading reading = read(file, {.padding = 300});
  EXPECT_EQ(reading.content, file);
}

TEST(FileReaderTest, ReadsBeyond32767WithTheOddInstruction) {
  for (const bool extended : {false, true}) {
    expect_read(32767, {.extended = extended});
    expect_read(40000, {.extended = extended});
    expect_read(70000, {.extended = extended});
  }
}

TEST(FileReaderTest, TakesAsManyCommandsAsThereArePieces) {
  constexpr std::size_t kShort = 223, kLong = 8192;
  for (const std::size_t size : {10U, 223U, 224U, 400U, 8192U, 8193U, 16384U, 20000U}) {
    for (const bool warns : {false, true}) {
      std::size_t commands = 0;
      EXPECT_EQ(read(file_of(size), {.warns_at_end = warns}, &commands).status, Status::Read);
      EXPECT_EQ(commands, (size + kShort - 1) / kShort) << size;
      EXPECT_EQ(read(file_of(size), {.extended = true, .warns_at_end = warns}, &commands).status, Status::Read);
      EXPECT_EQ(commands, (size + kLong - 1) / kLong) << size;
    }
  }
}

// Not every chip takes a command that reaches past a file's end; what that costs is paid once.
TEST(FileReaderTest, ReadsAChipThatMindsTheEndOfAFile) {
  for (const std::size_t size : {10U, 112U, 223U, 224U, 9000U}) {
    expect_read(size, {.minds_the_end = true});
    expect_read(size, {.extended = true, .minds_the_end = true});
  }
  fake::Chip chip({{lds::FileId::Dg2, file_of(400)}, {lds::FileId::Dg1, file_of(9000)}},
                  {.extended = true, .minds_the_end = true});
  FileReader reader(chip);
  EXPECT_EQ(reader.read(dg2()).content, file_of(400));
  const std::size_t before = chip.commands();
  EXPECT_EQ(reader.read(lds::info(lds::FileId::Dg1)).content, file_of(9000));
  EXPECT_EQ(chip.commands() - before, 3U) << "a short first piece, a whole one, the rest";
}

TEST(FileReaderTest, AsksForLessWhenTheChipDoesNotTakeTheSizeAndRemembers) {
  fake::Chip chip({{lds::FileId::Dg2, file_of(9000)}, {lds::FileId::Dg1, file_of(4000)}},
                  {.extended = true, .largest_answer = 2048});
  FileReader reader(chip);
  EXPECT_EQ(reader.read(dg2()).content, file_of(9000));
  const std::size_t before = chip.commands();
  EXPECT_EQ(reader.read(lds::info(lds::FileId::Dg1)).content, file_of(4000));
  EXPECT_EQ(chip.commands() - before, 2U);
  expect_read(3000, {.extended = true, .largest_answer = 111});
  expect_read(3000, {.extended = false, .largest_answer = 111});
}

TEST(FileReaderTest, SelectsTheFileWhereShortIdentifiersAreUnknown) {
  expect_read(700, {.short_identifiers = false});
}

TEST(FileReaderTest, TakesAnswersThatAreShorterThanAsked) {
  expect_read(700, {.largest_answer = 100, .cuts = true});
  expect_read(100, {.warns_at_end = true});
}

TEST(FileReaderTest, RepeatsWithTheLengthThatTheChipNames) {
  expect_read(100, {.exact_le = true});
  expect_read(256, {.exact_le = true});
}

TEST(FileReaderTest, TellsAMissingFileFromARefusedOne) {
  fake::Chip chip({{lds::FileId::Dg3, file_of(100)}}, {.refused = {lds::FileId::Dg3}});
  FileReader reader(chip);
  EXPECT_EQ(reader.read(dg2()).status, Status::NotFound);
  EXPECT_EQ(reader.read(lds::info(lds::FileId::Dg3)).status, Status::Refused);
}

TEST(FileReaderTest, EndsWhateverTheChipAnswers) {
  for (const fake::Habits& habits :
       {fake::Habits{.empty_for_ever = true}, fake::Habits{.warns_for_ever = true}, fake::Habits{.too_much = true},
        fake::Habits{.ends_early = true}, fake::Habits{.largest_answer = 1, .cuts = true},
        fake::Habits{.largest_answer = 0}}) {
    std::size_t commands = 0;
    const FileReading reading = read(file_of(5000), habits, &commands);
    EXPECT_EQ(reading.status, Status::Failed);
    EXPECT_FALSE(reading.why.empty());
    EXPECT_LT(commands, 300U);
  }
}

TEST(FileReaderTest, SpendsNoMoreThanSoManyCommandsOnOneCard) {
  lds::Files files;
  for (int number = 1; number <= 16; ++number) files[lds::data_group(number)->id] = file_of(60'000);
  fake::Chip chip(files, {.largest_answer = 65, .cuts = true});
  FileReader reader(chip);
  FileReading last;
  int whole = 0;
  for (int number = 1; number <= 16; ++number) {
    last = reader.read(*lds::data_group(number));
    whole += last.status == Status::Read;
  }
  EXPECT_EQ(whole, 4);
  EXPECT_EQ(last.status, Status::Failed);
  EXPECT_THAT(last.why, testing::HasSubstr("took 4096 commands already"));
  EXPECT_EQ(chip.commands(), FileReader::kMostCommands);
}

TEST(FileReaderTest, RefusesAFileThatAnnouncesTooMuchBeforeReadingIt) {
  std::size_t commands = 0;
  EXPECT_EQ(read(base::hex("7584FFFFFFFF00000000000000000000"), {}, &commands).status, Status::TooLarge);
  EXPECT_EQ(commands, 1U);
  EXPECT_EQ(read(base::hex("758310000000000000000000000000"), {}).status, Status::TooLarge);
}

TEST(FileReaderTest, RefusesAFileWithoutAReadableHeader) {
  for (const char* hex : {"7580000000000000", "1F818181818181", "758501020304050607"}) {
    EXPECT_EQ(read(base::hex(hex), {}).status, Status::Failed) << hex;
  }
  EXPECT_EQ(read({}, {}).status, Status::Failed);
  EXPECT_EQ(read(base::hex("75"), {}).status, Status::Failed);
  EXPECT_EQ(read(base::hex("75820400FFFF"), {}).status, Status::Failed);
}

}  // namespace
