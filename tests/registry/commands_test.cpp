// The program as an operator sees it: exit codes, what is printed, and that no number stands in a message or log.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/files.h"
#include "pki/evidence/statement.h"
#include "tests/base/folder.h"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int exit = -1;
  std::string out, err;
};

class CommandTest : public testing::Test {
 protected:
  Ran run(std::vector<std::string> words) {
    words.insert(words.begin(), std::string(CCCD_BUILD_DIR) + "/bin/cccd-registry");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const std::string out = folder / "stdout", err = folder / "stderr";
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, words[0].c_str(), &files, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, base::read_text_file(out, "reading a test file"),
            base::read_text_file(err, "reading a test file")};
  }
  Ran run_here(std::vector<std::string> words) {
    words.insert(words.end(), {"--data", data});
    return run(std::move(words));
  }
  void write(const std::string& name, const std::string& text) {
    base::write_text_file(folder / name, text, "writing a test file");
  }
  json sample() {
    write("password", "correct horse\n");
    EXPECT_EQ(run_here({"init", "--password-file", folder / "password"}).exit, 0);
    return json::parse(run_here({"sample", "50", "--json"}).out);
  }

  test::Folder folder;
  const std::string data = folder / "registry";
};

TEST_F(CommandTest, HelpBeginsWithASentenceAndAnExample) {
  const Ran help = run({"--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_THAT(help.out, testing::StartsWith("Keeps the population register and signs its answers.\n\nExample:\n"));
  EXPECT_EQ(run({"card", "record", "--help"}).exit, 0);
}

TEST_F(CommandTest, WrongUseIsExitTwoInOneLine) {
  sample();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"init"},
           {"nonsense"},
           {"show", "--data", data},
           {"show", "12", "--data", data},
           {"sample", "x", "--data", data},
           {"sample", "99999999999", "--data", data},
           {"event", "wedding", "001090990001", "--on", "2020-01-01", "--data", data},
           {"mark", "001090990001", "--case", "a b", "--state", "open", "--data", data},
           {"mark", "001090990001", "--case", "C", "--state", "half", "--data", data},
           {"event", "death", "001090990001", "--on", "2020-02-30", "--data", data},
           {"show", "001090990001", "--frob"}}) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.exit, 2) << ran.err;
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    EXPECT_THAT(ran.err, Not(HasSubstr("001090990001")));
  }
}

TEST_F(CommandTest, AWorldThatFailedIsExitThree) {
  EXPECT_EQ(run({"show", "001090990001", "--data", folder / "none"}).exit, 3);
  sample();
  EXPECT_EQ(run_here({"init"}).exit, 3);
  EXPECT_EQ(run_here({"sample", "5"}).exit, 3);
  EXPECT_EQ(run_here({"import", folder / "none.csv"}).exit, 3);
  write("wrong", "not it\n");
  const Ran ran =
      run_here({"answer", "001090990001", "--case", "C", "--purpose", "issuance", "--password-file", folder / "wrong"});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("not it")));
}

TEST_F(CommandTest, ShowsAnswersAndLogs) {
  const std::string adult = sample().at("adult");
  const Ran shown = run_here({"show", adult, "--json"});
  EXPECT_EQ(shown.exit, 0);
  EXPECT_EQ(json::parse(shown.out).at("person").at("number"), adult);
  EXPECT_THAT(run_here({"show", adult}).out, HasSubstr("full_name"));
  const Ran unknown = run_here({"show", "001000000000"});
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_THAT(unknown.err, Not(HasSubstr("001000000000")));

  const std::vector<std::string> rest{"--case",   "2026-000001",     "--purpose",
                                      "issuance", "--password-file", folder / "password"};
  for (const std::string& number : {adult, std::string("001000000000")}) {
    std::vector<std::string> words{"answer", number};
    words.insert(words.end(), rest.begin(), rest.end());
    const Ran answer = run_here(words);
    EXPECT_EQ(answer.exit, 0) << answer.err;
    const auto key = base::read_file(data + "/registry.pub.der", "reading a test file");
    const auto payload = evidence::open_statement(answer.out.substr(0, answer.out.size() - 1), "answer", key);
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->at("status"), number == adult ? "found" : "not-found");
  }
  EXPECT_EQ(run_here({"log", "verify"}).exit, 0);
  const std::string log = base::read_text_file(data + "/log/log.jsonl", "reading a test file");
  EXPECT_THAT(log, Not(HasSubstr(adult)));
  write("registry/log/log.jsonl", "");
  const Ran cut = run_here({"log", "verify", "--json"});
  EXPECT_EQ(cut.exit, 1);
  EXPECT_EQ(json::parse(cut.out).at("findings").at(0).at("code"), "LOG_TAIL_CUT");
}

TEST_F(CommandTest, ImportKeepsGoodLinesAndTellsOfTheOthers) {
  EXPECT_EQ(run_here({"init"}).exit, 0);
  write("persons.csv",
        "number,full_name,birth,sex,nationality\n001090990001,Nguyễn Văn Mẫu,1990-01-01,Nam,Việt Nam\n"
        "001090990002,Nguyễn Văn Hai,1990-02-30,Nam,Việt Nam\n");
  const Ran ran = run_here({"import", folder / "persons.csv"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.out, HasSubstr("2 lines read: 1 persons added, 0 unchanged, 1 refused"));
  EXPECT_THAT(ran.err,
              HasSubstr("persons.csv:3: birth: It is no day of the form 1990-01-31 that exists. (BIRTH_MALFORMED)"));
  EXPECT_THAT(ran.err, Not(HasSubstr("001090990002")));
  const json report = json::parse(run_here({"import", folder / "persons.csv", "--json"}).out);
  EXPECT_EQ(report.at("unchanged"), 1);
  EXPECT_EQ(report.at("findings").at(0).at("line"), 3);
  write("good.csv", "number,full_name,birth,sex,nationality\n");
  const Ran empty = run_here({"import", folder / "good.csv", "--json"});
  EXPECT_EQ(empty.exit, 0);
  EXPECT_EQ(json::parse(empty.out).at("findings"), json::array());
}

TEST_F(CommandTest, DeliveryAndEventsAreRecorded) {
  const json roles = sample();
  const std::string adult = roles.at("adult"), holder = roles.at("holder");
  const std::vector<std::string> record{"card",   "record", adult,      "--chip",     "00000000000000ab",
                                        "--case", "C1",     "--issued", "2026-11-01", "--status",
                                        "active"};
  EXPECT_EQ(run_here({"mark", adult, "--case", "C1", "--state", "open"}).exit, 0);
  EXPECT_EQ(run_here({"mark", adult, "--case", "C2", "--state", "open"}).exit, 1);
  EXPECT_EQ(run_here(record).exit, 0);
  EXPECT_EQ(run_here(record).exit, 0);
  EXPECT_EQ(run_here({"mark", adult, "--case", "C1", "--state", "closed"}).exit, 0);
  EXPECT_EQ(run_here({"card", "status", adult, "--chip", "00000000000000AB", "--status", "lost"}).exit, 0);
  EXPECT_EQ(run_here({"card", "record", holder, "--chip", "00000000000000AC", "--case", "C3", "--issued", "2026-11-01",
                      "--status", "active"})
                .exit,
            1);
  EXPECT_EQ(run_here({"event", "death", holder, "--on", "2026-11-01"}).exit, 0);
  EXPECT_EQ(json::parse(run_here({"show", holder, "--json"}).out).at("alive"), false);
}

TEST_F(CommandTest, TheCardsOfALeakedSignerAreClosedInOneCommand) {
  const std::string adult = sample().at("adult");
  const auto closed = [&] { return run_here({"card", "closed"}).out; };
  const std::string before = closed();
  EXPECT_EQ(run_here({"card", "record", adult, "--chip", "00000000000000AB", "--case", "C1", "--issued", "2026-11-01",
                      "--status", "active"})
                .exit,
            0);
  EXPECT_EQ(closed(), before);
  const std::string line = R"({"case":"C1","reason":"signer-leaked","serial":"00000000000000AB","status":"revoked"})";
  write("status.jsonl", line + "\n");
  for (int time = 0; time < 2; ++time) {
    const Ran ran = run_here({"card", "close", folder / "status.jsonl"});
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("1 cards are closed"));
  }
  EXPECT_THAT(closed(), testing::ContainsRegex(
                            R"(."case":"C1","serial":"00000000000000AB","since":"20[0-9-]{8}","status":"revoked".)"));
  write("status.jsonl", "{\"serial\":\"00000000000000AB\",\"status\":\"active\"}\nnonsense\n" + line +
                            "\n{\"serial\":\"00000000000000FF\",\"status\":\"lost\"}\n");
  const Ran ran = run_here({"card", "close", folder / "status.jsonl", "--json"});
  EXPECT_EQ(ran.exit, 1);
  const json findings = json::parse(ran.out).at("findings");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings.at(0).at("code"), "CARD_LINE");
  EXPECT_EQ(findings.at(1).at("code"), "CARD_LINE");
  EXPECT_EQ(findings.at(2).at("code"), "CARD_NOT_FOUND");
  EXPECT_EQ(findings.at(2).at("where"), "line 4, chip");
}

}  // namespace
