#include "pki/evidence/log_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "tests/base/folder.h"

namespace {

using nlohmann::json;
using testing::HasSubstr;

class LogReportTest : public testing::Test {
 protected:
  LogReportTest() {
    evidence::Log log = evidence::Log::open(folder.path(), *key, clock);
    log.append("case.opened", {{"case", "2026-000001"}});
    log.append("card.refused", {{"codes", {"ORDER_NOT_TRUSTED"}}});
    log.checkpoint();
  }
  void change_an_entry() const {
    std::string text = base::read_text_file(folder / "log.jsonl", "reading a test file");
    text.replace(text.find("2026-000001"), 11, "2026-000009");
    base::write_text_file(folder / "log.jsonl", text, "writing a test file");
  }
  std::string shown(bool as_json) const {
    std::ostringstream out;
    evidence::print_log(folder.path(), as_json, out);
    return out.str();
  }

  test::Folder folder;
  base::SeededRandom random{12};
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{9}};
};

TEST_F(LogReportTest, ShowsOneLineAnEntry) {
  EXPECT_EQ(shown(false),
            "     0  2026-11-23T09:00:00Z  case.opened                  {\"case\":\"2026-000001\"}\n"
            "     1  2026-11-23T09:00:00Z  card.refused                 {\"codes\":[\"ORDER_NOT_TRUSTED\"]}\n");
  std::istringstream lines(shown(true));
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(json::parse(line).size(), 4U);
}

TEST_F(LogReportTest, SaysThatASoundLogIsSound) {
  std::ostringstream words, object;
  EXPECT_TRUE(evidence::print_verification(folder.path(), key->public_key_named(), {}, false, words));
  EXPECT_THAT(words.str(), HasSubstr("the log is sound"));
  EXPECT_TRUE(evidence::print_verification(folder.path(), key->public_key_named(), {}, true, object));
  EXPECT_EQ(json::parse(object.str()), (json{{"sound", true}, {"findings", json::array()}}));
}

TEST_F(LogReportTest, TellsEveryFindingOfOneThatIsNot) {
  change_an_entry();
  std::ostringstream words, object;
  EXPECT_FALSE(evidence::print_verification(folder.path(), key->public_key_named(), {}, false, words));
  EXPECT_THAT(words.str(), HasSubstr("LOG_ROOT_MISMATCH"));
  EXPECT_THAT(words.str(), testing::Not(HasSubstr("sound")));
  EXPECT_FALSE(evidence::print_verification(folder.path(), key->public_key_named(), {}, true, object));
  const json report = json::parse(object.str());
  EXPECT_EQ(report.at("sound"), false);
  EXPECT_EQ(report.at("findings").at(0).at("code"), "LOG_ROOT_MISMATCH");
}

TEST_F(LogReportTest, NeedsALog) {
  std::ostringstream out;
  EXPECT_THROW(evidence::print_log(folder / "nowhere", false, out), base::Error);
}

}  // namespace
