// The link to the reader driver, against a driver made of a socket: framing, silence where silence is due, tears.
#include "smartcard/simulator/vpcd_link.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

#include "pki/base/core/error.h"
#include "tests/simulator/card_side.h"

namespace simulator::testing {

namespace {

constexpr int kPatience = 20000;  // ms until a test gives up

// vpcd: listens, speaks first.
class Driver {
 public:
  Driver() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(address.sin_port);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    hang_up();
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }
  void accept() {
    pollfd waiting{listener_, POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, kPatience), 1);
    card_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    ASSERT_GE(card_, 0);
  }
  void hang_up() {
    if (card_ >= 0) ::close(card_);
    card_ = -1;
  }
  void send(const std::string& hex) {
    const auto bytes = base::hex(hex);
    ASSERT_EQ(::send(card_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // One message, as hexadecimal with its length; "closed" when the card has gone.
  std::string receive() {
    base::Bytes got;
    std::size_t due = 2;
    while (got.size() < due) {
      pollfd waiting{card_, POLLIN, 0};
      if (::poll(&waiting, 1, kPatience) != 1) return "nothing came";
      base::Bytes buffer(due - got.size());
      const ssize_t count = ::recv(card_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return "closed";
      got.insert(got.end(), buffer.begin(), buffer.begin() + count);
      if (got.size() == 2) due = 2 + static_cast<std::size_t>(got[0] << 8 | got[1]);
    }
    return base::to_hex(got);
  }

 private:
  int listener_;
  int card_ = -1;
  std::uint16_t port_ = 0;
};

class VpcdLinkTest : public ::testing::Test {
 protected:
  void insert(VpcdOptions options = {}) {
    options.port = driver.port();
    options.once = true;
    ended = std::async(std::launch::async, [this, options] {
      const auto self = ::pthread_self();
      thread.set_value(self);
      return serve_vpcd(chip, options);
    });
    driver.accept();
  }
  LinkEnd end() {
    if (ended.wait_for(std::chrono::milliseconds(kPatience)) != std::future_status::ready) {
      ADD_FAILURE() << "the link does not end";
    }
    return ended.get();
  }
  std::uint32_t counter() { return decode_state(store.load(), "test").keys.sequence_counter; }

  Driver driver;
  MemoryStore store{blank()};
  ScriptedRandom random;
  Chip chip{store, random};
  std::promise<pthread_t> thread;
  std::future<LinkEnd> ended;
};

const std::string kInitializeUpdate =
    "000E"
    "8050000008010203040506070800";

}  // namespace

TEST_F(VpcdLinkTest, AnswersTheAtrAndCommandsButNotPower) {
  insert();
  driver.send(
      "000101"
      "000102"
      "000100"
      "000104");
  EXPECT_EQ(driver.receive(), "00053B80800101") << "the first answer is the ATR's";
  driver.send("000580CA004500");
  EXPECT_EQ(driver.receive(), "000C45080123456789ABCDEF9000");
  driver.send(
      "000107"
      "0001FF"
      "0000"
      "000104");
  EXPECT_EQ(driver.receive(), "00053B80800101") << "other codes and empty messages are passed over";
  driver.hang_up();
  EXPECT_EQ(end(), LinkEnd::Lost);
}

TEST_F(VpcdLinkTest, TellsEachExchangeAndEachChangeOfPower) {
  std::vector<std::string> told;  // read after the link has ended
  insert({.on_exchange =
              [&](base::ByteView command, base::ByteView answer) {
                told.push_back(base::to_hex(command) + " " + base::to_hex(answer));
              },
          .on_power = [&] { told.emplace_back("power"); }});
  driver.send("000101");
  driver.send("000580CA004500");
  driver.receive();
  driver.send("000100");
  driver.send("000104");
  driver.receive();
  driver.hang_up();
  EXPECT_EQ(end(), LinkEnd::Lost);
  EXPECT_EQ(told, (std::vector<std::string>{"power", "80CA004500 45080123456789ABCDEF9000", "power"}));
}

TEST_F(VpcdLinkTest, PutsFragmentsTogether) {
  insert();
  for (const char* const byte : {"00", "05", "80", "CA", "00", "45", "00"}) driver.send(byte);
  EXPECT_EQ(driver.receive(), "000C45080123456789ABCDEF9000");
  driver.send("000104000104");
  EXPECT_EQ(driver.receive(), "00053B80800101");
  EXPECT_EQ(driver.receive(), "00053B80800101") << "and takes joined messages apart";
  driver.hang_up();
  end();
}

TEST_F(VpcdLinkTest, AnswersTheLongestMessage) {
  insert();
  driver.send("FFFF" + std::string(2 * 65535, '0'));
  EXPECT_EQ(driver.receive(), "00026700");
  driver.send(
      "0002"
      "00A4");
  EXPECT_EQ(driver.receive(), "00026700") << "two bytes are a broken APDU, not a code";
  driver.hang_up();
  end();
}

TEST_F(VpcdLinkTest, SaysItIsReadyWhenTheReaderHasSeenTheCard) {
  std::promise<void> ready;
  VpcdOptions options;
  options.on_ready = [&] { ready.set_value(); };
  auto seen = ready.get_future();
  insert(options);
  driver.send(
      "000101"
      "000580CA004500");
  driver.receive();
  EXPECT_EQ(seen.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  driver.send(
      "000104"
      "000104");
  EXPECT_EQ(seen.wait_for(std::chrono::milliseconds(kPatience)), std::future_status::ready);
  driver.hang_up();
  end();
}

TEST_F(VpcdLinkTest, CutsThePowerBeforeACommand) {
  VpcdOptions options;
  options.tear = parse_tear("before:2");
  insert(options);
  driver.send("000101000104");
  driver.receive();
  driver.send("000580CA004500");
  EXPECT_EQ(driver.receive(), "000C45080123456789ABCDEF9000");
  driver.send(kInitializeUpdate);
  EXPECT_EQ(driver.receive(), "closed");
  EXPECT_EQ(end(), LinkEnd::PowerCut);
  EXPECT_EQ(counter(), 0U);
}

TEST_F(VpcdLinkTest, CutsThePowerAfterACommand) {
  VpcdOptions options;
  options.tear = parse_tear("after:1");
  insert(options);
  driver.send(kInitializeUpdate);
  EXPECT_EQ(driver.receive(), "closed");
  EXPECT_EQ(end(), LinkEnd::PowerCut);
  EXPECT_EQ(counter(), 1U);
}

TEST_F(VpcdLinkTest, StopsAtASignal) {
  insert();
  driver.send("000104");
  driver.receive();
  ASSERT_EQ(::pthread_kill(thread.get_future().get(), SIGTERM), 0);
  EXPECT_EQ(end(), LinkEnd::Stopped);
  EXPECT_EQ(driver.receive(), "closed");
}

TEST_F(VpcdLinkTest, ComesBackAfterTheReaderWasAway) {
  VpcdOptions options;
  options.port = driver.port();
  ended = std::async(std::launch::async, [this, options] {
    thread.set_value(::pthread_self());
    return serve_vpcd(chip, options);
  });
  driver.accept();
  driver.hang_up();
  driver.accept();
  driver.send("000104");
  EXPECT_EQ(driver.receive(), "00053B80800101");
  ASSERT_EQ(::pthread_kill(thread.get_future().get(), SIGINT), 0);
  EXPECT_EQ(end(), LinkEnd::Stopped);
}

TEST(TearOptionTest, IsBeforeOrAfterANumberFromOne) {
  EXPECT_EQ(parse_tear("before:1").command, 1U);
  EXPECT_EQ(parse_tear("after:17").moment, Tear::Moment::After);
  for (const char* const text : {"", "before", "before:", "before:0", "after:-1", "after:1x", "during:1", "1"}) {
    EXPECT_THROW(parse_tear(text), base::Error) << text;
  }
}

}  // namespace simulator::testing
