#include "pki/base/core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "pki/base/core/error.h"
#include "tests/base/folder.h"

namespace {

using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  unsigned mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat((folder / name).c_str(), &status), 0);
    return status.st_mode & 0777;
  }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }
  static std::string refusal(const std::function<void()>& act) {
    try {
      act();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  test::Folder folder;
};

TEST_F(FilesTest, WritesAndReplacesWholeFiles) {
  base::write_text_file(folder / "a", "one", "writing");
  EXPECT_EQ(base::read_text_file(folder / "a", "reading"), "one");
  base::write_file(folder / "a", base::Bytes{}, "writing");
  EXPECT_TRUE(base::read_file(folder / "a", "reading").empty());
  EXPECT_EQ(count(), 1U);  // no temporary file stays behind
}

TEST_F(FilesTest, ReplacingLeavesAnOpenReaderTheOldContent) {
  base::write_text_file(folder / "a", "old", "writing");
  std::filesystem::create_hard_link(folder / "a", folder / "kept");
  base::write_text_file(folder / "a", "new", "writing");
  EXPECT_EQ(base::read_text_file(folder / "kept", "reading"), "old");  // another file took the name; none was changed
}

TEST_F(FilesTest, ModesAreAsAskedWhateverStoodThere) {
  base::write_text_file(folder / "open", "x", "writing");
  EXPECT_EQ(mode("open"), 0644U);
  base::write_text_file(folder / "open", "x", "writing", base::Access::OwnerOnly);
  EXPECT_EQ(mode("open"), 0600U);
  base::write_new_file(folder / "new", base::view_of("x"), "writing", base::Access::OwnerOnly);
  EXPECT_EQ(mode("new"), 0600U);
  base::write_new_file(folder / "public", base::view_of("x"), "writing");
  EXPECT_EQ(mode("public"), 0644U);
}

TEST_F(FilesTest, ANewFileNeverReplacesOne) {
  base::write_new_file(folder / "a", base::view_of("first"), "writing");
  EXPECT_THAT(refusal([&] { base::write_new_file(folder / "a", base::view_of("second"), "making a key"); }),
              testing::AllOf(HasSubstr("making a key"), HasSubstr("not overwritten")));
  EXPECT_EQ(base::read_text_file(folder / "a", "reading"), "first");
  ASSERT_EQ(::symlink("nowhere", (folder / "link").c_str()), 0);
  EXPECT_THROW(base::write_new_file(folder / "link", base::view_of("x"), "writing"), base::Error);
  EXPECT_EQ(count(), 2U);
}

TEST_F(FilesTest, SaysWhatWasBeingDoneWhichFileAndWhy) {
  EXPECT_THAT(refusal([&] { base::read_file(folder / "none", "reading the order"); }),
              testing::AllOf(HasSubstr("reading the order"), HasSubstr("none"), HasSubstr("No such file")));
  EXPECT_THAT(refusal([&] { base::read_file(folder.path(), "reading"); }), HasSubstr("directory"));
  EXPECT_THROW(base::write_text_file(folder / "no/folder", "x", "writing"), base::Error);
}

TEST_F(FilesTest, RefusesAFileThatIsTooLarge) {
  base::write_text_file(folder / "a", std::string(1000, 'x'), "writing");
  EXPECT_EQ(base::read_file(folder / "a", "reading", 1000).size(), 1000U);
  EXPECT_THAT(refusal([&] { base::read_file(folder / "a", "reading", 999); }), HasSubstr("999 bytes"));
}

TEST_F(FilesTest, APasswordIsTheFirstLine) {
  for (const char* const content : {"pass word", "pass word\n", "pass word\r\nsecond\n"}) {
    base::write_text_file(folder / "p", content, "writing");
    EXPECT_EQ(base::text_of(base::read_password_file(folder / "p", "reading").reveal()), "pass word");
  }
  for (const std::string& content :
       {std::string{}, std::string("\n"), std::string("\nsecond"), std::string(4097, 'x')}) {
    base::write_text_file(folder / "p", content, "writing");
    EXPECT_THROW(base::read_password_file(folder / "p", "reading"), base::Error);
  }
}

}  // namespace
