#include "smartcard/inspection/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using base::Error;
using base::Fault;
using ::testing::ElementsAre;

// Plays what the reader does, turn by turn, and writes down what the gate did.
struct Played {
  std::vector<std::function<void()>> turns;  // of await and inspect together, in order
  std::vector<std::string> log;
  std::size_t next = 0;

  void turn() {
    const std::size_t now = next++;
    if (now < turns.size() && turns[now]) turns[now]();
  }
  void run(std::size_t cards) {
    inspection::Gate gate;
    gate.await = [this](bool present) {
      turn();
      log.push_back(present ? "in" : "out");
      return true;
    };
    gate.inspect = [this] {
      turn();
      return inspection::Report{};
    };
    gate.answer = [this](const inspection::Report&) { log.push_back("verdict"); };
    gate.tell = [this](const Error& error) { log.push_back("told: " + error.seen()); };
    gate.pause = [this] { log.push_back("pause"); };
    gate.cards = cards;
    run_gate(gate);
  }
};

std::function<void()> fails(Fault fault, const std::string& seen) {
  return [=] { throw Error(fault, "watching", seen); };
}

TEST(GateTest, GivesAVerdictForEachCardAndWaitsUntilItIsOut) {
  Played played;
  played.run(2);
  EXPECT_THAT(played.log, ElementsAre("in", "verdict", "out", "in", "verdict"));
}

TEST(GateTest, TellsOnceThatTheReaderIsAwayAndGoesOnWhenItIsBack) {
  Played played;
  const auto away = fails(Fault::AskOperator, "no reader");
  played.turns = {away, away, away};
  played.run(1);
  EXPECT_THAT(played.log, ElementsAre("told: no reader", "pause", "pause", "pause", "in", "verdict"));
}

TEST(GateTest, ACardTakenAwayTooEarlyGetsNoVerdict) {
  Played played;
  played.turns = {{}, fails(Fault::PresentCardAgain, "the card was removed")};
  played.run(1);
  EXPECT_THAT(played.log, ElementsAre("in", "told: the card was removed", "out", "in", "verdict"));
}

TEST(GateTest, AReaderThatLeavesWithItsCardIsLookedForAgain) {
  Played played;
  played.turns = {{}, {}, fails(Fault::AskOperator, "the service is gone")};
  played.run(2);
  EXPECT_THAT(played.log, ElementsAre("in", "verdict", "told: the service is gone", "pause", "in", "verdict"));
}

TEST(GateTest, AFileOfOursThatIsWrongEndsIt) {
  Played played;
  played.turns = {{}, fails(Fault::FixConfiguration, "no MRZ")};
  EXPECT_THROW(played.run(1), Error);
}

}  // namespace
