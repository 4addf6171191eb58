// The PC/SC channel over a service that misbehaves as real ones do.
#include "smartcard/transport/pcsc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <winscard.h>

#include "pki/base/core/error.h"
#include "tests/terminal/fake_pcsclite.h"

namespace {

using base::Error;
using base::Fault;
using base::hex;
using fake_pcsc::service;
using std::chrono::milliseconds;
using testing::HasSubstr;
using transport::PcscChannel;

const apdu::Command kChallenge{0x00, 0x84, 0x00, 0x00, {}, 8};

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

class PcscTest : public testing::Test {
 protected:
  PcscTest() { fake_pcsc::reset(); }
};

TEST_F(PcscTest, SaysWhatToDoWhenTheServiceDoesNotRun) {
  service().establish = SCARD_E_NO_SERVICE;
  EXPECT_THAT(error_of(Fault::AskOperator, [] { transport::list_readers(); }), HasSubstr("systemctl start pcscd"));
  EXPECT_THAT(error_of(Fault::AskOperator, [] { PcscChannel::open(""); }), HasSubstr("systemctl start pcscd"));
  service().establish = SCARD_W_SECURITY_VIOLATION;
  EXPECT_THAT(error_of(Fault::AskOperator, [] { PcscChannel::open(""); }), HasSubstr("90-cccd-pcscd.rules"));
}

TEST_F(PcscTest, SaysWhatToDoWithoutAReaderOrACard) {
  service().card = false;
  EXPECT_THAT(error_of(Fault::PresentCardAgain, [] { PcscChannel::open("Reader"); }),
              HasSubstr("no card in Reader A: put the card on the reader"));
  service().readers.clear();
  EXPECT_TRUE(transport::list_readers().empty());
  EXPECT_THAT(error_of(Fault::AskOperator, [] { PcscChannel::open(""); }), HasSubstr("plug one in"));
  EXPECT_EQ(service().contexts, 0);
}

TEST_F(PcscTest, ListsReadersAndTheirCards) {
  service().readers = {"Reader A", "Reader B"};
  const auto readers = transport::list_readers();
  ASSERT_EQ(readers.size(), 2U);
  EXPECT_EQ(readers[1].name, "Reader B");
  EXPECT_TRUE(readers[1].card_present);
}

TEST_F(PcscTest, WaitsForACardAsLongAsTold) {
  service().card = false;
  transport::PcscLimits limits;
  limits.insertion = milliseconds(1);
  EXPECT_THAT(error_of(Fault::PresentCardAgain, [&] { PcscChannel::open("", limits); }),
              HasSubstr("no card was put on Reader A within 1 s"));
  service().insert_on_wait = true;
  limits.insertion = milliseconds(60'000);
  EXPECT_EQ(PcscChannel::open("", limits)->reader(), "Reader A");
}

TEST_F(PcscTest, TriesAgainWhileTheCardHasNoPowerYet) {
  service().connects = {SCARD_W_UNPOWERED_CARD, SCARD_W_UNPOWERED_CARD};
  EXPECT_EQ(PcscChannel::open("")->atr(), hex("3B80800101"));
  service().connects = {SCARD_W_UNRESPONSIVE_CARD};
  EXPECT_THAT(error_of(Fault::PresentCardAgain, [] { PcscChannel::open(""); }), HasSubstr("take it off"));
  service().connects = {SCARD_E_SHARING_VIOLATION};
  EXPECT_THAT(error_of(Fault::AskOperator, [] { PcscChannel::open(""); }), HasSubstr("another program"));
}

TEST_F(PcscTest, KnowsExtendedLengthFromTheReadersProperties) {
  EXPECT_TRUE(PcscChannel::open("")->extended_length());
  for (const auto& largest :
       {std::optional<std::uint32_t>(0), std::optional<std::uint32_t>(256), std::optional<std::uint32_t>()}) {
    service().largest_apdu = largest;
    EXPECT_FALSE(PcscChannel::open("")->extended_length());
  }
  service().readers = {"Virtual PCD 00 00"};  // says nothing and takes them
  EXPECT_TRUE(PcscChannel::open("")->extended_length());
  service().readers = {"Reader A"};
  const auto channel = PcscChannel::open("");
  const auto text = error_of(Fault::AskOperator, [&] { channel->transmit({0x00, 0xB0, 0x00, 0x00, {}, 1000}); });
  EXPECT_THAT(text, HasSubstr("short commands only"));
}

TEST_F(PcscTest, SendsACommandAndFetchesTheWholeAnswer) {
  service().answers = {{0, hex("01026101")}, {0, hex("039000")}};
  const auto channel = PcscChannel::open("");
  const auto answer = channel->transmit(kChallenge);
  EXPECT_EQ(answer.data, hex("010203"));
  EXPECT_EQ(service().sent[0], hex("0084000008"));
  EXPECT_EQ(service().sent[1], hex("00C0000001"));
}

TEST_F(PcscTest, LeavesOutLeOfACaseFourCommandOverTZero) {
  service().t1 = false;
  service().answers = {{0, hex("9000")}};
  const auto channel = PcscChannel::open("");
  channel->transmit({0x00, 0x88, 0x00, 0x00, hex("01"), 256});
  EXPECT_EQ(service().sent[0], hex("008800000101"));
  service().answers = {{0, hex("6102")}, {0, hex("99029000")}};
  EXPECT_EQ(channel->transmit({0x0C, 0xB0, 0x00, 0x00, hex("8E"), 256}).data, hex("9902"));
  EXPECT_FALSE(channel->extended_length());
}

TEST_F(PcscTest, SaysThatTheCardIsGoneAndWhere) {
  const auto channel = PcscChannel::open("");
  for (const long code : {SCARD_W_REMOVED_CARD, SCARD_E_NO_SMARTCARD, SCARD_E_NOT_TRANSACTED, SCARD_W_UNPOWERED_CARD}) {
    service().answers = {{code, {}}};
    const auto text = error_of(Fault::PresentCardAgain, [&] { channel->transmit(kChallenge); });
    EXPECT_THAT(text, HasSubstr("the card was removed from Reader A: put it back"));
    EXPECT_THAT(text, HasSubstr("GET CHALLENGE"));
  }
  service().answers = {{SCARD_E_READER_UNAVAILABLE, {}}};
  EXPECT_THAT(error_of(Fault::AskOperator, [&] { channel->transmit(kChallenge); }), HasSubstr("is gone"));
  service().answers = {{0, hex("90")}};
  EXPECT_THAT(error_of(Fault::PresentCardAgain, [&] { channel->transmit(kChallenge); }), HasSubstr("was cut"));
}

TEST_F(PcscTest, ConnectsAnewAfterAResetAndTellsTheTruth) {
  service().answers = {{SCARD_W_RESET_CARD, {}}, {0, hex("9000")}};
  const auto channel = PcscChannel::open("");
  const auto text = error_of(Fault::PresentCardAgain, [&] { channel->transmit(kChallenge); });
  EXPECT_THAT(text, HasSubstr("repeat the step"));
  EXPECT_EQ(service().reconnects, 1);
  EXPECT_TRUE(channel->transmit(kChallenge).sw.ok());
}

TEST_F(PcscTest, ResetsTheCardOnlyWhenAsked) {
  const auto channel = PcscChannel::open("");
  EXPECT_EQ(service().resets, 0);
  channel->reset();
  EXPECT_EQ(service().resets, 1);
  service().answer_to_reset = SCARD_E_SHARING_VIOLATION;
  EXPECT_THAT(error_of(Fault::AskOperator, [&] { channel->reset(); }), HasSubstr("another program holds the card"));
}

// Who comes next would not be seen by the service before it has noticed that this one left.
TEST_F(PcscTest, WaitsUntilTheServiceHasSeenThatACardResetInVainIsGone) {
  const auto channel = PcscChannel::open("");
  service().answer_to_reset = SCARD_W_UNRESPONSIVE_CARD;
  service().gone_after_reset = true;
  EXPECT_THAT(error_of(Fault::PresentCardAgain, [&] { channel->reset(); }), HasSubstr("was removed from Reader A"));
  EXPECT_FALSE(service().card);
}

TEST_F(PcscTest, HoldsTheCardWhileATransactionLives) {
  const auto channel = PcscChannel::open("");
  {
    const PcscChannel::Transaction held(*channel);
    EXPECT_EQ(service().transactions, 1);
  }
  EXPECT_EQ(service().transactions, 0);
}

TEST_F(PcscTest, ClosesConnectionAndContext) {
  PcscChannel::open("");
  EXPECT_EQ(service().disconnects, 1);
  EXPECT_EQ(service().contexts, 0);
}

TEST_F(PcscTest, GivesUpOnACardThatNeverAnswers) {
  std::promise<void> release;
  service().gate = release.get_future().share();
  transport::PcscLimits limits;
  limits.command = milliseconds(20);
  auto channel = PcscChannel::open("", limits);
  const auto text = error_of(Fault::AskOperator, [&] { channel->transmit(kChallenge); });
  EXPECT_THAT(text, HasSubstr("Reader A"));
  EXPECT_THAT(text, HasSubstr("GET CHALLENGE"));
  error_of(Fault::AskOperator, [&] { channel->transmit(kChallenge); });
  channel.reset();  // does not wait for the call that hangs
  EXPECT_EQ(service().disconnects, 0);
  const auto closed = service().closed.get_future();
  release.set_value();
  closed.wait();  // the call came back, and the connection was closed behind it
}

// Closing may hang as the command did: it never runs on the caller's thread, which no limit guards.
TEST_F(PcscTest, ClosesBehindACardThatAnsweredTooLateOnTheWorkersThread) {
  std::promise<void> release;
  service().gate = release.get_future().share();
  transport::PcscLimits limits;
  limits.command = milliseconds(20);
  auto channel = PcscChannel::open("", limits);
  error_of(Fault::AskOperator, [&] { channel->transmit(kChallenge); });
  const auto closed = service().closed.get_future();
  release.set_value();
  channel.reset();
  closed.wait();
  EXPECT_TRUE(service().closed_on == service().opened_on);
  EXPECT_TRUE(service().closed_on != std::this_thread::get_id());
}

}  // namespace
