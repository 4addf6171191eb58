#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "issuance/registry/api.h"
#include "issuance/registry/commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/core/log.h"
#include "pki/base/net/https_server.h"
#include "pki/base/net/serving.h"

namespace registry {

namespace {

constexpr const char* kProgram = "cccd-registry";
constexpr std::chrono::seconds kBetweenBatches{1};

// Brings the accesses into the audit log once a second while the service runs, and once more at its end.
class Settling {
 public:
  explicit Settling(Api& api) : api_(api), thread_([this] { run(); }) {}
  Settling(const Settling&) = delete;
  Settling& operator=(const Settling&) = delete;
  ~Settling() {
    {
      const std::lock_guard alone(threads_);
      over_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  void run() {
    bool over = false;
    while (!over) {
      std::unique_lock alone(threads_);
      over = wake_.wait_for(alone, kBetweenBatches, [this] { return over_; });
      alone.unlock();
      try {
        api_.settle();
      } catch (const base::Error& error) {  // they wait in the book for the next time
        base::log::error("accesses are not in the log yet", {{"doing", error.doing()}, {"seen", error.seen()}});
      }
    }
  }

  Api& api_;
  std::mutex threads_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

net::TlsIdentity identity_of(const TlsFiles& tls, const cli::Arguments& arguments) {
  const char* const option = arguments.has("tls-password-file") ? "tls-password-file" : "password-file";
  const base::Secret password = base::read_password_file(arguments.text(option), "reading the password of the TLS key");
  return net::TlsIdentity::from_files(tls.certificate, tls.key, password);
}

cli::Exit serve(const cli::Arguments& arguments) {
  const std::string endpoint = arguments.text("listen");
  const net::StopSignals stop;
  net::hide_memory();
  const base::SystemClock clock;
  base::SystemRandom random;
  const Home home = Home::open(arguments.text("data"));
  const base::Secret password =
      base::read_password_file(arguments.text("password-file"), "reading the password of the answer key");
  const TlsFiles tls = home.tls();
  net::TlsIdentity identity = identity_of(tls, arguments);
  net::TlsAuthorities clients = net::TlsAuthorities::from_file(tls.client_ca);
  Api api(home, home.answer_key(password), Scopes::of_register(home.folder()), clock, random);
  net::HttpsServer server(
      endpoint, std::move(identity), std::move(clients), net::HttpsLimits{},
      [&](const net::HttpRequest& request) { return api.handle(request); }, clock);
  net::Readiness ready(kProgram, arguments.text_or("ready-file", ""));  // after the port: nobody else serves there
  ready.tell(server.url());
  {
    const Settling settling(api);
    server.run(stop.descriptor());
  }
  base::log::info("stopped by a signal");
  return cli::Exit::Done;
}

}  // namespace

void add_serve_command(cli::Program& program) {
  program.verb({.name = "serve",
                .summary = "Answers and takes changes over HTTPS with mutual TLS until it is stopped.",
                .positional = {},
                .declare =
                    [](boost::program_options::options_description& o) {
                      declare_data(o);
                      cli::add_text(o, "listen", "address and port, 127.0.0.1:7443; port 0 takes a free one");
                      cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
                      cli::add_text(o, "tls-password-file",
                                    "file whose first line is the password of the TLS key (that of the answer key "
                                    "unless given)");
                      cli::add_text(o, "ready-file",
                                    "written once the port is open: the process id, then the URL in a line of its own");
                    },
                .run = serve,
                .example = "cccd-registry serve --data registry --listen 127.0.0.1:7443 --password-file registry.pw"});
}

}  // namespace registry
