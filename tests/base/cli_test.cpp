#include "pki/base/cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "pki/base/core/error.h"

namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Ran {
  int exit;
  std::string out, err;
};

class CliTest : public testing::Test {
 protected:
  CliTest() {
    program
        .verb({.name = "show",
               .summary = "Shows one.",
               .positional = {"NUMBER"},
               .declare =
                   [](auto& o) {
                     cli::add_text(o, "data", "where");
                     cli::add_texts(o, "csca", "anchors");
                     cli::add_number(o, "limit", "how many");
                     cli::add_flag(o, "json", "as JSON");
                   },
               .run =
                   [this](const cli::Arguments& a) {
                     seen = a.text("NUMBER") + "|" + a.text("data") + "|" + a.text_or("name", "none") + "|" +
                            (a.flag("json") ? "json" : "text") + "|" + std::to_string(a.texts("csca").size());
                     if (a.has("limit")) seen += "|" + std::to_string(a.number("limit"));
                     return cli::Exit::Done;
                   },
               .example = "tool show 1 --data DIR"})
        .verb({.name = "case open",
               .summary = "Opens.",
               .positional = {"FILE..."},
               .run =
                   [this](const cli::Arguments& a) {
                     seen = std::to_string(a.texts("FILE").size());
                     return cli::Exit::NotAcceptable;
                   }})
        .verb({.name = "fail",
               .summary = "Fails.",
               .positional = {},
               .run = [](const cli::Arguments&) -> cli::Exit {
                 throw base::Error(base::Fault::AskOperator, "doing it", "it was broken");
               }})
        .verb(
            {.name = "surprise", .summary = "Fails.", .positional = {}, .run = [](const cli::Arguments&) -> cli::Exit {
               throw std::runtime_error("unforeseen");
             }});
  }
  Ran run(std::vector<std::string> words) {
    words.insert(words.begin(), "tool");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit = program.main(static_cast<int>(words.size()), argv.data());
    std::string err = testing::internal::GetCapturedStderr();
    return {exit, testing::internal::GetCapturedStdout(), std::move(err)};
  }
  cli::Program program{"tool", "Does one thing well.", "tool show 1"};
  std::string seen;
};

TEST_F(CliTest, GivesTheVerbItsOptions) {
  EXPECT_EQ(run({"show", "7", "--data", "d", "--csca", "a", "--csca=b", "--limit", "3", "--json"}).exit, 0);
  EXPECT_EQ(seen, "7|d|none|json|2|3");
  EXPECT_EQ(run({"show", "--data=d", "7"}).exit, 0);
  EXPECT_EQ(seen, "7|d|none|text|0");
  EXPECT_EQ(run({"show", "--data=d", "--", "-7"}).exit, 0);
  EXPECT_EQ(seen, "-7|d|none|text|0");
}

TEST_F(CliTest, AVerbMayHaveTwoWordsAndTakeTheRest) {
  EXPECT_EQ(run({"case", "open", "a", "b", "c"}).exit, 1);
  EXPECT_EQ(seen, "3");
}

TEST_F(CliTest, HelpBeginsWithASentenceAndAnExample) {
  for (const char* const word : {"--help", "help"}) {
    const Ran ran = run({word});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, StartsWith("Does one thing well.\n\nExample:\n  tool show 1\n"));
    EXPECT_THAT(ran.out, HasSubstr("case open  Opens."));
  }
  const Ran verb = run({"show", "--help"});
  EXPECT_EQ(verb.exit, 0);
  EXPECT_THAT(verb.out, StartsWith("Shows one.\n\nExample:\n  tool show 1 --data DIR\n"));
  EXPECT_THAT(verb.out, HasSubstr("--limit"));
  EXPECT_THAT(run({"case", "open", "--help"}).out, HasSubstr("tool case open FILE..."));
  EXPECT_THAT(run({"--version"}).out, StartsWith("tool "));
}

TEST_F(CliTest, WrongUseIsExitTwoInOneLine) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"sho"},
                                             {"case"},
                                             {"case", "close"},
                                             {"show"},
                                             {"show", "7"},
                                             {"show", "7", "8", "--data", "d"},
                                             {"show", "7", "--dat", "d"},
                                             {"show", "7", "--data"},
                                             {"show", "7", "--data", "d", "--limit", "x"},
                                             {"show", "7", "--data", "d", "--data", "e"},
                                             {"--frob"}}) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.exit, 2) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("tool: "));
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_THAT(run({"show", "7"}).err, HasSubstr("--data is missing"));
  EXPECT_THAT(run({"show", "--data", "d"}).err, HasSubstr("NUMBER is missing"));
}

TEST_F(CliTest, FailuresAreExitThreeInOneLine) {
  const Ran failed = run({"fail"});
  EXPECT_EQ(failed.exit, 3);
  EXPECT_EQ(failed.err, "tool: doing it: it was broken\n");
  EXPECT_EQ(run({"surprise"}).exit, 3);
}

TEST_F(CliTest, AProgramMayHaveNoVerb) {
  cli::Program single("chip", "Is a chip.", "chip --port 1");
  single.verb(
      {.name = "",
       .summary = "Is a chip.",
       .positional = {},
       .declare = [](auto& o) { cli::add_number(o, "port", "port"); },
       .run = [](const cli::Arguments& a) { return a.number("port") == 1 ? cli::Exit::Done : cli::Exit::Failed; }});
  std::string name = "chip", option = "--port=1";
  char* argv[] = {name.data(), option.data(), nullptr};
  EXPECT_EQ(single.main(2, argv), 0);
}

}  // namespace
