// cccd-chip in a real reader: a pcscd of its own (private-pcscd), the vpcd driver, libpcsclite. Says so when it cannot
// run.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winscard.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>

#include "pki/base/core/files.h"
#include "smartcard/simulator/chip.h"
#include "tests/simulator/card_side.h"

extern char** environ;

namespace simulator::testing {

namespace {

const std::string kScript = CCCD_SOURCE_DIR "/smartcard/simulator/private-pcscd";
const std::string kProgram = CCCD_BUILD_DIR "/bin/cccd-chip";
constexpr DWORD kPatience = 20000;  // ms

class Process {
 public:
  explicit Process(std::vector<std::string> words, const std::string& output = {}) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (!output.empty()) {
      ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    if (::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  void signal(int number) const { ::kill(pid_, number); }
  int wait() {  // the exit code, -1 when it did not exit by itself
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
};

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

class ReaderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = ::testing::TempDir() + "readerXXXXXX";
    folder_ = ::mkdtemp(name.data());
    possible_ = std::filesystem::exists("/usr/lib/pcsc/drivers/serial/libifdvpcd.so") &&
                std::filesystem::exists("/usr/sbin/pcscd") &&
                Process(::geteuid() == 0
                            ? std::vector<std::string>{"/usr/bin/unshare", "--mount", "/bin/true"}
                            : std::vector<std::string>{"/usr/bin/unshare", "--mount", "--map-root-user", "/bin/true"})
                        .wait() == 0;
    if (!possible_) return;
    started_ =
        Process({kScript, "start", "--dir", folder_, "--port", "0", "--port", "0"}, folder_ + "/socket").wait() == 0;
    ::setenv("PCSCLITE_CSOCK_NAME", first_line(folder_ + "/socket").c_str(), 1);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(Process({kScript, "stop", "--dir", folder_}).wait(), 0);
    std::filesystem::remove_all(folder_);
  }

  void SetUp() override {
    if (!possible_) GTEST_SKIP() << "no private pcscd here: it needs pcscd, vsmartcard-vpcd and a mount namespace";
    ASSERT_TRUE(started_) << "private-pcscd start failed";
    ASSERT_EQ(::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_), SCARD_S_SUCCESS);
  }
  void TearDown() override {
    if (card_ != 0) ::SCardDisconnect(card_, SCARD_LEAVE_CARD);
    if (context_ != 0) await_card(false);  // the next test must not meet this one's card
    if (context_ != 0) ::SCardReleaseContext(context_);
  }

  std::string state() const { return folder_ + "/chip.state"; }
  void make_chip(const State& content) const {
    std::filesystem::remove(state());
    FileStore::create(state(), content);
  }
  std::vector<std::string> chip_words(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{kProgram, "--state", state(), "--port", first_line(folder_ + "/ports")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // Waits until the card is there, or is gone.
  void await_card(bool present) const {
    SCARD_READERSTATE reader{};
    reader.szReader = kReader;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience);
    do {
      ASSERT_EQ(::SCardGetStatusChange(context_, kPatience, &reader, 1), SCARD_S_SUCCESS);
      reader.dwCurrentState = reader.dwEventState;
    } while (((reader.dwEventState & SCARD_STATE_PRESENT) != 0) != present && std::chrono::steady_clock::now() < end);
  }
  void connect() {
    await_card(true);
    DWORD protocol = 0;
    LONG rc = SCARD_W_UNPOWERED_CARD;
    for (int i = 0; i < 50 && rc == SCARD_W_UNPOWERED_CARD; ++i) {  // just after insertion
      rc = ::SCardConnect(context_, kReader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1, &card_, &protocol);
    }
    ASSERT_EQ(rc, SCARD_S_SUCCESS) << ::pcsc_stringify_error(rc);
  }
  LONG exchange(const base::Bytes& command, base::Bytes& answer) {
    answer.resize(65538);
    DWORD size = answer.size();
    const LONG rc = ::SCardTransmit(card_, SCARD_PCI_T1, command.data(), command.size(), nullptr, answer.data(), &size);
    answer.resize(rc == SCARD_S_SUCCESS ? size : 0);
    return rc;
  }
  std::string send(const std::string& hex) {
    base::Bytes answer;
    const LONG rc = exchange(base::hex(hex), answer);
    return rc == SCARD_S_SUCCESS ? base::to_hex(answer) : ::pcsc_stringify_error(rc);
  }

  static constexpr const char* kReader = "Virtual PCD 00 00";
  static inline std::string folder_;
  static inline bool possible_ = false;
  static inline bool started_ = false;
  SCARDCONTEXT context_ = 0;
  SCARDHANDLE card_ = 0;
};

}  // namespace

TEST_F(ReaderTest, IsACardThatPcscProgramsFind) {
  make_chip(personalized());
  Process chip(chip_words());
  connect();
  base::Bytes atr(MAX_ATR_SIZE);
  DWORD name_size = 0, atr_size = atr.size(), status = 0, protocol = 0;
  ASSERT_EQ(::SCardStatus(card_, nullptr, &name_size, &status, &protocol, atr.data(), &atr_size), SCARD_S_SUCCESS);
  atr.resize(atr_size);
  EXPECT_EQ(atr, Chip::atr());
  EXPECT_EQ(send("80CA004500"), "45080123456789ABCDEF9000");
  EXPECT_EQ(send("00CA004500"
                 "00"),
            "6700");
  EXPECT_EQ(send("00A4040C07A0000002471001"), "9000");
  EXPECT_EQ(send("0084000008").size(), 20U);
  chip.signal(SIGTERM);
  EXPECT_EQ(chip.wait(), 0);
}

TEST_F(ReaderTest, EachSlotOfEachPortHasANameOfItsOwn) {
  std::string names(4096, '\0');
  DWORD size = names.size();
  ASSERT_EQ(::SCardListReaders(context_, nullptr, names.data(), &size), SCARD_S_SUCCESS);
  names.resize(size);
  std::vector<std::string> readers;
  for (std::size_t at = 0; names[at] != '\0'; at += readers.back().size() + 1) {
    readers.emplace_back(names.c_str() + at);
  }
  EXPECT_EQ(readers, (std::vector<std::string>{"Virtual PCD 00 00", "Virtual PCD 00 01", "Virtual PCD 2 00 00",
                                               "Virtual PCD 2 00 01"}));
}

TEST_F(ReaderTest, ForgetsItsSelectionWhenTheReaderResetsIt) {
  make_chip(personalized());
  Process chip(chip_words());
  connect();
  ASSERT_EQ(send("00A4040C07A0000002471001"), "9000");
  DWORD protocol = 0;
  ASSERT_EQ(::SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1, SCARD_RESET_CARD, &protocol),
            SCARD_S_SUCCESS);
  EXPECT_EQ(send("0084000008"), "6D00");
}

TEST_F(ReaderTest, TakesExtendedLength) {
  make_chip(personalized());
  Process chip(chip_words());
  connect();
  base::Bytes command = base::hex("00A4040C00FF00");
  command.resize(command.size() + 0xFF00);
  base::Bytes answer;
  ASSERT_EQ(exchange(command, answer), SCARD_S_SUCCESS);
  EXPECT_EQ(base::to_hex(answer), "6A82");
}

TEST_F(ReaderTest, AnswersWithoutTheDelayedAcknowledgment) {
  make_chip(personalized());
  Process chip(chip_words());
  connect();
  std::vector<double> micros;
  for (int i = 0; i < 200; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(send("80CA004500"), "45080123456789ABCDEF9000");
    micros.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::nth_element(micros, micros.begin() + 100);
  RecordProperty("median_round_trip_us", std::to_string(micros[100]));
  EXPECT_LT(micros[100], 20000.0) << "44 ms a command mean that TCP_QUICKACK is lost";
}

TEST_F(ReaderTest, LosesPowerAfterACommandTookEffect) {
  make_chip(blank());
  Process chip(chip_words({"--tear", "after:2"}));
  connect();
  ASSERT_EQ(send("80CA004500"), "45080123456789ABCDEF9000");
  EXPECT_EQ(send("8050000008010203040506070800").find("9000"), std::string::npos) << "no answer";
  EXPECT_EQ(chip.wait(), 0);
  FileStore store(state());
  EXPECT_EQ(decode_state(store.load(), "test").keys.sequence_counter, 1U);
}

TEST_F(ReaderTest, ReckonsTheTimeOfARealCardAndDoesNotWait) {
  make_chip(personalized());
  const std::string report = folder_ + "/link.json";
  Process chip(chip_words({"--link", "contact-9600", "--link-report", report}));
  connect();
  ASSERT_EQ(send("00A4040C07A0000002471001"), "9000");
  for (int i = 0; i < 12; ++i) {  // the last tries would take 6.4 s each
    ASSERT_EQ(send("0084000008").substr(16), "9000");
    ASSERT_EQ(send("0082000028" + std::string(80, '0') + "28"), "6300");
  }
  chip.signal(SIGTERM);
  EXPECT_EQ(chip.wait(), 0);
  std::ifstream in(report);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(text.find("\"link\": \"contact-9600\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"commands\": 25"), std::string::npos) << text;
  EXPECT_NE(text.find("\"pause\": 38300000"), std::string::npos) << "6.3 s and five times 6.4 s\n" << text;
}

TEST_F(ReaderTest, RefusesASecondProcessForTheSameChip) {
  make_chip(blank());
  Process chip(chip_words({"--ready-file", folder_ + "/ready"}));
  connect();
  EXPECT_EQ(first_line(folder_ + "/ready"), "ready");
  EXPECT_EQ(Process(chip_words()).wait(), 3);
}

TEST_F(ReaderTest, IsMadeOnTheCommandLine) {
  const std::string keys = folder_ + "/keys.toml";
  const std::string digits(32, '4');
  base::write_text_file(
      keys, "version = 0x30\nenc = \"" + digits + "\"\nmac = \"" + digits + "\"\ndek = \"" + digits + "\"\n",
      "writing a test file", base::Access::OwnerOnly);
  const std::string made = folder_ + "/made.state";
  std::filesystem::remove(made);
  const std::vector<std::string> init{kProgram,  "--init", "--serial",         "00112233AABBCCDD",
                                      "--state", made,     "--transport-keys", keys};
  EXPECT_EQ(Process(init).wait(), 0);
  FileStore store(made);
  EXPECT_EQ(base::to_hex(decode_state(store.load(), "test").serial), "00112233AABBCCDD");
  EXPECT_EQ(Process(init).wait(), 3) << "it is not overwritten";
  EXPECT_EQ(Process({kProgram, "--init-clone", made, "--state", folder_ + "/clone.state"}).wait(), 0);
  EXPECT_EQ(Process({kProgram, "--state", made, "--serial", "00"}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--init", "--port", "1"}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--init", "--init-clone", made}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--tear", "never"}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--link", "contact-9600"}).wait(), 2) << "without a report";
  EXPECT_EQ(Process({kProgram, "--state", made, "--link", "none", "--link-report", folder_ + "/none.json"}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--s16"}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", made, "--port", "70000"}).wait(), 2);
  EXPECT_EQ(Process({kProgram}).wait(), 2);
  EXPECT_EQ(Process({kProgram, "--state", folder_ + "/none.state"}).wait(), 3);
}

}  // namespace simulator::testing
