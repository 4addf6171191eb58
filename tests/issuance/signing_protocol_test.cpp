// The signer behind its protocol and its socket: what a hostile client can send, and what a station hears when nobody
// answers.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "issuance/signing/protocol.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/ask.h"
#include "pki/base/net/frame.h"
#include "pki/base/net/server.h"
#include "tests/issuance/signing_world.h"

extern char** environ;  // NOLINT: POSIX names it so

namespace {

using namespace signing_test;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class SigningProtocol : public testing::Test {
 protected:
  std::string answer(std::string_view request) { return signing::handle(request, signer_, {}); }
  std::vector<std::string> refusal(std::string_view request) { return codes(signing::read_sod(answer(request))); }
  World world_;
  signing::Signer signer_ = world_.signer();
};

TEST_F(SigningProtocol, AssignsAndSignsThroughItsTexts) {
  const auto c = world_.good_case();
  const auto assignment = std::get<signing::Assignment>(
      signing::read_assignment(answer(signing::assign_request(c.evidence, kSerial, kdd_of(kSerial)))));
  EXPECT_EQ(assignment.serial, kSerial);
  EXPECT_EQ(assignment.keys.version, 0x31);
  EXPECT_EQ(assignment.keys.mac.size(), 16U);
  const auto sod = signing::read_sod(answer(signing::sign_request(world_.sign_request(c, assignment.id))));
  EXPECT_EQ(std::get<base::Bytes>(sod)[0], 0x77);
  EXPECT_EQ(signing::read_certificate(answer(signing::certificate_request())), document_signer().certificate());
}

TEST_F(SigningProtocol, ARefusalCarriesItsFindingsWhole) {
  const auto c = world_.good_case();
  const auto outcome =
      signing::read_assignment(answer(signing::assign_request(c.evidence, kForeignSerial, kdd_of(kForeignSerial))));
  const auto& list = std::get<base::Findings>(outcome).list();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].code, "CHIP_NOT_IN_STOCK");
  EXPECT_EQ(list[0].where, "chip");
  EXPECT_EQ(list[0].severity, base::Severity::Fail);
}

TEST_F(SigningProtocol, RefusesEveryTextThatIsNoRequest) {
  for (const std::string& garbage :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"), std::string("\xFF\xFE"),
        std::string("{\"version\":1}"), std::string("{\"version\":2,\"request\":\"certificate\"}"),
        std::string("{\"version\":1,\"request\":\"issue\"}"), std::string("{\"version\":1,\"request\":7}"),
        std::string("{\"version\":1,\"request\":\"certificate\",\"more\":1}"), std::string(1 << 20, '['),
        std::string(200'000, '{')}) {
    EXPECT_THAT(refusal(garbage), ElementsAre("REQUEST_MALFORMED")) << garbage.substr(0, 60);
  }
}

TEST_F(SigningProtocol, RefusesEveryRequestWithAFieldMissingAddedOrOfAnotherType) {
  const auto c = world_.good_case();
  for (const std::string& text : {signing::assign_request(c.evidence, kSerial, kdd_of(kSerial)),
                                  signing::sign_request(world_.sign_request(c, "id"))}) {
    const auto good = json::parse(text);
    for (const auto& [field, value] : good.items()) {
      for (const json& bad : {json(1.5), json(nullptr), json::array({1}), json("%")}) {
        if (field == "assignment" && bad.is_string()) continue;  // any text may name an assignment
        auto changed = good;
        changed[field] = bad;
        EXPECT_THAT(refusal(changed.dump()), ElementsAre("REQUEST_MALFORMED")) << field << " " << bad;
      }
      auto without = good;
      without.erase(field);
      EXPECT_THAT(refusal(without.dump()), ElementsAre("REQUEST_MALFORMED")) << field;
    }
    auto more = good;
    more["evidence"]["more"] = "";
    EXPECT_THAT(refusal(more.dump()), ElementsAre("REQUEST_MALFORMED"));
    more = good;
    more["evidence"]["approvals"] = std::vector<std::string>(9, c.evidence.approvals[0]);
    EXPECT_THAT(refusal(more.dump()), ElementsAre("REQUEST_MALFORMED"));
  }
}

// Law: whatever the text, an answer comes back that the asking side understands, and nothing is bound or signed by a
// text that differs from a good request in one octet outside its meaning.
TEST_F(SigningProtocol, AnyOctetChangedGivesAnAnswerAndNeverAChip) {
  const auto good = signing::assign_request(world_.good_case().evidence, kForeignSerial, kdd_of(kForeignSerial));
  base::SeededRandom random(11);
  for (int i = 0; i < 400; ++i) {
    auto bytes = random.bytes(5);
    std::string changed = good;
    const std::size_t at = (std::size_t{bytes[0]} << 16 | std::size_t{bytes[1]} << 8 | bytes[2]) % changed.size();
    changed[at] = static_cast<char>(bytes[3]);
    if (bytes[4] < 64) changed.resize(at);
    const auto outcome = signing::read_assignment(answer(changed));
    EXPECT_TRUE(std::holds_alternative<base::Findings>(outcome));
  }
  EXPECT_EQ(stock::Book(world_.store).count(stock::State::Assigned), 0);
}

TEST_F(SigningProtocol, AFailureOfTheWorldIsToldAsOneAndThrownByTheAskingSide) {
  std::filesystem::remove(world_.home.trust());
  const std::string text = answer(signing::assign_request(world_.good_case().evidence, kSerial, kdd_of(kSerial)));
  EXPECT_THAT(text, HasSubstr("FIX_CONFIGURATION"));
  try {
    signing::read_assignment(text);
    FAIL() << "a failure is no answer";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("cccd-signer, reading the trust directory"));
  }
}

TEST_F(SigningProtocol, TheAskingSideRefusesAnAnswerThatIsNone) {
  for (const char* bad :
       {"", "{}", "[]", "{\"version\":1,\"result\":\"done\"}", "{\"version\":2,\"result\":\"done\"}",
        "{\"version\":1,\"result\":\"refused\",\"findings\":[]}", "{\"version\":1,\"result\":\"done\",\"sod\":\"\"}"}) {
    EXPECT_THROW(signing::read_sod(bad), base::Error) << bad;
    EXPECT_THROW(signing::read_assignment(bad), base::Error) << bad;
    EXPECT_THROW(signing::read_certificate(bad), base::Error) << bad;
  }
}

TEST_F(SigningProtocol, TheAskingSideTakesCardKeysOfTheThreeLengthsAllAlike) {
  const auto keys_of = [](std::size_t enc, std::size_t mac, std::size_t dek) {
    const auto key = [](std::size_t octets) { return base::to_base64url(base::Bytes(octets, 0x11)); };
    return json{{"version", 1},
                {"result", "done"},
                {"assignment", "a"},
                {"serial", kSerial},
                {"keys", {{"version", 49}, {"enc", key(enc)}, {"mac", key(mac)}, {"dek", key(dek)}}}}
        .dump();
  };
  for (const std::size_t octets : {16U, 24U, 32U}) {
    const auto read = signing::read_assignment(keys_of(octets, octets, octets));
    EXPECT_EQ(std::get<signing::Assignment>(read).keys.dek.size(), octets);
  }
  for (const auto& wrong : {keys_of(15, 15, 15), keys_of(20, 20, 20), keys_of(33, 33, 33), keys_of(0, 0, 0),
                            keys_of(32, 16, 32), keys_of(16, 16, 24), keys_of(24, 32, 32)}) {
    EXPECT_THROW(signing::read_assignment(wrong), base::Error) << wrong;
  }
}

// --- frames -------------------------------------------------------------------------------------------------------

TEST(SigningWire, AFrameArrivesInAnyPieces) {
  using Progress = net::FrameReader::Progress;
  const std::string sent = net::frame("hello");
  EXPECT_EQ(sent, std::string("\0\0\0\5hello", 9));
  net::FrameReader reader;
  for (std::size_t i = 0; i + 1 < sent.size(); ++i) EXPECT_EQ(reader.take(sent.substr(i, 1)), Progress::NeedsMore);
  EXPECT_EQ(reader.take(sent.substr(8)), Progress::Complete);
  EXPECT_EQ(reader.message(), "hello");
  EXPECT_EQ(net::FrameReader().take(std::string("\0\0\0\1ab", 6)), Progress::LeftOver);
  EXPECT_EQ(net::FrameReader().take(std::string("\0\x10\0\1", 4)), Progress::TooLarge);
  EXPECT_EQ(net::FrameReader().take("\xFF\xFF\xFF\xFF"), Progress::TooLarge);
  EXPECT_EQ(net::FrameReader().take(std::string("\0\0\0\0", 4)), Progress::Complete);
}

// --- the socket ---------------------------------------------------------------------------------------------------

// A connection that says what it likes.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(descriptor_); }
  void say(std::string_view text) { ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Everything until the other side hangs up.
  std::string hear() {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int descriptor_;
};

class SigningServer : public testing::Test {
 protected:
  void start(std::chrono::seconds request_time = std::chrono::seconds{5}) {
    server_ = std::make_unique<net::Server>(
        "cccd-signer", path_,
        [this](std::string_view request, const signing::Peer& peer) { return handle(request, peer); }, request_time);
    thread_ = std::thread([this] { server_->run(stop_); });
  }
  std::string handle(std::string_view request, const signing::Peer& peer) {
    peer_ = peer;
    return signing::handle(request, signer_, peer);
  }
  void TearDown() override {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    if (thread_.joinable()) thread_.join();
    server_.reset();
    ::close(stop_);
    EXPECT_FALSE(std::filesystem::exists(path_)) << "the socket goes with its server";
  }
  World world_;
  signing::Signer signer_ = world_.signer();
  std::string path_ = (world_.folder / "signer.sock").string();
  int stop_ = ::eventfd(0, EFD_CLOEXEC);
  signing::Peer peer_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

TEST_F(SigningServer, TheClientGetsChipSignatureAndCertificate) {
  start();
  signing::SignerClient client(path_);
  EXPECT_EQ(client.certificate(), document_signer().certificate());
  const auto c = world_.good_case();
  const auto assignment = std::get<signing::Assignment>(client.assign(c.evidence, kSerial, kdd_of(kSerial)));
  const auto sod = client.sign(world_.sign_request(c, assignment.id));
  EXPECT_TRUE(std::holds_alternative<base::Bytes>(sod));
  EXPECT_EQ(peer_.uid, static_cast<std::int64_t>(::getuid()));
  EXPECT_EQ(peer_.pid, static_cast<std::int64_t>(::getpid()));
}

TEST_F(SigningServer, TheSocketIsForOwnerAndGroupOnly) {
  start();
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0660U);
}

TEST_F(SigningServer, AnOversizedFrameIsRefusedAtItsHeader) {
  start();
  RawClient client(path_);
  client.say("\xFF\xFF\xFF\xFF");
  EXPECT_THAT(client.hear(), HasSubstr("REQUEST_TOO_LARGE"));
}

TEST_F(SigningServer, ASilentClientIsDroppedAndAQuickOneIsServedMeanwhile) {
  start(std::chrono::seconds{1});
  RawClient silent(path_);
  RawClient slow(path_);
  slow.say(std::string("\0\0\1", 3));
  EXPECT_EQ(signing::SignerClient(path_).certificate(), document_signer().certificate());
  EXPECT_EQ(silent.hear(), "");
  EXPECT_EQ(slow.hear(), "");
}

TEST_F(SigningServer, ManyHeldConnectionsKeepNobodyOut) {
  start(std::chrono::seconds{60});
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 100; ++i) held.push_back(std::make_unique<RawClient>(path_));
  EXPECT_EQ(signing::SignerClient(path_).certificate(), document_signer().certificate());
  EXPECT_EQ(held.front()->hear(), "") << "the oldest was dropped";
}

TEST_F(SigningServer, AClientThatHangsUpBeforeItsAnswerHarmsNobody) {
  start();
  for (int i = 0; i < 20; ++i) RawClient(path_).say(net::frame(signing::certificate_request()));
  EXPECT_EQ(signing::SignerClient(path_).certificate(), document_signer().certificate());
}

TEST_F(SigningServer, ASecondServerAtTheSamePathIsRefused) {
  start();
  EXPECT_THROW(net::Server("cccd-signer", path_, {}, std::chrono::seconds{1}), base::Error);
  EXPECT_EQ(signing::SignerClient(path_).certificate(), document_signer().certificate());
}

TEST_F(SigningServer, ASocketThatAKilledServerLeftIsReplaced) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  ASSERT_TRUE(std::filesystem::exists(path_));
  start();
  EXPECT_EQ(signing::SignerClient(path_).certificate(), document_signer().certificate());
}

TEST(SigningSocket, IsNeverMadeOverAFileThatIsNoSocket) {
  const test::Folder folder;
  base::write_text_file(folder / "file", "precious", "writing a test's file");
  EXPECT_THROW(net::Server("cccd-signer", (folder / "file").string(), {}, std::chrono::seconds{1}), base::Error);
  EXPECT_EQ(base::read_text_file(folder / "file", "reading a test's file"), "precious");
  EXPECT_THROW(net::Server("cccd-signer", std::string(200, 'x'), {}, std::chrono::seconds{1}), base::Error);
  EXPECT_THROW(net::Server("cccd-signer", (folder / "no/such/folder").string(), {}, std::chrono::seconds{1}),
               base::Error);
}

TEST(SigningSocket, WhenNobodyAnswersTheStationHearsWhereAndWhatToDo) {
  const test::Folder folder;
  const std::string path = (folder / "signer.sock").string();
  try {
    signing::SignerClient(path).certificate();
    FAIL() << "nobody can have answered";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::AskOperator);
    EXPECT_THAT(error.what(), HasSubstr("asking cccd-signer: nobody answers at " + path));
    EXPECT_THAT(error.what(), HasSubstr("start it with"));
  }
}

TEST(SigningSocket, ASignerThatSaysNothingIsGivenUpWithinTheTimeLimit) {
  const test::Folder folder;
  const std::string path = (folder / "signer.sock").string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  EXPECT_THROW(net::ask("cccd-signer", path, "{}", std::chrono::seconds{1}), base::Error);
  ::close(listening);
}

// --- the program --------------------------------------------------------------------------------------------------

// A child process with its standard output.
class Program {
 public:
  explicit Program(std::vector<std::string> words) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    words.insert(words.begin(), std::string(CCCD_BUILD_DIR) + "/bin/cccd-signer");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&child_, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ends[0];
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { ::close(out_); }
  std::string line() {
    std::string text;
    char c = 0;
    while (::read(out_, &c, 1) == 1 && c != '\n') text += c;
    return text;
  }
  int end(int signal = 0) {
    if (signal != 0) ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t child_ = 0;
  int out_ = -1;
};

TEST(SigningProgram, InitTrustStockAndServeUntilASignal) {
  const test::Folder folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  base::write_text_file(at("password"), "correct horse\n", "writing a test's file");
  base::write_file(at("ds.cer"), document_signer().certificate(), "writing a test's file");
  base::write_file(at("officer.key"), new_key(1)->public_key_named(), "writing a test's file");
  base::write_text_file(at("blanks"), "0102030405060708\n", "writing a test's file");
  EXPECT_EQ(Program({"init", "--data", at("data"), "--password-file", at("password")}).end(), 0);
  EXPECT_EQ(Program({"init", "--data", at("data"), "--password-file", at("password")}).end(), 3) << "not twice";
  const std::vector<std::string> add = {"trust", "add", "--data", at("data"), "--officer", at("officer.key")};
  EXPECT_EQ(Program(add).end(), 2) << "an officer has a person and an account";
  auto whole = add;
  whole.insert(whole.end(), {"--person", "P-1", "--account", "an"});
  EXPECT_EQ(Program(whole).end(), 0);
  EXPECT_EQ(Program(whole).end(), 3) << "not twice";
  EXPECT_EQ(Program({"stock", "add", at("blanks"), "--data", at("data")}).end(), 0);
  EXPECT_EQ(Program({"stock", "add", at("blanks"), "--data", at("data")}).end(), 3) << "not twice";
  EXPECT_EQ(Program({"stock", "spoil", "0102030405060708", "--case", "c", "--data", at("data")}).end(), 0);
  Program list({"stock", "list", "--data", at("data")});
  EXPECT_THAT(list.line(), HasSubstr("0102030405060708 spoiled"));
  EXPECT_EQ(list.end(), 0);

  // The certificate of another key: the signer does not start.
  base::SeededRandom random(5);
  keystore::generate_into_file(keystore::Curve::BrainpoolP384r1, at("other.p8"),
                               base::Secret::copy_of(base::view_of("correct horse")), random);
  EXPECT_EQ(Program({"serve", "--data", at("data"), "--socket", at("s"), "--ds-cert", at("ds.cer"), "--ds-key",
                     at("other.p8"), "--password-file", at("password")})
                .end(),
            3);
  EXPECT_FALSE(std::filesystem::exists(at("s")));
}

TEST(SigningProgram, ServesWithAListOfDocumentSigners) {
  const test::Folder folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  base::write_text_file(at("password"), "correct horse\n", "writing a test's file");
  base::write_text_file(at("own"), "battery staple\n", "writing a test's file");
  base::SystemRandom random;
  const base::SystemClock clock;
  const auto make = [&](const std::string& name, std::string_view password, base::Moment begins) {
    const auto secret = base::Secret::copy_of(base::view_of(password));
    keystore::generate_into_file(keystore::Curve::BrainpoolP384r1, at((name + ".p8").c_str()), secret, random);
    auto certificate = certificate_for(*keystore::load_file(at((name + ".p8").c_str()), secret), begins);
    base::write_file(at((name + ".cer").c_str()), certificate, "writing a test's file");
    return certificate;
  };
  make("waits", "correct horse", clock.now() + std::chrono::hours{24 * 30});
  const auto now_good = make("serves", "battery staple", clock.now());
  base::write_text_file(at("signers.toml"),
                        "[[signer]]\ncertificate = \"waits.cer\"\nkey = \"waits.p8\"\nlimit = 10\n"
                        "[[signer]]\ncertificate = \"serves.cer\"\nkey = \"serves.p8\"\npassword_file = \"own\"\n"
                        "limit = 10\n",
                        "writing a test's file");
  ASSERT_EQ(Program({"init", "--data", at("data"), "--password-file", at("password")}).end(), 0);
  std::vector<std::string> serve = {"serve",     "--data",           at("data"),        "--socket",    at("s"),
                                    "--signers", at("signers.toml"), "--password-file", at("password")};
  Program signer(serve);
  EXPECT_EQ(signer.line(), "cccd-signer is ready at " + at("s"));
  EXPECT_EQ(signing::SignerClient(at("s")).certificate(), now_good) << "the first one's period has not begun";
  EXPECT_EQ(signer.end(SIGTERM), 0);
  serve.insert(serve.end(), {"--ds-cert", at("serves.cer")});
  EXPECT_EQ(Program(serve).end(), 2) << "a list or one signer, not both";
}

TEST(SigningProgram, ServesUntilASignalAndOnlyOnceOnADirectory) {
  const test::Folder folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  base::write_text_file(at("password"), "correct horse\n", "writing a test's file");
  const auto password = base::Secret::copy_of(base::view_of("correct horse"));
  base::SystemRandom random;
  const base::SystemClock clock;
  keystore::generate_into_file(keystore::Curve::BrainpoolP384r1, at("ds.p8"), password, random);
  const base::Bytes certificate = certificate_for(*keystore::load_file(at("ds.p8"), password), clock.now());
  base::write_file(at("ds.cer"), certificate, "writing a test's file");
  ASSERT_EQ(Program({"init", "--data", at("data"), "--password-file", at("password")}).end(), 0);
  const std::vector<std::string> serve = {"serve",        "--data",       at("data"),  "--socket",  at("s"),
                                          "--ds-cert",    at("ds.cer"),   "--ds-key",  at("ds.p8"), "--password-file",
                                          at("password"), "--ready-file", at("ready"), "--limit",   "5"};
  Program signer(serve);
  EXPECT_EQ(signer.line(), "cccd-signer is ready at " + at("s"));
  EXPECT_EQ(signing::SignerClient(at("s")).certificate(), certificate);
  EXPECT_TRUE(std::filesystem::exists(at("ready")));
  auto second = serve;
  second[4] = at("s2");
  EXPECT_EQ(Program(second).end(), 3) << "one signer on one directory";
  EXPECT_TRUE(std::filesystem::exists(at("ready"))) << "and the second one leaves the first one's word alone";
  EXPECT_EQ(signer.end(SIGTERM), 0);
  EXPECT_FALSE(std::filesystem::exists(at("s")));
  EXPECT_FALSE(std::filesystem::exists(at("ready")));

  Program show({"log", "show", "--data", at("data")});
  EXPECT_THAT(show.line(), HasSubstr("trust.loaded"));
  EXPECT_EQ(show.end(), 0);
  Program verify({"log", "verify", "--data", at("data")});
  EXPECT_THAT(verify.line(), HasSubstr("the log is sound"));
  EXPECT_EQ(verify.end(), 0);
  const auto file = folder / "data" / "log" / "log.jsonl";
  std::string text = base::read_text_file(file, "reading a test's file");
  text.replace(text.find("trust.loaded"), 5, "tryst");
  base::write_text_file(file, text, "writing a test's file");
  Program edited({"log", "verify", "--data", at("data")});
  EXPECT_THAT(edited.line(), HasSubstr("LOG_ROOT_MISMATCH"));
  EXPECT_EQ(edited.end(), 1);
}

}  // namespace
