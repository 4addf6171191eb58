#include "issuance/registry/home.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/registry/people.h"

namespace {

using testing::HasSubstr;

class HomeTest : public testing::Test {
 protected:
  std::string refusal(const std::string& settings) {
    base::write_text_file(folder / "data/registry.toml", settings, "writing a test file");
    try {
      registry::Home::open(folder / "data");
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.what();
    }
    return {};
  }
  test::Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  base::SeededRandom random{9};
  registry::Home home = registry::Home::create(folder / "data", clock);
};

TEST_F(HomeTest, IsMadeForItsOwnerOnlyAndOpened) {
  struct stat status {};
  ASSERT_EQ(::stat((folder / "data").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EXPECT_TRUE(registry::Home::open(folder / "data").store(clock).is_empty());
}

TEST_F(HomeTest, IsNotMadeTwice) {
  EXPECT_THROW(registry::Home::create(folder / "data", clock), base::Error);
}

TEST_F(HomeTest, KeepsTheAnswerKeyUnderItsPassword) {
  const auto password = base::Secret::copy_of(base::view_of("correct"));
  EXPECT_THROW(home.answer_key(password), base::Error);
  const std::string id = home.make_answer_key(password, random);
  const base::Bytes spki = base::read_file(home.public_key_file(), "reading a test file");
  EXPECT_EQ(evidence::key_id(spki), id);
  EXPECT_EQ(home.answer_key(password)->public_key_named(), spki);
  EXPECT_THROW(home.answer_key(base::Secret::copy_of(base::view_of("wrong"))), base::Error);
  EXPECT_THROW(home.make_answer_key(password, random), base::Error);
  EXPECT_EQ(base::read_file(home.public_key_file(), "reading a test file"), spki);
}

TEST_F(HomeTest, NamesAStoreOnAServerWithoutItsPassword) {
  const test::PostgresqlDatabase database;
  base::write_text_file(folder / "db.pw", "mat-khau-dung", "writing a test file");
  std::filesystem::permissions(folder / "db.pw", std::filesystem::perms::owner_read);
  db::Connection::connect(database.url()).execute("GRANT CREATE ON SCHEMA public TO guarded");
  std::string url = database.url();
  url.replace(url.find("cccd@"), 5, "guarded@");
  registry::NewPlace made{.place = {url, folder / "db.pw"}, .partitions = 2};
  EXPECT_TRUE(registry::Home::create(folder / "served", clock, made).store(clock).is_empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "served/registry.db"));
  EXPECT_TRUE(registry::Home::open(folder / "served").store(clock).is_empty());
  EXPECT_THAT(base::read_text_file(folder / "served/registry.toml", "reading a test file"),
              testing::AllOf(HasSubstr(url), testing::Not(HasSubstr("mat-khau"))));
  EXPECT_THROW(registry::Home::create(folder / "again", clock, made), base::Error);
}

TEST_F(HomeTest, SettingsAreCheckedWithFileAndLine) {
  EXPECT_EQ(refusal("format = 1\nanswer_key = \"other.key\"\n"), "");
  EXPECT_THAT(refusal("format = 1\nanswer_keys = \"x\"\n"), HasSubstr("registry.toml:2: answer_keys is no setting"));
  EXPECT_THAT(refusal("format = 1\nstore = 5432\n"), HasSubstr("registry.toml:2: store must be a URL"));
  EXPECT_THAT(refusal("format = 1\nstore_password_file = \"\"\n"), HasSubstr("registry.toml:2: store_password_file"));
  EXPECT_THAT(refusal("format = 2\n"), HasSubstr("registry.toml:1: format must be 1"));
  EXPECT_THAT(refusal("\nformat = \"1\"\n"), HasSubstr("registry.toml:2"));
  EXPECT_THAT(refusal("answer_key = \"x\"\n"), HasSubstr("format is missing"));
  EXPECT_THAT(refusal("format = 1\nanswer_key = 7\n"), HasSubstr("registry.toml:2: answer_key"));
  EXPECT_THAT(refusal("format = 1\nanswer_key = \n"), HasSubstr("registry.toml:2"));
}

TEST_F(HomeTest, AFolderWithoutARegisterIsSaidPlainly) {
  EXPECT_THROW(registry::Home::open(folder / "none"), base::Error);
}

}  // namespace
