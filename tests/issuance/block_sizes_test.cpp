// What a station remembers of its readers, in a file that may be lost at any time.
#include "issuance/production/block_sizes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "smartcard/transport/observing_channels.h"
#include "tests/issuance/production_world.h"

namespace {

using personalization::KnownBlock;
using production::BlockSizes;

constexpr KnownBlock kLong{.proven = 8191, .refused = 0};
constexpr KnownBlock kShort{.proven = 239, .refused = 255};

class BlockSizesTest : public testing::Test {
 protected:
  BlockSizes of(const std::string& reader, const std::string& profile = "virtual-lds") const {
    return {file_, reader, profile};
  }
  test::Folder folder_;
  std::filesystem::path file_ = folder_ / "readers.json";
};

TEST_F(BlockSizesTest, AreOfOneReaderAndOneProfileEach) {
  EXPECT_EQ(of("A").recall(), KnownBlock{});
  of("A").keep(kLong);
  of("B").keep(kShort);
  of("B", "another").keep(kLong);
  EXPECT_EQ(of("A").recall(), kLong);
  EXPECT_EQ(of("B").recall(), kShort);
  EXPECT_EQ(of("B", "another").recall(), kLong);
  EXPECT_EQ(of("A", "another").recall(), KnownBlock{});
}

TEST_F(BlockSizesTest, AreForgottenOneByOne) {
  of("A").keep(kLong);
  of("B").keep(kShort);
  of("A").keep({});
  EXPECT_EQ(of("A").recall(), KnownBlock{});
  EXPECT_EQ(of("B").recall(), kShort);
  of("B").keep({});
  EXPECT_EQ(base::read_text_file(file_, "a test"), "{}\n");
}

TEST_F(BlockSizesTest, AreFoundAnewWhenTheFileIsDamaged) {
  for (const char* const text : {"", "{", "[]", "{\"A\":3}", "{\"A\":{\"virtual-lds\":[]}}",
                                 "{\"A\":{\"virtual-lds\":{\"proven\":-1,\"refused\":\"x\"}}}"}) {
    base::write_text_file(file_, text, "a test");
    EXPECT_EQ(of("A").recall(), KnownBlock{}) << text;
    of("A").keep(kLong);
    EXPECT_EQ(of("A").recall(), kLong) << text;
  }
}

TEST_F(BlockSizesTest, AreSearchedWithTheFirstCardOfAReaderAlone) {
  std::int64_t commands[2] = {};
  for (std::int64_t& count : commands) {
    production_test::World world;
    world.blocks = of("A");
    production_test::ChipInReader chip(signing_test::kSerial);
    transport::CountingChannel link(chip);
    const std::string id = world.approved_case();
    EXPECT_TRUE(world.produce(id, link, production::Until::Signed).stopped);
    const std::int64_t before = link.commands();
    EXPECT_EQ(world.produce(id, link).state, "accepted");
    count = link.commands() - before;
    EXPECT_EQ(of("A").recall(), kLong);
  }
  EXPECT_EQ(commands[0] - commands[1], 5) << "whether the application is writable, and two trials of two commands";
}

}  // namespace
