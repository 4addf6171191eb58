// The seam to the card without a card: time limits, long answers, traces, scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "pki/base/core/error.h"
#include "smartcard/transport/deadline.h"
#include "smartcard/transport/observing_channels.h"
#include "smartcard/transport/pcsc.h"
#include "smartcard/transport/test_channels.h"
#include "smartcard/transport/whole_response.h"

namespace {

using base::Bytes;
using base::Error;
using base::Fault;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using transport::DeadlineWorker;
using transport::ScriptChannel;

template <class Act>
std::string error_of(Fault fault, Act act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

// Two channels of one kind before each other: the outer one wraps, or it does not compile.
static_assert(!std::is_copy_constructible_v<transport::CountingChannel>);
static_assert(!std::is_copy_constructible_v<transport::TracingChannel>);
static_assert(!std::is_copy_constructible_v<transport::FaultChannel>);
static_assert(!std::is_copy_assignable_v<transport::ScriptChannel>);

TEST(DeadlineTest, RunsCallsOnOneThreadAndPassesOnWhatTheyThrow) {
  DeadlineWorker worker("reader X");
  auto first = std::make_shared<std::thread::id>();
  auto second = std::make_shared<std::thread::id>();
  worker.run("one", milliseconds(10'000), [first] { *first = std::this_thread::get_id(); });
  worker.run("two", milliseconds(10'000), [second] { *second = std::this_thread::get_id(); });
  EXPECT_TRUE(*first == *second);
  EXPECT_TRUE(*first != std::this_thread::get_id());
  const auto text = error_of(Fault::PresentCardAgain, [&worker] {
    worker.run("three", milliseconds(10'000), [] { throw Error(Fault::PresentCardAgain, "reading", "gone"); });
  });
  EXPECT_THAT(text, HasSubstr("gone"));
  EXPECT_FALSE(worker.abandoned());
}

TEST(DeadlineTest, CleansUpBehindACallThatHangsOnItsThread) {
  std::promise<void> release;
  const auto hung = std::make_shared<std::promise<std::thread::id>>();
  const auto cleaned = std::make_shared<std::promise<std::thread::id>>();
  auto on_hung = hung->get_future(), on_cleaned = cleaned->get_future();
  {
    DeadlineWorker worker("reader X");
    error_of(Fault::AskOperator, [&] {
      worker.run("one", milliseconds(20), [hung, gate = release.get_future().share()] {
        hung->set_value(std::this_thread::get_id());
        gate.wait();
      });
    });
    worker.leave_behind([cleaned] { cleaned->set_value(std::this_thread::get_id()); });
  }
  EXPECT_EQ(on_cleaned.wait_for(milliseconds(0)), std::future_status::timeout);
  release.set_value();
  EXPECT_TRUE(on_cleaned.get() == on_hung.get());
}

TEST(DeadlineTest, AbandonsACallThatHangsAndNamesReaderAndStep) {
  auto release = std::make_shared<std::promise<void>>();
  auto returned = std::make_shared<std::promise<void>>();
  {
    DeadlineWorker worker("reader X");
    const auto text = error_of(Fault::AskOperator, [&] {
      worker.run("sending READ BINARY", milliseconds(20),
                 [gate = std::make_shared<std::shared_future<void>>(release->get_future().share()), returned] {
                   gate->wait();
                   returned->set_value();
                 });
    });
    EXPECT_THAT(text, HasSubstr("reader X"));
    EXPECT_THAT(text, HasSubstr("sending READ BINARY"));
    EXPECT_TRUE(worker.abandoned());
    const auto later = error_of(Fault::AskOperator, [&] { worker.run("next", milliseconds(20), [] {}); });
    EXPECT_THAT(later, HasSubstr("earlier command"));
  }
  // The worker is gone; the call comes back into memory that is still its own.
  release->set_value();
  returned->get_future().wait();
}

apdu::Response response(const char* hex) {
  return apdu::decode_response(base::hex(hex)).value();
}

TEST(WholeResponseTest, GathersALongAnswerWithGetResponse) {
  ScriptChannel card("> 00B0000000\n< 0102 6102\n> 00C0000002\n< 0304 6100\n> 00C0000000\n< 05 9000\n");
  const auto answer = transport::whole_response([&card](const apdu::Command& c) { return card.transmit(c); },
                                                {0x00, 0xB0, 0x00, 0x00, {}, 256});
  EXPECT_EQ(answer.data, base::hex("0102030405"));
  EXPECT_TRUE(answer.sw.ok());
  card.finish();
}

TEST(WholeResponseTest, RepeatsWithTheLengthThatTheCardNames) {
  ScriptChannel card("> 00B0000000\n< 6C05\n> 00B0000005\n< 0102030405 9000\n");
  const auto answer = transport::whole_response([&card](const apdu::Command& c) { return card.transmit(c); },
                                                {0x00, 0xB0, 0x00, 0x00, {}, 256});
  EXPECT_EQ(answer.data.size(), 5U);
  card.finish();
}

TEST(WholeResponseTest, LeavesSecureMessagingAlone) {
  for (const char* word : {"6C05", "6105"}) {
    for (const std::uint8_t cla : base::hex("0C8404")) {
      int sent = 0;
      const auto answer = transport::whole_response(
          [&](const apdu::Command&) {
            ++sent;
            return response(word);
          },
          {cla, 0xB0, 0x00, 0x00, {}, 256});
      EXPECT_EQ(base::to_hex(apdu::encode(answer)), word);
      EXPECT_EQ(sent, 1);
    }
  }
}

// ISO 7816-3 §12.2.1: with T=0 every answer to a command with data is fetched, also a protected one; by a plain
// command.
TEST(WholeResponseTest, FetchesAProtectedAnswerOverTZero) {
  for (const std::uint8_t cla : base::hex("0C84")) {
    std::vector<std::string> sent;
    std::vector<const char*> words{"6103", "6C02", "A1A26101", "A39000"};
    const auto answer = transport::whole_response(
        [&](const apdu::Command& command) {
          sent.push_back(base::to_hex(apdu::encode(command)));
          return response(words.at(sent.size() - 1));
        },
        {cla, 0xB0, 0x00, 0x00, base::hex("8E00"), std::nullopt}, transport::Transmission::T0);
    EXPECT_EQ(base::to_hex(apdu::encode(answer)), "A1A2A39000");
    const std::string plain = cla == 0x84 ? "80" : "00";
    EXPECT_THAT(sent, ElementsAre(testing::_, plain + "C0000003", plain + "C0000002", plain + "C0000001"));
  }
}

TEST(WholeResponseTest, EndsAnAnswerThatHasNoEnd) {
  const auto run = [](const char* word) {
    return error_of(Fault::PresentCardAgain, [word] {
      transport::whole_response([word](const apdu::Command&) { return response(word); }, {0, 0xB0, 0, 0, {}, 256});
    });
  };
  EXPECT_THAT(run("6101"), HasSubstr("sends nothing"));
  EXPECT_THAT(run("00000000000000000000000000000000000000000000000000000000000000006100"), HasSubstr("no end"));
}

TEST(WholeResponseTest, EndsAnAnswerThatTrickles) {
  int sent = 0;
  const std::string why = error_of(Fault::PresentCardAgain, [&sent] {
    transport::whole_response(
        [&sent](const apdu::Command&) {
          ++sent;
          return response("A16100");
        },
        {0, 0xB0, 0, 0, {}, 256});
  });
  EXPECT_THAT(why, HasSubstr("no end"));
  EXPECT_LT(sent, 16);
}

TEST(DemandTest, GivesTheDataOrSaysWhatWasBeingDone) {
  ScriptChannel card("> 0084000008\n< 0102 9000\n> 0084000008\n< 6982\n");
  const apdu::Command command{0x00, 0x84, 0x00, 0x00, {}, 8};
  EXPECT_EQ(transport::demand(card, command, "asking for a challenge"), base::hex("0102"));
  const auto text = error_of(Fault::AskOperator, [&] { transport::demand(card, command, "asking for a challenge"); });
  EXPECT_THAT(text, HasSubstr("asking for a challenge"));
  EXPECT_THAT(text, HasSubstr("the card refuses: 6982 (security status not satisfied)"));
}

std::vector<std::string> trace_of(const std::string& script, const std::vector<apdu::Command>& commands) {
  ScriptChannel card(script);
  std::vector<std::string> lines;
  transport::TracingChannel traced(card, [&lines](std::string_view line) { lines.emplace_back(line); });
  for (const auto& command : commands) traced.transmit(command);
  card.finish();
  return lines;
}

TEST(TracingTest, ShowsWhatCarriesNeitherKeysNorPersons) {
  EXPECT_THAT(trace_of("> 00A4020C02011E\n< 9000\n", {{0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt}}),
              ElementsAre("SELECT 00A4020C 011E -> 9000 (done)"));
}

TEST(TracingTest, ShowsOnlyHeaderAndLengthOfWhatCarriesKeysPinsOrPersons) {
  EXPECT_THAT(
      trace_of("> 80D8308103AABBCC\n< 9000\n> 0020000004 31323334\n< 63C2\n> 80E2080002AABB\n< 9000\n"
               "> 00B0000004\n< AABBCCDD9000\n> 00EE000001AA\n< BB9000\n",
               {{0x80, 0xD8, 0x30, 0x81, base::hex("AABBCC"), std::nullopt},
                {0x00, 0x20, 0x00, 0x00, base::hex("31323334"), std::nullopt},
                {0x80, 0xE2, 0x08, 0x00, base::hex("AABB"), std::nullopt},
                {0x00, 0xB0, 0x00, 0x00, {}, 4},
                {0x00, 0xEE, 0x00, 0x00, base::hex("AA"), std::nullopt}}),
      ElementsAre("PUT KEY 80D83081 [3 bytes] -> 9000 (done)", "VERIFY 00200000 [4 bytes] -> 63C2 (2 tries left)",
                  "STORE DATA 80E20800 [2 bytes] -> 9000 (done)", "READ BINARY 00B00000 -> [4 bytes] 9000 (done)",
                  "command 00EE0000 [1 bytes] -> [1 bytes] 9000 (done)"));
}

TEST(TracingTest, ShowsOnlyTheStatusWordUnderSecureMessaging) {
  EXPECT_THAT(
      trace_of("> 0CA4020C02AABB\n< CCDD9000\n> 84F2400002AABB\n< 6982\n",
               {{0x0C, 0xA4, 0x02, 0x0C, base::hex("AABB"), std::nullopt},
                {0x84, 0xF2, 0x40, 0x00, base::hex("AABB"), std::nullopt}}),
      ElementsAre("protected command -> 9000 (done)", "protected command -> 6982 (security status not satisfied)"));
}

TEST(CountingTest, CountsCommandsAndBytesAsTheyAreFramed) {
  ScriptChannel card("> 00A4020C02011E\n< 9000\n> 00B0000000 0003E8\n< 0102 9000\n");
  transport::CountingChannel counted(card);
  counted.transmit({0x00, 0xA4, 0x02, 0x0C, base::hex("011E"), std::nullopt});
  EXPECT_EQ(counted.bytes_sent(), 7);
  EXPECT_EQ(counted.bytes_received(), 2);
}

TEST(ScriptTest, FailsOnAnotherCommandAnExtraOneAndALeftoverOne) {
  const apdu::Command challenge{0x00, 0x84, 0x00, 0x00, {}, 8};
  ScriptChannel other("# a comment\n\n> 00 84 00 00 04  # wants four\n< 01020304 9000\n");
  EXPECT_THAT(error_of(Fault::FixConfiguration, [&] { other.transmit(challenge); }), HasSubstr("line 3"));
  EXPECT_THAT(error_of(Fault::FixConfiguration, [&] { other.finish(); }), HasSubstr("line 3"));
  ScriptChannel extra("");
  error_of(Fault::FixConfiguration, [&] { extra.transmit(challenge); });
  ScriptChannel leftover("> 0084000008\n< 9000\n");
  EXPECT_THAT(error_of(Fault::FixConfiguration, [&] { leftover.finish(); }), HasSubstr("never reached"));
}

TEST(ScriptTest, RefusesAMalformedScript) {
  for (const char* script : {"< 9000\n", "> 00A4\n> 00A4\n", "> 00A\n< 9000\n", "> xx\n< 9000\n", "> 00A40000\n"}) {
    error_of(Fault::FixConfiguration, [script] { ScriptChannel card(script); });
  }
}

TEST(ReaderChoiceTest, TakesTheExactNameElseTheOnlyOneThatContainsIt) {
  const std::vector<std::string> readers{"ACS 00 00", "ACS 00 00 01", "Virtual PCD 00 00"};
  EXPECT_EQ(transport::choose_reader(readers, "ACS 00 00"), "ACS 00 00");
  EXPECT_EQ(transport::choose_reader(readers, "Virtual"), "Virtual PCD 00 00");
  EXPECT_EQ(transport::choose_reader({"one"}, ""), "one");
  EXPECT_THAT(error_of(Fault::AskOperator, [&] { transport::choose_reader(readers, ""); }), HasSubstr("name one"));
  EXPECT_THAT(error_of(Fault::AskOperator, [&] { transport::choose_reader(readers, "ACS"); }),
              HasSubstr("more than one"));
  EXPECT_THAT(error_of(Fault::AskOperator, [&] { transport::choose_reader(readers, "Omni"); }),
              HasSubstr("no reader is called Omni"));
  EXPECT_THAT(error_of(Fault::AskOperator, [] { transport::choose_reader({}, ""); }), HasSubstr("plug one in"));
}

}  // namespace
