#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "issuance/signing/commands.h"
#include "issuance/signing/home.h"
#include "issuance/signing/master_key.h"
#include "issuance/signing/protocol.h"
#include "issuance/signing/server.h"
#include "issuance/signing/signer.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/core/log.h"
#include "pki/crypto/openssl/certificate.h"

namespace signing {

namespace {

// SIGTERM and SIGINT as a descriptor: the one request that is being answered is finished, then the signer ends.
class StopSignals {
 public:
  StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) {
      throw base::Error(base::Fault::AskOperator, "starting the signer", "the kernel gives no signal descriptor");
    }
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

sod::issue::DocumentSigner load_document_signer(const cli::Arguments& arguments, const base::Secret& own_password) {
  const std::string file = arguments.text("ds-cert");
  const std::string doing = "loading the document signer's certificate";
  auto certificate = crypto::openssl::certificate_der(base::read_file(file, doing));
  if (!certificate) {
    throw base::Error(base::Fault::FixConfiguration, doing,
                      fmt::format("{}: is no certificate; name the file that cccd-pki ds issue wrote", file));
  }
  if (!arguments.has("ds-password-file")) {
    return {keystore::load_file(arguments.text("ds-key"), own_password), std::move(*certificate)};
  }
  const base::Secret password =
      base::read_password_file(arguments.text("ds-password-file"), "reading the document signer's password");
  return {keystore::load_file(arguments.text("ds-key"), password), std::move(*certificate)};
}

// Tells whoever started us that the socket is open: one line, and a file if one was asked for. The file goes with us.
class Readiness {
 public:
  explicit Readiness(std::string file) : file_(std::move(file)) { forget(); }  // one that a killed signer left
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness() { forget(); }
  void tell(const std::string& socket) {
    std::cout << fmt::format("cccd-signer is ready at {}", socket) << std::endl;
    if (!file_.empty()) base::write_text_file(file_, fmt::format("{}\n", ::getpid()), "telling that it is ready");
  }

 private:
  void forget() {
    if (!file_.empty()) ::unlink(file_.c_str());
  }
  std::string file_;
};

Settings settings_from(const Home& home, const cli::Arguments& arguments) {
  Settings settings = read_settings(home.settings());
  if (!arguments.has("limit")) return settings;
  const long limit = arguments.number("limit");
  if (limit < 0) throw base::Error(base::Fault::UsedWrongly, "serve", "--limit is a number of cards, 0 or more");
  settings.daily_limit = std::min<std::int64_t>(settings.daily_limit, limit);
  return settings;
}

cli::Exit serve(const cli::Arguments& arguments) {
  const Home home{arguments.text("data")};
  const std::string socket = arguments.text("socket");
  const StopSignals stop;
  ::prctl(PR_SET_DUMPABLE, 0);  // keys live in this process: no core file, no debugger of the same user
  const base::SystemClock clock;
  base::SystemRandom random;
  db::Connection store = open_ledger(home, clock);
  const HomeLock lock(home);
  Readiness ready(arguments.text_or("ready-file", ""));
  const Settings settings = settings_from(home, arguments);
  const base::Secret password =
      base::read_password_file(arguments.text("password-file"), "reading the signer's password");
  const auto log_key = keystore::load_file(home.log_key(), password);
  const base::Secret master_key = load_master_key(home.master_key(), password);
  const sod::issue::DocumentSigner document_signer = load_document_signer(arguments, password);
  evidence::Log log = evidence::Log::open(home.log_folder(), *log_key, clock);
  TrustFile trust(home.trust());
  Signer signer({.store = store,
                 .log = log,
                 .trust = trust,
                 .document_signer = document_signer,
                 .master_key = master_key,
                 .clock = clock,
                 .random = random,
                 .settings = settings});
  Server server(
      socket, [&](std::string_view request, const Peer& peer) { return handle(request, signer, peer); },
      settings.request_time);
  ready.tell(socket);
  server.run(stop.descriptor());
  base::log::info("stopped by a signal");
  return cli::Exit::Done;
}

}  // namespace

cli::Verb serve_verb() {
  return {.name = "serve",
          .summary = "Serves a station over a Unix socket until it is stopped.",
          .positional = {},
          .declare =
              [](boost::program_options::options_description& o) {
                cli::add_text(o, "data", "the signer's data directory");
                cli::add_text(o, "socket", "path of the Unix socket; made with mode 0660");
                cli::add_text(o, "ds-cert", "the document signer's certificate, DER or PEM");
                cli::add_text(o, "ds-key", "the document signer's key, encrypted PKCS#8");
                cli::add_text(o, "password-file", "first line: the password of the signer's own keys");
                cli::add_text(o, "ds-password-file", "first line: the password of --ds-key (default: --password-file)");
                cli::add_number(o, "limit", "cards a day, at most; never more than signer.toml allows");
                cli::add_text(o, "ready-file", "written (with the process id) once the socket is open");
              },
          .run = serve,
          .example =
              "cccd-signer serve --data DIR --socket /run/cccd/signer.sock --ds-cert ds.cer --ds-key ds.p8 "
              "--password-file FILE"};
}

}  // namespace signing
